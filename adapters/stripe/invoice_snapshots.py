"""Stripe's invoices as snapshots: the header, its lines, and the taxes, discounts, shipping and payments on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from adapters.stripe.fields import Fields, Json, refuse
from adapters.stripe.snapshots import customer_of, price_of
from core.money import Money
from core.snapshot import (
    Charge,
    CreditNote,
    CreditNoteRefund,
    Customer,
    Discount,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Price,
    Shipping,
    Tax,
)


def invoice(raw: Json, payments: Sequence[InvoicePayment] = (), known: Customer | None = None) -> Invoice:
    """An invoice whose `lines` are all there; the payments are read apart, since each leads to a charge. `known`: a customer that was
    read already, and is taken where it is the invoice's."""
    given = Fields(raw, "invoice")
    currency = given.need_text("currency")
    moments = given.child("status_transitions")
    return Invoice(
        id=given.need_text("id"),
        status=given.need_text("status"),
        currency=currency,
        total=given.money("total", currency),
        number=given.text("number"),
        customer=customer_of(given, known),
        lines=tuple(_line(line) for line in given.children("lines")),
        discounts=_discounts(given, currency),
        shipping=_shipping(cost, currency) if (cost := given.child("shipping_cost")) else None,
        amount_due=given.money_or_none("amount_due", currency),
        amount_paid=given.money_or_none("amount_paid", currency),
        starting_balance=given.whole("starting_balance") or 0,
        ending_balance=given.whole("ending_balance") or 0,
        created=given.moment_or_none("created"),
        finalized_at=moments.moment_or_none("finalized_at") if moments else None,
        paid_at=moments.moment_or_none("paid_at") if moments else None,
        voided_at=moments.moment_or_none("voided_at") if moments else None,
        marked_uncollectible_at=moments.moment_or_none("marked_uncollectible_at") if moments else None,
        due_date=given.moment_or_none("due_date"),
        payments=tuple(payments),
        metadata=given.metadata(),
    )


def credit_note(raw: Json, of: Invoice | None) -> CreditNote:
    """A credit note whose `lines` are all there, and the invoice that it credits."""
    given = Fields(raw, "credit_note")
    currency = given.need_text("currency")
    prices = {line.id: line.price for line in of.lines} if of else {}
    return CreditNote(
        id=given.need_text("id"),
        status=given.need_text("status"),
        currency=currency,
        total=given.money("total", currency),
        created=given.moment("created"),
        number=given.text("number"),
        reason=given.text("reason"),
        memo=given.text("memo"),
        voided_at=given.moment_or_none("voided_at"),
        invoice=of,
        lines=tuple(_credited_line(line, currency, prices) for line in given.children("lines")),
        discounts=_discounts(given, currency, "discount_amounts"),
        pre_payment=given.money_or_none("pre_payment_amount", currency),
        out_of_band=given.money_or_none("out_of_band_amount", currency),
        refunds=tuple(_paid_out(row, currency) for row in given.children("refunds")),
        to_customer_balance=bool(given.reference("customer_balance_transaction")),
        metadata=given.metadata(),
    )


def _paid_out(given: Fields, currency: str) -> CreditNoteRefund:
    refund = given.child("refund")
    created = refund.moment_or_none("created") if refund else None
    reason = refund.text("reason") if refund else ""
    return CreditNoteRefund(given.reference("refund"), given.money("amount_refunded", currency), created, reason)


def _credited_line(given: Fields, currency: str, prices: Mapping[str, Price | None]) -> InvoiceLine:
    """A line that credits a line of the invoice sells back what that one sold."""
    return InvoiceLine(
        id=given.need_text("id"),
        amount=given.money("amount", currency),
        description=given.text("description"),
        price=prices.get(given.text("invoice_line_item")),
        taxes=tuple(_tax(tax, currency) for tax in given.children("taxes")),
    )


def invoice_payment(raw: Json, charge: Charge | None = None, settles: Money | None = None) -> InvoicePayment:
    """`settles`: how much of it settles the invoice, when that is not all."""
    return InvoicePayment(Fields(raw, "invoice_payment").need_text("status"), settles or payment_amount(raw), charge)


def settling(invoice: Json) -> Mapping[str, Money]:
    """How much of each of the invoice's payments settles it, by the payment's id: the oldest first, up to what was due. What a customer
    paid over that went to his balance; where nothing did (`amount_overpaid`), each settles with all of it and none is named."""
    given = Fields(invoice, "invoice")
    if given.whole("amount_overpaid") == 0:
        return {}
    left = given.money_or_none("amount_due", given.need_text("currency"))
    found: dict[str, Money] = {}
    rows = [each for each in (invoice.get("payments") or {}).get("data", ()) if each.get("status") == "paid"]
    for row in sorted(rows, key=lambda each: (each.get("created", 0), each["id"])):
        amount = payment_amount(row)
        found[row["id"]] = amount if left is None or amount < left else left
        left = left and left - found[row["id"]]
    return found


def payment_amount(raw: Json) -> Money:
    """What an invoice payment paid, or asks for while it is open."""
    given = Fields(raw, "invoice_payment")
    currency = given.need_text("currency")
    paid = given.money_or_none("amount_paid", currency) if given.text("status") == "paid" else None
    return given.money("amount_requested", currency) if paid is None else paid


def _line(given: Fields) -> InvoiceLine:
    currency = given.need_text("currency")
    pricing = given.child("pricing")
    details = pricing.child("price_details") if pricing else None
    period = given.child("period")
    quantity = given.decimal("quantity_decimal")
    return InvoiceLine(
        id=given.need_text("id"),
        amount=given.money("amount", currency),
        description=given.text("description"),
        price=_price_of(details, currency) if details else None,
        quantity=given.decimal("quantity") if quantity is None else quantity,
        unit_amount=pricing.decimal("unit_amount_decimal") if pricing else None,
        period_start=period.moment_or_none("start") if period else None,
        period_end=period.moment_or_none("end") if period else None,
        proration=_prorated(given.child("parent")),
        taxes=tuple(_tax(tax, currency) for tax in given.children("taxes")),
        metadata=given.metadata(),
    )


def _price_of(details: Fields, currency: str) -> Price:
    if expanded := details.child("price"):
        return price_of(expanded)
    return Price(details.need_text("price"), details.text("product"), "", currency)


def _prorated(parent: Fields | None) -> bool:
    details = parent and (parent.child("subscription_item_details") or parent.child("invoice_item_details"))
    return details.flag("proration") if details else False


def _tax(given: Fields, currency: str) -> Tax:
    details = given.child("tax_rate_details")
    rate = details.child("tax_rate") if details else None
    rate_id = details.reference("tax_rate") if details else ""
    inclusive = given.text("tax_behavior") == "inclusive"
    return _tax_of(given, rate, rate_id, currency, inclusive=inclusive)


def _tax_of(given: Fields, rate: Fields | None, rate_id: str, currency: str, *, inclusive: bool) -> Tax:
    percentage = rate.decimal("percentage") if rate else None
    taxable = given.money_or_none("taxable_amount", currency)
    return Tax(rate_id, _rate_name(rate) or rate_id, given.money("amount", currency), inclusive, percentage, taxable)


def _rate_name(rate: Fields | None) -> str:
    """`VAT 20%`: the name that customers see and the percentage, without trailing zeros."""
    if rate is None:
        return ""
    percentage = rate.decimal("percentage")
    shown = "" if percentage is None else f"{_plain(percentage)}%"
    return f"{rate.text('display_name')} {shown}".strip()


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _discounts(given: Fields, currency: str, field: str = "total_discount_amounts") -> tuple[Discount, ...]:
    """What each coupon took off, a coupon that was used twice once."""
    taken: dict[str, Discount] = {}
    for row in given.children(field):
        one = _discount(row, currency)
        before = taken.get(one.coupon_id)
        taken[one.coupon_id] = replace(one, amount=before.amount + one.amount) if before else one
    return tuple(taken.values())


def _discount(row: Fields, currency: str) -> Discount:
    source = discount.child("source") if (discount := row.child("discount")) else None
    coupon_id = source.reference("coupon") if source else ""
    if source is None or not coupon_id:
        return _no_coupon(row)
    coupon = source.child("coupon")
    metadata = coupon.metadata() if coupon else {}
    return Discount(coupon_id, coupon.text("name") if coupon else "", row.money("amount", currency), metadata)


def _no_coupon(row: Fields) -> Discount:
    message = f"Stripe's {row.name} does not say which coupon gave the discount"
    refuse(message, "Record the invoice by hand and skip the event.", "discount.source.coupon")


def _shipping(given: Fields, currency: str) -> Shipping:
    """Stripe's `amount_total` holds all taxes; the exclusive ones come off."""
    if given.whole("amount_tax") and not given.children("taxes"):
        refuse(f"Stripe's {given.name} has tax and does not say which", "Read the invoice with shipping_cost.taxes expanded.", "taxes")
    taxes = tuple(_shipping_tax(tax, currency) for tax in given.children("taxes"))
    exclusive = Money.total((tax.amount for tax in taxes if not tax.inclusive), currency)
    return Shipping(given.money("amount_total", currency) - exclusive, taxes)


def _shipping_tax(given: Fields, currency: str) -> Tax:
    rate = given.child("rate")
    rate_id = given.reference("rate")
    return _tax_of(given, rate, rate_id, currency, inclusive=rate.flag("inclusive") if rate else False)
