"""A PostgreSQL database as a store: one schema a service, opened up to date, one connection that commits for everyone."""

from __future__ import annotations

import logging
import random
import threading
import time

from psycopg.errors import ConnectionTimeout
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from adapters.storage.group_commit import MOST_IN_ONE_COMMIT, GroupCommit
from adapters.storage.postgres_database import database_failed, is_conflict, is_fault_of_operation, is_lost, open_database, refusal, shown
from adapters.storage.schema import Purpose
from core.outcome import Failed

CONFLICT_TRIES, LOST_TRIES = 9, 7
FIRST_WAIT_S = 0.02
OPENS_WITHIN_S = 30.0

log = logging.getLogger(__name__)


class PostgresStore(GroupCommit):
    """Opens the database at `url` (postgresql://...), making or upgrading the service's schema. A server that is too slow to answer is
    asked for half a minute, so that a process that is started on a busy machine does not end; any other refusal is told at once.

    A transaction that met another one in a circle, and one whose connection broke, is done again: every operation may be. While the
    database is away, callers are told so at once after the first ones have waited some three seconds for it.
    """

    def __init__(self, url: str, purpose: Purpose, most: int = MOST_IN_ONE_COMMIT) -> None:
        super().__init__(shown(url), most)
        self._url, self._purpose = url, purpose
        self._away = False
        self._pause = threading.Event()
        self._start()

    def _open(self) -> Engine:
        return open_database(self._url, self._purpose)

    def _connect(self) -> Connection:
        until = time.monotonic() + OPENS_WITHIN_S
        while True:
            try:
                return super()._connect()
            except DBAPIError as error:
                if not isinstance(error.orig, ConnectionTimeout) or time.monotonic() > until:
                    raise
                log.warning("%s does not answer in time, it is asked again", self._name)

    def _refusal(self, error: BaseException) -> BaseException:
        return refusal(self._url, error)

    def _is_fault_of_operation(self, error: DBAPIError) -> bool:
        return is_fault_of_operation(error)

    def _failed(self, error: DBAPIError) -> tuple[Failed, bool]:
        return database_failed(self._url, error), False

    def _passes(self, error: DBAPIError, tries: int) -> bool:
        lost = is_lost(error)
        again = tries < LOST_TRIES and not self._away if lost else is_conflict(error) and tries < CONFLICT_TRIES
        self._away = lost and not again
        if again:
            self._pause.wait(random.uniform(0.5, 1.0) * FIRST_WAIT_S * 2**tries)  # noqa: S311 - it spreads, it hides nothing
        return again
