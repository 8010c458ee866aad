"""What NetSuite holds of a Deposit or an entry, and of a general-ledger account, over SOAP: for reconciliation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from adapters.netsuite.bookings import booking_of
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.xml import child, text_of
from core.money import Money
from core.records import External
from core.statements import Booking

COLUMNS = ("currency", "fxAmount", "debitAmount", "creditAmount")


class SoapLedger(SoapBooks):
    """Implements core.statements.NetSuiteLedger over any transport."""

    def booking(self, ref: External) -> Booking | None:
        """See NetSuiteLedger."""
        found = self._read(ref)
        return None if found is None else booking_of(found, self._currencies.symbol_of(str(found["currency"]["id"])))

    def balance_of(self, account: str) -> Mapping[str, Money]:
        """See NetSuiteLedger. Line by line: SOAP sums up in saved searches alone. Whether a line is a debit or a credit is said in the base
        currency, how much it is in the transaction's own."""
        held: dict[str, Decimal] = defaultdict(Decimal)
        for row in self._client.rows(COLUMNS, account=self._client.references(account), posting={"searchValue": True}):
            currency = child(row, "currency", "searchValue")
            amount = abs(Decimal(text_of(row, "fxAmount", "searchValue") or 0))
            is_credit = child(row, "creditAmount", "searchValue") is not None and child(row, "debitAmount", "searchValue") is None
            held["" if currency is None else currency.get("internalId", "")] += -amount if is_credit else amount
        symbols = {number: self._currencies.symbol_of(number) for number in held}
        return {symbols[number]: Money.of(amount, symbols[number]) for number, amount in held.items()}
