"""The durable inbox on SQLite: each method is one operation of the store's thread, and returns after its commit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from adapters.storage import accepting, moving, showing
from adapters.storage.encoding import from_micros, to_micros, utc_now
from adapters.storage.sqlite import Result, SqliteStore
from adapters.storage.tables import INGEST
from core.inbox import Arrival, EventState, Priority, Stats, StoredEvent, Work
from core.outcome import Failed, Outcome

log = logging.getLogger(__name__)

STARVATION_GUARD = 10
"""One claim in so many starts at the last class."""


class SqliteInbox:
    """Implements core.inbox.DurableInbox on the file at `path`; `altered` counts deliveries of a stored id that named another subject.

    CannotSync (misconfigured) when the file cannot be used, CannotSync (busy) when it cannot be written.
    """

    def __init__(self, path: Path | str, now: Callable[[], datetime] = utc_now) -> None:
        self._store = SqliteStore(Path(path), INGEST, "ingest")
        self._now = now
        self._claims = 0
        self.altered = 0

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        return self._store.call(self._accept, arrivals)

    def accept_async(self, arrivals: Sequence[Arrival]) -> Awaitable[Sequence[bool]]:
        """The same for a coroutine, which goes on while the disk works."""
        return self._store.call_async(self._accept, arrivals)

    def claim(self, most: int, lease_s: float) -> Sequence[Work]:
        self._claims += 1
        classes = list(Priority)
        if self._claims % STARVATION_GUARD == 0:
            classes = [classes[-1], *classes[:-1]]
        now = self._now()
        lease_until = to_micros(now + timedelta(seconds=lease_s))
        return self._one(partial(moving.claim, classes=classes, most=most, now=to_micros(now), lease_until=lease_until))

    def settle(self, work: Work, outcome: Outcome, outcomes: Sequence[tuple[str, Outcome]] = ()) -> bool:
        ends = {event.id: outcome for event in work.events} | dict(outcomes)
        return self._one(partial(moving.settle, work=work, ends=ends, now=to_micros(self._now())))

    def settle_part(self, work: Work, outcomes: Sequence[tuple[str, Outcome]]) -> bool:
        """Some of the work's events end now, the rest stay claimed. False when the token is stale and nothing changed."""
        return self._one(partial(moving.settle_part, work=work, ends=dict(outcomes), now=to_micros(self._now())))

    def retry(self, work: Work, failed: Failed, not_before: datetime) -> bool:
        return self._one(partial(moving.rest, work=work, failed=failed, due_at=to_micros(not_before)))

    def release(self) -> int:
        """Free every lease at once; how many. For the start, when whoever held them is known to be gone."""
        return self._one(partial(moving.release, now=to_micros(self._now())))

    def wake(self, stripe_ids: Iterable[str]) -> int:
        return self._one(partial(moving.wake, stripe_ids=list(stripe_ids), now=to_micros(self._now())))

    def next_due(self) -> datetime | None:
        due_at = self._one(showing.next_due)
        return None if due_at is None else from_micros(due_at)

    def find(self, event_id: str) -> StoredEvent | None:
        return self._one(partial(showing.find, event_id=event_id))

    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]:
        return self._one(partial(showing.newest, state=state, event_type=event_type, most=most))

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        return self._one(partial(moving.retry_now, event_ids=event_ids, now=to_micros(self._now())))

    def skip(self, event_ids: Sequence[str], because: str) -> int:
        return self._one(partial(moving.skip, event_ids=event_ids, because=because, now=to_micros(self._now())))

    def stats(self) -> Stats:
        return self._one(partial(showing.stats, now=to_micros(self._now())))

    def close(self) -> None:
        self._store.close()

    def _one(self, operation: Callable[[Connection], Result]) -> Result:
        return self._store.call(_each, operation)

    def _accept(self, connection: Connection, callers: Sequence[Sequence[Arrival]]) -> Sequence[Sequence[bool]]:
        accepted = accepting.accept(connection, [arrival for arrivals in callers for arrival in arrivals])
        for event_id in accepted.altered:
            log.warning("event %s came again with another type, subject or account; the first one stands", event_id)
        self.altered += len(accepted.altered)
        flags = iter(accepted.new)
        return [[next(flags) for _ in arrivals] for arrivals in callers]


def _each(connection: Connection, operations: Sequence[Callable[[Connection], Result]]) -> Sequence[Result]:
    return [operation(connection) for operation in operations]
