"""The CustomerPayment of a charge: when it is due, and how it looks. Charges, invoices, refunds and disputes all build on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.external_ids import external_id
from core.held import NOTHING_HELD, Asked, Held, Titled
from core.metadata import ALLOW_DUPLICATE, APPLY_TO_INVOICES, DUPLICATE, INVOICE_ID, internal_id, is_on
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Upsert
from core.records import Apply, CustomerPayment, External, Internal, Numbered, RecordType
from core.rules.closing import debt
from core.rules.customers import customer_ref
from core.settings import Settings
from core.snapshot import Charge, Customer, PaidInvoice


def payment_is_due(charge: Charge) -> bool:
    """A CustomerPayment needs a charge that succeeded, was captured, and has a balance transaction."""
    return charge.status == "succeeded" and charge.captured and charge.balance_transaction is not None


def payment_ref(charge_id: str) -> External:
    return External(RecordType.CUSTOMER_PAYMENT, external_id(charge_id))


def payer(charge: Charge, invoices: tuple[PaidInvoice, ...]) -> Customer | None:
    """Whose payment it is: the invoice's customer where one was paid (a payment applies to its own customer's invoices only)."""
    return invoices[0].invoice.customer if invoices else charge.customer


def payment_of(charge: Charge, invoices: tuple[PaidInvoice, ...], settings: Settings, held: Held = NOTHING_HELD) -> CustomerPayment:
    """Dr Undeposited Funds, Cr A/R with what was captured, dated the day the money moved, applied to what it paid."""
    amount = amount_of(charge)
    payment = CustomerPayment(
        external_id=external_id(charge.id),
        customer=customer_ref(payer(charge, invoices), settings),
        tran_date=settings.day(moved_at(charge)),
        currency=amount.currency,
        payment=amount,
        account=settings.accounts.need("undeposited_funds", "a CustomerPayment"),
        ar_acct=settings.accounts.receivable_or_default,
        memo=memo_of(charge, billed=bool(invoices)),
        apply=tuple(Apply(debt(paid.invoice, charge.created, held), paid.amount) for paid in invoices if paid.amount),
    )
    return payment if invoices or not invoices_named(charge) else _applied_as_named(payment, charge, settings, held)


def booked(payment: CustomerPayment, charge: Charge, settings: Settings) -> Upsert:
    """The payment; and, where a second payment of an invoice is allowed, what to write when NetSuite holds the invoice as paid."""
    if not payment.apply or not _may_be_duplicate(charge, settings):
        return Upsert(payment)
    return Upsert(payment, instead=_beside(payment))


def invoices_named(charge: Charge) -> tuple[Asked, ...]:
    """The NetSuite invoices that the metadata of a charge wants paid, in that order. A charge that paid Stripe's invoices names none."""
    if charge.invoices:
        return ()
    one = internal_id(charge.metadata, INVOICE_ID, charge.id)
    several = (name.strip() for name in charge.metadata.get(APPLY_TO_INVOICES, "").split(","))
    return (*((Numbered(RecordType.INVOICE, one),) if one else ()), *(Titled(RecordType.INVOICE, name) for name in several if name))


def left_unapplied(payment: CustomerPayment) -> Money:
    return payment.payment - Money.total((line.amount for line in payment.apply), payment.currency)


def _beside(payment: CustomerPayment) -> CustomerPayment:
    return replace(payment, apply=(), memo=f"{payment.memo} invoice already paid in NetSuite")


def _applied_as_named(payment: CustomerPayment, charge: Charge, settings: Settings, held: Held) -> CustomerPayment:
    """Up to what is due of each, not counting what this payment settles already; CannotSync(refused) when nothing is."""
    before = held.get(payment_ref(charge.id))
    ours = {line.doc: line.amount for line in (before.applied if before else None) or ()}
    left, applied = charge.amount_captured, []
    for invoice in invoices_named(charge):
        doc, due = _due(invoice, charge, held)
        part = min(left, due + ours.get(doc, Money.zero(due.currency)))
        if part.minor > 0:
            applied.append(Apply(doc, part))
            left = left - part
    if applied or _may_be_duplicate(charge, settings):
        return replace(payment, apply=tuple(applied)) if applied else _beside(payment)
    named = ", ".join(str(invoice) for invoice in invoices_named(charge))
    cannot(Kind.REFUSED, f"{named} is already paid in NetSuite", DUPLICATE, record=str(payment_ref(charge.id)))


def _due(invoice: Asked, charge: Charge, held: Held) -> tuple[Internal, Money]:
    key = INVOICE_ID if isinstance(invoice, Numbered) else APPLY_TO_INVOICES
    found = held.get(invoice)
    if found is None or found.remaining is None:
        cannot(Kind.REFUSED, f"{key} of {charge.id} names {invoice}, which NetSuite does not hold", f"Mend {key} in Stripe, then retry.")
    if found.remaining.currency != charge.amount_captured.currency:
        paid, owed = charge.amount_captured.currency.upper(), found.remaining.currency.upper()
        cannot(
            Kind.REFUSED, f"{key} of {charge.id} names {invoice}, which is in {owed}; the charge is in {paid}", f"Mend {key}, then retry."
        )
    return Internal(found.internal_id), found.remaining


def _may_be_duplicate(charge: Charge, settings: Settings) -> bool:
    return settings.charges_allow_duplicate or is_on(charge.metadata, ALLOW_DUPLICATE)


def amount_of(charge: Charge) -> Money:
    """What was captured; of a payment that failed later Stripe says that nothing is."""
    return charge.amount if charge.status == "failed" else charge.amount_captured


def moved_at(charge: Charge) -> datetime:
    """The day of a payment is the day the money moved."""
    return charge.balance_transaction.created if charge.balance_transaction else charge.created


def memo_of(charge: Charge, *, billed: bool = False) -> str:
    """What was sold, unless an invoice says so; and the connected account that it was charged for."""
    sold = "" if billed or not charge.description else f" {charge.description}"
    return f"Stripe: {charge.id}{sold}{charge.connected and f' for {charge.connected}'}".strip()
