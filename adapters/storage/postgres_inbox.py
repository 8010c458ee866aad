"""The durable inbox on PostgreSQL, which several ingest processes may share: leases, the database's clock, a word to the others."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, text

from adapters.storage import moving, operating, pausing
from adapters.storage.attempts import KEPT_DAYS
from adapters.storage.encoding import to_micros, utc_now
from adapters.storage.inbox import Operation, SqlInbox
from adapters.storage.postgres import PostgresStore
from adapters.storage.postgres_database import database_clock
from adapters.storage.postgres_session import CHANNEL, OWNERS, Session
from core.inbox import Arrival
from core.outcome import CannotSync

log = logging.getLogger(__name__)

GONE_AFTER_S = 30.0
"""So long a process must be seen to be gone before the others take over what it held: a database that restarts parts all of them from it."""

TELL = text("SELECT pg_notify(:channel, :who)")
GONE = text(
    "SELECT DISTINCT owner FROM work_item WHERE running AND owner NOT IN (SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' "
    "AND classid = :owners AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
FOLD = text(
    "WITH folded AS (DELETE FROM event_count WHERE (SELECT count(*) FROM event_count) > 1000 RETURNING state, events) "
    "INSERT INTO event_count SELECT state, sum(events) FROM folded GROUP BY state"
)


class PostgresInbox(SqlInbox):
    """The inbox in the database at `url`. What arrives is committed in groups on one connection; claims and answers go one by one on
    another, so that transactions lock objects in one order. `now` stands in for the database's clock in tests.

    CannotSync (misconfigured) when the database cannot be used, CannotSync (busy) while it cannot be written.
    """

    owner: int

    def __init__(
        self, url: str, now: Callable[[], datetime] | None = None, kept_days: int = KEPT_DAYS, *, gone_after_s: float = GONE_AFTER_S
    ) -> None:
        self.owner = secrets.randbelow(2**31 - 1) + 1
        self._given, self._gone_after_s = now, gone_after_s
        self._gone_since: dict[int, float] = {}
        self._on_work: Callable[[], None] = lambda: None
        moves = PostgresStore(url, "ingest", most=1)
        try:
            accepts = PostgresStore(url, "ingest")
        except BaseException:
            moves.close()
            raise
        super().__init__(accepts, moves, now or utc_now, kept_days)
        try:
            self._session = Session(url, self.owner, self._heard, self._look_after)
        except BaseException:
            super().close()
            raise

    def watch(self, on_work: Callable[[], None]) -> None:
        self._on_work = on_work

    def wake(self, stripe_ids: Iterable[str]) -> int:
        return self._one(partial(self._telling, operation=partial(moving.wake, stripe_ids=list(stripe_ids))))

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        return self._one(partial(self._telling, operation=partial(operating.retry_now, event_ids=event_ids)))

    def resume(self, account: str | None = None) -> int:
        return self._one(partial(self._telling, operation=partial(pausing.end, account=account)))

    def close(self) -> None:
        self._session.close()
        super().close()

    def free_the_gone(self) -> int:
        """What processes held that are gone for good is due again; how many objects."""
        missing = self._one(_gone) - {self.owner}
        now = time.monotonic()
        self._gone_since = {owner: self._gone_since.get(owner, now) for owner in missing}
        owners = [owner for owner, since in self._gone_since.items() if now - since >= self._gone_after_s]
        return self._one(partial(self._telling, operation=partial(moving.release, owners=owners))) if owners else 0

    def _look_after(self) -> None:
        """On the session's thread, every few seconds."""
        try:
            freed = self.free_the_gone()
            self._one(_fold)
        except CannotSync as error:
            log.warning("leases of ended processes could not be looked for: %s", error)
            return
        if freed:
            log.info("%s objects that an ended process had claimed are due again", freed)
            self._on_work()

    def _heard(self) -> None:
        self._on_work()

    def _moment(self, connection: Connection) -> int:
        """The database's clock is everybody's; what this process's own reads beside it tells the skew."""
        if self._given:
            return to_micros(self._given())
        moment = database_clock(connection)
        self.skew = moment - to_micros(utc_now())
        return moment

    def _accept(self, connection: Connection, callers: Sequence[Sequence[Arrival]]) -> Sequence[Sequence[bool]]:
        flags = super()._accept(connection, callers)
        if any(not arrival.ignored for arrivals in callers for arrival in arrivals):
            self._tell(connection)
        return flags

    def _telling(self, connection: Connection, now: int, *, operation: Operation[int]) -> int:
        changed = operation(connection, now)
        if changed:
            self._tell(connection)
        return changed

    def _tell(self, connection: Connection) -> None:
        connection.execute(TELL, {"channel": CHANNEL, "who": str(self.owner)})


def _gone(connection: Connection, _now: int) -> set[int]:
    return set(connection.execute(GONE, {"owners": OWNERS}).scalars())


def _fold(connection: Connection, _now: int) -> None:
    connection.execute(FOLD)
