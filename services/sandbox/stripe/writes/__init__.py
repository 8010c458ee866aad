"""Stripe's POSTs and DELETEs, as far as a merchant's program or the Stripe CLI needs them: by address, what each takes and does."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.writes import bills, catalogue, edits, money, payments
from services.sandbox.stripe.writes.write import Write

# By method and path.
WRITES: Mapping[tuple[str, str], Write] = {**payments.WRITES, **bills.WRITES, **catalogue.WRITES, **money.WRITES, **edits.WRITES}
