"""One thread that commits for everyone: all that waits goes into one transaction, one fsync serves it all.

What is common to the databases; a subclass opens its own and judges its errors.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from core.outcome import CannotSync, Failed, Kind

log = logging.getLogger(__name__)

MOST_IN_ONE_COMMIT = 512

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Handler = Callable[[Connection, Sequence[Any]], Sequence[Any]]
"""Does one kind of operation for several callers at once: as many results as arguments, in order."""


@dataclass(eq=False, slots=True)
class Waiting:
    """One caller's operation, until the commit that holds it."""

    handler: Handler
    argument: Any
    future: Future[Any] | asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """A store called `name` that runs operations on its own thread, at most `most` of them in a transaction.

    A subclass says how it is opened (`_open`), what to tell when it cannot be (`_refusal`), which errors are an operation's own
    fault (`_is_fault_of_operation`), what to tell of the others (`_failed`), and which pass by themselves (`_passes`).
    """

    def __init__(self, name: str, most: int = MOST_IN_ONE_COMMIT) -> None:
        self._name, self._most = name, most
        self._waiting: SimpleQueue[Waiting | None] = SimpleQueue()
        self._done: list[Waiting] = []
        self._broken: Failed | None = None
        self._closing = threading.Lock()
        self._closed = False

    def call(self, handler: Callable[[Connection, Sequence[Argument]], Sequence[Result]], argument: Argument) -> Result:
        """Run one operation and wait for its commit."""
        future: Future[Result] = Future()
        self._submit(Waiting(handler, argument, future))
        return future.result()

    def call_async(
        self, handler: Callable[[Connection, Sequence[Argument]], Sequence[Result]], argument: Argument
    ) -> asyncio.Future[Result]:
        """The same for a coroutine: the event loop goes on while the disk works."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._submit(Waiting(handler, argument, future))
        return future

    def close(self) -> None:
        """Finish what waits, then let the database go. Safe to call twice."""
        with self._closing:
            first, self._closed = not self._closed, True
            if first:
                self._waiting.put(None)
        if first:
            self._thread.join()
            self._release()

    def _open(self) -> Engine:
        raise NotImplementedError

    def _connect(self) -> Connection:
        return self._open().connect()

    def _refusal(self, error: BaseException) -> BaseException:
        raise NotImplementedError

    def _is_fault_of_operation(self, error: DBAPIError) -> bool:
        raise NotImplementedError

    def _failed(self, error: DBAPIError) -> tuple[Failed, bool]:
        """What to tell the callers, and whether the store must not be written any more."""
        raise NotImplementedError

    def _passes(self, error: DBAPIError, tries: int) -> bool:
        """Whether the same transaction is worth another try now; waits before it says so."""
        return False

    def _release(self) -> None:
        """What else is held while the store is open."""

    def _start(self) -> None:
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(opened,), name=f"{self._name}-store", daemon=True)
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self._closed = True
            self._release()
            raise

    def _submit(self, waiting: Waiting) -> None:
        with self._closing:
            if self._closed:
                raise CannotSync(Failed(Kind.BUSY, f"The store {self._name} is closed.", "Start the service again."))
            self._waiting.put(waiting)

    def _serve(self, opened: Future[None]) -> None:
        try:
            connection = self._connect()
        except BaseException as error:  # noqa: BLE001 - it is raised where the store was asked for
            opened.set_exception(self._refusal(error))
            return
        opened.set_result(None)
        with connection:
            while batch := self._next():
                if self._done and self._done[0].handler != batch[0].handler:
                    self._answer_done()
                self._commit(connection, batch)
                self._answer_done()
                self._done = batch
                if self._waiting.empty():
                    self._answer_done()
            self._answer_done()
        connection.engine.dispose()

    def _answer_done(self) -> None:
        """Hand out what the last transaction gave. While more of the same waits that is put off until the next one is on its way to the
        disk: its statements and the callers who go on would keep the interpreter's lock from each other."""
        done, self._done = self._done, []
        _answer(done)

    def _next(self) -> list[Waiting]:
        """All that waits, at least one; empty when the store is being closed and nothing waits any more."""
        batch: list[Waiting] = []
        try:
            while len(batch) < self._most:
                waiting = self._waiting.get(block=not batch)
                if waiting is None:
                    self._waiting.put(None)
                    break
                batch.append(waiting)
        except Empty:
            pass
        return batch

    def _commit(self, connection: Connection, batch: list[Waiting], tries: int = 0) -> None:
        if self._broken:
            return _refuse(batch, self._broken)
        try:
            with connection.begin():
                _run(connection, batch)
                self._answer_done()
        except DBAPIError as error:
            if self._passes(error, tries):
                return self._commit(connection, batch, tries + 1)
            if self._is_fault_of_operation(error):
                return self._redo(connection, batch, error)
            self._store_failed(batch, error)
        except Exception as error:  # noqa: BLE001 - it is raised at the one caller whose operation it was
            self._redo(connection, batch, error)

    def _redo(self, connection: Connection, batch: list[Waiting], error: Exception) -> None:
        """One operation spoilt the transaction of all: each again by itself, so that only the guilty one fails."""
        if len(batch) == 1:
            batch[0].error = error
            return
        for waiting in batch:
            self._commit(connection, [waiting])

    def _store_failed(self, batch: list[Waiting], error: DBAPIError) -> None:
        failed, lasting = self._failed(error)
        if lasting:
            self._broken = failed
        log.error("%s", failed.message)
        _refuse(batch, failed)


def _refuse(batch: list[Waiting], failed: Failed) -> None:
    for waiting in batch:
        waiting.error = CannotSync(failed)


def _run(connection: Connection, batch: list[Waiting]) -> None:
    for handler, group in groupby(batch, key=lambda waiting: waiting.handler):
        together = list(group)
        for waiting, result in zip(together, handler(connection, [waiting.argument for waiting in together]), strict=True):
            waiting.result = result


def _answer(batch: list[Waiting]) -> None:
    """Hand out results: threads one by one, each event loop with a single wake-up."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in batch:
        if isinstance(waiting.future, asyncio.Future):
            loops.setdefault(waiting.future.get_loop(), []).append(waiting)
        elif waiting.error:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
    for loop, theirs in loops.items():
        try:
            loop.call_soon_threadsafe(_answer_in_loop, theirs)
        except RuntimeError:
            log.warning("the event loop of %s callers is gone; what they asked for is stored", len(theirs))


def _answer_in_loop(theirs: list[Waiting]) -> None:
    for waiting in theirs:
        if waiting.future.done():
            continue
        if waiting.error:
            waiting.future.set_exception(waiting.error)
        else:
            waiting.future.set_result(waiting.result)
