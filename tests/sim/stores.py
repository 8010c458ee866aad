"""The real SQL storage on SQLite in memory: every operation is one transaction of the storage's own code, a step before it and one after."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from typing import cast

from sqlalchemy import Connection, StaticPool, create_engine, event

from adapters.storage import schema
from adapters.storage.group_commit import Argument, GroupCommit, Result, Waiting
from adapters.storage.schema import Purpose
from adapters.storage.sqlite_file import _begin
from tests.sim.scheduler import Process
from tests.sim.sql import Straight

NOBODY: Future[object] = Future()
"""Nobody waits: whoever asks commits."""


class Disk:
    """One service's database: it outlives the processes that use it. Opened once in a Python process, and put back to empty."""

    def __init__(self, purpose: Purpose) -> None:
        self._raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)
        engine = create_engine("sqlite://", creator=lambda: self._raw, poolclass=StaticPool, hide_parameters=True)
        event.listen(engine, "begin", _begin)
        quiet = logging.getLogger("alembic")
        quiet.setLevel(logging.WARNING)
        with engine.begin() as connection:
            schema.upgrade(connection, purpose)
        self.connection = cast(Connection, Straight(self._raw, engine.dialect))
        self.sqlalchemys: Connection = engine.connect()
        self._empty = self._raw.serialize()

    def empty(self) -> None:
        """As on the first day."""
        self.restore(self._empty)

    def holds(self, event: str) -> bool:
        """Whether ingest has stored it."""
        return self._raw.execute("SELECT 1 FROM inbox_event WHERE event_id = ?", (event,)).fetchone() is not None

    def backup(self) -> bytes:
        return self._raw.serialize()

    def restore(self, backup: bytes) -> None:
        """What was written since the backup is lost."""
        self._raw.deserialize(backup)


@cache
def disk(purpose: Purpose) -> Disk:
    """The one of this Python process: compiled statements are kept from story to story."""
    return Disk(purpose)


class SimStore(GroupCommit):
    """A store of one process, on the disk that all share. The transaction is the real one; there is no thread behind it."""

    def __init__(self, name: str, process: Process, disk: Disk) -> None:
        super().__init__(name)
        self._process, self._disk = process, disk

    def call(self, handler: Callable[[Connection, Sequence[Argument]], Sequence[Result]], argument: Argument) -> Result:
        self._process.step(f"{self._name} begins")
        waiting = Waiting(handler, argument, NOBODY)
        self._commit(self._disk.connection, [waiting])
        self._process.step(f"{self._name} committed")
        if waiting.error:
            raise waiting.error
        result: Result = waiting.result
        return result

    def call_async(
        self, handler: Callable[[Connection, Sequence[Argument]], Sequence[Result]], argument: Argument
    ) -> asyncio.Future[Result]:
        return asyncio.get_running_loop().run_in_executor(None, lambda: self.call(handler, argument))

    def close(self) -> None:
        """The disk stays."""
