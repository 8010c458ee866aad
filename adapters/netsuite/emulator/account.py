"""What a NetSuite account is set up with before any record: currencies, chart of accounts, subsidiaries, custom fields, periods."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """`decimals` is how many the currency has: an amount with more is refused. `rate` is what one is worth in the root subsidiary's
    base currency on days for which no rate was set."""

    id: str
    symbol: str
    decimals: int = 2
    rate: Decimal = Decimal(1)

    @property
    def smallest(self) -> Decimal:
        return Decimal(1).scaleb(-self.decimals)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. `currency` is the id of the only currency it takes; "" takes all. `subsidiaries` may use it; none named: all."""

    id: str
    name: str
    type: str
    currency: str = ""
    subsidiaries: frozenset[str] = frozenset()

    @property
    def number(self) -> str:
        return self.id

    def serves(self, subsidiary: str) -> bool:
        return not self.subsidiaries or subsidiary in self.subsidiaries


@dataclass(frozen=True, slots=True)
class Subsidiary:
    """A company of the account. `base_currency` is the id of the currency its books are kept in; `parent` "" for the root."""

    id: str
    name: str
    base_currency: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts, currencies and subsidiaries by internal id, and which of the accounts NetSuite itself posts to.

    `custom_fields` are the account's own: from script id to kind (text, number, boolean, date, any: a list or record).
    With one subsidiary it is an account without OneWorld."""

    accounts: Mapping[str, Account]
    currencies: Mapping[str, Currency]
    subsidiaries: Mapping[str, Subsidiary]
    receivable: str
    undeposited_funds: str
    exchange: str
    rounding: str
    tax_payable: str
    customer_deposits: str
    subsidiary: str = "1"
    custom_fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_one_world(self) -> bool:
        return len(self.subsidiaries) > 1

    @property
    def base_currency(self) -> str:
        """The root subsidiary's."""
        return self.subsidiaries[self.subsidiary].base_currency

    def base_of(self, subsidiary: str) -> Currency:
        """The currency that the subsidiary's books are kept in."""
        return self.currencies[self.subsidiaries[subsidiary].base_currency]

    def family(self, subsidiary: str) -> frozenset[str]:
        """The subsidiary and all below it."""
        below = [one.id for one in self.subsidiaries.values() if one.parent == subsidiary]
        return frozenset({subsidiary}).union(*(self.family(child) for child in below))


PERIOD_YEARS = range(2015, 2036)


@dataclass(slots=True)
class Periods:
    """Accounting periods by month; every month is open unless it was closed."""

    closed: set[tuple[int, int]] = field(default_factory=set)

    def set(self, month: str, is_open: bool) -> None:
        """`month` as YYYY-MM; ValueError when it is not one."""
        year, number = (int(part) for part in month.split("-"))
        first = date(year, number, 1)
        (self.closed.discard if is_open else self.closed.add)((first.year, first.month))

    def is_open(self, day: date) -> bool:
        return (day.year, day.month) not in self.closed

    def open_months(self) -> Iterator[tuple[date, date]]:
        """First and last day of every open month that the account has set up, oldest first."""
        for year in PERIOD_YEARS:
            for month in range(1, 13):
                if (year, month) not in self.closed:
                    yield date(year, month, 1), date(year, month, monthrange(year, month)[1])


@dataclass(frozen=True, slots=True)
class Preferences:
    """The account's switches: `entity_id_override` is "Allow Override" of auto-generated customer numbers, `unique_names` refuses a second
    customer of the same name, `suite_tax` takes taxDetails where legacy tax takes no tax through REST at all."""

    entity_id_override: bool = False
    unique_names: bool = False
    suite_tax: bool = False
