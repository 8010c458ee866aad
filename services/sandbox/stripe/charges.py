"""Card payments: paid at once, authorised then captured, settled later, or declined."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.ledger import CARD_SETTLES_AFTER_DAYS, Ledger
from services.sandbox.stripe.shapes import Json, payments

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, for the currencies the sandbox is used with
SMALLEST_CHARGE = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "kwd": 200}


def processing_fee(amount: int) -> int:
    """2.9 % and 30 minor units, half up: Stripe's US list price for cards."""
    return (amount * 29 + 500) // 1000 + 30


def chargeable(amount: int, currency: str) -> None:
    """Refuse what Stripe would not charge."""
    if amount < SMALLEST_CHARGE.get(currency, 1):
        raise StripeRefuses("amount_too_small", f"{amount} {currency} is below Stripe's smallest charge.")


class Charges:
    """One-off payments; every method that makes a charge gives its id."""

    def __init__(self, account: Account, ledger: Ledger) -> None:
        self.account = account
        self.ledger = ledger

    @operation
    def pay(
        self,
        amount: int,
        currency: str = "usd",
        *,
        customer: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        balance_later: bool = False,
    ) -> str:
        """Charge a card; with `balance_later` the balance transaction comes by `settle`, as asynchronous capture does it."""
        intent = self.intend(amount, currency, customer, description)
        return self.collect(intent, metadata=metadata, balance_later=balance_later)

    @operation
    def authorize(self, amount: int, currency: str = "usd", *, customer: str | None = None, description: str | None = None) -> str:
        """Reserve the amount on the card; `capture` takes it."""
        intent = self.intend(amount, currency, customer, description, manual=True)
        charge = self._charge(intent, {})
        self.account.emit("charge.succeeded", charge)
        self.account.change(intent, status="requires_capture", amount_capturable=amount)
        self.account.emit("payment_intent.amount_capturable_updated", intent)
        return str(charge["id"])

    @operation
    def capture(self, charge: str) -> None:
        """Take the whole authorised amount."""
        found = self.account.of("charge", charge)
        if found["captured"] or found["status"] != "succeeded":
            raise StripeRefuses("charge_already_captured", f"Charge {charge} has already been captured.")
        previous = self.account.change(found, captured=True, amount_captured=found["amount"])
        previous |= self._book(found)
        self.account.emit("charge.captured", found, previous)
        self.succeeded(self.account.of("payment_intent", found["payment_intent"]))

    @automatic
    def settle(self, charge: str) -> None:
        """Bring the balance transaction of a charge that was paid with `balance_later`."""
        found = self.account.of("charge", charge)
        if found["balance_transaction"] or not found["captured"]:
            raise StripeRefuses("invalid_state", f"Charge {charge} waits for no balance transaction.")
        self.account.emit("charge.updated", found, self._book(found))

    @operation
    def decline(self, amount: int, currency: str = "usd", *, customer: str | None = None, description: str | None = None) -> str:
        """Try to charge a card that the bank refuses."""
        return self.refuse(self.intend(amount, currency, customer, description))

    def intend(self, amount: int, currency: str, customer: str | None, description: str | None, *, manual: bool = False) -> Json:
        """The payment intent every charge begins with."""
        chargeable(amount, currency)
        if customer is not None:
            self.account.of("customer", customer)
        new_id, now = self.account.ids.new("pi"), self.account.now
        intent = payments.payment_intent(
            new_id, now, amount=amount, currency=currency, customer=customer, description=description, manual=manual
        )
        self.account.emit("payment_intent.created", self.account.keep(intent))
        return intent

    def collect(self, intent: Json, *, metadata: Mapping[str, str] | None = None, balance_later: bool = False) -> str:
        """Charge and capture an intent in one go."""
        charge = self._charge(intent, dict(metadata or {}))
        self.account.change(charge, captured=True, amount_captured=charge["amount"])
        if not balance_later:
            self._book(charge)
        self.account.emit("charge.succeeded", charge)
        self.succeeded(intent)
        return str(charge["id"])

    def refuse(self, intent: Json) -> str:
        """A charge on the intent that the bank declines; the intent waits for another card."""
        charge = self._charge(intent, {}, declined=True)
        self.account.emit("charge.failed", charge)
        error = {"charge": charge["id"], "code": "card_declined", "decline_code": "generic_decline", "type": "card_error"}
        error |= {"message": charge["failure_message"]}
        self.account.change(intent, status="requires_payment_method", last_payment_error=error, payment_method=None)
        self.account.emit("payment_intent.payment_failed", intent)
        return str(charge["id"])

    def _charge(self, intent: Json, metadata: Json, *, declined: bool = False) -> Json:
        account = self.account
        customer = account.of("customer", intent["customer"]) if intent["customer"] else None
        charge = payments.charge(
            account.ids.new("ch"),
            account.now,
            intent=intent,
            payment_method=account.ids.new("pm"),
            billing_details=payments.billing_details(customer),
            metadata=metadata,
        )
        account.change(intent, latest_charge=charge["id"], payment_method=charge["payment_method"])
        return account.keep(payments.declined(charge) if declined else charge)

    def _book(self, charge: Json) -> Json:
        row = self.ledger.book(
            "charge",
            "charge",
            charge["amount_captured"],
            charge["currency"],
            source=charge["id"],
            fees=((processing_fee(charge["amount_captured"]), "Stripe processing fees"),),
            description=charge["description"],
            settles_after_days=CARD_SETTLES_AFTER_DAYS,
        )
        return self.account.change(charge, balance_transaction=row["id"])

    def succeeded(self, intent: Json) -> None:
        """The intent has its money."""
        self.account.change(intent, status="succeeded", amount_received=intent["amount"], amount_capturable=0, last_payment_error=None)
        self.account.emit("payment_intent.succeeded", intent)
