"""What happened before the connector ran: asked for by the day, synced behind live work, the same books in the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from core.inbox import EventState
from services.cli import main
from services.demo import Connector, running_connector
from services.sandbox.run import Sandbox
from services.sandbox.stripe.webhooks import Policy
from tests.services.test_cli import environment
from tests.stories.test_fortnight import BOOKS, books

# The fortnight of the sandbox's merchant is over; the books begin after it.
AFTER = {"start_date": "2027-01-01"}
SPAN = ("--from", "2026-11-01", "--to", "2026-11-30")


def backfill(connector: Connector, folder: Path, *args: str) -> tuple[int, Any, str]:
    """The command in a process of its own, in a pipe: exit code, document, stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_NETSUITE_")}
    command = [sys.executable, "-m", "services.cli", "backfill", "--json", *args]
    done = subprocess.run(
        command, cwd=folder, env={**clean, **environment(connector)}, capture_output=True, text=True, timeout=100, check=False
    )
    return done.returncode, json.loads(done.stdout or "null"), done.stderr


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Connector]:
    """A connector that begins when the fortnight is over."""
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        for _ in sandbox.play():
            pass
        yield running.enter_context(running_connector(sandbox, str(tmp_path), ledger=AFTER))


def test_the_fortnight_before_the_books_begin_comes_in_by_backfill_and_proves_to_the_cent(late: Connector, tmp_path: Path) -> None:
    code, said, errors = backfill(late, tmp_path, *SPAN)
    assert (code, said["failed"], said["waiting"], said["name"]) == (0, 0, 0, "20261101_20261130")
    assert said["queued"] == sum(said[state] for state in ("synced", "ignored")) > 60
    assert errors == "", "no bar in a pipe"
    assert late.proof().holds
    assert books(late) == BOOKS

    late.sandbox.netsuite_app.calls.clear()
    code, again, _ = backfill(late, tmp_path, *SPAN, "--again", "--types", "charge,payout")
    assert (code, again["failed"], again["queued"]) == (0, 0, again["synced"] + again["ignored"])
    assert again["queued"] > 20
    assert [call for call in late.sandbox.netsuite_app.calls.calls() if call.mutating] == []


def test_under_load_what_waits_for_room_is_created_in_batches_and_the_books_are_the_same(tmp_path: Path) -> None:
    sales = 16
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox(concurrency_limit=1, latency_s=0.02))
        sold = {}
        for number in range(sales):
            customer = sandbox.world.catalogue.customer(f"Customer {number}", f"customer{number}@example.com")
            sold[sandbox.world.charges.pay(1000 + number, customer=customer)] = Decimal(1000 + number) / 100
        given = {**sandbox.settings()["netsuite"], "concurrency": 1, "batch_from": 4}
        connector = running.enter_context(running_connector(sandbox, str(tmp_path), ledger=AFTER, netsuite=given, ingest={"in_flight": 24}))
        code, said, _ = backfill(connector, tmp_path, *SPAN, "--types", "customer,charge")
        calls = sandbox.netsuite_app.calls.calls()
        payments = {each.external_id: each.fields["payment"] for each in sandbox.netsuite.records("customerPayment")}
        assert (code, said["failed"], said["synced"]) == (0, 0, 2 * sales)
        assert payments == sold
        assert len(sandbox.netsuite.records("customer")) == sales
        assert connector.proof().holds
    assert any("/async/" in call.path for call in calls)
    assert len(calls) < 2 * sales, "fewer than a call a record"
    assert {call.status for call in calls} <= {200, 202, 204}


def test_without_services_objects_are_stored_and_wait_until_they_run(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        charge = sandbox.world.charges.pay(2900, customer=None)
        with running_connector(sandbox, str(tmp_path)) as connector:
            assert connector.inbox.list() == []
        code, said, _ = backfill(connector, tmp_path, *SPAN, "--types", "charge")
        assert (code, said["queued"], said["waiting"]) == (0, 1, 1)
        with running_connector(sandbox, str(tmp_path)) as connector:
            connector.finish()
            [stored] = connector.inbox.list(EventState.SYNCED)
            assert (stored.event.type, stored.event.subject_id) == ("backfill.charge", charge)
            assert [payment.external_id for payment in sandbox.netsuite.records("customerPayment")] == [charge]


def test_one_that_fails_says_so(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        sandbox.world.charges.pay(2900, customer=None, metadata={"netsuite_block_integration": "true"})
        with running_connector(sandbox, str(tmp_path)) as connector:
            code, said, _ = backfill(connector, tmp_path, *SPAN, "--types", "charge")
    assert (code, said["failed"]) == (1, 1)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["--to", "2026-10-01"], "--to is before --from", id="the end before the beginning"),
        pytest.param(["--to", "2026-11-30", "--types", "mandate"], "not mandate", id="an unknown kind"),
        pytest.param(["--to", "2026-11-30", "--account", "acct_other"], "no Stripe account acct_other", id="an unknown account"),
        pytest.param([], "--to", id="no end"),
    ],
)
def test_wrong_use_is_refused_with_a_sentence(args: list[str], says: str) -> None:
    done = CliRunner().invoke(main, ["backfill", "--from", "2026-11-01", *args])
    assert done.exit_code == 2
    assert says in done.output


def test_what_an_endpoint_that_was_down_never_took_is_found_by_the_sweep(tmp_path: Path) -> None:
    with Sandbox(policy=Policy(attempts=1)) as sandbox:
        with running_connector(sandbox, str(tmp_path)) as connector:
            sandbox.world.charges.pay(1100, customer=None)
            connector.settle()
        charge = sandbox.world.charges.pay(2900, customer=None)
        sandbox.webhooks.flush(10)
        assert sandbox.webhooks.given_up, "Stripe gave it up"
        with running_connector(sandbox, str(tmp_path)) as connector:
            assert len(sandbox.netsuite.records("customerPayment")) == 1
            code, said, _ = backfill(connector, tmp_path, "--missed")
            assert (code, said["missed"], said["failed"]) == (0, 1, None)
            connector.finish()
            assert charge in {payment.external_id for payment in sandbox.netsuite.records("customerPayment")}
            assert {event["id"] for event in sandbox.world.events} == {stored.event.id for stored in connector.inbox.list(most=1000)}
            status = CliRunner(env=environment(connector)).invoke(main, ["status", "--json"])
            assert json.loads(status.stdout)["last_sweep_s"] >= 0
            metrics = requests.get(f"http://{connector.config.ingest.listen}/metrics", timeout=10).text
            assert "stripe_netsuite_ingest_missed_total 1.0" in metrics
            assert "stripe_netsuite_ingest_last_sweep_seconds" in metrics
