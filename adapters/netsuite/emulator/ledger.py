"""The general ledger and the receivables: every transaction's postings, what is applied to what, what is deposited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.netsuite.emulator.account import Chart, Currency
from adapters.netsuite.emulator.rates import Worth

ZERO = Decimal(0)
JOURNAL = "journalEntry"
CUSTOMER_DEPOSIT = "customerDeposit"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the general ledger: a positive amount is a debit. `base` is its worth in the subsidiary's base currency."""

    account: str
    currency: str
    amount: Decimal
    base: Decimal


@dataclass(frozen=True, slots=True)
class Application:
    """So much of the transaction settles a line of `doc`, and takes `base` off its worth; `path` is where the body said so."""

    doc: str
    line: int
    amount: Decimal
    base: Decimal
    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """A line that a deposit takes out of Undeposited Funds; `amount` in the deposit's currency, a refund's negative."""

    doc: str
    line: int
    amount: Decimal
    path: str


@dataclass(frozen=True, slots=True)
class Receivable:
    """A line on an A/R account. `owed` is positive when the customer owes it; `free` is how much of it others may settle, `base` the worth of that."""

    line: int
    customer: str
    account: str
    owed: Decimal
    free: Decimal
    base: Decimal

    @property
    def side(self) -> int:
        return 1 if self.owed > 0 else -1


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line in Undeposited Funds, until a deposit takes it: positive is money that came in."""

    line: int
    amount: Decimal
    base: Decimal


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the books know of a record. The lines of a journal have its numbers; any other record has one receivable, line 0."""

    id: str
    type: str
    day: date
    subsidiary: str
    currency: str
    worth: Worth
    customer: str
    account: str
    total: Decimal
    postings: tuple[Posting, ...]
    receivables: tuple[Receivable, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    applications: tuple[Application, ...] = ()
    members: tuple[Member, ...] = ()
    tax: Decimal = ZERO

    def receivable(self, line: int) -> Receivable | None:
        """The receivable that an `apply` line means. Of a journal the number of its line, 0 when it has but one; of any other record 0 or 1
        (Oracle's samples have both)."""
        if self.type != JOURNAL:
            return self.receivables[0] if self.receivables and line in (0, 1) else None
        if line == 0:
            return self.receivables[0] if len(self.receivables) == 1 else None
        return next((one for one in self.receivables if one.line == line), None)

    def waits(self, line: int) -> Waiting | None:
        """The money that a deposit's line means, by the same numbers."""
        if self.type != JOURNAL or line == 0:
            return self.waiting[0] if len(self.waiting) == 1 else None
        return next((one for one in self.waiting if one.line == line), None)


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """An account's balance in one currency (ISO symbol), as a debit or as a credit; both are zero when it is even."""

    account: str
    name: str
    type: str
    currency: str
    debit: Decimal
    credit: Decimal


class Ledger:
    """All transactions. It trusts what it is told: rules.py has said that it may be."""

    def __init__(self) -> None:
        self._transactions: dict[str, Transaction] = {}
        # By document, then by its line and by what settles it.
        self._settled: defaultdict[str, dict[tuple[int, str], Application]] = defaultdict(dict)
        self._deposited: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def find(self, internal_id: str) -> Transaction | None:
        return self._transactions.get(internal_id)

    def transaction(self, internal_id: str) -> Transaction:
        """KeyError when there is none."""
        return self._transactions[internal_id]

    def all(self) -> Iterable[Transaction]:
        """Oldest first."""
        return sorted(self._transactions.values(), key=lambda one: int(one.id))

    def open(self, doc: str, receivable: Receivable, besides: str = "") -> tuple[Decimal, Decimal]:
        """What is still due on a receivable, or still unapplied of it, and its worth; not counting what the transaction `besides` settles."""
        others = [one for (line, source), one in self._settled[doc].items() if line == receivable.line and source != besides]
        return receivable.free - sum((one.amount for one in others), ZERO), receivable.base - sum((one.base for one in others), ZERO)

    def remaining(self, transaction: Transaction, besides: str = "") -> Decimal:
        """What is still due on all its receivables, or still unapplied of them; never below zero."""
        return sum((self.open(transaction.id, one, besides)[0] for one in transaction.receivables), ZERO)

    def settled_lines(self, doc: str) -> frozenset[int]:
        return frozenset(line for line, _ in self._settled[doc])

    def settlers(self, doc: str) -> Sequence[str]:
        """What settles it, in the order in which it did."""
        return tuple(dict.fromkeys(source for _, source in self._settled[doc]))

    def deposit_of(self, doc: str, line: int = 0) -> str | None:
        """The deposit that took it out of Undeposited Funds."""
        return self._deposited[doc].get(line)

    def deposited_lines(self, doc: str) -> frozenset[int]:
        return frozenset(self._deposited[doc])

    def is_linked(self, internal_id: str) -> bool:
        """Whether another transaction settles or deposits it."""
        return bool(self._settled[internal_id]) or bool(self._deposited[internal_id])

    def post(self, transaction: Transaction) -> None:
        """Add it, or put it in place of its former self."""
        if transaction.id in self._transactions:
            self.remove(transaction.id)
        self._transactions[transaction.id] = transaction
        for application in transaction.applications:
            self._settled[application.doc][application.line, transaction.id] = application
        for member in transaction.members:
            self._deposited[member.doc][member.line] = transaction.id

    def remove(self, internal_id: str) -> None:
        transaction = self._transactions.pop(internal_id)
        for application in transaction.applications:
            self._settled[application.doc].pop((application.line, internal_id), None)
        for member in transaction.members:
            del self._deposited[member.doc][member.line]

    def trial_balance(self, chart: Chart) -> Sequence[TrialBalanceLine]:
        """Per account and currency, in the chart's order; debits equal credits in every currency."""
        postings = (posting for transaction in self._transactions.values() for posting in transaction.postings if posting.amount)
        return _balances(chart, ((one.account, one.currency, one.amount) for one in postings))

    def base_trial_balance(self, chart: Chart, subsidiary: str) -> Sequence[TrialBalanceLine]:
        """Per account in the subsidiary's base currency; debits equal credits."""
        base = chart.base_of(subsidiary)
        postings = (
            one for transaction in self._transactions.values() if transaction.subsidiary == subsidiary for one in transaction.postings
        )
        return _balances(chart, ((one.account, base.id, one.base) for one in postings))


def _balances(chart: Chart, amounts: Iterable[tuple[str, str, Decimal]]) -> Sequence[TrialBalanceLine]:
    balances: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for account, currency, amount in amounts:
        balances[account, currency] += amount
    in_order = sorted(balances, key=lambda one: (int(one[0]), int(one[1])))
    return tuple(_line(chart, account, chart.currencies[currency], balances[account, currency]) for account, currency in in_order)


def _line(chart: Chart, account_id: str, currency: Currency, balance: Decimal) -> TrialBalanceLine:
    account, even = chart.accounts[account_id], ZERO.scaleb(-currency.decimals)
    return TrialBalanceLine(account.id, account.name, account.type, currency.symbol, max(balance, even), max(-balance, even))
