"""Every body and signature against NetSuite's published contract: the REST API Browser's names and types, Oracle's signature sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
import requests

from adapters.netsuite.batches import TABLES
from adapters.netsuite.codec import creation, dumps, replacement
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.fields import RECORDS, SUBLISTS
from adapters.netsuite.memory import MemoryBooks
from adapters.netsuite.transport import Endpoint, TokenCredentials, signature
from core.records import Customer, Internal, Record, RecordType, TaxDetail, key
from tests.adapters.netsuite_records import (
    CREDIT,
    EACH,
    IDS,
    INVOICE,
    KNOWN,
    RECEIVABLE,
    ada,
    credit,
    invoice,
    known,
    payment,
    plan_item,
    refund,
    usd,
)
from tests.netsuite_contract import NOT_IN_THE_COPY, Watch, document, validator
from tests.shared import SHARED, needs_shared

COLLECTION = {"Prefer": "respond-async", "Content-Type": "application/vnd.oracle.resource+json; type=collection"}
VECTORS = SHARED / "netsuite" / "vectors" / "tba-hmac-sha256.json"

WHOLE_CUSTOMER = Customer(
    "cus_3", is_person=True, currency="usd", company_name="A", first_name="B", last_name="C", email="a@b.c", phone="1", comments="c",
    entity_id="cus_3", subsidiary=ada.subsidiary, address_book=ada.address_book,
)  # fmt: skip
TAXES = (TaxDetail("1", Internal("12"), usd("90.00"), Decimal("8.25"), usd("7.43"), "5"),)
VARIANTS: Sequence[Record] = (
    replace(invoice, item=(replace(invoice.item[0], tax_details_reference="1"),), tax_details=TAXES, tax_details_override=True),
    replace(credit, tax_details=TAXES, tax_details_override=True),
    *EACH,
    WHOLE_CUSTOMER,
    replace(plan_item, subsidiary=None),
    replace(payment, apply=()),
    replace(credit, apply=payment.apply, account=RECEIVABLE),
    replace(refund, ar_acct=RECEIVABLE),
)


def sent(body: Mapping[str, Any]) -> Any:
    """What arrives at the other end of the wire."""
    return json.loads(dumps(body))


@needs_shared
@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_what_creates_a_record_has_only_fields_that_netsuite_names(record: Record) -> None:
    validator(record.type, sent=True).validate(sent(creation(record, KNOWN)))


@needs_shared
@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_what_brings_a_record_into_line_has_only_fields_that_netsuite_names(record: Record) -> None:
    body, _ = replacement(record, KNOWN)
    validator(record.type, sent=True).validate(sent(body))


@needs_shared
@pytest.mark.parametrize("record", EACH, ids=lambda record: str(key(record)))
def test_a_body_that_names_customers_and_items_by_external_id_is_valid_too(record: Record) -> None:
    documents = {
        ref: number
        for ref, number in IDS.items()
        if ref.type in (INVOICE.type, CREDIT.type, "customerPayment", "customerDeposit", "customerRefund", "journalEntry")
    }
    validator(record.type, sent=True).validate(sent(creation(record, known(documents))))


@needs_shared
@pytest.mark.parametrize(
    ("record", "spoiled"),
    [
        (payment, {"undepositedFunds": True}),
        (payment, {"payment": "95.00"}),
        (payment, {"tranDate": 20260301}),
        (ada, {"addressBook": {"items": [{"addressBookAddress": {"country": {"id": "USA"}}}]}}),
        (plan_item, {"subsidiary": {"id": "1"}}),
    ],
    ids=["an unknown field", "an amount as text", "a date as a number", "a country of three letters", "one subsidiary of an item"],
)
def test_the_contract_would_notice(record: Record, spoiled: Mapping[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator(record.type, sent=True).validate({**sent(creation(record, KNOWN)), **spoiled})


@needs_shared
@pytest.mark.parametrize("record_type", [each for each in RecordType if each not in NOT_IN_THE_COPY])
def test_every_record_type_and_sublist_is_at_the_address_that_we_use(record_type: RecordType) -> None:
    properties = document()["components"]["schemas"][record_type]["properties"]
    assert f"/{record_type}" in document()["paths"]
    assert document()["servers"][0]["url"].endswith(RECORDS)
    for name, sublist in SUBLISTS[record_type].items():
        assert name in properties
        element = document()["components"]["schemas"][f"{record_type}-{name}Element"]["properties"]
        assert {sublist.key, sublist.chosen} - {""} <= set(element)


@needs_shared
def test_what_is_left_out_above_is_indeed_not_in_the_copy() -> None:
    assert not NOT_IN_THE_COPY & set(document()["components"]["schemas"])


@needs_shared
def test_the_signature_is_oracles_own_sample() -> None:
    vectors = json.loads(VECTORS.read_text())
    given = vectors["inputs"]
    (rest,) = (vector for vector in vectors["vectors"] if vector["kind"] == "rest")
    keys = TokenCredentials(given["consumerKey"], given["consumerSecret"], given["token"], given["tokenSecret"])
    sign = signature(Endpoint.of(given["realm"]), keys)
    sign.client.nonce, sign.client.timestamp = given["nonce"], given["timestamp"]
    signed = requests.Request(rest["method"], rest["url"], auth=sign).prepare()
    told: str | bytes = signed.headers["Authorization"]
    authorization = told.decode() if isinstance(told, bytes) else told
    assert f'oauth_signature="{rest["signaturePercentEncoded"]}"' in authorization
    assert f'realm="{given["realm"]}"' in authorization


@pytest.mark.parametrize("shape", dict.fromkeys(type(record) for record in EACH), ids=lambda shape: shape.__name__)
def test_every_field_of_a_record_is_among_what_is_validated(shape: type[Record]) -> None:
    """Else a field could go out under a name that NetSuite does not know, and no test would see it."""
    shown = {
        field.name
        for record in VARIANTS
        if type(record) is shape
        for field in fields(record)
        if getattr(record, field.name) not in (None, "", ())
    }
    assert shown == {field.name for field in fields(shape)} - {"fields"}  # those go out under the names that the settings give them


@needs_shared
def test_whatever_the_suite_sends_to_netsuite_is_watched(netsuite_watch: Watch) -> None:
    before, books = netsuite_watch.seen, MemoryBooks(NetSuite())
    books.create(plan_item, {})
    books.find(key(plan_item))
    assert netsuite_watch.seen == before + 3, "two calls and, below them, the one answer that has a body"


@needs_shared
@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        pytest.param(("POST", "/invoice", {}, b'{"memo": 1}', {}), "$.memo", id="a wrong type"),
        pytest.param(("PUT", "/invoice/eid:in_1", {}, b'{"memmo": "x"}', {}), "memmo", id="an unknown property"),
        pytest.param(("PATCH", "/customer/7", {}, b'{"links": []}', {}), "links", id="what is only read"),
        pytest.param(("POST", "/invoice", {}, b'{"items": [{"memo": 1}]}', COLLECTION), "$.memo", id="a record of a batch"),
        pytest.param(("POST", "/invoice/7/!transform/customerPayment", {}, b'{"item": 1}', {}), "item", id="the body of a transform"),
        pytest.param(("PUT", "/invoice/eid:in_1", {"replaces": "item"}, b"{}", {}), "replaces", id="an unknown query parameter"),
        pytest.param(
            ("POST", "/invoice", {}, b"{}", {"X-NetSuite-PropertyNameValidation": "strict"}), "strict", id="a value that a header has not"
        ),
        pytest.param(("POST", "/invoices", {}, b"{}", {}), "no such call", id="an unknown record"),
    ],
)
def test_the_watch_sees_what_breaks_the_contract(call: tuple[str, str, Any, bytes, Any], wrong: str) -> None:
    method, path, query, body, headers = call
    watch = Watch()
    watch.request("POST", f"{RECORDS}/invoice", {}, b'{"memo": "good", "custbody_x": 1}', {})
    assert not watch.found
    watch.request(method, RECORDS + path, query, body, headers)
    assert len(watch.found) == 1
    assert wrong in watch.found[0]


def test_every_record_type_is_read_back_from_a_table_of_suiteql() -> None:
    assert set(TABLES) == set(RecordType)
