"""Disputes: a cardholder's bank takes the money back with a fee, and may give it back later; an inquiry only asks."""

from __future__ import annotations

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.charges import left_of
from services.sandbox.stripe.exchange import Exchange
from services.sandbox.stripe.ledger import Fee, Ledger
from services.sandbox.stripe.shapes import Json, copied, payments

# Stripe's US list price of a lost or won dispute, not given back: https://stripe.com/pricing
DISPUTE_FEE = 1500


class Disputes:
    """Opened, answered, closed. A charge may have several, as long as their sum is within what is left of it."""

    def __init__(self, account: Account, ledger: Ledger, exchange: Exchange) -> None:
        self.account = account
        self.ledger = ledger
        self.exchange = exchange

    @automatic
    def open(self, charge: str, amount: int | None = None, *, reason: str = "fraudulent") -> str:
        """The bank withdraws `amount`, or all that is left of the charge, and the fee; gives the dispute's id."""
        dispute = self._new(charge, amount, reason, "needs_response")
        self._withdraw(dispute)
        self.account.emit("charge.dispute.created", dispute)
        self.account.emit("charge.dispute.funds_withdrawn", dispute)
        return str(dispute["id"])

    @automatic
    def inquire(self, charge: str, amount: int | None = None, *, reason: str = "unrecognized") -> str:
        """The bank asks; no money moves."""
        dispute = self._new(charge, amount, reason, "warning_needs_response")
        self.account.emit("charge.dispute.created", dispute)
        return str(dispute["id"])

    @automatic
    def escalate(self, dispute: str) -> None:
        """An inquiry becomes a dispute."""
        found = self._in(dispute, "warning_needs_response", "warning_under_review")
        details = {"card": payments.dispute_card("chargeback"), "type": "card"}
        previous = self.account.change(found, status="needs_response", is_charge_refundable=False, payment_method_details=details)
        self._withdraw(found)
        self.account.emit("charge.dispute.updated", found, previous)
        self.account.emit("charge.dispute.funds_withdrawn", found)

    @operation
    def answer(self, dispute: str, explanation: str) -> None:
        """Send evidence."""
        found = self._in(dispute, "needs_response", "warning_needs_response")
        status = "warning_under_review" if found["status"].startswith("warning_") else "under_review"
        evidence = copied(found["evidence"]) | {"uncategorized_text": explanation}
        details = found["evidence_details"] | {"has_evidence": True, "submission_count": 1, "submission_method": "manual"}
        previous = self.account.change(found, status=status, evidence=evidence, evidence_details=details)
        self.account.emit("charge.dispute.updated", found, previous)

    @automatic
    def close(self, dispute: str, *, won: bool) -> None:
        """Lost: nothing more moves. Won: the amount comes back, the fee does not. An inquiry closes without a winner."""
        found = self.account.of("dispute", dispute)
        if found["status"].startswith("warning_"):
            self.account.emit("charge.dispute.closed", found, self.account.change(found, status="warning_closed"))
            return
        self._in(dispute, "needs_response", "under_review")
        previous = self.account.change(found, status="won" if won else "lost")
        if won:
            self._book(found, found["amount"], "dispute_reversal", (), "Chargeback reversal")
            self.account.emit("charge.dispute.funds_reinstated", found)
        self.account.emit("charge.dispute.closed", found, previous)

    def _new(self, charge: str, amount: int | None, reason: str, status: str) -> Json:
        account, found = self.account, self.account.of("charge", charge)
        left = left_of(found) - sum(one["amount"] for one in account.listed("dispute", "charge", charge))
        amount = left if amount is None else amount
        if found["status"] != "succeeded" or not found["balance_transaction"] or not 0 < amount <= left:
            raise StripeRefuses("charge_not_disputable", f"{charge} cannot be disputed for {amount}.")
        account.change(found, disputed=True)
        return account.keep(payments.dispute(account.ids.new("du"), account.now, charge=found, amount=amount, reason=reason, status=status))

    def _withdraw(self, dispute: Json) -> None:
        self._book(dispute, -dispute["amount"], "dispute", (Fee(DISPUTE_FEE, "Dispute fee"),), "Chargeback withdrawal")

    def _book(self, dispute: Json, amount: int, category: str, fees: tuple[Fee, ...], what: str) -> None:
        about = f"{what} for {dispute['charge']}"
        money = self.exchange.settled(amount, dispute["currency"])
        row = self.ledger.book_settled("adjustment", category, money, source=dispute["id"], fees=fees, description=about)
        dispute["balance_transactions"].append(row)

    def _in(self, dispute: str, *statuses: str) -> Json:
        found = self.account.of("dispute", dispute)
        if found["status"] not in statuses:
            raise StripeRefuses("dispute_state", f"{dispute} is {found['status']}.")
        return found
