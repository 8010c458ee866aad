"""What a row of the table is: one ratio a round, the goal for its median, and how the two sides are taken in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Generic, TypeVar

Sample = TypeVar("Sample")


class CannotRun(Exception):
    """A row could not be measured, and why: a side did not start, or answered wrongly."""


class NotAvailable(CannotRun):
    """A row cannot be measured on this machine, and why: a tool that the peer needs is not here. Nobody's fault."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the median must hold: `at_least` for more is better, `at_most` for less is better."""

    bound: float
    more_is_better: bool

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.more_is_better else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.more_is_better else '<='} {figure(self.bound)}"


def at_least(bound: float) -> Goal:
    return Goal(bound, more_is_better=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, more_is_better=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratios` holds one figure a round; `sides` the absolute figures behind them; `exact` marks a count,
    not a timing. Without ratios `unavailable` says why; `broken` when that is a fault and not the machine's lack of a tool."""

    name: str
    what: str
    goal: Goal
    ratios: tuple[float, ...] = ()
    sides: tuple[Side, ...] = ()
    how: str = ""
    exact: bool = False
    unavailable: str = ""
    broken: bool = False

    @property
    def value(self) -> float | None:
        """The median over the rounds, which decides; None when the row could not run."""
        return median(self.ratios) if self.ratios else None

    @property
    def met(self) -> bool | None:
        return None if self.value is None else self.goal.met_by(self.value)


@dataclass(frozen=True, slots=True)
class Side:
    """The absolute figures of one side, one a round, in `unit`."""

    name: str
    unit: str
    figures: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rounds(Generic[Sample]):
    """What two sides gave, round by round."""

    ours: tuple[Sample, ...]
    other: tuple[Sample, ...]

    def ratios(self, of: Callable[[Sample], float]) -> tuple[float, ...]:
        """Ours divided by the other's, within each round."""
        return tuple(of(mine) / of(theirs) for mine, theirs in zip(self.ours, self.other, strict=True))

    def sides(self, names: tuple[str, str], unit: str, of: Callable[[Sample], float]) -> tuple[Side, ...]:
        return (Side(names[0], unit, tuple(map(of, self.ours))), Side(names[1], unit, tuple(map(of, self.other))))


def alternate(rounds: int, ours: Callable[[], Sample], other: Callable[[], Sample]) -> Rounds[Sample]:
    """Measure both sides in every round, the first one to go changing from round to round, so that drift hits both alike."""
    mine: list[Sample] = []
    theirs: list[Sample] = []
    for number in range(rounds):
        turns = [(mine, ours), (theirs, other)]
        for taken, measure in turns if number % 2 == 0 else reversed(turns):
            taken.append(measure())
    return Rounds(tuple(mine), tuple(theirs))


def figure(value: float) -> str:
    """A number as a table shows it: three significant digits, thousands with a comma."""
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def span(values: Sequence[float]) -> str:
    """The lowest and the highest of the rounds."""
    return f"{figure(min(values))} - {figure(max(values))}" if values else ""
