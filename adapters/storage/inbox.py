"""The durable inbox on SQL: each method is one operation of a store's thread, and returns after its commit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from adapters.storage import accepting, attempts, marks, moving, operating, pausing, schedules, showing
from adapters.storage.encoding import from_micros, to_micros, utc_now
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.sqlite import SqliteStore
from core.inbox import Arrival, Attempt, EventState, Priority, Stats, StoredEvent, Work
from core.outcome import Failed, Outcome

log = logging.getLogger(__name__)

SECOND = 1_000_000
STARVATION_GUARD = 10
"""One claim in so many starts at the last class."""
FORGETS = 100
"""One claim in so many forgets old attempts, a thousand at most."""


Operation = Callable[[Connection, int], Result]
"""What is done within a transaction, given the moment in microseconds."""


class SqlInbox:
    """Implements core.inbox.DurableInbox; `altered` counts deliveries of a stored id that named another subject.

    `accepts` is the store that writes what arrives, `moves` the one for everything else; they may be the same.
    `skew` is by how much the database's clock is ahead of this process's, in microseconds.
    """

    owner: int | None = None
    skew = 0

    def __init__(
        self, accepts: GroupCommit, moves: GroupCommit, now: Callable[[], datetime] = utc_now, kept_days: int = attempts.KEPT_DAYS
    ) -> None:
        self._accepts, self._moves = accepts, moves
        self._now, self._kept_days = now, kept_days
        self._claims = 0
        self.altered = 0

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        return self._accepts.call(self._accept, arrivals)

    def accept_async(self, arrivals: Sequence[Arrival]) -> Awaitable[Sequence[bool]]:
        """The same for a coroutine, which goes on while the disk works."""
        return self._accepts.call_async(self._accept, arrivals)

    def claim(self, most: int, lease_s: float) -> Sequence[Work]:
        self._claims += 1
        classes = list(Priority)
        if self._claims % STARVATION_GUARD == 0:
            classes = [classes[-1], *classes[:-1]]
        if self._claims % FORGETS == 0:
            self._one(partial(attempts.forget, kept_days=self._kept_days))
        return self._one(partial(moving.claim, classes=classes, most=most, lease=round(lease_s * SECOND), owner=self.owner))

    def settle(self, work: Work, outcome: Outcome, outcomes: Sequence[tuple[str, Outcome]] = (), handed_on: Sequence[str] = ()) -> bool:
        ends = {event.id: outcome for event in work.events} | dict(outcomes)
        return self._one(partial(moving.settle, work=work, ends=ends, handed_on=handed_on))

    def settle_part(self, work: Work, outcomes: Sequence[tuple[str, Outcome]]) -> bool:
        """Some of the work's events end now, the rest stay claimed. False when the token is stale and nothing changed."""
        return self._one(partial(moving.settle_part, work=work, ends=dict(outcomes)))

    def retry(self, work: Work, failed: Failed, not_before: datetime, handed_on: Sequence[str] = ()) -> bool:
        due_at = to_micros(not_before) + self.skew
        return self._one(partial(moving.rest, work=work, failed=failed, due_at=due_at, handed_on=handed_on))

    def release(self) -> int:
        """Free every lease at once; how many. For the start, when whoever held them is known to be gone."""
        return self._one(partial(moving.release))

    def wake(self, stripe_ids: Iterable[str]) -> int:
        return self._one(partial(moving.wake, stripe_ids=list(stripe_ids)))

    def watch(self, on_work: Callable[[], None]) -> None:
        """Nobody else writes here."""

    def next_due(self) -> datetime | None:
        due_at = self._one(showing.next_due)
        return None if due_at is None else from_micros(due_at - self.skew)

    def find(self, event_id: str) -> StoredEvent | None:
        return self._one(partial(showing.find, event_id=event_id))

    def attempts(self, event_id: str, most: int = 50) -> Sequence[Attempt]:
        return self._one(partial(attempts.of_event, event_id=event_id, most=most))

    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]:
        return self._one(partial(showing.newest, state=state, event_type=event_type, most=most))

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        return self._one(partial(operating.retry_now, event_ids=event_ids))

    def skip(self, event_ids: Sequence[str], because: str) -> int:
        return self._one(partial(operating.skip, event_ids=event_ids, because=because))

    def pause(self, because: str, who: str, account: str | None = None) -> None:
        self._one(partial(pausing.begin, account=account, because=because, who=who))
        if account is not None:
            self._one(partial(pausing.park, account=account))

    def hold_off(self, for_s: float, because: str) -> None:
        self._one(partial(pausing.hold_off, micros=round(for_s * SECOND), because=because))

    def resume(self, account: str | None = None) -> int:
        return self._one(partial(pausing.end, account=account))

    def stats(self) -> Stats:
        return self._one(showing.stats)

    def take_turn(self, name: str, every_s: float, lease_s: float) -> int | None:
        """The turn of scheduled work, when it is due and no process is at it."""
        return self._one(partial(schedules.take, name=name, every=round(every_s * SECOND), lease=round(lease_s * SECOND)))

    def keep_turn(self, name: str, turn: int, lease_s: float) -> bool:
        """It goes on; False when it is another's."""
        return self._one(partial(schedules.keep, name=name, turn=turn, lease=round(lease_s * SECOND)))

    def end_turn(self, name: str, turn: int, said: str, *, is_ok: bool, again_s: float) -> bool:
        """It has ended; False when it is another's."""
        return self._one(partial(schedules.end, name=name, turn=turn, said=said, is_ok=is_ok, again=round(again_s * SECOND)))

    def mark(self, name: str) -> str:
        """What was last noted under this name, "" when nothing was."""
        return self._one(partial(marks.get, name=name))

    def set_mark(self, name: str, value: str) -> None:
        """Note how far something went."""
        self._one(partial(marks.put, name=name, value=value))

    def tally(self, prefix: str, types: Sequence[str], due_by: datetime) -> tuple[Stats, int]:
        """The events of these types whose id begins so, by state, and how many of them run or are due by then."""
        return self._one(partial(marks.tally, prefix=prefix, types=list(types), due_by=to_micros(due_by) + self.skew))

    def close(self) -> None:
        self._accepts.close()
        self._moves.close()

    def _one(self, operation: Operation[Result]) -> Result:
        return self._moves.call(self._each, operation)

    def _each(self, connection: Connection, operations: Sequence[Operation[Result]]) -> Sequence[Result]:
        now = self._moment(connection)
        return [operation(connection, now) for operation in operations]

    def _moment(self, connection: Connection) -> int:
        return to_micros(self._now())

    def _accept(self, connection: Connection, callers: Sequence[Sequence[Arrival]]) -> Sequence[Sequence[bool]]:
        accepted = accepting.accept(connection, [arrival for arrivals in callers for arrival in arrivals], self.skew)
        for event_id in accepted.altered:
            log.warning("event %s came again with another type, subject or account; the first one stands", event_id)
        self.altered += len(accepted.altered)
        flags = iter(accepted.new)
        return [[next(flags) for _ in arrivals] for arrivals in callers]


class SqliteInbox(SqlInbox):
    """The inbox in the file at `path`, alone. CannotSync (misconfigured) when the file cannot be used, CannotSync (busy) when it
    cannot be written."""

    def __init__(self, path: Path | str, now: Callable[[], datetime] = utc_now, kept_days: int = attempts.KEPT_DAYS) -> None:
        store = SqliteStore(Path(path), "ingest")
        super().__init__(store, store, now, kept_days)
