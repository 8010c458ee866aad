"""A finalised Stripe Invoice is a NetSuite Invoice: its lines, discounts, shipping and taxes, to Stripe's total or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from core.external_ids import external_id, out_of_band_id
from core.held import NOTHING_HELD, Ask, Held
from core.metadata import BLOCK, is_on
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Command, Plan, Upsert, nothing, plan
from core.records import Apply, CustomerPayment, Internal, Invoice, key
from core.rules.closing import balance_memo, balance_used, debt, due, finalised, given_up, reopened, settles, voided
from core.rules.customers import customer_ref, ensure_customer
from core.rules.invoice_lines import Bill, Sold, at_zero, bill_lines, debit_balance_line, items_of, sublists
from core.rules.payments import booked, payment_is_due, payment_of
from core.rules.prices import ensure_item
from core.settings import Settings
from core.snapshot import Invoice as StripeInvoice
from core.snapshot import PaidInvoice

MOST_LINES = 5000  # Oracle help, section_N3658677: lines per transaction


def plan_invoice(invoice: StripeInvoice, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """invoice.*: Customer, items and Invoice; the payments that settle it, or the credit memo that closes it."""
    if invoice.status == "draft":
        return nothing("The invoice is a draft; only finalised invoices are synced.")
    if is_skipped(invoice, settings):
        return nothing("The invoice has only zero lines (invoices.zero = skip).")
    _, lines = netsuite_invoice(invoice, settings)
    commands = [*invoice_commands(invoice, settings, held), *_payments(invoice, settings, held)]
    match invoice.status:
        case "open":
            return plan("The invoice is open: the customer owes it.", *commands)
        case "paid":
            return plan("The invoice is paid.", *commands, *_paid_out_of_band(invoice, settings, held))
        case "void":
            return plan("The invoice was voided: a credit memo closes it.", *commands, *voided(invoice, lines, settings, held))
        case "uncollectible":
            return plan("The invoice was given up.", *commands, *given_up(invoice, lines, settings))
        case unknown:
            cannot(Kind.REFUSED, f"Stripe says status {unknown!r} of the invoice", "Report it: this version does not know that status.")


def asks_of_invoice(invoice: StripeInvoice, _settings: Settings) -> Iterable[Ask]:
    """Whether NetSuite holds the credit memo that once gave the invoice up, if it was paid since; that of its balance, if it was voided."""
    if invoice.status == "paid" and invoice.marked_uncollectible_at:
        yield Ask(settles(invoice), read=True)
    if invoice.status == "void" and invoice.starting_balance != invoice.ending_balance:
        yield Ask(balance_memo(invoice))


def is_skipped(invoice: StripeInvoice, settings: Settings) -> bool:
    """A trial's invoice, unless settings want it; one of non-zero lines that net to zero, or that collects a balance, is always synced."""
    moves = invoice.starting_balance != invoice.ending_balance or any(line.amount for line in invoice.lines)
    return settings.invoices_zero == "skip" and not moves


def invoice_commands(invoice: StripeInvoice, settings: Settings, held: Held = NOTHING_HELD) -> Iterable[Command]:
    """Customer, items, Invoice, the balance it used: what everything that builds on an invoice begins with."""
    record, lines = netsuite_invoice(invoice, settings)
    yield ensure_customer(invoice.customer, settings)
    prices = [line.price for line in invoice.lines if line.price]
    yield from (ensure_item(item, prices, settings) for item in items_of(lines))
    yield Upsert(record)
    yield from balance_used(invoice, settings)
    yield from reopened(invoice, lines, settings, held)


def netsuite_invoice(invoice: StripeInvoice, settings: Settings) -> tuple[Invoice, list[Sold]]:
    """The Invoice, and its lines with the items they need; CannotSync when it does not add up to Stripe's total."""
    if len(invoice.lines) > MOST_LINES:
        cannot(Kind.REFUSED, f"the invoice has {len(invoice.lines)} lines", f"Split it: NetSuite takes {MOST_LINES} lines at most.")
    bill = Bill(invoice.currency, invoice.lines, invoice.discounts, invoice.shipping)
    lines = bill_lines(bill, settings)
    expected = invoice.total
    owed = Money(invoice.starting_balance - invoice.ending_balance, invoice.currency)
    if invoice.total.minor < 0:
        lines, expected, owed = at_zero(lines), Money.zero(invoice.currency), owed + invoice.total
    if owed.minor > 0:
        lines, expected = [*lines, debit_balance_line(owed, settings)], expected + owed
    record = Invoice(
        external_id=external_id(invoice.id),
        entity=customer_ref(invoice.customer, settings),
        tran_date=settings.day(finalised(invoice)),
        due_date=settings.day(invoice.due_date) if invoice.due_date else None,
        currency=invoice.currency,
        memo=f"Stripe: {invoice.id}",
        other_ref_num=invoice.number or None,
        account=settings.accounts.receivable_or_default,
        **sublists(lines),
    )
    _adds_up(record, expected)
    return record, lines


def _adds_up(record: Invoice, expected: Money) -> None:
    if record.total != expected:
        cannot(
            Kind.REFUSED,
            f"total differs: the lines add up to {record.total}, Stripe's total is {expected}",
            "Report it with the invoice's id; nothing was written.",
            record=str(key(record)),
        )


def _payments(invoice: StripeInvoice, settings: Settings, held: Held) -> Iterable[Command]:
    """One CustomerPayment per charge that paid the invoice, each applied with what it paid."""
    for paid in invoice.payments:
        if paid.status == "paid" and paid.charge is not None and payment_is_due(paid.charge) and not is_on(paid.charge.metadata, BLOCK):
            yield booked(payment_of(paid.charge, (PaidInvoice(invoice, paid.amount),), settings, held), paid.charge, settings)


def _paid_out_of_band(invoice: StripeInvoice, settings: Settings, held: Held) -> Iterable[Command]:
    """What was paid outside Stripe: nothing by default (a person books it), else a payment into the account that settings name."""
    by_charge = Money.total((paid.amount for paid in invoice.payments if paid.status == "paid" and paid.charge), invoice.currency)
    outside = min(invoice.amount_paid or Money.zero(invoice.currency), due(invoice)) - by_charge  # what was paid over it is a charge's
    if not settings.invoices_out_of_band or outside.minor <= 0:
        return
    yield Upsert(
        CustomerPayment(
            external_id=out_of_band_id(invoice.id),
            customer=customer_ref(invoice.customer, settings),
            tran_date=settings.day(invoice.paid_at or finalised(invoice)),
            currency=invoice.currency,
            payment=outside,
            account=Internal(settings.invoices_out_of_band),
            ar_acct=settings.accounts.receivable_or_default,
            memo=f"Stripe: {invoice.id} paid out of band",
            apply=(Apply(debt(invoice, invoice.paid_at or finalised(invoice), held), outside),),
        )
    )
