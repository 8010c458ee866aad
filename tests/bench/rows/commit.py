"""Group commit: what 32 connections accept together beside what one accepts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.bench.load import Shape, drive
from tests.bench.measure import Row, Side, alternate, at_least, at_most
from tests.bench.rows.accept import rate
from tests.bench.run import Bench, Group
from tests.bench.servers import SERVER_CORE, ingest

GAIN = Row("commit", "durable accepts/s at 32 connections ÷ at 1", at_least(10))
WAIT = Row("commit p50", "median latency at 1 connection ÷ one fdatasync", at_most(2.0))


def measure(bench: Bench) -> Sequence[Row]:
    """The same server under both loads."""
    many, one = Shape(connections=32, seconds=bench.seconds), Shape(connections=1, seconds=bench.seconds, most_per_s=6_000)
    with ingest(bench.disk, SERVER_CORE) as ours:
        rounds = alternate(bench.rounds, lambda: drive(ours, many), lambda: drive(ours, one))
    waits = tuple(load.p50_ms for load in rounds.other)
    fsync = Side("fdatasync", "ms", (bench.disk.fsync_ms,))
    return [
        replace(GAIN, ratios=rounds.ratios(rate), sides=rounds.sides(("32 connections", "1 connection"), "/s", rate), how=bench.disk.said),
        replace(WAIT, ratios=tuple(wait / bench.disk.fsync_ms for wait in waits), sides=(Side("p50", "ms", waits), fsync)),
    ]


GROUP = Group("commit", [GAIN, WAIT], measure)
