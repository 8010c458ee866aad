"""A finalised Stripe Invoice is a NetSuite Invoice: its lines, discounts, shipping and taxes, to Stripe's total or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from core.external_ids import external_id
from core.held import NOTHING_HELD, Held
from core.money import Money, exponent
from core.outcome import CannotSync, Kind, cannot, not_built
from core.plan import Command, Ensure, Plan, Upsert, nothing, plan
from core.records import DiscountItem, External, Invoice, ItemLine, ServiceSaleItem, key
from core.rules.customers import customer_ref, ensure_customer
from core.rules.payments import payment_is_due, payment_of
from core.rules.prices import discount_item, line_item, shipping_item, tax_item
from core.settings import Settings
from core.snapshot import Invoice as StripeInvoice
from core.snapshot import InvoiceLine, PaidInvoice, Tax

MOST_LINES = 5000  # Oracle help, section_N3658677: lines per transaction


def plan_invoice(invoice: StripeInvoice, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """invoice.payment_succeeded, .payment_failed, .updated: Customer, items and Invoice, and the payments that settle it."""
    if invoice.status == "draft":
        return nothing("The invoice is a draft; only finalised invoices are synced.")
    if is_skipped(invoice, settings):
        return nothing("The invoice has only zero lines (invoices.zero = skip).")
    match invoice.status:
        case "open" | "paid":
            because = "The invoice is paid." if invoice.status == "paid" else "The invoice is open: the customer owes it."
            return plan(because, *invoice_commands(invoice, settings), *_payments(invoice, settings))
        case "void" | "uncollectible":
            raise CannotSync(not_built(f"An invoice that became {invoice.status}"))
        case unknown:
            cannot(Kind.REFUSED, f"Stripe says status {unknown!r} of the invoice", "Report it: this version does not know that status.")


def is_skipped(invoice: StripeInvoice, settings: Settings) -> bool:
    """A trial's invoice, unless settings want it; an invoice of non-zero lines that net to zero is always synced."""
    return settings.invoices_zero == "skip" and not any(line.amount for line in invoice.lines)


def invoice_commands(invoice: StripeInvoice, settings: Settings) -> Iterable[Command]:
    """Customer, items, Invoice: what everything that builds on an invoice begins with."""
    record, items = netsuite_invoice(invoice, settings)
    yield ensure_customer(invoice.customer, settings)
    yield from (Ensure(item) for item in items)
    yield Upsert(record)


def invoice_ref(invoice: StripeInvoice) -> External:
    return External(Invoice.type, external_id(invoice.id))


def netsuite_invoice(invoice: StripeInvoice, settings: Settings) -> tuple[Invoice, list[ServiceSaleItem | DiscountItem]]:
    """The Invoice and the items that its lines need."""
    _refuse_what_is_not_built(invoice)
    lines = [*_sold(invoice, settings), *_discounted(invoice), *_shipped(invoice, settings), *_taxed(invoice, settings)]
    record = Invoice(
        external_id=external_id(invoice.id),
        entity=customer_ref(invoice.customer, settings),
        tran_date=settings.day(_finalised(invoice)),
        due_date=settings.day(invoice.due_date) if invoice.due_date else None,
        currency=invoice.currency,
        memo=f"Stripe: {invoice.id}",
        other_ref_num=invoice.number or None,
        account=settings.accounts.receivable_or_default,
        item=tuple(line for _, line in lines),
    )
    if record.total != invoice.total:
        cannot(
            Kind.REFUSED,
            f"total differs: the lines add up to {record.total}, Stripe's total is {invoice.total}",
            "Report it with the invoice's id; nothing was written.",
            record=str(key(record)),
        )
    return record, list(dict.fromkeys(item for item, _ in lines))


Sold = tuple[ServiceSaleItem | DiscountItem, ItemLine]


def _sold(invoice: StripeInvoice, settings: Settings) -> Iterable[Sold]:
    for line in invoice.lines:
        item = line_item(line.price, settings)
        amount = line.amount - _inclusive(line.taxes, invoice.currency)
        rate = _rate(line, amount)
        yield item, ItemLine(key(item), amount, line.description, line.quantity if rate is not None else None, rate)


def _discounted(invoice: StripeInvoice) -> Iterable[Sold]:
    for discount in invoice.discounts:
        item = discount_item(discount)
        yield item, ItemLine(key(item), -discount.amount, discount.name)


def _shipped(invoice: StripeInvoice, settings: Settings) -> Iterable[Sold]:
    if invoice.shipping and invoice.shipping.amount:
        item = shipping_item(settings)
        yield item, ItemLine(key(item), invoice.shipping.amount - _inclusive(invoice.shipping.taxes, invoice.currency), "Shipping")


def _taxed(invoice: StripeInvoice, settings: Settings) -> Iterable[Sold]:
    """One line per tax rate; taxes of nothing leave no line."""
    shipping = invoice.shipping.taxes if invoice.shipping else ()
    by_rate: dict[str, list[Tax]] = {}
    for tax in (*(tax for line in invoice.lines for tax in line.taxes), *shipping):
        by_rate.setdefault(tax.rate_id, []).append(tax)
    for taxes in by_rate.values():
        amount = Money.total((tax.amount for tax in taxes), invoice.currency)
        if amount:
            item = tax_item(taxes[0], settings)
            yield item, ItemLine(key(item), amount, taxes[0].name)


def _inclusive(taxes: Iterable[Tax], currency: str) -> Money:
    return Money.total((tax.amount for tax in taxes if tax.inclusive), currency)


def _rate(line: InvoiceLine, amount: Money) -> Decimal | None:
    """The unit price in major units when quantity x rate is the amount exactly, else None: then the amount alone is sent."""
    if line.quantity is None or line.unit_amount is None:
        return None
    rate = line.unit_amount.scaleb(-exponent(amount.currency))
    return rate if rate * line.quantity == amount.decimal else None


def _payments(invoice: StripeInvoice, settings: Settings) -> Iterable[Command]:
    """One CustomerPayment per charge that paid the invoice, each applied with what it paid."""
    for paid in invoice.payments:
        if paid.status == "paid" and paid.charge is not None and payment_is_due(paid.charge):
            yield Upsert(payment_of(paid.charge, (PaidInvoice(invoice, paid.amount),), settings))


def _refuse_what_is_not_built(invoice: StripeInvoice) -> None:
    if invoice.total.minor < 0:
        raise CannotSync(not_built("An invoice with a negative total"))
    if invoice.starting_balance != invoice.ending_balance:
        raise CannotSync(not_built("An invoice that uses the customer's balance"))
    if len(invoice.lines) > MOST_LINES:
        cannot(Kind.REFUSED, f"the invoice has {len(invoice.lines)} lines", f"Split it: NetSuite takes {MOST_LINES} lines at most.")


def _finalised(invoice: StripeInvoice) -> datetime:
    if invoice.finalized_at is None:
        cannot(Kind.REFUSED, f"the invoice is {invoice.status} but Stripe gives no finalisation time", "Report it with the invoice's id.")
    return invoice.finalized_at
