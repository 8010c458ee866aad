"""The durable inbox: events wait per Stripe object, are claimed one object at a time, and every one ends settled.

The unit that is scheduled is the object, not the event: one work item per object key, the events hang off it. That one
decision gives one-at-a-time, coalescing and back-off per object, and a claim that does not grow with the backlog.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Protocol

from core.outcome import Failed, Outcome

SWEPT = "swept"
"""The mark of the last whole sweep of Stripe's event list; its moment is what counts."""


OTHER_SIDE = "the other side"
"""Who says that it is to be left alone for a while."""


class EventState(StrEnum):
    """Where a stored event stands. WAITING and RUNNING are open; the others are settled."""

    WAITING = "waiting"
    RUNNING = "running"
    SYNCED = "synced"
    IGNORED = "ignored"
    FAILED = "failed"
    SKIPPED = "skipped"


class Priority(IntEnum):
    """Lower goes first; one claim in ten starts at the last class, so that none starves."""

    OPERATOR = 0
    LIVE = 1
    SCHEDULED = 2
    BACKFILL = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A Stripe Event (https://docs.stripe.com/api/events/object), as far as it names its subject.

    `account` is the connected account's id, "" for the own one; `subject_id` is `data.object.id`."""

    id: str
    type: str
    created: datetime
    livemode: bool
    subject_id: str
    account: str = ""

    @property
    def object_key(self) -> str:
        """What its work is queued under: one object of one Stripe account."""
        return f"{self.account}/{self.subject_id}"

    @property
    def names(self) -> tuple[str, str, str, bool]:
        """What a delivery of the same id must name again; one that does not was altered."""
        return self.type, self.subject_id, self.account, self.livemode


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event to store: `body` is the raw webhook body; `ignored` settles it at once, with the reason, and queues no work."""

    event: Event
    body: bytes
    received_at: datetime
    ignored: str = ""
    priority: Priority = Priority.LIVE


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed object: its open events, oldest first, up to `head_seq`. `token` grows with every claim and fences late answers."""

    object_key: str
    token: int
    attempt: int
    head_seq: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with what became of it, for the operator."""

    event: Event
    state: EventState
    received_at: datetime
    settled_at: datetime | None = None
    attempts: int = 0
    due_at: datetime | None = None
    reason: str = ""
    failed: Failed | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim of an object and how it ended. `number` counts since its work last began anew.

    `ended_at` None: it runs now. `outcome` None: nobody answered before its lease lapsed, its process ended, or an operator skipped the
    events. `late`: the answer came after that, and changed nothing. `handed_on`: the ids of the events that the writer was called with,
    which its audit trail names too."""

    number: int
    token: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    late: bool = False
    handed_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """Handing on stands still: of everything, or of one account ("" the own one), since `since` until somebody resumes it, or until
    `until`. Events are stored all the same, and what is with the writer already ends as it ends."""

    account: str | None
    because: str
    who: str
    since: datetime
    until: datetime | None = None

    def holds(self, object_key: str) -> bool:
        """Whether this object is not to be handed on."""
        return self.account is None or object_key.startswith(f"{self.account}/")


def oldest_first(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """In the order in which they began."""
    return tuple(sorted(pauses, key=lambda each: (each.since, each.account is not None, each.account, each.who)))


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work that is done now and then, by one process at a time: when it was begun last, when and how that ended (None: it runs, or its
    process has died), when it last went well, and when it is due again."""

    name: str
    began_at: datetime
    ended_at: datetime | None = None
    ok_at: datetime | None = None
    is_ok: bool = False
    said: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of events by state; how long the oldest open one has waited (seconds; None when none waits), how long ago Stripe's event
    list was last swept for what was never delivered (None: never), the pauses that hold, the oldest first, and what is scheduled."""

    waiting: int = 0
    running: int = 0
    synced: int = 0
    ignored: int = 0
    failed: int = 0
    skipped: int = 0
    oldest_waiting_s: float | None = None
    last_sweep_s: float | None = None
    pauses: tuple[Pause, ...] = ()
    schedules: tuple[Scheduled, ...] = ()


class DurableInbox(Protocol):
    """Where events wait. Every method returns only after its effect survives a power loss. Times are aware UTC datetimes."""

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        """Store each event once, by its id; True where it was new. After it returns, Stripe may be told 200."""
        ...

    def claim(self, most: int, lease_s: float) -> Sequence[Work]:
        """Take up to `most` due objects, each for `lease_s` seconds. An object is never claimed twice at a time; a lapsed lease frees it."""
        ...

    def settle(self, work: Work, outcome: Outcome, outcomes: Sequence[tuple[str, Outcome]] = (), handed_on: Sequence[str] = ()) -> bool:
        """The work is done: its events end as `outcome` (or as `outcomes` says by event id). False when the token is stale and
        nothing changed but the attempt's own record. Events that arrived meanwhile make the object due again at once."""
        ...

    def retry(self, work: Work, failed: Failed, not_before: datetime, handed_on: Sequence[str] = ()) -> bool:
        """Not now: the object rests until `not_before`, its events stay open and tell why. False when the token is stale, as of settle."""
        ...

    def wake(self, stripe_ids: Iterable[str]) -> int:
        """Make the resting objects due that wait for one of these Stripe ids; how many."""
        ...

    def next_due(self) -> datetime | None:
        """When the next object becomes due, or None when nothing rests."""
        ...

    def find(self, event_id: str) -> StoredEvent | None: ...

    def attempts(self, event_id: str, most: int = 50) -> Sequence[Attempt]:
        """The newest tries of the event's object, newest first, as many as the event was claimed for: kept for a while, then forgotten."""
        ...

    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]:
        """Newest first."""
        ...

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        """The operator's retry: these events (None: every failed one) are open and due again; how many."""
        ...

    def skip(self, event_ids: Sequence[str], because: str) -> int:
        """The operator's skip: these open or failed events end SKIPPED with the reason; how many."""
        ...

    def pause(self, because: str, who: str, account: str | None = None) -> None:
        """From now on no process claims anything, or nothing of this account ("" the own one): why, and who says so."""
        ...

    def hold_off(self, for_s: float, because: str) -> None:
        """The other side asked to be left alone for so long: no process claims anything until then, or until `resume`."""
        ...

    def resume(self, account: str | None = None) -> int:
        """End the pause of this account, or of None every pause there is; how many those were."""
        ...

    def stats(self) -> Stats: ...

    def close(self) -> None: ...
