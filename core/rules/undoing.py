"""What was written for a Stripe object is taken back by a record that opposes it and settles it: its effect is nil, nothing stays open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never

from core.external_ids import balance_id, credit_memo_id, external_id, failed_id, reversed_id, sale_id, uncollectible_id, void_id
from core.held import Ask, Held, HeldRecord
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Plan, Upsert, plan
from core.records import Apply, CustomerRefund, External, RecordType, key
from core.rules.charges import booked_invoices
from core.rules.closing import credited_whole
from core.rules.customers import ensure_customer
from core.rules.invoice_lines import items_of
from core.rules.invoices import netsuite_invoice
from core.rules.payments import invoices_named, payer, payment_is_due, payment_of, payment_ref
from core.rules.prices import ensure_item
from core.settings import Settings
from core.snapshot import Charge, Invoice, Refunds

BY_HAND = "Reverse it in NetSuite by an entry of your own and `exclude` it."


@dataclass(frozen=True, slots=True)
class Undoing:
    """When a person undoes it, and why."""

    at: datetime
    because: str

    def memo(self, stripe_id: str) -> str:
        return f"Stripe: {stripe_id} undone: {self.because}"


def written_for(stripe_id: str) -> External:
    """The record of an object that can be undone: the payment of a charge, the invoice of an invoice."""
    return External(RecordType.INVOICE, external_id(stripe_id)) if stripe_id.startswith("in_") else payment_ref(stripe_id)


def reversal_of(stripe_id: str) -> External:
    """What takes it back: a refund of the payment, a credit memo of the invoice."""
    kind = RecordType.CREDIT_MEMO if stripe_id.startswith("in_") else RecordType.CUSTOMER_REFUND
    return External(kind, reversed_id(external_id(stripe_id)))


def asks_of_undone_charge(of: Refunds) -> Iterable[Ask]:
    """How the payment stands, whether it was taken back, and what was written that builds on it or stands in its place."""
    yield Ask(payment_ref(of.charge.id), read=True)
    yield Ask(reversal_of(of.charge.id))
    yield from (Ask(ref, remembered=True) for ref in (*_beside(of.charge), *_refunds(of)))


def plan_undo_of_charge(of: Refunds, settings: Settings, held: Held, by: Undoing) -> Plan:
    """The payment lets its invoices go and is refunded from where it waits: Dr A/R, Cr Undeposited Funds."""
    charge = of.charge
    if not payment_is_due(charge) or invoices_named(charge) or any(ref in held for ref in _beside(charge)):
        _refuse(f"{charge.id} is booked in a way that `undo` does not know", BY_HAND)
    if on_it := [ref for ref in _refunds(of) if ref in held]:
        _refuse(f"{_names(on_it)} pays {charge.id} back", f"Both stand against each other; what is wrong with them: {BY_HAND}")
    invoices = booked_invoices(charge, settings)
    payment = replace(payment_of(charge, invoices, settings, held), apply=())
    if reversal_of(charge.id) not in held and _all_of(held.get(key(payment))) != payment.payment:
        _refuse(f"a part of {key(payment)} was given back in NetSuite, or its amount was changed there", BY_HAND)
    return plan(
        "The payment is undone: it is unapplied, and refunded to where it came from.",
        ensure_customer(payer(charge, invoices), settings),
        Upsert(payment),
        Upsert(
            CustomerRefund(
                external_id=reversal_of(charge.id).external_id,
                customer=payment.customer,
                tran_date=settings.day(by.at),
                currency=payment.currency,
                account=payment.account,
                ar_acct=payment.ar_acct,
                apply=(Apply(key(payment), payment.payment),),
                memo=by.memo(charge.id),
            )
        ),
    )


def asks_of_undone_invoice(invoice: Invoice) -> Iterable[Ask]:
    """How the invoice stands, whether it was taken back, and what was written that settles it."""
    yield Ask(written_for(invoice.id), read=True)
    yield Ask(reversal_of(invoice.id))
    yield from (Ask(ref, remembered=True) for ref in _settling(invoice))


def plan_undo_of_invoice(invoice: Invoice, settings: Settings, held: Held, by: Undoing) -> Plan:
    """A credit memo of all its lines, applied to it; only while nothing else settles it."""
    record, lines = netsuite_invoice(invoice, settings)
    if not record.total:
        _refuse(f"{key(record)} comes to nothing: no credit memo can settle it", BY_HAND)
    stands = held.get(key(record))
    if reversal_of(invoice.id) not in held and (stands is None or stands.remaining != record.total):
        found = _names(ref for ref in _settling(invoice) if ref in held) or "a record of NetSuite's own"
        remedy = "Undo the charges that paid it first; what else settles it, take off it in NetSuite. Then undo it again."
        _refuse(f"{key(record)} is not open with all of {record.total}: {found} may settle it", remedy)
    prices = [line.price for line in invoice.lines if line.price]
    return plan(
        "The invoice is undone: a credit memo of all its lines settles it.",
        ensure_customer(invoice.customer, settings),
        *(ensure_item(item, prices, settings) for item in items_of(lines)),
        Upsert(record),
        Upsert(credited_whole(reversal_of(invoice.id).external_id, invoice, lines, by.at, by.memo(invoice.id), settings)),
    )


def _beside(charge: Charge) -> Iterable[External]:
    """What may stand for a charge in place of a payment, or beside it."""
    yield External(RecordType.CASH_SALE, external_id(charge.id))
    yield External(RecordType.CUSTOMER_DEPOSIT, external_id(charge.id))
    yield External(RecordType.CUSTOMER_REFUND, failed_id(charge.id))
    yield External(RecordType.INVOICE, sale_id(charge.id))


def _refunds(of: Refunds) -> Iterable[External]:
    for refund in of.refunds:
        yield External(RecordType.CUSTOMER_REFUND, external_id(refund.id))
        yield External(RecordType.CREDIT_MEMO, credit_memo_id(refund.id))


def _settling(invoice: Invoice) -> Iterable[External]:
    yield from (payment_ref(paid.charge.id) for paid in invoice.payments if paid.charge)
    for memo in (void_id, uncollectible_id, balance_id):
        yield External(RecordType.CREDIT_MEMO, memo(invoice.id))


def _all_of(payment: HeldRecord | None) -> Money | None:
    """What a payment settles, and what of it is left; None when NetSuite has none, or does not say."""
    if payment is None or payment.remaining is None:
        return None
    return payment.remaining + Money.total((each.amount for each in payment.applied or ()), payment.remaining.currency)


def _names(refs: Iterable[External]) -> str:
    return ", ".join(str(ref) for ref in refs)


def _refuse(message: str, remedy: str) -> Never:
    cannot(Kind.REFUSED, message, remedy)
