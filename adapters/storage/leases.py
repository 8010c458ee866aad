"""Turns over several writer processes: a lease with a fencing token for each NetSuite record, in the database that they share."""

from __future__ import annotations

import hashlib
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Update, bindparam, delete, select, tuple_, update

from adapters.storage.by_dialect import ByDialect
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.many_rows import ManyRows
from adapters.storage.tables import lease_token, record_lease
from adapters.storage.turns import FORGOTTEN_AFTER_S, InProcessTurns
from core.external_ids import FORBIDDEN
from core.outcome import CannotSync, Failed, Kind
from core.ports import Turn
from core.records import External

log = logging.getLogger(__name__)

SECOND = 1_000_000
GRACE_S = 30.0
"""By so much a lease outlives the longest call."""
WAIT_S = 60.0
"""The longest wait for records that another writer holds; then the sync is tried again later."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5

Key = tuple[str, str, str]
COLUMNS = ("account", "record_group", "external_id", "token", "owner", "until", "since")
IDENTITY = (record_lease.c.account, record_lease.c.record_group, record_lease.c.external_id)
OF_KEYS = tuple_(*IDENTITY).in_(bindparam("keys", expanding=True))
NEWEST = select(lease_token.c.token)
STANDING = select(record_lease.c.token, record_lease.c.until).where(OF_KEYS)
TOKEN = ByDialect(
    lease_token,
    lambda insertion: (
        insertion.values(only=1, token=1)
        .on_conflict_do_update(index_elements=[lease_token.c.only], set_={"token": lease_token.c.token + 1})
        .returning(lease_token.c.token)
    ),
)
TAKE = ManyRows(
    record_lease,
    COLUMNS,
    lambda statement: statement.on_conflict_do_update(
        index_elements=list(IDENTITY),
        set_={name: statement.excluded[name] for name in ("token", "owner", "until", "since")},
        where=record_lease.c.until <= statement.excluded.since,
    ).returning(record_lease.c.external_id),
)
OF_TOKEN = record_lease.c.token == bindparam("of_token")
LIVING = record_lease.c.until > bindparam("now")
RENEW = update(record_lease).where(OF_TOKEN, LIVING).values(until=bindparam("new_until"))
RENEW_ALL = update(record_lease).where(record_lease.c.owner == bindparam("of_owner"), LIVING).values(until=bindparam("new_until"))
GIVEN_BACK = {"until": 0, "token": bindparam("new_token")}
"""With a token that is newer than any mark of who read while it was held."""
RELEASE = update(record_lease).where(OF_TOKEN).values(GIVEN_BACK)
RELEASE_ALL = update(record_lease).where(record_lease.c.owner == bindparam("of_owner")).values(GIVEN_BACK)
FORGET = delete(record_lease).where(record_lease.c.until <= bindparam("now"), record_lease.c.since <= bindparam("forgotten"))

Operation = Callable[[Connection, int], Result]


def renew(connection: Connection, now: int, token: int, lease: int) -> None:
    """Before a call is sent, and before what it wrote is remembered: the turn goes on for `lease` microseconds. CannotSync(busy) when it has
    lapsed, for another may have the records by now."""
    if not connection.execute(RENEW, {"of_token": token, "now": now, "new_until": now + lease}).rowcount:
        raise _lapsed()


def _lapsed() -> CannotSync:
    return CannotSync(
        Failed(Kind.BUSY, "this writer was held up for so long that its turn on the records has lapsed", "It is tried again by itself.")
    )


class SharedTurns:
    """Implements core.ports.Turns for writers that share a database, and within this process. `lease_s` must outlive a call."""

    def __init__(
        self, store: GroupCommit, account: str, lease_s: float, moment: Callable[[Connection], int], *, wait_s: float = WAIT_S
    ) -> None:
        self._store, self._account, self._moment, self._wait_s = store, account, moment, wait_s
        self._lease_s, self._owner = lease_s, secrets.token_hex(8)
        self._here = InProcessTurns()
        self._closing = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="leases", daemon=True)
        self._beats.start()

    def mark(self) -> int:
        return self._one(_newest)

    @contextmanager
    def take(self, refs: Iterable[External], since: int) -> Iterator[Turn]:
        """All of them or none, as within one process; a lease that nobody renews any more is free when it has lapsed. CannotSync(busy) at
        the end, too, when another took one of them meanwhile: what was found out under the turn may be so no more."""
        wanted = frozenset(refs)
        keys = sorted({(self._account, *_named(ref)) for ref in wanted})
        with self._here.take(wanted, 0):
            turn = self._await(keys, since)
            try:
                yield turn
            except BaseException:
                self._release(turn.token)
                raise
            if self._release(turn.token, of=len(keys)) < len(keys):
                raise _lapsed()

    def close(self) -> None:
        """Give back what is held, for nobody here goes on with it. Safe to call twice."""
        if not self._closing.is_set():
            self._closing.set()
            self._beats.join()
            self._one(partial(_give_back, which=RELEASE_ALL, of={"of_owner": self._owner}))
            self._store.close()

    def _await(self, keys: Sequence[Key], since: int) -> Turn:
        until, pause_s = time.monotonic() + self._wait_s, FIRST_PAUSE_S
        while True:
            taken = self._one(partial(_take, keys=keys, since=since, owner=self._owner, lease=round(self._lease_s * SECOND)))
            if taken:
                return taken
            if time.monotonic() > until:
                raise CannotSync(Failed(Kind.BUSY, "another writer holds one of the records", "It is tried again by itself."))
            self._closing.wait(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - it spreads, it hides nothing
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _release(self, token: int, of: int = 0) -> int:
        """How many `of` so many leases were still this turn's. One that cannot be given back lapses by itself; what was done under it is done."""
        try:
            return self._one(partial(_give_back, which=RELEASE, of={"of_token": token}))
        except CannotSync as error:
            log.warning("a turn could not be given back, it lapses by itself: %s", error)
            return of

    def _beat(self) -> None:
        """A sync may read for long between two writes."""
        while not self._closing.wait(self._lease_s / 4):
            try:
                self._one(partial(_beat, owner=self._owner, lease=round(self._lease_s * SECOND)))
            except CannotSync as error:
                log.warning("turns could not be renewed: %s", error)

    def _one(self, operation: Operation[Result]) -> Result:
        return self._store.call(self._each, operation)

    def _each(self, connection: Connection, operations: Sequence[Operation[Result]]) -> Sequence[Result]:
        now = self._moment(connection)
        return [operation(connection, now) for operation in operations]


def _named(ref: External) -> tuple[str, str]:
    """Case is folded, as NetSuite folds it. What is no externalId (a field that is matched, as an e-mail address) is not stored as it is."""
    if not FORBIDDEN.search(ref.external_id):
        return ref.group.value, ref.external_id.lower()
    return ref.group.value, "sha256:" + hashlib.sha256(ref.external_id.lower().encode()).hexdigest()


def _newest(connection: Connection, _now: int) -> int:
    return connection.execute(NEWEST).scalar() or 0


def _take(connection: Connection, now: int, *, keys: Sequence[Key], since: int, owner: str, lease: int) -> Turn | None:
    """The newest token's row is locked first, so that takers come one after another and none waits in a circle. What was given back since
    the mark has moved, and so may have what nobody gave back."""
    token = _new_token(connection)
    rows: Sequence[Any] = connection.execute(STANDING, {"keys": list(keys)}).all() if keys else []
    if any(row.until > now for row in rows):
        return None
    taken = TAKE.execute(connection, [(*key, token, owner, now + lease, now) for key in keys])
    if len(taken) < len(keys):
        connection.execute(RELEASE, {"of_token": token, "new_token": token})
        return None
    return Turn(any(row.token > since or row.until for row in rows), token)


def _give_back(connection: Connection, _now: int, *, which: Update, of: Mapping[str, object]) -> int:
    return connection.execute(which, {**of, "new_token": _new_token(connection)}).rowcount


def _new_token(connection: Connection) -> int:
    token: int = connection.execute(TOKEN.on(connection)).scalar_one()
    return token


def _beat(connection: Connection, now: int, *, owner: str, lease: int) -> None:
    connection.execute(RENEW_ALL, {"of_owner": owner, "now": now, "new_until": now + lease})
    connection.execute(FORGET, {"now": now, "forgotten": now - FORGOTTEN_AFTER_S * SECOND})
