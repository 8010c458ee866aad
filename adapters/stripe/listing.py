"""Stripe's lists by the moment something was created: what a backfill and a sweep of the event list go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from adapters.stripe.accounts import AccountsReader
from adapters.stripe.api import Again, ApiReader
from adapters.stripe.fields import Fields

# https://docs.stripe.com/api: the lists of what is synced, by Stripe's name of the object.
LISTS = {
    "customer": "customers",
    "price": "prices",
    "invoice": "invoices",
    "charge": "charges",
    "refund": "refunds",
    "dispute": "disputes",
    "credit_note": "credit_notes",
    "payout": "payouts",
}

_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of a list: its id, or of a refund its charge's, under which refunds are read; and when it was created."""

    stripe_id: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists every page over the API. CannotSync when Stripe refuses, or is busy and `again` says that this is enough."""

    stripe: ApiReader | AccountsReader

    def objects(self, kind: str, account: str, since: datetime, until: datetime, again: Again) -> Iterator[Sequence[Listed]]:
        """The objects of a kind (of LISTS) created from `since` to before `until`, newest first, page by page."""
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        for page in self.stripe.account(account).pages(LISTS[kind], {"created": created}, again=again):
            yield [_listed(raw, kind) for raw in page]

    def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
        """The bodies of the account's events from this moment (Unix seconds) on, newest first, page by page: 30 days of them at most,
        for longer Stripe does not keep them (https://docs.stripe.com/api/events)."""
        filters = {"created": {"gte": since}} if since else {}
        for page in self.stripe.account(account).pages("events", filters, again=again):
            yield [_encoder.encode(raw) for raw in page]


def _listed(raw: dict[str, Any], kind: str) -> Listed:
    given = Fields(raw, kind)
    stripe_id = (given.reference("charge") if kind == "refund" else "") or given.need_text("id")
    return Listed(stripe_id, given.moment("created"))
