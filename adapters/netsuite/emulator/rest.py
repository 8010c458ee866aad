"""A NetSuite account in memory that answers the REST record service: method, path and body in, status, headers and body out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart, Periods, Preferences
from adapters.netsuite.emulator.bookkeeping import Bookkeeping
from adapters.netsuite.emulator.charts import SANDBOX_CHART
from adapters.netsuite.emulator.derived import Derived, OpenItem, UndepositedItem
from adapters.netsuite.emulator.errors import Refused
from adapters.netsuite.emulator.exchange import Call, Reply
from adapters.netsuite.emulator.fields import SHAPES
from adapters.netsuite.emulator.hindrances import Hindrances
from adapters.netsuite.emulator.jobs import Jobs, refusal
from adapters.netsuite.emulator.ledger import Ledger, Transaction, TrialBalanceLine
from adapters.netsuite.emulator.posting import Poster
from adapters.netsuite.emulator.rates import Rates
from adapters.netsuite.emulator.routes import Routes
from adapters.netsuite.emulator.rules import Rules
from adapters.netsuite.emulator.saving import Saving
from adapters.netsuite.emulator.store import Store, StoredRecord
from adapters.netsuite.emulator.suiteql import SuiteQL

STANDARD = Preferences()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class NetSuite:
    """Double-entry books behind NetSuite's own API. Thread-safe: one call at a time, nothing of a refused call stays.

    `hindrances` are what the account's scripts, workflows and roles put in the way of records, `jobs` its asynchronous calls;
    both are for tests and the sandbox's controls, and hold for every protocol."""

    def __init__(
        self, chart: Chart = SANDBOX_CHART, preferences: Preferences = STANDARD, *, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """`now` in UTC."""
        self.chart = chart
        self.hindrances = Hindrances()
        self.jobs = Jobs(now)
        self._lock = threading.RLock()
        self._store = Store()
        self._periods = Periods()
        self._ledger = Ledger()
        self._rates = Rates(chart)
        rules = Rules(chart, self._store, self._ledger, self._periods, preferences)
        books = Bookkeeping(self._store, self._ledger, Poster(chart, self._store, self._ledger), rules)
        self._saving = Saving(chart, self._store, self._rates, preferences, books, self.hindrances, now)
        self._derived = Derived(chart, self._store, self._ledger)
        self._routes = Routes(self._saving, self._derived, SuiteQL(chart, self._store, self._periods, self._ledger), self.jobs)

    def handle(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request. `path` begins with /services/rest/ and is not percent-encoded any more."""
        try:
            return self.attempt(method, path, query, headers, body)
        except Refused as refused:
            return refusal(refused)

    def attempt(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        """The same for a caller who says a refusal in words of another protocol: Refused."""
        call = Call(method.upper(), query, {name.lower(): value for name, value in headers.items()}, body)
        with self._lock:
            self.jobs.run_due()
            return self._routes.answer(call, path.rstrip("/"))

    def initialized(self, source: str, key: str, target: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new `target` as GET would show it, filled in from the record of type `source` with that id, or `eid:` and externalId. Refused."""
        with self._lock:
            self.jobs.run_due()
            return self._routes.initialized(SHAPES[source], key, SHAPES[target], body)

    def open_months(self) -> Sequence[tuple[date, date]]:
        """First and last day of every open accounting period, oldest first."""
        with self._lock:
            return tuple(self._periods.open_months())

    def set_period(self, month: str, is_open: bool) -> None:
        """Open or close the accounting period of a month, YYYY-MM; ValueError when it is not one."""
        with self._lock:
            self._periods.set(month, is_open)

    def set_rate(self, currency: str, base: str, day: date, rate: Decimal) -> None:
        """From that day on one `currency` is worth `rate` of `base` (ISO symbols); what is posted keeps its rate. ValueError for no such."""
        ids = {one.symbol: one.id for one in self.chart.currencies.values()}
        if currency not in ids or base not in ids:
            raise ValueError(f"no such currency: {currency if currency not in ids else base}")
        with self._lock:
            self._rates.set(ids[currency], ids[base], day, rate)

    def records(self, record_type: str) -> Sequence[StoredRecord]:
        """The stored records of a type, oldest first, with the fields that NetSuite computes."""
        with self._lock:
            self.jobs.run_due()
            found = tuple(self._store.of_type(record_type))
            return tuple(replace(record, fields={**record.fields, **self._derived.fields(record)}) for record in found)

    def trial_balance(self) -> Sequence[TrialBalanceLine]:
        """The balance of every account in every currency it was posted in."""
        with self._lock:
            self.jobs.run_due()
            return self._ledger.trial_balance(self.chart)

    def base_trial_balance(self, subsidiary: str = "") -> Sequence[TrialBalanceLine]:
        """The balance of every account of a subsidiary (the root when none is named) in its base currency."""
        with self._lock:
            return self._ledger.base_trial_balance(self.chart, subsidiary or self.chart.subsidiary)

    def transactions(self) -> Sequence[Transaction]:
        """Every transaction with its G/L impact, oldest first."""
        with self._lock:
            return tuple(self._ledger.all())

    def undeposited_funds(self) -> Sequence[UndepositedItem]:
        """What waits in Undeposited Funds for a deposit, oldest first."""
        with self._lock:
            return self._derived.undeposited()

    def open_receivables(self) -> Sequence[OpenItem]:
        """Invoices still due, payments and credit memos not wholly used, oldest first."""
        with self._lock:
            return self._derived.open_items()
