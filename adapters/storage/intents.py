"""The writer's intents on SQL: what is about to be done to NetSuite, and what may or may not have been done."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, tuple_, update

from adapters.storage.audit import UNKNOWN_VERSIONS, Versions, append
from adapters.storage.encoding import to_micros, utc_now
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.leases import renew
from adapters.storage.sync_records import remember
from adapters.storage.tables import write_intent
from core.intents import AMBIGUITY_WINDOW_S, Cause, Doubt, Ending, Intent
from core.outcome import CannotSync, Failed, Kind
from core.ports import Link
from core.records import External, RecordType

SECOND = 1_000_000
FRESH_S = 5.0
"""A call that waited longer for its place among those in flight is stored anew before it is sent: its time counts from then."""
MOST_AGAIN = 3
"""Looks at the clock before a call is given up that cannot be stored and sent in so short a time."""

HERE = write_intent.c.account == bindparam("of_account")
OF_RECORD = tuple_(write_intent.c.record_group, write_intent.c.external_id).in_(bindparam("keys", expanding=True))
OF_SUBJECT = (write_intent.c.stripe_id == bindparam("of_object")) & (write_intent.c.subject == bindparam("of_subject"))
DOUBTS = select(write_intent).where(HERE, or_(OF_RECORD, OF_SUBJECT)).order_by(write_intent.c.number)
GONE = delete(write_intent).where(write_intent.c.number.in_(bindparam("numbers", expanding=True))).returning(write_intent)
OF_NUMBER = write_intent.c.number == bindparam("of_number")
OF = select(write_intent).where(OF_NUMBER)
IN_DOUBT = update(write_intent).where(OF_NUMBER).values(under_way=False).returning(write_intent)
AGAIN = (
    update(write_intent).where(OF_NUMBER).values(at=bindparam("now"), request_id=bindparam("new_id"), attempt=write_intent.c.attempt + 1)
)


@dataclass(slots=True)
class Sent:
    """The call that a thread is making: the identity of its next request, when it was asked to be stored, how often it was sent. That
    moment is no later than the stored one, however long the thread was held up meanwhile."""

    number: int
    token: int
    request_id: str
    stored_s: float
    sends: int = 0


Operation = Callable[[Connection, int], Result]


def process_clock(_: Connection) -> int:
    """The microsecond by this process's clock: right where one process has the store."""
    return to_micros(utc_now())


class SqlIntents:
    """Implements core.ports.Intents on the writer's store, and asks what `adapters.netsuite` asks before it sends (its `Gate`).

    `account` is NetSuite's; `window_s` is how long a lost call stays unknown; `moment` tells the microsecond within a transaction.
    `gated`: whoever sends asks `sending` first, so that a call which failed before anything was sent leaves no doubt. `lease_s`: how
    long a turn goes on from each call, where turns are leases in the same store (0: they are not).
    """

    def __init__(
        self,
        store: GroupCommit,
        account: str = "",
        window_s: float = AMBIGUITY_WINDOW_S,
        moment: Callable[[Connection], int] = process_clock,
        *,
        gated: bool = False,
        lease_s: float = 0,
        versions: Versions = UNKNOWN_VERSIONS,
    ) -> None:
        self._versions = versions
        self._store, self._account, self._moment, self._gated = store, account, moment, gated
        self._lease = round(lease_s * SECOND)
        self._window = round(window_s * SECOND)
        self._here = local()

    def begin(self, intent: Intent) -> int:
        asked_s, request_id = time.monotonic(), secrets.token_hex(16)
        number = self._one(partial(_begin, account=self._account, intent=intent, request_id=request_id, lease=self._lease))
        self._here.sent = Sent(number, intent.token, request_id, asked_s)
        return number

    def end(self, number: int, ending: Ending, link: Link | None = None) -> None:
        sent: Sent | None = getattr(self._here, "sent", None)
        self._here.sent = None
        was_sent = not (self._gated and sent and not sent.sends)
        if ending is Ending.UNKNOWN and not was_sent:
            ending = Ending.REFUSED
        turn = (sent.token, self._lease) if self._lease and sent and link else None
        self._one(partial(_end, number=number, ending=ending, link=link, versions=self._versions if was_sent else None, turn=turn))

    def doubts(self, refs: Iterable[External], cause: Cause) -> Sequence[Doubt]:
        keys = [(ref.group.value, ref.external_id) for ref in refs]
        asked = {"of_account": self._account, "keys": keys, "of_object": cause.stripe_id, "of_subject": cause.subject}
        return self._one(partial(_doubts, asked=asked, window=self._window))

    def certain(self, numbers: Iterable[int]) -> None:
        self._one(partial(_certain, numbers=list(numbers), versions=self._versions))

    def sending(self) -> str:
        """The identity of the request that this thread is about to send, "" when it makes no mutating call; CannotSync when it must not."""
        sent: Sent | None = getattr(self._here, "sent", None)
        if sent is None:
            return ""
        is_repeated = sent.sends > 0
        for _ in range(MOST_AGAIN):
            asked_s = time.monotonic()
            if not is_repeated and asked_s - sent.stored_s <= FRESH_S:
                sent.sends += 1
                return sent.request_id
            new_id, told = secrets.token_hex(16), self._versions if is_repeated else None
            self._one(partial(_again, sent=sent, lease=self._lease, versions=told, request_id=new_id))
            sent.request_id, sent.stored_s, is_repeated = new_id, asked_s, False
        raise CannotSync(Failed(Kind.BUSY, "the writer's store is too slow to send by what it holds", "It is tried again by itself."))

    def _one(self, operation: Operation[Result]) -> Result:
        return self._store.call(self._each, operation)

    def _each(self, connection: Connection, operations: Sequence[Operation[Result]]) -> Sequence[Result]:
        now = self._moment(connection)
        return [operation(connection, now) for operation in operations]


def _begin(connection: Connection, now: int, *, account: str, intent: Intent, request_id: str, lease: int) -> int:
    if lease:
        renew(connection, now, intent.token, lease)
    ref, cause = intent.ref, intent.cause
    values = {
        "account": account,
        "record_group": ref.group.value,
        "external_id": ref.external_id,
        "record_type": ref.type.value,
        "act": intent.act.value,
        "checksum": intent.checksum,
        "token": intent.token,
        "event_id": cause.event_id,
        "stripe_id": cause.stripe_id,
        "subject": cause.subject,
        "plan": cause.plan,
        "settings": cause.settings,
        "request_id": request_id,
        "attempt": 1,
        "at": now,
        "under_way": True,
    }
    number: int = connection.execute(insert(write_intent).returning(write_intent.c.number), values).scalar_one()
    return number


def _again(connection: Connection, now: int, *, sent: Sent, lease: int, versions: Versions | None, request_id: str) -> None:
    """NetSuite refused the request for want of room or for its log-in, and it is repeated; or it waited long to be sent at all."""
    if lease:
        renew(connection, now, sent.token, lease)
    if versions:
        append(connection, now, connection.execute(OF, {"of_number": sent.number}).one(), Ending.REFUSED, versions)
    connection.execute(AGAIN, {"of_number": sent.number, "now": now, "new_id": request_id})


def _end(
    connection: Connection,
    now: int,
    *,
    number: int,
    ending: Ending,
    link: Link | None,
    versions: Versions | None,
    turn: tuple[int, int] | None,
) -> None:
    """What was written is remembered under its `turn` alone (its token and lease): after another's it may not be so any more, and the
    intent stays open."""
    if turn:
        renew(connection, now, *turn)
    if ending is Ending.UNKNOWN:
        rows = connection.execute(IN_DOUBT, {"of_number": number}).all()
    else:
        rows = connection.execute(GONE, {"numbers": [number]}).all()
    for row in rows:
        if versions:
            append(connection, now, row, ending, versions)
    if link:
        remember(connection, link)


def _doubts(connection: Connection, now: int, *, asked: dict[str, Any], window: int) -> Sequence[Doubt]:
    return [_doubt(row, now, window) for row in connection.execute(DOUBTS, asked)]


def _doubt(row: Any, now: int, window: int) -> Doubt:
    left = row.at + window - now
    ref = External(RecordType(row.record_type), row.external_id)
    return Doubt(row.number, ref, _cause(row), -(-max(0, left) // SECOND), row.under_way)


def _cause(row: Any) -> Cause:
    return Cause(row.event_id, row.stripe_id, row.subject, row.plan, row.settings)


def _certain(connection: Connection, now: int, *, numbers: Sequence[int], versions: Versions) -> None:
    """A call that was never ended, for its writer is gone, is told in the trail now."""
    for row in connection.execute(GONE, {"numbers": numbers}).all():
        if row.under_way:
            append(connection, now, row, Ending.UNKNOWN, versions)
