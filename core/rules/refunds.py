"""Each refund of a charge sends its money back once; a refund that fails afterwards leaves the customer a credit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.external_ids import external_id, failed_id
from core.held import NOTHING_HELD, Ask, Held
from core.metadata import EXCLUDED
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Command, Plan, Upsert, nothing, plan
from core.records import Apply, CustomerRefund, JournalEntry, JournalLine, RecordType, key
from core.rules.charges import asks_of_charge, booked_invoices, charge_commands, taken_back
from core.rules.credit_notes import credit_note_commands, credit_note_memo, note_lines
from core.rules.customers import customer_ref
from core.rules.invoice_lines import Sold
from core.rules.payments import payer
from core.rules.prices import partial_refund_item
from core.rules.reversals import Reversal, asks_of_reversal, refund_of, reverse
from core.rules.sales import deposited_again, found_among, given_back, may_stand_for, sold_again, standing_for
from core.settings import Settings
from core.snapshot import Charge, Refund, Refunds

FAILED = ("failed", "canceled")


def plan_refunds(of: Refunds, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.refunded and refund.*: for every refund that moved money and that no operator keeps out, credit the invoice or refund the payment."""
    if not of.refunds:
        return nothing("The charge has no refunds.")
    if not of.charge.captured:
        return nothing("The charge was never captured: its refund released an authorisation, no money moved.")
    moved = [refund for refund in of.refunds if refund.has_balance_transaction and (refund.status not in FAILED or refund.failed_at)]
    if not moved:
        return _nothing_moved(of)
    _no_more_than_was_charged(of.charge, [refund for refund in moved if refund.status not in FAILED])
    if of.charge.status == "failed" and found_among(may_stand_for(of.charge.id), held) is None:
        return nothing("The charge failed before it was synced: neither it nor its refunds are in the books.")
    kept = [refund for refund in moved if EXCLUDED not in refund.metadata]
    failed = [command for refund in kept if refund.failed_at for command in _undone(refund, of, settings, held)]
    live = [command for refund in kept if not refund.failed_at for command in _refund(refund, of, settings, held)]
    if of.charge.status == "failed":
        return plan("The refunded payment failed.", *failed, *live, *taken_back(of.charge, settings, held, of.refunds))
    return plan("Money went back to the customer.", *charge_commands(of.charge, settings, held), *failed, *live)


def asks_of_refunds(of: Refunds, settings: Settings) -> Iterable[Ask]:
    yield from asks_of_charge(of.charge, settings)
    for refund in of.refunds:
        if refund.has_balance_transaction:
            yield from asks_of_reversal(refund.id, of.charge, settings)


def _refund(refund: Refund, of: Refunds, settings: Settings, held: Held) -> Iterable[Command]:
    """A refund that belongs to a credit note pays that one's credit memo out; any other brings its own."""
    charge = of.charge
    is_deposit = standing_for(charge, settings, held) is RecordType.CUSTOMER_DEPOSIT
    deposits = given_back(charge, of.refunds)[external_id(refund.id)] if is_deposit else ()
    item = partial_refund_item(settings)
    reversal = Reversal(refund.id, refund.amount, refund.created, refund.reason.replace("_", " "), item, deposits)
    if refund.credit_note is None or reversal.credit in held:
        return reverse(reversal, charge, settings, held, _as_credited(refund, settings))
    paid_out = refund_of(credit_note_memo(refund.credit_note), reversal, charge, settings)
    return (*credit_note_commands(refund.credit_note, settings, held), Upsert(paid_out))


def _undone(refund: Refund, of: Refunds, settings: Settings, held: Held) -> Iterable[Command]:
    """A refund that failed after its money moved: its CustomerRefund lets go of what it had paid out and settles the entry that brings
    the money back. So the payment is free for later refunds, and a credit memo stays as a credit still owed. Of a cash sale or a customer
    deposit the sale stands again, the money is deposited again."""
    kind = standing_for(of.charge, settings, held)
    if kind is not RecordType.CUSTOMER_PAYMENT:
        yield from _refund(refund, of, settings, held)
        again = sold_again(refund, settings) if kind is RecordType.CASH_SALE else deposited_again(refund, of.charge, settings)
        yield Upsert(again)
        return
    entry = _came_back(refund, of.charge, settings)
    for command in _refund(refund, of, settings, held):
        if isinstance(command, Upsert) and isinstance(command.record, CustomerRefund):
            yield Upsert(entry)
            yield replace(command, record=replace(command.record, apply=(Apply(key(entry), refund.amount),)))
        else:
            yield command


def _as_credited(refund: Refund, settings: Settings) -> Sequence[Sold]:
    """The lines of the credit note that was written for the refund after this one had been booked, when it is of the whole refund."""
    note = refund.credit_note
    return note_lines(note, settings) if note and note.total == refund.amount else ()


def _came_back(refund: Refund, charge: Charge, settings: Settings) -> JournalEntry:
    """Dr Undeposited Funds, Cr A/R with the customer: the refund is undone, its credit memo stays as a credit still owed."""
    memo = f"Stripe: {refund.id} failed"
    who = customer_ref(payer(charge, booked_invoices(charge, settings)), settings)
    return JournalEntry(
        external_id=failed_id(refund.id),
        tran_date=settings.day(refund.failed_at or refund.created),
        currency=refund.amount.currency,
        line=(
            JournalLine(settings.accounts.need("undeposited_funds", "a refund that failed"), debit=refund.amount, memo=memo),
            JournalLine(settings.accounts.need("receivable", "a refund that failed"), credit=refund.amount, entity=who, memo=memo),
        ),
        memo=memo,
        subsidiary=settings.subsidiary_ref,
    )


def _nothing_moved(of: Refunds) -> Plan:
    pending = [refund.id for refund in of.refunds if refund.status in ("pending", "requires_action")]
    if not pending:
        return nothing("Every refund of the charge failed or was cancelled before money moved.")
    return cannot(
        Kind.NOT_READY,
        f"refund {pending[0]} is pending: no money has moved yet",
        "Nothing to do: it is tried again by itself and when Stripe says that the refund succeeded.",
    )


def _no_more_than_was_charged(charge: Charge, refunds: Iterable[Refund]) -> None:
    total = Money.total((refund.amount for refund in refunds), charge.amount_captured.currency)
    if charge.amount_captured < total:
        cannot(
            Kind.REFUSED, f"refunds of {total} exceed the charge of {charge.amount_captured}", "Look at the charge in Stripe's dashboard."
        )
