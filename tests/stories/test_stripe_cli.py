"""Stripe's own command line against our Stripe: every trigger it has for what we sync passes, and its events go the whole way."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.inbox import EventState
from services.sandbox.stripe.app import API_KEY
from tests.stories.conftest import Start

PACKAGE = "@stripe/cli@1.52.0"
INSTALL_S, COMMAND_S = 60, 20
# `stripe trigger <event>`, by what we sync; `payout.paid` and `refund.created` have no trigger of their own.
TRIGGERS = (
    *("charge.succeeded", "charge.captured", "charge.failed", "charge.refunded", "charge.refund.updated"),
    *("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"),
    *("customer.created", "customer.updated", "customer.deleted", "customer.source.created"),
    *("product.created", "price.created", "price.updated", "coupon.created", "tax_rate.created"),
    *("invoiceitem.created", "invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"),
    *("invoice.payment_failed", "invoice.updated", "invoice.voided", "invoice.marked_uncollectible"),
    *("credit_note.created", "credit_note.voided"),
    *("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
    *("payment_intent.succeeded", "payout.created", "payout.updated", "topup.created", "transfer.created"),
)
# After them there is money to pay out at once.
COMMANDS = (("payouts", "create", "--amount", "500", "--currency", "usd", "-d", "method=instant"),)


@pytest.fixture(scope="module")
def stripe_cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Stripe CLI, by npm into a folder of this test run; skips where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("the Stripe CLI needs Node and npm, and this machine has none")
    folder = tmp_path_factory.mktemp("stripe-cli")
    install = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=0", PACKAGE]
    try:
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {PACKAGE} within {INSTALL_S} s")
    if done.returncode != 0:
        pytest.skip(f"npm could not bring {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    return folder


@pytest.mark.xdist_group("stripe-cli")
def test_every_trigger_passes_and_its_events_are_synced_or_ignored_with_a_reason(start: Start, stripe_cli: Path) -> None:
    connector = start()
    address = connector.sandbox.address
    environment = {**os.environ, "HOME": str(stripe_cli), "STRIPE_API_KEY": API_KEY, "STRIPE_CLI_TELEMETRY_OPTOUT": "1"}

    def run(command: tuple[str, ...]) -> str:
        argv = [str(stripe_cli / "node_modules/.bin/stripe"), *command, "--api-base", address, "--color", "off"]
        done = subprocess.run(argv, env=environment, cwd=stripe_cli, capture_output=True, text=True, timeout=COMMAND_S, check=False)
        return "" if done.returncode == 0 else f"{' '.join(command)}: {done.stdout}{done.stderr}"

    with ThreadPoolExecutor(4) as several:
        failed = list(filter(None, several.map(run, [("trigger", name) for name in TRIGGERS])))
    failed += filter(None, map(run, COMMANDS))
    assert failed == []
    connector.settle()
    connector.finish()
    connector.sandbox.world.prove()
    stored = connector.inbox.list(most=10_000)
    sent = Counter(event["type"] for event in connector.sandbox.world.events)
    assert Counter(each.event.type for each in stored) == sent
    assert {*TRIGGERS, "payout.paid", "refund.created", "invoice_payment.paid", "charge.dispute.closed"} <= sent.keys()
    assert [(each.event.type, each.failed) for each in stored if each.state is EventState.FAILED] == []
    for kind, found in (("customerPayment", "charge.succeeded"), ("invoice", "invoice.finalized"), ("customerRefund", "refund.created")):
        about = {each.event.subject_id for each in stored if each.event.type == found}
        assert about & {record.external_id for record in connector.sandbox.netsuite.records(kind)}, kind
