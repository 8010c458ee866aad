"""Opening a SQLite file safely: alone, of our kind, of a schema we know, undamaged; or a sentence that says what to do."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError

from adapters.storage import schema
from adapters.storage.schema import Purpose
from core.outcome import CannotSync, Failed, Kind, cannot

BUSY_TIMEOUT_MS = 5_000
APPLICATION_IDS = {"ingest": 0x534E_4931, "writer": 0x534E_5731}
"""SQLite's mark of whose file it is: "SNI1" and "SNW1"."""

STATEMENTS = 512
"""Prepared ones that are kept: an insertion has one for each number of rows up to 64, and to prepare it again would cost more than to run it."""

FIRST = "0001"
NAMED = "SELECT name FROM sqlite_master WHERE name = ?"
CHECKED_UP_TO_BYTES = 2 << 30
"""A larger file is not read through at the start (a second a gigabyte); a damaged page is then found when it is used."""

RESTORE = (
    "Restore it from a backup, or move it away to begin anew: what it held is then read again from Stripe and found again in NetSuite."
)
PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
LASTING = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def hold(path: Path) -> IO[str]:
    """Lock `path` for this process until the answer is closed or the process dies; CannotSync when another process has it."""
    file = path.with_name(path.name + ".lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read(20).strip() or "unknown"
        file.close()
        cannot(
            Kind.MISCONFIGURED,
            f"{path} is in use by another process (number {holder}).",
            "Stop that process, or give this one its own storage.url.",
        )
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def open_file(path: Path, purpose: Purpose) -> Engine:
    """The engine of a checked file of the newest schema, created with its tables when `path` is free."""
    if not path.exists():
        _create(path, purpose)
    elif (version := _check(path, purpose)) < schema.known(purpose)[-1]:
        _upgrade(path, purpose, version)
    return _engine(path)


def refusal(path: Path, error: BaseException) -> BaseException:
    """What to tell who wanted to open `path`."""
    if isinstance(error, CannotSync):
        return error
    if isinstance(error, sqlite3.DatabaseError | DBAPIError):
        return CannotSync(Failed(Kind.MISCONFIGURED, f"{path} cannot be read as a database: {_said(error)}.", RESTORE))
    if isinstance(error, OSError):
        return CannotSync(
            Failed(Kind.MISCONFIGURED, f"{path} cannot be opened: {error.strerror}.", "Give the service a folder that it may write to.")
        )
    return error


def is_fault_of_operation(error: DBAPIError) -> bool:
    """Whether one operation was no good, rather than the disk or the file."""
    return isinstance(error, IntegrityError | ProgrammingError | InterfaceError) or _code(error) not in PASSING | LASTING


def store_failed(path: Path, error: DBAPIError) -> tuple[Failed, bool]:
    """What to tell the callers, and whether the store must not be written any more: after a failed fsync nobody knows what is on
    the disk, so a second try that succeeds would promise too much (https://www.sqlite.org/atomiccommit.html)."""
    lasting = _code(error) in LASTING
    remedy = "Mend the disk, check the file, and start the service again." if lasting else "Make room on the disk; it goes on by itself."
    return Failed(Kind.BUSY, f"{path} could not be written: {_said(error)}.", remedy, code=_name(error)), lasting


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), poolclass=NullPool, hide_parameters=True, connect_args={"cached_statements": STATEMENTS}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: object) -> None:
    # Without this the driver begins transactions by itself, late, and the write lock is taken in the middle of one.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {BUSY_TIMEOUT_MS}", "journal_size_limit = 67108864"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(path: Path, purpose: Purpose, version: str) -> None:
    engine = _engine(path)
    with engine.begin() as connection:
        named = connection.exec_driver_sql(NAMED, (schema.VERSION_TABLE,)).first()
        schema.upgrade(connection, purpose, stands_at="" if named else version)
    engine.dispose()


def _create(path: Path, purpose: Purpose) -> None:
    """Build it aside and rename it, so that a crash in between leaves no half file at `path`."""
    aside = path.with_name(path.name + ".new")
    for left in (aside, aside.with_name(aside.name + "-wal"), aside.with_name(aside.name + "-shm")):
        left.unlink(missing_ok=True)
    engine = _engine(aside)
    with engine.begin() as connection:
        schema.upgrade(connection, purpose)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_IDS[purpose]}")
    engine.dispose()
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _check(path: Path, purpose: Purpose) -> str:
    """The file's schema version, when it is one that this program can use."""
    if path.stat().st_size == 0:
        cannot(Kind.MISCONFIGURED, f"{path} is empty, and a store is never begun over a file that is there.", RESTORE)
    connection = sqlite3.connect(path)
    try:
        _check_owner(path, purpose, connection.execute("PRAGMA application_id").fetchone()[0])
        version = _version(path, connection)
        schema.check(str(path), purpose, version)
        if path.stat().st_size <= CHECKED_UP_TO_BYTES:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                cannot(Kind.MISCONFIGURED, f"{path} is damaged: {found}.", RESTORE)
    finally:
        connection.close()
    return version


def _check_owner(path: Path, purpose: Purpose, mark: int) -> None:
    if mark == APPLICATION_IDS[purpose]:
        return
    whose = next((f"the {name}'s store" for name, known in APPLICATION_IDS.items() if known == mark), "a database of another program")
    cannot(Kind.MISCONFIGURED, f"{path} is {whose}, not the {purpose}'s.", "Set storage.url to a folder of its own.")


def _version(path: Path, connection: sqlite3.Connection) -> str:
    """As the file says; the first ones said it by a number in their header."""
    if connection.execute(NAMED, (schema.VERSION_TABLE,)).fetchone():
        found = connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
        version = str(found[0]) if found else ""
    else:
        version = FIRST if connection.execute("PRAGMA user_version").fetchone()[0] == 1 else ""
    if not version:
        cannot(Kind.MISCONFIGURED, f"{path} names no schema version.", RESTORE)
    return version


def _code(error: DBAPIError) -> int:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


def _name(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", "")


def _said(error: BaseException) -> str:
    return str(error.orig if isinstance(error, DatabaseError) else error)
