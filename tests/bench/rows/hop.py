"""The hop between the services: SyncEvent of a writer that has nothing to do, beside a bare gRPC echo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import grpc
import grpc.aio

from adapters.writer.grpc import GrpcWriter
from core.inbox import Event
from core.outcome import Synced
from tests.bench.measure import CannotRun, Row, alternate, at_least
from tests.bench.processes import child, free_port, grpc_healthy, python
from tests.bench.run import Bench, Group
from tests.bench.stand_ins import ECHO_METHOD, ECHO_SERVICE

IN_FLIGHT = 32
ROW = Row("hop", "SyncEvent round trips/s, 32 in flight, writer with nothing to do ÷ bare gRPC echo of 1 kB", at_least(0.7))


def measure(bench: Bench) -> Sequence[Row]:
    """Both servers run all the time, each in its own process with 32 threads, and are called in turn."""
    writer_port, echo_port = free_port(), free_port()
    folder = bench.disk.fresh("hop")
    with (
        child(
            python("tests.bench.stand_ins", "writer", str(writer_port)), port=writer_port, healthy=grpc_healthy, log=folder / "writer.log"
        ),
        child(python("tests.bench.stand_ins", "echo", str(echo_port)), port=echo_port, healthy=grpc_healthy, log=folder / "echo.log"),
    ):
        rounds = alternate(
            bench.rounds,
            lambda: asyncio.run(_sync_events(f"127.0.0.1:{writer_port}", bench.seconds)),
            lambda: asyncio.run(_echoes(f"127.0.0.1:{echo_port}", bench.seconds)),
        )
    sides = rounds.sides(("SyncEvent", "echo"), "calls/s", float)
    return [replace(ROW, ratios=rounds.ratios(float), sides=sides, how="grpc.aio client of ingest, thread-pool server, no TLS")]


async def _sync_events(target: str, seconds: float) -> float:
    writer = GrpcWriter(target)
    event = Event("evt_" + "e" * 24, "charge.succeeded", datetime.now(UTC), False, "ch_" + "c" * 24)

    async def call() -> None:
        outcome, _ = await writer.sync(event, 10.0)
        if outcome != Synced():
            raise CannotRun(f"the writer answered {outcome}")

    try:
        return await _rate(call, seconds)
    finally:
        await writer.close()


async def _echoes(target: str, seconds: float) -> float:
    message = b"x" * 1024
    async with grpc.aio.insecure_channel(target) as channel:
        echo: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{ECHO_SERVICE}/{ECHO_METHOD}")

        async def call() -> None:
            if await echo(message, timeout=10.0) != message:
                raise CannotRun("the echo is not what was sent")

        return await _rate(call, seconds)


async def _rate(call: Callable[[], Awaitable[None]], seconds: float) -> float:
    """Calls per second with 32 in flight, after a warm-up of a quarter of the time."""
    begin = time.perf_counter() + seconds / 4
    end = begin + seconds
    counted = 0

    async def caller() -> None:
        nonlocal counted
        while (now := time.perf_counter()) < end:
            await call()
            counted += now >= begin

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return counted / (time.perf_counter() - begin)


GROUP = Group("hop", [ROW], measure)
