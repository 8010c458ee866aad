"""Subscriptions, as far as they make invoices: started, on trial or not, billed each period, changed in between, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.invoices import Billed, Invoices, Line
from services.sandbox.stripe.ledger import DAY
from services.sandbox.stripe.shapes import Json, catalogue, copied
from services.sandbox.stripe.shapes.ledger import rounded

# https://docs.stripe.com/api/events/types#event_types-customer.subscription.trial_will_end: three days before, or at once.
TOLD_BEFORE = 3 * DAY
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


class Subscriptions:
    """One price each. `start` and `renew` give the finalised invoice's id; paying it is another operation."""

    def __init__(self, account: Account, invoices: Invoices) -> None:
        self.account = account
        self.invoices = invoices

    @operation
    def start(
        self,
        customer: str,
        price: str,
        *,
        coupon: str | None = None,
        tax_rate: str | None = None,
        trial: bool = False,
        trial_days: int = 0,
        metadata: Mapping[str, str] | None = None,
    ) -> tuple[str, str]:
        """The new subscription, incomplete until its first invoice is paid, and that invoice, finalised. The first period may be
        a trial, as long as any or of so many days: its invoice is of zero, and paid."""
        account, sold = self.account, self.account.of("price", price)
        self.invoices.balance.fits(account.living("customer", customer), sold["currency"])
        if sold["type"] != "recurring":
            raise StripeRefuses("price_not_recurring", f"{price} is not a recurring price.")
        subscription, item = account.ids.new("sub"), account.ids.new("si")
        end = account.now + (trial_days * DAY or self._period(sold))
        line = catalogue.subscription_item(item, account.now, subscription=subscription, price=copied(sold), period_end=end)
        rates = [copied(account.of("tax_rate", tax_rate))] if tax_rate else []
        made = account.keep(
            catalogue.subscription(
                subscription, account.now, customer=customer, item=line, currency=sold["currency"], default_tax_rates=rates
            )
        )
        made["metadata"] = dict(metadata or {})
        trial = trial or trial_days > 0
        if trial:
            account.change(made, status="trialing", trial_start=account.now, trial_end=line["current_period_end"])
        free = [Line(price, unit_amount=0, description="Trial period")] if trial else [Line(price)]
        invoice = self._bill(made, "subscription_create", free, coupon)
        account.emit("customer.subscription.created", made)
        if trial and end - account.now <= TOLD_BEFORE:
            account.emit("customer.subscription.trial_will_end", made)
        return subscription, invoice

    @automatic
    def renew(self, subscription: str) -> str:
        """Bill the next period."""
        found = self._billable(subscription)
        item = found["items"]["data"][0]
        before, start = found["latest_invoice"], item["current_period_end"]
        item |= {"current_period_start": start, "current_period_end": start + self._period(item["price"])}
        invoice = self._bill(found, "subscription_cycle", [Line(item["price"]["id"])])
        self.account.emit("customer.subscription.updated", found, {"latest_invoice": before})
        return invoice

    @operation
    def switch(self, subscription: str, price: str, unused_percent: int) -> str:
        """Another price of the same currency in the middle of the period, billed at once: so much of the old price comes back,
        as much of the new one is taken. Going down makes an invoice below zero, which the customer's balance keeps."""
        found, sold = self._billable(subscription), self.account.of("price", price)
        item = found["items"]["data"][0]
        old = item["price"]
        if sold["type"] != "recurring" or sold["currency"] != old["currency"]:
            raise StripeRefuses("price_not_recurring", f"{price} cannot replace {old['id']}.")
        lines = [
            Line(old["id"], unit_amount=-_percent(old, unused_percent), proration=True, description="Unused time"),
            Line(price, unit_amount=_percent(sold, unused_percent), proration=True, description="Remaining time"),
        ]
        before = found["latest_invoice"]
        item |= {"plan": catalogue.plan(sold), "price": copied(sold)}
        invoice = self._bill(found, "subscription_update", lines)
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

    def _billable(self, subscription: str) -> Json:
        found = self.account.of("subscription", subscription)
        if found["status"] == "canceled":
            raise StripeRefuses("subscription_canceled", f"{subscription} is canceled.")
        self.invoices.balance.fits(self.account.living("customer", found["customer"]), found["currency"])
        return found

    def _bill(self, subscription: Json, reason: str, lines: list[Line], coupon: str | None = None) -> str:
        item = subscription["items"]["data"][0]
        rates = subscription["default_tax_rates"]
        period = (item["current_period_start"], item["current_period_end"])
        invoice = self.invoices.create(
            subscription["customer"],
            lines,
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


def _percent(price: Json, percent: int) -> int:
    return rounded(Decimal(price["unit_amount_decimal"]) * percent / 100)
