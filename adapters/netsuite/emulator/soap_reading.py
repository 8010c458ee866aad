"""A record as it comes in over SOAP -> the body that REST would bring, and which of its sublists it replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.netsuite.emulator.errors import Refused, not_emulated
from adapters.netsuite.emulator.fields import BY_PATH
from adapters.netsuite.emulator.soap_shapes import TYPES, Element, SoapType
from adapters.netsuite.soap_words import COUNTRY_CODE
from adapters.netsuite.xml import Element as Xml
from adapters.netsuite.xml import child, children, local

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# "If no timezone is indicated, the America/Los_Angeles timezone will be used" (SuiteTalk Platform Guide).
PACIFIC = ZoneInfo("America/Los_Angeles")
WRITABLE = frozenset(name for name in TYPES if name.lower() in BY_PATH)
Json = dict[str, Any]


class Malformed(Exception):
    """What is no message of this version at all: the whole call is answered by a fault."""


@dataclass(slots=True)
class Given:
    """One record of a call."""

    type: SoapType
    internal_id: str
    external_id: str
    body: Json = field(default_factory=dict)
    replaces: set[str] = field(default_factory=set)


def type_name(element: Xml) -> str:
    """What xsi:type says, without its prefix."""
    return element.get(XSI_TYPE, "").rpartition(":")[2]


def record_of(element: Xml, zone: ZoneInfo) -> Given:
    """`zone` is the time zone of the user whose token it is. Malformed, or Refused for what is not emulated."""
    kind = TYPES.get(type_name(element))
    if kind is None or kind.name not in WRITABLE:
        raise Refused(f"This sandbox does not emulate records of type {type_name(element) or 'none'}.", "INVALID_RCRD_TYPE")
    given = Given(kind, element.get("internalId", ""), element.get("externalId", ""))
    _Reading(zone, given).read(element)
    return given


@dataclass(frozen=True, slots=True)
class _Reading:
    zone: ZoneInfo
    given: Given

    def read(self, element: Xml) -> None:
        kind = self.given.type
        for emptied in children(child(element, "nullFieldList"), "name"):
            self.given.body[kind.rest_name(emptied.text or "")] = None
        for part, value in self._members(element, kind):
            name = kind.rest_name(part.name)
            self.given.body[name] = value
            if part.kind == "list" and _replaces(element, part):
                self.given.replaces.add(name)
        self.given.body |= dict(self._custom(element))

    def _members(self, element: Xml, kind: SoapType) -> Iterator[tuple[Element, Any]]:
        for one in children(element):
            name = local(one)
            if name in {"nullFieldList", "customFieldList"}:
                continue
            if etree.QName(one).namespace != kind.namespace:
                raise Malformed(f"org.xml.sax.SAXException: Invalid element in {kind.namespace} - {name}")
            part = kind.elements.get(name)
            if part is None:
                raise not_emulated(f"{kind.name}.{name}", name)
            if part.kind != "moment":
                yield part, self._value(one, part)

    def _value(self, element: Xml, part: Element) -> Any:
        text = (element.text or "").strip()
        match part.kind:
            case "list":
                return {"items": [self._line(line, TYPES[part.type]) for line in children(element, part.line)]}
            case "refs":
                return {"items": [_reference(line) for line in children(element, "recordRef")]}
            case "ref":
                return _reference(element)
            case "idref":
                return _reference(element)["id"]
            case "doc":
                return {"id": text}
            case "address":
                return self._line(element, TYPES["Address"])
            case "country":
                return {"id": COUNTRY_CODE.get(text, text)}
            case "rate" if text.endswith("%"):
                raise not_emulated("rates in per cent", part.name)
            case kind:
                return self._plain(text if kind != "text" else element.text or "", kind)

    def _line(self, element: Xml, kind: SoapType) -> Json:
        """A line's or an address's properties, under the names that REST gives them."""
        line = {part.in_lines: value for part, value in self._members(element, kind)}
        return {**line, **dict(self._custom(element))}

    def _plain(self, text: str, kind: str) -> Any:
        try:
            match kind:
                case "boolean":
                    return {"true": True, "1": True, "false": False, "0": False}[text]
                case "number" | "rate":
                    return Decimal(text)
                case "whole":
                    return int(text)
                case "date":
                    return day_in(text, self.zone)
                case _:
                    return text
        except (KeyError, ValueError, InvalidOperation):
            raise Malformed(f"org.xml.sax.SAXException: {text[:40]!r} is not a valid value of the type {kind}") from None

    def _custom(self, element: Xml) -> Iterator[tuple[str, Any]]:
        for one in children(child(element, "customFieldList"), "customField"):
            kind = type_name(one).removesuffix("CustomFieldRef")
            value = child(one, "value")
            if value is None or kind not in _CUSTOM:
                raise Malformed(f"org.xml.sax.SAXException: a custom field of type {type_name(one)} without a value")
            yield one.get("scriptId", ""), _reference(value) if kind == "Select" else self._plain((value.text or "").strip(), _CUSTOM[kind])


_CUSTOM = {"String": "text", "Boolean": "boolean", "Long": "whole", "Double": "number", "Date": "date", "Select": "ref"}


def day_in(moment: str, zone: ZoneInfo) -> str:
    """The day on which a moment falls for that user; ValueError when it is none."""
    told = datetime.fromisoformat(moment)
    return (told if told.tzinfo else told.replace(tzinfo=PACIFIC)).astimezone(zone).date().isoformat()


def _replaces(element: Xml, part: Element) -> bool:
    """Unless told otherwise a list replaces what was there: the WSDL's default."""
    found = child(element, part.name)
    return found is not None and found.get("replaceAll", "true") in {"true", "1"}


def _reference(element: Xml) -> Mapping[str, str]:
    internal, external = element.get("internalId"), element.get("externalId")
    if internal:
        return {"id": internal}
    return {"externalId": external or ""}
