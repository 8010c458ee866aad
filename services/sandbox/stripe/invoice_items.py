"""Invoice items that wait for their customer's next invoice."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.catalogue import Catalogue
from services.sandbox.stripe.invoice_drafts import Line
from services.sandbox.stripe.shapes import Json, invoices


class InvoiceItems:
    """`create` gives the item's id; `pending` gives the lines that the next invoice takes along."""

    def __init__(self, account: Account, catalogue: Catalogue) -> None:
        self.account = account
        self.catalogue = catalogue

    @operation
    def create(
        self,
        customer: str,
        *,
        amount: int | None = None,
        currency: str = "usd",
        price: str | None = None,
        quantity: int = 1,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """By a price, or by a bare amount: Stripe makes an inactive price of it, and the sandbox guesses a product of its words."""
        account = self.account
        account.living("customer", customer)
        if (amount is None) == (price is None):
            raise StripeRefuses("parameter_missing", "Give either amount or pricing[price].")
        if price:
            sold = account.of("price", price)
        else:
            sold = self.catalogue.inline_price(self.catalogue.product(description or "Invoice item"), amount or 0, currency)
        made = invoices.invoice_item(
            account.ids.new("ii"),
            account.now,
            customer=customer,
            price=sold,
            quantity=quantity,
            description=description,
            metadata=dict(metadata or {}),
        )
        account.emit("invoiceitem.created", account.keep(made))
        return str(made["id"])

    @operation
    def delete(self, item: str) -> Json:
        """Only while no invoice has it."""
        found = self.account.living("invoiceitem", item)
        if found["invoice"]:
            raise StripeRefuses("invoice_not_editable", f"{item} is on {found['invoice']} already.")
        stub = {"id": item, "object": "invoiceitem", "deleted": True}
        self.account.emit("invoiceitem.deleted", found)
        self.account.forget(item, stub)
        return stub

    def pending(self, customer: str) -> list[Json]:
        return [one for one in self.account.listed("invoiceitem", "customer", customer) if one["invoice"] is None]

    def line(self, item: Json) -> Line:
        """The item as a line of an invoice."""
        of = item["pricing"]["price_details"]["price"]
        return Line(of, item["quantity"], item["description"], metadata=item["metadata"], item=item["id"])
