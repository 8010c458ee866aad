"""Takes records into the account: decoded, merged, hindered by the account's own scripts, completed, checked, and only then stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.netsuite.emulator.account import Chart, Preferences
from adapters.netsuite.emulator.bookkeeping import Bookkeeping
from adapters.netsuite.emulator.completion import Completion
from adapters.netsuite.emulator.decoding import Decoding, claim_external_id, parse
from adapters.netsuite.emulator.deposits import deposits_to_apply
from adapters.netsuite.emulator.errors import Refused, invalid_request
from adapters.netsuite.emulator.fields import SHAPES, TRANSACTION, Shape
from adapters.netsuite.emulator.hindrances import Hindrances
from adapters.netsuite.emulator.merge import merged
from adapters.netsuite.emulator.rates import Rates
from adapters.netsuite.emulator.store import Store, StoredRecord

NOTHING_REPLACED: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Saving:
    """Nothing is stored of what is refused. `now` in UTC."""

    chart: Chart
    store: Store
    rates: Rates
    preferences: Preferences
    books: Bookkeeping
    hindrances: Hindrances
    now: Callable[[], datetime]

    def decoding(self, *, strict: bool) -> Decoding:
        """What reads a body; `strict` refuses unknown properties."""
        return Decoding(self.store, self.chart, strict)

    def create(self, shape: Shape, given: Mapping[str, Any]) -> StoredRecord:
        """A new record of these decoded fields."""
        return self._save(shape, None, merged(shape, {}, given, NOTHING_REPLACED))

    def update(
        self, shape: Shape, before: StoredRecord, given: Mapping[str, Any], replaces: AbstractSet[str] = NOTHING_REPLACED
    ) -> StoredRecord:
        """The record with these decoded fields laid over it; `replaces` names the sublists that become exactly the lines given."""
        return self._save(shape, before, merged(shape, before.fields, given, replaces))

    def upsert(
        self, shape: Shape, external_id: str, given: Mapping[str, Any], replaces: AbstractSet[str] = NOTHING_REPLACED
    ) -> StoredRecord:
        """Update the record of this type and externalId, or create it."""
        if given.get("externalId", external_id) != external_id:
            raise invalid_request("The externalId of the body is not the one of the address.")
        before = self.store.by_external_id(shape.group, external_id)
        if before is None or before.type != shape.type:
            return self.create(shape, {**given, "externalId": external_id})
        return self.update(shape, before, {**given, "externalId": before.external_id}, replaces)

    def delete(self, record: StoredRecord) -> None:
        """Take it out of the books; Refused while others rest on it."""
        self.books.rules.may_delete(record)
        if record.group == TRANSACTION:
            self.books.ledger.remove(record.id)
        self.store.remove(record)

    def _save(self, shape: Shape, before: StoredRecord | None, fields: dict[str, Any]) -> StoredRecord:
        fields = self._as_scripts_want_it(shape, before, fields)
        external_id = claim_external_id(self.store, shape, fields, before.id if before else "")
        applications = [
            self._save(SHAPES["depositApplication"], None, one)
            for one in deposits_to_apply(self.store, shape, fields, is_new=before is None)
        ]
        if applications:
            applied = ({"doc": {"id": one.id}, "amount": one.fields["total"]} for one in applications)
            fields = {**fields, "apply": [*fields.get("apply", ()), *applied]}
        try:
            record = self._booked(shape, before, fields, external_id)
        except Refused:
            for one in applications:
                self.books.ledger.remove(one.id)
                self.store.remove(one)
            raise
        self.hindrances.on_saved(shape.type, external_id)
        return record

    def _booked(self, shape: Shape, before: StoredRecord | None, fields: dict[str, Any], external_id: str) -> StoredRecord:
        now = self.now()
        internal_id = before.id if before else self.store.next_id(shape.group)
        completion = Completion(self.chart, self.store, self.books.ledger, self.rates, self.preferences, now.date())
        completion.complete(shape, internal_id, fields, before.fields if before else None)
        record = StoredRecord(shape.type, internal_id, external_id, fields, before.created if before else now, now)
        if shape.group == TRANSACTION:
            self.books.book(shape.type, internal_id, fields)
        else:
            self.books.rules.may_become(record, before)
        self.store.put(record)
        return record

    def _as_scripts_want_it(self, shape: Shape, before: StoredRecord | None, fields: dict[str, Any]) -> dict[str, Any]:
        changes = self.hindrances.on_save(shape.type, fields.get("externalId") or "", is_new=before is None)
        if not changes:
            return fields
        given = self.decoding(strict=True).record(shape, parse(changes))
        return merged(shape, fields, given, NOTHING_REPLACED)
