"""What of Stripe's balance no payout has paid out yet, from its balance transactions and payouts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.stripe.fields import Fields
from adapters.stripe.reading import Account, Object, Reading
from core.money import Money
from core.statements import Unpaid

ARRIVED, CAME_BACK = ("paid",), ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class BalanceReader:
    """Implements core.statements.StripeBalance. Costs a call for each hundred balance transactions, and as much again for payouts."""

    stripe: Reading

    def unpaid(self, account: str = "") -> Sequence[Unpaid]:
        """See core.statements.StripeBalance."""
        stripe = self.stripe.account(account)
        payouts = stripe.every("payouts", {})
        gone, replaced = _gone(stripe, [payout["id"] for payout in payouts if payout["status"] in ARRIVED])
        failed = {payout["id"] for payout in payouts if payout["status"] in CAME_BACK} - replaced
        rows = stripe.every("balance_transactions", {}, "source")
        left = (row for row in rows if row["type"] != "payout" and row["id"] not in gone)
        return [_unpaid(row) for row in left if Fields(row, "balance_transaction").reference("source") not in failed]


def _gone(stripe: Account, arrived: list[str]) -> tuple[set[str], set[str]]:
    """The rows that payouts took away, and the failed payouts whose money went with a later one: their rows are gone with it."""
    gone: set[str] = set()
    replaced: set[str] = set()
    todo = list(arrived)
    while todo:
        for row in stripe.every("balance_transactions", {"payout": todo.pop()}):
            gone.add(row["id"])
            source = Fields(row, "balance_transaction").reference("source")
            if row.get("reporting_category") == "payout_reversal" and source not in replaced:
                replaced.add(source)
                todo.append(source)
    return gone, replaced


def _unpaid(row: Object) -> Unpaid:
    given = Fields(row, "balance_transaction")
    amount = given.money("amount", given.need_text("currency"))
    if row.get("exchange_rate") is not None and (source := row.get("source")):
        amount = _as_paid(source, amount.minor < 0)
    return Unpaid(given.need_text("id"), given.need_text("reporting_category"), given.reference("source"), amount)


def _as_paid(source: Any, taken: bool) -> Money:
    """In the currency of the payment itself, in which its record waits in NetSuite."""
    given = Fields(source, "source")
    captured = given.whole("amount_captured")
    minor = given.need_whole("amount") if captured is None else captured
    return Money(-minor if taken else minor, given.need_text("currency"))
