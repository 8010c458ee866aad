"""A record's body as REST takes it -> the same record in SOAP's types, which the WSDL itself tells: one codec for both.

SOAP's names differ from REST's in case, and in the word List after a sublist's; what its lines are called is the sole name in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from zeep import xsd

from adapters.netsuite.codec import Json
from adapters.netsuite.configurable import is_custom
from adapters.netsuite.soap_words import SOAP_COUNTRY
from adapters.netsuite.soap_wsdl import Wsdl, XsdType
from core.outcome import CannotSync, Failed, Kind
from core.records import Field, Record, RecordType

# A Deposit's currency is its bank account's: SOAP has no field for it (transactions.bank.xsd).
LEFT_OUT: Mapping[RecordType, frozenset[str]] = MappingProxyType({RecordType.DEPOSIT: frozenset({"currency"})})
# A date is a moment in SOAP, and the day it falls on in the user's time zone counts (Oracle help, section_1521451348).
# Ten o'clock in UTC is the same day from Hawaii to New Zealand.
MOMENT = "T10:00:00.000Z"


def type_name(record: RecordType) -> str:
    """`customerPayment` -> `CustomerPayment`."""
    return record[0].upper() + record[1:]


def days(record: Record) -> frozenset[str]:
    """The custom fields of the record and its lines that hold a day: only its value tells it from a text."""
    return frozenset(name for name, value in _configured(record) if isinstance(value, date))


def _configured(record: Record) -> Iterator[Field]:
    yield from record.fields
    for one in fields(record):
        for line in value if isinstance(value := getattr(record, one.name), tuple) else ():
            yield from getattr(line, "fields", ())


@dataclass(frozen=True, slots=True)
class Encoding:
    """Turns one body into SOAP's types. `replace` is said of every sublist: SOAP's default is to replace, REST's to add."""

    wsdl: Wsdl
    record: RecordType
    days: frozenset[str] = frozenset()
    replace: bool = True

    def encode(self, body: Json, **identity: str) -> Any:
        """`identity` is internalId or externalId; CannotSync(misconfigured) for a field that SOAP does not have."""
        left_out = {"externalId", *LEFT_OUT.get(self.record, ())}
        kind = self.wsdl.type(type_name(self.record))
        return kind(**self._members(kind, {name: value for name, value in body.items() if name not in left_out}), **identity)

    def _members(self, kind: XsdType, body: Json, *, on_lines: bool = False) -> Json:
        known = {name.lower(): (name, element.type) for name, element in kind.elements}
        members: Json = {}
        custom: list[Any] = []
        for name, value in body.items():
            if is_custom(self.record, name, on_lines=on_lines):
                custom.append(self._custom(name, value))
                continue
            is_list = isinstance(value, dict) and "items" in value
            found = (known.get(f"{name}list".lower()) if is_list else None) or known.get(name.lower())
            if found is None:
                raise _unknown(self.record, name)
            members[found[0]] = self._list(found[1], value["items"]) if is_list else self._value(found[1], value)
        return {**members, "customFieldList": {"customField": custom}} if custom else members

    def _list(self, kind: XsdType, lines: list[Json]) -> Any:
        ((name, element),) = kind.elements
        said = {"replaceAll": self.replace} if kind.attributes else {}
        return kind(**{name: [self._value(element.type, line) for line in lines]}, **said)

    def _value(self, kind: XsdType, value: Any) -> Any:
        match kind, value:
            case xsd.ComplexType(), dict() if kind.name == "RecordRef":
                return self._reference("RecordRef", value)
            case xsd.ComplexType(), str() if kind.name == "RecordRef":
                return self._reference("RecordRef", {"id": value})
            case xsd.ComplexType(), dict():
                return kind(**self._members(kind, value, on_lines=True))
            case xsd.Long(), dict():
                return int(value["id"])
            case xsd.String(), dict():
                return SOAP_COUNTRY.get(value["id"], value["id"])
            case xsd.DateTime(), str():
                return value + MOMENT
            case _, Decimal():
                return f"{value:f}"
            case _:
                return value

    def _reference(self, kind: str, value: Json) -> Any:
        name = "internalId" if "id" in value else "externalId"
        return self.wsdl.type(kind)(**{name: str(value["id" if "id" in value else "externalId"])})

    def _custom(self, name: str, value: Any) -> Any:
        kind, held = self._typed(name, value)
        return self.wsdl.type(f"{kind}CustomFieldRef")(scriptId=name, value=held)

    def _typed(self, name: str, value: Any) -> tuple[str, Any]:
        match value:
            case bool():
                return "Boolean", value
            case int():
                return "Long", value
            case Decimal():
                return "Double", f"{value:f}"
            case dict():
                return "Select", self._reference("ListOrRecordRef", value)
            case str() if name in self.days:
                return "Date", value + MOMENT
            case _:
                return "String", value


def _unknown(record: RecordType, name: str) -> CannotSync:
    message = f"NetSuite's SOAP has no field {name} in a {record}"
    return CannotSync(Failed(Kind.MISCONFIGURED, message, f"Take it out of [defaults.{record}] and [mappings.{record}].", field=name))
