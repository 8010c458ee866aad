"""Takes transactions into the books, and revalues what settles one when that one's worth in the base currency changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.netsuite.emulator.errors import Refused
from adapters.netsuite.emulator.fields import TRANSACTION
from adapters.netsuite.emulator.ledger import Ledger, Transaction
from adapters.netsuite.emulator.posting import Poster
from adapters.netsuite.emulator.rules import Rules
from adapters.netsuite.emulator.store import Store


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """Nothing of a refused transaction stays."""

    store: Store
    ledger: Ledger
    poster: Poster
    rules: Rules

    def book(self, record_type: str, internal_id: str, fields: Mapping[str, Any]) -> None:
        """Post the transaction that these fields are, in place of its former self; Refused when it may not be."""
        new = self.poster.transaction(record_type, internal_id, fields)
        before = self.ledger.find(internal_id)
        self.rules.check(new, before)
        settlers: Sequence[Transaction] = ()
        if before is not None and (before.worth, before.receivables) != (new.worth, new.receivables):
            settlers = [self.ledger.transaction(source) for source in self.ledger.settlers(internal_id)]
        for settler in settlers:
            self.ledger.remove(settler.id)
        self.ledger.post(new)
        try:
            for settler in settlers:
                self._again(settler)
        except Refused:
            self._back([settler.id for settler in settlers], [*([before] if before else []), *settlers])
            raise

    def _again(self, settler: Transaction) -> None:
        """What it gained or lost may be other now; not where its period is closed."""
        record = self.store.get(TRANSACTION, settler.id)
        new = self.poster.transaction(settler.type, settler.id, record.fields) if record else settler
        if new.postings != settler.postings:
            self.rules.period_closed(settler)
        self.ledger.post(new)

    def _back(self, removed: Sequence[str], former: Sequence[Transaction]) -> None:
        for internal_id in removed:
            if self.ledger.find(internal_id) is not None:
                self.ledger.remove(internal_id)
        for transaction in former:
            self.ledger.post(transaction)
