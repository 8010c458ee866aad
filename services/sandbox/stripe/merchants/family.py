"""The families of what can happen to a merchant: each can be switched off, so that the product is proven family by family."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """Named after what a reader of the statement would look for."""

    AUTHORISATIONS = "authorisations"
    CARDS = "cards"
    CONNECT = "connect"
    CREDIT_NOTES = "credit notes"
    CURRENCIES = "currencies"
    CUSTOMER_BALANCE = "customer balance"
    DEBTS = "debts"
    DELAYED = "delayed payments"
    DELETED_CUSTOMERS = "deleted customers"
    DISPUTES = "disputes"
    FAILED_PAYOUTS = "failed payouts"
    FAILED_REFUNDS = "failed refunds"
    FEES = "fees"
    INVOICE_ENDS = "invoice ends"
    INVOICES = "invoices"
    LINES = "lines"
    MANUAL_PAYOUTS = "manual payouts"
    METADATA = "metadata"
    PARTIAL_PAYMENTS = "partial payments"
    REFUNDS = "refunds"
    RESERVES = "reserves"
    SUBSCRIPTIONS = "subscriptions"
    UNKNOWN = "unknown rows"


EVERY = frozenset(Family)
# What each cannot happen without.
NEEDS = {
    Family.CREDIT_NOTES: Family.INVOICES,
    Family.CURRENCIES: Family.CARDS,
    Family.CUSTOMER_BALANCE: Family.INVOICES,
    Family.DEBTS: Family.CARDS,
    Family.DELETED_CUSTOMERS: Family.CARDS,
    Family.DISPUTES: Family.CARDS,
    Family.FAILED_PAYOUTS: Family.CARDS,
    Family.FAILED_REFUNDS: Family.CARDS,
    Family.INVOICE_ENDS: Family.INVOICES,
    Family.MANUAL_PAYOUTS: Family.CARDS,
    Family.METADATA: Family.CARDS,
    Family.PARTIAL_PAYMENTS: Family.INVOICES,
    Family.REFUNDS: Family.CARDS,
}


def with_needs(families: frozenset[Family]) -> frozenset[Family]:
    """The families and those they build on."""
    return families | {NEEDS[family] for family in families if family in NEEDS}
