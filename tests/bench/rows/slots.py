"""NetSuite's slots when there is more to do than it takes: all in use, never one too many, each over one kept-alive connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.measure import Row, Side, at_least, at_most
from tests.bench.occupancy import Stay, busy_share, connections, elapsed_s, most_at_once, rate
from tests.bench.run import Bench, Group
from tests.bench.system import System, system

CALL_S = 1.0
# So many calls for each slot: the first and the last second weigh little then.
TURNS, MANY_TURNS = 10, 20
DRAINS = tuple(
    Row(f"drain {limit}", f"share of {limit} slots busy until a backlog is gone, calls of 1 s", at_least(0.95)) for limit in (5, 15)
)
OVER = Row("drain over", "most calls in flight at once ÷ the limit", at_most(1.0), exact=True)
RATE = Row("slots 50", "NetSuite calls/s ÷ (50 slots ÷ 1 s)", at_least(0.95))
OPENED = Row("slots connections", "connections opened to NetSuite ÷ the limit", at_most(1.0), exact=True)


@dataclass(frozen=True, slots=True)
class Drained:
    """A backlog that is gone: the calls it took."""

    limit: int
    stays: Sequence[Stay]

    @property
    def sides(self) -> tuple[Side, ...]:
        whole = len(self.stays) / elapsed_s(self.stays)
        return (Side("calls", "", (float(len(self.stays)),)), Side("over all", "calls/s", (whole,)))


def drained(bench: Bench, limit: int, turns: int = TURNS) -> Drained:
    """So many new customers at once, each a call; a first one alone, so that what a writer asks once in its life is asked."""
    with system(bench.disk, latency_s=CALL_S, concurrency=limit) as whole:
        [first] = _customers(whole, "first", 1)
        whole.deliver(first)
        whole.await_idle(30)
        before = len(whole.door.stays)
        for event in list(_customers(whole, "customer", turns * limit)):
            whole.deliver(event)
        whole.await_idle(6 * turns * CALL_S)
        return Drained(limit, tuple(whole.door.stays[before:]))


def _customers(whole: System, name: str, count: int) -> Iterator[Mapping[str, Any]]:
    made = [whole.world.catalogue.customer(f"{name} {number}", f"{name}-{number}@example.com") for number in range(count)]
    wanted = set(made)
    return (event for event in whole.world.events if event["type"] == "customer.created" and event["data"]["object"]["id"] in wanted)


def measure_drain(bench: Bench) -> Sequence[Row]:
    """Each limit once: a drain is long enough to be its own median."""
    found = [drained(bench, limit) for limit in (5, 15)]
    over = max(most_at_once(one.stays) / one.limit for one in found)
    shares = [replace(row, ratios=(busy_share(one.stays, one.limit),), sides=one.sides) for row, one in zip(DRAINS, found, strict=True)]
    return [*shares, replace(OVER, ratios=(over,))]


def measure_slots(bench: Bench) -> Sequence[Row]:
    one = drained(bench, 50, MANY_TURNS)
    share = rate(one.stays, 2 * CALL_S) * CALL_S / one.limit
    opened = connections(one.stays) / one.limit
    return [replace(RATE, ratios=(share,), sides=one.sides, how="without the first and the last 2 s"), replace(OPENED, ratios=(opened,))]


GROUPS = (Group("drain", [*DRAINS, OVER], measure_drain), Group("slots", [RATE, OPENED], measure_slots))
