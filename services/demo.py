"""A merchant's fortnight through the whole connector, told as it happens: real webhooks in, gRPC between, signed NetSuite calls out."""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import requests
from rich.console import Group
from rich.panel import Panel
from rich.table import Table

from core.events import reason_to_ignore
from core.inbox import DurableInbox, Event, EventState, StoredEvent
from core.money import Money
from core.outcome import Outcome, Synced
from services.cli import output
from services.cli.output import console
from services.cli.words import outcome_text, why
from services.config import Config, Embedded
from services.proof import Proof, prove
from services.running import running_ingest, running_writer
from services.sandbox.run import Sandbox
from services.wiring import Ingest, Writer

SETTLES_WITHIN_S = 60.0
ALL = 1_000_000
STYLES = {EventState.SYNCED: "green", EventState.IGNORED: "dim", EventState.FAILED: "bold red"}


@dataclass(slots=True)
class Told:
    """What the dispatcher told of each event that it handed on."""

    tries: dict[str, list[tuple[Outcome, str]]] = field(default_factory=dict)

    def __call__(self, event: Event, outcome: Outcome, page: str) -> None:
        self.tries.setdefault(event.id, []).append((outcome, page))


@dataclass(frozen=True, slots=True)
class Connector:
    """Everything that runs in the demo, and what a story asks of it."""

    sandbox: Sandbox
    config: Config
    writer: Writer
    ingest: Ingest
    told: Told

    @property
    def inbox(self) -> DurableInbox:
        inbox: DurableInbox = self.ingest.inbox()
        return inbox

    def settle(self, within_s: float = SETTLES_WITHIN_S) -> None:
        """Wait until every webhook is delivered and no event is with the writer or due. TimeoutError after `within_s`."""
        until = time.monotonic() + within_s
        self.sandbox.webhooks.flush(within_s)
        while self._is_busy():
            if time.monotonic() > until:
                raise TimeoutError(f"not settled after {within_s:.0f} s: {self.inbox.stats()}")
            time.sleep(0.01)

    def finish(self, within_s: float = SETTLES_WITHIN_S) -> None:
        """Wait until no event waits any more."""
        until = time.monotonic() + within_s
        while (found := self.inbox.stats()).waiting or found.running:  # one look: between two an event may go from one to the other
            if time.monotonic() > until:
                raise TimeoutError(f"events still wait after {within_s:.0f} s: {found}")
            time.sleep(0.01)

    def _is_busy(self) -> bool:
        """One look at all events, for what is due now may be with the writer at the next look."""
        now = datetime.now(UTC)
        return any(
            stored.state is EventState.RUNNING or (stored.state is EventState.WAITING and (stored.due_at or now) <= now)
            for stored in self.inbox.list(most=ALL)
        )

    def balances(self) -> dict[str, Money]:
        """NetSuite's accounts of US dollar transactions, debit less credit."""
        lines = self.sandbox.netsuite.trial_balance()
        return {line.account: Money.of(line.debit - line.credit, "usd") for line in lines if line.currency == "USD"}

    def proof(self) -> Proof:
        """Stripe's own figures, read over its API, against NetSuite's accounts."""
        stripe = self.writer.stripe().account("")
        key = self.config.stripe.api_key.get_secret_value()
        stated = requests.get(f"{self.sandbox.address}/v1/balance", auth=(key, ""), timeout=10).json()
        held = Money(sum(part["amount"] for kind in ("available", "pending") for part in stated[kind] if part["currency"] == "usd"), "usd")
        accounts, balances = self.config.rules().accounts, self.balances()
        return prove(
            "usd",
            held,
            stripe.every("balance_transactions", {}),
            stripe.every("payouts", {}),
            lambda payout: stripe.every("balance_transactions", {"payout": payout}),
            balances.get(accounts.undeposited_funds, Money.zero("usd")),
            balances.get(accounts.bank["usd"], Money.zero("usd")),
        )


@contextmanager
def running_connector(sandbox: Sandbox, folder: str, told: Told | None = None, **sections: Any) -> Iterator[Connector]:
    """Ingest and writer on free loopback ports, with their SQLite files in `folder`, used by the sandbox's Stripe."""
    told = told or Told()
    storage, more = sections.pop("storage", {"url": f"sqlite:///{folder}"}), sections.pop("ingest", {})
    first = Embedded(**{**sandbox.settings(), "storage": storage, "writer": {"listen": "127.0.0.1:0"}, **sections})
    with running_writer(first) as (writer, grpc_server):
        ingest_section = {**more, "listen": "127.0.0.1:0", "operator": "127.0.0.1:0", "writer": f"127.0.0.1:{grpc_server.port}"}
        config = Embedded(**{**sandbox.settings(), "storage": storage, "ingest": ingest_section, **sections})
        with running_ingest(config, told) as (ingest, server):
            sandbox.webhooks.register(f"http://127.0.0.1:{server.port}/webhooks/stripe", *config.stripe.secrets)
            found = {**ingest_section, "listen": f"127.0.0.1:{server.port}", "operator": f"127.0.0.1:{server.operator_port}"}
            config = Embedded(**{**sandbox.settings(), "storage": storage, "ingest": found, **sections})
            yield Connector(sandbox, config, writer, ingest, told)


def run() -> bool:
    """Play the fortnight and print it. True when nothing failed and the proof holds to the cent."""
    logging.basicConfig(level=logging.WARNING)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="stripe-netsuite-demo-") as folder,
        Sandbox() as sandbox,
        running_connector(sandbox, folder) as connector,
    ):
        console.print(f"Both sandboxes at {sandbox.address}; ingest, writer and SQLite (in {folder}) on loopback. No keys, no network.\n")
        seen = 0
        for day in sandbox.play(wide=True):
            connector.settle()
            seen = _tell_day(day, connector, seen)
        connector.finish()
        return _tell_end(connector, seen, time.monotonic() - started)


def _tell_day(day: date, connector: Connector, seen: int) -> int:
    events = connector.sandbox.world.events
    console.rule(f"[bold]{day:%A %d %B %Y}[/]  {len(events) - seen} events", align="left", style="dim")
    for raw in events[seen:]:
        _tell_event(raw, connector)
    return len(events)


def _tell_event(raw: Any, connector: Connector) -> None:
    stored = connector.inbox.find(raw["id"])
    if stored is None:
        raise LookupError(f"{raw['id']} was delivered, and is not stored")
    about = raw["data"]["object"].get("id", "")
    tries = connector.told.tries.get(raw["id"], [])
    style = STYLES.get(stored.state, "yellow")
    console.print(f"[{style}]{raw['type']:<32}[/] {about:<30} {_ended(stored, tries)}", style="dim" if style == "dim" else "default")
    if tries:
        for text in _outline(*tries[-1]):
            console.print(f"    {text}", style="cyan" if not text.startswith("#") else "dim", markup=False)


def _ended(stored: StoredEvent, tries: Sequence[tuple[Outcome, str]]) -> str:
    if tries:
        return outcome_text(tries[-1][0])
    if reason_to_ignore(stored.event.type):
        return f"ignored: {stored.reason}"
    if stored.state is EventState.WAITING:
        return f"waits: {why(stored)}"
    return f"{stored.state}, together with a newer event of the same object"


def _outline(outcome: Outcome, page: str) -> list[str]:
    """A plan without its fields: why, and a line per command; why alone when everything was there already."""
    lines = [line for line in page.splitlines() if line and not line.startswith(" ")]
    return lines[:1] if outcome == Synced(0) else lines


def _tell_end(connector: Connector, events: int, seconds: float) -> bool:
    stats = connector.inbox.stats()
    calls = connector.sandbox.netsuite_app.calls.calls()
    proof = connector.proof()
    console.print()
    console.print(
        Panel(Group(_trial_balance(connector)), title="NetSuite: trial balance, in its base currency USD", title_align="left", expand=False)
    )
    console.print(Panel(Group(_receivables(connector)), title="NetSuite: open receivables, USD", title_align="left", expand=False))
    console.print(
        Panel(
            Group(_proof(proof)), title="Proof: Stripe's balance against Undeposited Funds and bank, USD", title_align="left", expand=False
        )
    )
    kinds = Counter(call.method for call in calls)
    console.print(
        f"{events} events: {stats.synced} synced, {stats.ignored} ignored, {stats.failed} failed; "
        f"{len(calls)} NetSuite calls ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}); {seconds:.1f} s."
    )
    difference = proof.waiting_differs + proof.bank_differs
    right = proof.holds and not stats.failed
    console.print(f"[bold {'green' if right else 'red'}]Proof: difference {difference.decimal:,.2f} USD[/]")
    return right


def _amount(money: Money | Decimal) -> str:
    value = money.decimal if isinstance(money, Money) else money
    return f"{value:,.2f}" if value else ""


def _trial_balance(connector: Connector) -> Table:
    made = output.table("account", "", "debit", "credit")
    for column in made.columns[2:]:
        column.justify = "right"
    lines = [line for line in connector.sandbox.netsuite.base_trial_balance() if line.debit != line.credit]
    for line in lines:
        made.add_row(line.account, line.name, _amount(line.debit), _amount(line.credit))
    debit = sum((line.debit for line in lines), Decimal(0))
    credit = sum((line.credit for line in lines), Decimal(0))
    made.add_section()
    made.add_row("", "[bold]total[/]", f"[bold]{_amount(debit)}[/]", f"[bold]{_amount(credit)}[/]")
    return made


def _receivables(connector: Connector) -> Table:
    made = output.table("document", "customer", "open")
    made.columns[2].justify = "right"
    for item in connector.sandbox.netsuite.open_receivables():
        made.add_row(f"{item.type} {item.external_id}", item.customer, _amount(item.remaining))
    return made


def _proof(proof: Proof) -> Table:
    made = output.table("", "Stripe", "NetSuite", "difference")
    for column in made.columns[1:]:
        column.justify = "right"
    made.add_row("Stripe's balance, payouts under way included", f"{proof.stripe_balance.decimal:,.2f}")
    made.add_row("+ fees on it, booked by the next Deposits", f"{proof.fees_to_book.decimal:,.2f}")
    made.add_row("- other rows in it, booked by the next Deposits", f"{proof.other_rows_to_book.decimal:,.2f}")
    made.add_row(
        "= waits in Undeposited Funds",
        f"{proof.should_wait.decimal:,.2f}",
        f"{proof.undeposited_funds.decimal:,.2f}",
        f"{proof.waiting_differs.decimal:,.2f}",
    )
    made.add_row(
        "payouts that arrived = bank", f"{proof.paid_out.decimal:,.2f}", f"{proof.bank.decimal:,.2f}", f"{proof.bank_differs.decimal:,.2f}"
    )
    return made
