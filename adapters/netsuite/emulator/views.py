"""A record as GET shows it: links, references with their names, sublists expanded or as links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import invalid_request
from adapters.netsuite.emulator.fields import CREATED, ENTITY, ITEM, REFERENCES, SHAPES, STAMPS, Shape, Sublist
from adapters.netsuite.emulator.store import Store, StoredRecord

RECORDS = "/services/rest/record/v1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """How one GET wants its answer. `base` is the address that links begin with; `only` names the fields asked for, empty all."""

    store: Store
    chart: Chart
    base: str
    expanded: bool = False
    plain_enumerations: bool = False
    only: frozenset[str] = frozenset()

    def record(self, record: StoredRecord, computed: Mapping[str, Any]) -> Json:
        """The whole record; `computed` are the fields that NetSuite works out, `apply` lines among them."""
        shape = SHAPES[record.type]
        address = f"{self.base}{RECORDS}/{record.type}/{record.id}"
        unknown = self.only - shape.properties.keys()
        if unknown:
            raise invalid_request(f"Invalid value of the query parameter 'fields': {', '.join(sorted(unknown))}.")
        fields = self.fields(shape, {**record.fields, **computed}, address)
        return {"links": [link(address)], "id": record.id, **self._stamps(record), **fields}

    def fields(self, shape: Shape, fields: Mapping[str, Any], address: str) -> Json:
        """Body fields and sublists of a record at that address."""
        shown: Json = {}
        for name, value in fields.items():
            if self.only and name not in self.only:
                continue
            if name in shape.sublists:
                shown[name] = (
                    self.sublist(shape.sublists[name], value, f"{address}/{name}")
                    if self.expanded
                    else {"links": [link(f"{address}/{name}")]}
                )
            else:
                shown[name] = self._value(shape.properties.get(name, "custom"), value)
        return shown

    def _stamps(self, record: StoredRecord) -> Json:
        created, modified = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (record.created, record.modified))
        stamps = {STAMPS.get(record.type, CREATED): created, "lastModifiedDate": modified, "refName": ref_name(record)}
        return {name: value for name, value in stamps.items() if not self.only or name in self.only}

    def sublist(self, sublist: Sublist, lines: Sequence[Mapping[str, Any]], address: str) -> Json:
        """A sublist with all its lines."""
        items = [
            {
                "links": [],
                **{name: self._value(sublist.properties.get(name, "custom"), value) for name, value in line.items() if value is not None},
            }
            for line in lines
        ]
        return {**page(items, address), "items": items}

    def _value(self, kind: str, value: Any) -> Any:
        if kind in REFERENCES and isinstance(value, dict):
            return self._reference(kind, value["id"])
        if kind in ("enum", "flag") and isinstance(value, dict):
            return value["id"] if self.plain_enumerations else {"refName": value["id"], **value}
        if kind == "address":
            return {name: self._value("enum" if name == "country" else "text", part) for name, part in value.items() if part is not None}
        # The lines that only NetSuite numbers show their number as text.
        return str(value) if kind == "text" and isinstance(value, int) else value

    def _reference(self, kind: str, internal_id: str) -> Json:
        match kind:
            case "account":
                return {"links": [], "id": internal_id, "refName": self.chart.accounts[internal_id].name}
            case "currency":
                return {"links": [], "id": internal_id, "refName": self.chart.currencies[internal_id].symbol}
            case "customer" | "item":
                record = self.store.get(ENTITY if kind == "customer" else ITEM, internal_id)
                if record is not None:
                    shown = {
                        "links": [link(f"{self.base}{RECORDS}/{record.type}/{internal_id}")],
                        "id": internal_id,
                        "refName": ref_name(record),
                    }
                    return {**shown, "externalId": record.external_id} if record.external_id else shown
            case _:
                pass
        return {"links": [], "id": internal_id}


def ref_name(record: StoredRecord) -> str:
    """What NetSuite's screens call the record."""
    fields = record.fields
    person = " ".join(fields[part] for part in ("firstName", "lastName") if part in fields)
    name = fields.get("companyName") or person if record.type == "customer" else fields.get("itemId")
    return str(name or f"{SHAPES[record.type].label} #{fields.get('tranId', record.id)}")


def page(items: Sequence[Any], address: str, total: int | None = None, offset: int = 0) -> Json:
    """What stands around the items of a collection."""
    total = len(items) if total is None else total
    return {"links": [link(address)], "count": len(items), "hasMore": offset + len(items) < total, "offset": offset, "totalResults": total}


def link(address: str) -> dict[str, str]:
    """A record's, list's or job's own address."""
    return {"rel": "self", "href": address}
