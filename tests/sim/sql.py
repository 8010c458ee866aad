"""The product's statements straight to SQLite: SQLAlchemy compiles each once, and nothing of it stands between a story and the database.

A story makes thousands of small transactions, and SQLAlchemy's own execution takes longer than SQLite's. What is run is the text that
SQLAlchemy writes, with its types on the way in and out; a test tells a story both ways and compares.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, NoResultFound

Processor = Callable[[Any], Any]


class Found:
    """What a statement gave: of sqlalchemy.CursorResult what the storage asks."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        if len(self._rows) != 1:
            raise NoResultFound(f"{len(self._rows)} rows, not one")
        return self._rows[0]

    def scalars(self) -> Found:
        return Found([row[0] for row in self._rows], self.rowcount)

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]


class Prepared:
    """A statement, compiled for parameters of these names."""

    def __init__(self, compiled: Any, named: frozenset[str]) -> None:
        self._compiled, self.named = compiled, named
        self._texts: dict[tuple[int, ...], str] = {(): compiled.string}
        numbers = {bind: number for number, key in enumerate(compiled.cache_key[1]) for bind in compiled._cache_key_bind_match[0][key]}
        processors: Mapping[str, Processor] = compiled._bind_processors
        binds = [(name, compiled.binds[name]) for name in compiled.positiontup or ()]
        if missing := [name for name, bind in binds if bind.required and bind.key not in named]:
            raise TypeError(f"{compiled} asks for {missing}")
        self._order = [(bind.key, bind, numbers.get(bind), processors.get(name)) for name, bind in binds]
        self._is_simple = all(name in named and not bind.expanding and not do for name, bind, _, do in self._order)
        self.columns = [
            (column.keyname, column.type._cached_result_processor(compiled.dialect, None)) for column in compiled._result_columns
        ]
        row = namedtuple("Row", [name for name, _ in self.columns], rename=True)  # type: ignore[misc]  # noqa: PYI024 - its columns are known only now
        self._row: Callable[[Iterable[Any]], Any] = row._make
        self._is_plain = not any(processor for _, processor in self.columns)

    def bound(self, given: Mapping[str, Any], extracted: Sequence[Any]) -> tuple[str, list[Any]]:
        """The text and its values, in order."""
        if self._is_simple:
            return self._texts[()], [given[name] for name, *_ in self._order]
        values: list[Any] = []
        lengths: tuple[int, ...] = ()
        for name, bind, number, processor in self._order:
            value = given[name] if name in given else (bind if number is None else extracted[number]).value
            if bind.expanding:
                lengths = (*lengths, len(value))
                for one in value:
                    values.extend(one if isinstance(one, tuple) else (one,))
            else:
                values.append(processor(value) if processor else value)
        return self._texts.get(lengths) or self._text(lengths, given, extracted), values

    def rows(self, cursor: sqlite3.Cursor) -> list[Any]:
        """Each with its columns' names and types."""
        if not self.columns:
            return []
        if self._is_plain:
            return list(map(self._row, cursor))
        processors = [processor for _, processor in self.columns]
        return [self._row(do(value) if do else value for do, value in zip(processors, row, strict=True)) for row in cursor]

    def _text(self, lengths: tuple[int, ...], given: Mapping[str, Any], extracted: Sequence[Any]) -> str:
        """With as many places as the lists have values."""
        asked = self._compiled.construct_params(dict(given), extracted_parameters=extracted)
        return self._texts.setdefault(lengths, self._compiled._process_parameters_for_postcompile(asked).statement)


class Transaction:
    """One, as the product's stores begin it."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._do = raw.execute

    def __enter__(self) -> None:
        self._do("BEGIN IMMEDIATE")

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._do("ROLLBACK" if error else "COMMIT")


class Straight:
    """Of sqlalchemy.Connection what the storage's operations ask, over one connection of the driver's."""

    def __init__(self, raw: sqlite3.Connection, dialect: Dialect) -> None:
        self.dialect = dialect
        self.connection = raw
        self._transaction = Transaction(raw)
        self._prepared: dict[Any, Prepared] = {}
        self._known: WeakKeyDictionary[Any, tuple[bool, Prepared, Sequence[Any]]] = WeakKeyDictionary()

    def begin(self) -> Transaction:
        return self._transaction

    def execute(self, statement: Any, given: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()) -> Found:
        each: Sequence[Mapping[str, Any]] = [given] if isinstance(given, Mapping) else given or [{}]
        prepared, own = self._ready(statement, each[0].keys(), many=len(each) > 1)
        rowcount, rows = 0, []
        for one in each:
            text, values = prepared.bound(one, own)
            cursor = self._run(text, values)
            rows += prepared.rows(cursor)
            rowcount += cursor.rowcount
        return Found(rows, rowcount)

    def _ready(self, statement: Any, named: KeysView[str], *, many: bool) -> tuple[Prepared, Sequence[Any]]:
        """The statement prepared, and its own values. One that is asked again is known by itself, one that is built anew by its cache key."""
        if (known := self._known.get(statement)) and known[0] is many and known[1].named == named:
            return known[1:]
        key = statement._generate_cache_key()
        names = (key.key, frozenset(named), many)
        if (prepared := self._prepared.get(names)) is None:
            compiled = statement._compiler(self.dialect, cache_key=key, column_keys=sorted(named), for_executemany=many)
            prepared = self._prepared[names] = Prepared(compiled, frozenset(named))
        self._known[statement] = (many, prepared, key.bindparams)
        return prepared, key.bindparams

    def _run(self, text: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self.connection.execute(text, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(text, list(values), error, sqlite3.Error, hide_parameters=True, dialect=self.dialect) from error
