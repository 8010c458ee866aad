"""`undo`: what was written for a Stripe object is taken back by records that oppose it, and the object is excluded from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.adjusting import entries_of
from core.external_ids import credit_memo_id, external_id, reversed_id
from core.held import Ask, Held
from core.linking import linked, links_of
from core.mapping import mapped
from core.metadata import EXCLUDED, UNDONE
from core.notes import Note, Notes
from core.outcome import Failed, Kind
from core.plan import Plan, Upsert, checksum, nothing, plan, record_checksum
from core.ports import Clock, Link, StripeReader
from core.records import External, RecordType, key
from core.rules.opposing import WayBack
from core.rules.sales import may_stand_for
from core.rules.undoing import (
    BY_HAND,
    Undoing,
    asks_of_undone_charge,
    money_back,
    refuse,
    way_back_of_charge,
)
from core.rules.undoing_invoices import asks_of_undone_invoice, invoice_ref, way_back_of_invoice
from core.rules.undoing_payouts import asks_of_undone_payout, way_back_of_payout
from core.rules.undoing_reversals import (
    asks_of_undone_credit_note,
    asks_of_undone_dispute,
    asks_of_undone_refund,
    way_back_of_credit_note,
    way_back_of_dispute,
    way_back_of_refund,
)
from core.settings import Settings
from core.snapshot import CreditNote, Dispute, Invoice, Payout, Refunds, Snapshot
from core.statements import StripeTrail
from core.sync import Report, SyncUseCase, changed

UNDO = "undo"
"""The event of what a person undoes."""

LONGEST_REASON = 300
Answer = Callable[[Iterable[Ask]], Held]
PAYMENTS, INVOICES, REFUNDS, DISPUTES, NOTES, PAYOUTS, STAY = (
    ("ch_", "py_"),
    "in_",
    ("re_", "pyr_"),
    ("dp_", "du_"),
    "cn_",
    "po_",
    ("cus_", "price_", "plan_"),
)
MAY_DIFFER = {"tranDate", "dueDate", "memo"}
"""What the opposite record does not have to follow."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Plans and writes the way back. `stripe` reads objects whether they are excluded or not, with what operators said of the others."""

    use_case: SyncUseCase
    stripe: StripeReader
    trail: StripeTrail
    notes: Notes
    clock: Clock

    def preview(self, stripe_id: str, account: str, because: str) -> Report:
        """What would be written. Nothing is written or noted."""
        if why := _reason_against(because):
            return Report(UNDO, None, why)
        return self.use_case.preview_of(self._subject(stripe_id, account, because), stripe_id, account)

    def carry_out(self, stripe_id: str, account: str, because: str, plan_checksum: str = "") -> Report:
        """Exclude the object, then write, so that no event can bring back what is undone; with a checksum, only that plan. Done again it
        goes on where it stood."""
        report = self.preview(stripe_id, account, because)
        if report.plan is None or not report.plan.acts:
            return report
        if plan_checksum and checksum(report.plan) != plan_checksum:
            return Report(UNDO, None, changed())
        subject = self._subject(stripe_id, account, because)
        for noted, value in ((EXCLUDED, subject.by.because), (UNDONE, subject.by.at.isoformat())):
            self.notes.put(Note(stripe_id, account, noted, value, subject.by.because, self.clock.now()))
        return self.use_case.carry_out(subject, stripe_id, account, UNDO)

    def _subject(self, stripe_id: str, account: str, because: str) -> Undone:
        """What was begun goes on with the day and the reason that it was begun with."""
        said = self.notes.of([stripe_id], account).get(stripe_id, {})
        if UNDONE in said:
            return Undone(self, Undoing(datetime.fromisoformat(said[UNDONE]), said.get(EXCLUDED, because.strip())))
        return Undone(self, Undoing(self.clock.now(), because.strip()))


@dataclass(frozen=True, slots=True)
class Undone:
    """The subject of one undoing, as the use case takes it."""

    of: Undo
    by: Undoing
    name: str = UNDO

    def plan(self, _stripe: StripeReader, stripe_id: str, account: str, settings: Settings, answer: Answer) -> Plan:
        """The way back; nothing when nothing was written. CannotSync(refused) while something builds on it, or when it is not ours."""
        if stripe_id.startswith(STAY):
            return nothing("Customers and items post nothing: there is nothing to undo.")
        if not (refs := written_for(stripe_id)):
            refuse(f"`undo` does not know {stripe_id}", BY_HAND)
        if why := self._not_ours(refs, stripe_id):
            return why
        snapshot, held, way = self._way_back(stripe_id, account, settings, answer)
        self._is_free(way, stripe_id, account)
        links = links_of(snapshot, settings, held)
        stands = mapped(linked(plan(way.plan.because, *map(Upsert, way.stands)), links), snapshot, settings)
        self._is_unedited(stands, stripe_id, settings)
        return mapped(linked(way.plan, links), snapshot, settings)

    def _not_ours(self, refs: Iterable[External], stripe_id: str) -> Plan | None:
        refs = tuple(refs)
        found = self._links((*refs, *entries_of(refs)))
        if not found:
            return nothing(f"No {refs[0]} was written: there is nothing to undo; `exclude` keeps the object out.")
        for link in found.values():
            if not link.checksum:
                refuse(f"{link.ref} was found in NetSuite, not written", f"If it is ours, resync {stripe_id} first. Else: {BY_HAND}")
            if link.ref not in refs:
                refuse(f"{link.ref} stands for it in an open period, and its own is closed", BY_HAND)
        return None

    def _way_back(self, stripe_id: str, account: str, settings: Settings, answer: Answer) -> tuple[Snapshot, Held, WayBack]:
        stripe, by = self.of.stripe, self.by
        if stripe_id.startswith(INVOICES):
            invoice = stripe.read(Invoice, stripe_id, account)
            held = answer(asks_of_undone_invoice(invoice, settings))
            return invoice, held, way_back_of_invoice(invoice, settings, held, by)
        if stripe_id.startswith(DISPUTES):
            dispute = stripe.read(Dispute, stripe_id, account)
            held = answer(asks_of_undone_dispute(dispute, settings))
            return dispute, held, way_back_of_dispute(dispute, settings, held, by)
        if stripe_id.startswith(NOTES):
            note = stripe.read(CreditNote, stripe_id, account)
            held = answer(asks_of_undone_credit_note(note, settings))
            return note, held, way_back_of_credit_note(note, settings, held, by)
        if stripe_id.startswith(PAYOUTS):
            payout = stripe.read(Payout, stripe_id, account)
            held = answer(asks_of_undone_payout(payout, settings))
            return payout, held, way_back_of_payout(payout, settings, held, by)
        refunds = stripe.read(Refunds, stripe_id, account)
        if stripe_id.startswith(REFUNDS):
            held = answer(asks_of_undone_refund(refunds, settings))
            return refunds, held, way_back_of_refund(refunds, stripe_id, settings, held, by)
        disputes = self.of.trail.disputes_of(stripe_id, account)
        held = answer(asks_of_undone_charge(refunds, disputes))
        return refunds, held, way_back_of_charge(refunds, disputes, settings, held, by)

    def _links(self, refs: Iterable[External]) -> Mapping[External, Link]:
        return self.of.use_case.records.links(refs)

    def _is_free(self, way: WayBack, stripe_id: str, account: str) -> None:
        """Its money has not left with a payout. What has begun has been looked at."""
        opposite = [key(each.record) for each in way.plan.writes if each.record.external_id.endswith(reversed_id(""))]
        if not way.moved or self._links(opposite):
            return
        if payouts := list(self._in_the_way(stripe_id, account)):
            message = f"{', '.join(payouts)} has paid {stripe_id} out, and what was written for it may be inside that Deposit"
            refuse(message, f"Undo that payout first, then this again. Or: {BY_HAND}")

    def _in_the_way(self, stripe_id: str, account: str) -> Iterator[str]:
        """Payouts that were booked with its money, by us or, where an operator keeps them out, perhaps by him, and are not undone; of one
        that came to nothing, the one that its money went with. One that is booked later knows what was undone."""
        for each in self.of.trail.payouts_of(stripe_id, account):
            if self._links([External(RecordType.JOURNAL_ENTRY, reversed_id(external_id(each.payout_id)))]):
                continue
            is_kept_out = EXCLUDED in self.of.notes.of([each.payout_id], account).get(each.payout_id, {})
            if self._links(_payout_records(each.payout_id)) or (each.arrived and is_kept_out):
                yield each.payout_id
            elif each.came_to_nothing:
                yield from self._in_the_way(each.payout_id, account)

    def _is_unedited(self, stands: Plan, stripe_id: str, settings: Settings) -> None:
        """What stands as we last wrote it is not written again: then nobody may have changed what the opposite record opposes."""
        reader = self.of.use_case.reader(self, stripe_id, settings)
        reader.prepare(stands)
        known = self._links(key(each.record) for each in stands.writes)
        for record in (each.record for each in stands.writes):
            link = known.get(key(record))
            if link is None or record_checksum(record) != link.checksum:
                continue
            found = reader.differences(record)
            if found is None:
                refuse(f"{key(record)} is not in NetSuite any more", f"Bring it back by `resync`, then undo it again. Or: {BY_HAND}")
            for each in found:
                if each.field not in MAY_DIFFER:
                    said = f"{key(record)} was changed in NetSuite: {each.field} is {each.holds}, written was {each.wants}"
                    refuse(said, f"Bring that back in NetSuite, then undo it again. Or: {BY_HAND}")


def written_for(stripe_id: str) -> tuple[External, ...]:
    """The records of which some stand for an object that can be undone; none of one that cannot."""
    if stripe_id.startswith(INVOICES):
        return (invoice_ref(stripe_id),)
    if stripe_id.startswith(PAYMENTS):
        return may_stand_for(stripe_id)
    if stripe_id.startswith((*REFUNDS, *DISPUTES)):
        return (*money_back(stripe_id), External(RecordType.CREDIT_MEMO, credit_memo_id(stripe_id)))
    if stripe_id.startswith(NOTES):
        return (External(RecordType.CREDIT_MEMO, external_id(stripe_id)),)
    return _payout_records(stripe_id) if stripe_id.startswith(PAYOUTS) else ()


def _payout_records(payout_id: str) -> tuple[External, ...]:
    return tuple(External(kind, external_id(payout_id)) for kind in (RecordType.DEPOSIT, RecordType.JOURNAL_ENTRY))


def _reason_against(because: str) -> Failed | None:
    if not because.strip():
        return Failed(Kind.REFUSED, "there is no reason", "Say why.")
    if len(because) > LONGEST_REASON:
        return Failed(Kind.REFUSED, f"the reason is longer than {LONGEST_REASON} characters", "It becomes a memo: say it shorter.")
    return None
