"""What reconciliation asks of both sides: NetSuite's bookings and accounts, and what Stripe has not paid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.money import Money
from core.records import External


@dataclass(frozen=True, slots=True)
class Booking:
    """A Deposit or JournalEntry as NetSuite holds it: of a Deposit its members by internal id and its total; of both every other line by
    account, positive when it is a credit or adds to the deposit. In the record's currency."""

    internal_id: str
    total: Money
    members: Mapping[str, Money]
    by_account: Mapping[str, Money]


class NetSuiteLedger(Protocol):
    """What NetSuite holds, for reconciliation; CannotSync as of the books."""

    def booking(self, ref: External) -> Booking | None:
        """The Deposit or JournalEntry of this externalId, None when there is none."""
        ...

    def balance_of(self, account: str) -> Mapping[str, Money]:
        """What a general-ledger account (internal id) holds, debit less credit, by the currency of what was posted."""
        ...


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A balance transaction that no payout has paid out yet: its reporting category, what is behind it, and its gross amount in the
    currency that the customer paid or got."""

    id: str
    category: str
    source_id: str
    amount: Money


class StripeBalance(Protocol):
    """Stripe's balance as it stands now."""

    def unpaid(self, account: str = "") -> Sequence[Unpaid]:
        """Every balance transaction that no payout that arrived has paid out. CannotSync as of StripeReader."""
        ...
