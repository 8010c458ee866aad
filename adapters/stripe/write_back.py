"""The one thing that is ever written to Stripe: metadata, under an idempotency key that tells our own writes from all others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.stripe.accounts import AccountsReader
from adapters.stripe.api import ApiReader
from adapters.stripe.listing import LISTS
from core.metadata import OUR_REQUESTS

COLLECTIONS = {**LISTS, "coupon": "coupons"}


@dataclass(frozen=True, slots=True)
class MetadataWriter:
    """Implements core.ports.StripeWriter over the API."""

    stripe: ApiReader | AccountsReader

    def annotate(self, kind: str, stripe_id: str, account: str, values: Mapping[str, str]) -> None:
        """See core.ports.StripeWriter. Stripe merges metadata: other keys stay."""
        said = "/".join((account, kind, stripe_id, *(f"{key}={value}" for key, value in sorted(values.items()))))
        key = OUR_REQUESTS + hashlib.sha256(said.encode()).hexdigest()[:40]
        self.stripe.account(account).change(COLLECTIONS[kind], stripe_id, {"metadata": dict(values)}, key)


@dataclass(frozen=True, slots=True)
class MemoryMetadata:
    """Implements core.ports.StripeWriter in a dictionary."""

    written: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def annotate(self, kind: str, stripe_id: str, account: str, values: Mapping[str, str]) -> None:
        """See core.ports.StripeWriter."""
        self.written.setdefault((account, stripe_id), {}).update(values)
