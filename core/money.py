"""Whole minor units and a currency; a Decimal only at the edge, a float never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

# https://docs.stripe.com/currencies#zero-decimal. UGX and ISK stay out: Stripe takes them as two-decimal amounts ending in 00.
ZERO_DECIMAL = frozenset({"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"})
# https://docs.stripe.com/currencies#three-decimal
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has: 0 (JPY), 2 (USD) or 3 (KWD)."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


_set = object.__setattr__


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared: a mistake in a rule, never in the data."""


@dataclass(frozen=True, slots=True, init=False)
class Money:
    """An exact amount: `minor` in the smallest unit of `currency` (ISO code in lower case, as Stripe spells it)."""

    minor: int
    currency: str

    def __init__(self, minor: int, currency: str) -> None:  # by hand, for nothing is made as often: it saves a third
        if type(minor) is not int:
            raise TypeError(f"minor units are a whole number, not {minor!r}")
        _set(self, "minor", minor)
        _set(self, "currency", currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact: 1.15 for Money(115, "usd")."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """From major units; more decimals than the currency has are refused, never rounded."""
        minor = amount.scaleb(exponent(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} has more decimals than {currency} allows")
        return cls(int(minor), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum; zero of `currency` when there is nothing to add."""
        minor = 0
        for amount in amounts:
            if amount.currency != currency:
                raise CurrencyMismatch(f"{amount} is no amount of {currency.upper()}")
            minor += amount.minor
        return cls(minor, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.currency.upper()}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are of different currencies")
        return other
