"""Makes NetSuite hold what a plan says: each record once, by externalId, only when it is missing or differs from what we last wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.adjusting import adjusting_entry, changed
from core.dating import day_of, moved_to
from core.existing import another_total, gone, later, matched, not_held, paid_already, taken
from core.looking import Looking
from core.outcome import CannotSync, Failed, Kind
from core.plan import Amend, Command, Ensure, Linked, Match, Plan, Require, Upsert, record_checksum
from core.ports import Hit, Ids, Link
from core.records import (
    Customer,
    Deposit,
    External,
    Record,
    key,
)
from core.references import customer_of, documents, references

Answer = TypeVar("Answer")

WAYS_ROUND = (Kind.PERIOD_CLOSED, Kind.REFUSED)
"""What may stand in the way of a record one after the other: its day, then its currency."""


@dataclass(slots=True)
class Executor(Looking):
    """Executes one plan."""

    def execute(self, plan: Plan) -> int:
        """How many mutating calls it took. CannotSync leaves what was written before it: a retry goes on from there; not_ready also
        when all is written and the end of some call is not certain yet."""
        self.writing.look_at(refs := self.prepare(plan))
        for ref in gone(self.books, plan.writes, self.known) if self.writing.cause.by_hand else ():
            del self.known[ref]
        for command in plan.commands:
            self._do(command)
        self.writing.conclude(refs, plan.reckons_with, self._forget)
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
        link = self.remembered(key(record))
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
        link = self._afresh(ref) if self.writing.in_doubt(ref) else self.remembered(ref)
        if link is None:
            if self._create(record):
                self._comes_to(record)
                return
            link = self._adopt(record)
        if link.ref != ref:
            self._leave(record, link)
            return
        as_wanted = Link(ref, link.internal_id, record_checksum(record))
        if link.checksum or self.differences(record):
            self._write(self.pointed(record), lambda dated: self.writing.bring_into_line(dated, self._ids(dated), as_wanted, record))
            self.known[ref] = as_wanted
            self._comes_to(record)
        else:
            self._keep(as_wanted)

    def _comes_to(self, record: Record) -> None:
        """A Deposit is read back, for its members bring what NetSuite holds of them. CannotSync(refused) when it comes to another total;
        what is remembered of it then is not that it is as it should be."""
        if not isinstance(record, Deposit):
            return
        if total := next((each for each in self.differences(record) or () if each.field == "total"), None):
            self._keep(Link(key(record), self.known[key(record)].internal_id, ""))
            another_total(key(record), total)

    def _create(self, record: Record) -> bool:
        """False when the externalId is taken: then nothing was written."""
        link = self._write(self.pointed(record), lambda dated: self.writing.create(dated, self._ids(dated), record), new=True)
        if link is not None:
            self.known[link.ref] = link
        return link is not None

    def _leave(self, record: Record, entry: Link) -> None:
        """An entry stands in the record's place: it is left as it is, where its postings are the record's."""
        if self.differences(record):
            changed(entry.ref)
        self._keep(Link(entry.ref, entry.internal_id, record_checksum(record)))

    def _write(self, record: Record, call: Callable[[Record], Answer], *, new: bool = False) -> Answer:
        """Write it; when NetSuite refuses its day, its currency, or one after the other, and the settings allow a way round, go that way."""
        for _ in WAYS_ROUND:
            try:
                return call(record)
            except CannotSync as stopped:
                other = self._way_round(record, stopped.failed, new=new)
                if other is None:
                    raise
                record = other
        return call(record)

    def _way_round(self, record: Record, refused: Failed, *, new: bool) -> Record | None:
        """On the first open day, when the day's period is closed, or there an entry in the place of a `new` record (what is remembered is
        the record as it was wanted, so that the move is no change the next time); the same again, once its customer may be billed in its currency; None: there is no way."""
        day = day_of(record)
        customer = customer_of(record)
        periods = self.settings.periods
        adjusts = new and periods.adjusts(record.type)
        if refused.kind is Kind.PERIOD_CLOSED and day is not None and (adjusts or periods.moves(record)):
            open_day = self.books.first_open_day(day)
            if open_day is None or open_day == day:
                return None
            return adjusting_entry(record, open_day, self.sold, self.known, self.settings) if adjusts else moved_to(record, open_day)
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
        link = self._found(key(record)) or self._entry_found(key(record))
        if link is None:
            self.writing.is_absent(key(record))
            taken(key(record))
        return link

    def _ids(self, record: Record) -> Ids:
        for ref in documents(record):
            self.require(ref, ref.external_id)
        return {ref: self.known[ref].internal_id for ref in references(record) if ref in self.known}
