"""When NetSuite has less room than the settings say: the connector finds out, waits its turn, and nothing fails or is lost."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from core.outcome import Failed, Kind
from services.demo import running_connector
from services.sandbox.netsuite.faults import Fault, Trouble
from services.sandbox.run import Sandbox

SALES = 25


def test_with_room_for_two_calls_and_a_setting_of_five_every_sale_is_booked_once(tmp_path: Path) -> None:
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox(concurrency_limit=2, latency_s=0.03))
        given = {**sandbox.settings()["netsuite"], "concurrency": 5}
        connector = running.enter_context(running_connector(sandbox, str(tmp_path), netsuite=given))
        for number in range(SALES):
            customer = sandbox.world.catalogue.customer(f"Customer {number}", f"customer{number}@example.com")
            sandbox.world.charges.pay(1000 + number, customer=customer)
        connector.settle()
        connector.finish()
        statuses = Counter(call.status for call in sandbox.netsuite_app.calls.calls())
        usage = connector.writer.transport().budget.usage
        payments = sandbox.netsuite.records("customerPayment")
    assert len(payments) == len({payment.external_id for payment in payments}) == SALES
    busy = [
        outcome
        for tries in connector.told.tries.values()
        for outcome, _ in tries
        if isinstance(outcome, Failed) and outcome.kind is Kind.BUSY
    ]
    assert busy == []
    assert 0 < statuses[429] < SALES, "it ran into the limit, and learnt"
    assert usage.limit <= 3
    assert (usage.in_flight, usage.most) == (0, 5)


def test_a_burst_of_refusals_lowers_the_limit_and_is_waited_out(tmp_path: Path) -> None:
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        connector = running.enter_context(running_connector(sandbox, str(tmp_path)))
        sandbox.netsuite_app.faults.script(Fault(Trouble.BUSY, times=3))
        sandbox.world.charges.pay(2900, customer=None)
        connector.settle()
        connector.finish()
        usage = connector.writer.transport().budget.usage
        [payment] = sandbox.netsuite.records("customerPayment")
    assert payment.external_id
    assert usage.limit < usage.most
