"""Bank debits: the payment is booked at once, clears days later, or comes back from the bank, even after it cleared."""

from __future__ import annotations

from collections.abc import Callable

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.charges import Charges
from services.sandbox.stripe.ledger import Fee, Ledger
from services.sandbox.stripe.pricing import PROCESSING
from services.sandbox.stripe.shapes import Json, payments

BANK_DEBIT_SETTLES_AFTER_DAYS = 4


def bank_debit_fee(amount: int) -> int:
    """0.8 %, half up, 500 minor units at most: Stripe's US list price for ACH debits."""
    return min((amount * 8 + 500) // 1000, 500)


class DelayedPayments:
    """`begin` gives the charge's id, `py_...`. Whoever sits in `watchers` is told of each that cleared (True) or came back."""

    def __init__(self, account: Account, ledger: Ledger, charges: Charges) -> None:
        self.account = account
        self.ledger = ledger
        self.charges = charges
        self.watchers: list[Callable[[Json, bool], None]] = []

    @operation
    def begin(self, amount: int, currency: str = "usd", *, customer: str | None = None, description: str | None = None) -> str:
        """Debit a bank account: pending, with a pending balance transaction."""
        return self.debit(self.charges.intend(amount, currency, customer, description))

    def debit(self, intent: Json) -> str:
        """Debit a bank account for an intent that is there already."""
        account, customer = self.account, intent["customer"]
        charge = payments.charge(
            account.ids.new("py"),
            account.now,
            intent=intent,
            payment_method=account.ids.new("pm"),
            billing_details=payments.billing_details(account.of("customer", customer) if customer else None),
            metadata={},
        )
        charge = account.keep(charge | {"payment_method_details": payments.bank_debit(), "status": "pending"})
        row = self._book(charge, "payment", charge["amount"])
        account.change(charge, captured=True, amount_captured=charge["amount"], balance_transaction=row["id"])
        account.change(intent, status="processing", latest_charge=charge["id"], payment_method=charge["payment_method"])
        account.change(intent, payment_method_types=["us_bank_account"])
        account.emit("payment_intent.processing", intent)
        account.emit("charge.pending", charge)
        return str(charge["id"])

    @automatic
    def clear(self, charge: str) -> None:
        """The bank has paid."""
        found = self._in(charge, "pending")
        self.account.emit("charge.succeeded", found, self.account.change(found, status="succeeded"))
        self.charges.succeeded(self.account.of("payment_intent", found["payment_intent"]))
        self._tell(found, cleared=True)

    @automatic
    def bounce(self, charge: str) -> None:
        """The bank takes it back; Stripe keeps its fee."""
        account, found = self.account, self._in(charge, "pending", "succeeded")
        if found["amount_refunded"] or found["disputed"]:
            raise StripeRefuses("charge_not_failable", f"{charge} is refunded or disputed.")
        row = self._book(found, "payment_failure_refund", -found["amount"])
        self.ledger.wait_with(row, account.of("balance_transaction", found["balance_transaction"]))
        previous = account.change(
            found,
            amount_captured=0,
            failure_balance_transaction=row["id"],
            failure_code="insufficient_funds",
            failure_message="The customer account has insufficient funds.",
            paid=False,
            status="failed",
        )
        account.emit("charge.failed", found, previous)
        intent = account.of("payment_intent", found["payment_intent"])
        error = {
            "charge": charge,
            "code": "payment_intent_payment_attempt_failed",
            "message": found["failure_message"],
            "type": "api_error",
        }
        account.change(intent, status="requires_payment_method", amount_received=0, last_payment_error=error, payment_method=None)
        account.emit("payment_intent.payment_failed", intent)
        self._tell(found, cleared=False)

    def _tell(self, charge: Json, *, cleared: bool) -> None:
        for watcher in self.watchers:
            watcher(charge, cleared)

    def _book(self, charge: Json, kind: str, amount: int) -> Json:
        money = self.charges.exchange.settled(amount, charge["currency"])
        return self.ledger.book_settled(
            kind,
            "charge" if amount > 0 else "charge_failure",
            money,
            source=charge["id"],
            fees=(Fee(bank_debit_fee(money.amount), PROCESSING),) if amount > 0 else (),
            description=charge["description"] if amount > 0 else "Payment failure",
            settles_after_days=BANK_DEBIT_SETTLES_AFTER_DAYS if amount > 0 else 0,
        )

    def _in(self, charge: str, *statuses: str) -> Json:
        found = self.account.of("charge", charge)
        if found["payment_method_details"]["type"] != "us_bank_account" or found["status"] not in statuses:
            raise StripeRefuses("charge_state", f"{charge} is no bank debit that is {' or '.join(statuses)}.")
        return found
