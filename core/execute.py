"""Makes NetSuite hold what a plan says: each record once, by externalId, only when it is missing or differs from what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.dating import day_of, moved_to
from core.existing import as_held, in_turn_with, later, matched, paid_already, titled
from core.held import Ask, Asked, Held, HeldRecord, Titled
from core.outcome import CannotSync, Failed, Kind, cannot
from core.plan import Amend, Command, Ensure, Linked, Match, Plan, Require, Upsert, record_checksum
from core.ports import Difference, Hit, Ids, Link, NetSuiteBooks, SyncRecords
from core.records import (
    Customer,
    External,
    Numbered,
    Record,
    key,
)
from core.references import customer_of, documents, references
from core.settings import Settings

Answer = TypeVar("Answer")

WAYS_ROUND = (Kind.PERIOD_CLOSED, Kind.REFUSED)
"""What may stand in the way of a record one after the other: its day, then its currency."""


@dataclass(slots=True)
class Executor:
    """Executes one plan. `known` is what we know of the records in NetSuite; `writes` counts the mutating calls made so far."""

    books: NetSuiteBooks
    records: SyncRecords
    settings: Settings
    known: dict[External, Link] = field(default_factory=dict)
    writes: int = 0

    def execute(self, plan: Plan) -> int:
        """How many mutating calls it took. CannotSync leaves what was written before it: a retry goes on from there."""
        self.known.update(self.records.links(every_reference(plan)))
        for command in plan.commands:
            self._do(command)
        return self.writes

    def _do(self, command: Command) -> None:
        match command:
            case Ensure(record, matches, named):
                self._ensure(record, matches, named)
            case Upsert(record, instead):
                self._upsert(record, instead)
            case Amend(part, whole):
                self._amend(part, whole)
            case Linked():
                self.link(command)
            case Require(ref, made_by):
                self.require(ref, made_by)

    def _ensure(self, record: Record, matches: Sequence[Match], named: Linked | None) -> None:
        if key(record) in self.known or (matches and self.look_up(key(record))):
            return
        hit = matched(self.books, record, matches)
        if hit is not None:
            self._take_over(record, hit)
        elif named is not None:
            self.link(named)
        elif not self._create(record):
            self._adopt(record)

    def found(self, command: Ensure) -> bool:
        """Whether it would create nothing: some record matches, or a person named one, which is then remembered."""
        if matched(self.books, command.record, command.matches):
            return True
        if command.named is not None:
            self.link(command.named)
        return command.named is not None

    def _upsert(self, record: Record, instead: Record | None) -> None:
        link = self.known.get(key(record))
        if link is not None and link.checksum in {record_checksum(each) for each in (record, instead) if each}:
            return
        try:
            self._bring(record)
        except CannotSync as stopped:
            paid = paid_already(self.books, record, stopped.failed, self.known)
            if paid is None:
                raise CannotSync(later(stopped.failed)) from None
            if instead is None:
                raise CannotSync(paid) from None
            self._bring(instead)

    def _bring(self, record: Record) -> None:
        link = self.known.get(key(record))
        if link is None:
            if self._create(record):
                return
            link = self._adopt(record)
        if link.checksum or self.differences(record):
            self._write(record, lambda dated: self.books.bring_into_line(dated, self._ids(dated)))
            self.writes += 1
        self._remember(record, link.internal_id)

    def _create(self, record: Record) -> bool:
        """False when the externalId is taken: then nothing was written."""
        internal_id = self._write(record, lambda dated: self.books.create(dated, self._ids(dated)))
        if internal_id is None:
            return False
        self.writes += 1
        self._remember(record, internal_id)
        return True

    def _write(self, record: Record, call: Callable[[Record], Answer]) -> Answer:
        """Write it; when NetSuite refuses its day, its currency, or one after the other, and the settings allow a way round, go that way."""
        for _ in WAYS_ROUND:
            try:
                return call(record)
            except CannotSync as stopped:
                other = self._way_round(record, stopped.failed)
                if other is None:
                    raise
                record = other
        return call(record)

    def _way_round(self, record: Record, refused: Failed) -> Record | None:
        """On the first open day, when the day's period is closed (what is remembered is the record as it was wanted, so that the move is
        no change the next time); the same again, once its customer may be billed in its currency; None: there is no way."""
        day = day_of(record)
        customer = customer_of(record)
        if refused.kind is Kind.PERIOD_CLOSED and day is not None and self.settings.periods.moves(record):
            open_day = self.books.first_open_day(day)
            return moved_to(record, open_day) if open_day not in (None, day) else None
        if refused.kind is Kind.REFUSED and refused.field == "currency" and customer is not None and self.settings.customers_add_currency:
            self.books.allow_currency(*customer)
            self.writes += 1
            return record
        return None

    def _amend(self, part: Customer, whole: Customer) -> None:
        link = self.require(key(part), whole.external_id)
        if link.checksum not in (record_checksum(part), record_checksum(whole)):
            self.books.amend(part, link.internal_id)
            self.writes += 1
            self._remember(part, link.internal_id)

    def link(self, to: Linked) -> None:
        """Remember the record that a person named, once NetSuite has said that it holds it."""
        known = self.known.get(to.ref)
        if known is not None and known.internal_id == to.internal_id:
            return
        if not self.books.holds(to.type, to.internal_id):
            cannot(
                Kind.REFUSED,
                f"{to.metadata_key} of {to.stripe_id} names {to.type} #{to.internal_id}, which NetSuite does not hold",
                f"Mend {to.metadata_key} on {to.stripe_id} in Stripe, or take it away, then retry.",
                record=f"{to.type} #{to.internal_id}",
            )
        self._keep(Link(to.ref, to.internal_id, ""))

    def _take_over(self, record: Record, hit: Hit) -> None:
        if not hit.external_id:
            self.books.give_external_id(record.type, hit.internal_id, record.external_id)
            self.writes += 1
        self._keep(Link(key(record), hit.internal_id, ""))

    def _adopt(self, record: Record) -> Link:
        """Link the record that holds our externalId already: made before our memory began, or by a call whose answer was lost."""
        internal_id = self.books.find(key(record))
        if internal_id is None:
            cannot(
                Kind.REFUSED,
                f"externalId {record.external_id} is taken in NetSuite, but by no {record.type}",
                "Find the record that holds this externalId in NetSuite and clear it there, then retry.",
                record=str(key(record)),
            )
        self._keep(link := Link(key(record), internal_id, ""))
        return link

    def require(self, ref: External, made_by: str) -> Link:
        """The record's link; CannotSync(not_ready) while NetSuite has none."""
        link = self.look_up(ref)
        if link is None:
            cannot(
                Kind.NOT_READY,
                f"{ref} is not in NetSuite yet",
                f"Nothing to do: it is tried again when {made_by} is synced. If that one failed, mend it first.",
                record=str(ref),
                waits_for=made_by,
            )
        return link

    def look_up(self, ref: External) -> Link | None:
        """What we know of the record, else what NetSuite knows of it."""
        if ref not in self.known:
            internal_id = self.books.find(ref)
            if internal_id is None:
                return None
            self._keep(Link(ref, internal_id, ""))
        return self.known[ref]

    def answer(self, asks: Iterable[Ask]) -> Held:
        """What NetSuite holds of the records asked about."""
        asked = tuple(asks)
        self.known.update(self.records.links(ask.ref for ask in asked if isinstance(ask.ref, External)))
        found: dict[Asked, HeldRecord] = {}
        for ask in asked:
            needless = any(other in self.known for other in ask.unless)
            if not needless and (held := self._held(ask)) is not None:
                found[ask.ref] = held
        return Held(found)

    def _held(self, ask: Ask) -> HeldRecord | None:
        match ask.ref:
            case Numbered():
                return self.books.read(ask.ref)
            case Titled():
                return titled(self.books, ask.ref)
            case External() if ask.read:
                return self.books.read(as_held(ask.ref, self.known))
            case External():
                link = self.known.get(ask.ref) if ask.remembered else self.look_up(ask.ref)
                return HeldRecord(link.internal_id) if link else None

    def differences(self, record: Record) -> Sequence[Difference] | None:
        """The owned fields in which NetSuite differs; None when it has no such record. References that are not there yet count as differences."""
        ids = {ref: link.internal_id for ref in references(record) if (link := self.look_up(ref)) is not None}
        return self.books.compare(record, ids)

    def _ids(self, record: Record) -> Ids:
        for ref in documents(record):
            self.require(ref, ref.external_id)
        return {ref: self.known[ref].internal_id for ref in references(record) if ref in self.known}

    def _remember(self, record: Record, internal_id: str) -> None:
        self._keep(Link(key(record), internal_id, record_checksum(record)))

    def _keep(self, link: Link) -> None:
        self.records.remember(link)
        self.known[link.ref] = link


def every_reference(plan: Plan) -> Iterable[External]:
    """Every record that the plan writes, refers to or asks for, each once."""
    refs: list[External] = []
    for command in plan.commands:
        match command:
            case Ensure(record) | Upsert(record):
                refs += (key(record), *references(record), *in_turn_with(record, command.matches if isinstance(command, Ensure) else ()))
            case Amend() | Linked() | Require():
                ref = command.ref
                refs.append(ref)
    return dict.fromkeys(refs)
