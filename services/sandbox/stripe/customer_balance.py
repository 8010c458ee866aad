"""A customer's credit balance: not cash, a figure below zero that the next invoice takes off, above zero that it adds."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.shapes import Json, fields


class CustomerBalance:
    """One currency per customer, that of his first invoice or credit."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @operation
    def adjust(self, customer: str, amount: int, currency: str = "usd", *, metadata: Mapping[str, str] | None = None) -> str:
        """Grant a credit (below zero) or a debit by hand; gives the customer balance transaction's id."""
        return self.move(self.account.living("customer", customer), amount, currency, "adjustment", metadata=dict(metadata or {}))

    def fits(self, customer: Json, currency: str) -> None:
        """Refuse another currency than the customer's."""
        if customer["currency"] not in (None, currency):
            raise StripeRefuses("customer_currency", f"{customer['id']} is a customer in {customer['currency']}.")

    def move(
        self,
        customer: Json,
        amount: int,
        currency: str,
        kind: str,
        *,
        invoice: str | None = None,
        credit_note: str | None = None,
        metadata: Json | None = None,
    ) -> str:
        """Change the balance by `amount`: https://docs.stripe.com/api/customer_balance_transactions/object"""
        self.fits(customer, currency)
        account, balance = self.account, customer["balance"] + amount
        made = {
            "id": account.ids.new("cbtxn"),
            "object": "customer_balance_transaction",
            "amount": amount,
            "created": account.now,
            "credit_note": credit_note,
            "currency": currency,
            "customer": customer["id"],
            "ending_balance": balance,
            "invoice": invoice,
            "livemode": False,
            "metadata": metadata or {},
            "type": kind,
        } | fields("checkout_session customer_account description")
        account.keep(made)
        account.emit("customer.updated", customer, account.change(customer, balance=balance, currency=currency))
        return str(made["id"])
