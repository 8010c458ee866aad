"""After the fact, over real sockets: an object is said to be another record, kept out with a reason, and what drifted is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.inbox import EventState
from core.outcome import Failed, Kind
from services.cli import main
from services.demo import Connector, running_connector
from services.sandbox.run import Sandbox
from tests.services.test_cli import environment


@pytest.fixture
def connector(tmp_path: Path) -> Iterator[Connector]:
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        yield running.enter_context(running_connector(sandbox, str(tmp_path)))


def run(connector: Connector, *args: str) -> tuple[int, Any]:
    done = CliRunner().invoke(main, [*args, "--json"], env=environment(connector))
    return done.exit_code, json.loads(done.stdout) if done.exit_code in (0, 1) else done.output


def sale(connector: Connector, amount: int = 2900) -> str:
    charge = connector.sandbox.world.charges.pay(amount, customer=None)
    connector.settle()
    return charge


def change(connector: Connector, record: str, internal_id: str, **fields: Any) -> None:
    """A user edits a record in NetSuite."""
    headers = {"Content-Type": "application/json"}
    path = f"/services/rest/record/v1/{record}/{internal_id}"
    reply = connector.writer.transport().send("PATCH", path, {}, json.dumps(fields).encode(), headers)
    assert reply.status == 204, reply.body


def mutating(connector: Connector) -> int:
    return len([call for call in connector.sandbox.netsuite_app.calls.calls() if call.mutating])


def test_what_a_user_edited_is_shown_field_by_field_and_not_overwritten(connector: Connector) -> None:
    first, second = sale(connector), sale(connector, 1500)
    assert run(connector, "drift") == (0, {"compared": 2, "drift": []})
    payments = {each.external_id: each.id for each in connector.sandbox.netsuite.records("customerPayment")}
    change(connector, "customerPayment", payments[first], tranDate="2026-11-07")
    writes = mutating(connector)
    code, said = run(connector, "drift")
    assert (code, said["compared"]) == (1, 2)
    [row] = said["drift"]
    assert (row["stripe_id"], row["record_type"], row["change"]) == (first, "customerPayment", "update")
    [field] = row["fields"]
    assert (field["field"], field["holds"]) == ("tranDate", "2026-11-07")
    assert run(connector, "drift", second)[0] == 0
    assert mutating(connector) == writes


def test_a_relinked_object_is_that_record_and_is_never_written_again(connector: Connector) -> None:
    booked = sale(connector)
    [mine] = connector.sandbox.netsuite.records("customerPayment")
    other = connector.sandbox.world.charges.pay(500, customer=None, metadata={"netsuite_block_integration": "true"})
    connector.settle()
    assert run(connector, "relink", other, "invoice", mine.id)[0] == 1, "a charge is no invoice"
    assert "no customerPayment #999999" in run(connector, "relink", other, "customerPayment", "999999")[1]["failed"]["message"]

    code, said = run(connector, "relink", booked, "customerPayment", mine.id, "--because", "it is the one booked by hand")
    assert (code, said["failed"]) == (0, None)
    change(connector, "customerPayment", mine.id, tranDate="2026-11-07")
    writes = mutating(connector)
    code, said = run(connector, "resync", booked)
    assert code == 0
    assert "linked" in said[0]["results"][0]["plan"]
    assert mutating(connector) == writes, "it is the user's now"

    assert run(connector, "relink", booked, "customerPayment", "--lift")[0] == 0
    assert "linked" not in run(connector, "plan", booked)[1]["results"][0]["plan"]


def test_an_excluded_object_is_ignored_with_the_reason_and_what_builds_on_it_waits_for_a_person(connector: Connector) -> None:
    world = connector.sandbox.world
    charge = world.charges.pay(2900, customer=None, metadata={"netsuite_block_integration": "true"})
    connector.settle()
    assert connector.inbox.stats().failed
    assert run(connector, "exclude", charge, "--because", "a test sale")[0] == 0
    run(connector, "events", "retry", "--failed")
    connector.finish()
    [stored] = [each for each in connector.inbox.list(event_type="charge.succeeded") if each.event.subject_id == charge]
    assert (stored.state, stored.reason) == (EventState.IGNORED, "excluded: a test sale")

    refund = world.refunds.refund(charge, 900)
    connector.settle()
    [stored] = [each for each in connector.inbox.list(event_type="refund.created") if each.event.subject_id == refund]
    assert isinstance(stored.failed, Failed)
    assert (stored.failed.kind, stored.failed.message) == (Kind.BLOCKED, f"{charge}, which it builds on, is excluded: a test sale")
    assert connector.sandbox.netsuite.records("customerPayment") == ()


def test_an_exclusion_is_taken_back(connector: Connector) -> None:
    charge = sale(connector)
    run(connector, "exclude", charge, "--because", "wrong customer")
    [done] = run(connector, "resync", charge)[1]
    assert done["results"][0]["outcome"] == {"state": "ignored", "because": "excluded: wrong customer"}
    run(connector, "exclude", charge, "--because", "it was right", "--lift")
    [done] = run(connector, "resync", charge)[1]
    assert done["results"][0]["outcome"]["state"] == "synced"


def test_wrong_use_is_refused_with_a_sentence(connector: Connector) -> None:
    assert run(connector, "relink", "ch_1", "customerPayment")[0] == 2
    assert run(connector, "relink", "ch_1", "customerPayment", "1", "--lift")[0] == 2
    assert run(connector, "exclude", "ch_1")[0] == 2
    assert run(connector, "exclude", "ch_1", "--because", " ")[1]["failed"]["message"] == "there is no reason"
    assert "no id of an object" in run(connector, "exclude", "sub_1", "--because", "x")[1]["failed"]["message"]
    assert run(connector, "drift", "ch_404")[1]["drift"][0]["failed"]["kind"] == "gone"
