"""The metadata keys by which a merchant tells us what to do with one object: which NetSuite record it is, or to leave it alone."""

from __future__ import annotations

from datetime import datetime

from core.outcome import Kind, cannot
from core.snapshot import Metadata

OUR_REQUESTS = "stripe-netsuite-"
"""How the idempotency keys of our own writes to Stripe begin, by which their echo among the events is known."""

CUSTOMER_ID = "netsuite_customer_id"
INVOICE_ID = "netsuite_invoice_id"
CUSTOMER_PAYMENT_ID = "netsuite_customer_payment_id"
CASH_SALE_ID = "netsuite_cash_sale_id"
CUSTOMER_DEPOSIT_ID = "netsuite_customer_deposit_id"
CUSTOMER_REFUND_ID = "netsuite_customer_refund_id"
CREDIT_MEMO_ID = "netsuite_credit_memo_id"
DEPOSIT_ID = "netsuite_deposit_id"
DISCOUNT_ITEM_ID = "netsuite_discount_item_id"
APPLY_TO_INVOICES = "apply_to_invoices"
EXCLUDED = "netsuite_excluded_because"
"""Under this an operator's reason to exclude an object stands; no metadata of Stripe's is read for it."""

UNDONE = "netsuite_undone_at"
"""Under this stands when an operator began to undo an object; no metadata of Stripe's is read for it."""

BLOCK = "netsuite_block_integration"
ALLOW = "netsuite_allow_integration"
ALLOW_DUPLICATE = "netsuite_allow_duplicate"

DUPLICATE = (
    f"Look whether the customer paid twice. To book this payment unapplied, set {ALLOW_DUPLICATE} = true on the charge in Stripe, "
    "or charges.allow_duplicate in the settings, then retry."
)

# An item by key, and NetSuite's name of its record type.
ITEM_IDS = {
    "netsuite_service_sale_item_id": "serviceSaleItem",
    "netsuite_service_resale_item_id": "serviceResaleItem",
    "netsuite_non_inventory_sale_item_id": "nonInventorySaleItem",
    "netsuite_non_inventory_resale_item_id": "nonInventoryResaleItem",
    DISCOUNT_ITEM_ID: "discountItem",
}


def internal_id(metadata: Metadata, key: str, stripe_id: str) -> str:
    """The internal id under this key, "" when it has none; CannotSync(refused) when it is no internal id."""
    value = metadata.get(key, "").strip()
    if value and not (value.isascii() and value.isdigit()):
        cannot(
            Kind.REFUSED,
            f"{key} of {stripe_id} is no NetSuite internal id",
            f"Put the record's internal id (digits) under {key} in Stripe, or take the key away, then retry.",
        )
    return value


def undone_at(metadata: Metadata) -> datetime | None:
    """When an operator began to undo the object, if he did."""
    at = metadata.get(UNDONE)
    return datetime.fromisoformat(at) if at else None


def is_on(metadata: Metadata, key: str) -> bool:
    """Whether a control key is set; `false`, `no` and `0` say that it is not."""
    return metadata.get(key, "").strip().lower() not in ("", "false", "no", "0")
