"""Card payments: paid at once, authorised then captured whole or in part or never, settled later, or declined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.exchange import Exchange
from services.sandbox.stripe.ledger import CARD_SETTLES_AFTER_DAYS, Ledger
from services.sandbox.stripe.pricing import Pricing
from services.sandbox.stripe.shapes import Json, payments
from services.sandbox.stripe.shapes.payments import Decline

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, for the currencies the sandbox is used with
SMALLEST_CHARGE = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "kwd": 200}
LARGEST_CHARGE = 99_999_999
THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))


def chargeable(amount: int, currency: str) -> None:
    """Refuse what Stripe would not charge."""
    if amount < SMALLEST_CHARGE.get(currency, 1):
        raise StripeRefuses("amount_too_small", f"{amount} {currency} is below Stripe's smallest charge.")
    # https://docs.stripe.com/currencies#three-decimal
    if amount > LARGEST_CHARGE or (currency in THREE_DECIMALS and amount % 10):
        raise StripeRefuses("parameter_invalid_integer", f"{amount} {currency} is not an amount that Stripe charges.")


def left_of(charge: Json) -> int:
    """What can still be refunded. `amount_refunded` holds what a capture left on the card: Stripe books it as a refund."""
    return int(charge["amount"] - charge["amount_refunded"]) if charge["captured"] else 0


class Charges:
    """One-off payments; every method that makes a charge gives its id. `pricing` is what Stripe keeps of those to come."""

    def __init__(self, account: Account, ledger: Ledger, exchange: Exchange) -> None:
        self.account = account
        self.ledger = ledger
        self.exchange = exchange
        self.pricing = Pricing()

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
    def authorize(
        self,
        amount: int,
        currency: str = "usd",
        *,
        customer: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Reserve the amount on the card; `capture` takes it."""
        return self.reserve(self.intend(amount, currency, customer, description, manual=True), dict(metadata or {}))

    def reserve(self, intent: Json, metadata: Json) -> str:
        """Authorise an intent; gives the charge's id."""
        charge = self._charge(intent, metadata)
        self.account.emit("charge.succeeded", charge)
        self.account.change(intent, status="requires_capture", amount_capturable=intent["amount"])
        self.account.emit("payment_intent.amount_capturable_updated", intent)
        return str(charge["id"])

    @operation
    def capture(self, charge: str, amount: int | None = None) -> None:
        """Take `amount`, or all of what was authorised. The rest goes back in a row of its own, whose source is the charge."""
        found = self._authorised(charge)
        taken = found["amount"] if amount is None else amount
        chargeable(taken, found["currency"])
        if taken > found["amount"]:
            raise StripeRefuses("amount_too_large", f"{taken} is more than {charge} authorised.")
        rest = found["amount"] - taken
        previous = self.account.change(found, captured=True, amount_captured=taken, amount_refunded=rest)
        previous |= self._book(found)
        if rest:
            self._release(found, taken)
        self.account.emit("charge.captured", found, previous)
        self.succeeded(self.account.of("payment_intent", found["payment_intent"]))

    @automatic
    def expire(self, charge: str) -> None:
        """Never captured: the card is free again."""
        found = self._authorised(charge)
        self.account.emit("charge.expired", found, self._let_go(found))
        self.canceled(self.account.of("payment_intent", found["payment_intent"]), "automatic")

    def release(self, charge: Json) -> None:
        """The merchant gives an authorisation back."""
        self.account.emit("charge.refunded", charge, self._let_go(charge))

    def canceled(self, intent: Json, reason: str | None) -> None:
        """Nothing will be paid by it any more."""
        self.account.change(intent, status="canceled", canceled_at=self.account.now, cancellation_reason=reason, amount_capturable=0)
        self.account.emit("payment_intent.canceled", intent)

    def _let_go(self, charge: Json) -> Json:
        return self.account.change(charge, amount_refunded=charge["amount"], refunded=True)

    @operation
    def annotate(self, charge: str, metadata: Mapping[str, str]) -> None:
        """Add keys to its metadata."""
        found = self.account.of("charge", charge)
        previous = self.account.change(found, metadata=found["metadata"] | dict(metadata))
        self.account.emit("charge.updated", found, previous)

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

    def intend(
        self,
        amount: int,
        currency: str,
        customer: str | None,
        description: str | None,
        *,
        manual: bool = False,
        metadata: Json | None = None,
    ) -> Json:
        """The payment intent every charge begins with."""
        chargeable(amount, currency)
        if customer is not None:
            self.account.living("customer", customer)
        new_id, now = self.account.ids.new("pi"), self.account.now
        intent = payments.payment_intent(
            new_id,
            now,
            amount=amount,
            currency=currency,
            customer=customer,
            description=description,
            manual=manual,
            metadata=metadata or {},
        )
        self.account.emit("payment_intent.created", self.account.keep(intent))
        return intent

    def collect(
        self, intent: Json, *, metadata: Mapping[str, str] | None = None, balance_later: bool = False, available_at_once: bool = False
    ) -> str:
        """Charge and capture an intent in one go."""
        charge = self._charge(intent, dict(metadata or {}))
        self.account.change(charge, captured=True, amount_captured=charge["amount"])
        if not balance_later:
            self._book(charge, 0 if available_at_once else CARD_SETTLES_AFTER_DAYS)
        self.account.emit("charge.succeeded", charge)
        self.succeeded(intent)
        return str(charge["id"])

    def refuse(self, intent: Json, decline: Decline | None = None) -> str:
        """A charge on the intent that the bank declines; the intent waits for another card."""
        decline = decline or Decline()
        charge = self._charge(intent, {}, decline)
        self.account.emit("charge.failed", charge)
        error = {"charge": charge["id"], "code": decline.code, "decline_code": decline.decline_code, "type": "card_error"}
        error |= {"message": charge["failure_message"]}
        self.account.change(intent, status="requires_payment_method", last_payment_error=error, payment_method=None)
        self.account.emit("payment_intent.payment_failed", intent)
        return str(charge["id"])

    def _charge(self, intent: Json, metadata: Json, decline: Decline | None = None) -> Json:
        account = self.account
        method = account.find(intent["payment_method"]) if intent["payment_method"] else None
        customer = account.of("customer", intent["customer"]) if intent["customer"] else None
        charge = payments.charge(
            account.ids.new("ch"),
            account.now,
            intent=intent,
            payment_method=method["id"] if method else account.ids.new("pm"),
            billing_details=payments.billing_details(customer),
            metadata=dict(metadata),
        )
        if method:
            shown = method.get("card", method)
            charge["payment_method_details"]["card"] |= {"brand": shown["brand"].lower(), "last4": shown["last4"]}
        account.change(intent, latest_charge=charge["id"], payment_method=charge["payment_method"])
        return account.keep(payments.declined(charge, decline) if decline else charge)

    def _authorised(self, charge: str) -> Json:
        found = self.account.of("charge", charge)
        if found["captured"] or found["status"] != "succeeded" or found["refunded"]:
            raise StripeRefuses("charge_already_captured", f"Charge {charge} has already been captured, or has expired.")
        return found

    def _book(self, charge: Json, settles_after_days: int = CARD_SETTLES_AFTER_DAYS) -> Json:
        """Stripe books the whole authorised amount, and keeps its fee of what was captured."""
        money = self.exchange.settled(charge["amount"], charge["currency"])
        captured = self.exchange.settled(charge["amount_captured"], charge["currency"])
        fees = self.pricing.fees(captured)
        row = self.ledger.book_settled(
            "charge",
            "charge",
            money,
            source=charge["id"],
            fees=fees,
            description=charge["description"],
            settles_after_days=settles_after_days,
        )
        platform = next((fee for fee in fees if fee.type == "application_fee"), None)
        if platform:
            charge |= {"application": platform.application, "application_fee_amount": platform.amount}
            charge["application_fee"] = self.account.ids.new("fee")
        return self.account.change(charge, balance_transaction=row["id"])

    def _release(self, charge: Json, taken: int) -> None:
        """What was not captured, so that both rows leave exactly the settled worth of what was."""
        whole = self.exchange.settled(charge["amount"], charge["currency"])
        kept = self.exchange.settled(taken, charge["currency"])
        rest = replace(whole, amount=kept.amount - whole.amount)
        description = "REFUND FOR CHARGE (partial capture)"
        self.ledger.book_settled(
            "refund",
            "partial_capture_reversal",
            rest,
            source=charge["id"],
            description=description,
            settles_after_days=CARD_SETTLES_AFTER_DAYS,
        )

    def succeeded(self, intent: Json) -> None:
        """The intent has its money."""
        self.account.change(
            intent, status="succeeded", amount_received=self._received(intent), amount_capturable=0, last_payment_error=None
        )
        self.account.emit("payment_intent.succeeded", intent)

    def _received(self, intent: Json) -> int:
        return int(self.account.of("charge", intent["latest_charge"])["amount_captured"])
