"""Accepting: the product's webhook server beside a raw socket server with the same store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.bench.load import Load, Shape, drive
from tests.bench.measure import Row, alternate, at_least, at_most
from tests.bench.run import Bench, Group
from tests.bench.servers import SERVER_CORE, floor, ingest

NAMES = ("ingest", "raw socket server")
RATE = Row("accept", "durable accepts/s, 32 connections ÷ a raw asyncio + httptools + uvloop server on the same store", at_least(0.80))
CPU = Row("accept cpu", "server's CPU per accepted event ÷ the raw server's", at_most(2.0))


def measure(bench: Bench) -> Sequence[Row]:
    """Each server on one core, the load on the other; both start fresh and stay up, each on its own file."""
    shape = Shape(seconds=bench.seconds)
    with ingest(bench.disk, SERVER_CORE) as ours, floor(bench.disk, SERVER_CORE) as raw:
        rounds = alternate(bench.rounds, lambda: drive(ours, shape), lambda: drive(raw, shape))
    how = "4,096-byte signed charge.succeeded, each with fresh ids; server on one core"
    return [
        replace(RATE, ratios=rounds.ratios(rate), sides=rounds.sides(NAMES, "/s", rate), how=how),
        replace(CPU, ratios=rounds.ratios(cpu_ms), sides=rounds.sides(NAMES, "ms", cpu_ms)),
    ]


def rate(load: Load) -> float:
    return load.rate


def cpu_ms(load: Load) -> float:
    return load.cpu_ms


GROUP = Group("accept", [RATE, CPU], measure)
