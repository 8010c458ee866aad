"""Payments as a merchant's program makes them: an intent, confirmed with a payment method, captured or cancelled."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.cards import Card
from services.sandbox.stripe.charges import Charges
from services.sandbox.stripe.disputes import Disputes
from services.sandbox.stripe.invoices import Invoices
from services.sandbox.stripe.payment_methods import PaymentMethods
from services.sandbox.stripe.shapes import Json, copied
from services.sandbox.stripe.shapes.payments import Decline

WAITING = ("requires_payment_method", "requires_confirmation", "requires_action")


class PaymentIntents:
    """A declined card is refused after the fact, as Stripe does it: the charge that failed stays."""

    def __init__(self, account: Account, charges: Charges, disputes: Disputes, invoices: Invoices, methods: PaymentMethods) -> None:
        self.account = account
        self.charges = charges
        self.disputes = disputes
        self.invoices = invoices
        self.methods = methods

    @operation
    def create(
        self,
        amount: int,
        currency: str,
        *,
        customer: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        method: str | None = None,
        manual: bool = False,
    ) -> str:
        """Ask for an amount; with a payment method it only waits for `confirm`."""
        taken = self.methods.take(method) if method else None
        intent = self.charges.intend(amount, currency, customer, description, manual=manual, metadata=dict(metadata or {}))
        if taken:
            self.account.change(intent, payment_method=taken, status="requires_confirmation")
        return str(intent["id"])

    @operation
    def confirm(self, intent: str, method: str | None = None) -> None:
        """Charge the payment method, or do what its test card is for."""
        found = self._in(intent, *WAITING)
        if method:
            self.account.change(found, payment_method=self.methods.take(method))
        if not found["payment_method"]:
            raise StripeRefuses("payment_intent_unexpected_state", f"{intent} has no payment method.")
        card = self.methods.card(found["payment_method"])
        if card.asks_the_buyer:
            self._ask(found)
        elif card.decline:
            charge = self.charges.refuse(found, card.decline)
            raise declined(card.decline, charge, found)
        elif found["capture_method"] == "manual":
            self.charges.reserve(found, found["metadata"])
        else:
            charge = self.charges.collect(found, metadata=found["metadata"], available_at_once=card.available_at_once)
            if card.available_at_once:
                self.account.emit("balance.available", self.charges.ledger.balance())
            self._dispute(charge, card)

    @operation
    def capture(self, intent: str, amount: int | None = None) -> None:
        found = self._in(intent, "requires_capture")
        self.charges.capture(found["latest_charge"], amount)

    @operation
    def cancel(self, intent: str, reason: str | None = None) -> None:
        """An authorisation goes back to the card."""
        found = self._in(intent, *WAITING, "requires_capture")
        if self.account.listed("invoice_payment", "payment.payment_intent", intent):
            raise StripeRefuses("payment_intent_unexpected_state", f"{intent} belongs to an invoice: void that.")
        if found["status"] == "requires_capture":
            self.charges.release(self.account.of("charge", found["latest_charge"]))
        self.charges.canceled(found, reason)

    @operation
    def pay_invoice(self, invoice: str, method: str | None = None) -> None:
        """Charge an open invoice to a payment method, or to the customer's own."""
        found = self.account.of("invoice", invoice)
        payer = self.methods.take(method) if method else self.methods.default_of(found["customer"])
        if payer is None:
            raise StripeRefuses("missing_payment_method", "The customer has no default payment method; name one to pay this invoice.")
        card = self.methods.card(payer)
        intent = self.invoices.payments.intent(self.invoices.payments.default(found))
        self.account.change(intent, payment_method=payer)
        decline = card.decline or (ASKED if card.asks_the_buyer else None)
        if decline:
            raise declined(decline, self.invoices.fail_payment(invoice), intent)
        self._dispute(self.invoices.pay(invoice), card)

    def _ask(self, intent: Json) -> None:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        self.account.change(intent, status="requires_action", next_action=action)
        self.account.emit("payment_intent.requires_action", intent)

    def _dispute(self, charge: str, card: Card) -> None:
        if card.dispute == "inquiry":
            self.disputes.inquire(charge)
        elif card.dispute:
            self.disputes.open(charge, reason=card.dispute)

    def _in(self, intent: str, *statuses: str) -> Json:
        found = self.account.of("payment_intent", intent)
        if found["status"] not in statuses:
            raise StripeRefuses("payment_intent_unexpected_state", f"This PaymentIntent's status is {found['status']}: {intent}.")
        return found


ASKED = Decline("authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.")


def declined(decline: Decline, charge: str, intent: Json) -> StripeRefuses:
    """https://docs.stripe.com/error-handling#payment-errors"""
    more = {"charge": charge, "decline_code": decline.decline_code, "payment_intent": copied(intent)}
    return StripeRefuses(decline.code, decline.message, kind="card_error", status=402, more=more)
