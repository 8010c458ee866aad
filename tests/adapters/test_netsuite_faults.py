"""What each answer of NetSuite means for a sync: one row per rule, in the words that accounts really send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from adapters.netsuite.faults import TABLE, failed, fault_of, is_duplicate, is_missing
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply
from core.outcome import CannotSync, Failed, Kind
from tests.adapters.netsuite_records import CUSTOMER, IDS, coupon, invoice, plan_item

LOGIN_PAGE = b"<html><head><title>NetSuite - Customer Login</title></head></html>"


def error(detail: str, code: str = "USER_ERROR", status: int = 400, path: str = "") -> bytes:
    """The documented error body."""
    told: dict[str, Any] = {"detail": detail, "o:errorCode": code, **({"o:errorPath": path} if path else {})}
    return msgspec.json.encode({"type": "https://www.w3.org/", "title": "Bad Request", "status": status, "o:errorDetails": [told]})


def meaning(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Failed:
    return failed(fault_of(status, headers or {}, body), "invoice in_1")


SAYINGS = [
    (429, error("Concurrent request limit exceeded.", "CONCURRENCY_LIMIT_EXCEEDED", 429), Kind.BUSY, "netsuite.concurrency"),
    (429, b'{"title": "Too Many Requests" "status": 429}', Kind.BUSY, "netsuite.concurrency"),
    (400, error("SSS_REQUEST_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED"), Kind.BUSY, "netsuite.concurrency"),
    (500, error("An unexpected error occurred. Error ID: kx2k9jz1", "UNEXPECTED_ERROR", 500), Kind.BUSY, "error id"),
    (400, error("An unexpected error occurred. Error ID: kx2k9jz1", "UNEXPECTED_ERROR"), Kind.BUSY, "error id"),
    (502, b"<html>Bad Gateway</html>", Kind.BUSY, "error id"),
    (503, error("Please enter value(s) for: nothing, we are down.", status=503), Kind.BUSY, "error id"),
    (503, error("NetSuite is down for scheduled maintenance.", "ACCT_TEMP_UNAVAILABLE", 503), Kind.BUSY, "maintenance"),
    (400, error("Your company database is offline."), Kind.BUSY, "maintenance"),
    (400, error("Record has been changed", "RCRD_HAS_BEEN_CHANGED"), Kind.BUSY, "tried again"),
    (400, error("java.util.ConcurrentModificationException"), Kind.BUSY, "tried again"),
    (400, error("Accounting periods are being added. Try again later.", "ACCT_PRDS_BEING_ADDED"), Kind.BUSY, "tried again"),
    (401, error("Invalid login attempt.", "INVALID_LOGIN", 401), Kind.MISCONFIGURED, "Login Audit Trail"),
    (401, b"", Kind.MISCONFIGURED, "Login Audit Trail"),
    (403, error("Permission Violation", "INSUFFICIENT_PERMISSION", 403), Kind.MISCONFIGURED, "permission"),
    (400, error("Your current role does not have permission to perform this action."), Kind.MISCONFIGURED, "permission"),
    (400, error("You do not have permissions to set a value for element memo"), Kind.MISCONFIGURED, "permission"),
    (404, error("Record type 'serviceSaleItem' does not exist.", "NONEXISTENT_ID", 404), Kind.MISCONFIGURED, "permission"),
    (302, b"", Kind.MISCONFIGURED, "netsuite.account"),
    (400, error("Error while accessing a resource. Invalid account reference key 102 for subsidiary 1."), Kind.REFUSED, "subsidiary"),
    (
        400,
        error("Error while accessing a resource. VALID_PRD_REQD: No valid, open, posting period for date 2026-03-01."),
        Kind.PERIOD_CLOSED,
        "Open",
    ),
    (400, error("The posting period is closed.", "TRAN_PERIOD_CLOSED"), Kind.PERIOD_CLOSED, "Open"),
    (400, error("You cannot change this transaction: the accounting period Mar 2026 is locked."), Kind.PERIOD_CLOSED, "Open"),
    (400, error("DUP_RCRD: Matched more than one record"), Kind.AMBIGUOUS, "Merge"),
    (400, error("A customer record with this ID already exists.", "UNIQUE_CUST_ID_REQD"), Kind.REFUSED, "name"),
    (400, error("Uniqueness error - there is already an item with that name"), Kind.REFUSED, "name"),
    (400, error("This record already exists", "DUP_RCRD"), Kind.REFUSED, "externalId"),
    (400, error("Invalid account reference key 5 for subsidiary 1.", "INVALID_KEY_OR_REF"), Kind.REFUSED, "refers"),
    (400, error("Invalid id reference key 648."), Kind.REFUSED, "refers"),
    (404, error("Record does not exist.", "NONEXISTENT_ID", 404), Kind.REFUSED, "deleted"),
    (400, error("Please enter value(s) for: Company Name, Subsidiary"), Kind.REFUSED, "value"),
    (400, error("You have entered an Invalid Field Value 9 for the following field: customer."), Kind.REFUSED, "value"),
    (400, error("The field memo contained more than the maximum number of characters (999) allowed."), Kind.REFUSED, "Shorten"),
    (400, error("Amount applied greater than total payments and credits.", "INVALID_AMT"), Kind.REFUSED, "applied"),
    (400, error("Currency mismatch", "TRANS_FORGN_CRNCY_MISMATCH"), Kind.REFUSED, "currency"),
    (400, error("Date outside of period", "DATE_PRD_MISMATCH"), Kind.REFUSED, "posting period"),
    (400, error("This record has been locked by a user defined workflow."), Kind.REFUSED, "workflow"),
    (413, b"", Kind.REFUSED, "too large"),
    (400, error("Our script says no.", path="memo"), Kind.REFUSED, "Mend"),
    (404, LOGIN_PAGE, Kind.BUSY, "proxy"),
    (400, error("cut short")[:-20], Kind.BUSY, "proxy"),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "remedy"), SAYINGS, ids=lambda value: value[:70].decode() if isinstance(value, bytes) else None
)
def test_an_answer_means(status: int, body: bytes, kind: Kind, remedy: str) -> None:
    found = meaning(status, body)
    assert found.kind is kind
    assert remedy in found.remedy
    assert found.record == "invoice in_1"
    assert found.message


def test_every_row_of_the_table_is_shown_by_a_saying() -> None:
    shown = {next((row.remedy for row in TABLE if row.meets(fault_of(status, {}, body))), "") for status, body, _, _ in SAYINGS}
    assert {row.remedy for row in TABLE} <= shown


def test_netsuites_own_words_are_kept() -> None:
    found = meaning(400, error("Invalid reference key 999 for account.", "INVALID_CONTENT", path="item.items[0].item"))
    assert (found.message, found.code, found.field) == ("Invalid reference key 999 for account.", "INVALID_CONTENT", "item.items[0].item")


def test_several_details_are_all_told() -> None:
    details = [{"detail": "One.", "o:errorCode": "USER_ERROR"}, {"detail": "Two.", "o:errorPath": "memo"}]
    found = meaning(400, msgspec.json.encode({"title": "Bad Request", "o:errorDetails": details}))
    assert (found.message, found.code, found.field) == ("One. Two.", "USER_ERROR", "memo")


def test_a_code_may_stand_on_top_of_the_body() -> None:
    found = meaning(400, b'{"title": "Too Many", "o:errorCode": "WS_REQUEST_BLOCKED"}')
    assert (found.kind, found.message) == (Kind.BUSY, "Too Many")


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-1", 0)])
def test_how_long_to_wait_is_told_when_netsuite_says_it(asked: str, seconds: int) -> None:
    assert meaning(429, b"", {"Retry-after": asked}).retry_after_s == seconds


@pytest.mark.parametrize(
    ("status", "body", "taken"),
    [
        (400, error("Error while accessing a resource. This record already exists."), True),
        (400, error("Error while accessing a resource. This entity already exists."), True),
        (400, error("duplicate", "DUP_RCRD"), True),
        (400, error("DUP_RCRD: Matched more than one record"), False),
        (400, error("A customer record with this ID already exists.", "UNIQUE_CUST_ID_REQD"), False),
        (500, error("This record already exists.", status=500), False),
        (409, LOGIN_PAGE, False),
    ],
)
def test_only_netsuites_own_words_say_that_an_external_id_is_taken(status: int, body: bytes, taken: bool) -> None:
    assert is_duplicate(fault_of(status, {}, body)) is taken


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [
        (404, error("The record instance does not exist. Provide a valid record instance ID.", "NONEXISTENT_ID", 404), True),
        (400, error("Error while accessing a resource. Transaction type specified is incorrect."), True),
        (404, error("Record type 'invoice' does not exist.", "NONEXISTENT_ID", 404), False),
        (404, LOGIN_PAGE, False),
        (404, b"", False),
        (400, error("Record does not exist.", "NONEXISTENT_ID"), False),
    ],
)
def test_only_netsuites_own_words_say_that_a_record_is_missing(status: int, body: bytes, missing: bool) -> None:
    assert is_missing(fault_of(status, {}, body)) is missing


class Says:
    """A transport that gives the same answer to every call."""

    def __init__(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.reply = Reply(status, headers or {}, body)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        return self.reply


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(Says(200, LOGIN_PAGE), id="a login page"),
        pytest.param(Says(200, b'{"id": "647", "memo": "Str'), id="an answer cut short"),
        pytest.param(Says(200, b"[]"), id="an answer of another shape"),
        pytest.param(Says(200, b"\xff\xfe"), id="bytes"),
        pytest.param(Says(404, LOGIN_PAGE), id="a proxy's 404"),
    ],
)
def test_what_is_not_netsuites_json_is_never_taken_for_an_answer(says: Says) -> None:
    books = RestBooks(says)
    for call in (
        lambda: books.find(CUSTOMER),
        lambda: books.compare(plan_item, {}),
        lambda: books.compare(invoice, IDS),
        lambda: books.create(coupon, {}),
        lambda: books.bring_into_line(coupon, {}),
    ):
        with pytest.raises(CannotSync) as stopped:
            call()
        assert stopped.value.failed.kind is Kind.BUSY
        assert "JSON" in stopped.value.failed.message


class Script:
    """A transport that gives one answer after another and remembers the calls."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.calls: list[tuple[str, str, Mapping[str, str], Mapping[str, str]]] = []

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        self.calls.append((method, path, query, headers))
        return self.replies.pop(0)


@pytest.mark.parametrize("status", [201, 204])
def test_the_internal_id_is_the_last_part_of_the_location(status: int) -> None:
    created = Reply(status, {"location": "https://1.suitetalk.api.netsuite.com/services/rest/record/v1/discountItem/647"}, b"")
    assert RestBooks(Script(created)).create(coupon, {}) == "647"


def test_a_creation_without_a_location_is_looked_up() -> None:
    script = Script(Reply(204, {}, b""), Reply(200, {}, b'{"id": "647"}'))
    assert RestBooks(script).create(coupon, {}) == "647"
    assert script.calls[1][:3] == ("GET", "/services/rest/record/v1/discountItem/eid:SPRING", {"fields": "id"})


def test_unknown_fields_are_errors_in_every_body() -> None:
    created = Reply(204, {"Location": "/services/rest/record/v1/discountItem/647"}, b"")
    script = Script(Reply(200, {}, b'{"id": "647"}'), created, Reply(204, {}, b""), Reply(200, {}, b'{"id": "647"}'))
    books = RestBooks(script)
    books.find(CUSTOMER)
    books.create(coupon, {})
    books.bring_into_line(coupon, {})
    books.compare(coupon, {})
    assert [headers.get("X-NetSuite-PropertyNameValidation") for *_, headers in script.calls] == [None, "Error", "Error", None]


def test_currencies_are_asked_for_once_and_page_by_page_and_again_only_for_an_unknown_one() -> None:
    first = Reply(200, {}, b'{"hasMore": true, "items": [{"id": "1", "symbol": "USD"}]}')
    second = Reply(200, {}, b'{"hasMore": false, "items": [{"id": "4", "symbol": "EUR"}]}')
    none = Reply(404, {}, error("The record instance does not exist.", "NONEXISTENT_ID", 404))
    held = Reply(200, {}, b'{"id": "12", "currency": {"id": "4"}}')
    script = Script(held, first, second, held, none, held, first, second)
    books = RestBooks(script)
    assert books.compare(invoice, IDS)
    assert books.compare(invoice, IDS)
    assert books.compare(invoice, IDS) is None
    with pytest.raises(CannotSync):
        books.compare(replace(invoice, currency="xau", item=()), IDS)
    queries = [query["offset"] for method, _, query, headers in script.calls if headers.get("Prefer") == "transient"]
    assert queries == ["0", "1", "0", "1"]
