"""Invoices: drafted, finalised, paid by card, refused by a bank, edited, voided, written off, paid elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.sandbox.stripe import invoice_sums
from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.charges import Charges, chargeable
from services.sandbox.stripe.ledger import DAY
from services.sandbox.stripe.shapes import Json, catalogue, copied, invoices

# An invoice shows its first lines itself; the others are read from its `lines` list.
LINES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """What one line sells: a price, how often, and what the customer reads."""

    price: str
    quantity: int = 1
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Billed:
    """The subscription an invoice bills, its item, the period, and why (Stripe's billing_reason)."""

    subscription: str
    item: str
    period: tuple[int, int]
    reason: str


class Invoices:
    """`create` gives the draft's id, `pay` and `fail_payment` the charge's."""

    def __init__(self, account: Account, charges: Charges) -> None:
        self.account = account
        self.charges = charges

    @operation
    def create(
        self,
        customer: str,
        lines: Sequence[Line],
        *,
        coupon: str | None = None,
        tax_rate: str | None = None,
        description: str | None = None,
        billed: Billed | None = None,
    ) -> str:
        """Draft an invoice of one currency, with at most one coupon and one tax rate on all of it."""
        account = self.account
        buyer = account.of("customer", customer)
        prices = [account.of("price", line.price) for line in lines]
        if len(currencies := {price["currency"] for price in prices}) != 1:
            raise StripeRefuses("invoice_currencies", "An invoice has at least one line and one currency.")
        rate = account.of("tax_rate", tax_rate) if tax_rate else None
        taken = account.of("coupon", coupon) if coupon else None
        invoice = invoices.invoice(
            account.ids.new("in"),
            account.now,
            customer=buyer,
            currency=currencies.pop(),
            reason=billed.reason if billed else "manual",
            description=description,
            tax_rates=[copied(rate)] if rate else [],
        )
        if billed:
            details = {"metadata": {}, "subscription": billed.subscription}
            invoice["parent"] = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
        account.keep(invoice)
        self._fill(invoice, [self._line(invoice, line, billed) for line in lines], taken, rate)
        account.emit("invoice.created", invoice)
        return str(invoice["id"])

    @operation
    def finalize(self, invoice: str) -> None:
        """Number it and ask for the money."""
        account, found = self.account, self._in(invoice, "draft")
        if found["amount_due"]:
            chargeable(found["amount_due"], found["currency"])
        buyer = account.of("customer", found["customer"])
        number = f"{buyer['invoice_prefix']}-{buyer['next_invoice_sequence']:04}"
        account.change(buyer, next_invoice_sequence=buyer["next_invoice_sequence"] + 1, currency=buyer["currency"] or found["currency"])
        account.change(
            found,
            number=number,
            status="open",
            effective_at=account.now,
            ending_balance=0,
            hosted_invoice_url=f"https://invoice.stripe.com/i/{account.id}/{invoice}",
            invoice_pdf=f"https://pay.stripe.com/invoice/{account.id}/{invoice}/pdf",
            status_transitions=found["status_transitions"] | {"finalized_at": account.now},
            webhooks_delivered_at=account.now,
        )
        if found["amount_due"]:
            intent = self.charges.intend(found["amount_due"], found["currency"], found["customer"], self._wording(found))
            account.keep(invoices.invoice_payment(account.ids.new("inpay"), account.now, invoice=found, intent=intent["id"]))
        account.emit("invoice.finalized", found)
        if not found["amount_due"]:
            self._paid(found, 0)

    @operation
    def pay(self, invoice: str, *, balance_later: bool = False) -> str:
        """Charge the customer's card for all of it."""
        account, found = self.account, self._in(invoice, "open", "uncollectible")
        payment = self._payment(found)
        intent = account.of("payment_intent", payment["payment"]["payment_intent"])
        charge = self.charges.collect(intent, balance_later=balance_later)
        transitions = payment["status_transitions"] | {"paid_at": account.now}
        account.change(payment, status="paid", amount_paid=payment["amount_requested"], status_transitions=transitions)
        account.emit("invoice_payment.paid", payment)
        self._paid(found, found["amount_due"])
        return charge

    @operation
    def fail_payment(self, invoice: str) -> str:
        """Try to charge the customer's card; the bank declines, the invoice stays open."""
        account, found = self.account, self._in(invoice, "open")
        charge = self.charges.refuse(account.of("payment_intent", self._payment(found)["payment"]["payment_intent"]))
        tried = found["attempt_count"] + 1
        previous = account.change(found, attempted=True, attempt_count=tried, next_payment_attempt=account.now + 3 * DAY)
        account.emit("invoice.updated", found, previous)
        account.emit("invoice.payment_failed", found)
        return charge

    @operation
    def pay_out_of_band(self, invoice: str) -> None:
        """Mark it paid by money that did not come through Stripe."""
        found = self._in(invoice, "open", "uncollectible")
        self._cancel_payment(found)
        self.account.change(found, amount_paid_off_stripe=found["amount_due"])
        self._paid(found, found["amount_due"], through_stripe=False)

    @operation
    def describe(self, invoice: str, description: str) -> None:
        """Edit what the ledger does not care about."""
        found = self._in(invoice, "draft", "open", "paid", "uncollectible")
        self.account.emit("invoice.updated", found, self.account.change(found, description=description))

    @operation
    def void(self, invoice: str) -> None:
        self._end(self._in(invoice, "open", "uncollectible"), "void", "voided_at", "invoice.voided")

    @operation
    def mark_uncollectible(self, invoice: str) -> None:
        self._end(self._in(invoice, "open"), "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")

    def _fill(self, invoice: Json, rows: list[Json], coupon: Json | None, rate: Json | None) -> None:
        if coupon:
            found = catalogue.discount(
                self.account.ids.new("di"), self.account.now, coupon=coupon["id"], customer=invoice["customer"], invoice=invoice["id"]
            )
            self.account.keep(found)
            self.account.change(coupon, times_redeemed=coupon["times_redeemed"] + 1)
            invoice["discounts"] = [found["id"]]
            invoice_sums.take_off(rows, found["id"], invoice_sums.discounted(coupon, sum(row["amount"] for row in rows)))
        if rate:
            invoice_sums.levy(rows, rate)
        invoice |= invoice_sums.totals(rows, rate)
        invoice["lines"] |= {"data": rows[:LINES_SHOWN], "has_more": len(rows) > LINES_SHOWN}

    def _line(self, invoice: Json, line: Line, billed: Billed | None) -> Json:
        account, price = self.account, self.account.of("price", line.price)
        parent = invoices.item_parent(account.ids.new("ii"))
        period = (account.now, account.now)
        if billed:
            parent, period = invoices.subscription_parent(billed.subscription, billed.item), billed.period
        row = invoices.line_item(
            account.ids.new("il"),
            invoice=invoice["id"],
            price=price,
            quantity=line.quantity,
            description=line.description or f"{line.quantity} × {account.of('product', price['product'])['name']}",
            period=period,
            parent=parent,
        )
        row["subscription"] = billed.subscription if billed else None
        return account.keep(row)

    def _paid(self, invoice: Json, amount: int, *, through_stripe: bool = True) -> None:
        tried = {"attempted": True, "attempt_count": invoice["attempt_count"] + 1} if through_stripe and amount else {}
        previous = self.account.change(
            invoice,
            status="paid",
            amount_paid=amount,
            amount_remaining=0,
            auto_advance=False,
            next_payment_attempt=None,
            status_transitions=invoice["status_transitions"] | {"paid_at": self.account.now},
            **tried,
        )
        self.account.emit("invoice.updated", invoice, previous)
        self.account.emit("invoice.paid", invoice)
        if through_stripe:
            self.account.emit("invoice.payment_succeeded", invoice)

    def _end(self, invoice: Json, status: str, when: str, event: str) -> None:
        if status == "void":
            self._cancel_payment(invoice)
        transitions = invoice["status_transitions"] | {when: self.account.now}
        previous = self.account.change(invoice, status=status, auto_advance=False, status_transitions=transitions)
        self.account.emit("invoice.updated", invoice, previous)
        self.account.emit(event, invoice)

    def _cancel_payment(self, invoice: Json) -> None:
        payment = self._payment(invoice)
        transitions = payment["status_transitions"] | {"canceled_at": self.account.now}
        self.account.change(payment, status="canceled", status_transitions=transitions)
        intent = self.account.of("payment_intent", payment["payment"]["payment_intent"])
        self.account.change(intent, status="canceled", canceled_at=self.account.now, cancellation_reason="void_invoice")
        self.account.emit("payment_intent.canceled", intent)

    def _payment(self, invoice: Json) -> Json:
        return next(one for one in self.account.listed("invoice_payment", "invoice", invoice["id"]) if one["status"] == "open")

    def _wording(self, invoice: Json) -> str:
        wordings = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}
        return wordings.get(invoice["billing_reason"], f"Payment for Invoice {invoice['number']}")

    def _in(self, invoice: str, *statuses: str) -> Json:
        found = self.account.of("invoice", invoice)
        if found["status"] not in statuses:
            raise StripeRefuses("invoice_not_editable", f"{invoice} is {found['status']}.")
        return found
