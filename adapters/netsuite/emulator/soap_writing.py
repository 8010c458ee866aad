"""What the sandbox says over SOAP: records, references, statuses, faults, envelopes, each in the order of the WSDL's elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.netsuite.emulator.soap_reading import PACIFIC, XSI_TYPE
from adapters.netsuite.emulator.soap_shapes import CORE, FAULTS, MESSAGES, TYPES, Element, SoapType, namespace
from adapters.netsuite.soap_words import SOAP_COUNTRY
from adapters.netsuite.xml import Element as Xml

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMES = {"soapenv": SOAP, "xsi": XSI, "platformCore": CORE}
Json = Mapping[str, Any]


def envelope(*body: Xml) -> bytes:
    """A whole message."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=NAMES)
    etree.SubElement(root, f"{{{SOAP}}}Body").extend(body)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def response(operation: str, name: str, *content: Xml, where: str = MESSAGES) -> Xml:
    """`<addResponse><writeResponse>...`; `where` is the namespace of what is inside."""
    root = etree.Element(f"{{{MESSAGES}}}{operation}Response", nsmap={None: MESSAGES})
    etree.SubElement(root, f"{{{where}}}{name}").extend(content)
    return root


def fault(kind: str, code: str, text: str) -> bytes:
    """A fault of the WSDL's; `kind` "" for one that the platform gives before it knows what is asked."""
    found = etree.Element(f"{{{SOAP}}}Fault")
    etree.SubElement(found, "faultcode").text = "soapenv:Server.userException"
    etree.SubElement(found, "faultstring").text = text
    detail = etree.SubElement(found, "detail")
    if kind:
        told = etree.SubElement(detail, f"{{{FAULTS}}}{kind}", nsmap={"platformFaults": FAULTS})
        etree.SubElement(told, f"{{{FAULTS}}}code").text = code
        etree.SubElement(told, f"{{{FAULTS}}}message").text = text
    return envelope(found)


def success(*details: Xml) -> Xml:
    """A status that is one."""
    return _status("true", details)


def failure(code: str, text: str, *, after_submit: bool = False) -> Xml:
    """A status that is none, with its one detail."""
    detail = etree.Element(f"{{{CORE}}}statusDetail", {"type": "ERROR"})
    etree.SubElement(detail, f"{{{CORE}}}code").text = code
    etree.SubElement(detail, f"{{{CORE}}}message").text = text
    if after_submit:
        etree.SubElement(detail, f"{{{CORE}}}afterSubmitFailed").text = "true"
    return _status("false", [detail])


def _status(is_success: str, details: Iterable[Xml]) -> Xml:
    status = etree.Element(f"{{{CORE}}}status", {"isSuccess": is_success}, nsmap={"platformCore": CORE})
    status.extend(details)
    return status


def base_ref(record_type: str, internal_id: str, external_id: str) -> Xml:
    """What was written, or was to be."""
    given = {"internalId": internal_id, "externalId": external_id, "type": record_type}
    made = etree.Element(f"{{{MESSAGES}}}baseRef", {XSI_TYPE: "platformCore:RecordRef"}, nsmap={"xsi": XSI, "platformCore": CORE})
    return _named(made, given)


def simple(where: str, name: str, text: object) -> Xml:
    """An element with a text."""
    made = etree.Element(f"{{{where}}}{name}")
    made.text = str(text)
    return made


def record(kind: SoapType, body: Json, zone: ZoneInfo, custom: Mapping[str, str], where: str = MESSAGES) -> Xml:
    """A record as REST shows it, in SOAP's words; `custom` are the account's own fields and their kinds."""
    ids = {"internalId": str(body.get("id", "")), "externalId": str(body.get("externalId", ""))}
    names = {"r": kind.namespace, "xsi": XSI, "platformCore": CORE}
    made = _named(etree.Element(f"{{{where}}}record", {XSI_TYPE: f"r:{kind.name}"}, nsmap=names), ids)
    writing = _Writing(zone, custom)
    for part in kind.elements.values():
        if part.name == "currencyName" and "currency" in body:
            made.append(simple(kind.namespace, part.name, body["currency"].get("refName", "")))
        else:
            made.extend(writing.element(kind, part, body.get(kind.rest_name(part.name)), body))
    return made


def records(found: Sequence[Xml]) -> Xml:
    """A recordList."""
    made = etree.Element(f"{{{CORE}}}recordList")
    made.extend(found)
    return made


def rows(found: Sequence[tuple[SoapType, Json]], zone: ZoneInfo) -> Xml:
    """A searchRowList: each column is a searchValue."""
    made = etree.Element(f"{{{CORE}}}searchRowList")
    for kind, body in found:
        row = etree.SubElement(
            made, f"{{{CORE}}}searchRow", {XSI_TYPE: "s:TransactionSearchRow"}, nsmap={"s": namespace("sales"), "xsi": XSI}
        )
        basic = etree.SubElement(row, f"{{{namespace('sales')}}}basic")
        for part in kind.elements.values():
            for value in _Writing(zone, {}).element(kind, part, body.get(part.name), body):
                value.tag = f"{{{CORE}}}searchValue"
                etree.SubElement(basic, f"{{{kind.namespace}}}{part.name}").append(value)
    return made


class _Writing:
    def __init__(self, zone: ZoneInfo, custom: Mapping[str, str]) -> None:
        self._zone = zone
        self._custom = custom

    def element(self, kind: SoapType, part: Element, value: Any, body: Json) -> Iterable[Xml]:
        """The element, or none when there is nothing to say."""
        tag = f"{{{kind.namespace}}}{part.name}"
        match part.kind:
            case "custom":
                return self._custom_fields(tag, body)
            case "list" if isinstance(value, dict) and value.get("items"):
                made = etree.Element(tag)
                line_type = TYPES[part.type]
                made.extend(self._line(f"{{{line_type.namespace}}}{part.line}", line_type, line) for line in value["items"])
                return [made]
            case "refs" if isinstance(value, dict) and value.get("items"):
                made = etree.Element(tag)
                made.extend(_reference(f"{{{CORE}}}recordRef", line) for line in value["items"])
                return [made]
            case "list" | "refs":
                return []
            case _ if value is None:
                return []
            case "ref":
                return [_reference(tag, value)]
            case "idref":
                return [_reference(tag, {"id": value})]
            case "address":
                return [self._line(tag, TYPES["Address"], value)]
            case _:
                return [_text(tag, self._plain(part.kind, value))]

    def _line(self, tag: str, kind: SoapType, line: Json) -> Xml:
        made = etree.Element(tag)
        for part in kind.elements.values():
            made.extend(self.element(kind, part, line.get(part.in_lines), line))
        return made

    def _plain(self, kind: str, value: Any) -> str:
        match kind, value:
            case "doc", dict():
                return str(value["id"])
            case "country", dict():
                return SOAP_COUNTRY.get(value["id"], value["id"])
            case "boolean", dict():
                return "true" if value["id"] in {"T", "true"} else "false"
            case _, dict():
                return str(value.get("refName") or value.get("id"))
            case _, bool():
                return "true" if value else "false"
            case _, Decimal():
                return f"{value:f}"
            case "date", str():
                return midnight(date.fromisoformat(value), self._zone)
            case _:
                return str(value)

    def _custom_fields(self, tag: str, body: Json) -> Iterable[Xml]:
        held = {name: body[name] for name in self._custom if body.get(name) is not None}
        if not held:
            return []
        made = etree.Element(tag)
        made.extend(self._custom_field(name, self._custom[name], value) for name, value in held.items())
        return [made]

    def _custom_field(self, name: str, kind: str, value: Any) -> Xml:
        word = "Select" if isinstance(value, dict) else {"boolean": "Boolean", "number": "Double", "date": "Date"}.get(kind, "String")
        field = etree.Element(f"{{{CORE}}}customField", {"scriptId": name, XSI_TYPE: f"platformCore:{word}CustomFieldRef"})
        tag = f"{{{CORE}}}value"
        field.append(_reference(tag, value) if isinstance(value, dict) else _text(tag, self._plain(kind, value)))
        return field


def midnight(day: date, zone: ZoneInfo) -> str:
    """How a day is shown: the user's midnight, in Pacific time."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(PACIFIC)
    return moment.isoformat(timespec="milliseconds")


def _named(element: Xml, attributes: Mapping[str, str]) -> Xml:
    for name, value in attributes.items():
        if value:
            element.set(name, value)
    return element


def _reference(tag: str, value: Json) -> Xml:
    made = etree.Element(tag, {"internalId": str(value["id"])})
    if value.get("refName"):
        made.append(simple(CORE, "name", value["refName"]))
    return made


def _text(tag: str, text: str) -> Xml:
    made = etree.Element(tag)
    made.text = text
    return made
