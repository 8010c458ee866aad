"""What stands on an invoice before it is final: lines, discounts, taxes, shipping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.sandbox.stripe import invoice_sums
from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.catalogue import Catalogue
from services.sandbox.stripe.shapes import Json, catalogue, invoices
from services.sandbox.stripe.shapes.ledger import rounded

# An invoice shows its first lines itself; the others are read from its `lines` list.
LINES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """What one line sells: a price, how often, and what the customer reads.

    `unit_amount` instead of the price's own: with a `product` and no price, Stripe makes an inline price of it; with a
    price, it is a trial (0) or a `proration`, whose credit is below zero. `tax_rates` instead of the invoice's.
    `item`: the invoice item that becomes this line."""

    price: str = ""
    quantity: int = 1
    description: str | None = None
    product: str = ""
    unit_amount: int | None = None
    currency: str = "usd"
    proration: bool = False
    coupons: tuple[str, ...] = ()
    tax_rates: tuple[str, ...] | None = None
    period: tuple[int, int] | None = None
    item: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shipping:
    """What shipping costs, and the taxes on it."""

    amount: int
    tax_rates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """The subscription an invoice bills, its item, the period, and why (Stripe's billing_reason)."""

    subscription: str
    item: str
    period: tuple[int, int]
    reason: str


class Drafts:
    """Fills an empty draft, and nothing else."""

    def __init__(self, account: Account, catalogue: Catalogue) -> None:
        self.account = account
        self.catalogue = catalogue

    def currency_of(self, lines: Sequence[Line]) -> str:
        """The one currency of all lines. Refuses what cannot be filled in."""
        of = self.account.of
        for line in lines:
            _ = [of("coupon", coupon) for coupon in line.coupons], [of("tax_rate", rate) for rate in line.tax_rates or ()]
            if not line.price:
                of("product", line.product)
        found = {of("price", line.price)["currency"] if line.price else line.currency for line in lines}
        if len(found) != 1:
            raise StripeRefuses("invoice_currencies", "An invoice has at least one line and one currency.")
        return found.pop()

    def fill(
        self,
        invoice: Json,
        lines: Sequence[Line],
        billed: Billed | None,
        coupons: Sequence[str],
        rates: Sequence[str],
        shipping: Shipping | None,
    ) -> None:
        """Lines, then the discounts of lines, then those of the invoice in their order, then taxes, then the totals."""
        account = self.account
        rows = [self._line(invoice, line, billed) for line in lines]
        of_items: set[str] = set()
        for line, row in zip(lines, rows, strict=True):
            row["discounts"] = [self._take_off(invoice, coupon, [row], row) for coupon in line.coupons]
            of_items.update(row["discounts"])
        invoice["discounts"] = [self._take_off(invoice, coupon, rows, None) for coupon in coupons]
        for line, row in zip(lines, rows, strict=True):
            taken = rates if line.tax_rates is None else line.tax_rates
            invoice_sums.levy(row, [account.of("tax_rate", rate) for rate in taken])
        cost, taxes = self._shipping(shipping) if shipping else (None, [])
        account.when_expanded[invoice["id"], "shipping_cost.taxes"] = taxes
        invoice |= invoice_sums.totals(rows, frozenset(of_items), cost, taxes)
        invoice["lines"] |= {"data": rows[:LINES_SHOWN], "has_more": len(rows) > LINES_SHOWN}

    @operation
    def discard(self, invoice: str) -> Json:
        """Delete a draft; gives the stub that is left."""
        account, found = self.account, self.account.living("invoice", invoice)
        if found["status"] != "draft":
            raise StripeRefuses("invoice_not_editable", f"{invoice} is {found['status']}: only a draft can be deleted.")
        stub = {"id": invoice, "object": "invoice", "deleted": True}
        account.emit("invoice.deleted", found)
        account.forget(invoice, stub)
        return stub

    def _shipping(self, shipping: Shipping) -> tuple[Json, list[Json]]:
        rates = [self.account.of("tax_rate", rate) for rate in shipping.tax_rates]
        taxes = [invoices.shipping_tax(rate, *invoice_sums.tax_of(shipping.amount, rate)) for rate in rates]
        return invoices.shipping_cost(shipping.amount, taxes, self.account.ids.new("shr")), taxes

    def _take_off(self, invoice: Json, coupon: str, rows: Sequence[Json], of_line: Json | None) -> str:
        account, found = self.account, self.account.of("coupon", coupon)
        item = of_line["parent"]["invoice_item_details"] if of_line else None
        made = catalogue.discount(
            account.ids.new("di"),
            account.now,
            coupon=coupon,
            customer=invoice["customer"],
            invoice=invoice["id"],
            invoice_item=item["invoice_item"] if item else None,
        )
        account.keep(made)
        account.change(found, times_redeemed=found["times_redeemed"] + 1)
        invoice_sums.take_off(rows, made["id"], found)
        return str(made["id"])

    def _line(self, invoice: Json, line: Line, billed: Billed | None) -> Json:
        account, price = self.account, self._price(line)
        unit = Decimal(price["unit_amount_decimal"]) if line.unit_amount is None else Decimal(line.unit_amount)
        parent = invoices.item_parent(line.item or account.ids.new("ii"), proration=line.proration)
        period = (account.now, account.now)
        if billed:
            parent, period = invoices.subscription_parent(billed.subscription, billed.item, proration=line.proration), billed.period
        row = invoices.line_item(
            account.ids.new("il"),
            invoice=invoice["id"],
            price=price,
            amount=rounded(unit * line.quantity),
            unit_amount=str(unit),
            quantity=line.quantity,
            description=line.description or f"{line.quantity} × {account.of('product', price['product'])['name']}",
            period=line.period or period,
            parent=parent,
            discountable=not line.proration and unit >= 0,
            metadata=dict(line.metadata),
        )
        row["subscription"] = billed.subscription if billed else None
        return account.keep(row)

    def _price(self, line: Line) -> Json:
        if line.price:
            return self.account.of("price", line.price)
        return self.catalogue.inline_price(line.product, line.unit_amount or 0, line.currency)
