"""What NetSuite says when it refuses a call: one exception, written as the documented error body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
TITLES = {
    400: ("Bad Request", "#sec10.4.1"),
    401: ("Unauthorized", ""),
    404: ("Not Found", "#sec10.4.5"),
    405: ("Method Not Allowed", "#sec10.4.6"),
    429: ("Too Many Requests", ""),
    500: ("Internal Server Error", "#sec10.5.1"),
    503: ("Service Unavailable", "#sec10.5.4"),
}
EXISTS = {"entity": "This entity already exists."}


class Refused(Exception):
    """A call that NetSuite answers with an error: `code` is its o:errorCode, `path` its o:errorPath."""

    def __init__(self, detail: str, code: str = "USER_ERROR", status: int = 400, path: str = "") -> None:
        super().__init__(detail)
        self.detail, self.code, self.status, self.path = detail, code, status, path


def error_body(status: int, detail: str, code: str, path: str = "") -> Mapping[str, Any]:
    """The documented error body (Oracle help, REST error handling)."""
    title, section = TITLES[status]
    details = {"detail": detail, "o:errorCode": code}
    if path:
        details["o:errorPath"] = path
    return {"type": RFC + section, "title": title, "status": status, "o:errorDetails": [details]}


def user_error(detail: str, path: str = "") -> Refused:
    """A business failure: nearly all of them are 400 USER_ERROR, told apart by their text only."""
    return Refused(f"Error while accessing a resource. {detail}", path=path)


def invalid_content(detail: str, path: str = "") -> Refused:
    """A body that cannot be understood: wrong shape, wrong type, wrong reference."""
    return Refused(detail, "INVALID_CONTENT", path=path)


def invalid_request(detail: str) -> Refused:
    return Refused(detail, "INVALID_REQUEST")


def not_emulated(what: str, path: str = "") -> Refused:
    """Refused in our own words: better than to accept what would then not be posted."""
    return Refused(f"This sandbox does not emulate {what}.", "INVALID_REQUEST", path=path)


def no_permission(element: str, path: str = "") -> Refused:
    """A field that is read-only, or not of this account's features."""
    return user_error(
        f"You do not have permissions to set a value for element {element} due to one of the following reasons: 1) The field is read-only; "
        "2) An associated feature is disabled; 3) The field is available either when a record is created or updated, but not in both cases.",
        path or element,
    )


def missing(label: str) -> Refused:
    return user_error(f"Please enter value(s) for: {label}.")


def invalid_reference(key: str, field: str, path: str) -> Refused:
    return invalid_content(f"Invalid reference key {key} for {field}.", path)


def invalid_value(value: object, field: str, path: str) -> Refused:
    return user_error(f"You have entered an Invalid Field Value {value} for the following field: {field}", path)


def already_exists(group: str) -> Refused:
    """The externalId is taken, by whatever record of the group."""
    return user_error(EXISTS.get(group, "This record already exists."))


def nonexistent() -> Refused:
    return Refused("The record instance does not exist. Provide a valid record instance ID.", "NONEXISTENT_ID", 404)
