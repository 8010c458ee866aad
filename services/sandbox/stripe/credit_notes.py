"""Credit notes: an open invoice asks for less; of a paid one the money goes back, to the card, elsewhere, or to the customer's balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.charges import chargeable, left_of
from services.sandbox.stripe.invoice_drafts import LINES_SHOWN
from services.sandbox.stripe.invoices import Invoices
from services.sandbox.stripe.refunds import Refunds
from services.sandbox.stripe.shapes import Json, credit_notes
from services.sandbox.stripe.shapes.ledger import rounded


@dataclass(frozen=True, slots=True)
class Credited:
    """How much of a line of the invoice, before its discounts and exclusive taxes; without a line, a line of its own words."""

    amount: int
    line: str = ""
    description: str = "Goodwill"


@dataclass(frozen=True, slots=True)
class Back:
    """Where the money of a paid invoice goes: `refund` makes a new one, `existing` names one that is there; in minor units."""

    refund: int = 0
    existing: str = ""
    balance: int = 0
    out_of_band: int = 0


class CreditNotes:
    """`create` gives the credit note's id."""

    def __init__(self, account: Account, invoices: Invoices, refunds: Refunds) -> None:
        self.account = account
        self.invoices = invoices
        self.refunds = refunds

    @operation
    def create(
        self,
        invoice: str,
        credited: Sequence[Credited],
        back: Back | None = None,
        *,
        reason: str | None = None,
        memo: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """On an open invoice without `back`; on a paid one with a `back` that sums to the total."""
        account, found = self.account, self.account.of("invoice", invoice)
        earlier = account.listed("credit_note", "invoice", invoice)
        lines = [self._line(found, one) for one in credited]
        new_id, number = account.ids.new("cn"), f"{found['number']}-CN-{len(earlier) + 1:02}"
        note = credit_notes.credit_note(new_id, account.now, invoice=found, number=number, lines=lines, shown=LINES_SHOWN)
        note |= {"reason": reason, "memo": memo, "metadata": dict(metadata or {})}
        if found["status"] == "open" and back is None:
            self._on_open(found, note)
        elif found["status"] == "paid" and back is not None:
            self._on_paid(found, note, back)
        else:
            raise StripeRefuses("invoice_not_creditable", f"{invoice} is {found['status']}: it cannot be credited so.")
        account.keep(note)
        for line in lines:
            account.keep(line)
            account.list_under("credit_note_line_item", "credit_note", new_id, line["id"])
        account.emit("credit_note.created", note)
        self._tell(found, note, note["total"])
        return new_id

    def total(self, invoice: str, credited: Sequence[Credited]) -> int:
        """What a credit note would come to: https://docs.stripe.com/api/credit_notes/preview"""
        found = self.account.of("invoice", invoice)
        lines = [self._line(found, one) for one in credited]
        return int(credit_notes.credit_note("preview", self.account.now, invoice=found, number="", lines=lines, shown=0)["total"])

    @operation
    def describe(self, credit_note: str, memo: str) -> None:
        found = self.account.of("credit_note", credit_note)
        self.account.emit("credit_note.updated", found, self.account.change(found, memo=memo))

    @operation
    def void(self, credit_note: str) -> None:
        """Only of an invoice that is still open."""
        account, found = self.account, self.account.of("credit_note", credit_note)
        invoice = account.of("invoice", found["invoice"])
        if found["status"] != "issued" or invoice["status"] != "open":
            raise StripeRefuses("credit_note_not_voidable", f"{credit_note} is {found['status']}, its invoice {invoice['status']}.")
        self.invoices.payments.default(invoice)
        previous = account.change(found, status="void", voided_at=account.now)
        account.emit("credit_note.voided", found, previous)
        self._tell(invoice, found, -found["total"])

    def _on_open(self, invoice: Json, note: Json) -> None:
        self.invoices.payments.default(invoice)
        left = invoice["amount_remaining"] - note["total"]
        if left < 0 or note["total"] <= 0:
            raise StripeRefuses("credit_note_too_large", f"{note['total']} is not within what {invoice['id']} still asks for.")
        if left:
            chargeable(left, invoice["currency"])
        note["pre_payment_amount"] = note["total"]

    def _on_paid(self, invoice: Json, note: Json, back: Back) -> None:
        account, total = self.account, note["total"]
        existing = self._linked(invoice, back.existing)
        parts = back.refund + existing + back.balance + back.out_of_band
        if not 0 < total == parts <= invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]:
            raise StripeRefuses("credit_note_too_large", f"{total} cannot be credited on {invoice['id']} with {back}.")
        charges = self._charges(invoice)
        buyer = account.of("customer", invoice["customer"])
        if any(charge["id"].startswith("py_") for charge in charges) or (back.balance and buyer.get("deleted")):
            raise StripeRefuses("invoice_not_creditable", f"{invoice['id']} was paid by a bank debit, or its customer is deleted.")
        if back.refund:
            charge = next((one for one in charges if left_of(one) >= back.refund and not one["disputed"]), None)
            if charge is None:
                raise StripeRefuses("charge_already_refunded", f"No payment of {invoice['id']} has {back.refund} left.")
            made = self.refunds.refund(charge["id"], back.refund)
            note["refunds"].append(_refunded(made, back.refund))
        if existing:
            note["refunds"].append(_refunded(back.existing, existing))
        if back.balance:
            note["customer_balance_transaction"] = self.invoices.balance.move(
                buyer, -back.balance, invoice["currency"], "credit_note", invoice=invoice["id"], credit_note=note["id"]
            )
        note |= {"post_payment_amount": total, "type": "post_payment", "out_of_band_amount": back.out_of_band or None}

    def _tell(self, invoice: Json, note: Json, change: int) -> None:
        """What the invoice shows of its credit notes, and what it still asks for."""
        if note["type"] == "post_payment":
            credited = invoice["post_payment_credit_notes_amount"] + change
            self.account.emit("invoice.updated", invoice, self.account.change(invoice, post_payment_credit_notes_amount=credited))
            return
        credited = invoice["pre_payment_credit_notes_amount"] + change
        self.invoices.owes(invoice, invoice["amount_due"] - change, pre_payment_credit_notes_amount=credited)

    def _line(self, invoice: Json, credited: Credited) -> Json:
        """The part of a line's discounts and taxes that falls on the amount: all parts of a line sum to the line."""
        account, new_id = self.account, self.account.ids.new("cnli")
        if not credited.line:
            made = credit_notes.line(new_id, amount=credited.amount, description=credited.description, quantity=1, discounts=[], taxes=[])
            return made | {"unit_amount": credited.amount, "unit_amount_decimal": str(credited.amount)}
        line = account.of("line_item", credited.line)
        before = self._credited_before(line)
        if line["invoice"] != invoice["id"] or not 0 < credited.amount <= line["amount"] - before:
            raise StripeRefuses("credit_note_line", f"{credited.amount} is not within what is left of {credited.line}.")

        def part(of: int) -> int:
            return _share(of, before + credited.amount, line["amount"]) - _share(of, before, line["amount"])

        discounts = [one | {"amount": part(one["amount"])} for one in line["discount_amounts"]]
        taxes = [one | {"amount": part(one["amount"]), "taxable_amount": part(one["taxable_amount"])} for one in line["taxes"]]
        made = credit_notes.line(
            new_id, amount=credited.amount, description=line["description"], quantity=None, discounts=discounts, taxes=taxes
        )
        return made | {"invoice_line_item": line["id"], "type": "invoice_line_item"}

    def _credited_before(self, line: Json) -> int:
        account = self.account
        notes = [note for note in account.listed("credit_note", "invoice", line["invoice"]) if note["status"] == "issued"]
        lines = [one for note in notes for one in account.listed("credit_note_line_item", "credit_note", note["id"])]
        return sum(one["amount"] for one in lines if one.get("invoice_line_item") == line["id"])

    def _charges(self, invoice: Json) -> list[Json]:
        payments = self.account.listed("invoice_payment", "invoice", invoice["id"])
        intents = [self.invoices.payments.intent(one) for one in payments if one["status"] == "paid"]
        return [self.account.of("charge", intent["latest_charge"]) for intent in intents]

    def _linked(self, invoice: Json, refund: str) -> int:
        """The amount of a refund of one of the invoice's payments that no credit note names yet."""
        if not refund:
            return 0
        found = self.account.of("refund", refund)
        named = {one["refund"] for note in self.account.listed("credit_note") for one in note["refunds"]}
        if refund in named or found["status"] != "succeeded" or found["charge"] not in {one["id"] for one in self._charges(invoice)}:
            raise StripeRefuses("refund_not_linkable", f"{refund} is not a free refund of {invoice['id']}.")
        return int(found["amount"])


def _refunded(refund: str, amount: int) -> Json:
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund, "type": "refund"}


def _share(of: int, part: int, whole: int) -> int:
    return rounded(Decimal(of * part) / whole)
