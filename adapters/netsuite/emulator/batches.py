"""A batch as the single calls that it stands for: up to 100 records of one type in one asynchronous call (Oracle help, article_0127092747)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from adapters.netsuite.emulator.decoding import check_external_id, parse
from adapters.netsuite.emulator.errors import invalid_content, invalid_request
from adapters.netsuite.emulator.exchange import Call

MOST = 100
_encoder = msgspec.json.Encoder(decimal_format="number")


def batch(call: Call, parts: list[str]) -> list[tuple[Call, list[str]]]:
    """Each call with the rest of its address after the record type; the call itself when it is no batch."""
    if parts:
        return [(call, parts)]
    if call.method in ("GET", "DELETE"):
        keys = [key for key in call.query.get("ids", "").split(",") if key]
        if not keys:
            return [(call, parts)]
        return [(replace(call, query={}), [key]) for key in _few(keys)]
    if not call.is_collection:
        if call.method != "POST" or "items" in parse(call.body):
            raise invalid_content("A batch needs the content type application/vnd.oracle.resource+json; type=collection.")
        return [(call, parts)]
    items = parse(call.body).get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise invalid_content('A batch is given as {"items": [...]}.', "items")
    return [_single(call, item) for item in _few(items)]


def _few(given: list[Any]) -> list[Any]:
    if len(given) > MOST:
        raise invalid_request(f"The batch has {len(given)} records. A batch can have no more than {MOST} records.")
    return given


def _single(call: Call, item: dict[str, Any]) -> tuple[Call, list[str]]:
    """PUT names its record by externalId, PATCH by either id, the internal one first."""
    match call.method:
        case "PUT":
            key = [f"eid:{check_external_id(item.get('externalId'))}"]
        case "PATCH" if item.get("id"):
            key = [str(item["id"])]
        case "PATCH":
            key = [f"eid:{check_external_id(item.get('externalId'))}"]
        case _:
            key = []
    return replace(call, body=_encoder.encode(item)), key
