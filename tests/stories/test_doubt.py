"""A lost answer, on real sockets: the record is written once, and its event is synced only when the window has passed."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from core.inbox import EventState
from core.outcome import Failed, Kind, Synced
from services.demo import Connector, running_connector
from services.sandbox.netsuite.faults import Fault, Trouble
from services.sandbox.run import Protocol, Sandbox
from services.wiring import audit_trail
from tests.soap import FILE, FOLDER, needs_wsdl

WINDOW_S = 1.5


@pytest.mark.parametrize("protocol", ["rest", pytest.param("soap", marks=(needs_wsdl, pytest.mark.xdist_group("soap")))])
def test_a_sale_whose_answer_was_lost_is_booked_once_and_synced_after_the_window(tmp_path: Path, protocol: Protocol) -> None:
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox(protocol=protocol, wsdl=FOLDER if protocol == "soap" else None))
        given = {**sandbox.settings()["netsuite"], "ambiguity_window_s": WINDOW_S, "wsdl": str(FILE) if protocol == "soap" else ""}
        tell(running.enter_context(running_connector(sandbox, str(tmp_path), netsuite=given)))


def tell(connector: Connector) -> None:
    sandbox = connector.sandbox
    sandbox.netsuite_app.faults.script(Fault(Trouble.DROP_AFTER, record_type="customerPayment", mutating_only=True))
    sandbox.netsuite_app.faults.script(Fault(Trouble.BUSY, times=2, mutating_only=True))
    sandbox.world.charges.pay(2900, customer=None)
    sandbox.webhooks.flush(10)
    connector.finish(30)
    assert len(sandbox.netsuite.records("customerPayment")) == 1
    [succeeded] = [each for each in connector.inbox.list(EventState.SYNCED) if each.event.type == "charge.succeeded"]
    tries = [outcome for outcome, _ in connector.told.tries[succeeded.event.id]]
    assert isinstance(tries[0], Failed)
    assert tries[0].kind is Kind.BUSY
    assert {each.kind for each in tries[1:-1] if isinstance(each, Failed)} <= {Kind.NOT_READY}
    assert tries[-1] == Synced(0)
    assert succeeded.settled_at is not None
    assert succeeded.settled_at - succeeded.received_at >= timedelta(seconds=WINDOW_S)
    calls = [call for call in sandbox.netsuite_app.calls.calls() if call.record_type == "customerPayment"]
    assert (calls[-1].method.upper(), calls[-1].status) == ("GET", 200), "it was read back last"
    with audit_trail(connector.config) as trail:
        rows = trail.of(succeeded.event.subject_id)
        assert trail.verify() == ""
    sent = [call.request_id for call in sandbox.netsuite_app.calls.calls() if call.mutating]
    assert sorted(row["request_id"] for row in rows) == sorted(sent), "a row for each request that may have changed something"
