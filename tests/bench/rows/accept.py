"""Accepting: the product's webhook server beside a raw socket server with the same store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace

from tests.bench.load import Load, Shape, drive
from tests.bench.measure import CannotRun, Row, alternate, at_least, at_most
from tests.bench.processes import python
from tests.bench.run import Bench, Group
from tests.bench.servers import SERVER_CORE, floor, ingest

WITHIN_S = 120
NAMES = ("ingest", "raw socket server")
RATE = Row("accept", "durable accepts/s, 32 connections ÷ a raw asyncio + httptools + uvloop server on the same store", at_least(0.80))
STORE = Row(
    "accept store", "durable accepts/s, 32 connections ÷ the same inbox called by 32 coroutines, with no network around it", at_least(0.50)
)
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


def measure_store(bench: Bench) -> Sequence[Row]:
    """What the webhook server leaves of the store's own rate; each on the server's core."""
    with ingest(bench.disk, SERVER_CORE) as ours:
        rounds = alternate(bench.rounds, lambda: drive(ours, Shape(seconds=bench.seconds)).rate, lambda: _alone(bench))
    sides = rounds.sides(("ingest", "inbox alone"), "/s", float)
    return [replace(STORE, ratios=rounds.ratios(float), sides=sides, how="group commit on SQLite, WAL, synchronous FULL, in both")]


def _alone(bench: Bench) -> float:
    """Accepts per second, in a process of its own, on a file of its own."""
    file = bench.disk.fresh("alone") / "ingest.db"
    argv = python("tests.bench.inbox_alone", str(file), str(bench.seconds), *map(str, SERVER_CORE))
    done = subprocess.run(argv, env={**os.environ, **bench.disk.env}, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    if done.returncode:
        raise CannotRun(f"the inbox alone ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return float(done.stdout)


def rate(load: Load) -> float:
    return load.rate


def cpu_ms(load: Load) -> float:
    return load.cpu_ms


GROUPS = (Group("accept", [RATE, CPU], measure), Group("accept", [STORE], measure_store))
