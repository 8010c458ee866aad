"""Runs the groups of rows one after the other; a group that cannot run leaves its rows in the table with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.bench.disk import Disk
from tests.bench.measure import CannotRun, NotAvailable, Row


@dataclass(frozen=True, slots=True)
class Bench:
    """What every group is given: how many rounds, how long a turn of load lasts, and the disk."""

    rounds: int
    seconds: float
    disk: Disk


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are measured together. `rows` are their lines without figures; `measure` gives them back with figures, in order."""

    name: str
    rows: Sequence[Row]
    measure: Callable[[Bench], Sequence[Row]]


def run(groups: Sequence[Group], bench: Bench, progress: Callable[[str], None]) -> Iterator[Row]:
    """Every row of every group, in order."""
    for group in groups:
        progress(group.name)
        try:
            yield from group.measure(bench)
        except NotAvailable as missing:
            yield from (replace(row, unavailable=str(missing)) for row in group.rows)
        except CannotRun as failed:
            yield from (replace(row, unavailable=str(failed), broken=True) for row in group.rows)
