"""NetSuite calls: how many one sale takes, first, again, and repeated, beside a client that looks up before it writes, and in batches.
Exact counts, at NetSuite's door and in the sandbox's own log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.bench.look_then_write import account, bodies_of, in_batches, look_then_write, sales
from tests.bench.measure import Row, Side, at_most
from tests.bench.run import Bench, Group
from tests.bench.sale import first_sale, next_sale
from tests.bench.system import Call, System, system

# By reading their code: target-netsuite-v2 and netsuite_integration both make 13 for the same five records.
PEERS = 13
SALES_IN_BATCHES = 100
FIRST = Row(
    "calls first", f"NetSuite calls for a new customer, 2 new items, invoice, payment (others make {PEERS})", at_most(5), exact=True
)
KNOWN = Row("calls known", "NetSuite calls for the next invoice and payment of that customer and those items", at_most(2), exact=True)
REPLAY = Row("calls replay", "NetSuite writes when the same charge is announced again by another event", at_most(0), exact=True)
HABIT = "a client that looks up by externalId, then creates or updates"
BESIDE = Row("calls beside", f"NetSuite calls per record of that first sale ÷ those of {HABIT}", at_most(0.5), exact=True)
BESIDE_KNOWN = Row(
    "calls beside known",
    f"the same for the next sale, of which {HABIT.removesuffix(' or updates')} only what is missing",
    at_most(0.3),
    exact=True,
)
BATCHES = Row("calls batches", f"NetSuite calls per record for {SALES_IN_BATCHES} first sales in batches", at_most(0.05), exact=True)
Records = Sequence[tuple[str, bytes]]


def measure(bench: Bench) -> Sequence[Row]:
    """One `charge.succeeded` each, delivered signed to the running system; the same records then by the other client."""
    with system(bench.disk) as whole:
        _read_currencies(whole)
        warm = len(whole.door.calls)
        first = first_sale(whole.world)
        announced = whole.event("charge.succeeded", first.charge)
        made = whole.calls_for(announced)
        known = whole.calls_for(whole.event("charge.succeeded", next_sale(whole.world, first).charge))
        again = whole.calls_for({**announced, "id": announced["id"] + "again"})
        before, sold, sold_again = (bodies_of(calls, whole.door.bodies) for calls in (whole.door.calls[:warm], made, known))
    counted = [_counted(FIRST, made, made), _counted(KNOWN, known, known), _counted(REPLAY, [call for call in again if call.writes], again)]
    return [*counted, *_beside(len(made), len(known), before, sold, sold_again), _batches()]


def _beside(ours: int, ours_known: int, before: Records, sold: Records, sold_again: Records) -> Sequence[Row]:
    """The records have the internal ids that they had with us, for they are created in the same order."""
    with account() as held:
        for record_type, body in before:
            look_then_write(held.transport, record_type, body)
        start = held.counted()
        for record_type, body in sold:
            look_then_write(held.transport, record_type, body)
        first = held.counted() - start
        for record_type, body in (*sold[:3], *sold_again):
            look_then_write(held.transport, record_type, body, updates=False)
        known = held.counted() - start - first
    return [_compared(BESIDE, ours, first, 5), _compared(BESIDE_KNOWN, ours_known, known, 2)]


def _batches() -> Row:
    with account() as held:
        records = in_batches(held.transport, sales(SALES_IN_BATCHES))
        calls = held.counted()
    sides = (Side("calls", "", (float(calls),)), Side("records", "", (float(records),)))
    how = "per 100 records: look, submit, ask after the job, read back; currencies once; untested against a real account"
    return replace(BATCHES, ratios=(calls / records,), sides=sides, how=how)


def _compared(row: Row, ours: int, theirs: int, records: int) -> Row:
    sides = (Side("ours", "calls", (float(ours),)), Side("looks first", "calls", (float(theirs),)))
    return replace(row, ratios=(ours / theirs,), sides=sides, how=f"{records} records")


def _read_currencies(whole: System) -> None:
    """A writer asks NetSuite for its currencies once in its life; another customer's event takes that call out of the count."""
    customer = whole.world.catalogue.customer("Charles Babbage", "charles@example.com")
    whole.calls_for(whole.event("customer.created", customer))


def _counted(row: Row, counted: Sequence[Call], made: Sequence[Call]) -> Row:
    spelled = ", ".join(f"{call.method} {call.path.rpartition('/v1/')[2]}" for call in made) or "none"
    return replace(row, ratios=(float(len(counted)),), sides=(Side("all", "calls", (float(len(made)),)),), how=spelled)


GROUP = Group("calls", [FIRST, KNOWN, REPLAY, BESIDE, BESIDE_KNOWN, BATCHES], measure)
