"""Payouts: what is available goes to the bank by itself or on request, arrives, gets its trace, or comes back; a debt is debited."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.ledger import CARD_SETTLES_AFTER_DAYS, DAY, Fee, Ledger, midnight
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.shapes import ledger as shapes

# https://docs.stripe.com/payouts/instant-payouts: 1 %, 50 minor units at least
SMALLEST_INSTANT_FEE = 50


def instant_fee(amount: int) -> int:
    return max((amount + 50) // 100, SMALLEST_INSTANT_FEE)


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
        rows, amount = self._available(currency)
        return self._automatic(rows, amount, currency) if amount > 0 else None

    @automatic
    def settle_up(self, currency: str = "usd") -> str | None:
        """Settle every available row, whatever they sum to: below zero, Stripe debits the bank account. None when there is none."""
        rows, amount = self._available(currency)
        return self._automatic(rows, amount, currency) if rows else None

    @operation
    def request(
        self,
        amount: int,
        currency: str = "usd",
        *,
        instant: bool = False,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Pay out an amount by hand: Stripe does not say what is in it, its own row stays in the balance among the others.

        Instant: there at once, for a fee on the payout's own row. Meant for accounts without automatic payouts: Stripe does
        not document how its rows are listed when both kinds are used."""
        account = self.account
        _, available = self._available(currency)
        fee = instant_fee(amount) if instant else 0
        if not 0 < amount <= available - fee:
            raise StripeRefuses("balance_insufficient", f"{amount} {currency} is not within the available {available}.")
        payout = self._payout(amount, currency, account.now if instant else None)
        payout |= {"automatic": False, "method": "instant" if instant else "standard", "metadata": dict(metadata or {})}
        payout |= {"reconciliation_status": "not_applicable", "description": description or payout["description"]}
        fees = (Fee(fee, "Instant payout fee"),) if instant else ()
        own = self.ledger.book("payout", "payout", -amount, currency, source=payout["id"], fees=fees, description="STRIPE PAYOUT")
        payout["balance_transaction"] = own["id"]
        account.emit("payout.created", account.keep(payout))
        return str(payout["id"])

    def _available(self, currency: str) -> tuple[list[Json], int]:
        self.ledger.release()
        rows = self.ledger.available(currency)
        return rows, sum(row["net"] for row in rows)

    def _automatic(self, rows: list[Json], amount: int, currency: str) -> str:
        payout = self._payout(amount, currency)
        payout["balance_transaction"] = self.ledger.pay_out(rows, payout)["id"]
        self.account.emit("payout.created", self.account.keep(payout))
        return str(payout["id"])

    def _payout(self, amount: int, currency: str, arrives: int | None = None) -> Json:
        account, bank = self.account, self._bank(currency)
        arrival = midnight(account.now) + CARD_SETTLES_AFTER_DAYS * DAY if arrives is None else arrives
        return shapes.payout(account.ids.new("po"), account.now, amount=amount, currency=currency, arrival_date=arrival, destination=bank)

    @automatic
    def send(self, payout: str) -> None:
        """It left Stripe."""
        found = self._in(payout, "pending")
        self.account.emit("payout.updated", found, self.account.change(found, status="in_transit"))

    @automatic
    def pay(self, payout: str, *, reconciled: bool = True) -> None:
        """It is expected in the bank; Stripe knows what it holds, or says so later by `reconcile`."""
        found = self._in(payout, "pending", "in_transit")
        known = reconciled and found["reconciliation_status"] == "in_progress"
        changes = {"reconciliation_status": "completed"} if known else {}
        self.account.emit("payout.paid", found, self.account.change(found, status="paid", **changes))
        if known:
            self.account.emit("payout.reconciliation_completed", found)

    @automatic
    def reconcile(self, payout: str) -> None:
        """Stripe knows what it holds, before or after it is paid."""
        found = self.account.of("payout", payout)
        if found["reconciliation_status"] != "in_progress":
            raise StripeRefuses("payout_state", f"{payout} is {found['reconciliation_status']}.")
        previous = self.account.change(found, reconciliation_status="completed")
        self.account.emit("payout.reconciliation_completed", found, previous)

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
        row = self._come_back(found, "payout_failure", "STRIPE PAYOUT FAILURE")
        previous = self.account.change(
            found,
            status="failed",
            failure_balance_transaction=row,
            failure_code="account_closed",
            failure_message="The bank account has been closed.",
        )
        self.account.emit("payout.failed", found, previous)

    @operation
    def cancel(self, payout: str) -> None:
        """Stopped before it left Stripe: the money joins a later payout."""
        found = self._in(payout, "pending")
        row = self._come_back(found, "payout_cancel", "STRIPE PAYOUT CANCEL")
        self.account.emit("payout.canceled", found, self.account.change(found, status="canceled", failure_balance_transaction=row))

    def _come_back(self, payout: Json, kind: str, description: str) -> str:
        """What went out, and the fee of going at once, is in the balance again; gives the row's id."""
        own = self.account.of("balance_transaction", payout["balance_transaction"])
        row = self.ledger.book(kind, "payout_reversal", -own["net"], own["currency"], source=payout["id"], description=description)
        return str(row["id"])

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
