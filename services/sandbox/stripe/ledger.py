"""Stripe's ledger: every balance transaction, which payout took it along, and the proof that no money is lost."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from services.sandbox.stripe.account import Account
from services.sandbox.stripe.exchange import Settled
from services.sandbox.stripe.shapes import Json, ledger

DAY = 86_400
# A US account's standard rolling schedule: https://docs.stripe.com/payouts#standard-payout-timing
CARD_SETTLES_AFTER_DAYS = 2


class Fee(NamedTuple):
    """A part of a row's fee, in the row's currency; `type` is Stripe's for fee_details."""

    amount: int
    description: str
    type: str = "stripe_fee"
    application: str | None = None


def midnight(moment: int) -> int:
    """The start of the UTC day."""
    return moment - moment % DAY


class Ledger:
    """The only place where money moves."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._unpaid: dict[str, Json] = {}
        self._pending: dict[str, Json] = {}

    def book(
        self,
        kind: str,
        category: str,
        amount: int,
        currency: str,
        *,
        source: str | None = None,
        fees: tuple[Fee, ...] = (),
        description: str | None = None,
        settles_after_days: int = 0,
    ) -> Json:
        """Book one row; `amount` signed as Stripe signs it, in the currency of the balance."""
        account = self.account
        details = [ledger.fee_detail(fee.amount, currency, fee.description, fee.type, fee.application) for fee in fees]
        row = ledger.balance_transaction(
            account.ids.new("txn"), account.now, amount=amount, fee_details=details, currency=currency, kind=kind, category=category
        )
        row |= {"source": source, "description": description}
        if settles_after_days:
            row["available_on"] = midnight(account.now) + settles_after_days * DAY
        row["status"] = "pending" if row["available_on"] > account.now else "available"
        if row["status"] == "pending":
            self._pending[row["id"]] = row
        self._unpaid[row["id"]] = row
        return account.keep(row)

    def book_settled(
        self,
        kind: str,
        category: str,
        money: Settled,
        *,
        source: str,
        fees: tuple[Fee, ...] = (),
        description: str | None = None,
        settles_after_days: int = 0,
    ) -> Json:
        """Book a row of money that the customer may have paid in another currency."""
        row = self.book(
            kind,
            category,
            money.amount,
            money.currency,
            source=source,
            fees=fees,
            description=description,
            settles_after_days=settles_after_days,
        )
        row["exchange_rate"] = None if money.rate is None else float(money.rate)
        return row

    def release(self) -> bool:
        """Turn what has become available; says whether anything did."""
        due = [row for row in self._pending.values() if row["available_on"] <= self.account.now and not self._is_awaited(row)]
        for row in due:
            row["status"] = "available"
            del self._pending[row["id"]]
        return bool(due)

    def _is_awaited(self, row: Json) -> bool:
        """Money that the bank has not paid is not available, however long it takes."""
        source = self.account.find(row["source"]) if row["source"] else None
        return source is not None and source["object"] == "charge" and source["status"] == "pending"

    def wait_with(self, row: Json, other: Json) -> None:
        """A row that undoes one that is not available yet becomes available with it, so that one payout holds both."""
        if other["status"] == "pending":
            row |= {"status": "pending", "available_on": other["available_on"]}
            self._pending[row["id"]] = row

    def available(self, currency: str) -> list[Json]:
        """The rows an automatic payout would take along now."""
        return [row for row in self._unpaid.values() if row["currency"] == currency and row["status"] == "available"]

    def pay_out(self, rows: list[Json], payout: Json) -> Json:
        """Take the rows out of the balance: the payout's own row, equal to all of them and opposite."""
        if payout["amount"] != sum(row["net"] for row in rows):
            raise AssertionError(f"{payout['id']} would pay {payout['amount']} for other money")
        own = self.book("payout", "payout", -payout["amount"], payout["currency"], source=payout["id"], description="STRIPE PAYOUT")
        for row in [*rows, own]:
            del self._unpaid[row["id"]]
            self.account.list_under("balance_transaction", "payout", payout["id"], row["id"])
        return own

    def balance(self) -> Json:
        """https://docs.stripe.com/api/balance/balance_object"""
        amounts: dict[str, Counter[str]] = {"available": Counter(), "pending": Counter()}
        for row in self._unpaid.values():
            amounts[row["status"]][row["currency"]] += row["net"]
            amounts["available" if row["status"] == "pending" else "pending"][row["currency"]] += 0
        return ledger.balance(amounts["available"], amounts["pending"])

    def not_paid_out(self) -> dict[str, Json]:
        """By currency: `balance` still with Stripe, `in_transit` in payouts on their way, and `not_paid_out`, their sum."""
        balance: Counter[str] = Counter()
        transit: Counter[str] = Counter()
        for row in self._unpaid.values():
            balance[row["currency"]] += row["net"]
        for payout in self.account.listed("payout"):
            if payout["status"] in ("pending", "in_transit"):
                transit[payout["currency"]] += payout["amount"]
        return {
            currency: {"balance": balance[currency], "in_transit": transit[currency], "not_paid_out": balance[currency] + transit[currency]}
            for currency in sorted({*balance, *transit})
        }

    def prove(self) -> None:
        """Every row's net is its amount less its fees; what all rows sum to is what no payout has taken; each payout is its rows."""
        account = self.account
        nets: Counter[str] = Counter()
        for row in account.listed("balance_transaction"):
            if row["net"] != row["amount"] - row["fee"] or row["fee"] != sum(detail["amount"] for detail in row["fee_details"]):
                raise AssertionError(f"{row['id']} does not add up")
            nets[row["currency"]] += row["net"]
        for row in self._unpaid.values():
            nets[row["currency"]] -= row["net"]
        if any(nets.values()):
            raise AssertionError(f"money appeared or vanished: {dict(nets)}")
        for payout in account.listed("payout"):
            if sum(row["net"] for row in account.listed("balance_transaction", "payout", payout["id"])) != 0:
                raise AssertionError(f"{payout['id']} is not the sum of its rows")
