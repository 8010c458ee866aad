"""Rows that Stripe books by itself, without an event: its products' fees, tax on them, network costs, adjustments, reserves, holds."""

from __future__ import annotations

from typing import NamedTuple

from services.sandbox.stripe.account import Account, automatic
from services.sandbox.stripe.ledger import Ledger


class Kind(NamedTuple):
    """Stripe's balance transaction type and reporting category, how it is signed, and what the statement says."""

    type: str
    category: str
    sign: int
    description: str


# https://docs.stripe.com/reports/balance-transaction-types and /reporting-categories. The category of reserve_hold and
# reserve_release is not documented yet: the sandbox guesses that of the older reserved_funds.
KINDS = {
    "radar fee": Kind("stripe_fee", "fee", -1, "Radar (Fraud Protection)"),
    "billing fee": Kind("stripe_fee", "fee", -1, "Billing - Usage Fee"),
    "tax product fee": Kind("stripe_fee", "fee", -1, "Automatic Taxes"),
    "fee given back": Kind("stripe_fee", "fee", 1, "Credit for Stripe fees"),
    "exchange fee": Kind("stripe_fx_fee", "fee", -1, "Currency conversion fee"),
    "tax on fees": Kind("tax_fee", "tax", -1, "Tax on Stripe fees"),
    "network cost": Kind("stripe_fee", "network_cost", -1, "Card network costs"),
    "adjustment": Kind("adjustment", "other_adjustment", -1, "Adjustment"),
    "goodwill": Kind("adjustment", "other_adjustment", 1, "Adjustment in your favour"),
    "climate contribution": Kind("contribution", "contribution", -1, "Stripe Climate contribution"),
    "funds reserved": Kind("reserved_funds", "risk_reserved_funds", -1, "Risk reserve"),
    "funds given free": Kind("reserved_funds", "risk_reserved_funds", 1, "Risk reserve release"),
    "reserve hold": Kind("reserve_hold", "risk_reserved_funds", -1, "Reserve hold"),
    "reserve release": Kind("reserve_release", "risk_reserved_funds", 1, "Reserve release"),
    "network reserve hold": Kind("payment_network_reserve_hold", "payment_network_reserve_hold", -1, "Network reserve"),
    "network reserve release": Kind("payment_network_reserve_release", "payment_network_reserve_release", 1, "Network reserve release"),
    "minimum balance hold": Kind("payout_minimum_balance_hold", "payout_minimum_balance_hold", -1, "Minimum balance"),
    "minimum balance release": Kind("payout_minimum_balance_release", "payout_minimum_balance_release", 1, "Minimum balance release"),
    "something new": Kind("quantum_settlement", "quantum_settlement", -1, "A row of a kind that came after this was written"),
}


class OwnRows:
    """`book` gives the row's id."""

    def __init__(self, account: Account, ledger: Ledger) -> None:
        self.account = account
        self.ledger = ledger

    @automatic
    def book(self, name: str, amount: int, currency: str = "usd") -> str:
        """One row of a kind named in KINDS; `amount` positive, the kind knows its sign."""
        kind = KINDS[name]
        row = self.ledger.book(kind.type, kind.category, kind.sign * amount, currency, description=kind.description)
        return str(row["id"])
