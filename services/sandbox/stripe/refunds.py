"""Refunds: at once, or pending until there is money or the bank has answered; the bank's reference comes later, now and then it refuses."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.charges import left_of
from services.sandbox.stripe.exchange import Exchange
from services.sandbox.stripe.ledger import Ledger
from services.sandbox.stripe.shapes import Json, copied, payments

# Only the second has moved money already: https://docs.stripe.com/api/refunds/object#refund_object-pending_reason
NO_MONEY_YET, AT_THE_BANK = "insufficient_funds", "processing"


class Refunds:
    """Never more than the charge took, less what is disputed. Stripe keeps its processing fee."""

    def __init__(self, account: Account, ledger: Ledger, exchange: Exchange) -> None:
        self.account = account
        self.ledger = ledger
        self.exchange = exchange

    @operation
    def refund(
        self,
        charge: str,
        amount: int | None = None,
        *,
        reason: str | None = "requested_by_customer",
        metadata: Mapping[str, str] | None = None,
        pending: str | None = None,
    ) -> str:
        """Give back `amount`, or all that is left; gives the refund's id. `pending`: why it has not succeeded yet."""
        account, found = self.account, self.account.of("charge", charge)
        amount = self._refundable(found, amount)
        prefix = "pyr" if charge.startswith("py_") else "re"
        made = payments.refund(
            account.ids.new(prefix), account.now, charge=found, amount=amount, reason=reason, metadata=dict(metadata or {})
        )
        if prefix == "pyr":
            del made["destination_details"]
        if pending:
            made |= {"status": "pending", "pending_reason": pending}
        account.keep(made)
        if pending != NO_MONEY_YET:
            made["balance_transaction"] = self._book(found, made)["id"]
        refunded = found["amount_refunded"] + amount
        previous = account.change(found, amount_refunded=refunded, refunded=refunded == found["amount"])
        account.emit("charge.refunded", found, previous)
        account.emit("refund.created", made)
        return str(made["id"])

    @automatic
    def succeed(self, refund: str) -> None:
        """A pending refund has reached the customer; the money that was missing has moved."""
        account, found = self.account, self._in(refund, "pending")
        previous = account.change(found, status="succeeded")
        previous["pending_reason"] = found.pop("pending_reason")
        if not found["balance_transaction"]:
            row = self._book(account.of("charge", found["charge"]), found)
            previous |= account.change(found, balance_transaction=row["id"])
        self._updated(found, previous)

    @automatic
    def reference_arrives(self, refund: str) -> None:
        """The bank's acquirer reference number is there."""
        found = self._in(refund, "succeeded")
        if "destination_details" not in found:
            raise StripeRefuses("refund_without_reference", f"{refund} is not to a card.")
        details = copied(found["destination_details"])
        details["card"] |= {"reference": self.account.ids.code("arn", 23), "reference_status": "available"}
        self._updated(found, self.account.change(found, destination_details=details))

    @automatic
    def fail(self, refund: str) -> None:
        """The bank sends the money back: the refund is undone."""
        self._undo(self._in(refund, "pending", "succeeded"), "failed")

    @operation
    def cancel(self, refund: str) -> None:
        """The merchant stops a pending refund."""
        self._undo(self._in(refund, "pending"), "canceled")

    def _undo(self, found: Json, status: str) -> None:
        account = self.account
        charge = account.of("charge", found["charge"])
        found.pop("pending_reason", None)
        if found["balance_transaction"]:
            found["failure_balance_transaction"] = self._book_back(charge, found)["id"]
        if status == "failed":
            found["failure_reason"] = "expired_or_canceled_card"
        previous = account.change(found, status=status)
        account.change(charge, amount_refunded=charge["amount_refunded"] - found["amount"], refunded=False)
        if status == "failed":
            account.emit("refund.failed", found, previous)
        self._updated(found, previous)

    def _book(self, charge: Json, refund: Json) -> Json:
        money = self.exchange.settled(-refund["amount"], refund["currency"])
        about = f"REFUND FOR CHARGE ({charge['description']})"
        return self.ledger.book_settled(_kind(charge), "refund", money, source=refund["id"], description=about)

    def _book_back(self, charge: Json, refund: Json) -> Json:
        """A card's refund comes back as refund_failure; any other one as its own type with the opposite sign. At what it went out."""
        gone = self.account.of("balance_transaction", refund["balance_transaction"])
        kind = "refund_failure" if _kind(charge) == "refund" else _kind(charge)
        row = self.ledger.book(kind, "refund_failure", -gone["amount"], gone["currency"], source=refund["id"], description="REFUND FAILURE")
        row["exchange_rate"] = gone["exchange_rate"]
        return row

    def _updated(self, refund: Json, previous: Json) -> None:
        self.account.emit("refund.updated", refund, previous)
        self.account.emit("charge.refund.updated", refund, previous)

    def _refundable(self, charge: Json, amount: int | None) -> int:
        if not charge["balance_transaction"] or charge["disputed"] or charge["status"] != "succeeded":
            raise StripeRefuses(
                "charge_disputed" if charge["disputed"] else "charge_not_refundable", f"{charge['id']} cannot be refunded now."
            )
        left = left_of(charge)
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise StripeRefuses(
                "charge_already_refunded", f"Refund amount ({amount}) is not within what is left of {charge['id']} ({left})."
            )
        return amount

    def _in(self, refund: str, *statuses: str) -> Json:
        found = self.account.of("refund", refund)
        if found["status"] not in statuses:
            raise StripeRefuses("refund_state", f"{refund} is {found['status']}.")
        return found


def _kind(charge: Json) -> str:
    return "payment_refund" if charge["id"].startswith("py_") else "refund"
