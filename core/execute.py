"""Makes NetSuite hold what a plan says: each record once, by externalId, only when it is missing or differs from what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from core.dating import Periods, day_of, moved_to
from core.held import Ask, Held, HeldRecord
from core.outcome import CannotSync, Kind, cannot, not_built
from core.plan import Absent, Command, Ensure, Plan, Require, Upsert, record_checksum
from core.ports import Difference, Ids, Link, NetSuiteBooks, SyncRecords
from core.records import External, Record, documents, key, references

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Executor:
    """Executes one plan. `known` is what we know of the records in NetSuite; `writes` counts the mutating calls made so far."""

    books: NetSuiteBooks
    records: SyncRecords
    periods: Periods = field(default_factory=Periods)
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
            case Ensure(record):
                self._ensure(record)
            case Upsert(record):
                self._upsert(record)
            case Require(ref, made_by):
                self.require(ref, made_by)
            case Absent(ref, otherwise):
                if self.look_up(ref) is not None:
                    raise CannotSync(not_built(otherwise))

    def _ensure(self, record: Record) -> None:
        if key(record) not in self.known and not self._create(record):
            self._adopt(record)

    def _upsert(self, record: Record) -> None:
        link = self.known.get(key(record))
        if link is not None and link.checksum == record_checksum(record):
            return
        if link is None:
            if self._create(record):
                return
            link = self._adopt(record)
        if link.checksum or self.differences(record):
            self._in_an_open_period(record, lambda dated: self.books.bring_into_line(dated, self._ids(dated)))
            self.writes += 1
        self._remember(record, link.internal_id)

    def _create(self, record: Record) -> bool:
        """False when the externalId is taken: then nothing was written."""
        internal_id = self._in_an_open_period(record, lambda dated: self.books.create(dated, self._ids(dated)))
        if internal_id is None:
            return False
        self.writes += 1
        self._remember(record, internal_id)
        return True

    def _in_an_open_period(self, record: Record, write: Callable[[Record], Answer]) -> Answer:
        """Write it on its day; when that day's period is closed and policy allows, on the first open day. What is remembered is the
        record as it was wanted, so that the move is no change the next time."""
        try:
            return write(record)
        except CannotSync as stopped:
            day = day_of(record)
            if stopped.failed.kind is not Kind.PERIOD_CLOSED or day is None or not self.periods.moves(record):
                raise
            open_day = self.books.first_open_day(day)
            if open_day is None or open_day == day:
                raise
            return write(moved_to(record, open_day))

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
        self.known.update(self.records.links(ask.ref for ask in asked))
        found = {ask.ref: held for ask in asked if (held := self._held(ask)) is not None}
        return Held(found)

    def _held(self, ask: Ask) -> HeldRecord | None:
        if ask.read:
            return self.books.read(ask.ref)
        link = self.look_up(ask.ref)
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
                refs += (key(record), *references(record))
            case Require(ref) | Absent(ref):
                refs.append(ref)
    return dict.fromkeys(refs)
