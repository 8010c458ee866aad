"""The usual habit beside ours: each record is looked up by its externalId, then created, or updated when it is there. And batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from adapters.netsuite.batches import Polling
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.fields import RECORDS
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, TokenCredentials
from core.records import Apply, External, Record, key
from services.http_server import HttpServer
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, netsuite_app
from tests.adapters.netsuite_records import ada, invoice, payment, plan_item, usd
from tests.bench.measure import CannotRun

KEYS = TokenCredentials(
    SANDBOX_CREDENTIALS.consumer_key, SANDBOX_CREDENTIALS.consumer_secret, SANDBOX_CREDENTIALS.token, SANDBOX_CREDENTIALS.token_secret
)
POLLING = Polling(first_s=0.01, cap_s=0.1, within_s=30)


@dataclass(frozen=True, slots=True)
class Account:
    """An empty NetSuite sandbox over HTTP. `counted` is how many calls its own log has."""

    transport: HttpTransport
    counted: Callable[[], int]


@contextmanager
def account() -> Iterator[Account]:
    app = netsuite_app(NetSuite())
    server = HttpServer(app, "127.0.0.1:0")
    try:
        transport = HttpTransport(Endpoint.of(SANDBOX_CREDENTIALS.account, server.start()), KEYS)
        yield Account(transport, lambda: len(app.calls.calls()))
        transport.close()
    finally:
        server.stop()


def look_then_write(transport: HttpTransport, record_type: str, body: bytes, *, updates: bool = True) -> None:
    """GET by externalId, then POST, or PATCH when it is there and not only looked for."""
    address = f"{RECORDS}/{record_type}"
    there = f"{address}/eid:{json.loads(body)['externalId']}"
    if transport.send("GET", there, {"fields": "id"}, None, {}).status == 404:
        written = transport.send("POST", address, {}, body, {"Content-Type": "application/json"})
    elif updates:
        written = transport.send("PATCH", there, {}, body, {"Content-Type": "application/json"})
    else:
        return
    if written.status != 204:
        raise CannotRun(f"{record_type} was answered {written.status}: {written.body[:200].decode(errors='replace')}")


def sales(number: int) -> Sequence[Sequence[Record]]:
    """So many sales as layers of records, each built on those before: customers, items (two a sale), invoices, payments."""
    layers: list[list[Record]] = [[], [], [], []]
    for at in range(number):
        buyer = replace(ada, external_id=f"cus_{at}", company_name=f"Buyer {at}")
        items = [replace(plan_item, external_id=f"price_{at}_{part}", item_id=f"Plan {at} {part}") for part in ("a", "b")]
        lines = tuple(replace(invoice.item[0], item=key(item)) for item in items)
        bill = replace(invoice, external_id=f"in_{at}", entity=key(buyer), item=lines)
        paid = replace(
            payment, external_id=f"ch_{at}", customer=key(buyer), payment=usd("200.20"), apply=(Apply(key(bill), usd("200.20")),)
        )
        made: tuple[Sequence[Record], ...] = ([buyer], items, [bill], [paid])
        for layer, records in zip(layers, made, strict=True):
            layer.extend(records)
    return layers


def in_batches(transport: HttpTransport, layers: Iterable[Sequence[Record]]) -> int:
    """Create them, layer by layer; how many records there are then. CannotRun when one could not be created."""
    books = RestBooks(transport, POLLING)
    ids: dict[External, str] = {}
    for records in layers:
        for record, made in zip(records, books.create_many(records, ids), strict=True):
            if not isinstance(made, str):
                raise CannotRun(f"{key(record)} was not created: {made}")
            ids[key(record)] = made
    return len(ids)


def bodies_of(calls: Iterable[Any], bodies: dict[Any, bytes]) -> list[tuple[str, bytes]]:
    """Record type and body of each record that these calls created."""
    return [(call.path.rpartition("/")[2], bodies[call]) for call in calls if call.method == "POST" and "/record/" in call.path]
