"""What is known of NetSuite's records: from our own memory first, else asked of NetSuite; and what stands in the place of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.adjusting import Sold, adjusting_entry, entries_of, entry_of, pointed, sold_in
from core.existing import as_held, titled
from core.held import Ask, Asked, Held, HeldRecord, Titled
from core.outcome import Kind, cannot
from core.plan import Plan
from core.ports import Difference, Link, NetSuiteBooks, SyncRecords
from core.records import External, Numbered, Record, key
from core.references import references
from core.settings import Settings
from core.writing import Writing, every_reference


@dataclass(slots=True)
class Looking:
    """`known` is what we know of the records in NetSuite; `sold` are the items of the plan; every mutating call goes through `writing`."""

    books: NetSuiteBooks
    records: SyncRecords
    settings: Settings
    writing: Writing
    known: dict[External, Link] = field(default_factory=dict)
    sold: Mapping[External, Sold] = field(default_factory=dict)

    def prepare(self, plan: Plan) -> Sequence[External]:
        """Learn from our own memory all that this plan speaks of: every record that it writes, refers to or asks for."""
        self.sold = sold_in(plan)
        self._remember(refs := tuple(every_reference(plan)))
        return refs

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
        """What we know of the record, or of the entry in its place, else what NetSuite knows of them."""
        return self.remembered(ref) or self._found(ref) or (self._entry_found(ref) if self.settings.periods.adjusts(ref.type) else None)

    def remembered(self, ref: External) -> Link | None:
        """What we know of the record, or of the entry in its place."""
        entry = entry_of(ref)
        return self.known.get(ref) or (self.known.get(entry) if entry else None)

    def pointed(self, record: Record) -> Record:
        """The record as it is written: it names the entries that stand for its documents."""
        return pointed(record, self.look_up) if self.settings.periods.may_adjust else record

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
                return self.books.read(as_held(ask.ref, self.known)) or self._entry_read(ask.ref)
            case External():
                link = self.remembered(ask.ref) if ask.remembered else self.look_up(ask.ref)
                return HeldRecord(link.internal_id) if link else None

    def differences(self, record: Record) -> Sequence[Difference] | None:
        """The owned fields in which NetSuite differs; None when it has no such record. References that are not there yet count as differences."""
        ref = key(record)
        standing = self.look_up(ref) if self.settings.periods.adjusts(ref.type) else self.remembered(ref)
        if standing is not None and standing.ref != ref:
            return self._differences_of_entry(record)
        return self._compared(self.pointed(record))

    def _compared(self, record: Record) -> Sequence[Difference] | None:
        ids = {ref: link.internal_id for ref in references(record) if (link := self.look_up(ref)) is not None}
        return self.books.compare(record, ids)

    def _differences_of_entry(self, record: Record) -> Sequence[Difference] | None:
        """Of the entry in the record's place: its postings. Its day was the first open one when it was made, whichever that is now."""
        entry = adjusting_entry(record, date.min, self.sold, self.known, self.settings)
        found = self._compared(entry)
        return None if found is None else [each for each in found if each.field not in ("tranDate", "memo")]

    def _entry_read(self, ref: External) -> HeldRecord | None:
        link = self.look_up(ref) if self.settings.periods.adjusts(ref.type) else self.remembered(ref)
        return self.books.read(as_held(link.ref, self.known)) if link is not None and link.ref != ref else None

    def _found(self, ref: External) -> Link | None:
        if (internal_id := self.books.find(ref)) is None:
            return None
        self._keep(link := Link(ref, internal_id, ""))
        return link

    def _entry_found(self, ref: External) -> Link | None:
        entry = entry_of(ref)
        return self._found(entry) if entry else None

    def _look_at(self, refs: Sequence[External]) -> None:
        self._remember(refs)
        self.writing.look_at(refs)

    def _remember(self, refs: Sequence[External]) -> None:
        self.known.update(self.records.links((*refs, *entries_of(refs)) if self.settings.periods.may_adjust else refs))

    def _afresh(self, ref: External) -> Link | None:
        """What NetSuite knows of a record in doubt, whatever we remember; whoever asks writes it again where it differs."""
        for each in (ref, *entries_of((ref,))):
            self.known.pop(each, None)
        self.writing.asserted.append(ref)
        return self.look_up(ref)

    def _forget(self, ref: External) -> None:
        if link := self.records.links([ref]).get(ref):
            self._keep(Link(ref, link.internal_id, ""))

    def _keep(self, link: Link) -> None:
        self.records.remember(link)
        self.known[link.ref] = link
