"""A Stripe Price is a ServiceSaleItem; a coupon is a DiscountItem; a tax rate and shipping are items that post to their own account."""

from __future__ import annotations

from collections.abc import Iterable

from core.external_ids import (
    BAD_DEBT_ITEM,
    BALANCE_ITEM,
    COUPON_ITEM,
    DISCOUNT_ITEM,
    DISPUTE_ITEM,
    GLOBAL_ITEM,
    PARTIAL_REFUND_ITEM,
    SHIPPING_ITEM,
    external_id,
)
from core.held import NOTHING_HELD, Held
from core.metadata import DISCOUNT_ITEM_ID, ITEM_IDS
from core.plan import Ensure, Plan, nothing, plan
from core.records import DiscountItem, ServiceSaleItem
from core.rules.customers import matches
from core.settings import Settings
from core.snapshot import Discount, InvoiceLine, Price, Tax

ITEM_NAME_LENGTH = 250  # Oracle's agent skills, records reference: item names


def plan_price(price: Price, settings: Settings, _held: Held = NOTHING_HELD) -> Plan:
    """price.created: create the item, or nothing when all lines use the global item."""
    if settings.items_policy == "global":
        return nothing("All lines use one global item (items.policy).")
    if price.inline:
        return nothing("The price was made inline for one line; such lines use the global item.")
    return plan("An item for the price.", ensure_item(price_item(price, settings), [price], settings))


def ensure_item(item: ServiceSaleItem | DiscountItem, prices: Iterable[Price], settings: Settings) -> Ensure:
    """The item, or the one that NetSuite holds already of the price that it stands for."""
    if not settings.items_match:
        return Ensure(item)
    of = next((price for price in prices if external_id(price.id) == item.external_id), None)
    return Ensure(item, matches(of, settings.items_match) if of else ())


def line_item(price: Price | None, settings: Settings, line: InvoiceLine | None = None) -> ServiceSaleItem:
    """The item that an invoice line of this price sells; a line whose metadata names an item has one of its own, which is linked."""
    if line is not None and line.metadata and any(line.metadata.get(key) for key in ITEM_IDS):
        return _item(line.id, _item_name("Line", line.id), line.description or line.id, settings)
    if price is None or price.inline or settings.items_policy == "global":
        return global_item(settings)
    return price_item(price, settings)


def price_item(price: Price, settings: Settings) -> ServiceSaleItem:
    return _item(price.id, _item_name(price.product_name or price.product_id, price.id), price.product_name or price.id, settings)


def global_item(settings: Settings) -> ServiceSaleItem:
    return _item(GLOBAL_ITEM, "Stripe Item", "Stripe Item", settings)


def shipping_item(settings: Settings) -> ServiceSaleItem:
    return _item(SHIPPING_ITEM, "Stripe Shipping", "Stripe Shipping", settings)


def partial_refund_item(settings: Settings) -> ServiceSaleItem:
    return _item(PARTIAL_REFUND_ITEM, "Stripe Partial Refund Item", "Stripe Partial Refund", settings)


def dispute_item(settings: Settings) -> ServiceSaleItem:
    return _item(DISPUTE_ITEM, "Stripe Dispute Item", "Stripe Dispute", settings)


def balance_item(settings: Settings) -> ServiceSaleItem:
    return _item(BALANCE_ITEM, "Stripe Customer Balance Item", "Stripe Customer Balance", settings)


def bad_debt_item(settings: Settings) -> ServiceSaleItem:
    """An item whose "income" account is bad debt: a credit memo of it debits bad debt instead of income."""
    return ServiceSaleItem(
        external_id=BAD_DEBT_ITEM,
        item_id="Stripe Bad Debt",
        display_name="Stripe Bad Debt",
        income_account=settings.accounts.need("bad_debt", "an uncollectible invoice"),
        subsidiary=settings.subsidiary_ref,
    )


def negative_line_item() -> DiscountItem:
    return DiscountItem(external_id=DISCOUNT_ITEM, item_id="Stripe Negative Line")


def tax_item(tax: Tax, settings: Settings) -> ServiceSaleItem:
    """A tax rate as an ordinary item whose income account is tax payable: NetSuite's REST has no legacy tax fields."""
    name = _item_name(tax.name or "Tax", tax.rate_id)
    return ServiceSaleItem(
        external_id=external_id(tax.rate_id),
        item_id=name,
        display_name=(tax.name or "Tax")[:ITEM_NAME_LENGTH],
        income_account=settings.accounts.need("tax_payable", "a line of tax"),
        subsidiary=settings.subsidiary_ref,
    )


def discount_item(discount: Discount, settings: Settings) -> DiscountItem:
    """A coupon's own, or the one for all of them; a coupon whose metadata names an item keeps its own, which is linked."""
    if settings.invoices_coupons == "global" and not discount.metadata.get(DISCOUNT_ITEM_ID):
        return DiscountItem(external_id=COUPON_ITEM, item_id="Stripe Coupon")
    return DiscountItem(external_id=external_id(discount.coupon_id), item_id=_item_name(discount.name or "Coupon", discount.coupon_id))


def _item(stripe_id: str, item_id: str, display_name: str, settings: Settings) -> ServiceSaleItem:
    return ServiceSaleItem(
        external_id=external_id(stripe_id),
        item_id=item_id,
        display_name=display_name[:ITEM_NAME_LENGTH],
        income_account=settings.accounts.need("income", "an item"),
        subsidiary=settings.subsidiary_ref,
    )


def _item_name(name: str, stripe_id: str) -> str:
    """Name and id: unique because the id is, within NetSuite's length because the name gives way."""
    return f"{name[: ITEM_NAME_LENGTH - len(stripe_id) - 3]} ({stripe_id})"
