"""NetSuite's published REST contract, and a watch over the whole suite: what the product sends and what the emulated account answers, in
any test, has the names, types and enumerations that the contract gives them, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema
import msgspec

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.fields import RECORDS
from adapters.netsuite.memory import InProcessTransport
from adapters.netsuite.transport import HttpTransport
from tests.shared import SHARED

OPENAPI = SHARED / "netsuite" / "openapi" / "record-v1-2026.1-trimmed.openapi.json"
DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?")
OUR_OWN = "cust"  # how an account's own fields begin: no published contract has them


# The trimmed copy of the Browser beside the repository has no cash sales; their lines and header are an invoice's.
NOT_IN_THE_COPY = frozenset({"cashSale", "cashRefund"})


@cache
def document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(OPENAPI.read_text())
    return loaded


def strict(schema: Any, *, sent: bool) -> Any:
    """The same schema, in which a property that it does not name is an error; where it is `sent`, so is one that is only read."""
    if isinstance(schema, list):
        return [strict(part, sent=sent) for part in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: strict(part, sent=sent) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        known = changed["properties"].items()
        kept = {name: part for name, part in known if not (sent and isinstance(part, dict) and part.get("readOnly"))}
        changed |= {"properties": kept, "additionalProperties": False}
    return changed


@cache
def validator(name: str, *, sent: bool) -> jsonschema.Draft202012Validator:
    """Of one schema of the contract, for what is sent or for what is answered."""
    name = "invoice" if name in NOT_IN_THE_COPY else name
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _strict(sent=sent)}}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@cache
def _strict(*, sent: bool) -> Any:
    return strict(document()["components"]["schemas"], sent=sent)


class Watch:
    """Collects what breaks the contract. A body of the same make as one that was good before is good: only names, types and codes count."""

    def __init__(self) -> None:
        self.seen = 0
        self.found: list[str] = []
        self._good: set[Any] = set()

    def request(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> None:
        """A call that the product makes."""
        if not path.startswith(RECORDS + "/"):
            return
        self.seen += 1
        parts = path[len(RECORDS) + 1 :].split("/")
        record_type = parts[-1] if "!transform" in parts else parts[0]
        if record_type in NOT_IN_THE_COPY:
            return
        called = f"{method} {path}"
        for wrong in _unknown_parameters(method, parts, query, headers):
            self.found.append(f"{called}: {wrong}")
        if not body or record_type not in document()["components"]["schemas"]:
            return
        content = msgspec.json.decode(body)
        for one in content["items"] if "type=collection" in headers.get("Content-Type", "").replace(" ", "") else [content]:
            self._check(record_type, one, called, sent=True)

    def answer(self, method: str, path: str, status: int, body: bytes) -> None:
        """An answer of the emulated record service."""
        if not path.startswith(RECORDS + "/") or "/metadata-catalog" in path or status not in (200, *range(400, 600)):
            return
        self.seen += 1
        parts = path[len(RECORDS) + 1 :].rstrip("/").split("/")
        name = "nsError" if status >= 400 else f"{parts[0]}Collection" if len(parts) == 1 else parts[0]
        if len(parts) == 3 and status == 200:
            name = f"{parts[0]}-{parts[2]}Collection"
        if name in document()["components"]["schemas"]:
            self._check(name, msgspec.json.decode(body), f"the answer to {method} {path}", sent=False)

    def _check(self, name: str, body: Any, called: str, *, sent: bool) -> None:
        own = _without_custom_fields(body)
        make = (name, sent, _make(own))
        if make in self._good:
            return
        wrong = [f"{error.json_path}: {error.message}" for error in validator(name, sent=sent).iter_errors(own)]
        self.found += [f"{called}: {each}" for each in wrong]
        if not wrong:
            self._good.add(make)


def _unknown_parameters(method: str, parts: list[str], query: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[str]:
    """What the contract's operation has no such parameter or no such value for."""
    path = f"/{parts[0]}" + ("/{id}" if len(parts) > 1 else "") + ("/!transform/" + parts[-1] if "!transform" in parts else "")
    operation = document()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        yield "the contract has no such call"
        return
    known = {(each["in"], each["name"].lower()): each["schema"] for each in operation["parameters"]}
    yield from (f"no query parameter {name}" for name in query if ("query", name.lower()) not in known)
    for name, value in headers.items():
        schema = known.get(("header", name.lower()))
        if schema is None and name.lower() not in ("content-type", "accept"):
            yield f"no header {name}"
        if schema and value not in schema.get("enum", [value]):
            yield f"{name}: {value} is none of {schema['enum']}"


def _without_custom_fields(body: Any) -> Any:
    if isinstance(body, list):
        return [_without_custom_fields(part) for part in body]
    if isinstance(body, dict):
        return {name: _without_custom_fields(part) for name, part in body.items() if not name.startswith(OUR_OWN)}
    return body


def _make(value: Any, name: str = "") -> Any:
    """What a value is made of: names and types, and the codes of enumerations, which stand in `id`."""
    match value:
        case dict():
            return frozenset((key, _make(part, key)) for key, part in value.items())
        case list():
            return frozenset(_make(part) for part in value)
        case str() if DATE.fullmatch(value):
            return "a date"
        case str():
            return value if name == "id" and not value.isdigit() else "text"
        case _:
            return type(value)


def watched(watch: Watch) -> None:
    """Let the watch see every call of the product's transports and every answer of emulated accounts, from now on."""
    send: Callable[..., Any]
    for transport in (HttpTransport, InProcessTransport):
        send = transport.send

        def sending(self: Any, method: str, path: str, query: Any, body: Any, headers: Any, _send: Any = send) -> Any:
            watch.request(method, path, query, body, headers)
            return _send(self, method, path, query, body, headers)

        transport.send = sending  # type: ignore[method-assign]

    handle = NetSuite.handle

    def handling(self: Any, method: str, path: str, query: Any, headers: Any, body: bytes) -> Any:
        reply = handle(self, method, path, query, headers, body)
        if "simpleEnumFormat" not in query:  # with it enumerations are plain words, which the contract does not give
            watch.answer(method, path, reply.status, reply.body)
        return reply

    NetSuite.handle = handling  # type: ignore[method-assign]
