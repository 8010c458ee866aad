"""Reconciliation over real sockets: after a fortnight every payout and the whole balance agree; what is wrong is found to the cent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.netsuite.soap_ledger import SoapLedger
from core.money import Money
from core.reconcile import Reconciliation
from services.cli import main
from services.demo import Connector, running_connector
from services.ingest.reconciling import Reconciling
from services.sandbox.run import Sandbox
from tests.services.test_cli import environment
from tests.soap import needs_wsdl, soap_client_at

pytestmark = pytest.mark.xdist_group("soap")  # so that the fortnight is played once, where the WSDL is read already


@pytest.fixture(scope="module")
def connector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    """After the fortnight, with one of each rarer flow."""
    with ExitStack() as running:
        sandbox = running.enter_context(Sandbox())
        made = running.enter_context(running_connector(sandbox, str(tmp_path_factory.mktemp("reconcile"))))
        for _ in sandbox.play(wide=True):
            pass
        made.settle()
        made.finish()
        yield made


def reconcile(connector: Connector, *args: str) -> tuple[int, Any]:
    done = CliRunner().invoke(main, ["reconcile", *args, "--json"], env=environment(connector))
    return done.exit_code, json.loads(done.stdout) if done.exit_code in (0, 1) else done.output


def payouts(connector: Connector, status: str = "paid") -> list[str]:
    return [each["id"] for each in connector.sandbox.world.account.listed("payout") if each["status"] == status]


def test_every_payout_that_arrived_agrees_with_its_deposit_row_by_row(connector: Connector) -> None:
    use_case: Reconciliation = connector.writer.reconciliation()
    members = 0
    for payout in payouts(connector):
        statement = use_case.payout(payout)
        assert statement.rows, payout
        assert statement.holds, [row for row in statement.rows if row.difference]
        members += sum(row.name.startswith(("ch_", "re_", "dp_")) for row in statement.rows)
    assert members > 30


def test_the_whole_balance_agrees_with_undeposited_funds_in_every_currency(connector: Connector) -> None:
    code, said = reconcile(connector, "--balance")
    assert (code, said["differences"], said["failed"]) == (0, 0, None), said["rows"]
    [usd] = [row for row in said["rows"] if row["currency"] == "usd"]
    undeposited = connector.balances()["110"]
    assert usd["netsuite"] == usd["stripe"] == f"{undeposited.decimal:f}"


def test_the_scheduled_one_asks_the_running_writer_and_says_so(connector: Connector) -> None:
    done = Reconciling(connector.ingest.reconciler).do(lambda: None)
    assert done is not None
    assert (done.is_ok, done.said[:16]) == (True, "no difference in")


def test_a_payout_over_the_command_line_names_its_rows(connector: Connector) -> None:
    payout = payouts(connector)[0]
    code, said = reconcile(connector, payout)
    assert (code, said["payout"], said["differences"]) == (0, payout, 0)
    total = said["rows"][-1]
    raw = connector.sandbox.world.get(payout)
    assert (total["name"], total["stripe"], total["difference"]) == (payout, f"{Money(raw['amount'], 'usd').decimal:f}", "0.00")
    text = CliRunner().invoke(main, ["reconcile", payout], env=environment(connector)).output
    assert "No difference." in text


def test_what_stripe_does_not_know_is_a_failure_with_its_kind(connector: Connector) -> None:
    code, said = reconcile(connector, "po_404")
    assert (code, said["failed"]["kind"]) == (1, "gone")
    assert reconcile(connector)[0] == 2
    assert reconcile(connector, "po_1", "--balance")[0] == 2


def test_a_payment_that_netsuite_lost_and_money_of_a_stranger_are_found_to_the_cent(tmp_path: Path) -> None:
    with Sandbox() as sandbox, running_connector(sandbox, str(tmp_path)) as connector:
        sandbox.world.charges.pay(2900, customer=None)
        connector.settle()
        assert reconcile(connector, "--balance")[0] == 0
        blocked = sandbox.world.charges.pay(1234, customer=None, metadata={"netsuite_block_integration": "true"})
        connector.settle()
        code, said = reconcile(connector, "--balance")
        assert code == 1
        [wrong] = [row for row in said["rows"] if row["difference"] != "0.00"]
        assert (wrong["name"], wrong["difference"]) == (blocked, "-12.34")
        assert "no record in NetSuite" in wrong["says"]

        entry(connector, 5)
        code, said = reconcile(connector, "--balance")
        [first, _] = said["rows"]
        assert (code, first["difference"]) == (1, "5.00")
        assert "unexplained" in first["says"]


def entry(connector: Connector, amount: int) -> None:
    """Somebody debits Undeposited Funds by hand."""
    side = {"account": {"id": "110"}, "debit": amount}
    other = {"account": {"id": "400"}, "credit": amount}
    body = json.dumps({"tranDate": "2026-11-05", "currency": {"id": "1"}, "line": {"items": [side, other]}}).encode()
    reply = connector.writer.transport().send(
        "POST", "/services/rest/record/v1/journalEntry", {}, body, {"Content-Type": "application/json"}
    )
    assert reply.status == 204, reply.body


def test_a_deposit_that_somebody_changed_is_found_line_by_line(tmp_path: Path) -> None:
    with Sandbox() as sandbox, running_connector(sandbox, str(tmp_path)) as connector:
        for _ in sandbox.play():
            if payouts(connector):
                break
        connector.settle()
        connector.finish()
        [payout] = payouts(connector)
        assert reconcile(connector, payout)[0] == 0
        [deposit] = sandbox.netsuite.records("deposit")
        body = json.dumps({"cashback": {"items": [{"account": {"id": "601"}, "amount": 0.5, "memo": "mine"}]}}).encode()
        reply = connector.writer.transport().send(
            "PATCH", f"/services/rest/record/v1/deposit/{deposit.id}", {}, body, {"Content-Type": "application/json"}
        )
        assert reply.status == 204, reply.body
        code, said = reconcile(connector, payout)
        wrong = {row["record"]: row["difference"] for row in said["rows"] if row["difference"] != "0.00"}
        assert (code, wrong) == (1, {"account #601": "-0.50", f"deposit #{deposit.id}": "-0.50"})


@needs_wsdl
def test_over_soap_it_says_the_same(connector: Connector) -> None:
    rest = connector.writer.reconciliation()
    with soap_client_at(connector.sandbox.address) as client:
        soap = replace(rest, ledger=SoapLedger(client))
        assert soap.payout(payouts(connector)[0]) == rest.payout(payouts(connector)[0])
        assert soap.whole_balance() == rest.whole_balance()
