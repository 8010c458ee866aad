"""Accepting, beside what others offer for it: the sync engine on PostgreSQL, and the handler that most people write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from tests.bench.disk import Disk
from tests.bench.load import Load, Shape, drive
from tests.bench.measure import Rounds, Row, alternate, at_least, at_most
from tests.bench.peers import servers
from tests.bench.processes import Child
from tests.bench.rows.accept import rate
from tests.bench.run import Bench, Group
from tests.bench.servers import ingest

ENGINE = Row(
    "peer sync-engine", "accepts/s, 32 connections ÷ @supabase/stripe-sync-engine (fastify, pool of 10) on PostgreSQL", at_least(2.5)
)
ENGINE_P99 = Row("peer sync-engine p99", "99th percentile of the latency ÷ the sync engine's", at_most(0.6))
HANDLER = Row("peer handler", "accepts/s, 32 connections ÷ FastAPI + construct_event + SQLAlchemy on SQLite as it comes", at_least(40))
WARM_UP_S = 3.0  # Node compiles what runs often; it is measured only afterwards


def engine(bench: Bench) -> Sequence[Row]:
    """The object row upserted by it, the event row stored by us; our sync into NetSuite comes later and is not in the figure."""
    rounds = _beside(servers.sync_engine, bench)
    sides = rounds.sides(("ingest", "sync engine"), "/s", rate)
    p99_sides = rounds.sides(("ingest", "sync engine"), "ms", _p99_ms)
    how = "nothing pinned; database, server and load share the machine; the peer upserts the object, ours stores the event"
    return [
        replace(ENGINE, ratios=rounds.ratios(rate), sides=sides, how=how),
        replace(ENGINE_P99, ratios=rounds.ratios(_p99_ms), sides=p99_sides),
    ]


def handler(bench: Bench) -> Sequence[Row]:
    """The event row stored by both."""
    rounds = _beside(servers.fastapi_handler, bench)
    return [replace(HANDLER, ratios=rounds.ratios(rate), sides=rounds.sides(("ingest", "usual handler"), "/s", rate), how="nothing pinned")]


def _beside(peer: Callable[[Disk], AbstractContextManager[Child]], bench: Bench) -> Rounds[Load]:
    shape = Shape(seconds=bench.seconds)
    warm_up = replace(shape, seconds=min(WARM_UP_S, bench.seconds * 2))
    with peer(bench.disk) as theirs, ingest(bench.disk) as ours:
        for side in (ours, theirs):
            drive(side, warm_up)
        return alternate(bench.rounds, lambda: drive(ours, shape), lambda: drive(theirs, shape))


def _p99_ms(load: Load) -> float:
    return load.p99_ms


GROUPS = (Group("peers", [ENGINE, ENGINE_P99], engine), Group("peers", [HANDLER], handler))
