"""The balance proof: what Stripe says it holds and has paid out, against NetSuite's Undeposited Funds and bank, to the minor unit.

Read from Stripe's balance transactions and payouts alone, without any of our rules: a row that becomes a payment or a refund in
NetSuite waits in Undeposited Funds, gross, until a payout that arrived takes it; every other row and all fees are booked with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.money import Money

Rows = Sequence[Mapping[str, Any]]
# https://docs.stripe.com/reports/reporting-categories: the rows that have a record of their own in NetSuite.
WAITS_IN_UNDEPOSITED_FUNDS = frozenset(
    {"charge", "partial_capture_reversal", "charge_failure", "refund", "refund_failure", "dispute", "payout_reversal"}
)


@dataclass(frozen=True, slots=True)
class Proof:
    """One currency's proof; all amounts in it. `differs` is zero when the books are right."""

    stripe_balance: Money
    fees_to_book: Money
    other_rows_to_book: Money
    undeposited_funds: Money
    paid_out: Money
    bank: Money

    @property
    def should_wait(self) -> Money:
        """What Undeposited Funds should hold: Stripe's balance, before the fees and other rows that only a Deposit books."""
        return self.stripe_balance + self.fees_to_book - self.other_rows_to_book

    @property
    def waiting_differs(self) -> Money:
        return self.undeposited_funds - self.should_wait

    @property
    def bank_differs(self) -> Money:
        return self.bank - self.paid_out

    @property
    def holds(self) -> bool:
        return not self.waiting_differs and not self.bank_differs


def prove(
    currency: str, balance: Money, rows: Rows, payouts: Rows, rows_of: Callable[[str], Rows], undeposited_funds: Money, bank: Money
) -> Proof:
    """`balance`: what Stripe states it holds, available and pending; `rows`: every balance transaction; `rows_of(payout)`: those it pays out."""
    arrived = [payout for payout in payouts if payout["status"] == "paid" and payout["currency"] == currency]
    under_way = [payout for payout in payouts if payout["status"] in ("pending", "in_transit") and payout["currency"] == currency]
    gone, came_back = _gone([payout["id"] for payout in arrived], rows_of)
    failed = {payout["id"] for payout in payouts if payout["status"] in ("failed", "canceled")} - came_back
    left = [
        row
        for row in rows
        if row["currency"] == currency and row["type"] != "payout" and row["id"] not in gone and row["source"] not in failed
    ]
    members = [row for row in left if row["reporting_category"] in WAITS_IN_UNDEPOSITED_FUNDS]
    others = [row for row in left if row["reporting_category"] not in WAITS_IN_UNDEPOSITED_FUNDS]
    return Proof(
        stripe_balance=balance + _sum(under_way, "amount", currency),
        fees_to_book=_sum(members, "fee", currency),
        other_rows_to_book=_sum(others, "net", currency),
        undeposited_funds=undeposited_funds,
        paid_out=_sum(arrived, "amount", currency),
        bank=bank,
    )


def _gone(paid: Sequence[str], rows_of: Callable[[str], Rows]) -> tuple[set[str], set[str]]:
    """The rows that payouts took away, and the failed payouts whose money went with a later one: those rows are gone with it."""
    gone: set[str] = set()
    came_back: set[str] = set()
    todo = list(paid)
    while todo:
        for row in rows_of(todo.pop()):
            gone.add(row["id"])
            if row["reporting_category"] == "payout_reversal" and row["source"] not in came_back:
                came_back.add(row["source"])
                todo.append(row["source"])
    return gone, came_back


def _sum(rows: Rows, field: str, currency: str) -> Money:
    return Money(sum(row[field] for row in rows), currency)
