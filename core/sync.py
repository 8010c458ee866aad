"""The use case: event -> row -> snapshot -> plan -> NetSuite -> outcome; and the same for any Stripe id, as a dry run if wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Protocol

from core.events import acting_subject, is_backfill, reason_to_ignore, subjects_of_id
from core.execute import Executor
from core.held import Ask, Held
from core.inbox import Event
from core.intents import RESYNC, Cause, Intents
from core.metadata import EXCLUDED
from core.outcome import CannotSync, Failed, Ignored, Kind, Outcome, Synced
from core.plan import Amend, Ensure, Linked, Plan, Upsert, checksum, page, page_checksum
from core.ports import Clock, Difference, NetSuiteBooks, StripeReader, SyncRecord, SyncRecords, Turns
from core.records import External, key
from core.settings import Settings
from core.writing import Writing, every_reference


class Subject(Protocol):
    """What can be synced: its name, and the plan of one object."""

    @property
    def name(self) -> str: ...

    def plan(
        self, stripe: StripeReader, stripe_id: str, account: str, settings: Settings, answer: Callable[[Iterable[Ask]], Held]
    ) -> Plan: ...


class Change(StrEnum):
    """What a plan does to one record."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Diff:
    """One record of a plan against what NetSuite holds."""

    record: External
    change: Change
    fields: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one subject: its plan (None when none could be made), how it ended, and in a dry run the differences."""

    subject: str
    plan: Plan | None
    outcome: Outcome
    diffs: tuple[Diff, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncUseCase:
    """What the writer does, with every port it needs."""

    stripe: StripeReader
    books: NetSuiteBooks
    records: SyncRecords
    intents: Intents
    turns: Turns
    clock: Clock
    settings: Settings
    of_account: Mapping[str, Settings] = field(default_factory=dict)

    def settings_for(self, account: str) -> Settings:
        """The settings of a connected Stripe account that has its own, else those of all."""
        return self.of_account.get(account, self.settings)

    def event(self, event: Event) -> Report:
        """Sync the event's subject as it stands now; one of a backfill also from before the books begin."""
        settings = self._by_hand(event.account) if is_backfill(event.type) else self.settings_for(event.account)
        subject = acting_subject(event.type, settings.opted_in)
        if subject is None:
            return Report("", None, Ignored(reason_to_ignore(event.type, settings.opted_in)))
        report = self._sync(subject, event.subject_id, event.account, settings, event.id)
        self._keep(report, event.id, event.type, event.subject_id)
        return report

    def resync(self, stripe_id: str, account: str = "", plan_checksum: str = "") -> Sequence[Report]:
        """Sync every subject that the id stands for, also from before the books begin; with a checksum, only if the plans are still
        those it names."""
        subjects = tuple(subjects_of_id(stripe_id))
        if not subjects:
            return (_unknown_id(stripe_id),)
        if plan_checksum and not self._is_still(subjects, stripe_id, account, plan_checksum):
            return (Report(subjects[0].name, None, changed()),)
        return tuple(self.carry_out(subject, stripe_id, account, RESYNC) for subject in subjects)

    def carry_out(self, subject: Subject, stripe_id: str, account: str, asked: str) -> Report:
        """Sync one subject because a person asked for it, and keep what became of it under the name of what was asked."""
        report = self._sync(subject, stripe_id, account, self._by_hand(account), asked)
        self._keep(report, asked, asked, stripe_id)
        return report

    def preview(self, stripe_id: str, account: str = "") -> Sequence[Report]:
        """The plans and what they would change; nothing is written to NetSuite."""
        subjects = tuple(subjects_of_id(stripe_id))
        return tuple(self.preview_of(subject, stripe_id, account) for subject in subjects) or (_unknown_id(stripe_id),)

    def _by_hand(self, account: str) -> Settings:
        return replace(self.settings_for(account), start_date=None)

    def _sync(self, subject: Subject, stripe_id: str, account: str, settings: Settings, event_id: str) -> Report:
        plan: Plan | None = None
        cause = Cause(event_id, stripe_id, subject.name)
        try:
            mark = self.turns.mark()
            plan = self._plan(subject, stripe_id, account, settings)
            while True:
                targets = frozenset(every_reference(plan))
                with self.turns.take(targets, mark) as turn:
                    if turn.moved:  # another wrote one of these records since Stripe was read: what we read may be older than what it wrote
                        mark = self.turns.mark()
                        plan = self._plan(subject, stripe_id, account, settings)
                    if targets.issuperset(every_reference(plan)):
                        return Report(subject.name, plan, self._execute(plan, settings, cause, turn.token))
        except CannotSync as stop:
            excluded = stop.failed.code == EXCLUDED
            return Report(subject.name, plan, Ignored(stop.failed.message) if excluded else stop.failed)

    def _plan(self, subject: Subject, stripe_id: str, account: str, settings: Settings) -> Plan:
        return subject.plan(self.stripe, stripe_id, account, settings, self.reader(subject, stripe_id, settings).answer)

    def reader(self, subject: Subject, stripe_id: str, settings: Settings) -> Executor:
        """Looks up in NetSuite what a plan of this subject asks about; it writes nothing."""
        return self._executor(settings, Cause("", stripe_id, subject.name))

    def _executor(self, settings: Settings, cause: Cause, token: int = 0) -> Executor:
        return Executor(self.books, self.records, settings, Writing(self.books, self.intents, cause, partial(_is_of, cause.subject), token))

    def _execute(self, plan: Plan, settings: Settings, cause: Cause, token: int) -> Outcome:
        named = replace(cause, plan=checksum(plan), settings=settings.checksum)
        writes = self._executor(settings, named, token).execute(plan)
        if plan.pending:
            return plan.pending
        return Synced(writes) if plan.acts else Ignored(plan.because)

    def preview_of(self, subject: Subject, stripe_id: str, account: str) -> Report:
        """The plan of one subject and what it would change."""
        settings = self._by_hand(account)
        try:
            plan = self._plan(subject, stripe_id, account, settings)
            reader = self.reader(subject, stripe_id, settings)
            reader.prepare(plan)
            for command in plan.commands:
                if isinstance(command, Linked):
                    reader.link(command)
            diffs = tuple(_diff(reader, command) for command in plan.commands if isinstance(command, Ensure | Upsert | Amend))
            return Report(subject.name, plan, Synced() if plan.acts else Ignored(plan.because), diffs)
        except CannotSync as stop:
            return Report(subject.name, None, stop.failed)

    def _is_still(self, subjects: Sequence[Subject], stripe_id: str, account: str, plan_checksum: str) -> bool:
        try:
            plans = (self._plan(subject, stripe_id, account, self._by_hand(account)) for subject in subjects)
            return plan_checksum in {checksum(plan) for plan in plans}
        except CannotSync:
            return False

    def _keep(self, report: Report, event_id: str, event_type: str, stripe_id: str) -> None:
        text = page(report.plan) if report.plan else ""
        self.records.keep(
            SyncRecord(
                event_id=event_id,
                event_type=event_type,
                subject=report.subject,
                stripe_id=stripe_id,
                plan=text,
                checksum=page_checksum(text) if text else "",
                outcome=report.outcome,
                at=self.clock.now(),
            )
        )


def _diff(reader: Executor, command: Ensure | Upsert | Amend) -> Diff:
    record = command.part if isinstance(command, Amend) else command.record
    fields = reader.differences(record)
    if fields is None:
        found = isinstance(command, Amend) or (isinstance(command, Ensure) and reader.found(command))
        return Diff(key(record), Change.UNCHANGED if found else Change.CREATE)
    if isinstance(command, Ensure) or not fields:
        return Diff(key(record), Change.UNCHANGED)
    return Diff(key(record), Change.UPDATE, tuple(fields))


def _is_of(subject: str, ref: External) -> bool:
    """Whether the record is one that this subject says; a payment is the charge's, whoever writes it on the way."""
    return [each.name for each in subjects_of_id(ref.external_id.partition("-")[0])][:1] == [subject]


def _unknown_id(stripe_id: str) -> Report:
    known = "cus_ price_ in_ ch_ py_ re_ dp_ cn_ po_"
    return Report(
        "",
        None,
        Failed(Kind.REFUSED, f"{stripe_id!r} is no id of an object that is synced", f"Give an id that starts with one of: {known}"),
    )


def changed() -> Failed:
    """Why an approved plan is not written."""
    return Failed(
        Kind.REFUSED, "the plan is no longer the one that was approved", "Look at the plan again; Stripe's object changed meanwhile."
    )
