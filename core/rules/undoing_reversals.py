"""What was written for a refund, a dispute or a credit note is taken back: the money is where it was, the credit is billed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.external_ids import credit_memo_id, external_id, failed_id, reinstated_id
from core.held import Ask, Held
from core.plan import Plan, Upsert
from core.records import Apply, CashRefund, CreditMemo, CustomerPayment, CustomerRefund, External, Record, RecordType, key
from core.rules.credit_notes import asks_of_credit_note, credit_note_memo, plan_credit_note
from core.rules.disputes import asks_of_dispute, plan_dispute
from core.rules.opposing import Opposing, WayBack
from core.rules.refunds import asks_of_refunds, plan_refunds
from core.rules.undoing import Undoing, came_back, money_back, names, nothing_left, refuse, still_back, with_needs
from core.settings import Settings
from core.snapshot import CreditNote, Dispute, Refunds

PAID_AGAIN = "The {} is undone: a payment of today brings its money back and settles {}."
WON_AGAIN = "The dispute is undone: the payment that stands again settles what had taken the first one back."
OVER = "What was written for {} opposes itself already: there is nothing left to undo."


def asks_of_undone_refund(of: Refunds, settings: Settings) -> Iterable[Ask]:
    return asks_of_refunds(of, settings)


def way_back_of_refund(of: Refunds, refund_id: str, settings: Settings, held: Held, by: Undoing) -> WayBack:
    """The money is in Undeposited Funds again; the payment or the credit note that it paid out is free, or what it credited is billed again.
    One that failed brought its money back itself: only its own credit memo is left to undo."""
    return _way_back(plan_refunds(of, settings, held), "refund", refund_id, by.opposing(refund_id, settings))


def asks_of_undone_dispute(dispute: Dispute, settings: Settings) -> Iterable[Ask]:
    return asks_of_dispute(dispute, settings)


def way_back_of_dispute(dispute: Dispute, settings: Settings, held: Held, by: Undoing) -> WayBack:
    """As a refund. One that was won and stands again has brought its money back itself."""
    return _way_back(plan_dispute(dispute, settings, held), "dispute", dispute.id, by.opposing(dispute.id, settings))


def asks_of_undone_credit_note(note: CreditNote, settings: Settings) -> Iterable[Ask]:
    """As when it is booked, and which of its refunds still pay it out."""
    yield from asks_of_credit_note(note, settings)
    for refund in note.refunds:
        yield from (Ask(ref, remembered=True) for ref in (*money_back(refund.refund_id), *came_back(refund.refund_id)))


def way_back_of_credit_note(note: CreditNote, settings: Settings, held: Held, by: Undoing) -> WayBack:
    """An invoice of today has all its lines, and its credit memo settles that: what it had settled before is open again."""
    if note.status == "void":
        return nothing_left(OVER.format(note.id))
    own = [refund.refund_id for refund in note.refunds if _memo(refund.refund_id) not in held]
    if paid_out := [ref for refund_id in own for ref in still_back(refund_id, held)]:
        refuse(f"{names(paid_out)} pays {credit_note_memo(note)} out", "Undo that first, then this again.")
    booked = plan_credit_note(note, settings, held)
    credit = _by_name(booked).get(external_id(note.id))
    if not isinstance(credit, CreditMemo):
        return nothing_left(f"{note.id} has no credit memo of its own: what it credits is its refund's or its invoice's.")
    return _billed_again(
        "The credit note is undone: an invoice of its lines takes what it credited.", credit, booked, by.opposing(note.id, settings)
    )


def _way_back(booked: Plan, noun: str, stripe_id: str, opposing: Opposing) -> WayBack:
    own = _by_name(booked)
    credit, again = own.get(credit_memo_id(stripe_id)), own.get(reinstated_id(stripe_id))
    failed = failed_id(stripe_id) in own
    match own.get(external_id(stripe_id)):
        case CustomerRefund(deposit=()) as refund if not failed:
            return _paid_again(noun, refund, credit, again, booked, opposing)
        case CustomerRefund(deposit=()) if isinstance(credit, CreditMemo):
            return _billed_again("The refund failed: the credit that was still owed is billed again.", credit, booked, opposing)
        case CustomerRefund() as refund if not failed and not again:
            said = f"The {noun} is undone: what it gave back of the customer's deposits is a deposit again."
            return _opposed(said, refund, Upsert(opposing.deposited_again(refund)), booked, stripe_id)
        case CashRefund() as refund if not failed and not again:
            return _opposed(
                f"The {noun} is undone: the cash sale stands again.", refund, Upsert(opposing.sold_again(refund)), booked, stripe_id
            )
        case _:
            return nothing_left(OVER.format(stripe_id))


def _paid_again(
    noun: str, refund: CustomerRefund, credit: Record | None, again: Record | None, booked: Plan, opposing: Opposing
) -> WayBack:
    """Refund and credit memo settle each other, so do a payment and an invoice that oppose them. A refund of something else lets that go and
    is settled by the payment: one of today, or the one that stands for a dispute that was won."""
    stripe_id, whole = refund.external_id, refund.total
    if isinstance(credit, CreditMemo):
        if again:
            return nothing_left(OVER.format(stripe_id))
        billed = opposing.billed_again(credit)
        paid = opposing.paid_again(refund, (Apply(key(billed), whole),))
        said = PAID_AGAIN.format(noun, "an invoice of what was credited")
        return WayBack(with_needs(said, booked, Upsert(credit), Upsert(refund), Upsert(billed), Upsert(paid)), (credit, refund), stripe_id)
    stands_again = isinstance(again, CustomerPayment)
    paid = again if isinstance(again, CustomerPayment) else opposing.paid_again(refund)
    free = replace(refund, apply=(Apply(key(paid), whole),))
    said = WON_AGAIN if stands_again else PAID_AGAIN.format(noun, "the customer refund")
    return WayBack(with_needs(said, booked, Upsert(paid), Upsert(free)), (refund,), stripe_id)


def _billed_again(said: str, credit: CreditMemo, booked: Plan, opposing: Opposing) -> WayBack:
    billed = opposing.billed_again(credit)
    settled = replace(credit, apply=(Apply(key(billed), credit.total),))
    return WayBack(with_needs(said, booked, Upsert(billed), Upsert(settled)), (credit,))


def _opposed(said: str, refund: Record, opposite: Upsert, booked: Plan, stripe_id: str) -> WayBack:
    return WayBack(with_needs(said, booked, Upsert(refund), opposite), (refund,), stripe_id)


def _by_name(booked: Plan) -> Mapping[str, Record]:
    """The records of a plan by externalId, which begins with the id of the object that each stands for."""
    return {command.record.external_id: command.record for command in booked.writes}


def _memo(refund_id: str) -> External:
    return External(RecordType.CREDIT_MEMO, credit_memo_id(refund_id))
