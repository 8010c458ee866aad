"""How an invoice's money is asked for: the default payment that finalising opens, and others attached to it."""

from __future__ import annotations

from services.sandbox.stripe.account import Account, StripeRefuses
from services.sandbox.stripe.charges import Charges, chargeable
from services.sandbox.stripe.shapes import Json, invoices


class InvoicePayments:
    """The payments alone; what they mean for the invoice is the invoice's business."""

    def __init__(self, account: Account, charges: Charges) -> None:
        self.account = account
        self.charges = charges

    def open(self, invoice: Json, amount: int, description: str, *, is_default: bool = True) -> Json:
        """Ask for an amount with a new payment intent."""
        account = self.account
        intent = self.charges.intend(amount, invoice["currency"], invoice["customer"], description)
        return account.keep(
            invoices.invoice_payment(
                account.ids.new("inpay"), account.now, invoice=invoice, intent=intent["id"], amount=amount, is_default=is_default
            )
        )

    def default(self, invoice: Json) -> Json:
        """The open default payment. Refused while a bank debit of it is on its way."""
        found = next(
            (
                one
                for one in self.account.listed("invoice_payment", "invoice", invoice["id"])
                if one["status"] == "open" and one["is_default"]
            ),
            None,
        )
        if found is None or self.intent(found)["status"] == "processing":
            raise StripeRefuses("invoice_payment_in_progress", f"{invoice['id']} waits for a bank, or for nothing.")
        return found

    def of_charge(self, charge: Json) -> Json | None:
        """The payment that a charge belongs to, if it pays an invoice."""
        found = self.account.listed("invoice_payment", "payment.payment_intent", charge["payment_intent"])
        return found[0] if found else None

    def intent(self, payment: Json) -> Json:
        return self.account.of("payment_intent", payment["payment"]["payment_intent"])

    def ask_for(self, invoice: Json, amount: int) -> None:
        """The default payment follows what is left to pay; nothing left cancels it."""
        payment = self.default(invoice)
        if not amount:
            self.cancel(payment)
            return
        chargeable(amount, invoice["currency"])
        self.account.change(payment, amount_requested=amount)
        self.account.change(self.intent(payment), amount=amount)

    def paid(self, payment: Json, amount: int) -> None:
        transitions = payment["status_transitions"] | {"paid_at": self.account.now}
        self.account.change(payment, status="paid", amount_paid=amount, status_transitions=transitions)
        self.account.emit("invoice_payment.paid", payment)

    def reopen(self, payment: Json) -> None:
        """The bank took it back. What Stripe shows then is not documented: the sandbox asks for it again."""
        transitions = payment["status_transitions"] | {"paid_at": None}
        self.account.change(payment, status="open", amount_paid=None, status_transitions=transitions)

    def cancel(self, payment: Json) -> None:
        transitions = payment["status_transitions"] | {"canceled_at": self.account.now}
        self.account.change(payment, status="canceled", status_transitions=transitions)
        intent = self.intent(payment)
        self.account.change(intent, status="canceled", canceled_at=self.account.now, cancellation_reason="void_invoice")
        self.account.emit("payment_intent.canceled", intent)
