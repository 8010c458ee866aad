"""A credit note is a CreditMemo: applied to the open invoice, or paid out by its refunds, or left open for what was given otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.external_ids import credit_memo_id, external_id, reversed_id
from core.held import NOTHING_HELD, Ask, Held
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Command, Ensure, Plan, Upsert, nothing, plan
from core.records import Apply, CreditMemo, External, JournalEntry, JournalLine, RecordType
from core.rules.customers import customer_ref
from core.rules.invoice_lines import Bill, Sold, bill_lines, by_account, credit_lines, items_of, sublists
from core.rules.invoices import asks_of_invoice, invoice_commands
from core.rules.prices import partial_refund_item
from core.settings import Settings
from core.snapshot import CreditNote, Invoice


def plan_credit_note(note: CreditNote, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """credit_note.*: the CreditMemo; its refunds are the refunds' own. Voided: reversed when it was booked, else nothing."""
    if note.status == "void" and credit_note_memo(note) not in held:
        return nothing("The credit note was voided before it was synced.")
    rewritten = tuple(_rewritten(note, settings, held))
    if rewritten:
        return plan("The refund was booked before its credit note: its credit memo gets the credit note's lines.", *rewritten)
    if not _credited(note, held):
        return nothing("The credit note credits nothing that is not in NetSuite already, or comes with the balance when that is used.")
    commands = tuple(credit_note_commands(note, settings, held))
    if note.status == "void":
        return plan(
            "The credit note was voided: an entry reverses it.", *commands[:-1], Upsert(_reversal(note, settings, held)), commands[-1]
        )
    return plan("A credit note credits the invoice.", *commands)


def asks_of_credit_note(note: CreditNote, settings: Settings) -> Iterable[Ask]:
    """Whether it was booked, and whether its refunds brought credit memos of their own before they were linked to it."""
    yield Ask(credit_note_memo(note))
    for refund in note.refunds:
        yield Ask(External(RecordType.CREDIT_MEMO, credit_memo_id(refund.refund_id)))
    if note.invoice:
        yield from asks_of_invoice(note.invoice, settings)


def credit_note_memo(note: CreditNote) -> External:
    return External(RecordType.CREDIT_MEMO, external_id(note.id))


def credit_note_commands(note: CreditNote, settings: Settings, held: Held) -> Iterable[Command]:
    """Customer, Invoice, items, CreditMemo: applied to the open invoice; a voided one to the entry that reverses it, so that neither
    stays open."""
    invoice = _invoice(note)
    lines = _lines(note, settings, held)
    yield from invoice_commands(invoice, settings, held)
    yield from (Ensure(item) for item in items_of(lines))
    yield Upsert(
        CreditMemo(
            external_id=external_id(note.id),
            entity=customer_ref(invoice.customer, settings),
            tran_date=settings.day(note.created),
            currency=note.currency,
            **sublists(lines),
            apply=_settled(note, invoice, held),
            memo=f"Stripe: {note.id} {note.reason.replace('_', ' ')}".strip(),
            account=settings.accounts.receivable_or_default,
        )
    )


def _settled(note: CreditNote, invoice: Invoice, held: Held) -> tuple[Apply, ...]:
    if note.status == "void":
        return (Apply(External(RecordType.JOURNAL_ENTRY, reversed_id(external_id(note.id))), _credited(note, held)),)
    return (Apply(External(RecordType.INVOICE, external_id(invoice.id)), note.pre_payment),) if note.pre_payment else ()


def _credited(note: CreditNote, held: Held) -> Money:
    """What the credit memo is of: what lowered the invoice, was refunded, or was given out of band. What went to the customer's
    balance is credited when the balance is used, and a refund that was booked with its own credit memo is credited already."""
    zero = Money.zero(note.currency)
    booked = [refund for refund in note.refunds if External(RecordType.CREDIT_MEMO, credit_memo_id(refund.refund_id)) in held]
    refunded = Money.total((refund.amount for refund in note.refunds if refund not in booked), note.currency)
    return (note.pre_payment or zero) + (note.out_of_band or zero) + refunded


def _lines(note: CreditNote, settings: Settings, held: Held) -> Sequence[Sold]:
    lines = note_lines(note, settings)
    return credit_lines(lines, _credited(note, held), partial_refund_item(settings), note.reason.replace("_", " ") or "credit note")


def note_lines(note: CreditNote, settings: Settings) -> list[Sold]:
    """Every line of the credit note."""
    return bill_lines(Bill(note.currency, note.lines, note.discounts), settings)


def _rewritten(note: CreditNote, settings: Settings, held: Held) -> Iterable[Command]:
    """The credit memo of the refund that the credit note is wholly of, with the credit note's lines; nothing when there is none."""
    for refund in note.refunds:
        memo = External(RecordType.CREDIT_MEMO, credit_memo_id(refund.refund_id))
        if memo in held and refund.amount == note.total and refund.created and note.status == "issued":
            lines = note_lines(note, settings)
            yield from (Ensure(item) for item in items_of(lines))
            yield Upsert(
                CreditMemo(
                    external_id=memo.external_id,
                    entity=customer_ref(_invoice(note).customer, settings),
                    tran_date=settings.day(refund.created),
                    currency=note.currency,
                    **sublists(lines),
                    memo=f"Stripe: {refund.refund_id} {refund.reason.replace('_', ' ')}".strip(),
                    account=settings.accounts.receivable_or_default,
                )
            )


def _reversal(note: CreditNote, settings: Settings, held: Held) -> JournalEntry:
    """Dr A/R with the customer, Cr what the credit memo debited."""
    memo = f"Stripe: {note.id} voided"
    amount = _credited(note, held)
    receivable = settings.accounts.need("receivable", "a voided credit note")
    back = by_account(_lines(note, settings, held), settings).items()
    return JournalEntry(
        external_id=reversed_id(external_id(note.id)),
        tran_date=settings.day(_voided_at(note)),
        currency=note.currency,
        line=(
            JournalLine(receivable, debit=amount, entity=customer_ref(_invoice(note).customer, settings), memo=memo),
            *(JournalLine(account, credit=part, memo=memo) for account, part in back),
        ),
        memo=memo,
        subsidiary=settings.subsidiary_ref,
    )


def _invoice(note: CreditNote) -> Invoice:
    if note.invoice is None:
        cannot(Kind.REFUSED, f"Stripe's credit note {note.id} names no invoice", "Record it by hand and skip the event.")
    return note.invoice


def _voided_at(note: CreditNote) -> datetime:
    return note.voided_at or note.created
