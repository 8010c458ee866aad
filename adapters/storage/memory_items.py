"""What the memory inbox holds, and how its objects move: queued, claimed, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.storage.attempts import KEPT_DAYS
from adapters.storage.encoding import utc_now
from adapters.storage.memory_attempts import MemoryAttempts
from core.inbox import Arrival, Attempt, EventState, Priority, StoredEvent, Work
from core.outcome import Failed, Ignored, Outcome, Synced

OPEN_STATES = (EventState.WAITING, EventState.RUNNING)


@dataclass(slots=True)
class Item:
    """An object with open events; `due_at` is the end of the lease while it runs."""

    priority: Priority
    due_at: datetime
    attempts: int = 0
    token: int = 0
    running: bool = False
    waits_for: str = ""
    eager: bool = False
    claimed_at: datetime | None = None

    @property
    def claim(self) -> Attempt | None:
        """The one that runs."""
        return Attempt(self.attempts, self.token, self.claimed_at) if self.running and self.claimed_at else None


class MemoryItems(MemoryAttempts):
    """Events and objects in dictionaries."""

    def __init__(self, now: Callable[[], datetime] = utc_now, kept_days: int = KEPT_DAYS) -> None:
        super().__init__(now, kept_days)
        self._events: dict[str, StoredEvent] = {}
        self._seq: dict[str, int] = {}
        self._priority: dict[str, Priority] = {}
        self._items: dict[str, Item] = {}
        self._token = 0
        self._claims = 0
        self.altered = 0

    def _is_soon(self, stored: StoredEvent, due_by: datetime) -> bool:
        key = stored.event.object_key
        return stored.state is EventState.RUNNING or (self._items[key].due_at <= due_by and not self._is_held(key))

    def _accept(self, arrival: Arrival) -> bool:
        event = arrival.event
        if event.id in self._events:
            self.altered += self._events[event.id].event.names != event.names
            return False
        self._seq[event.id] = len(self._seq) + 1
        self._priority[event.id] = arrival.priority
        if arrival.ignored:
            self._events[event.id] = StoredEvent(
                event, EventState.IGNORED, arrival.received_at, arrival.received_at, reason=arrival.ignored
            )
            return True
        self._events[event.id] = StoredEvent(event, EventState.WAITING, arrival.received_at)
        self._queue(event.object_key, arrival.priority, arrival.received_at)
        for other, stored in self._events.items():
            if stored.state is EventState.FAILED and stored.event.object_key == event.object_key:
                self._change(other, EventState.WAITING)
        return True

    def _queue(self, key: str, priority: Priority, due_at: datetime) -> Item:
        item = self._items.setdefault(key, Item(priority, due_at))
        item.priority = min(item.priority, priority)
        if item.eager and not item.running:
            item.due_at = due_at
        return item

    def _claim(self, key: str, lease_until: datetime) -> Work:
        self._unanswered(key)
        item = self._items[key]
        self._token += 1
        item.token, item.running, item.due_at, item.waits_for = self._token, True, lease_until, ""
        item.eager = False
        item.attempts += 1
        item.claimed_at = self._now()
        events = sorted(self._open(key), key=lambda stored: self._seq[stored.event.id])
        for stored in events:
            self._events[stored.event.id] = replace(stored, state=EventState.RUNNING, attempts=stored.attempts + 1)
        head_seq = self._seq[events[-1].event.id]
        return Work(key, item.token, item.attempts, head_seq, tuple(stored.event for stored in events))

    def _answered(self, work: Work, outcome: Outcome, handed_on: Sequence[str]) -> bool:
        """Its claim ends; False when it had ended before."""
        if not self._held(work):
            self._came_late(work, outcome, handed_on)
            return False
        if claim := self._items[work.object_key].claim:
            self._ended(work.object_key, claim, outcome, handed_on)
        return True

    def _unanswered(self, key: str) -> None:
        """Its claim, when it runs, ends without an answer."""
        if claim := self._items[key].claim:
            self._ended(key, claim)

    def _drop_if_done(self, key: str) -> None:
        if key in self._items and not self._open(key):
            self._unanswered(key)
            del self._items[key]

    def _end(self, ends: Mapping[str, Outcome]) -> None:
        for event_id, outcome in ends.items():
            if self._events[event_id].state not in OPEN_STATES:
                continue
            match outcome:
                case Synced():
                    self._change(event_id, EventState.SYNCED, failed=None)
                case Ignored(because):
                    self._change(event_id, EventState.IGNORED, reason=because, failed=None)
                case Failed():
                    self._change(event_id, EventState.FAILED, failed=outcome)

    def _held(self, work: Work) -> bool:
        item = self._items.get(work.object_key)
        return item is not None and item.running and item.token == work.token

    def _open(self, key: str) -> Sequence[StoredEvent]:
        return [stored for stored in self._events.values() if stored.event.object_key == key and stored.state in OPEN_STATES]

    def _stop(self, key: str) -> None:
        for stored in self._open(key):
            self._events[stored.event.id] = replace(stored, state=EventState.WAITING)

    def _change(self, event_id: str, state: EventState, *, reason: str = "", failed: Failed | str | None = "") -> None:
        settled_at = None if state in OPEN_STATES else self._now()
        stored = replace(self._events[event_id], state=state, settled_at=settled_at, reason=reason)
        self._events[event_id] = stored if isinstance(failed, str) else replace(stored, failed=failed)
