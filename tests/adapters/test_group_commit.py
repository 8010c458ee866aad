"""One thread commits for everyone: when each caller hears of it, and what a neighbour's misfortune does to him."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag

import pytest
from sqlalchemy import Connection, text

from adapters.storage.sqlite import SqliteStore

SOON_S = 20
NOTE = text("INSERT INTO mark (name, value, at) VALUES (:name, '', 0)")
Operation = Callable[[], str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ingest.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path, "ingest")
    yield opened
    opened.close()


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def note(connection: Connection, names: Sequence[str]) -> Sequence[str]:
    for name in names:
        connection.execute(NOTE, {"name": name})
    return names


def usual(_connection: Connection, operations: Sequence[Operation]) -> Sequence[str]:
    return [operation() for operation in operations]


def another(connection: Connection, operations: Sequence[Operation]) -> Sequence[str]:
    return usual(connection, operations)


def names_in(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM mark")}


def held(store: SqliteStore, callers: ThreadPoolExecutor) -> tuple[Future[str], Flag]:
    """A usual operation that is under way until the flag is raised: meanwhile others come to wait."""
    began, go = Flag(), Flag()

    def hold() -> str:
        began.set()
        return "held" if go.wait(SOON_S) else "left alone"

    holding = callers.submit(store.call, usual, hold)
    assert began.wait(SOON_S)
    return holding, go


def wait(store: SqliteStore, callers: ThreadPoolExecutor, handler: Callable[..., Sequence[str]], operation: Operation) -> Future[str]:
    """A caller who waits behind the one who is held."""
    before = store._waiting.qsize()
    waiting = callers.submit(store.call, handler, operation)
    while store._waiting.qsize() == before:
        assert not waiting.done()
    return waiting


def fail() -> str:
    raise ValueError("no good")


def test_who_is_answered_is_on_the_disk(store: SqliteStore, callers: ThreadPoolExecutor, path: Path) -> None:
    def call(name: str) -> bool:
        return store.call(note, name) in names_in(path)

    assert all(callers.map(call, (f"n{number}" for number in range(400))))


def test_nobody_waits_for_an_operation_of_another_kind_that_came_after_his_own(store: SqliteStore, callers: ThreadPoolExecutor) -> None:
    first, go = held(store, callers)
    second = wait(store, callers, another, lambda: f"after {first.result(SOON_S)}")
    go.set()
    assert second.result(SOON_S) == "after held"


def test_what_follows_may_fail_and_he_has_his_answer(store: SqliteStore, callers: ThreadPoolExecutor) -> None:
    first, go = held(store, callers)
    bad, good = wait(store, callers, usual, fail), wait(store, callers, usual, lambda: "good")
    go.set()
    assert (first.result(SOON_S), good.result(SOON_S)) == ("held", "good")
    with pytest.raises(ValueError, match="no good"):
        bad.result(SOON_S)


def test_whoever_waits_when_the_store_is_closed_is_answered(store: SqliteStore, callers: ThreadPoolExecutor) -> None:
    first, go = held(store, callers)
    second = wait(store, callers, usual, lambda: "too")
    closing = callers.submit(store.close)
    go.set()
    assert (first.result(SOON_S), second.result(SOON_S), closing.result(SOON_S)) == ("held", "too", None)
