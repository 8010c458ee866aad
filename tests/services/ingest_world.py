"""Ingest as a test wants it: a running server, a writer that answers as told, a client on a real socket."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.storage.inbox import SqliteInbox
from core.inbox import Event, Stats
from core.outcome import Failed, Kind, Outcome, Synced
from services.ingest.app import WebhookEndpoint
from services.ingest.inbox import Inbox
from services.ingest.server import IngestServer
from tests.adapters.webhooks import SECRET, header_of

DEADLINE_S = 10.0
UNREACHABLE = Failed(Kind.BUSY, "the writer did not answer: UNAVAILABLE", "start it", code="UNAVAILABLE")


@dataclass(eq=False)
class FakeWriter:
    """A core.ports.Writer: answers by `answer`, remembers what it was asked, and notes what it was asked at the same time."""

    answer: Callable[[Event], Outcome] = lambda event: Synced(1)
    takes_s: float = 0.0
    asked: list[Event] = field(default_factory=list)
    together: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_together: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gate: asyncio.Event | None = None

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        self.asked.append(event)
        for key in ("", event.object_key):
            self.together[key] += 1
            self.most_together[key] = max(self.most_together[key], self.together[key])
        try:
            if self.gate:
                await self.gate.wait()
            if self.takes_s:
                await asyncio.sleep(self.takes_s)
            return self.answer(event), f"# plan of {event.id}\n"
        finally:
            for key in ("", event.object_key):
                self.together[key] -= 1


def ignoring(event_type: str) -> str:
    """A small event table: charges and invoices act, the account is ignored, the rest is unknown."""
    if event_type.startswith(("charge.", "invoice.")):
        return ""
    return "Nothing of it is in the ledger." if event_type.startswith("account.") else "not in the event table"


def subject(event_type: str) -> str:
    """charge.refunded is a subject of its own, as in the table."""
    return "refunds" if event_type == "charge.refunded" else event_type.partition(".")[0]


ENDPOINTS = {
    "": WebhookEndpoint((SECRET,), accounts=frozenset({"acct_known"}), livemode=False),
    "shop": WebhookEndpoint(("whsec_shop",), account="acct_shop", livemode=False),
}


@dataclass(eq=False)
class World:
    """A running ingest, and what it stores and hands on."""

    inbox: Inbox
    writer: FakeWriter
    server: IngestServer
    tried: list[tuple[Event, Outcome, str]]
    told: threading.Condition

    def post(self, body: bytes, header: str | None = None, path: str = "/webhooks/stripe", **headers: str) -> tuple[int, str]:
        """Send a webhook, signed well unless `header` says otherwise."""
        signed = {"Stripe-Signature": header_of(body) if header is None else header} | headers
        return self.request("POST", path, body, {name: value for name, value in signed.items() if value})

    def request(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def raw(self) -> socket.socket:
        """A connection to write any bytes to."""
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE_S)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until a try ended and `true` holds."""
        with self.told:
            assert self.told.wait_for(true, DEADLINE_S), f"it did not become so; tried: {[(e.id, o) for e, o, _ in self.tried]}"

    def until_settled(self) -> Stats:
        """Wait until nothing is open, and give the counts."""
        stop = threading.Event()
        for _ in range(int(DEADLINE_S / 0.01)):
            stats = self.inbox.stats()
            if not stats.waiting + stats.running:
                return stats
            stop.wait(0.01)
        raise AssertionError(f"still open after {DEADLINE_S} s: {self.inbox.list()}")


@contextmanager
def running(file: Path, writer: FakeWriter | None = None, **options: int) -> Iterator[World]:
    """An ingest on free ports with the store in `file`."""
    tried: list[tuple[Event, Outcome, str]] = []
    told = threading.Condition()

    def observe(event: Event, outcome: Outcome, page: str) -> None:
        with told:
            tried.append((event, outcome, page))
            told.notify_all()

    inbox = SqliteInbox(file)
    fake = writer or FakeWriter()
    server = IngestServer(inbox, ENDPOINTS, lambda: fake, ignoring, subject, observe=observe, **options)  # type: ignore[arg-type]
    server.start()
    try:
        yield World(inbox, fake, server, tried, told)
    finally:
        server.stop()
        inbox.close()
