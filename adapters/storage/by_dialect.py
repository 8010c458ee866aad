"""Insertions with a conflict clause: SQLite and PostgreSQL mean the same by it, and SQLAlchemy has a class for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

INSERTS: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class ByDialect:
    """`finish` adds the conflict clause, and what is returned, to an insertion into `table`."""

    def __init__(self, table: Table, finish: Callable[[Any], Insert]) -> None:
        self._statements = {name: finish(insert(table)) for name, insert in INSERTS.items()}

    def on(self, connection: Connection) -> Insert:
        """The statement for this connection's database."""
        return self._statements[connection.dialect.name]
