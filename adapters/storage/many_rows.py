"""Insertions of many rows as one statement: one step into SQLite for all, for each step gives the interpreter lock away; on PostgreSQL
one message.

SQLAlchemy builds the statement, once for each number of rows; the driver gets the values as they are, without a dictionary a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from adapters.storage.by_dialect import INSERTS

PSYCOPG: Callable[..., Dialect] = psycopg.dialect
DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": PSYCOPG(paramstyle="format")}
MOST_ROWS = 64


class ManyRows:
    """An insertion into `columns` of `table`; `finish` adds its conflict clause or what it returns."""

    def __init__(self, table: Table, columns: Sequence[str], finish: Callable[[Any], Insert]) -> None:
        self._table, self._columns, self._finish = table, tuple(columns), finish
        self._texts: dict[tuple[str, int], str] = {}

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Insert rows whose values stand in the order of `columns`; gives what the statement returns."""
        returned: list[Any] = []
        name = connection.dialect.name
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            text = self._texts.get((name, len(part))) or self._text(name, len(part))
            result = connection.exec_driver_sql(text, tuple(chain.from_iterable(part)))
            if result.returns_rows:
                returned += result.all()
        return returned

    def _text(self, dialect: str, number: int) -> str:
        values: list[dict[str, Any]] = [{name: bindparam(f"{name}_{row}") for name in self._columns} for row in range(number)]
        compiled: Any = self._finish(INSERTS[dialect](self._table).values(values)).compile(dialect=DIALECTS[dialect])
        expected = [f"{name}_{row}" for row in range(number) for name in self._columns]
        if compiled.positiontup != expected:
            raise AssertionError(f"values stand as {compiled.positiontup}, not as {expected}")
        return self._texts.setdefault((dialect, number), str(compiled))
