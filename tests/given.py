"""Builders in the field's words, for tests that read as sentences: a customer, an invoice of two lines, a charge that paid it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from core.money import Money
from core.settings import Accounts, Settings
from core.snapshot import (
    BalanceTransaction,
    Charge,
    Customer,
    Discount,
    Dispute,
    FeeDetail,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    PaidInvoice,
    Payout,
    Price,
    Refund,
    Refunds,
    Tax,
)

SETTINGS = Settings(
    accounts=Accounts(
        undeposited_funds="110",
        income="400",
        payment_fees="600",
        stripe_fees="601",
        network_fees="602",
        application_fees="603",
        dispute_fees="604",
        dispute_reversals="490",
        adjustments="605",
        suspense="690",
        bad_debt="606",
        tax_payable="210",
        bank=MappingProxyType({"usd": "101"}),
    )
)

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money.of(Decimal(amount), "usd")


def at(day: int, hour: int = 12) -> datetime:
    """A moment of November 2026, UTC."""
    return datetime(2026, 11, day, hour, 0, tzinfo=UTC)


def customer(stripe_id: str = "cus_1", **more: object) -> Customer:
    return Customer(**{"id": stripe_id, "name": "Ada Lovelace", "email": "ada@example.com", "currency": "usd", **more})  # type: ignore[arg-type]


def price(stripe_id: str = "price_1", product: str = "Pro plan", **more: object) -> Price:
    return Price(id=stripe_id, product_id="prod_1", product_name=product, currency="usd", **more)  # type: ignore[arg-type]


def line(
    amount: str, of: Price | None = None, taxes: Sequence[Tax] = (), description: str = "Pro plan, November", **more: object
) -> InvoiceLine:
    return InvoiceLine(
        **{"id": "il_1", "amount": usd(amount), "description": description, "price": of or price(), "taxes": tuple(taxes), **more}  # type: ignore[arg-type]
    )


def tax(amount: str, *, inclusive: bool = False, rate: str = "txr_1") -> Tax:
    return Tax(rate_id=rate, name="Sales Tax 8.25%", amount=usd(amount), inclusive=inclusive)


def invoice(
    *lines: InvoiceLine,
    total: str,
    status: str = "open",
    stripe_id: str = "in_1",
    of: Customer | None = None,
    discounts: Sequence[Discount] = (),
    payments: Sequence[InvoicePayment] = (),
    **more: object,
) -> Invoice:
    given = {"number": "INV-0001", "created": at(2), "finalized_at": at(2), **more}
    return Invoice(
        id=stripe_id,
        status=status,
        currency="usd",
        total=usd(total),
        customer=of or customer(),
        lines=lines,
        discounts=tuple(discounts),
        payments=tuple(payments),
        **given,  # type: ignore[arg-type]
    )


def moved(
    net_of_fee: str, fee: str = "0.00", day: int = 2, category: str = "charge", source: str = "ch_1", **more: object
) -> BalanceTransaction:
    """A balance transaction: gross amount, Stripe's fee, the day it was created."""
    gross, cost = usd(net_of_fee), usd(fee)
    details = (FeeDetail("stripe_fee", cost),) if cost else ()
    given = {"type": category, "fee_details": details, **more}
    return BalanceTransaction(
        id=f"txn_{source}_{category}",
        reporting_category=category,
        amount=gross,
        fee=cost,
        net=gross - cost,
        created=at(day),
        source_id=source,
        **given,  # type: ignore[arg-type]
    )


def charge(
    amount: str = "100.00", stripe_id: str = "ch_1", of: Customer | None = None, paid: Sequence[PaidInvoice] = (), **more: object
) -> Charge:
    given = {
        "status": "succeeded",
        "captured": True,
        "amount_captured": usd(amount),
        "created": at(2),
        "customer": of,
        "balance_transaction": moved(amount, source=stripe_id),
        "description": "",
        **more,
    }
    return Charge(id=stripe_id, amount=usd(amount), invoices=tuple(paid), **given)  # type: ignore[arg-type]


def invoiced(amount: str = "100.00", *lines: InvoiceLine, stripe_id: str = "ch_1", **more: object) -> Charge:
    """A charge that paid a one-line invoice (or one of the lines given); ch_3 paid in_3."""
    bill = invoice(*(lines or (line(amount),)), total=amount, status="paid", stripe_id=stripe_id.replace("ch_", "in_"))
    return charge(amount, stripe_id, paid=[PaidInvoice(bill, usd(amount))], **more)  # type: ignore[arg-type]


def refund(amount: str, stripe_id: str = "re_1", **more: object) -> Refund:
    given = {"status": "succeeded", "created": at(5), "has_balance_transaction": True, "reason": "requested_by_customer", **more}
    return Refund(id=stripe_id, amount=usd(amount), **given)  # type: ignore[arg-type]


def refunds(of: Charge, *each: Refund) -> Refunds:
    return Refunds(of, each)


def dispute(amount: str, of: Charge, **more: object) -> Dispute:
    given = {"status": "needs_response", "created": at(6), "reason": "fraudulent", "withdrawn": True, **more}
    return Dispute(id="dp_1", amount=usd(amount), charge=of, **given)  # type: ignore[arg-type]


def payout(amount: str, *rows: BalanceTransaction, **more: object) -> Payout:
    given = {"status": "paid", "arrival_date": date(2026, 11, 9), "created": at(7), **more}
    return Payout(id="po_1", amount=usd(amount), balance_transactions=rows, **given)  # type: ignore[arg-type]
