"""Invoices: drafted, finalised, paid whole or in parts by card or bank, refused, edited, voided, written off, paid elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.charges import SMALLEST_CHARGE, Charges, chargeable
from services.sandbox.stripe.customer_balance import CustomerBalance
from services.sandbox.stripe.delayed import DelayedPayments
from services.sandbox.stripe.invoice_drafts import Billed, Drafts, Line, Shipping
from services.sandbox.stripe.invoice_payments import InvoicePayments
from services.sandbox.stripe.ledger import DAY
from services.sandbox.stripe.shapes import Json, copied, invoices

__all__ = ["Billed", "Invoices", "Line", "Shipping"]


class Invoices:
    """`create` gives the draft's id; `pay`, `pay_part`, `debit` and `fail_payment` the charge's."""

    def __init__(self, account: Account, charges: Charges, delayed: DelayedPayments, drafts: Drafts, balance: CustomerBalance) -> None:
        self.account = account
        self.charges = charges
        self.delayed = delayed
        self.drafts = drafts
        self.balance = balance
        self.payments = InvoicePayments(account, charges)
        delayed.watchers.append(self._debit_moved)

    @operation
    def create(
        self,
        customer: str,
        lines: Sequence[Line],
        *,
        coupon: str | None = None,
        tax_rate: str | None = None,
        coupons: Sequence[str] = (),
        tax_rates: Sequence[str] = (),
        shipping: Shipping | None = None,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        days_until_due: int | None = None,
        billed: Billed | None = None,
    ) -> str:
        """Draft an invoice of one currency. Coupons and tax rates are for all of it; `coupon` and `tax_rate` when there is one."""
        account = self.account
        buyer = account.living("customer", customer)
        currency = self.drafts.currency_of(lines)
        rates = [*((tax_rate,) if tax_rate else ()), *tax_rates]
        invoice = invoices.invoice(
            account.ids.new("in"),
            account.now,
            customer=buyer,
            currency=currency,
            reason=billed.reason if billed else "manual",
            description=description,
            tax_rates=[copied(account.of("tax_rate", rate)) for rate in rates],
        )
        invoice["metadata"] = dict(metadata or {})
        if days_until_due is not None:
            invoice |= {"collection_method": "send_invoice", "due_date": account.now + days_until_due * DAY}
        if billed:
            details = {"metadata": {}, "subscription": billed.subscription}
            invoice["parent"] = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
        account.keep(invoice)
        self.drafts.fill(invoice, lines, billed, [*((coupon,) if coupon else ()), *coupons], rates, shipping)
        account.emit("invoice.created", invoice)
        return str(invoice["id"])

    @operation
    def finalize(self, invoice: str) -> None:
        """Number it, use the customer's balance, and ask for the money that is left."""
        account, found = self.account, self._in(invoice, "draft")
        buyer = account.living("customer", found["customer"])
        start, wanted = buyer["balance"], found["total"] + buyer["balance"]
        due = wanted if wanted >= SMALLEST_CHARGE.get(found["currency"], 1) else 0
        if due:
            chargeable(due, found["currency"])
        self.balance.fits(buyer, found["currency"])
        number = f"{buyer['invoice_prefix']}-{buyer['next_invoice_sequence']:04}"
        account.change(buyer, next_invoice_sequence=buyer["next_invoice_sequence"] + 1, currency=found["currency"])
        account.change(
            found,
            number=number,
            status="open",
            amount_due=due,
            amount_remaining=due,
            effective_at=account.now,
            starting_balance=start,
            ending_balance=wanted - due,
            hosted_invoice_url=f"https://invoice.stripe.com/i/{account.id}/{invoice}",
            invoice_pdf=f"https://pay.stripe.com/invoice/{account.id}/{invoice}/pdf",
            status_transitions=found["status_transitions"] | {"finalized_at": account.now},
            webhooks_delivered_at=account.now,
        )
        self._use_balance(found, buyer, start, wanted - due)
        if due:
            self.payments.open(found, due, self._wording(found))
        account.emit("invoice.finalized", found)
        if not due:
            self._paid(found, 0)

    @operation
    def pay(self, invoice: str, *, balance_later: bool = False) -> str:
        """Charge the customer's card for all that is left."""
        found = self._in(invoice, "open", "uncollectible")
        payment = self.payments.default(found)
        charge = self.charges.collect(self.payments.intent(payment), balance_later=balance_later)
        self._received(found, payment, payment["amount_requested"])
        return charge

    @operation
    def pay_part(self, invoice: str, amount: int) -> str:
        """Charge a part with a payment of its own; more than what is left is credited to the customer."""
        found = self._in(invoice, "open", "uncollectible")
        self.payments.default(found)
        left = found["amount_remaining"] - amount
        if left > 0:
            chargeable(left, found["currency"])
        buyer = self.account.living("customer", found["customer"])
        payment = self.payments.open(found, amount, self._wording(found), is_default=False)
        charge = self.charges.collect(self.payments.intent(payment))
        self._received(found, payment, amount)
        if left < 0:
            self.account.change(found, amount_overpaid=-left)
            self.balance.move(buyer, left, found["currency"], "invoice_overpaid", invoice=invoice)
            self.account.emit("invoice.overpaid", found)
        return charge

    @operation
    def debit(self, invoice: str) -> str:
        """Debit a bank account for all that is left: the invoice is open until the bank has paid."""
        return self.delayed.debit(self.payments.intent(self.payments.default(self._in(invoice, "open"))))

    @operation
    def fail_payment(self, invoice: str) -> str:
        """Try to charge the customer's card; the bank declines, the invoice stays open."""
        found = self._in(invoice, "open")
        charge = self.charges.refuse(self.payments.intent(self.payments.default(found)))
        self._refused(found)
        return charge

    @operation
    def pay_out_of_band(self, invoice: str) -> None:
        """Mark it paid by money that did not come through Stripe."""
        found = self._in(invoice, "open", "uncollectible")
        self.payments.cancel(self.payments.default(found))
        self.account.change(found, amount_paid_off_stripe=found["amount_remaining"])
        self._paid(found, found["amount_remaining"], through_stripe=False)

    @operation
    def describe(self, invoice: str, description: str) -> None:
        """Edit what the ledger does not care about."""
        found = self._in(invoice, "draft", "open", "paid", "uncollectible")
        self.account.emit("invoice.updated", found, self.account.change(found, description=description))

    @operation
    def void(self, invoice: str) -> None:
        """Only while nothing was paid; the customer gets back what was used of his balance."""
        found = self._in(invoice, "open", "uncollectible")
        if found["amount_paid"] or found["pre_payment_credit_notes_amount"]:
            raise StripeRefuses("invoice_not_editable", f"{invoice} is paid or credited in part.")
        self.payments.cancel(self.payments.default(found))
        used = found["starting_balance"] - found["ending_balance"]
        buyer = self.account.of("customer", found["customer"])
        if used and not buyer.get("deleted"):
            self.balance.move(buyer, used, found["currency"], "unapplied_from_invoice", invoice=invoice)
        self._end(found, "void", "voided_at", "invoice.voided")

    @operation
    def mark_uncollectible(self, invoice: str) -> None:
        found = self._in(invoice, "open")
        self.payments.default(found)
        self._end(found, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")

    def owes(self, invoice: Json, due: int, **changes: object) -> None:
        """A credit note changed what is due. Nothing left to pay makes it paid."""
        left = due - invoice["amount_paid"]
        self.payments.ask_for(invoice, left)
        previous = self.account.change(invoice, amount_due=due, amount_remaining=left, **changes)
        if left:
            self.account.emit("invoice.updated", invoice, previous)
        else:
            self._paid(invoice, 0)

    def _use_balance(self, invoice: Json, buyer: Json, start: int, end: int) -> None:
        """What is too small to charge is a debit that the next invoice adds."""
        small = max(end, 0)
        if end - small != start:
            self.balance.move(buyer, end - small - start, invoice["currency"], "applied_to_invoice", invoice=invoice["id"])
        if small:
            self.balance.move(buyer, small, invoice["currency"], "invoice_too_small", invoice=invoice["id"])

    def _received(self, invoice: Json, payment: Json, amount: int) -> None:
        self.payments.paid(payment, amount)
        left = invoice["amount_remaining"] - amount
        if not payment["is_default"]:
            self.payments.ask_for(invoice, max(left, 0))
        if left <= 0:
            self._paid(invoice, amount)
            return
        previous = self.account.change(invoice, amount_paid=invoice["amount_paid"] + amount, amount_remaining=left)
        self.account.emit("invoice.updated", invoice, previous)

    def _debit_moved(self, charge: Json, cleared: bool) -> None:
        payment = self.payments.of_charge(charge)
        if payment is None:
            return
        invoice = self.account.of("invoice", payment["invoice"])
        if cleared:
            self._received(invoice, payment, charge["amount"])
            return
        if payment["status"] == "paid":
            self.payments.reopen(payment)
            paid = invoice["amount_paid"] - charge["amount"]
            transitions = invoice["status_transitions"] | {"paid_at": None}
            self.account.change(invoice, amount_paid=paid, amount_remaining=charge["amount"], status="open", status_transitions=transitions)
        self._refused(invoice)

    def _refused(self, invoice: Json) -> None:
        tried = invoice["attempt_count"] + 1
        previous = self.account.change(invoice, attempted=True, attempt_count=tried, next_payment_attempt=self.account.now + 3 * DAY)
        self.account.emit("invoice.updated", invoice, previous)
        self.account.emit("invoice.payment_failed", invoice)

    def _paid(self, invoice: Json, amount: int, *, through_stripe: bool = True) -> None:
        tried = {"attempted": True, "attempt_count": invoice["attempt_count"] + 1} if through_stripe and amount else {}
        previous = self.account.change(
            invoice,
            status="paid",
            amount_paid=invoice["amount_paid"] + amount,
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
        transitions = invoice["status_transitions"] | {when: self.account.now}
        previous = self.account.change(invoice, status=status, auto_advance=False, status_transitions=transitions)
        self.account.emit("invoice.updated", invoice, previous)
        self.account.emit(event, invoice)

    def _wording(self, invoice: Json) -> str:
        wordings = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}
        return wordings.get(invoice["billing_reason"], f"Payment for Invoice {invoice['number']}")

    def _in(self, invoice: str, *statuses: str) -> Json:
        found = self.account.of("invoice", invoice)
        if found["status"] not in statuses:
            raise StripeRefuses("invoice_not_editable", f"{invoice} is {found['status']}.")
        return found
