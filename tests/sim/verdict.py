"""When a story is over: every event settled, the books those of the independent reference, every record as its rule says, and all still."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.netsuite.memory import InProcessTransport
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.turns import InProcessTurns
from core.events import acting_subject
from core.external_ids import reversed_id
from core.inbox import Event, EventState
from core.outcome import Failed
from core.plan import Amend, Ensure, Linked, Upsert
from core.ports import SyncRecords
from core.records import RecordType, key
from core.sync import Report, SyncUseCase
from tests.proof.reference import Reference, differences
from tests.proof.run import ROLE_OF, SETTINGS, WRITES, minor
from tests.proof.world_reader import WorldReader

if TYPE_CHECKING:
    from tests.sim.run import Simulation

OF_OURS = ("customer", "serviceSaleItem", "invoice", "customerPayment", "creditMemo", "customerRefund", "deposit", "journalEntry")


class Accepted(InProcessTransport):
    """Counts the writes that NetSuite took: to find out that an externalId is taken costs a call and changes nothing."""

    mutating = 0

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        reply = super().send(method, path, query, body, headers)
        self.mutating += method in WRITES and "/record/" in path and reply.status < 300
        return reply


def verdict(story: Simulation) -> Iterator[str]:
    """A sentence for each thing that is not as it must be."""
    yield from _events(story)
    yield from _books(story)
    yield from _dues(story)
    yield from _unbalanced(story)
    days_moved, memory_is_old = story.swarm.closes_a_period, story.met["store restored", "writer", "-"] > 0
    # A day that had to move is compared, and moved again, by whoever found the record without a memory of it.
    if not days_moved:
        yield from _still(story, MemorySyncRecords(), "a fresh memory")
    # What was written since the backup is written once more, the same.
    if days_moved or memory_is_old:
        list(_still(story, story.eye.records, ""))
    yield from _still(story, story.eye.records, "what the writer remembers")


def _events(story: Simulation) -> Iterator[str]:
    """I-09, I-10."""
    found = story.eye.stored()
    for event in story.all:
        stored = found.get(event.id)
        if stored is None:
            yield f"I-11: {event.type} {event.subject_id} is not stored"
        elif stored.state not in (EventState.SYNCED, EventState.IGNORED):
            why = f": {stored.failed.kind} {stored.failed.message}" if stored.failed else ""
            yield f"I-09: {event.type} {event.subject_id} is {stored.state} at last{why}"


def _reference(story: Simulation) -> Reference:
    account = story.world.account
    kinds = ("customerPayment", "customerRefund", "deposit", "journalEntry")
    booked = frozenset(str(record.fields.get("externalId")) for kind in kinds for record in story.netsuite.records(kind))
    return Reference(account.listed, account.listed, booked)


def _books(story: Simulation) -> Iterator[str]:
    """I-01, I-12."""
    books: Counter[tuple[str, str]] = Counter()
    for line in story.netsuite.trial_balance():
        if net := line.debit - line.credit:
            books[ROLE_OF.get(line.account, line.name), line.currency.lower()] += minor(net, line.currency)
    for role, currency, expected, found in differences(_reference(story).balances(), books):
        yield f"I-01: {role} {currency}: expected {expected}, found {found}"


def _dues(story: Simulation) -> Iterator[str]:
    """I-03: whatever was credited and applied, an invoice is due what Stripe still asks for."""
    due = {
        (item.external_id, item.currency.lower()): minor(item.remaining, item.currency)
        for item in story.netsuite.open_receivables()
        if item.type == "invoice"
    }
    for invoice, currency, expected, found in differences(_reference(story).dues(), Counter(due)):
        yield f"I-03: due on {invoice} {currency}: expected {expected}, found {found}"


def _unbalanced(story: Simulation) -> Iterator[str]:
    """I-02."""
    for lines in (story.netsuite.trial_balance(), story.netsuite.base_trial_balance()):
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            sums[line.currency] += line.debit - line.credit
        yield from (f"I-02: debits exceed credits by {left} {currency}" for currency, left in sums.items() if left)


def _still(story: Simulation, records: SyncRecords, whose: str) -> Iterator[str]:
    """I-05, I-07, I-14: every event again writes nothing, and names every record that NetSuite holds."""
    transport = Accepted(story.netsuite)
    intents = MemoryIntents(records)
    core = SyncUseCase(WorldReader(story.world), RestBooks(transport), records, intents, InProcessTurns(), story.eye.clock, SETTINGS)
    named: set[tuple[str, str]] = set()
    for event in _asking(story.all):
        before = transport.mutating
        report = core.event(event)
        named |= set(_named(report))
        if transport.mutating != before:
            yield f"I-14: {event.type} {event.subject_id} again, with {whose}, made {transport.mutating - before} mutating calls"
        if isinstance(report.outcome, Failed):
            yield f"I-12: {event.type} {event.subject_id} again, with {whose}, failed: {report.outcome.message}"
    named |= set(_put_back(story, named))
    for kind in OF_OURS:
        for record in story.netsuite.records(kind):
            deleted = (story.world.account.find(record.external_id) or {}).get("deleted")
            if (kind, record.external_id) not in named and not deleted and not record.external_id.startswith(SHARED):
                yield f"I-07: {kind} {record.external_id or '#' + record.id} stands in NetSuite, and no event names it"


SHARED = "stripe-"
"""How the names of the items that all objects share begin: one that a plan once sold stands when no plan sells it any more."""


def _put_back(story: Simulation, named: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The credit memo that gave an invoice up stands, with its items, when that was paid after all: the entry that puts it back names it."""
    undone = {external_id.removesuffix(reversed_id("")) for kind, external_id in named if kind == RecordType.JOURNAL_ENTRY}
    items = {
        record.id: (kind, record.external_id) for kind in ("serviceSaleItem", "discountItem") for record in story.netsuite.records(kind)
    }
    for memo in story.netsuite.records("creditMemo"):
        if memo.external_id in undone:
            yield "creditMemo", memo.external_id
            yield from (items[line["item"]["id"]] for line in memo.fields["item"])


def _asking(events: Iterable[Event]) -> Iterable[Event]:
    """One event of each subject and object: those of one ask for the same."""
    of = ((acting_subject(event.type), event) for event in events)
    return {(subject.name, event.subject_id): event for subject, event in of if subject}.values()


def _named(report: Report) -> Iterator[tuple[str, str]]:
    for command in report.plan.commands if report.plan else ():
        match command:
            case Ensure(record) | Upsert(record):
                yield key(record).type.value, key(record).external_id
            case Amend() | Linked():
                yield command.ref.type.value, command.ref.external_id
            case _:
                pass
