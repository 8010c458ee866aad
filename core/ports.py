"""What the core asks of the world. Each port has a memory adapter and a contract test; operating failures arrive as CannotSync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from core.held import HeldRecord
from core.inbox import Event
from core.outcome import Failed, Outcome
from core.records import External, Numbered, Record, RecordType, Ref
from core.snapshot import Snapshot

S = TypeVar("S", bound=Snapshot)


class StripeReader(Protocol):
    """Stripe as it stands now."""

    def read(self, what: type[S], stripe_id: str, account: str = "") -> S:
        """The object and what hangs on it, whole: every page of every list. `account` is the connected account, "" for the own one.

        `Refunds` may be asked by a charge's or by a refund's id, `Invoice` also by that of one of its payments. CannotSync: gone (Stripe has no such object), busy, misconfigured (the key lacks a right)."""
        ...


class StripeWriter(Protocol):
    """The one thing that is ever written to Stripe, where settings want it."""

    def annotate(self, kind: str, stripe_id: str, account: str, values: Mapping[str, str]) -> None:
        """Put values into an object's metadata; `kind` is Stripe's name of it, as credit_note. CannotSync as of StripeReader."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that NetSuite holds differently from the plan, both as NetSuite's API would print them."""

    field: str
    holds: str
    wants: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that NetSuite holds, by what it was found by: its internal id, its externalId ("" = none), its name."""

    internal_id: str
    external_id: str
    name: str

    def __str__(self) -> str:
        return f"#{self.internal_id} {self.name}".strip()


# What records may be found by: NetSuite's names in SuiteQL, in lower case. A custom field of entities or items may be named too.
MATCHED: Mapping[RecordType, frozenset[str]] = {
    RecordType.CUSTOMER: frozenset({"email", "entityid", "companyname", "altname", "phone", "accountnumber", "url"}),
    RecordType.SERVICE_SALE_ITEM: frozenset({"itemid", "displayname", "upccode"}),
    RecordType.INVOICE: frozenset({"tranid"}),
}
CUSTOM: Mapping[RecordType, str] = {RecordType.CUSTOMER: "custentity", RecordType.SERVICE_SALE_ITEM: "custitem"}


def may_match(record: RecordType, field: str) -> bool:
    """Whether records of this type may be found by this field."""
    custom = record in CUSTOM and field.startswith(CUSTOM[record]) and field.replace("_", "").isalnum() and field.isascii()
    return field in MATCHED.get(record, ()) or custom


Ids = Mapping[External, str]

Made = str | Failed | None
"""What became of one record of many: its internal id, why it was not created, or None: its externalId is taken, and nothing was written."""


def one_batch(records: Sequence[Record]) -> Sequence[Record]:
    """These records, when they may be created together: of one type, each once. ValueError else."""
    if len({record.type for record in records}) > 1 or len({record.external_id.lower() for record in records}) < len(records):
        raise ValueError("records that are created together are of one type, and each is there once")
    return records


class NetSuiteBooks(Protocol):
    """NetSuite's records by externalId. `ids` gives the internal ids of the records that a record refers to;
    every one of `core.records.documents(record)` must be in it, others may be."""

    def find(self, ref: External) -> str | None:
        """The record's internal id, or None when NetSuite has none of that externalId and type."""
        ...

    def create(self, record: Record, ids: Ids) -> str | None:
        """Create it and return its internal id; None when its externalId is taken, and then nothing was written."""
        ...

    def create_many(self, records: Sequence[Record], ids: Ids) -> Sequence[Made]:
        """Create records of one type, none of which refers to another of them, in as few calls as NetSuite allows; what became of
        each, in their order. One that fails stops no other. `Failed.in_doubt`: it may be there, or may be yet."""
        ...

    def bring_into_line(self, record: Record, ids: Ids) -> None:
        """Upsert by externalId: the fields the record names become so, its sublists become exactly its lines, other fields stay."""
        ...

    def read(self, ref: External | Numbered) -> HeldRecord | None:
        """The record with what it is applied to and what remains of it, in its own currency; None when NetSuite has no such record."""
        ...

    def allow_currency(self, customer: Ref, currency: str) -> None:
        """Add a currency (ISO code) to those that the customer may be billed in."""
        ...

    def first_open_day(self, on_or_after: date) -> date | None:
        """The first day from this one on that lies in an open posting period; None when there is none."""
        ...

    def holds(self, record_type: str, internal_id: str) -> bool:
        """Whether a record of this type (NetSuite's name; of an item any type counts) has this internal id."""
        ...

    def match(self, record: RecordType, field: str, value: str) -> Sequence[Hit]:
        """The records whose field (of `core.ports.MATCHED`, or a custom one) holds the whole value, case and outer blanks aside."""
        ...

    def give_external_id(self, record: RecordType, internal_id: str, external_id: str) -> None:
        """Write our externalId on a record that has none."""
        ...

    def amend(self, record: Record, internal_id: str) -> None:
        """Make the fields that the record names so, on the record of this internal id; everything else stays."""
        ...

    def compare(self, record: Record, ids: Ids) -> Sequence[Difference] | None:
        """The owned fields that differ (empty: none), of a Deposit its `total` too, or None when NetSuite has no such record. `ids` must
        name every reference."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """Which NetSuite record a Stripe object became: its internal id and the checksum of what we last wrote ("" = only found, not written)."""

    ref: External
    internal_id: str
    checksum: str


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """What the writer keeps of one sync: the event (or "resync"), the subject, the plan's page and checksum, how it ended, when."""

    event_id: str
    event_type: str
    subject: str
    stripe_id: str
    plan: str
    checksum: str
    outcome: Outcome
    at: datetime


class SyncRecords(Protocol):
    """The writer's own store. What a method wrote survives a power loss when it returns."""

    def links(self, refs: Iterable[External]) -> Mapping[External, Link]:
        """The known ones of these records."""
        ...

    def remember(self, link: Link) -> None:
        """Store or replace the link of one record."""
        ...

    def keep(self, sync: SyncRecord) -> None:
        """Append what became of one sync."""
        ...

    def history(self, stripe_id: str, most: int = 20) -> Sequence[SyncRecord]:
        """What became of a Stripe object, newest first."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write some records. `moved`: another held one of them since the mark, so that Stripe must be read again; `token`
    grows from turn to turn of a record, and what shows an older one is refused."""

    moved: bool
    token: int


class Turns(Protocol):
    """One writer per NetSuite record: charges, refunds and payouts write the same invoice, so the turn is the record's, not the event's."""

    def mark(self) -> int:
        """A point in the order of writes, taken before Stripe is read."""
        ...

    def take(self, refs: Iterable[External], since: int) -> AbstractContextManager[Turn]:
        """Hold these records alone. CannotSync(busy) when another holds one of them for too long."""
        ...

    def close(self) -> None: ...


class Writer(Protocol):
    """The writer service as ingest sees it."""

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        """Sync the event's subject: how it ended, and the plan's page ("" when none was made). A writer out of reach is Failed(busy)."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, as an aware UTC datetime."""
        ...
