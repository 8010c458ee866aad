"""README.md's tables, generated from what they describe, and nothing written twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from core.events import TABLE, Ignore, Row, Sync


def with_tables(text: str, others: Mapping[str, Callable[[], str]]) -> str:
    """The README's text with everything between `<!-- table: NAME -->` and `<!-- end -->` made anew; `others` beside the event table."""
    tables = {"events": event_table, **others}
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", lambda found: found[1] + tables[found[2]]() + found[3], text, flags=re.DOTALL
    )


def event_table(rows: Iterable[Row] = TABLE) -> str:
    lines = ["| event | NetSuite | what happens |", "|---|---|---|"]
    lines += [f"| {_name(row)} | {_action(row)} | {row.sentence} |" for row in rows]
    return "\n".join(lines) + "\n"


def _name(row: Row) -> str:
    also = f" ({', '.join(f'`{name}`' for name in row.also)})" if row.also else ""
    return f"`{row.type}`{also}{' +' if row.added else ''}"


def _action(row: Row) -> str:
    match row:
        case Sync(subject=subject):
            return subject.name
        case Ignore():
            return "–"
