"""What a NetSuite account is set up with before any record: currencies, chart of accounts, subsidiary, accounting periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Currency:
    """`decimals` is how many the currency has: an amount with more is refused."""

    id: str
    symbol: str
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. `currency` is the id of the only currency it takes; "" takes all."""

    id: str
    name: str
    type: str
    currency: str = ""

    @property
    def number(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts and currencies by internal id, and which of the accounts NetSuite itself posts to."""

    accounts: Mapping[str, Account]
    currencies: Mapping[str, Currency]
    receivable: str
    undeposited_funds: str
    exchange: str
    base_currency: str = "1"
    subsidiary: str = "1"


@dataclass(slots=True)
class Periods:
    """Accounting periods by month; every month is open unless it was closed."""

    closed: set[tuple[int, int]] = field(default_factory=set)

    def set(self, month: str, is_open: bool) -> None:
        """`month` as YYYY-MM; ValueError when it is not one."""
        year, number = (int(part) for part in month.split("-"))
        first = date(year, number, 1)
        (self.closed.discard if is_open else self.closed.add)((first.year, first.month))

    def is_open(self, day: date) -> bool:
        return (day.year, day.month) not in self.closed


def _accounts(*rows: tuple[str, str, str, str]) -> Mapping[str, Account]:
    return {row[0]: Account(*row) for row in rows}


SANDBOX_CHART = Chart(
    accounts=_accounts(
        ("101", "Checking USD", "Bank", "1"),
        ("102", "Checking EUR", "Bank", "4"),
        ("103", "Checking GBP", "Bank", "2"),
        ("104", "Checking JPY", "Bank", "5"),
        ("110", "Undeposited Funds", "OthCurrAsset", ""),
        ("120", "Accounts Receivable", "AcctRec", ""),
        ("210", "Sales Tax Payable", "OthCurrLiab", ""),
        ("400", "Sales", "Income", ""),
        ("490", "Dispute Reversals", "Income", ""),
        ("495", "Sales Discounts", "Income", ""),
        ("600", "Payment Processing Fees", "Expense", ""),
        ("601", "Stripe Fees", "Expense", ""),
        ("602", "Network Fees", "Expense", ""),
        ("603", "Application Fees", "Expense", ""),
        ("604", "Dispute Fees", "Expense", ""),
        ("605", "Stripe Adjustments", "Expense", ""),
        ("606", "Bad Debt", "Expense", ""),
        ("690", "Stripe Suspense", "OthCurrAsset", ""),
        ("699", "Realized Gain/Loss", "OthExpense", ""),
    ),
    currencies={
        currency.id: currency
        for currency in (
            Currency("1", "USD"),
            Currency("2", "GBP"),
            Currency("3", "CAD"),
            Currency("4", "EUR"),
            Currency("5", "JPY", 0),
            Currency("6", "KWD", 3),
            Currency("7", "CHF"),
            Currency("8", "AUD"),
        )
    },
    receivable="120",
    undeposited_funds="110",
    exchange="699",
)
