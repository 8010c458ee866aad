"""The floor of accepting: a raw asyncio.Protocol on httptools and uvloop with the product's store. `python -m tests.bench.floor PORT FILE`.

It checks the signature and reads the envelope by hand, with no limit, no metric, no second route: what is left is the commit.
"""

from __future__ import annotations

import asyncio
import hmac
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import httptools
import msgspec
import uvloop

from adapters.storage.inbox import SqliteInbox
from core.inbox import Arrival, Event
from tests.bench.events import SECRET

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Subject(msgspec.Struct):
    id: str


class Data(msgspec.Struct):
    object: Subject


class Envelope(msgspec.Struct):
    id: str
    type: str
    created: int
    livemode: bool
    data: Data


READ = msgspec.json.Decoder(Envelope)


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, inbox: SqliteInbox) -> None:
        self.inbox = inbox
        self.parser = httptools.HttpRequestParser(self)
        self.signature = b""
        self.body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == b"Stripe-Signature":
            self.signature = value

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        body, self.body = b"".join(self.body), []
        if self.parser.get_method() == b"GET":
            self.transport.write(OK)
        elif signed(body, self.signature):
            accepted = asyncio.ensure_future(self.inbox.accept_async([arrival(body)]))
            accepted.add_done_callback(self.stored)
        else:
            self.transport.write(REFUSED)

    def stored(self, done: asyncio.Future[Sequence[bool]]) -> None:
        if not self.transport.is_closing():
            self.transport.write(UNAVAILABLE if done.exception() else OK)


def signed(body: bytes, header: bytes) -> bool:
    """Does the header sign the body?"""
    stamp, _, given = header.partition(b",v1=")
    expected = hmac.digest(SECRET.encode(), stamp[2:] + b"." + body, "sha256").hex()
    return hmac.compare_digest(expected.encode(), given)


def arrival(body: bytes) -> Arrival:
    """What the store is given."""
    read = READ.decode(body)
    event = Event(read.id, read.type, datetime.fromtimestamp(read.created, UTC), read.livemode, read.data.object.id)
    return Arrival(event, body, datetime.now(UTC))


async def serve(port: int, file: str) -> None:
    """Serve until SIGTERM."""
    inbox = SqliteInbox(file)
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    server = await loop.create_server(lambda: Connection(inbox), "127.0.0.1", port, backlog=2048)
    await asked.wait()
    server.close()
    inbox.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
