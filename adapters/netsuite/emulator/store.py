"""The records of the account: by internal id, and by externalId within their group, as NetSuite keeps them apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.netsuite.emulator.fields import ENTITY, ITEM, SHAPES, TRANSACTION

FIRST_ID = {ENTITY: 501, ITEM: 701, TRANSACTION: 1001}


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it was accepted. `fields` are NetSuite's property names: amounts are Decimals, references {"id": ...}, sublists lists of lines."""

    type: str
    id: str
    external_id: str
    fields: Mapping[str, Any]
    created: datetime
    modified: datetime

    @property
    def group(self) -> str:
        return SHAPES[self.type].group


class Store:
    """Internal ids count up within a group; externalIds are unique within a group and looked up without regard to case."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], StoredRecord] = {}
        self._external: dict[tuple[str, str], str] = {}
        self._ids = {group: itertools.count(first) for group, first in FIRST_ID.items()}
        self._by_type: dict[str, dict[str, None]] = {record_type: {} for record_type in SHAPES}

    def next_id(self, group: str) -> str:
        return str(next(self._ids[group]))

    def get(self, group: str, internal_id: str) -> StoredRecord | None:
        return self._records.get((group, internal_id))

    def by_external_id(self, group: str, external_id: str) -> StoredRecord | None:
        internal_id = self._external.get((group, external_id.lower()))
        return None if internal_id is None else self._records[group, internal_id]

    def put(self, record: StoredRecord) -> None:
        """Add or replace; the externalId must be free or its own."""
        before = self._records.get((record.group, record.id))
        if before is not None:
            self._external.pop((before.group, before.external_id.lower()), None)
        self._records[record.group, record.id] = record
        self._by_type[record.type][record.id] = None
        if record.external_id:
            self._external[record.group, record.external_id.lower()] = record.id

    def remove(self, record: StoredRecord) -> None:
        del self._records[record.group, record.id]
        del self._by_type[record.type][record.id]
        self._external.pop((record.group, record.external_id.lower()), None)

    def of_type(self, record_type: str) -> Iterator[StoredRecord]:
        """In the order of their creation."""
        group = SHAPES[record_type].group
        return (self._records[group, internal_id] for internal_id in self._by_type[record_type])
