"""What is wrong once all is calm: events lost or not settled, records doubled, a deposit's members used twice, balances that differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.fields import SHAPES
from adapters.writer.operator import IngestClient
from core.inbox import EventState
from core.money import Money
from services.proof import prove
from services.sandbox.run import Sandbox
from services.sandbox.stripe.world import World
from tests.proof.reference import Balances, Reference, differences
from tests.proof.run import BANKS, ROLE_OF, ROLES, minor

WITHOUT_INVOICES = ("customerPayment", "customerRefund", "deposit", "journalEntry")


def wrong(sandbox: Sandbox, operator: IngestClient, *, proven: bool) -> Iterator[str]:
    """Sentences; none when everything is right. `proven`: what happened is in one currency at the end, so that the demo's proof holds too."""
    yield from _events(sandbox.world, operator)
    yield from _records(sandbox.netsuite)
    yield from _books(sandbox.world, sandbox.netsuite)
    if proven:
        yield from _proof(sandbox.world, sandbox.netsuite)


def _events(world: World, operator: IngestClient) -> Iterator[str]:
    """Every event of Stripe is stored, once, and ended synced or ignored."""
    for raw in world.events:
        stored = operator.find(raw["id"])
        if stored is None:
            yield f"{raw['id']} {raw['type']} is lost: Stripe got its 200, and no ingest has it"
        elif stored.state not in (EventState.SYNCED, EventState.IGNORED):
            why = stored.failed.message if stored.failed else stored.reason
            yield f"{raw['id']} {raw['type']} {stored.event.subject_id} is {stored.state} after {stored.attempts} tries: {why}"
    stats = operator.stats()
    kept = stats.waiting + stats.running + stats.synced + stats.ignored + stats.failed + stats.skipped
    if kept != len(world.events):
        yield f"{kept} events are stored, Stripe has {len(world.events)}"


def _records(netsuite: NetSuite) -> Iterator[str]:
    """No externalId twice, none missing, no payment in two deposits."""
    ids = Counter((shape.group, record.external_id) for kind, shape in SHAPES.items() for record in netsuite.records(kind))
    yield from (f"{times} records of {space} have externalId {name!r}" for (space, name), times in ids.items() if times > 1 or not name)
    lines = [line for deposit in netsuite.records("deposit") for line in deposit.fields.get("payment", ())]
    members = Counter((line["id"], line.get("lineId")) for line in lines)
    yield from (f"transaction {member} was deposited {times} times" for member, times in members.items() if times > 1)


def _books(world: World, netsuite: NetSuite) -> Iterator[str]:
    """Every account against the reference that shares no code with the rules; every invoice's due; debits against credits."""
    listed = world.account.listed
    booked = frozenset(record.external_id for kind in WITHOUT_INVOICES for record in netsuite.records(kind))
    reference = Reference(listed, listed, booked)
    found: Balances = Counter()
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in netsuite.trial_balance():
        sums[line.currency] += line.debit - line.credit
        if net := line.debit - line.credit:
            found[ROLE_OF.get(line.account, line.name), line.currency.lower()] += minor(net, line.currency)
    yield from (
        f"{role} {currency}: expected {right}, found {is_}" for role, currency, right, is_ in differences(reference.balances(), found)
    )
    yield from (f"debits exceed credits by {left} {currency}" for currency, left in sums.items() if left)
    due: Balances = Counter()
    for item in netsuite.open_receivables():
        if item.type == "invoice":
            due[item.external_id, item.currency.lower()] = minor(item.remaining, item.currency)
    yield from (
        f"due on {name} {currency}: expected {right}, found {is_}" for name, currency, right, is_ in differences(reference.dues(), due)
    )


def _proof(world: World, netsuite: NetSuite) -> Iterator[str]:
    """What `make demo` proves, of US dollars: Stripe's balance against Undeposited Funds, its payouts against the bank."""
    account = world.account
    zero = Money.zero("usd")
    accounts = {line.account: Money.of(line.debit - line.credit, "usd") for line in netsuite.trial_balance() if line.currency == "USD"}
    held = Money(world.ledger.not_paid_out().get("usd", {}).get("balance", 0), "usd")
    proof = prove(
        "usd",
        held,
        account.listed("balance_transaction"),
        account.listed("payout"),
        lambda payout: account.listed("balance_transaction", "payout", payout),
        accounts.get(ROLES["undeposited_funds"], zero),
        accounts.get(BANKS["usd"], zero),
    )
    if not proof.holds:
        yield f"proof: Undeposited Funds differ by {proof.waiting_differs}, the bank by {proof.bank_differs}"
