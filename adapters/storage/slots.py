"""The limit of NetSuite calls in flight over several writer processes, kept in the database that they share.

One row holds the limit and is locked by whoever asks, so the count is exact; a call's own row goes when it ends, or lapses with its writer.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from adapters.storage.by_dialect import ByDialect
from adapters.storage.group_commit import GroupCommit, Result
from adapters.storage.tables import netsuite_call, netsuite_limit
from core.outcome import CannotSync, Failed, Kind

log = logging.getLogger(__name__)

SECOND = 1_000_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.25
MILLI = 1000
"""The limit is kept in thousandths of a call, for it is lowered by parts."""
LOWERED_TO = 700
RAISED_AFTER_S = 15

OF_ACCOUNT = netsuite_limit.c.account == bindparam("of_account")
BEGIN = ByDialect(netsuite_limit, lambda insertion: insertion.on_conflict_do_nothing(index_elements=[netsuite_limit.c.account]))
LIMIT = select(netsuite_limit).where(OF_ACCOUNT).with_for_update()
SET = (
    update(netsuite_limit)
    .where(OF_ACCOUNT)
    .values(milli=bindparam("new_milli"), lowered=bindparam("new_lowered"), changed=bindparam("now"))
)
IN_FLIGHT = (
    select(func.count())
    .select_from(netsuite_call)
    .where(netsuite_call.c.account == bindparam("of_account"), netsuite_call.c.until > bindparam("now"))
)
LAPSED = delete(netsuite_call).where(netsuite_call.c.until <= bindparam("now"))
GONE = delete(netsuite_call).where(netsuite_call.c.number == bindparam("of_number"))

Operation = Callable[[Connection, int], Result]


class SharedSlots:
    """Implements adapters.netsuite.budget.Slots: at most `most` calls of the account at once, over every process that asks here.

    Lowered for all by a refusal, raised by one call when all were in use and none was refused for 15 s. `life_s` outlives a call."""

    def __init__(self, store: GroupCommit, account: str, most: int, life_s: float, moment: Callable[[Connection], int]) -> None:
        self._store, self._account, self._most, self._moment = store, account, most, moment
        self._life = round(life_s * SECOND)
        self._closing = threading.Event()

    def enter(self) -> tuple[int, int]:
        """Wait for a slot: its number, and how often the limit had been lowered before. CannotSync(busy) while the store is away."""
        pause_s = FIRST_PAUSE_S
        while (taken := self._one(partial(_enter, account=self._account, most=self._most, life=self._life))) is None:
            if self._closing.wait(pause_s * random.uniform(0.5, 1.0)):  # noqa: S311 - it spreads, it hides nothing
                raise CannotSync(Failed(Kind.BUSY, "the writer is being stopped", "It is tried again by itself."))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        return taken

    def leave(self, slot: tuple[int, int], *, no_room: bool) -> None:
        """The call has ended; `no_room`: NetSuite refused it. A slot that cannot be given back lapses by itself."""
        try:
            self._one(partial(_leave, account=self._account, slot=slot, no_room=no_room))
        except CannotSync as error:
            log.warning("a slot of NetSuite's limit could not be given back, it lapses by itself: %s", error)

    def close(self) -> None:
        """Nobody waits any more. Safe to call twice."""
        self._closing.set()
        self._store.close()

    def _one(self, operation: Operation[Result]) -> Result:
        return self._store.call(self._each, operation)

    def _each(self, connection: Connection, operations: Sequence[Operation[Result]]) -> Sequence[Result]:
        return [operation(connection, self._moment(connection)) for operation in operations]


def _enter(connection: Connection, now: int, *, account: str, most: int, life: int) -> tuple[int, int] | None:
    connection.execute(BEGIN.on(connection), {"account": account, "milli": most * MILLI, "lowered": 0, "changed": now})
    limit = connection.execute(LIMIT, {"of_account": account}).one()
    milli, asked = min(limit.milli, most * MILLI), {"of_account": account, "now": now}
    in_flight: int = connection.execute(IN_FLIGHT, asked).scalar_one()
    if in_flight >= milli // MILLI and milli < most * MILLI and now - limit.changed >= RAISED_AFTER_S * SECOND:
        milli = min(most * MILLI, milli + MILLI)
        connection.execute(SET, {**asked, "new_milli": milli, "new_lowered": limit.lowered})
    if in_flight >= milli // MILLI:
        return None
    connection.execute(LAPSED, {"now": now})
    number: int = connection.execute(
        insert(netsuite_call).returning(netsuite_call.c.number), {"account": account, "until": now + life}
    ).scalar_one()
    return number, limit.lowered


def _leave(connection: Connection, now: int, *, account: str, slot: tuple[int, int], no_room: bool) -> None:
    number, lowered = slot
    limit = connection.execute(LIMIT, {"of_account": account}).one()
    connection.execute(GONE, {"of_number": number})
    if no_room:  # calls that set out together lower it once
        first = limit.lowered == lowered
        milli = max(MILLI, limit.milli * LOWERED_TO // 1000) if first else limit.milli
        connection.execute(SET, {"of_account": account, "new_milli": milli, "new_lowered": limit.lowered + first, "now": now})
