"""A successful charge is a CustomerPayment, applied to the Invoice that it paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from core.external_ids import failed_id, sale_id
from core.held import NOTHING_HELD, Ask, Held
from core.outcome import Kind, cannot
from core.plan import Command, Ensure, Plan, Upsert, nothing, plan
from core.records import Apply, CustomerPayment, CustomerRefund, Invoice, ItemLine, RecordType, key
from core.rules.customers import customer_ref, ensure_customer
from core.rules.invoices import asks_of_invoice, invoice_commands, is_skipped
from core.rules.payments import amount_of, booked, invoices_named, left_unapplied, payment_is_due, payment_of, payment_ref
from core.rules.prices import global_item
from core.rules.sales import (
    cash_refund,
    cash_sale,
    customer_deposit,
    deposit_refund,
    found_among,
    given_back,
    may_stand_for,
    one_of,
    standing_for,
)
from core.settings import Settings
from core.snapshot import Charge, PaidInvoice, Refund


def plan_charge(charge: Charge, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.succeeded, .captured, .updated, .failed: CustomerPayment; Invoice too, when the charge paid one; Customer, when missing."""
    if charge.status == "failed":
        return _failed(charge, settings, held)
    if not charge.captured:
        return nothing("The charge is authorised but not captured: no money has moved.")
    return plan(_because(charge, settings, held), *charge_commands(charge, settings, held))


def asks_of_charge(charge: Charge, settings: Settings) -> Iterable[Ask]:
    """Whether the payment of a failed charge was made, and what the charge's invoices ask."""
    named = invoices_named(charge)
    if charge.status == "failed" and charge.failure_balance_transaction:
        yield from one_of(may_stand_for(charge.id))
    elif not charge.invoices and not named:
        yield from one_of(may_stand_for(charge.id), remembered=True)
    if named:
        yield Ask(payment_ref(charge.id), read=True)
        yield from (Ask(invoice, read=True) for invoice in named)
    for paid in charge.invoices:
        yield from asks_of_invoice(paid.invoice, settings)


def charge_commands(charge: Charge, settings: Settings, held: Held = NOTHING_HELD) -> Iterable[Command]:
    """Customer, what was paid, CustomerPayment: what a refund or dispute of the charge begins with."""
    if not payment_is_due(charge):
        cannot(
            Kind.NOT_READY,
            "waiting for Stripe's balance transaction" if charge.status == "succeeded" else f"the charge is {charge.status}",
            "Nothing to do: charge.updated brings it, and it is tried again by itself.",
        )
    invoices = booked_invoices(charge, settings)
    if not invoices:
        yield ensure_customer(charge.customer, settings)
    for paid in invoices:
        yield from invoice_commands(paid.invoice, settings, held)
    match standing_for(charge, settings, held):
        case RecordType.CASH_SALE:
            yield from cash_sale(charge, settings)
        case RecordType.CUSTOMER_DEPOSIT:
            yield Upsert(customer_deposit(charge, settings))
        case _:
            yield from _payment(charge, invoices, settings, held)


def _payment(charge: Charge, invoices: tuple[PaidInvoice, ...], settings: Settings, held: Held) -> Iterable[Command]:
    payment = payment_of(charge, invoices, settings, held)
    if not has_own_invoice(charge, settings):
        yield booked(payment, charge, settings)
        return
    sale = own_invoice(charge, settings)
    yield Ensure(global_item(settings))
    yield Upsert(sale)
    yield Upsert(applied_to(payment, sale))


def _because(charge: Charge, settings: Settings, held: Held) -> str:
    named = ", ".join(str(invoice) for invoice in invoices_named(charge))
    if charge.invoices or not named or not payment_is_due(charge):
        return "The charge paid an invoice." if charge.invoices else "The charge paid no Stripe invoice."
    rest = left_unapplied(payment_of(charge, (), settings, held))
    return f"The charge names what it paid: {named}.{f' {rest} more than was due stays unapplied.' if rest else ''}"


def booked_invoices(charge: Charge, settings: Settings) -> tuple[PaidInvoice, ...]:
    """The invoices that the payment is applied to: those that stand in NetSuite by our rule."""
    return tuple(paid for paid in charge.invoices if paid.invoice.status != "draft" and not is_skipped(paid.invoice, settings))


def applied_to(payment: CustomerPayment, sale: Invoice) -> CustomerPayment:
    """The payment of a charge without a Stripe invoice, applied to the one-line Invoice that settings want for it."""
    return replace(payment, apply=(Apply(key(sale), payment.payment),))


def has_own_invoice(charge: Charge, settings: Settings) -> bool:
    """Whether its payment settles a one-line Invoice of its own: settings want one, and it paid no other."""
    return settings.charges_without_invoice == "invoice" and not booked_invoices(charge, settings) and not invoices_named(charge)


def own_invoice(charge: Charge, settings: Settings) -> Invoice:
    """The one-line Invoice of a charge that paid none."""
    item = global_item(settings)
    return Invoice(
        external_id=sale_id(charge.id),
        entity=customer_ref(charge.customer, settings),
        tran_date=settings.day(charge.created),
        currency=charge.amount_captured.currency,
        memo=f"Stripe: {charge.id} {charge.description}".strip(),
        account=settings.accounts.receivable_or_default,
        item=(ItemLine(key(item), charge.amount_captured, charge.description),),
    )


def _failed(charge: Charge, settings: Settings, held: Held) -> Plan:
    """A failed charge is nothing, unless it had succeeded and was synced: then it is taken back."""
    if charge.failure_balance_transaction is None or found_among(may_stand_for(charge.id), held) is None:
        return nothing("The charge failed; only successful payments are synced.")
    return plan("The payment failed after it had been booked.", *taken_back(charge, settings, held))


def taken_back(charge: Charge, settings: Settings, held: Held, refunds: Iterable[Refund] = ()) -> Iterable[Command]:
    """What stands for a payment that failed lets its invoice go and is refunded, so that nothing is left in Undeposited Funds.
    `refunds`: those of the charge, all of which failed too."""
    back = charge.failure_balance_transaction
    at = back.created if back else charge.created
    memo = f"Stripe: {charge.id} failed: {charge.failure_message}".strip(" :")
    yield ensure_customer(charge.customer, settings)
    match standing_for(charge, settings, held):
        case RecordType.CASH_SALE:
            yield from cash_sale(charge, settings)
            yield from cash_refund(failed_id(charge.id), amount_of(charge), at, memo, charge, settings)
        case RecordType.CUSTOMER_DEPOSIT:
            yield Upsert(customer_deposit(charge, settings))
            parts = given_back(charge, refunds)[failed_id(charge.id)]
            yield deposit_refund(failed_id(charge.id), parts, at, memo, charge, settings)
        case _:
            yield from _payment_taken_back(charge, at, memo, settings)


def _payment_taken_back(charge: Charge, at: datetime, memo: str, settings: Settings) -> Iterable[Command]:
    payment = payment_of(charge, (), settings)
    yield Upsert(payment)
    yield Upsert(
        CustomerRefund(
            external_id=failed_id(charge.id),
            customer=payment.customer,
            tran_date=settings.day(at),
            currency=payment.currency,
            account=payment.account,
            ar_acct=payment.ar_acct,
            apply=(Apply(key(payment), payment.payment),),
            memo=memo,
        )
    )
