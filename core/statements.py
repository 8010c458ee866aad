"""What reconciliation and undoing ask of both sides: NetSuite's bookings and accounts, what Stripe has not paid out, what holds what."""

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


@dataclass(frozen=True, slots=True)
class Holder:
    """A payout that Stripe lists a row in, and whether it arrived at the bank, or came to nothing (failed or cancelled)."""

    payout_id: str
    arrived: bool
    came_to_nothing: bool


class StripeTrail(Protocol):
    """What in Stripe builds on an object, asked before something of it is undone."""

    def payouts_of(self, source_id: str, account: str = "") -> Sequence[Holder]:
        """The payouts that hold a balance transaction of this object; Stripe does not say it of payouts by hand. CannotSync as of
        StripeReader."""
        ...

    def disputes_of(self, charge_id: str, account: str = "") -> Sequence[str]:
        """The ids of the charge's disputes."""
        ...
