"""What NetSuite holds of a Deposit or an entry, line by line, and of a general-ledger account: for reconciliation, over REST."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from adapters.netsuite.codec import Json
from adapters.netsuite.rest import WHOLE, RestBooks
from core.money import Money
from core.records import External
from core.statements import Booking

# Amounts of transactions stand in the transaction's own currency in transactionline, the account in transactionaccountingline
# (Oracle help, SuiteAnalytics workbook: transaction lines and accounting lines).
BALANCE = (
    "SELECT t.currency AS currency, SUM(tl.foreignamount) AS amount FROM transactionline tl "
    "JOIN transactionaccountingline tal ON tal.transaction = tl.transaction AND tal.transactionline = tl.id "
    "JOIN transaction t ON t.id = tl.transaction WHERE tal.account = {account} AND tal.posting = 'T' GROUP BY t.currency"
)


class RestLedger(RestBooks):
    """Implements core.statements.NetSuiteLedger over any transport."""

    def booking(self, ref: External) -> Booking | None:
        """See NetSuiteLedger."""
        found = self._read(ref, WHOLE)
        if found is None:
            return None
        return booking_of(found, self._currencies.symbol_of(str(found["currency"]["id"])))

    def balance_of(self, account: str) -> Mapping[str, Money]:
        """See NetSuiteLedger."""
        rows = self.query(BALANCE.format(account=int(account)))
        symbols = {row["currency"]: self._currencies.symbol_of(row["currency"]) for row in rows}
        return {symbols[row["currency"]]: _money(row["amount"], symbols[row["currency"]]) for row in rows}


def booking_of(found: Json, currency: str) -> Booking:
    """A Deposit or JournalEntry as REST shows it with its sublists expanded; `currency` is its ISO code."""
    members: dict[str, Money] = defaultdict(lambda: Money.zero(currency))
    for line in _items(found, "payment"):
        members[str(line["id"])] += _money(line["paymentAmount"], currency)
    by_account: dict[str, Money] = defaultdict(lambda: Money.zero(currency))
    for name, field, sign in (("other", "amount", 1), ("cashback", "amount", -1), ("line", "credit", 1), ("line", "debit", -1)):
        for line in _items(found, name):
            if line.get(field) is not None:
                by_account[str(line["account"]["id"])] += _money(Decimal(line[field]) * sign, currency)
    return Booking(str(found["id"]), _money(found.get("total") or 0, currency), dict(members), dict(by_account))


def _items(found: Json, name: str) -> Iterable[Mapping[str, Any]]:
    items: Iterable[Mapping[str, Any]] = (found.get(name) or {}).get("items") or ()
    return items


def _money(amount: Any, currency: str) -> Money:
    return Money.of(Decimal(amount), currency)
