"""Payment methods made of Stripe's test cards, with customers or alone."""

from __future__ import annotations

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.cards import CARDS, Card
from services.sandbox.stripe.shapes import payments

PREFIXES = ("pm_card_", "tok_")


class PaymentMethods:
    """Only cards; their numbers cannot be sent here, as they should not be to Stripe."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._cards: dict[str, Card] = {}

    @operation
    def take(self, name: str) -> str:
        """The id of a payment method: `name` is one, or a test card's name of which one is made."""
        found = self.account.find(name)
        if found is not None and found["object"] == "payment_method":
            return name
        card = self.named(name)
        made = payments.payment_method(self.account.ids.new("pm"), self.account.now, last4=card.last4, brand=card.brand)
        self._cards[made["id"]] = card
        return str(self.account.keep(made)["id"])

    @operation
    def attach(self, method: str, customer: str) -> str:
        """To be used by the customer's later payments."""
        buyer = self.account.living("customer", customer)
        found = self.account.of("payment_method", self.take(method))
        if found["customer"] not in (None, customer):
            raise StripeRefuses("payment_method_unexpected_state", f"{found['id']} is attached to another customer already.")
        if found["customer"] is None:
            self.account.change(found, customer=customer, billing_details=payments.billing_details(buyer))
            self.account.list_under("payment_method", "customer", customer, found["id"])
            self.account.emit("payment_method.attached", found)
        return str(found["id"])

    @operation
    def detach(self, method: str) -> str:
        found = self.account.of("payment_method", method)
        if found["customer"] is None:
            raise StripeRefuses("payment_method_unexpected_state", f"{method} is attached to no customer.")
        self.account.unlist("payment_method", "customer", found["customer"], method)
        self.account.emit("payment_method.detached", found, self.account.change(found, customer=None))
        return method

    @operation
    def add_source(self, customer: str, token: str) -> str:
        """The older way to give a customer a card; gives the card's id."""
        account, card = self.account, self.named(token)
        buyer = account.living("customer", customer)
        made = account.keep(payments.source(account.ids.new("card"), customer=customer, last4=card.last4, brand=card.brand))
        self._cards[made["id"]] = card
        if buyer["default_source"] is None:
            account.change(buyer, default_source=made["id"])
        account.emit("customer.source.created", made)
        return str(made["id"])

    def card(self, method: str | None) -> Card:
        """How it pays; what the sandbox did not make of a test card pays without trouble."""
        return self._cards.get(method or "", CARDS["visa"])

    def default_of(self, customer: str) -> str | None:
        """What Stripe would charge an invoice of the customer to."""
        buyer = self.account.living("customer", customer)
        found: str | None = buyer["invoice_settings"]["default_payment_method"] or buyer["default_source"]
        return found

    def named(self, name: str) -> Card:
        """The test card of that name."""
        for prefix in PREFIXES:
            if name.startswith(prefix) and (card := CARDS.get(name.removeprefix(prefix))):
                return card
        raise StripeRefuses("resource_missing", f"No such PaymentMethod: '{name}'; the sandbox has these test cards: {', '.join(CARDS)}.")
