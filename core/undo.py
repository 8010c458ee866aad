"""`undo`: what was written for a Stripe object is taken back by records that oppose it, and the object is excluded from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Never

from core.held import Ask, Held
from core.linking import linked, links_of
from core.mapping import mapped
from core.metadata import EXCLUDED, UNDONE
from core.notes import Note, Notes
from core.outcome import Failed, Kind, cannot
from core.plan import Plan, Upsert, checksum, nothing, record_checksum
from core.ports import Clock, StripeReader
from core.records import key
from core.rules.undoing import (
    BY_HAND,
    Undoing,
    asks_of_undone_charge,
    asks_of_undone_invoice,
    plan_undo_of_charge,
    plan_undo_of_invoice,
    reversal_of,
    written_for,
)
from core.settings import Settings
from core.snapshot import Charge, Invoice, Refunds
from core.statements import StripeBalance
from core.sync import Report, SyncUseCase, changed

UNDO = "undo"
"""The event of what a person undoes."""

LONGEST_REASON = 300
PAYMENTS, INVOICES, STAY = ("ch_", "py_"), ("in_",), ("cus_", "price_", "plan_")
MAY_DIFFER = {"tranDate", "dueDate", "memo"}
"""What the opposite record does not have to follow."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Plans and writes the way back. `stripe` reads objects whether they are excluded or not, with what operators said of the others."""

    use_case: SyncUseCase
    stripe: StripeReader
    balance: StripeBalance
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

    def plan(
        self, _stripe: StripeReader, stripe_id: str, account: str, settings: Settings, answer: Callable[[Iterable[Ask]], Held]
    ) -> Plan:
        """The way back; nothing when nothing was written. CannotSync(refused) while something builds on it, or when it is not ours."""
        if stripe_id.startswith(STAY):
            return nothing("Customers and items post nothing: there is nothing to undo.")
        if not stripe_id.startswith(PAYMENTS + INVOICES):
            _refuse(f"`undo` knows charges and invoices; {stripe_id} is neither", BY_HAND)
        link = self.of.use_case.records.links([written_for(stripe_id)]).get(written_for(stripe_id))
        if link is None:
            return nothing(f"No {written_for(stripe_id)} was written: there is nothing to undo; `exclude` keeps the object out.")
        if not link.checksum:
            _refuse(
                f"{written_for(stripe_id)} was found in NetSuite, not written", f"If it is ours, resync {stripe_id} first. Else: {BY_HAND}"
            )
        made = self._made(stripe_id, account, settings, answer)
        self._is_unedited(made, stripe_id, settings, link.checksum)
        return made

    def _made(self, stripe_id: str, account: str, settings: Settings, answer: Callable[[Iterable[Ask]], Held]) -> Plan:
        snapshot: Refunds | Invoice
        if stripe_id.startswith(INVOICES):
            snapshot = self.of.stripe.read(Invoice, stripe_id, account)
            held = answer(asks_of_undone_invoice(snapshot))
            made = plan_undo_of_invoice(snapshot, settings, held, self.by)
        else:
            snapshot = self.of.stripe.read(Refunds, stripe_id, account)
            held = answer(asks_of_undone_charge(snapshot))
            made = plan_undo_of_charge(snapshot, settings, held, self.by)
            if reversal_of(stripe_id) not in held:
                self._waits_in_stripe(snapshot.charge, account)
        return mapped(linked(made, links_of(snapshot, settings, held)), snapshot, settings)

    def _waits_in_stripe(self, charge: Charge, account: str) -> None:
        """A payment that a payout took may be a member of its Deposit."""
        moved = charge.balance_transaction
        if moved is None or moved.id not in {row.id for row in self.of.balance.unpaid(account)}:
            _refuse(
                f"a payout has paid {charge.id} out, and its payment may be inside that Deposit", f"A Deposit cannot be undone. {BY_HAND}"
            )

    def _is_unedited(self, made: Plan, stripe_id: str, settings: Settings, written: str) -> None:
        """What stands as we last wrote it is not written again: then nobody may have changed what the opposite record opposes."""
        reader = self.of.use_case.reader(self, stripe_id, settings)
        for record in (each.record for each in made.commands if isinstance(each, Upsert)):
            if key(record) != written_for(stripe_id) or record_checksum(record) != written:
                continue
            for found in reader.differences(record) or ():
                if found.field not in MAY_DIFFER:
                    said = f"{key(record)} was changed in NetSuite: {found.field} is {found.holds}, written was {found.wants}"
                    _refuse(said, f"Bring that back in NetSuite, then undo it again. Or: {BY_HAND}")


def _reason_against(because: str) -> Failed | None:
    if not because.strip():
        return Failed(Kind.REFUSED, "there is no reason", "Say why.")
    if len(because) > LONGEST_REASON:
        return Failed(Kind.REFUSED, f"the reason is longer than {LONGEST_REASON} characters", "It becomes a memo: say it shorter.")
    return None


def _refuse(message: str, remedy: str) -> Never:
    cannot(Kind.REFUSED, message, remedy)
