"""Subscriptions, as far as they make invoices: started, billed again each period, cancelled."""

from __future__ import annotations

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.invoices import Billed, Invoices, Line
from services.sandbox.stripe.ledger import DAY
from services.sandbox.stripe.shapes import Json, catalogue, copied

DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


class Subscriptions:
    """One price each. `start` and `renew` give the finalised invoice's id; paying it is another operation."""

    def __init__(self, account: Account, invoices: Invoices) -> None:
        self.account = account
        self.invoices = invoices

    @operation
    def start(self, customer: str, price: str, *, coupon: str | None = None, tax_rate: str | None = None) -> tuple[str, str]:
        """The new subscription, incomplete until its first invoice is paid, and that invoice, finalised."""
        account, sold = self.account, self.account.of("price", price)
        account.of("customer", customer)
        if sold["type"] != "recurring":
            raise StripeRefuses("price_not_recurring", f"{price} is not a recurring price.")
        subscription, item = account.ids.new("sub"), account.ids.new("si")
        line = catalogue.subscription_item(
            item, account.now, subscription=subscription, price=copied(sold), period_end=account.now + self._period(sold)
        )
        rates = [copied(account.of("tax_rate", tax_rate))] if tax_rate else []
        made = account.keep(
            catalogue.subscription(
                subscription, account.now, customer=customer, item=line, currency=sold["currency"], default_tax_rates=rates
            )
        )
        invoice = self._bill(made, "subscription_create", coupon)
        account.emit("customer.subscription.created", made)
        return subscription, invoice

    @automatic
    def renew(self, subscription: str) -> str:
        """Bill the next period."""
        found = self.account.of("subscription", subscription)
        if found["status"] == "canceled":
            raise StripeRefuses("subscription_canceled", f"{subscription} is canceled.")
        item = found["items"]["data"][0]
        before, start = found["latest_invoice"], item["current_period_end"]
        item |= {"current_period_start": start, "current_period_end": start + self._period(item["price"])}
        invoice = self._bill(found, "subscription_cycle", None)
        self.account.emit("customer.subscription.updated", found, {"latest_invoice": before})
        return invoice

    @automatic
    def activate(self, subscription: str) -> None:
        """Its first invoice is paid."""
        found = self.account.of("subscription", subscription)
        self.account.emit("customer.subscription.updated", found, self.account.change(found, status="active"))

    @operation
    def cancel(self, subscription: str) -> None:
        account, found = self.account, self.account.of("subscription", subscription)
        account.change(found, status="canceled", canceled_at=account.now, ended_at=account.now)
        account.emit("customer.subscription.deleted", found)

    def _bill(self, subscription: Json, reason: str, coupon: str | None) -> str:
        item = subscription["items"]["data"][0]
        rates = subscription["default_tax_rates"]
        period = (item["current_period_start"], item["current_period_end"])
        invoice = self.invoices.create(
            subscription["customer"],
            [Line(item["price"]["id"])],
            coupon=coupon,
            tax_rate=rates[0]["id"] if rates else None,
            billed=Billed(subscription["id"], item["id"], period, reason),
        )
        self.account.list_under("invoice", "subscription", subscription["id"], invoice)
        self.account.change(subscription, latest_invoice=invoice)
        self.invoices.finalize(invoice)
        return invoice

    def _period(self, price: Json) -> int:
        return DAYS[price["recurring"]["interval"]] * DAY
