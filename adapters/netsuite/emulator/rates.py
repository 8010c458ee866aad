"""Currency exchange rates by date, and what amounts are worth in a base currency."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from adapters.netsuite.emulator.account import Chart

ONE = Decimal(1)
SMALLEST_RATE = Decimal("0.00000001")
LARGEST_RATE = Decimal(1_000_000)


class Rates:
    """What one unit of a currency is worth in a base currency from a day on. Both are internal ids."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._set: defaultdict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)

    def set(self, currency: str, base: str, day: date, rate: Decimal) -> None:
        """ValueError when the rate is none that NetSuite takes."""
        if not is_rate(rate) or currency == base:
            raise ValueError(f"no exchange rate: {rate}")
        quoted = self._set[currency, base]
        quoted[:] = [(known, value) for known, value in quoted if known != day]
        insort(quoted, (day, rate))

    def rate(self, currency: str, base: str, day: date) -> Decimal:
        """The one of the day, else of the latest day before it, else by way of the root's base currency."""
        if currency == base:
            return ONE
        quoted = self._set.get((currency, base), [])
        place = bisect_right(quoted, day, key=lambda one: one[0])
        if place:
            return quoted[place - 1][1]
        return max((self._to_root(currency, day) / self._to_root(base, day)).quantize(SMALLEST_RATE), SMALLEST_RATE)

    def _to_root(self, currency: str, day: date) -> Decimal:
        root = self._chart.base_currency
        quoted = self._set.get((currency, root), [])
        place = bisect_right(quoted, day, key=lambda one: one[0])
        return quoted[place - 1][1] if place else self._chart.currencies[currency].rate


def is_rate(rate: Decimal) -> bool:
    """Positive, of at most eight decimals, and no larger than money can bear."""
    return rate.is_finite() and SMALLEST_RATE <= rate <= LARGEST_RATE and rate == rate.quantize(SMALLEST_RATE)


@dataclass(frozen=True, slots=True)
class Worth:
    """Turns a transaction's amounts into its subsidiary's base currency: `rate` per unit, rounded to the `smallest` part of the base."""

    rate: Decimal
    smallest: Decimal

    def of(self, amount: Decimal) -> Decimal:
        return (amount * self.rate).quantize(self.smallest, rounding=ROUND_HALF_UP)
