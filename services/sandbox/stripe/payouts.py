"""Automatic payouts: what is available goes to the bank, arrives, gets its trace, or comes back."""

from __future__ import annotations

from services.sandbox.stripe.account import Account, StripeRefuses, automatic
from services.sandbox.stripe.ledger import CARD_SETTLES_AFTER_DAYS, DAY, Ledger, midnight
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.shapes import ledger as shapes


class Payouts:
    """One bank account per settlement currency. The rows of a payout can be listed from its birth; when Stripe itself
    lets one list them before `reconciliation_status` is completed is not documented."""

    def __init__(self, account: Account, ledger: Ledger) -> None:
        self.account = account
        self.ledger = ledger
        self._banks: dict[str, str] = {}

    @automatic
    def create(self, currency: str = "usd") -> str | None:
        """Pay out every available row; None when they do not sum to anything positive."""
        account = self.account
        self.ledger.release()
        rows = self.ledger.available(currency)
        amount = sum(row["net"] for row in rows)
        if amount <= 0:
            return None
        arrival = midnight(account.now) + CARD_SETTLES_AFTER_DAYS * DAY
        bank = self._bank(currency)
        payout = shapes.payout(account.ids.new("po"), account.now, amount=amount, currency=currency, arrival_date=arrival, destination=bank)
        payout["balance_transaction"] = self.ledger.pay_out(rows, payout)["id"]
        account.emit("payout.created", account.keep(payout))
        return str(payout["id"])

    @automatic
    def send(self, payout: str) -> None:
        """It left Stripe."""
        found = self._in(payout, "pending")
        self.account.emit("payout.updated", found, self.account.change(found, status="in_transit"))

    @automatic
    def pay(self, payout: str) -> None:
        """It is expected in the bank, and Stripe knows what it holds."""
        found = self._in(payout, "pending", "in_transit")
        previous = self.account.change(found, status="paid", reconciliation_status="completed")
        self.account.emit("payout.paid", found, previous)
        self.account.emit("payout.reconciliation_completed", found)

    @automatic
    def trace(self, payout: str) -> None:
        """The bank's trace id is there, days after it was paid."""
        found = self._in(payout, "paid")
        trace = {"status": "supported", "value": self.account.ids.code("trace", 15)}
        self.account.emit("payout.updated", found, self.account.change(found, trace_id=trace))

    @automatic
    def fail(self, payout: str) -> None:
        """The bank refuses it, even after it was paid: the money joins a later payout."""
        found = self._in(payout, "pending", "in_transit", "paid")
        row = self.ledger.book(
            "payout_failure", "payout_reversal", found["amount"], found["currency"], source=payout, description="STRIPE PAYOUT FAILURE"
        )
        previous = self.account.change(
            found,
            status="failed",
            failure_balance_transaction=row["id"],
            failure_code="account_closed",
            failure_message="The bank account has been closed.",
        )
        self.account.emit("payout.failed", found, previous)

    def _bank(self, currency: str) -> str:
        if currency not in self._banks:
            account = self.account
            made = account.keep(shapes.bank_account(account.ids.new("ba"), account=account.id, currency=currency))
            self._banks[currency] = str(made["id"])
        return self._banks[currency]

    def _in(self, payout: str, *statuses: str) -> Json:
        found = self.account.of("payout", payout)
        if found["status"] not in statuses:
            raise StripeRefuses("payout_state", f"{payout} is {found['status']}.")
        return found
