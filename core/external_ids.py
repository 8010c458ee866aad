"""Stripe id -> NetSuite externalId: the same id, with a suffix where one Stripe object has a second record.

NetSuite keeps one namespace for all transactions, one for entities and one for items, and allows letters, digits, `_` and
`-` only (Oracle help, section_N3436356 and section_156334828635).
"""

from __future__ import annotations

import string

ALLOWED = frozenset(string.ascii_letters + string.digits + "_-")

UNALLOCATED_CUSTOMER = "stripe-unallocated"
GLOBAL_ITEM = "stripe-item"
SHIPPING_ITEM = "stripe-shipping"
PARTIAL_REFUND_ITEM = "stripe-partial-refund"
DISPUTE_ITEM = "stripe-dispute"
BALANCE_ITEM = "stripe-balance"


def external_id(stripe_id: str) -> str:
    """The externalId of the first record of a Stripe object: its id; a byte that NetSuite forbids becomes `-` and two hex digits."""
    return "".join(char if char in ALLOWED else _escaped(char) for char in stripe_id)


def credit_memo_id(stripe_id: str) -> str:
    """The CreditMemo of a refund or dispute; the CustomerRefund holds the plain id."""
    return external_id(stripe_id) + "-memo"


def _escaped(char: str) -> str:
    return "".join(f"-{byte:02x}" for byte in char.encode())
