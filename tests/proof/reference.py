"""What the books should say, by adding and subtracting minor units over Stripe's final state: written from the specification alone.

Deliberately naive, and it shares no code with the rules: no records, no order of events, no applications. A balance is keyed by the
role of the account (a name of the settings, `bank` and `exchange` for NetSuite's own account of realised gains) and the currency;
debits are positive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Balances = Counter[tuple[str, str]]

# Where a row goes that has no record of its own, by reporting category; what is not here goes to suspense.
OWN_ROWS = {
    "fee": "stripe_fees",
    "tax": "stripe_fees",
    "network_cost": "network_fees",
    "dispute_reversal": "dispute_reversals",
    "platform_earning": "application_fees",
    "platform_earning_refund": "application_fees",
    "other_adjustment": "adjustments",
    "risk_reserved_funds": "adjustments",
    "connect_reserved_funds": "adjustments",
    "payment_network_reserve_hold": "adjustments",
    "payment_network_reserve_release": "adjustments",
    "payout_minimum_balance_hold": "adjustments",
    "payout_minimum_balance_release": "adjustments",
    "topup": "adjustments",
    "topup_reversal": "adjustments",
    "transfer": "adjustments",
    "transfer_reversal": "adjustments",
}
# The part of a payment's fee, by the type of the fee detail.
FEES = {
    "stripe_fee": "payment_fees",
    "tax": "payment_fees",
    "payment_method_passthrough_fee": "network_fees",
    "application_fee": "application_fees",
}


@dataclass
class Reference:
    """Asks for raw objects by kind and for a payout's rows; `booked` are the externalIds of NetSuite's payments, refunds and deposits:
    whether a payout that failed or a charge that is blocked was seen before is history, which Stripe's final state does not tell.
    `policy` is what the accountant chose otherwise than by default."""

    listed: Callable[[str], Sequence[Json]]
    listed_under: Callable[[str, str, str], Sequence[Json]]
    booked: frozenset[str] = frozenset()
    policy: str = ""
    books: Balances = field(default_factory=Counter)

    def balances(self) -> Balances:
        """Every account role and currency whose balance is not zero."""
        for charge in self.listed("charge"):
            self.charge(charge)
        for invoice in self.listed("invoice"):
            self.invoice(invoice)
        for refund in self.listed("refund"):
            self.refund(refund)
        for dispute in self.listed("dispute"):
            self.dispute(dispute)
        for note in self.listed("credit_note"):
            self.credit_note(note)
        for payout in self.listed("payout"):
            self.payout(payout)
        return Counter({key: amount for key, amount in self.books.items() if amount})

    def dues(self) -> Balances:
        """What is still due on each invoice, by its id and currency: what Stripe asks for, and what was paid past Stripe."""
        due: Balances = Counter()
        for invoice in self.listed("invoice"):
            if invoice["status"] in ("open", "paid", "uncollectible"):
                given_up = invoice["amount_remaining"] if invoice["status"] == "uncollectible" else 0
                left = invoice["amount_due"] - given_up - self.paid_through(invoice) - self.paid_past(invoice)
                due[invoice["id"], invoice["currency"]] = max(0, left)
        for charge in self.listed("charge"):
            if f"{charge['id']}-failed" in self.booked:
                due[f"{charge['id']}-invoice", charge["currency"]] = self.billed(charge, charge["amount"])
        return Counter({key: amount for key, amount in due.items() if amount})

    def paid_through(self, invoice: Json) -> int:
        """What was paid through Stripe by charges that no label keeps out. The rest is due: what was paid past Stripe a person books."""
        paid = [one for one in self.listed("invoice_payment") if one["invoice"] == invoice["id"] and one["status"] == "paid"]
        charges = {one["payment_intent"]: one for one in self.listed("charge") if one["status"] == "succeeded"}
        settled = [one for one in paid if self.is_off_the_invoice(charges[one["payment"]["payment_intent"]], invoice)]
        return sum(one["amount_paid"] for one in settled)

    def paid_past(self, invoice: Json) -> int:
        """3.5: what was paid past Stripe, where the accountant names an account for it."""
        return int(invoice.get("amount_paid_off_stripe") or 0) if "paid past Stripe" in self.policy else 0

    def taxes(self, bill: Json) -> int:
        """What is posted as tax: nothing where it is ignored, and stays in income (5.16)."""
        return 0 if "tax ignored" in self.policy else taxes(bill)

    def is_off_the_invoice(self, charge: Json, invoice: Json) -> bool:
        """3.5. What was given up and then paid is owed on the entry that says so, whether or not a label keeps the payment out."""
        given_up_at = invoice["status_transitions"]["marked_uncollectible_at"]
        reversed_first = f"{invoice['id']}-uncollectible-reversed" in self.booked and charge["created"] >= given_up_at
        return reversed_first or self.is_let_in(charge, charge["id"])

    def post(self, currency: str, amount: int, debit: str, credit: str) -> None:
        self.books[debit, currency] += amount
        self.books[credit, currency] -= amount

    def charge(self, charge: Json) -> None:
        """3.1. One that failed after it had succeeded leaves nothing: the payment and what takes it back (3.2)."""
        if is_paid(charge) and self.is_let_in(charge, charge["id"]):
            self.post(charge["currency"], charge["amount_captured"], "undeposited_funds", self.owed_by(charge))
            self.post(charge["currency"], self.billed(charge, charge["amount_captured"]), "receivable", "income")
        elif f"{charge['id']}-failed" in self.booked:
            self.post(charge["currency"], self.billed(charge, charge["amount"]), "receivable", "income")

    def billed(self, charge: Json, amount: int) -> int:
        """What of it an Invoice of its own bills, by charges.without_invoice (3.1)."""
        return amount if "an invoice for every sale" in self.policy and self.invoice_paid_by(charge) is None else 0

    def owed_by(self, charge: Json) -> str:
        """What a payment credits: the invoice's debt; without one by charges.without_invoice (3.1)."""
        without = {"cash sales": "income", "customer deposits": "customer_deposits"}
        chosen = (account for policy, account in without.items() if self.policy.startswith(policy))
        return "receivable" if self.invoice_paid_by(charge) else next(chosen, "receivable")

    def invoice(self, invoice: Json) -> None:
        """3.5. What of the total went to or came from the customer's balance was never asked for: it is posted to income."""
        if invoice["status"] in ("draft", "void"):
            return
        currency, total = invoice["currency"], invoice["total"]
        due = total + invoice["starting_balance"] - invoice["ending_balance"]
        self.post(currency, due, "receivable", "income")
        if total >= 0:
            self.post(currency, self.taxes(invoice), "income", "tax_payable")
        self.post(currency, self.paid_past(invoice), "suspense", "receivable")
        if invoice["status"] == "uncollectible":
            self.post(currency, invoice["amount_remaining"], "bad_debt", "receivable")

    def refund(self, refund: Json) -> None:
        """3.3. Of an invoice: credited, then refunded; one that a credit note paid out is credited by the credit note."""
        if refund["status"] != "succeeded" and not refund["balance_transaction"]:
            return
        charge = self.by_id("charge", refund["charge"])
        if not self.is_let_in(charge, refund["id"]) or self.never_stood(charge):
            return
        if refund["id"] not in self.refunds_of_credit_notes():
            self.credit(charge, refund["amount"])
        if not self.came_back(charge, refund):
            self.post(refund["currency"], refund["amount"], self.owed_by(charge), "undeposited_funds")

    def came_back(self, charge: Json, refund: Json) -> bool:
        """It failed after its money had moved, and that was booked."""
        return bool(refund.get("failure_balance_transaction")) and self.is_let_in(charge, f"{refund['id']}-failed")

    def dispute(self, dispute: Json) -> None:
        """3.4. For the disputed amount, once the money was withdrawn."""
        charge = self.by_id("charge", dispute["charge"])
        if dispute["balance_transactions"] and self.is_let_in(charge, dispute["id"]):
            self.credit(charge, dispute["amount"])
            self.post(dispute["currency"], dispute["amount"], self.owed_by(charge), "undeposited_funds")
        if self.stands_again(dispute):
            self.credit(charge, dispute["amount"], back=-1)
            self.post(dispute["currency"], dispute["amount"], "undeposited_funds", self.owed_by(charge))

    def stands_again(self, dispute: Json) -> bool:
        """3.4: it was won, and the accountant wants the sale and its payment restored."""
        won = any(row["reporting_category"] == "dispute_reversal" for row in dispute["balance_transactions"])
        charge = self.by_id("charge", dispute["charge"])
        return won and "won disputes reinstated" in self.policy and self.is_let_in(charge, f"{dispute['id']}-reinstated")

    def credit(self, charge: Json, amount: int, back: int = 1) -> None:
        """REV: the invoice that the charge paid is credited: whole with its taxes, or an amount without."""
        invoice = self.invoice_paid_by(charge)
        if invoice is None:
            self.post(charge["currency"], back * self.billed(charge, amount), "income", "receivable")
            return
        self.post(charge["currency"], back * amount, "income", "receivable")
        if amount == invoice["total"] + max(0, invoice["starting_balance"] - invoice["ending_balance"]):
            self.post(charge["currency"], back * self.taxes(invoice), "tax_payable", "income")

    def credit_note(self, note: Json) -> None:
        """3.6. What went to the customer's balance is credited when the balance is used."""
        if note["status"] == "void":
            return
        total, tax = note["total"], self.taxes(note)
        balance = 0
        if key := note["customer_balance_transaction"]:
            balance = -self.by_id("customer_balance_transaction", key)["amount"]
        self.post(note["currency"], total - balance, "income", "receivable")
        if not balance:
            self.post(note["currency"], tax, "tax_payable", "income")

    def payout(self, payout: Json) -> None:
        """3.7. Counts once it is paid, or was deposited before it failed."""
        came_back = payout["status"] in ("failed", "canceled")
        if payout["status"] != "paid" and not (came_back and payout["id"] in self.booked):
            return
        currency = payout["currency"]
        if payout["automatic"]:
            self.post(currency, payout["amount"], "bank", "passing")
            self.rows(payout, as_journal=payout["amount"] <= 0)
        else:
            own = self.by_id("balance_transaction", payout["balance_transaction"])
            self.post(currency, payout["amount"], "bank", "undeposited_funds")
            self.post(currency, own["fee"], "stripe_fees", "undeposited_funds")
        if came_back:
            fee = 0 if payout["automatic"] else self.by_id("balance_transaction", payout["balance_transaction"])["fee"]
            self.post(currency, payout["amount"], "undeposited_funds", "bank")
            self.post(currency, fee, "undeposited_funds", "stripe_fees")

    def rows(self, payout: Json, *, as_journal: bool) -> None:
        """Every row but the payout's own. What passes through sums to nothing when the payout is the sum of its rows.
        Zero or less is paid out by a journal entry, which has one currency (5.13)."""
        for row in self.listed_under("balance_transaction", "payout", payout["id"]):
            if row["source"] == payout["id"]:
                continue
            if row["reporting_category"] == "payout_reversal":
                self.money_that_came_back(row, as_journal=as_journal)
            else:
                self.row(row, as_journal=as_journal)

    def money_that_came_back(self, row: Json, *, as_journal: bool) -> None:
        """Of a payout that had been deposited: the entry that undid it is what waits. Else what it held goes with this payout."""
        before = self.by_id("payout", row["source"])
        if before["id"] in self.booked or not before["automatic"]:
            self.post(row["currency"], row["net"], "passing", "undeposited_funds")
        else:
            self.rows(before, as_journal=as_journal)

    def row(self, row: Json, *, as_journal: bool) -> None:
        currency, category = row["currency"], row["reporting_category"]
        member = self.member(row)
        if member is None:
            waits = category == "dispute_reversal" and "won disputes reinstated" in self.policy
            self.post(currency, row["amount"], "passing", "suspense" if waits else OWN_ROWS.get(category, "suspense"))
        elif member[1] == currency or as_journal:
            self.post(currency, row["amount"], "passing", "undeposited_funds")
        else:
            amount, theirs = member
            self.post(theirs, amount, "exchange", "undeposited_funds")
            self.post(currency, row["amount"], "passing", "exchange")
        for detail in row["fee_details"]:
            account = "dispute_fees" if category in ("dispute", "dispute_reversal") else FEES[detail["type"]]
            self.post(currency, detail["amount"], account, "passing")

    def member(self, row: Json) -> tuple[int, str] | None:
        """What waits in Undeposited Funds for this row, in the customer's currency; None when nothing does (5.3: a payment that failed
        before it was booked)."""
        match row["reporting_category"]:
            case "charge" | "charge_failure" as category:
                charge = self.by_id("charge", row["source"])
                booked = self.is_let_in(charge, charge["id"]) if charge["status"] != "failed" else charge["id"] in self.booked
                amount, currency = (charge["amount"] if category == "charge" else -charge["amount"]), charge["currency"]
            case "partial_capture_reversal":
                charge = self.by_id("charge", row["source"])
                booked = self.is_let_in(charge, charge["id"])
                amount, currency = charge["amount_captured"] - charge["amount"], charge["currency"]
            case "refund" | "refund_failure" | "dispute" as category:
                back = self.by_id("dispute" if category == "dispute" else "refund", row["source"])
                charge = self.by_id("charge", back["charge"])
                booked = self.is_let_in(charge, back["id"] + "-failed" * (category == "refund_failure")) and not self.never_stood(charge)
                amount, currency = (back["amount"] if category == "refund_failure" else -back["amount"]), back["currency"]
            case "dispute_reversal":
                won = self.by_id("dispute", row["source"])
                booked, amount, currency = self.stands_again(won), won["amount"], won["currency"]
            case _:
                booked, amount, currency = False, 0, ""
        return (amount, currency) if booked else None

    def never_stood(self, charge: Json) -> bool:
        """5.3: it failed before it was booked, and so its refunds never were."""
        return charge["status"] == "failed" and charge["id"] not in self.booked

    def is_let_in(self, charge: Json, key: str) -> bool:
        """4.1: what a label bars is not booked, unless it was before the label came; its rows then wait in suspense for a person."""
        return not is_blocked(charge) or key in self.booked

    def by_id(self, kind: str, key: str) -> Json:
        return next(one for one in self.listed(kind) if one["id"] == key)

    def invoice_paid_by(self, charge: Json) -> Json | None:
        payments = [one for one in self.listed("invoice_payment") if one["payment"]["payment_intent"] == charge["payment_intent"]]
        paid = [one["invoice"] for one in payments if one["status"] == "paid"]
        return self.by_id("invoice", paid[0]) if paid else None

    def refunds_of_credit_notes(self) -> frozenset[str]:
        issued = [note for note in self.listed("credit_note") if note["status"] == "issued"]
        return frozenset(one["refund"] for note in issued for one in note["refunds"])


def is_blocked(charge: Json) -> bool:
    """2.6, the control keys."""
    return bool(charge["metadata"].get("netsuite_block_integration") == "true")


def is_paid(charge: Json) -> bool:
    return bool(charge["status"] == "succeeded" and charge["captured"] and charge["balance_transaction"])


def taxes(invoice: Json) -> int:
    return sum(one["amount"] for one in invoice["total_taxes"])


def differences(expected: Balances, found: Balances) -> Iterable[tuple[str, str, int, int]]:
    """Role, currency, expected, found: of every account that differs."""
    for role, currency in sorted(expected.keys() | found.keys()):
        if expected[role, currency] != found[role, currency]:
            yield role, currency, expected[role, currency], found[role, currency]
