"""Starts our side and the floor, each fresh on its own store, and sees afterwards that what was answered with 200 is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.bench.disk import Disk
from tests.bench.measure import CannotRun
from tests.bench.processes import Child, child, free_port, python

SERVER_CORE = (0,)  # the load takes the other one


@contextmanager
def ingest(disk: Disk, cores: Sequence[int] = ()) -> Iterator[Child]:
    """The product's ingest: webhook server, durable inbox and dispatcher; its writer takes a second per event."""
    with _on_inbox("ingest", "tests.bench.ingest", disk, cores) as server:
        yield server


@contextmanager
def floor(disk: Disk, cores: Sequence[int] = ()) -> Iterator[Child]:
    """The raw socket server on the same inbox."""
    with _on_inbox("floor", "tests.bench.floor", disk, cores) as server:
        yield server


@contextmanager
def ingest_on(disk: Disk, file: Path) -> Iterator[Child]:
    """The product's ingest on a store that is there already."""
    port = free_port()
    with child(python("tests.bench.ingest", str(port), str(file)), port=port, log=file.with_suffix(".log"), env=disk.env) as server:
        yield server


def expect_stored(accepted: int, database: Path, table: str) -> None:
    """A server that says 200 and stores nothing is measured for nothing. CannotRun when rows are missing."""
    with closing(sqlite3.connect(database)) as connection:
        stored = connection.execute(f"select count(*) from {table}").fetchone()[0]
    if stored < accepted:
        raise CannotRun(f"it answered {accepted} events with 200 and stored {stored}")


@contextmanager
def _on_inbox(name: str, module: str, disk: Disk, cores: Sequence[int]) -> Iterator[Child]:
    folder, port = disk.fresh(name), free_port()
    file = folder / "ingest.db"
    with child(python(module, str(port), str(file)), port=port, log=folder / "log", env=disk.env, cores=cores) as server:
        yield server
    expect_stored(server.accepted, file, "inbox_event")
