"""The durable inbox without a disk: the same promises, but for the power loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.storage.encoding import utc_now
from adapters.storage.memory_marks import MemoryMarks
from core.inbox import SWEPT, Arrival, EventState, Priority, Stats, StoredEvent, Work
from core.outcome import Failed, Ignored, Kind, Outcome, Synced

STARVATION_GUARD = 10
OPEN_STATES = (EventState.WAITING, EventState.RUNNING)


@dataclass(slots=True)
class _Item:
    """An object with open events; `due_at` is the end of the lease while it runs."""

    priority: Priority
    due_at: datetime
    attempts: int = 0
    token: int = 0
    running: bool = False
    waits_for: str = ""
    eager: bool = False


class MemoryInbox(MemoryMarks):
    """Implements core.inbox.DurableInbox in dictionaries; for tests and for trying things out."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(now)
        self._events: dict[str, StoredEvent] = {}
        self._seq: dict[str, int] = {}
        self._priority: dict[str, Priority] = {}
        self._items: dict[str, _Item] = {}
        self._token = 0
        self._claims = 0
        self.altered = 0

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        with self._lock:
            return [self._accept(arrival) for arrival in arrivals]

    async def accept_async(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        """The same for a coroutine."""
        return self.accept(arrivals)

    def claim(self, most: int, lease_s: float) -> Sequence[Work]:
        with self._lock:
            self._claims += 1
            classes = list(Priority)
            if self._claims % STARVATION_GUARD == 0:
                classes = [classes[-1], *classes[:-1]]
            now = self._now()
            due = [(classes.index(item.priority), item.due_at, key) for key, item in self._items.items() if item.due_at <= now]
            return [self._claim(key, now + timedelta(seconds=lease_s)) for _, _, key in sorted(due)[:most]]

    def settle(self, work: Work, outcome: Outcome, outcomes: Sequence[tuple[str, Outcome]] = ()) -> bool:
        with self._lock:
            ends = {event.id: outcome for event in work.events} | dict(outcomes)
            if not self._end(work, ends):
                return False
            left = self._open(work.object_key)
            del self._items[work.object_key]
            if left:
                priority = min(self._priority[stored.event.id] for stored in left)
                self._items[work.object_key] = _Item(priority, self._now(), token=work.token)
            self._stop(work.object_key)
            return True

    def settle_part(self, work: Work, outcomes: Sequence[tuple[str, Outcome]]) -> bool:
        """Some of the work's events end now, the rest stay claimed. False when the token is stale and nothing changed."""
        with self._lock:
            if not self._end(work, dict(outcomes)):
                return False
            if not self._open(work.object_key):
                del self._items[work.object_key]
            return True

    def retry(self, work: Work, failed: Failed, not_before: datetime) -> bool:
        with self._lock:
            if not self._held(work):
                return False
            item = self._items[work.object_key]
            item.running, item.due_at, item.waits_for = False, not_before, failed.waits_for
            item.eager = failed.kind is Kind.NOT_READY
            if item.eager and any(stored.event not in work.events for stored in self._open(work.object_key)):
                item.due_at = min(item.due_at, self._now())
            for event in work.events:
                if self._events[event.id].state in OPEN_STATES:
                    self._events[event.id] = replace(self._events[event.id], failed=failed)
            self._stop(work.object_key)
            return True

    def release(self) -> int:
        """Free every lease at once; how many."""
        with self._lock:
            running = [key for key, item in self._items.items() if item.running]
            for key in running:
                self._items[key].running, self._items[key].due_at = False, self._now()
                self._stop(key)
            return len(running)

    def wake(self, stripe_ids: Iterable[str]) -> int:
        with self._lock:
            wanted, now = set(stripe_ids), self._now()
            resting = [item for item in self._items.values() if item.waits_for in wanted and not item.running and item.due_at > now]
            for item in resting:
                item.due_at, item.waits_for = now, ""
            return len(resting)

    def watch(self, on_work: Callable[[], None]) -> None:
        """Nobody else writes here."""

    def next_due(self) -> datetime | None:
        with self._lock:
            return min((item.due_at for item in self._items.values()), default=None)

    def find(self, event_id: str) -> StoredEvent | None:
        with self._lock:
            stored = self._events.get(event_id)
            if stored is None or stored.state is not EventState.WAITING:
                return stored
            return replace(stored, due_at=self._items[stored.event.object_key].due_at)

    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]:
        with self._lock:
            fits = [
                event_id
                for event_id, stored in self._events.items()
                if state in (None, stored.state) and event_type in ("", stored.event.type)
            ]
            newest = sorted(fits, key=self._seq.__getitem__, reverse=True)[:most]
            return [stored for event_id in newest if (stored := self.find(event_id))]

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        with self._lock:
            now = self._now()
            if event_ids is None:
                wanted = {event_id for event_id, stored in self._events.items() if stored.state is EventState.FAILED}
            else:
                wanted = {event_id for event_id in event_ids if event_id in self._events}
            wanted = {event_id for event_id in wanted if self._events[event_id].state is not EventState.RUNNING}
            for event_id in wanted:
                self._change(event_id, EventState.WAITING)
                priority = self._priority[event_id] if event_ids is None else Priority.OPERATOR
                item = self._queue(self._events[event_id].event.object_key, priority, now)
                if not item.running:
                    item.due_at, item.attempts, item.waits_for = now, 0, ""
            return len(wanted)

    def skip(self, event_ids: Sequence[str], because: str) -> int:
        with self._lock:
            movable = (*OPEN_STATES, EventState.FAILED)
            wanted = {event_id for event_id in event_ids if event_id in self._events and self._events[event_id].state in movable}
            for event_id in wanted:
                self._change(event_id, EventState.SKIPPED, reason=because)
            for key in {self._events[event_id].event.object_key for event_id in wanted}:
                if not self._open(key):
                    self._items.pop(key, None)
            return len(wanted)

    def stats(self) -> Stats:
        with self._lock:
            counts = Counter(stored.state.value for stored in self._events.values())
            oldest = min((stored.received_at for stored in self._events.values() if stored.state in OPEN_STATES), default=None)
            return Stats(**counts, oldest_waiting_s=self._age_s(oldest), last_sweep_s=self._age_s(self.noted_at(SWEPT)))

    def tally(self, prefix: str, types: Sequence[str], due_by: datetime) -> tuple[Stats, int]:
        """The events of these types whose id begins so, by state, and how many of them run or are due by then."""
        with self._lock:
            batch = [stored for key, stored in self._events.items() if key.startswith(prefix) and stored.event.type in types]
            soon = [each for each in batch if each.state in OPEN_STATES and self._is_soon(each, due_by)]
            return Stats(**Counter(stored.state.value for stored in batch)), len(soon)

    def close(self) -> None:
        """Nothing to release."""

    def _is_soon(self, stored: StoredEvent, due_by: datetime) -> bool:
        return stored.state is EventState.RUNNING or self._items[stored.event.object_key].due_at <= due_by

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

    def _queue(self, key: str, priority: Priority, due_at: datetime) -> _Item:
        item = self._items.setdefault(key, _Item(priority, due_at))
        item.priority = min(item.priority, priority)
        if item.eager and not item.running:
            item.due_at = due_at
        return item

    def _claim(self, key: str, lease_until: datetime) -> Work:
        item = self._items[key]
        self._token += 1
        item.token, item.running, item.due_at, item.waits_for = self._token, True, lease_until, ""
        item.eager = False
        item.attempts += 1
        events = sorted(self._open(key), key=lambda stored: self._seq[stored.event.id])
        for stored in events:
            self._events[stored.event.id] = replace(stored, state=EventState.RUNNING, attempts=stored.attempts + 1)
        head_seq = self._seq[events[-1].event.id]
        return Work(key, item.token, item.attempts, head_seq, tuple(stored.event for stored in events))

    def _end(self, work: Work, ends: Mapping[str, Outcome]) -> bool:
        if not self._held(work):
            return False
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
        return True

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
