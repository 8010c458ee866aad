"""Latency when nothing waits: from the webhook's 200 to NetSuite's first request, over both services and the wire between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from tests.bench.measure import Row, Side, at_most
from tests.bench.run import Bench, Group
from tests.bench.system import System, system

ROW = Row("idle", "milliseconds from the webhook's 200 to NetSuite's first request, median, nothing else waiting", at_most(10))
EVENTS_PER_ROUND = 20


def measure(bench: Bench) -> Sequence[Row]:
    """`customer.created` one at a time: claim, SyncEvent, one read of Stripe, the rule, then NetSuite. The first round warms up."""
    with system(bench.disk) as whole:
        waits = [[_wait_ms(whole, f"{number}-{each}") for each in range(EVENTS_PER_ROUND)] for number in range(bench.rounds + 1)][1:]
    slowest = tuple(max(taken) for taken in waits)
    how = f"{EVENTS_PER_ROUND} customer.created a round, each after the last is synced; one Stripe read is in it"
    return [replace(ROW, ratios=tuple(map(median, waits)), sides=(Side("slowest of a round", "ms", slowest),), how=how)]


def _wait_ms(whole: System, name: str) -> float:
    customer = whole.world.catalogue.customer(f"Customer {name}", f"customer-{name}@example.com")
    event = whole.event("customer.created", customer)
    before = len(whole.door.calls)
    answered_s = whole.deliver(event)
    first = whole.door.await_call(before)
    whole.await_synced(event["id"])
    return (first.at_s - answered_s) * 1000


GROUP = Group("idle", [ROW], measure)
