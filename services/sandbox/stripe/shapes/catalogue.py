"""Customers and what is sold to them: product, price, coupon, discount, tax rate, subscription."""

from __future__ import annotations

from decimal import Decimal

from services.sandbox.stripe.shapes import Json, fields, listing


def customer(
    new_id: str, created: int, *, name: str | None, email: str | None, invoice_prefix: str, address: Json | None, metadata: Json
) -> Json:
    """https://docs.stripe.com/api/customers/object"""
    return {
        "id": new_id,
        "object": "customer",
        "address": address,
        "balance": 0,
        "created": created,
        "currency": None,
        "delinquent": False,
        "email": email,
        "invoice_prefix": invoice_prefix,
        "invoice_settings": fields("custom_fields", "default_payment_method", "footer", "rendering_options"),
        "livemode": False,
        "metadata": metadata,
        "name": name,
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    } | fields("default_source", "description", "phone", "shipping", "test_clock")


def product(new_id: str, created: int, *, name: str) -> Json:
    """https://docs.stripe.com/api/products/object"""
    return {
        "id": new_id,
        "object": "product",
        "active": True,
        "created": created,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "type": "service",
        "updated": created,
    } | fields("default_price", "description", "package_dimensions", "shippable", "tax_code", "tax_details", "url")


def price(
    new_id: str,
    created: int,
    *,
    product: str,
    unit_amount: Decimal,
    currency: str,
    interval: str | None,
    nickname: str | None,
    metadata: Json,
    active: bool = True,
) -> Json:
    """https://docs.stripe.com/api/prices/object; `interval` makes it recurring, a fraction of a minor unit leaves `unit_amount` empty."""
    recurring = {"interval": interval, "interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
    return {
        "id": new_id,
        "object": "price",
        "active": active,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": currency,
        "livemode": False,
        "metadata": metadata,
        "nickname": nickname,
        "product": product,
        "recurring": recurring if interval else None,
        "tax_behavior": "unspecified",
        "type": "recurring" if interval else "one_time",
        "unit_amount": int(unit_amount) if unit_amount == int(unit_amount) else None,
        "unit_amount_decimal": str(unit_amount),
    } | fields("custom_unit_amount", "lookup_key", "tiers_mode", "transform_quantity")


def plan(price: Json) -> Json:
    """https://docs.stripe.com/api/plans/object: the older face of a recurring price, still part of a subscription item."""
    return {
        "id": price["id"],
        "object": "plan",
        "active": True,
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": 1,
        "livemode": False,
        "metadata": {},
        "nickname": price["nickname"],
        "product": price["product"],
        "usage_type": "licensed",
    } | fields("meter", "tiers_mode", "transform_usage", "trial_period_days")


def coupon(
    new_id: str,
    created: int,
    *,
    name: str | None,
    percent_off: Decimal | None,
    amount_off: int | None,
    currency: str | None,
    metadata: Json,
) -> Json:
    """https://docs.stripe.com/api/coupons/object"""
    return {
        "id": new_id,
        "object": "coupon",
        "amount_off": amount_off,
        "created": created,
        "currency": currency if amount_off is not None else None,
        "duration": "once",
        "livemode": False,
        "metadata": metadata,
        "name": name,
        "percent_off": None if percent_off is None else float(percent_off),
        "times_redeemed": 0,
        "valid": True,
    } | fields("duration_in_months", "max_redemptions", "redeem_by")


def discount(new_id: str, start: int, *, coupon: str, customer: str, invoice: str | None, invoice_item: str | None = None) -> Json:
    """https://docs.stripe.com/api/discounts/object: since 2025-09-30 the coupon stands under `source`."""
    return {
        "id": new_id,
        "object": "discount",
        "customer": customer,
        "invoice": invoice,
        "invoice_item": invoice_item,
        "source": {"coupon": coupon, "type": "coupon"},
        "start": start,
    } | fields("checkout_session", "customer_account", "end", "promotion_code", "subscription", "subscription_item")


def tax_rate(new_id: str, created: int, *, display_name: str, percentage: Decimal, inclusive: bool) -> Json:
    """https://docs.stripe.com/api/tax_rates/object"""
    return {
        "id": new_id,
        "object": "tax_rate",
        "active": True,
        "country": "US",
        "created": created,
        "display_name": display_name,
        "effective_percentage": float(percentage),
        "inclusive": inclusive,
        "livemode": False,
        "metadata": {},
        "percentage": float(percentage),
        "rate_type": "percentage",
        "tax_type": "sales_tax",
    } | fields("description", "flat_amount", "jurisdiction", "jurisdiction_level", "state")


def subscription(new_id: str, created: int, *, customer: str, item: Json, currency: str, default_tax_rates: list[Json]) -> Json:
    """https://docs.stripe.com/api/subscriptions/object with one item; `incomplete` until its first invoice is paid."""
    return {
        "id": new_id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": created,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "customer": customer,
        "default_tax_rates": default_tax_rates,
        "discounts": [],
        "invoice_settings": fields("account_tax_ids", "custom_fields", "description", "footer") | {"issuer": {"type": "self"}},
        "items": listing([item], f"/v1/subscription_items?subscription={new_id}"),
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "start_date": created,
        "status": "incomplete",
    } | fields(SUBSCRIPTION_EMPTY)


def subscription_item(new_id: str, created: int, *, subscription: str, price: Json, period_end: int) -> Json:
    """https://docs.stripe.com/api/subscription_items/object: since 2025-03-31 the period stands here."""
    return {
        "id": new_id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": period_end,
        "current_period_start": created,
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "plan": plan(price),
        "price": price,
        "quantity": 1,
        "subscription": subscription,
        "tax_rates": [],
    }


SUBSCRIPTION_EMPTY = (
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at cancellation_details "
    "customer_account days_until_due default_payment_method default_source description ended_at managed_payments "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection payment_settings pending_invoice_item_interval "
    "pending_setup_intent pending_update schedule test_clock transfer_data trial_end trial_settings trial_start"
)
