"""Every body and signature against NetSuite's published contract: the REST API Browser's names and types, Oracle's signature sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import Any

import jsonschema
import pytest
import requests

from adapters.netsuite.codec import creation, dumps, replacement
from adapters.netsuite.fields import RECORDS, SUBLISTS
from adapters.netsuite.transport import Endpoint, TokenCredentials, signature
from core.records import Customer, Record, RecordType, key
from tests.adapters.netsuite_records import CREDIT, EACH, IDS, INVOICE, KNOWN, RECEIVABLE, ada, credit, known, payment, plan_item, refund
from tests.shared import SHARED, needs_shared

OPENAPI = SHARED / "netsuite" / "openapi" / "record-v1-2026.1-trimmed.openapi.json"
VECTORS = SHARED / "netsuite" / "vectors" / "tba-hmac-sha256.json"

WHOLE_CUSTOMER = Customer(
    "cus_3", is_person=True, currency="usd", company_name="A", first_name="B", last_name="C", email="a@b.c", phone="1", comments="c",
    subsidiary=ada.subsidiary, address_book=ada.address_book,
)  # fmt: skip
VARIANTS: Sequence[Record] = (
    *EACH,
    WHOLE_CUSTOMER,
    replace(plan_item, subsidiary=None),
    replace(payment, apply=()),
    replace(credit, apply=payment.apply, account=RECEIVABLE),
    replace(refund, ar_acct=RECEIVABLE),
)


@cache
def document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(OPENAPI.read_text())
    return loaded


def strict(schema: Any) -> Any:
    """The same schema, in which a property that it does not name is an error and what is only read may not be sent."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: strict(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        writable = {name: part for name, part in changed["properties"].items() if not (isinstance(part, dict) and part.get("readOnly"))}
        changed |= {"properties": writable, "additionalProperties": False}
    return changed


@cache
def validator(record_type: RecordType) -> jsonschema.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{record_type}", "components": {"schemas": strict(document()["components"]["schemas"])}}
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def sent(body: Mapping[str, Any]) -> Any:
    """What arrives at the other end of the wire."""
    return json.loads(dumps(body))


@needs_shared
@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_what_creates_a_record_has_only_fields_that_netsuite_names(record: Record) -> None:
    validator(record.type).validate(sent(creation(record, KNOWN)))


@needs_shared
@pytest.mark.parametrize("record", VARIANTS, ids=lambda record: str(key(record)))
def test_what_brings_a_record_into_line_has_only_fields_that_netsuite_names(record: Record) -> None:
    body, _ = replacement(record, KNOWN)
    validator(record.type).validate(sent(body))


@needs_shared
@pytest.mark.parametrize("record", EACH, ids=lambda record: str(key(record)))
def test_a_body_that_names_customers_and_items_by_external_id_is_valid_too(record: Record) -> None:
    documents = {
        ref: number
        for ref, number in IDS.items()
        if ref.type in (INVOICE.type, CREDIT.type, "customerPayment", "customerRefund", "journalEntry")
    }
    validator(record.type).validate(sent(creation(record, known(documents))))


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
        validator(record.type).validate({**sent(creation(record, KNOWN)), **spoiled})


@needs_shared
@pytest.mark.parametrize("record_type", RecordType)
def test_every_record_type_and_sublist_is_at_the_address_that_we_use(record_type: RecordType) -> None:
    properties = document()["components"]["schemas"][record_type]["properties"]
    assert f"/{record_type}" in document()["paths"]
    assert document()["servers"][0]["url"].endswith(RECORDS)
    for name, sublist in SUBLISTS[record_type].items():
        assert name in properties
        element = document()["components"]["schemas"][f"{record_type}-{name}Element"]["properties"]
        assert {sublist.key, sublist.chosen} - {""} <= set(element)


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
