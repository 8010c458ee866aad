"""NetSuite calls: how many one sale takes, first, again, and repeated. Exact counts, at NetSuite's door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.bench.measure import Row, Side, at_most
from tests.bench.run import Bench, Group
from tests.bench.sale import first_sale, next_sale
from tests.bench.system import Call, System, system

# By reading their code: target-netsuite-v2 and netsuite_integration both make 13 for the same five records.
PEERS = 13
FIRST = Row(
    "calls first", f"NetSuite calls for a new customer, 2 new items, invoice, payment (others make {PEERS})", at_most(5), exact=True
)
KNOWN = Row("calls known", "NetSuite calls for the next invoice and payment of that customer and those items", at_most(2), exact=True)
REPLAY = Row("calls replay", "NetSuite writes when the same charge is announced again by another event", at_most(0), exact=True)


def measure(bench: Bench) -> Sequence[Row]:
    """One `charge.succeeded` each, delivered signed to the running system."""
    with system(bench.disk) as whole:
        _read_currencies(whole)
        first = first_sale(whole.world)
        announced = whole.event("charge.succeeded", first.charge)
        made = whole.calls_for(announced)
        known = whole.calls_for(whole.event("charge.succeeded", next_sale(whole.world, first).charge))
        again = whole.calls_for({**announced, "id": announced["id"] + "again"})
    return [_counted(FIRST, made, made), _counted(KNOWN, known, known), _counted(REPLAY, [call for call in again if call.writes], again)]


def _read_currencies(whole: System) -> None:
    """A writer asks NetSuite for its currencies once in its life; another customer's event takes that call out of the count."""
    customer = whole.world.catalogue.customer("Charles Babbage", "charles@example.com")
    whole.calls_for(whole.event("customer.created", customer))


def _counted(row: Row, counted: Sequence[Call], made: Sequence[Call]) -> Row:
    spelled = ", ".join(f"{call.method} {call.path.rpartition('/v1/')[2]}" for call in made) or "none"
    return replace(row, ratios=(float(len(counted)),), sides=(Side("all", "calls", (float(len(made)),)),), how=spelled)


GROUP = Group("calls", [FIRST, KNOWN, REPLAY], measure)
