"""What a payment, credit memo or refund settles, and what that gains or loses when the exchange rates differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value
from adapters.netsuite.emulator.ledger import Application, Ledger, Posting, Receivable, Transaction

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settling:
    """The receivables side of a transaction that applies to others: `owed` is its own effect on the A/R account, `lines` its `apply` lines."""

    chart: Chart
    ledger: Ledger
    lines: Sequence[Mapping[str, Any]]
    customer: str
    receivable: str
    owed: Decimal

    def onto(self, made: Transaction, others: Sequence[Posting]) -> Transaction:
        """The transaction with its receivable, its applications and their postings: what is applied leaves A/R at the worth it had there,
        and the difference to its worth now is the realised gain or loss."""
        applications = self._applications(made)
        free = abs(self.owed) - sum((one.amount for one in applications), ZERO)
        open_part = Receivable(0, self.customer, self.receivable, self.owed, free, made.worth.of(free))
        worth = sum((one.base for one in applications), open_part.base)
        lost = sum((self._lost(made, one) for one in applications), ZERO)
        postings = (
            Posting(self.receivable, made.currency, self.owed, open_part.side * worth),
            *others,
            Posting(self.chart.exchange, made.currency, ZERO, -open_part.side * lost),
        )
        return replace(made, customer=self.customer, receivables=(open_part,), applications=applications, postings=postings)

    def _lost(self, made: Transaction, application: Application) -> Decimal:
        """How much more the application takes off A/R than it is worth at the transaction's own rate; nothing when the rates are the same."""
        doc = self.ledger.find(application.doc)
        return application.base - made.worth.of(application.amount) if doc and doc.worth != made.worth else ZERO

    def _applications(self, made: Transaction) -> tuple[Application, ...]:
        """One for each line of a document that is settled."""
        merged: dict[tuple[str, int], Application] = {}
        for index, line in enumerate(self.lines):
            path = f"apply.items[{index}]"
            if line["amount"] < 0:
                raise invalid_value(line["amount"], "amount", f"{path}.amount")
            doc = self.ledger.find(line["doc"]["id"])
            meant = doc.receivable(line.get("line") or 0) if doc else None
            if doc is None or meant is None or doc.id == made.id:
                raise invalid_reference(line["doc"]["id"], "doc", f"{path}.doc")
            before = merged.get((doc.id, meant.line))
            amount = line["amount"] + (before.amount if before else ZERO)
            base = self._worth_of(made.id, doc, meant, amount)
            merged[doc.id, meant.line] = Application(doc.id, meant.line, amount, base, before.path if before else path)
        return tuple(merged.values())

    def _worth_of(self, source: str, doc: Transaction, meant: Receivable, amount: Decimal) -> Decimal:
        """What the amount takes off the document's worth: as before when nothing changed, and the last one takes all that is left."""
        known = self.ledger.find(source)
        same = [one.base for one in known.applications if (one.doc, one.line, one.amount) == (doc.id, meant.line, amount)] if known else []
        left, worth = self.ledger.open(doc.id, meant, besides=source)
        return same[0] if same else worth - doc.worth.of(left - amount)
