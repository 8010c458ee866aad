"""The table that a person reads and the JSON that a script reads, from the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from rich import box
from rich.table import Table

from tests.bench.measure import Row, Side, figure, span


def table(rows: Sequence[Row], title: str) -> Table:
    """One line a row; a row that could not run stands there with the reason."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    made.add_column("row", no_wrap=True)
    made.add_column("ratio", justify="right", no_wrap=True)
    made.add_column("rounds", no_wrap=True)
    made.add_column("goal", no_wrap=True)
    made.add_column("", no_wrap=True)
    made.add_column("what was measured", overflow="fold")
    for row in rows:
        made.add_row(*_cells(row), style="" if row.met is not False else "yellow")
    return made


def document(rows: Sequence[Row], about: dict[str, str]) -> dict[str, Any]:
    """The same as plain data: what `bench.json` holds."""
    return {"about": about, "rows": [_plain(row) for row in rows]}


def _cells(row: Row) -> tuple[str, ...]:
    if row.value is None:
        return (row.name, "-", "", str(row.goal), "not available", f"{row.what}: not available: {row.unavailable}")
    sides = "; ".join(map(_side, row.sides))
    described = ". ".join(part for part in (row.what, sides, row.how) if part)
    rounds = "exact" if row.exact else span(row.ratios)
    return (row.name, figure(row.value), rounds, str(row.goal), "met" if row.met else "NOT MET", described)


def _side(side: Side) -> str:
    rounds = f" ({span(side.figures)})" if len(side.figures) > 1 else ""
    return f"{side.name} {figure(median(side.figures))}{rounds} {side.unit}"


def _plain(row: Row) -> dict[str, Any]:
    return {
        "row": row.name,
        "what": row.what,
        "ratio": row.value,
        "ratios": list(row.ratios),
        "goal": str(row.goal),
        "met": row.met,
        "exact": row.exact,
        "how": row.how,
        "not_available": row.unavailable or None,
        "sides": [{"name": side.name, "unit": side.unit, "figures": list(side.figures)} for side in row.sides],
    }
