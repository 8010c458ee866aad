"""One HTTP exchange with the record service, without HTTP: what was asked and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.netsuite.emulator.errors import invalid_request

DEFAULT_BASE = "https://sandbox.suitetalk.api.netsuite.com"
MEDIA = "application/vnd.oracle.resource+json; type="
LONGEST_PAGE = 1000
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; `body` is b"" or JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with its headers in lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def base(self) -> str:
        return f"http://{self.headers['host']}" if "host" in self.headers else DEFAULT_BASE

    @property
    def is_asynchronous(self) -> bool:
        return "respond-async" in self.headers.get("prefer", "").lower()

    @property
    def is_collection(self) -> bool:
        return "type=collection" in self.headers.get("content-type", "").lower().replace(" ", "")

    @property
    def replaces(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.query.get("replace", "").split(",") if name.strip())


def json_reply(status: int, value: Any, kind: str = "singular") -> Reply:
    """An answer in JSON, Decimals as exact numbers; `kind` is singular, collection or error."""
    return Reply(status, {"Content-Type": MEDIA + kind}, _encoder.encode(value))


def window(call: Call) -> tuple[int, int]:
    """`limit` and `offset` of a page."""
    limit, offset = _whole(call, "limit", LONGEST_PAGE), _whole(call, "offset", 0)
    if not 0 < limit <= LONGEST_PAGE:
        raise invalid_request(f"Invalid value of the query parameter 'limit': {limit}.")
    return limit, offset


def _whole(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid_request(f"Invalid value of the query parameter '{name}': {text}.")
    return int(text)
