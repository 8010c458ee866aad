"""What in Stripe builds on an object: the payouts that hold its balance transactions, a charge's disputes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.stripe.reading import Reading
from core.statements import Holder

CAME_BACK = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class TrailReader:
    """Implements core.statements.StripeTrail. Payouts cost two calls, and one or more for each payout since the object until all are found."""

    stripe: Reading

    def payouts_of(self, source_id: str, account: str = "") -> Sequence[Holder]:
        """See core.statements.StripeTrail."""
        stripe = self.stripe.account(account)
        rows = stripe.every("balance_transactions", {"source": source_id})
        wanted = {row["id"] for row in rows if row["type"] != "payout"}
        found: list[Holder] = []
        if not wanted:
            return found
        payouts = stripe.every("payouts", {"created": {"gte": min(row["created"] for row in rows)}})
        for payout in reversed(payouts):
            inside = {row["id"] for row in stripe.every("balance_transactions", {"payout": payout["id"]})} & wanted
            if inside:
                status = payout["status"]
                found.append(Holder(payout["id"], status == "paid", status in CAME_BACK))
            wanted -= inside
            if not wanted:
                break
        return found

    def disputes_of(self, charge_id: str, account: str = "") -> Sequence[str]:
        """See core.statements.StripeTrail."""
        return [row["id"] for row in self.stripe.account(account).every("disputes", {"charge": charge_id})]
