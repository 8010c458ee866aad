"""A record as SOAP shows it -> the body that REST would show, amounts exact: zeep itself would read them as floats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from zeep import xsd

from adapters.netsuite.codec import Json
from adapters.netsuite.fields import SUBLISTS
from adapters.netsuite.soap_words import COUNTRY_CODE
from adapters.netsuite.soap_wsdl import Wsdl, XsdType
from adapters.netsuite.xml import Element, child, children, local, text_of

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
REST_LISTS: Mapping[str, str] = {
    **{name.lower(): name for sublists in SUBLISTS.values() for name in sublists},
    "currency": "currencyList",
    "taxdetails": "taxDetails",
}
REST_NAMES = {"addressbookAddress": "addressBookAddress", "subTotal": "subtotal"}
# SOAP shows a day as its midnight in the user's time zone, written in Pacific time (Oracle help, section_1521451348):
# thirteen hours later it is that day in UTC, for every user from Hawaii to New Zealand.
INTO_THE_DAY = timedelta(hours=13)


def type_of(element: Element) -> str:
    """The name of the type that a record or a custom field says it is of."""
    return element.get(XSI_TYPE, "").rpartition(":")[2]


def body_of(record: Element, wsdl: Wsdl) -> Json:
    """The body with `id` and, when it has one, `externalId`. ValueError for a value that is none of its type's."""
    body = {"id": record.get("internalId", ""), **_members(record, wsdl.type(type_of(record)), wsdl)}
    external_id = record.get("externalId")
    return {**body, "externalId": external_id} if external_id else body


def day_of(moment: str) -> str:
    """The day that a date field holds: `2026-03-01T00:00:00.000-08:00` -> `2026-03-01`."""
    return (datetime.fromisoformat(moment).astimezone(UTC) + INTO_THE_DAY).date().isoformat()


def _members(element: Element, kind: XsdType, wsdl: Wsdl) -> Json:
    types = {name: one.type for name, one in kind.elements}
    body: Json = {}
    for one in children(element):
        name = local(one)
        if name == "customFieldList":
            body |= {field.get("scriptId", ""): _custom(field, wsdl) for field in children(one, "customField")}
        elif name == "nullFieldList" or name not in types:
            continue
        elif name.endswith("List") and isinstance(types[name], xsd.ComplexType) and types[name].name != "RecordRef":
            stem = name.removesuffix("List")
            body[REST_LISTS.get(stem.lower(), stem)] = {"items": _lines(one, types[name], wsdl)}
        else:
            body[REST_NAMES.get(name, name)] = _value(name, one, types[name], wsdl)
    return body


def _lines(element: Element, kind: XsdType, wsdl: Wsdl) -> list[Any]:
    if len(kind.elements) != 1:
        return []
    ((name, line),) = kind.elements
    return [_value(name, one, line.type, wsdl) for one in children(element, name)]


def _value(name: str, element: Element, kind: XsdType, wsdl: Wsdl) -> Any:
    text = (element.text or "").strip()
    match kind:
        case xsd.ComplexType() if kind.name in {"RecordRef", "ListOrRecordRef"}:
            return _reference(element)
        case xsd.ComplexType():
            return _members(element, kind, wsdl)
        case xsd.Boolean():
            return text in {"true", "1"}
        case xsd.Long() if name == "doc":
            return {"id": text}
        case xsd.Integer() | xsd.Long() | xsd.Int():
            return int(text)
        case xsd.Double():
            return _number(text)
        case xsd.DateTime():
            return day_of(text)
        case _ if kind.name == "Country":
            return {"id": COUNTRY_CODE.get(text, text)}
        case _:
            return _rate(text) if name == "rate" else element.text or ""


def _reference(element: Element) -> Json:
    found = {"id": element.get("internalId"), "externalId": element.get("externalId"), "refName": text_of(element, "name")}
    return {name: value for name, value in found.items() if value}


def _custom(field: Element, wsdl: Wsdl) -> Any:
    kind = {name: one.type for name, one in wsdl.type(type_of(field)).elements}["value"]
    value = child(field, "value")
    return None if value is None else _value("value", value, kind, wsdl)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is no number") from None


def _rate(text: str) -> Decimal | str:
    """A rate is a text in SOAP, for it may be a percentage."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
