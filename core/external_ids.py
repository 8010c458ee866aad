"""Stripe id -> NetSuite externalId: the same id, with a suffix where one Stripe object has a second record.

NetSuite keeps one namespace for all transactions, one for entities and one for items, and allows letters, digits, `_` and
`-` only (Oracle help, section_N3436356 and section_156334828635).
"""

from __future__ import annotations

import re

FORBIDDEN = re.compile(r"[^A-Za-z0-9_-]")

UNALLOCATED_CUSTOMER = "stripe-unallocated"
GLOBAL_ITEM = "stripe-item"
SHIPPING_ITEM = "stripe-shipping"
PARTIAL_REFUND_ITEM = "stripe-partial-refund"
DISPUTE_ITEM = "stripe-dispute"
BALANCE_ITEM = "stripe-balance"
BAD_DEBT_ITEM = "stripe-bad-debt"
DISCOUNT_ITEM = "stripe-discount"
COUPON_ITEM = "stripe-coupon"


def external_id(stripe_id: str) -> str:
    """The externalId of the first record of a Stripe object: its id; a byte that NetSuite forbids becomes `-` and two hex digits."""
    return FORBIDDEN.sub(_escaped, stripe_id)


def credit_memo_id(stripe_id: str) -> str:
    """The CreditMemo of a refund or dispute; the CustomerRefund holds the plain id."""
    return external_id(stripe_id) + "-memo"


def void_id(invoice_id: str) -> str:
    """The CreditMemo of an invoice that was voided."""
    return external_id(invoice_id) + "-void"


def uncollectible_id(invoice_id: str) -> str:
    """The CreditMemo of an invoice that was given up."""
    return external_id(invoice_id) + "-uncollectible"


def balance_id(invoice_id: str) -> str:
    """The CreditMemo of the customer balance that an invoice used."""
    return external_id(invoice_id) + "-balance"


def out_of_band_id(invoice_id: str) -> str:
    """The CustomerPayment of what was paid outside Stripe."""
    return external_id(invoice_id) + "-out-of-band"


def failed_id(stripe_id: str) -> str:
    """The entry that undoes what failed after it was synced."""
    return external_id(stripe_id) + "-failed"


def reversed_id(external: str) -> str:
    """The JournalEntry that reverses the record of this externalId."""
    return external + "-reversed"


def sale_id(stripe_id: str) -> str:
    """The Invoice of a charge that paid no Stripe invoice, where settings want one; and of a dispute that was won."""
    return external_id(stripe_id) + "-invoice"


def reinstated_id(dispute_id: str) -> str:
    """What stands for the money of a dispute that was won: `dp_1` is the refund that took it, `dp_1-memo` its credit."""
    return external_id(dispute_id) + "-reinstated"


def _escaped(forbidden: re.Match[str]) -> str:
    return "".join(f"-{byte:02x}" for byte in forbidden[0].encode())
