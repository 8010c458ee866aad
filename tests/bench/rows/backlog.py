"""A long outage leaves 100,000 events: the start after it, a claim among so many, the memory of both services."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median

from adapters.storage.inbox import SqliteInbox
from tests.bench.backlog import fill
from tests.bench.disk import Disk
from tests.bench.measure import Row, Side, alternate, at_most
from tests.bench.run import Bench, Group
from tests.bench.servers import ingest_on
from tests.bench.system import System, system

MANY, FEW = 100_000, 1_000
CLAIMS, IN_FLIGHT, LEASE_S = 100, 8, 3600.0
WORKS_S = 8.0
RESTART = Row("restart", f"seconds from the start of ingest until it serves, {MANY:,} events waiting", at_most(10))
CLAIM = Row("claim", f"time of a claim among {MANY:,} waiting objects ÷ among {FEW:,}", at_most(1.5))
MEMORY = tuple(
    Row(f"memory {name}", f"megabytes held by {name} while it works on {MANY:,} waiting events", at_most(300))
    for name in ("ingest", "writer")
)
FLAT = Row("memory flat", f"memory of both with {MANY:,} events waiting ÷ with {FEW:,}", at_most(1.5))


def measure_restart(bench: Bench) -> Sequence[Row]:
    """One store, started on again and again: what is claimed by a run is freed by the next."""
    file = bench.disk.fresh("restart") / "ingest.db"
    fill(file, MANY)
    return [replace(RESTART, ratios=tuple(_started_s(bench.disk, file) for _ in range(bench.rounds)), how="until GET /healthz answers 200")]


def _started_s(disk: Disk, file: Path) -> float:
    begun = time.perf_counter()
    with ingest_on(disk, file):
        return time.perf_counter() - begun


def measure_claim(bench: Bench) -> Sequence[Row]:
    files = [bench.disk.fresh("claim") / "ingest.db" for _ in range(2)]
    for file, count in zip(files, (MANY, FEW), strict=True):
        fill(file, count)
    rounds = alternate(bench.rounds, lambda: _claim_ms(files[0]), lambda: _claim_ms(files[1]))
    sides = rounds.sides((f"among {MANY:,}", f"among {FEW:,}"), "ms", float)
    return [replace(CLAIM, ratios=rounds.ratios(float), sides=sides, how=f"{IN_FLIGHT} objects a claim, SQLite")]


def _claim_ms(file: Path) -> float:
    """The median of many claims; afterwards all is due again."""
    taken: list[float] = []
    with closing(SqliteInbox(file)) as inbox:
        inbox.release()
        for _ in range(CLAIMS):
            begun = time.perf_counter()
            claimed = inbox.claim(IN_FLIGHT, LEASE_S)
            taken.append((time.perf_counter() - begun) * 1000)
            if len(claimed) != IN_FLIGHT:
                raise AssertionError(f"{len(claimed)} objects were claimed, {IN_FLIGHT} are due")
        inbox.release()
    return median(taken)


def measure_memory(bench: Bench) -> Sequence[Row]:
    """Both services at work on the backlog, whose customers Stripe does not know: each is asked for, and ends failed."""
    few, many = (_held_mb(bench, count) for count in (FEW, MANY))
    rows = [replace(row, ratios=(many[at],), sides=(Side(f"with {FEW:,}", "MB", (few[at],)),)) for at, row in enumerate(MEMORY)]
    return [*rows, replace(FLAT, ratios=(sum(many) / sum(few),))]


def _held_mb(bench: Bench, count: int) -> tuple[float, float]:
    with system(bench.disk, fill=lambda folder: fill(folder / "ingest.db", count)) as whole:
        time.sleep(WORKS_S)
        return _mb(whole, "ingest"), _mb(whole, "writer")


def _mb(whole: System, name: str) -> float:
    return whole.processes[name].memory_mb()


GROUPS = (
    Group("restart", [RESTART], measure_restart),
    Group("claim", [CLAIM], measure_claim),
    Group("memory", [*MEMORY, FLAT], measure_memory),
)
