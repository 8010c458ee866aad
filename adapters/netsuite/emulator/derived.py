"""What GET shows beside what was sent: totals, what is still due, statuses, the documents behind `apply` and deposit lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.fields import SHAPES, TRANSACTION
from adapters.netsuite.emulator.ledger import Ledger, Transaction
from adapters.netsuite.emulator.store import Store, StoredRecord


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document that is not settled. `remaining` is positive when the customer owes it, negative when it is the customer's."""

    customer: str
    type: str
    id: str
    external_id: str
    currency: str
    total: Decimal
    remaining: Decimal


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
            amounts = {member.doc: member.amount for member in transaction.members}
            computed["payment"] = [self._payment_line(line, amounts) for line in record.fields["payment"]]
        known = SHAPES[record.type].properties
        return {name: value for name, value in computed.items() if name in known}

    def _totals(self, transaction: Transaction) -> Mapping[str, Any]:
        remaining = self.ledger.remaining(transaction)
        used = transaction.total - remaining
        return {
            "total": transaction.total,
            "subtotal": transaction.total,
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
        shown = {
            "line": 0,
            **line,
            "due": self.ledger.remaining(doc, besides=source.id),
            "total": doc.total,
            "currency": self.chart.currencies[doc.currency].symbol,
            "applyDate": doc.day.isoformat(),
            "type": SHAPES[doc.type].label,
        }
        held = self.store.get(TRANSACTION, doc.id)
        return {**shown, "refNum": held.fields["tranId"]} if held else shown

    def _payment_line(self, line: Mapping[str, Any], amounts: Mapping[str, Decimal]) -> Mapping[str, Any]:
        doc = self.ledger.transaction(str(line["id"]))
        kind = {"id": "CustPymt" if doc.type == "customerPayment" else "CustRfnd"}
        shown = {
            "deposit": True,
            **line,
            "paymentAmount": amounts[doc.id],
            "type": kind,
            "docDate": doc.day.isoformat(),
            "currency": {"id": doc.currency},
        }
        return {**shown, "entity": {"id": doc.customer}}

    def open_items(self) -> Sequence[OpenItem]:
        """Every document with something due or unapplied, oldest first."""
        return tuple(
            OpenItem(
                found.customer,
                found.type,
                found.id,
                held.external_id if held else "",
                self.chart.currencies[found.currency].symbol,
                found.total,
                self.ledger.remaining(found).copy_sign(found.owed),
            )
            for found in self.ledger.all()
            if self.ledger.remaining(found)
            for held in (self.store.get(TRANSACTION, found.id),)
        )
