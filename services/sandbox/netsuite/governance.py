"""How many calls NetSuite takes at once: one count for all protocols, as REST, SOAP and RESTlets share the account's limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

# Oracle help, bridgehead_1500275603: by service tier, and so many more for each SuiteCloud Plus licence.
TIERS: Mapping[str, int] = {"development": 5, "standard": 5, "premium": 15, "enterprise": 20, "ultimate": 20}
PER_LICENCE = 10


def account_limit(tier: str, licences: int = 0) -> int:
    """The account's limit; development accounts have 5 whatever they buy. KeyError for a tier that is none."""
    return TIERS[tier] + (0 if tier == "development" else PER_LICENCE * licences)


class Limits(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`account` is the limit of all integrations together, `integration` the share set aside for this one (None: it has none of its own),
    `others` how many calls the other integrations have in flight. With `late_401_s` a call too many waits so many seconds and is then
    refused as a wrong login, as users report; 0: it is refused at once, 429 or the SOAP fault."""

    account: int = 5
    integration: int | None = None
    others: int = 0
    late_401_s: float = 0.0

    @property
    def room(self) -> int:
        """How many calls of this integration may be in flight."""
        return self.integration if self.integration is not None else self.account - self.others


class Governance:
    """Counts the calls in flight. Thread-safe; every endpoint of the account shares one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._in_flight = self._highest = 0
        self._lock = threading.Lock()

    @contextmanager
    def call(self) -> Iterator[bool]:
        """Whether there is room for the call; it counts until it is left. One that finds no room counts for nothing."""
        with self._lock:
            has_room = self._in_flight < self.limits.room
            self._in_flight += has_room
            self._highest = max(self._highest, self._in_flight)
        try:
            yield has_room
        finally:
            with self._lock:
                self._in_flight -= has_room

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def highest(self) -> int:
        """The most calls that were ever in flight at once."""
        return self._highest

    def answer(self) -> Mapping[str, Any]:
        """What GET governanceLimits says (Oracle help, article_0625010817); the words of integrationLimitType are a guess."""
        limits = self.limits
        own = {} if limits.integration is None else {"integrationConcurrencyLimit": limits.integration}
        return {
            "accountConcurrencyLimit": limits.account,
            "accountUnallocatedConcurrencyLimit": limits.account - (limits.integration or 0),
            **own,
            "integrationLimitType": "account" if limits.integration is None else "integration",
        }
