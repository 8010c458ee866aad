"""What GET shows beside what was sent: totals, what is still due, statuses, the documents behind `apply` and deposit lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.fields import SHAPES, TRANSACTION
from adapters.netsuite.emulator.ledger import JOURNAL, Ledger, Member, Transaction
from adapters.netsuite.emulator.store import Store, StoredRecord

# NetSuite's codes of transaction types, as a deposit's lines show them.
KINDS = {
    "customerPayment": "CustPymt",
    "customerRefund": "CustRfnd",
    "cashSale": "CashSale",
    "cashRefund": "CashRfnd",
    "customerDeposit": "CustDep",
    JOURNAL: "Journal",
}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document that is not settled. `remaining` is positive when the customer owes it, negative when it is the customer's;
    `base` is its worth in the base currency, `account` its A/R account, `line` that of a journal."""

    customer: str
    type: str
    id: str
    external_id: str
    currency: str
    total: Decimal
    remaining: Decimal
    account: str = ""
    line: int = 0
    base: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class UndepositedItem:
    """Money that waits in Undeposited Funds for a deposit; what is refunded is negative. `base` is its worth in the base currency."""

    type: str
    id: str
    external_id: str
    line: int
    currency: str
    amount: Decimal
    base: Decimal


@dataclass(frozen=True, slots=True)
class Derived:
    """Works out the computed fields of stored records from the ledger."""

    chart: Chart
    store: Store
    ledger: Ledger

    def fields(self, record: StoredRecord) -> Mapping[str, Any]:
        """Computed body fields, and the sublists whose lines carry computed fields."""
        transaction = self.ledger.find(record.id) if record.group == TRANSACTION else None
        if transaction is None:
            return {}
        computed: dict[str, Any] = {**self._totals(transaction)}
        if "apply" in SHAPES[record.type].sublists:
            computed["apply"] = [self._apply_line(line, transaction) for line in record.fields["apply"]]
        if record.type == "deposit":
            members = zip(record.fields["payment"], transaction.members, strict=True)
            computed["payment"] = [self._payment_line(line, member) for line, member in members]
        known = SHAPES[record.type].properties
        return {name: value for name, value in computed.items() if name in known}

    def _totals(self, transaction: Transaction) -> Mapping[str, Any]:
        remaining = self.ledger.remaining(transaction)
        used = transaction.total - remaining
        return {
            "total": transaction.total,
            "subtotal": transaction.total - transaction.tax,
            "taxTotal": transaction.tax,
            "amountPaid": used,
            "amountRemaining": remaining,
            "applied": used,
            "unapplied": remaining,
            "status": self._status(transaction, remaining),
            "undepFunds": {"id": "T" if transaction.account == self.chart.undeposited_funds else "F"},
        }

    def _status(self, transaction: Transaction, remaining: Decimal) -> Mapping[str, str]:
        match transaction.type:
            case "invoice":
                return {"id": "A", "refName": "Open"} if remaining else {"id": "B", "refName": "Paid In Full"}
            case "creditMemo":
                return {"id": "A", "refName": "Open"} if remaining else {"id": "B", "refName": "Fully Applied"}
            case _:
                waits = transaction.account == self.chart.undeposited_funds and self.ledger.deposit_of(transaction.id) is None
                code = "R" if transaction.type == "customerRefund" else "B" if waits else "C"
                return {"id": code, "refName": "Not Deposited" if waits else "Deposited"}

    def _apply_line(self, line: Mapping[str, Any], source: Transaction) -> Mapping[str, Any]:
        doc = self.ledger.transaction(line["doc"]["id"])
        meant = doc.receivable(line.get("line") or 0)
        if meant is None:
            return line
        shown = {
            **line,
            "line": line.get("line") or meant.line,
            "due": self.ledger.open(doc.id, meant, besides=source.id)[0],
            "total": abs(meant.owed),
            "currency": self.chart.currencies[doc.currency].symbol,
            "applyDate": doc.day.isoformat(),
            "type": SHAPES[doc.type].label,
        }
        held = self.store.get(TRANSACTION, doc.id)
        return {**shown, "refNum": held.fields["tranId"]} if held else shown

    def _payment_line(self, line: Mapping[str, Any], member: Member) -> Mapping[str, Any]:
        doc = self.ledger.transaction(member.doc)
        shown = {
            "deposit": True,
            **line,
            "paymentAmount": member.amount,
            "type": {"id": KINDS[doc.type]},
            "docDate": doc.day.isoformat(),
            "currency": {"id": doc.currency},
        }
        return {**shown, "lineId": member.line} if doc.type == JOURNAL else {**shown, "entity": {"id": doc.customer}}

    def open_items(self) -> Sequence[OpenItem]:
        """Every document with something due or unapplied, oldest first."""
        return tuple(
            OpenItem(
                one.customer,
                found.type,
                found.id,
                self._external_id(found),
                self.chart.currencies[found.currency].symbol,
                abs(one.owed) if found.type == JOURNAL else found.total,
                remaining * one.side,
                one.account,
                one.line,
                base * one.side,
            )
            for found in self.ledger.all()
            for one in found.receivables
            for remaining, base in (self.ledger.open(found.id, one),)
            if remaining or base
        )

    def undeposited(self) -> Sequence[UndepositedItem]:
        """Everything that waits for a deposit, oldest first."""
        return tuple(
            UndepositedItem(
                found.type, found.id, self._external_id(found), one.line, self.chart.currencies[found.currency].symbol, one.amount, one.base
            )
            for found in self.ledger.all()
            for one in found.waiting
            if self.ledger.deposit_of(found.id, one.line) is None
        )

    def _external_id(self, transaction: Transaction) -> str:
        held = self.store.get(TRANSACTION, transaction.id)
        return held.external_id if held else ""
