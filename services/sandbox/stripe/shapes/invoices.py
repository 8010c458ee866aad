"""Invoice, its lines and its payments."""

from __future__ import annotations

from decimal import Decimal

from services.sandbox.stripe.shapes import Json, fields, listing
from services.sandbox.stripe.shapes.ledger import rounded


def invoice(
    new_id: str, created: int, *, customer: Json, currency: str, reason: str, description: str | None, tax_rates: list[Json]
) -> Json:
    """https://docs.stripe.com/api/invoices/object: an empty draft. `payments` is left out: Stripe sends it only when expanded."""
    return (
        {
            "id": new_id,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Sandbox Shop",
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": True,
            "automatic_tax": fields("disabled_reason", "liability", "provider", "status") | {"enabled": False},
            "billing_reason": reason,
            "collection_method": "charge_automatically",
            "created": created,
            "currency": currency,
            "customer": customer["id"],
            "customer_address": customer["address"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": customer["phone"],
            "customer_shipping": customer["shipping"],
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_tax_rates": tax_rates,
            "description": description,
            "discounts": [],
            "issuer": {"type": "self"},
            "lines": listing([], f"/v1/invoices/{new_id}/lines"),
            "livemode": False,
            "metadata": {},
            "payment_settings": fields("default_mandate", "payment_method_options", "payment_method_types"),
            "period_end": created,
            "period_start": created,
            "starting_balance": 0,
            "status": "draft",
            "status_transitions": fields("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"),
        }
        | dict.fromkeys(INVOICE_ZERO.split(), 0)
        | {name: [] for name in INVOICE_LISTS}
        | fields(INVOICE_EMPTY)
    )


def line_item(
    new_id: str,
    *,
    invoice: str,
    price: Json,
    amount: int,
    unit_amount: str,
    quantity: int,
    description: str,
    period: tuple[int, int],
    parent: Json,
    discountable: bool,
    metadata: Json,
) -> Json:
    """https://docs.stripe.com/api/invoice-line-item/object: `amount` is before discounts and holds inclusive tax."""
    return {
        "id": new_id,
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": discountable,
        "discounts": [],
        "invoice": invoice,
        "livemode": False,
        "metadata": metadata,
        "parent": parent,
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": unit_amount,
        },
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": None,
        "subtotal": amount,
        "taxes": [],
    }


def invoice_item(new_id: str, created: int, *, customer: str, price: Json, quantity: int, description: str | None, metadata: Json) -> Json:
    """https://docs.stripe.com/api/invoiceitems/object, on no invoice yet."""
    unit = price["unit_amount_decimal"]
    return {
        "id": new_id,
        "object": "invoiceitem",
        "amount": rounded(Decimal(unit) * quantity),
        "currency": price["currency"],
        "customer": customer,
        "date": created,
        "description": description,
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": metadata,
        "period": {"end": created, "start": created},
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": unit,
        },
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
    } | fields("customer_account invoice parent test_clock")


def item_parent(invoice_item: str, *, proration: bool = False) -> Json:
    """Where a line comes from when it was added by hand, or by a change in the middle of a period."""
    details = {"invoice_item": invoice_item, "proration": proration, "proration_details": {"credited_items": None}, "subscription": None}
    return {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}


def subscription_parent(subscription: str, item: str, *, proration: bool = False) -> Json:
    """Where a line comes from when a subscription put it there."""
    details: Json = {"invoice_item": None, "proration": proration, "proration_details": {"credited_items": None}}
    details |= {"subscription": subscription, "subscription_item": item}
    return {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}


def tax(rate: Json, amount: int, taxable: int) -> Json:
    """https://docs.stripe.com/api/invoice-line-item/object#invoice_line_item_object-taxes, one shape on the line and in the total."""
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def shipping_cost(amount: int, taxes: list[Json], shipping_rate: str) -> Json:
    """https://docs.stripe.com/api/invoices/object#invoice_object-shipping_cost; its taxes are sent only when expanded."""
    exclusive = sum(one["amount"] for one in taxes if not one["rate"]["inclusive"])
    tax = sum(one["amount"] for one in taxes)
    return {
        "amount_subtotal": amount,
        "amount_tax": tax,
        "amount_total": amount + exclusive,
        "shipping_rate": shipping_rate,
    }


def shipping_tax(rate: Json, amount: int, taxable: int) -> Json:
    """https://docs.stripe.com/api/invoices/object#invoice_object-shipping_cost-taxes"""
    return {"amount": amount, "rate": rate, "taxability_reason": "standard_rated", "taxable_amount": taxable}


def invoice_payment(new_id: str, created: int, *, invoice: Json, intent: str, amount: int | None = None, is_default: bool = True) -> Json:
    """https://docs.stripe.com/api/invoice-payment/object: the default payment that finalising opens, or another one attached to it."""
    return {
        "id": new_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"] if amount is None else amount,
        "created": created,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": is_default,
        "livemode": False,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


INVOICE_ZERO = (
    "amount_due amount_overpaid amount_paid amount_paid_off_stripe amount_remaining amount_shipping "
    "post_payment_credit_notes_amount pre_payment_credit_notes_amount subtotal subtotal_excluding_tax total total_excluding_tax"
)
INVOICE_LISTS = ("total_discount_amounts", "total_pretax_credit_amounts", "total_taxes")
INVOICE_EMPTY = (
    "account_tax_ids application automatically_finalizes_at custom_fields customer_account default_payment_method default_source "
    "due_date effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error "
    "latest_revision next_payment_attempt number on_behalf_of parent receipt_number rendering shipping_cost shipping_details "
    "statement_descriptor test_clock webhooks_delivered_at"
)
