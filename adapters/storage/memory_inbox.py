"""The durable inbox without a disk: the same promises, but for the power loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adapters.storage.inbox import FORGETS, STARVATION_GUARD
from adapters.storage.memory_items import OPEN_STATES, Item, MemoryItems
from adapters.storage.memory_pauses import NEVER
from core.inbox import SWEPT, Arrival, Attempt, EventState, Priority, Stats, StoredEvent, Work
from core.outcome import Failed, Kind, Outcome, weightiest


class MemoryInbox(MemoryItems):
    """Implements core.inbox.DurableInbox in dictionaries; for tests and for trying things out."""

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
            if self._claims % FORGETS == 0:
                self._forget()
            now = self._now()
            due = [
                (classes.index(item.priority), item.due_at, key)
                for key, item in self._items.items()
                if item.due_at <= now and not self._is_held(key)
            ]
            return [self._claim(key, now + timedelta(seconds=lease_s)) for _, _, key in sorted(due)[:most]]

    def settle(self, work: Work, outcome: Outcome, outcomes: Sequence[tuple[str, Outcome]] = (), handed_on: Sequence[str] = ()) -> bool:
        with self._lock:
            ends = {event.id: outcome for event in work.events} | dict(outcomes)
            if not self._answered(work, weightiest(ends.values()), handed_on):
                return False
            self._end(ends)
            left = self._open(work.object_key)
            del self._items[work.object_key]
            if left:
                priority = min(self._priority[stored.event.id] for stored in left)
                self._items[work.object_key] = Item(priority, self._now(), token=work.token)
            self._stop(work.object_key)
            return True

    def settle_part(self, work: Work, outcomes: Sequence[tuple[str, Outcome]]) -> bool:
        """Some of the work's events end now, the rest stay claimed. False when the token is stale and nothing changed."""
        with self._lock:
            if not self._held(work):
                return False
            self._end(dict(outcomes))
            self._drop_if_done(work.object_key)
            return True

    def retry(self, work: Work, failed: Failed, not_before: datetime, handed_on: Sequence[str] = ()) -> bool:
        with self._lock:
            if not self._answered(work, failed, handed_on):
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
                self._unanswered(key)
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
            held_until = self._held_until()
            if held_until == NEVER:
                return None
            paused = [each for each in self._in_force() if each.account is not None]
            due = [item.due_at for key, item in self._items.items() if not any(each.holds(key) for each in paused)]
            return max(min(due), held_until or min(due)) if due else None

    def find(self, event_id: str) -> StoredEvent | None:
        with self._lock:
            stored = self._events.get(event_id)
            if stored is None or stored.state is not EventState.WAITING:
                return stored
            return replace(stored, due_at=self._items[stored.event.object_key].due_at)

    def attempts(self, event_id: str, most: int = 50) -> Sequence[Attempt]:
        with self._lock:
            stored = self._events.get(event_id)
            if stored is None:
                return []
            running = self._items[stored.event.object_key].claim if stored.state is EventState.RUNNING else None
            return self._attempts_of(stored, running, most)

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
                self._drop_if_done(key)
            return len(wanted)

    def stats(self) -> Stats:
        with self._lock:
            counts = Counter(stored.state.value for stored in self._events.values())
            oldest = min((stored.received_at for stored in self._events.values() if stored.state in OPEN_STATES), default=None)
            return Stats(
                **counts,
                oldest_waiting_s=self._age_s(oldest),
                last_sweep_s=self._age_s(self.noted_at(SWEPT)),
                pauses=self._in_force(),
                schedules=self._known_schedules(),
            )

    def tally(self, prefix: str, types: Sequence[str], due_by: datetime) -> tuple[Stats, int]:
        """The events of these types whose id begins so, by state, and how many of them run or are due by then."""
        with self._lock:
            batch = [stored for key, stored in self._events.items() if key.startswith(prefix) and stored.event.type in types]
            soon = [each for each in batch if each.state in OPEN_STATES and self._is_soon(each, due_by)]
            counts: dict[str, Any] = Counter(stored.state.value for stored in batch)
            return Stats(**counts), len(soon)

    def close(self) -> None:
        """Nothing to release."""
