"""Refunds of card charges: the money goes back at once, the bank's reference comes later, now and then a bank refuses."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.ledger import Ledger
from services.sandbox.stripe.shapes import copied, payments


class Refunds:
    """Never more than the charge took, less what is disputed. Stripe keeps its processing fee."""

    def __init__(self, account: Account, ledger: Ledger) -> None:
        self.account = account
        self.ledger = ledger

    @operation
    def refund(
        self,
        charge: str,
        amount: int | None = None,
        *,
        reason: str | None = "requested_by_customer",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Give back `amount`, or all that is left; gives the refund's id."""
        account, found = self.account, self.account.of("charge", charge)
        if not found["balance_transaction"] or found["disputed"] or found["status"] != "succeeded":
            raise StripeRefuses("charge_disputed" if found["disputed"] else "charge_not_refundable", f"{charge} cannot be refunded now.")
        left = found["amount_captured"] - found["amount_refunded"]
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise StripeRefuses("charge_already_refunded", f"Refund amount ({amount}) is not within what is left of {charge} ({left}).")
        made = payments.refund(
            account.ids.new("re"), account.now, charge=found, amount=amount, reason=reason, metadata=dict(metadata or {})
        )
        row = self.ledger.book(
            "refund", "refund", -amount, made["currency"], source=made["id"], description=f"REFUND FOR CHARGE ({found['description']})"
        )
        account.keep(made | {"balance_transaction": row["id"]})
        refunded = found["amount_refunded"] + amount
        previous = account.change(found, amount_refunded=refunded, refunded=refunded == found["amount_captured"])
        account.emit("charge.refunded", found, previous)
        account.emit("refund.created", account.of("refund", made["id"]))
        return str(made["id"])

    @automatic
    def reference_arrives(self, refund: str) -> None:
        """The bank's acquirer reference number is there."""
        found = self.account.of("refund", refund)
        details = copied(found["destination_details"])
        details["card"] |= {"reference": self.account.ids.code("arn", 23), "reference_status": "available"}
        previous = self.account.change(found, destination_details=details)
        self.account.emit("refund.updated", found, previous)
        self.account.emit("charge.refund.updated", found, previous)

    @automatic
    def fail(self, refund: str) -> None:
        """The bank sends the money back: the refund is undone."""
        account, found = self.account, self.account.of("refund", refund)
        if found["status"] != "succeeded":
            raise StripeRefuses("refund_not_failable", f"{refund} is {found['status']}.")
        row = self.ledger.book(
            "refund_failure", "refund_failure", found["amount"], found["currency"], source=refund, description="REFUND FAILURE"
        )
        found |= {"failure_balance_transaction": row["id"], "failure_reason": "expired_or_canceled_card"}
        previous = account.change(found, status="failed")
        charge = account.of("charge", found["charge"])
        account.change(charge, amount_refunded=charge["amount_refunded"] - found["amount"], refunded=False)
        account.emit("refund.failed", found, previous)
        account.emit("refund.updated", found, previous)
        account.emit("charge.refund.updated", found, previous)
