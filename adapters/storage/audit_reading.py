"""The audit trail as an auditor reads it: beside the running writer, without a right to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from adapters.storage.audit import Head, read_head, read_of, read_rows, verify
from adapters.storage.postgres_database import SCHEMAS, libpq, shown
from core.outcome import Kind, cannot

RESTORE = "Start the writer once, so that it brings its store up to date; or mend storage.url."


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail at one moment."""

    connection: Connection

    def head(self) -> Head:
        """Its newest row."""
        return read_head(self.connection)

    def verify(self, anchor: Head | None = None) -> str:
        """What is wrong with it, "" when nothing is; with `anchor` also whether it still holds what was written down."""
        return verify(read_rows(self.connection), self.head(), anchor)

    def of(self, wanted: str) -> Sequence[Mapping[str, Any]]:
        """The rows of a Stripe id, an event, a request or an externalId, oldest first."""
        return list(read_of(self.connection, wanted))


@contextmanager
def file_trail(path: Path) -> Iterator[Trail]:
    """Of the writer's SQLite file; CannotSync (misconfigured) when there is none."""
    if not path.exists():
        cannot(Kind.MISCONFIGURED, f"There is no {path}.", "Name the writer's folder in storage.url.")
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=NullPool)
    with _read(engine.connect, str(path)) as connection:
        yield Trail(connection)


@contextmanager
def database_trail(url: str) -> Iterator[Trail]:
    """Of the writer's schema on PostgreSQL; CannotSync (misconfigured) when it cannot be read."""
    engine = create_engine(libpq(url), poolclass=NullPool, hide_parameters=True, isolation_level="REPEATABLE READ")
    with _read(engine.connect, shown(url)) as connection:
        connection.execute(text(f"SET search_path TO {SCHEMAS['writer']}"))
        connection.execute(text("SET TRANSACTION READ ONLY"))
        yield Trail(connection)


@contextmanager
def _read(connect: Any, where: str) -> Iterator[Connection]:
    try:
        with connect() as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        cannot(Kind.MISCONFIGURED, f"The audit trail of {where} cannot be read: {str(error.orig).splitlines()[0]}.", RESTORE)
