"""Reconciliation: what Stripe says of its money, row by row, against what NetSuite holds. Reads both sides, writes nothing.

A payout is held against the record that it became; the whole balance against Undeposited Funds, where payments and refunds wait
until a payout takes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.events import PAYOUT
from core.execute import Executor
from core.external_ids import external_id, failed_id
from core.money import Money
from core.plan import Plan, Require, Upsert
from core.records import Deposit, External, JournalEntry, RecordType, key
from core.statements import Booking, NetSuiteLedger, StripeBalance, Unpaid
from core.sync import SyncUseCase

UNDEPOSITED_FUNDS = "Undeposited Funds"
# Stripe's categories of the rows that have a record of their own, which waits for the deposit:
# https://docs.stripe.com/reports/reporting-categories
WAITS = frozenset({"charge", "partial_capture_reversal", "charge_failure", "refund", "refund_failure", "dispute", "payout_reversal"})


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on both sides: Stripe's name of it, the NetSuite record or account, and what each side says of it."""

    name: str
    record: str
    stripe: Money
    netsuite: Money
    says: str = ""

    @property
    def difference(self) -> Money:
        return self.netsuite - self.stripe


@dataclass(frozen=True, slots=True)
class Statement:
    """What was compared, in a sentence, and each row. It holds when no row differs."""

    says: str
    rows: tuple[Row, ...] = ()

    @property
    def holds(self) -> bool:
        return not any(row.difference for row in self.rows)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The use case; `accounts` are all Stripe accounts, "" the own one."""

    sync: SyncUseCase
    ledger: NetSuiteLedger
    balance: StripeBalance
    accounts: tuple[str, ...] = ("",)

    def payout(self, payout_id: str, account: str = "") -> Statement:
        """A payout against the records that it became. CannotSync when either side cannot be read, or no plan can be made."""
        settings = replace(self.sync.settings_for(account), start_date=None)
        executor = self.sync.reader(PAYOUT, payout_id, settings)
        plan = PAYOUT.plan(self.sync.stripe, payout_id, account, settings, executor.answer)
        rows: list[Row] = []
        for wanted in _booked(plan):
            held = self.ledger.booking(key(wanted))
            rows += _deposit(wanted, held, executor) if isinstance(wanted, Deposit) else _entry(wanted, held)
        waiting = [command.ref for command in plan.commands if isinstance(command, Require)] if not rows else []
        missing = [ref.external_id for ref in waiting if executor.look_up(ref) is None]
        also = f" Not in NetSuite yet: {', '.join(missing)}." if missing else ""
        return Statement(f"{plan.because}{also}", tuple(rows))

    def whole_balance(self) -> Statement:
        """What Undeposited Funds holds against the rows that no payout has paid out yet, currency by currency. Accounts of Stripe that
        share one Undeposited Funds are one."""
        rows: list[Row] = []
        for ledger_account, accounts in self._sharing().items():
            unpaid = [row for account in accounts for row in self.balance.unpaid(account) if row.category in WAITS]
            rows += self._against(ledger_account, unpaid)
        return Statement("What waits for a payout in Stripe, against Undeposited Funds.", tuple(rows))

    def _sharing(self) -> Mapping[str, Sequence[str]]:
        sharing: dict[str, list[str]] = defaultdict(list)
        for account in self.accounts:
            sharing[self.sync.settings_for(account).accounts.need("undeposited_funds", "a reconciliation").id].append(account)
        return sharing

    def _against(self, ledger_account: str, unpaid: Sequence[Unpaid]) -> Iterator[Row]:
        """A row for each currency; below one that differs, each Stripe row of which NetSuite has no record that we know."""
        held = self.ledger.balance_of(ledger_account)
        for currency in sorted({row.amount.currency for row in unpaid} | {name for name, amount in held.items() if amount}):
            here = [row for row in unpaid if row.amount.currency == currency]
            waits = Money.total((row.amount for row in here), currency)
            has = held.get(currency, Money.zero(currency))
            missing = [] if waits == has else self._unknown(here)
            stated = waits - Money.total((row.amount for row in missing), currency)
            yield Row(f"{len(here) - len(missing)} rows", f"{UNDEPOSITED_FUNDS} #{ledger_account}", stated, has, _why(has - stated))
            for row in missing:
                yield Row(row.source_id, "", row.amount, Money.zero(currency), f"{row.category}: no record in NetSuite; see its events")

    def _unknown(self, rows: Sequence[Unpaid]) -> Sequence[Unpaid]:
        """Rows for which neither our memory nor NetSuite has a record."""
        refs = {row: [External(kind, name) for name in _names(row) for kind in RecordType] for row in rows}
        known = self.sync.records.links(ref for several in refs.values() for ref in several)
        return [row for row, several in refs.items() if not any(ref in known for ref in several)]


def _names(row: Unpaid) -> Iterable[str]:
    undone = row.category in ("charge_failure", "refund_failure", "payout_reversal")
    return (failed_id(row.source_id) if undone else external_id(row.source_id),)


def _why(difference: Money) -> str:
    return "unexplained: look for entries that are not the connector's, and for drift" if difference else ""


def _booked(plan: Plan) -> Iterator[Deposit | JournalEntry]:
    for command in plan.commands:
        if isinstance(command, Upsert) and isinstance(command.record, Deposit | JournalEntry):
            yield command.record


def _deposit(wanted: Deposit, held: Booking | None, executor: Executor) -> Iterator[Row]:
    """Member by member, then account by account, then what NetSuite has alone."""
    zero = Money.zero(wanted.currency)
    members = dict(held.members) if held else {}
    for line in wanted.payment:
        link = executor.look_up(line.doc)
        amount = members.pop(link.internal_id, None) if link else None
        says = "" if amount is not None else "not in the deposit" if link else "not in NetSuite"
        record = f"{line.doc.type} #{link.internal_id}" if link else str(line.doc.type)
        yield Row(line.doc.external_id, record, line.amount, zero if amount is None else amount, says)
    for internal_id, amount in members.items():
        yield Row("", f"#{internal_id}", zero, amount, "in NetSuite's deposit alone")
    stated: dict[str, Money] = defaultdict(lambda: zero)
    for adds in wanted.other:
        stated[adds.account.id] += adds.amount
    for takes in wanted.cashback:
        stated[takes.account.id] -= takes.amount
    yield from _by_account("fees and other rows", stated, held.by_account if held else {}, zero)
    yield Row(wanted.external_id, _name(wanted, held), wanted.total, held.total if held else zero, "" if held else "not in NetSuite")


def _entry(wanted: JournalEntry, held: Booking | None) -> Iterator[Row]:
    zero = Money.zero(wanted.currency)
    stated: dict[str, Money] = defaultdict(lambda: zero)
    for line in wanted.line:
        stated[line.account.id] += (line.credit or zero) - (line.debit or zero)
    yield from _by_account(f"{_name(wanted, held)}", stated, held.by_account if held else {}, zero)


def _by_account(name: str, stated: Mapping[str, Money], held: Mapping[str, Money], zero: Money) -> Iterator[Row]:
    for account in sorted(set(stated) | {each for each, amount in held.items() if amount}):
        yield Row(name, f"account #{account}", stated.get(account, zero), held.get(account, zero))


def _name(wanted: Deposit | JournalEntry, held: Booking | None) -> str:
    return f"{wanted.type} #{held.internal_id}" if held else f"{wanted.type} {wanted.external_id}"
