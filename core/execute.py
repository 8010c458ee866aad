"""Makes NetSuite hold what a plan says: each record once, by externalId, only when it is missing or differs from what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.dating import day_of, moved_to
from core.existing import as_held, gone, later, matched, not_held, paid_already, taken, titled
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
from core.writing import Writing, every_reference

Answer = TypeVar("Answer")

WAYS_ROUND = (Kind.PERIOD_CLOSED, Kind.REFUSED)
"""What may stand in the way of a record one after the other: its day, then its currency."""


@dataclass(slots=True)
class Executor:
    """Executes one plan. `known` is what we know of the records in NetSuite; every mutating call goes through `writing`."""

    books: NetSuiteBooks
    records: SyncRecords
    settings: Settings
    writing: Writing
    known: dict[External, Link] = field(default_factory=dict)

    def execute(self, plan: Plan) -> int:
        """How many mutating calls it took. CannotSync leaves what was written before it: a retry goes on from there; not_ready also
        when all is written and the end of some call is not certain yet."""
        self._look_at(refs := tuple(every_reference(plan)))
        for ref in gone(self.books, plan.writes, self.known) if self.writing.cause.by_hand else ():
            del self.known[ref]
        for command in plan.commands:
            self._do(command)
        self.writing.conclude(refs, self._forget)
        return self.writing.writes

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
        if self._stands(key(record), matches):
            return
        hit = matched(self.books, record, matches)
        if hit is not None:
            self._take_over(record, hit)
        elif named is not None:
            self.link(named)
        elif not self._create(record):
            self._adopt(record)

    def _stands(self, ref: External, matches: Sequence[Match]) -> bool:
        if self.writing.in_doubt(ref):
            return self._afresh(ref) is not None
        return ref in self.known or (bool(matches) and self.look_up(ref) is not None)

    def found(self, command: Ensure) -> bool:
        """Whether it would create nothing: some record matches, or a person named one, which is then remembered."""
        if matched(self.books, command.record, command.matches):
            return True
        if command.named is not None:
            self.link(command.named)
        return command.named is not None

    def _upsert(self, record: Record, instead: Record | None) -> None:
        link = self.known.get(key(record))
        as_wanted = link is not None and link.checksum in {record_checksum(each) for each in (record, instead) if each}
        if as_wanted and not self.writing.in_doubt(key(record)):
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
        ref = key(record)
        link = self._afresh(ref) if self.writing.in_doubt(ref) else self.known.get(ref)
        if link is None:
            if self._create(record):
                return
            link = self._adopt(record)
        as_wanted = Link(ref, link.internal_id, record_checksum(record))
        if link.checksum or self.differences(record):
            self._write(record, lambda dated: self.writing.bring_into_line(dated, self._ids(dated), as_wanted, record))
            self.known[ref] = as_wanted
        else:
            self._keep(as_wanted)

    def _create(self, record: Record) -> bool:
        """False when the externalId is taken: then nothing was written."""
        link = self._write(record, lambda dated: self.writing.create(dated, self._ids(dated), record))
        if link is not None:
            self.known[link.ref] = link
        return link is not None

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
            self.writing.allow_currency(*customer, of=record)
            return record
        return None

    def _amend(self, part: Customer, whole: Customer) -> None:
        ref = key(part)
        link = self.require(ref, whole.external_id)
        if self.writing.in_doubt(ref) or link.checksum not in (record_checksum(part), record_checksum(whole)):
            self.known[ref] = Link(ref, link.internal_id, record_checksum(part))
            self.writing.amend(part, self.known[ref])
        self.writing.asserted.append(ref)

    def link(self, to: Linked) -> None:
        """Remember the record that a person named, once NetSuite has said that it holds it."""
        self.writing.asserted.append(to.ref)
        known = self.known.get(to.ref)
        if known is not None and known.internal_id == to.internal_id:
            return
        if not self.books.holds(to.type, to.internal_id):
            not_held(to)
        self._keep(Link(to.ref, to.internal_id, ""))

    def _take_over(self, record: Record, hit: Hit) -> None:
        if not hit.external_id:
            self.writing.give_external_id(record, hit.internal_id)
        self._keep(Link(key(record), hit.internal_id, ""))

    def _adopt(self, record: Record) -> Link:
        """Link the record that holds our externalId already: made before our memory began, or by a call whose answer was lost."""
        internal_id = self.books.find(key(record))
        if internal_id is None:
            self.writing.is_absent(key(record))
            taken(key(record))
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
        self._look_at([ask.ref for ask in asked if isinstance(ask.ref, External)])
        found: dict[Asked, HeldRecord] = {}
        for ask in asked:
            if any(other in self.known for other in ask.unless):
                continue
            if (held := self._held(ask)) is not None:
                found[ask.ref] = held
            elif isinstance(ask.ref, External) and not ask.remembered:
                self.writing.is_absent(ask.ref)
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

    def _look_at(self, refs: Sequence[External]) -> None:
        self.known.update(self.records.links(refs))
        self.writing.look_at(refs)

    def _afresh(self, ref: External) -> Link | None:
        """What NetSuite knows of a record in doubt, whatever we remember; whoever asks writes it again where it differs."""
        self.known.pop(ref, None)
        self.writing.asserted.append(ref)
        return self.look_up(ref)

    def _forget(self, ref: External) -> None:
        if link := self.records.links([ref]).get(ref):
            self._keep(Link(ref, link.internal_id, ""))

    def _keep(self, link: Link) -> None:
        self.records.remember(link)
        self.known[link.ref] = link
