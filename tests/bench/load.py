"""The load: keep-alive connections on loopback that each send the next request as soon as the last one is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import cast

import httptools
import uvloop

from tests.bench import events
from tests.bench.measure import CannotRun
from tests.bench.processes import Child

GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What one turn gave: requests answered 200 in the measured time (s), each one's latency in milliseconds, sorted, and the
    server's CPU time per request in milliseconds (over the whole turn)."""

    accepted: int
    seconds: float
    latencies_ms: tuple[float, ...]
    cpu_ms: float

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds

    @property
    def p50_ms(self) -> float:
        return median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        return self.latencies_ms[int(len(self.latencies_ms) * 0.99)]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a turn is loaded: `seconds` are measured after `warm_s`. Requests are made beforehand, `most_per_s` for each second;
    a server that answers them all sooner ends its turn sooner."""

    connections: int = 32
    seconds: float = 2.0
    warm_s: float = 0.5
    most_per_s: int = 16_000


def drive(server: Child, shape: Shape) -> Load:
    """Load the server with fresh signed events. CannotRun when any answer is not 200 or a connection breaks."""
    requests = events.requests(int(shape.most_per_s * (shape.warm_s + shape.seconds)))
    turn = _Turn(iter(requests), shape)
    cpu_before_s = server.cpu_s()
    uvloop.run(_drive(server.port, turn))
    server.accepted += turn.answers
    return turn.load(server.cpu_s() - cpu_before_s)


async def _drive(port: int, turn: _Turn) -> None:
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(lambda: _Connection(turn), "127.0.0.1", port))[1] for _ in range(turn.shape.connections)]
    turn.begin()
    for connection in connections:
        connection.send_next()
    try:
        await asyncio.wait_for(turn.done.wait(), turn.shape.warm_s + turn.shape.seconds + GRACE_S)
    finally:
        for connection in connections:
            connection.close()


class _Turn:
    """What the connections of one turn share."""

    def __init__(self, requests: Iterator[bytes], shape: Shape) -> None:
        self.requests = requests
        self.shape = shape
        self.done = asyncio.Event()
        self.failure = ""
        self.answers = 0
        self.latencies: list[float] = []
        self.from_s = self.until_s = self.last_s = 0.0

    def begin(self) -> None:
        self.from_s = time.perf_counter() + self.shape.warm_s
        self.until_s = self.from_s + self.shape.seconds

    def answered(self, status: int, sent_s: float) -> bool:
        """Note one answer; False when the connection shall stop."""
        now = time.perf_counter()
        if status != 200:
            self.fail(f"the server answered {status}")
            return False
        self.answers += 1
        if now >= self.until_s:
            self.done.set()
        elif now >= self.from_s:
            self.latencies.append((now - sent_s) * 1000)
            self.last_s = now
        return not self.done.is_set()

    def fail(self, why: str) -> None:
        if not self.done.is_set():
            self.failure = why
            self.done.set()

    def load(self, cpu_s: float) -> Load:
        if self.failure or not self.latencies:
            raise CannotRun(self.failure or "no request was answered in the measured time")
        return Load(len(self.latencies), self.last_s - self.from_s, tuple(sorted(self.latencies)), cpu_s * 1000 / self.answers)


class _Connection(asyncio.Protocol):
    """One keep-alive connection, one request in flight."""

    def __init__(self, turn: _Turn) -> None:
        self.turn = turn
        self.parser = httptools.HttpResponseParser(self)
        self.sent_s = 0.0
        self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        request = next(self.turn.requests, None)
        if request is None:
            self.turn.done.set()
            return
        self.sent_s = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self.turn.answered(self.parser.get_status_code(), self.sent_s):
            self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.closing:
            self.turn.fail(f"the server closed a connection: {error or 'no error'}")

    def close(self) -> None:
        self.closing = True
        self.transport.close()
