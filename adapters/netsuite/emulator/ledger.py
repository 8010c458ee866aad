"""The general ledger and the receivables: every transaction's postings, what is applied to what, what is deposited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.netsuite.emulator.account import Chart

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the general ledger, in the transaction's currency: a positive amount is a debit."""

    account: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Application:
    """So much of the transaction settles `doc`; `path` is where the body said so."""

    doc: str
    amount: Decimal
    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """A transaction that a deposit takes out of Undeposited Funds; `amount` in the deposit's currency, a refund's negative."""

    doc: str
    amount: Decimal
    path: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the books know of a record. `owed` is its effect on A/R: positive when the customer owes it, negative when it is the customer's."""

    id: str
    type: str
    day: date
    currency: str
    customer: str
    receivable: str
    account: str
    total: Decimal
    owed: Decimal
    applications: tuple[Application, ...]
    members: tuple[Member, ...]
    postings: tuple[Posting, ...]

    @property
    def applied(self) -> Decimal:
        """How much of it settles other documents by its own `apply` lines."""
        return sum((application.amount for application in self.applications), ZERO)


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
        self._settled: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
        self._deposited: dict[str, str] = {}

    def find(self, internal_id: str) -> Transaction | None:
        return self._transactions.get(internal_id)

    def transaction(self, internal_id: str) -> Transaction:
        """KeyError when there is none."""
        return self._transactions[internal_id]

    def all(self) -> Iterable[Transaction]:
        return self._transactions.values()

    def settled(self, doc: str, besides: str = "") -> Decimal:
        """How much other transactions apply to it, not counting the transaction `besides`."""
        return sum((amount for source, amount in self._settled[doc].items() if source != besides), ZERO)

    def remaining(self, transaction: Transaction, besides: str = "") -> Decimal:
        """What is still due on it, or still unapplied of it; never below zero."""
        return abs(transaction.owed) - transaction.applied - self.settled(transaction.id, besides)

    def deposit_of(self, doc: str) -> str | None:
        """The deposit that took it out of Undeposited Funds."""
        return self._deposited.get(doc)

    def is_linked(self, internal_id: str) -> bool:
        """Whether another transaction settles or deposits it."""
        return bool(self._settled[internal_id]) or internal_id in self._deposited

    def post(self, transaction: Transaction) -> None:
        """Add it, or put it in place of its former self."""
        if transaction.id in self._transactions:
            self.remove(transaction.id)
        self._transactions[transaction.id] = transaction
        for application in transaction.applications:
            settled = self._settled[application.doc]
            settled[transaction.id] = settled.get(transaction.id, ZERO) + application.amount
        for member in transaction.members:
            self._deposited[member.doc] = transaction.id

    def remove(self, internal_id: str) -> None:
        transaction = self._transactions.pop(internal_id)
        for application in transaction.applications:
            self._settled[application.doc].pop(internal_id, None)
        for member in transaction.members:
            del self._deposited[member.doc]

    def trial_balance(self, chart: Chart) -> Sequence[TrialBalanceLine]:
        """Per account and currency, in the chart's order; debits equal credits in every currency."""
        balances: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for transaction in self._transactions.values():
            for posting in transaction.postings:
                balances[posting.account, posting.currency] += posting.amount
        lines = []
        for (number, currency_id), balance in sorted(balances.items(), key=lambda item: (int(item[0][0]), int(item[0][1]))):
            account, currency = chart.accounts[number], chart.currencies[currency_id]
            even = ZERO.scaleb(-currency.decimals)
            lines.append(TrialBalanceLine(account.id, account.name, account.type, currency.symbol, max(balance, even), max(-balance, even)))
        return tuple(lines)
