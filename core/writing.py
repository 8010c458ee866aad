"""Writing NetSuite's books so that nothing is ever taken for certain that is not: the intent before each call, proof after a lost answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from core.existing import in_turn_with
from core.intents import Act, Cause, Doubt, Ending, Intent, Intents
from core.outcome import CannotSync, Failed, Kind
from core.plan import Amend, Ensure, Linked, Plan, Require, Upsert, record_checksum
from core.ports import Ids, Link, NetSuiteBooks
from core.records import External, Record, RecordGroup, Ref, key
from core.references import references

Answer = TypeVar("Answer")

SOON_S = 5
"""A call that another sync is making now has mostly ended by then."""


@dataclass(slots=True)
class Writing:
    """Every mutating call of one sync goes through here, under one turn. `writes` counts those that were carried out.

    `owns`: whether a record is this subject's own to say. `doubts`: what is not certain of the records looked at; `asserted`: the
    records in doubt that were read since, and written where they differed.
    """

    books: NetSuiteBooks
    intents: Intents
    cause: Cause
    owns: Callable[[External], bool]
    token: int = 0
    writes: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    asserted: list[External] = field(default_factory=list)

    def create(self, record: Record, ids: Ids, wanted: Record) -> Link | None:
        """The link of what was made; None when the externalId is taken. `wanted` is the record as it was before its day had to move, or
        an entry to take its place."""

        def made(internal_id: str | None) -> Link | None:
            return None if internal_id is None else Link(key(record), internal_id, record_checksum(wanted))

        return made(self._call(key(record), Act.CREATE, wanted, lambda: self.books.create(record, ids), made))

    def bring_into_line(self, record: Record, ids: Ids, link: Link, wanted: Record) -> None:
        """`link` is what is remembered once it is done."""
        self._call(key(record), Act.BRING_INTO_LINE, wanted, lambda: self.books.bring_into_line(record, ids), lambda _: link)

    def amend(self, part: Record, link: Link) -> None:
        """`link` is what is remembered once it is done."""
        self._call(key(part), Act.AMEND, part, lambda: self.books.amend(part, link.internal_id), lambda _: link)

    def allow_currency(self, customer: Ref, currency: str, of: Record) -> None:
        """For a transaction that NetSuite refused; its own record is what hangs on the answer."""
        self._call(key(of), Act.ADD_CURRENCY, of, lambda: self.books.allow_currency(customer, currency))

    def give_external_id(self, record: Record, internal_id: str) -> None:
        """Our externalId, to a record that a person made."""
        give = self.books.give_external_id
        self._call(key(record), Act.GIVE_EXTERNAL_ID, record, lambda: give(record.type, internal_id, record.external_id))

    def look_at(self, refs: Iterable[External]) -> None:
        """Learn which of these records, and of those that this subject wrote before, are in doubt."""
        self.doubts = list(self.intents.doubts(refs, self.cause))

    def in_doubt(self, ref: External) -> bool:
        """Whether what we remember of the record is no proof of what NetSuite holds."""
        return any(doubt.is_of(ref) for doubt in self.doubts)

    def is_absent(self, ref: External) -> None:
        """NetSuite was asked and has no such record: CannotSync(not_ready) while a lost call, or one under way, may yet create it."""
        open_ = [doubt for doubt in self.doubts if doubt.is_of(ref) and doubt.left_s]
        if open_:
            failed = unknown(open_)
            raise CannotSync(replace(failed, retry_after_s=min(failed.retry_after_s, SOON_S)) if open_[-1].under_way else failed)

    def conclude(self, planned: Iterable[External], reckoned: Iterable[External], forget: Callable[[External], None]) -> None:
        """All is written. Doubts whose time has passed and whose record was read since are no more; CannotSync(not_ready) when others
        are left. `planned` are the records that the plan speaks of, `reckoned` those that its rule found there; `forget` drops what we
        remember of one."""
        refs = tuple(planned)
        ripe = [doubt for doubt in self.doubts if not doubt.left_s]
        certain = [doubt for doubt in ripe if any(doubt.is_of(ref) for ref in self.asserted)]
        left_over = [doubt for doubt in ripe if doubt not in certain and not any(doubt.is_of(ref) for ref in refs)]
        found = tuple(reckoned)
        unasked = (doubt for doubt in left_over if not any(doubt.is_of(ref) for ref in found))
        unwanted = next((doubt for doubt in unasked if self._stands_unwanted(doubt, forget)), None)
        if done := [doubt.number for doubt in (*certain, *left_over)]:
            self.intents.certain(done)
        if unwanted:
            raise CannotSync(_unwanted(unwanted))
        if open_ := [doubt for doubt in self.doubts if doubt.left_s]:
            raise CannotSync(unknown(open_))

    def _stands_unwanted(self, doubt: Doubt, forget: Callable[[External], None]) -> bool:
        """A lost call wrote what the plan does not ask for any more: is it there, and this subject's own? What is another's is compared
        when that one is synced."""
        if self.books.find(doubt.ref) is None:
            return False
        forget(doubt.ref)
        return doubt.ref.group is RecordGroup.TRANSACTION and self.owns(doubt.ref)

    def _call(
        self,
        ref: External,
        act: Act,
        wanted: Record,
        call: Callable[[], Answer],
        link: Callable[[Answer], Link | None] = lambda _: None,
    ) -> Answer:
        """Intent, call, end. Whatever else stops us in between leaves the intent open, and with it the doubt."""
        number = self.intents.begin(Intent(ref, act, record_checksum(wanted), self.token, self.cause))
        try:
            answer = call()
        except CannotSync as stopped:
            self.intents.end(number, Ending.UNKNOWN if stopped.failed.in_doubt else Ending.REFUSED)
            raise
        taken = act is Act.CREATE and answer is None
        self.intents.end(number, Ending.REFUSED if taken else Ending.WRITTEN, link(answer))
        self.writes += not taken
        return answer


def unknown(doubts: Iterable[Doubt]) -> Failed:
    """The subject waits until the last of these can be known."""
    last = max(doubts, key=lambda doubt: doubt.left_s)
    return Failed(
        Kind.NOT_READY,
        f"{last.ref} is in doubt: a call that writes it got no answer, and NetSuite may still carry it out",
        "Nothing to do: when that time has passed it is read back, written again where it differs, and only then counted as synced.",
        record=str(last.ref),
        retry_after_s=last.left_s,
    )


def _unwanted(doubt: Doubt) -> Failed:
    return Failed(
        Kind.REFUSED,
        f"{doubt.ref} stands in NetSuite by a call whose answer was lost, and {doubt.cause.stripe_id} does not ask for it any more",
        "Look at it in NetSuite, reverse it there if it is wrong, then retry the event.",
        record=str(doubt.ref),
    )


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
