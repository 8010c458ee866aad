"""A successful charge is a CustomerPayment, applied to the Invoice that it paid."""

from __future__ import annotations

from collections.abc import Iterable

from core.held import NOTHING_HELD, Held
from core.outcome import Kind, cannot
from core.plan import Absent, Command, Plan, Upsert, nothing, plan
from core.rules.customers import ensure_customer
from core.rules.invoices import invoice_commands, is_skipped
from core.rules.payments import payer, payment_is_due, payment_of, payment_ref
from core.settings import Settings
from core.snapshot import Charge, PaidInvoice


def plan_charge(charge: Charge, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.succeeded, .captured, .updated: CustomerPayment; Invoice too, when the charge paid one; Customer, when missing."""
    if charge.status == "failed":
        return _failed(charge)
    if not charge.captured:
        return nothing("The charge is authorised but not captured: no money has moved.")
    because = "The charge paid an invoice." if charge.invoices else "The charge paid no Stripe invoice."
    return plan(because, *charge_commands(charge, settings))


def charge_commands(charge: Charge, settings: Settings) -> Iterable[Command]:
    """Customer, what was paid, CustomerPayment: what a refund or dispute of the charge begins with."""
    if not payment_is_due(charge):
        cannot(
            Kind.NOT_READY,
            "waiting for Stripe's balance transaction" if charge.status == "succeeded" else f"the charge is {charge.status}",
            "Nothing to do: charge.updated brings it, and it is tried again by itself.",
        )
    invoices = booked_invoices(charge, settings)
    yield ensure_customer(payer(charge, invoices), settings)
    for paid in invoices:
        yield from invoice_commands(paid.invoice, settings)
    yield Upsert(payment_of(charge, invoices, settings))


def booked_invoices(charge: Charge, settings: Settings) -> tuple[PaidInvoice, ...]:
    """The invoices that the payment is applied to: those that stand in NetSuite by our rule."""
    return tuple(paid for paid in charge.invoices if paid.invoice.status != "draft" and not is_skipped(paid.invoice, settings))


def _failed(charge: Charge) -> Plan:
    """A failed charge is nothing, unless it had succeeded and was synced: then its payment must be undone."""
    because = "The charge failed; only successful payments are synced."
    if not charge.failure_balance_transaction_id:
        return nothing(because)
    return plan(because, Absent(payment_ref(charge.id), "A delayed payment that fails after it was synced"))
