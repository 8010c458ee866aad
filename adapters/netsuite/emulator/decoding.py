"""A request body as the record service reads it: names and values checked, amounts exact, references turned into internal ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import already_exists, invalid_content, invalid_reference, invalid_value, not_emulated
from adapters.netsuite.emulator.fields import ADDRESS, CUSTOM_COLUMNS, CUSTOM_FIELDS, ENTITY, ITEM, REFERENCES, Shape, Sublist
from adapters.netsuite.emulator.store import Store

EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]+")
LARGEST = Decimal(10) ** 15
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def parse(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; numbers with a point are Decimals."""
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid_content(f"The request body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise invalid_content("The request body must be a JSON object.")
    return value


def check_external_id(value: object) -> str:
    """Letters, digits, `_` and `-` (Oracle help, section_156334828635)."""
    if not isinstance(value, str) or not EXTERNAL_ID.fullmatch(value):
        raise invalid_value(value, "externalId", "externalId")
    return value


@dataclass(slots=True)
class Decoding:
    """One body being read. `strict` refuses an unknown property; else it is dropped and named in `dropped`."""

    store: Store
    chart: Chart
    strict: bool = False
    dropped: list[str] = field(default_factory=list)

    def record(self, shape: Shape, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields a body sets: what NetSuite computes is left out, a sublist is a list of lines, None empties."""
        fields: dict[str, Any] = {}
        for name, kind, value in self._known(shape.properties, body, "", CUSTOM_FIELDS[shape.group]):
            if name in shape.computed:
                continue
            if name in shape.unsupported and value not in (None, False, {"items": []}):
                raise not_emulated(f"{shape.type}.{name}", name)
            if name in shape.sublists:
                fields[name] = self._lines(shape.sublists[name], value, name)
            elif kind != "ignored" and name not in shape.unsupported:
                fields[name] = None if value is None else self._value(kind, name, name, value)
        if fields.get("externalId") is not None:
            check_external_id(fields["externalId"])
        return fields

    def _known(self, properties: Mapping[str, str], body: Mapping[str, Any], path: str, custom: str = "") -> Sequence[tuple[str, str, Any]]:
        """Name, kind and value of each property; `custom` is how the script ids of the account's own fields begin here, "" when it has none."""
        known = []
        for name, value in body.items():
            if name in properties:
                known.append((name, properties[name], value))
            elif custom and name.startswith(custom) and name in self.chart.custom_fields:
                known.append((name, self.chart.custom_fields[name], value))
            elif self.strict:
                raise invalid_content(f"Unknown property '{name}'. Provide a valid property.", path + name)
            else:
                self.dropped.append(path + name)
        return known

    def _lines(self, sublist: Sublist, value: Any, path: str) -> list[dict[str, Any]] | None:
        if value is None:
            return None
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(items, list) or not all(isinstance(line, dict) for line in items):
            raise invalid_content(f'The sublist {path} must be given as {{"items": [...]}}.', path)
        lines = []
        for index, item in enumerate(items):
            where = f"{path}.items[{index}]"
            known = self._known(sublist.properties, item, f"{where}.", CUSTOM_COLUMNS if sublist.takes_custom_columns else "")
            lines.append(
                {
                    name: None if given is None else self._value(kind, name, f"{where}.{name}", given)
                    for name, kind, given in known
                    if kind != "ignored"
                }
            )
        return lines

    def _value(self, kind: str, name: str, path: str, value: Any) -> Any:
        if kind in REFERENCES:
            return self._reference(kind, name, path, value)
        decoded = _plain(kind, value)
        if kind == "address":
            if not isinstance(value, dict):
                raise invalid_content(f"Invalid value for the resource or sub-resource field '{name}'. Provide a valid value.", path)
            known = self._known(ADDRESS, value, f"{path}.")
            return {
                key: None if given is None else self._value(sub, key, f"{path}.{key}", given)
                for key, sub, given in known
                if sub != "ignored"
            }
        if decoded is None:
            raise invalid_content(f"Invalid value for the resource or sub-resource field '{name}'. Provide a valid value.", path)
        return decoded

    def _reference(self, kind: str, name: str, path: str, value: Any) -> dict[str, Any]:
        given = value if isinstance(value, dict) else {}
        internal, external = given.get("id"), given.get("externalId")
        if isinstance(internal, int) and not isinstance(internal, bool):
            internal = str(internal)
        if isinstance(internal, str) and internal:
            if not self._exists(kind, internal):
                raise invalid_reference(internal, name, path)
            return {"id": internal}
        if kind == "document" or not isinstance(external, str) or not external:
            raise invalid_content(f"Invalid value for the resource or sub-resource field '{name}'. Provide a valid value.", path)
        group = {"customer": ENTITY, "item": ITEM}.get(kind, "")
        found = self.store.by_external_id(group, external)
        if found is None:
            raise invalid_reference(external, name, path)
        return {"id": found.id}

    def _exists(self, kind: str, internal_id: str) -> bool:
        match kind:
            case "account":
                return internal_id in self.chart.accounts
            case "currency":
                return internal_id in self.chart.currencies
            case "subsidiary":
                return internal_id in self.chart.subsidiaries
            case "customer":
                return self.store.get(ENTITY, internal_id) is not None
            case "item":
                return self.store.get(ITEM, internal_id) is not None
            case _:
                return True


def _plain(kind: str, value: Any) -> Any:
    """The value when it is of its kind, else None."""
    match kind:
        case "text":
            return value if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer":
            return _integer(value)
        case "number" | "money":
            return _number(value)
        case "date":
            return _parsed(date.fromisoformat, value) if isinstance(value, str) and len(value) == 10 else None
        case "moment":
            return _parsed(datetime.fromisoformat, value)
        case "enum":
            return _enumeration(value)
        case "flag":
            return value if isinstance(value, bool) else _enumeration(value)
        case _:
            return value


def _integer(value: Any) -> int | None:
    """A whole number; a line's id is a string in some sublists and a number in others."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if abs(number) < LARGEST and (not number or number.adjusted() > -15) else None


def _parsed(parse_text: Any, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        parse_text(value)
    except ValueError:
        return None
    return value


def _enumeration(value: Any) -> dict[str, str] | None:
    """`"US"` or `{"id": "US"}`."""
    given = value.get("id") if isinstance(value, dict) else value
    return {"id": given} if isinstance(given, str) and given else None


def claim_external_id(store: Store, shape: Shape, fields: Mapping[str, Any], own: str = "") -> str:
    """The record's externalId, when no other record of the group holds it."""
    external_id = fields.get("externalId") or ""
    holder = store.by_external_id(shape.group, external_id) if external_id else None
    if holder is not None and holder.id != own:
        raise already_exists(shape.group)
    return external_id
