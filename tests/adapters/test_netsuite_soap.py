"""SOAP as the adapter speaks it: every message against NetSuite's WSDL, Oracle's passport, answers read safely, faults told in REST's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from lxml import etree

from adapters.netsuite.codec import creation, replacement
from adapters.netsuite.configurable import FIELDS, LINE_FIELDS, ONLY_IN_REST, WITH_LINES
from adapters.netsuite.emulator.soap_reading import PACIFIC
from adapters.netsuite.emulator.soap_shapes import CORE
from adapters.netsuite.emulator.soap_writing import envelope, failure, fault, midnight, response
from adapters.netsuite.faults import failed
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.soap_client import SoapClient
from adapters.netsuite.soap_decoding import day_of
from adapters.netsuite.soap_encoding import Encoding, days
from adapters.netsuite.soap_faults import STATUS_OF_FAULT, fault_of_status, rest_status
from adapters.netsuite.soap_login import PassportLogin, passport_signature
from adapters.netsuite.soap_words import COUNTRY_CODE
from adapters.netsuite.soap_wsdl import PORT
from adapters.netsuite.transport import Endpoint, Reply, TokenCredentials
from adapters.netsuite.xml import Element, child, children, local, parse, text_of
from core.outcome import CannotSync, Kind
from core.records import FieldValue, Internal, Record, RecordType, key
from services.sandbox.netsuite.soap import check, schema_of
from tests.adapters.netsuite_records import CUSTOMER, KNOWN, coupon, deposit, invoice, known
from tests.adapters.test_netsuite_contract import VARIANTS
from tests.shared import SHARED
from tests.soap import FOLDER, needs_wsdl, wsdl

pytestmark = [needs_wsdl, pytest.mark.xdist_group("soap")]
KEYS = TokenCredentials("consumer", "secret&1", "token", "secret 2")
ENDPOINT = Endpoint.of("1234567_SB1")


@dataclass
class Canned:
    """A transport that keeps what is sent and always answers the same."""

    answer: Reply = field(default_factory=lambda: Reply(200, {}, b""))
    sent: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        assert (method, path, query) == ("POST", PORT, {})
        self.sent.append((path, body or b"", headers))
        return self.answer


def answering(*body: Element, status: int = 200) -> tuple[SoapBooks, Canned]:
    transport = Canned(Reply(status, {}, envelope(*body)))
    return SoapBooks(SoapClient(transport, wsdl())), transport


def encoded(record: Record, body: Mapping[str, Any], operation: str = "upsert") -> Element:
    given = Encoding(wsdl(), record.type, days(record)).encode(dict(body), externalId=record.external_id)
    return parse(wsdl().message(operation, {}, {"record": given}))


def stopped_by(answer: bytes, status: int = 500) -> CannotSync:
    transport = Canned(Reply(rest_status(status, answer), {}, answer))
    with pytest.raises(CannotSync) as stopped:
        SoapBooks(SoapClient(transport, wsdl())).find(CUSTOMER)
    return stopped.value


# What is sent


@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_whatever_creates_a_record_or_brings_it_into_line_is_a_message_of_the_wsdl(record: Record) -> None:
    schema = schema_of(FOLDER)
    check(schema, encoded(record, creation(record, KNOWN), "add"))
    check(schema, encoded(record, replacement(record, KNOWN)[0]))


def test_the_schema_would_notice() -> None:
    message = encoded(invoice, creation(invoice, KNOWN))
    record = child(message, "Body", "upsert", "record")
    assert record is not None
    record.insert(0, record[-1])
    with pytest.raises(ValueError, match="not expected"):
        check(schema_of(FOLDER), message)


@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_of_every_list_it_is_said_whether_it_is_replaced(record: Record) -> None:
    message = encoded(record, replacement(record, KNOWN)[0])
    lists = [
        one
        for one in message.iter(etree.Element)
        if local(one).endswith("List") and local(one) not in {"customFieldList", "subsidiaryList"}
    ]
    assert all(one.get("replaceAll") == "true" for one in lists)


def test_an_amount_is_sent_and_read_to_its_last_digit() -> None:
    large = Decimal("12345678901234.56")
    message = encoded(invoice, {"exchangeRate": large, "item": {"items": [{"amount": Decimal("0.10"), "rate": Decimal("1E+2")}]}})
    found = child(message, "Body", "upsert", "record")
    assert text_of(found, "exchangeRate") == "12345678901234.56"
    assert [text_of(found, "itemList", "item", name) for name in ("amount", "rate")] == ["0.10", "100"]


def test_custom_fields_are_typed_by_their_values_and_stand_in_their_list() -> None:
    values: dict[str, FieldValue] = {
        "custbody_text": "web",
        "custbody_flag": True,
        "custbody_count": 3,
        "custbody_day": date(2026, 3, 1),
        "custbody_share": Decimal("0.5"),
        "custbody_choice": Internal("7"),
    }
    named = replace(invoice, fields=tuple(values.items()))
    message = encoded(named, creation(named, KNOWN))
    check(schema_of(FOLDER), message)
    found = children(child(message, "Body", "upsert", "record", "customFieldList"), "customField")
    told = {one.get("scriptId"): one.get("{http://www.w3.org/2001/XMLSchema-instance}type", "").rpartition(":")[2] for one in found}
    assert told == {
        name: f"{kind}CustomFieldRef" for name, kind in zip(values, ("String", "Boolean", "Long", "Date", "Double", "Select"), strict=True)
    }


@pytest.mark.parametrize("record", FIELDS, ids=str)
def test_every_field_that_the_settings_may_fill_has_its_element(record: RecordType) -> None:
    kind = wsdl().type(record[0].upper() + record[1:])
    known = {name.lower() for name, _ in kind.elements}
    assert {name for name in FIELDS[record] if name.lower() not in known} == ONLY_IN_REST.get(record, frozenset())
    if record in WITH_LINES:
        ((_, line),) = dict(kind.elements)["itemList"].type.elements
        assert {name for name in LINE_FIELDS if name not in dict(line.type.elements)} == set()


def test_a_field_that_soap_lacks_is_refused_by_name_and_nothing_is_sent() -> None:
    books, transport = answering()
    with pytest.raises(CannotSync) as stopped:
        books.create(replace(coupon, fields=(("isFulfillable", True),)), {})
    assert (stopped.value.failed.kind, stopped.value.failed.field) == (Kind.MISCONFIGURED, "isFulfillable")
    assert transport.sent == []


def test_the_operation_is_named_in_the_header_and_a_search_says_its_page() -> None:
    books, transport = answering(response("search", "searchResult", failure("USER_ERROR", "no"), where=CORE))
    with pytest.raises(CannotSync):
        books.first_open_day(date(2026, 3, 1))
    ((_, body, headers),) = transport.sent
    assert headers["SOAPAction"] == '"search"'
    message = parse(body)
    check(schema_of(FOLDER), message)
    assert text_of(message, "Header", "searchPreferences", "pageSize") == "1000"


def test_the_countries_are_those_of_the_wsdl() -> None:
    types = etree.parse(FOLDER / "xsd" / "platform.commonTypes.xsd")
    (country,) = types.iterfind("{*}simpleType[@name='Country']")
    assert {one.get("value") for one in country.iter("{*}enumeration")} == set(COUNTRY_CODE)


# The passport


def test_the_passport_is_signed_as_in_oracles_own_sample() -> None:
    vectors = json.loads((SHARED / "netsuite" / "vectors" / "tba-hmac-sha256.json").read_text())
    given = vectors["inputs"]
    (soap,) = (vector for vector in vectors["vectors"] if vector["kind"] == "soap")
    keys = TokenCredentials(given["consumerKey"], given["consumerSecret"], given["token"], given["tokenSecret"])
    assert passport_signature(given["realm"], keys, given["nonce"], given["timestamp"]) == soap["signature"]


def test_each_try_has_a_passport_of_its_own_and_no_secret_goes_out() -> None:
    login = PassportLogin(ENDPOINT, KEYS)
    message = wsdl().message("get", {}, {"baseRef": SoapClient(Canned(), wsdl()).reference(CUSTOMER)})
    tries = [requests.Request("POST", "https://example.com", data=message, auth=login.sign()).prepare() for _ in range(3)]
    bodies = [one.body for one in tries if isinstance(one.body, bytes)]
    passports = [child(parse(body), "Header", "tokenPassport") for body in bodies]
    assert len({text_of(passport, "nonce") for passport in passports}) == 3
    assert {text_of(passport, "account") for passport in passports} == {"1234567_SB1"}
    for body in bodies:
        check(schema_of(FOLDER), parse(body))
        assert b"secret" not in body


# What is answered


@pytest.mark.parametrize(
    ("kind", "code", "told"),
    [
        ("exceededConcurrentRequestLimitFault", "WS_REQUEST_BLOCKED", Kind.BUSY),
        ("exceededRequestLimitFault", "WS_CONCUR_SESSION_DISALLWD", Kind.BUSY),
        ("exceededUsageLimitFault", "USER_ERROR", Kind.BUSY),
        ("unexpectedErrorFault", "UNEXPECTED_ERROR", Kind.BUSY),
        ("unexpectedErrorFault", "ACCT_TEMP_UNAVAILABLE", Kind.BUSY),
        ("invalidSessionFault", "SESSION_TIMED_OUT", Kind.BUSY),
        ("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", Kind.MISCONFIGURED),
        ("invalidAccountFault", "INVALID_ACCT", Kind.MISCONFIGURED),
        ("insufficientPermissionFault", "INSUFFICIENT_PERMISSION", Kind.MISCONFIGURED),
        ("exceededRecordCountFault", "MAX_RCRDS_EXCEEDED", Kind.REFUSED),
        ("exceededRequestSizeFault", "USER_ERROR", Kind.REFUSED),
        ("invalidVersionFault", "UNSUPPORTED_WS_VERSION", Kind.REFUSED),
        ("asyncFault", "JOB_NOT_COMPLETE", Kind.REFUSED),
    ],
)
def test_each_fault_of_the_wsdl_means_what_it_means_over_rest(kind: str, code: str, told: Kind) -> None:
    stopped = stopped_by(fault(kind, code, "NetSuite's own words"))
    assert (stopped.failed.kind, stopped.failed.code, stopped.failed.message) == (told, code, "NetSuite's own words")
    assert stopped.failed.remedy


def test_every_fault_of_the_wsdl_is_known() -> None:
    found = etree.parse(FOLDER / "xsd" / "platform.faults.xsd").iterfind("{*}element")
    assert {one.get("name") for one in found} == set(STATUS_OF_FAULT)


@pytest.mark.parametrize(
    ("faultcode", "text", "told"),
    [
        ("soapenv:Server.userException", "org.xml.sax.SAXException: Invalid element", Kind.REFUSED),
        ("soapenv:Client", "no such operation", Kind.REFUSED),
        ("soapenv:Server.userException", "java.util.ConcurrentModificationException", Kind.BUSY),
        ("soapenv:Server.generalException", "something broke", Kind.BUSY),
    ],
)
def test_a_fault_without_a_detail_is_told_by_its_code_and_text(faultcode: str, text: str, told: Kind) -> None:
    answer = fault("", "", text).replace(b"soapenv:Server.userException", faultcode.encode())
    assert stopped_by(answer).failed.kind is told


WORDLESS = "NetSuite answered 500 without saying why"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/hostname" [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


@pytest.mark.parametrize(
    "answer", [b"", b"<html><body>Log in</body>", b"{}", envelope()[:-9], ENTITY, OUTSIDE, envelope(), b"<x>" * 100_000], ids=range(8)
)
@pytest.mark.parametrize("status", [200, 500])
def test_what_is_no_answer_of_netsuites_is_no_answer_and_is_tried_again(answer: bytes, status: int) -> None:
    stopped = stopped_by(answer, status)
    assert stopped.failed.kind is Kind.BUSY
    assert stopped.failed.message == ("What answered for NetSuite (200) is not its API's JSON" if status == 200 else WORDLESS)


def test_xml_beyond_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.netsuite.xml.LARGEST", 100)
    with pytest.raises(ValueError, match="100 are read at most"):
        parse(b"<x>" + b"y" * 100 + b"</x>")


@pytest.mark.parametrize("hostile", [ENTITY, OUTSIDE])
def test_a_document_type_is_never_taken(hostile: bytes) -> None:
    with pytest.raises(ValueError, match=r"document type|well-formed"):
        parse(hostile)


def test_a_status_is_judged_by_its_errors_and_not_by_its_warnings() -> None:
    answer = failure("INVALID_KEY_OR_REF", "Invalid account reference key 5 for subsidiary 1.")
    warning = etree.fromstring(etree.tostring(answer[0]))
    warning.set("type", "WARN")
    answer.insert(0, warning)
    books, _ = answering(response("add", "writeResponse", answer))
    with pytest.raises(CannotSync) as stopped:
        books.create(coupon, {})
    assert (stopped.value.failed.kind, stopped.value.failed.code, stopped.value.failed.field) == (
        Kind.REFUSED,
        "INVALID_KEY_OR_REF",
        "account",
    )
    assert stopped.value.failed.message == "Invalid account reference key 5 for subsidiary 1."


@pytest.mark.parametrize("code", ["DUP_RCRD", "DUP_ENTITY"])
def test_a_taken_external_id_is_no_error(code: str) -> None:
    books, _ = answering(response("add", "writeResponse", failure(code, "This record already exists")))
    assert books.create(coupon, {}) is None


def test_several_records_under_one_key_are_no_duplicate() -> None:
    books, _ = answering(response("add", "writeResponse", failure("DUP_RCRD", "Matched more than one record")))
    with pytest.raises(CannotSync) as stopped:
        books.create(coupon, {})
    assert stopped.value.failed.kind is Kind.AMBIGUOUS


def test_an_applied_amount_that_does_not_fit_names_what_it_is_applied_to() -> None:
    answer = response("add", "writeResponse", failure("INVALID_AMT", "Amount applied greater than total payments and credits."))
    fault = fault_of_status(answer[0])
    assert fault is not None
    assert (failed(fault).kind, failed(fault).field) == (Kind.REFUSED, "apply")


# Days


@pytest.mark.parametrize(
    "zone", ["Pacific/Honolulu", "America/Los_Angeles", "America/New_York", "UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]
)
@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 3, 8), date(2026, 7, 1), date(2026, 11, 1), date(2024, 2, 29)], ids=str)
def test_a_day_stays_that_day_whatever_the_users_time_zone(zone: str, day: date) -> None:
    message = encoded(replace(deposit, tran_date=day), creation(replace(deposit, tran_date=day), KNOWN))
    sent = text_of(message, "Body", "upsert", "record", "tranDate")
    assert datetime.fromisoformat(sent).astimezone(ZoneInfo(zone)).date() == day
    shown = midnight(day, ZoneInfo(zone))
    assert datetime.fromisoformat(shown).utcoffset() == datetime.fromisoformat(shown).astimezone(PACIFIC).utcoffset()
    assert day_of(shown) == day.isoformat()


def test_a_reference_of_unknown_internal_id_is_by_external_id() -> None:
    message = encoded(invoice, creation(invoice, known({})))
    entity = child(message, "Body", "upsert", "record", "entity")
    assert entity is not None
    assert dict(entity.attrib) == {"externalId": CUSTOMER.external_id}
