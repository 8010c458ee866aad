"""The accounts that the sandbox and the tests are set up with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from adapters.netsuite.emulator.account import Account, Chart, Currency, Subsidiary

ROWS = (
    ("101", "Checking USD", "Bank", "1"),
    ("102", "Checking EUR", "Bank", "4"),
    ("103", "Checking GBP", "Bank", "2"),
    ("104", "Checking JPY", "Bank", "5"),
    ("110", "Undeposited Funds", "OthCurrAsset", ""),
    ("120", "Accounts Receivable", "AcctRec", ""),
    ("130", "Stripe Clearing", "Bank", "1"),
    ("210", "Sales Tax Payable", "OthCurrLiab", ""),
    ("220", "Customer Deposits", "OthCurrLiab", ""),
    ("400", "Sales", "Income", ""),
    ("406", "Other Income", "OthIncome", ""),
    ("490", "Dispute Reversals", "Income", ""),
    ("495", "Sales Discounts", "Income", ""),
    ("600", "Payment Processing Fees", "Expense", ""),
    ("601", "Stripe Fees", "Expense", ""),
    ("602", "Network Fees", "Expense", ""),
    ("603", "Application Fees", "Expense", ""),
    ("604", "Dispute Fees", "Expense", ""),
    ("605", "Stripe Adjustments", "Expense", ""),
    ("606", "Bad Debt", "Expense", ""),
    ("611", "Realized Gain/Loss", "OthExpense", ""),
    ("690", "Stripe Suspense", "OthCurrAsset", ""),
    ("699", "Rounding Gain/Loss", "OthExpense", ""),
)
CURRENCIES = (
    Currency("1", "USD"),
    Currency("2", "GBP", 2, Decimal("1.27")),
    Currency("3", "CAD", 2, Decimal("0.73")),
    Currency("4", "EUR", 2, Decimal("1.09")),
    Currency("5", "JPY", 0, Decimal("0.0067")),
    Currency("6", "KWD", 3, Decimal("3.25")),
    Currency("7", "CHF", 2, Decimal("1.12")),
    Currency("8", "AUD", 2, Decimal("0.66")),
)
CUSTOM_FIELDS: Mapping[str, str] = {
    "custbody_stripe_id": "text",
    "custbody_channel": "text",
    "custbody_stripe_created": "date",
    "custcol_service_start": "date",
    "custcol_service_end": "date",
    "custcol_channel": "any",
    "custentity_stripe_id": "text",
    "custitem_stripe_id": "text",
}

SANDBOX_CHART = Chart(
    accounts={row[0]: Account(*row) for row in ROWS},
    currencies={currency.id: currency for currency in CURRENCIES},
    subsidiaries={"1": Subsidiary("1", "Parent Company", "1")},
    receivable="120",
    undeposited_funds="110",
    exchange="611",
    rounding="699",
    tax_payable="210",
    customer_deposits="220",
    custom_fields=CUSTOM_FIELDS,
)


def _of(account: str, subsidiary: str) -> Account:
    return replace(SANDBOX_CHART.accounts[account], subsidiaries=frozenset({subsidiary}))


ONE_WORLD_CHART = replace(
    SANDBOX_CHART,
    accounts={**SANDBOX_CHART.accounts, "101": _of("101", "1"), "102": _of("102", "2"), "104": _of("104", "3")},
    subsidiaries={
        "1": Subsidiary("1", "Parent Company", "1"),
        "2": Subsidiary("2", "Europe", "4", "1"),
        "3": Subsidiary("3", "Japan", "5", "1"),
    },
)
"""The same with OneWorld: a parent in US dollars, one company in euros, one in yen, each with a bank account of its own."""
