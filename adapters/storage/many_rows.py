"""Insertions of many rows as one statement: one step into SQLite for all, for each step gives the interpreter lock away; on PostgreSQL
one message.

SQLAlchemy builds the statement for one row, and the row is repeated; the driver gets the values as they are, without a dictionary a row.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DBAPIError

from adapters.storage.by_dialect import INSERTS

PSYCOPG: Callable[..., Dialect] = psycopg.dialect
DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": PSYCOPG(paramstyle="format")}
VALUES = re.compile(r"VALUES (\([^)]*\))")
MOST_ROWS = 64


class ManyRows:
    """An insertion into `columns` of `table`; `finish` adds its conflict clause or what it returns."""

    def __init__(self, table: Table, columns: Sequence[str], finish: Callable[[Any], Insert]) -> None:
        self._table, self._columns, self._finish = table, tuple(columns), finish
        self._text = cache(self._compiled)

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Insert rows whose values stand in the order of `columns`; gives what the statement returns."""
        returned: list[tuple[Any, ...]] = []
        name = connection.dialect.name
        run = _step if name == "sqlite" else _send
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            returned += run(connection, self._text(name, len(part)), tuple(chain.from_iterable(part)))
        return returned

    def _compiled(self, dialect: str, number: int) -> str:
        statement = self._finish(INSERTS[dialect](self._table).values({name: bindparam(name) for name in self._columns}))
        compiled: Any = statement.compile(dialect=DIALECTS[dialect])
        if compiled.positiontup != list(self._columns):
            raise AssertionError(f"values stand as {compiled.positiontup}, not as {self._columns}")
        return VALUES.sub(lambda row: f"VALUES {', '.join([row[1]] * number)}", str(compiled), count=1)


def _step(connection: Connection, text: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
    """On SQLite past SQLAlchemy, whose bookkeeping for a statement takes as long as the statement; errors are the same."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else ()
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect) from error
    finally:
        cursor.close()


def _send(connection: Connection, text: str, values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
    result = connection.exec_driver_sql(text, values)
    return [tuple(row) for row in result] if result.returns_rows else ()
