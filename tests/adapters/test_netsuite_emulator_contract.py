"""The emulated NetSuite's names and answers against the published REST contract; skipped where that is not at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.netsuite.emulator.fields import ADDRESS, SHAPES
from tests.adapters.netsuite_account import Api, Body, by_account, deposit, eid, invoice, items, payment, ref, refund, trading
from tests.netsuite_contract import document, validator
from tests.shared import needs_shared

pytestmark = needs_shared
# serviceSaleItem.subsidiary is a collection of references, which the contract gives no element of its own.
NO_ELEMENT = {("serviceSaleItem", "subsidiary"), ("discountItem", "subsidiary")}


# The trimmed copy has no cash sales and no cash refunds.
IN_THE_COPY = [name for name in SHAPES if name not in ("cashSale", "cashRefund")]


def schemas() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = document()["components"]["schemas"]
    return loaded


@pytest.mark.parametrize("record_type", IN_THE_COPY)
def test_every_property_it_knows_is_one_of_the_contract(record_type: str) -> None:
    shape = SHAPES[record_type]
    assert set(shape.properties) <= set(schemas()[record_type]["properties"])
    for name, sublist in shape.sublists.items():
        if (record_type, name) not in NO_ELEMENT:
            assert set(sublist.properties) <= set(schemas()[f"{record_type}-{name}Element"]["properties"])


def test_every_part_of_an_address_is_one_of_the_contract() -> None:
    assert set(ADDRESS) <= set(schemas()["customer-addressBook-addressBookAddress"]["properties"])


def whole_story() -> tuple[Api, Mapping[str, str]]:
    """One record of every type, linked as they are in life: its key by type."""
    api = trading()
    address = {"label": "home", "defaultBilling": True, "addressBookAddress": {"addr1": "1 Main St", "country": "US"}}
    api.patch("customer", "eid:cus_1", {"addressBook": items(address), "email": "jenny@example.com"})
    api.post("discountItem", {"externalId": "coupon", "itemId": "10 off", "nonPosting": True})
    lines: list[Body] = [{"item": eid("price_1"), "quantity": 2, "rate": 50, "amount": 100}, {"item": eid("coupon"), "amount": -10}]
    sold = api.post("invoice", invoice() | {"item": items(*lines), "memo": "Stripe: in_1"})
    paid = api.post("customerPayment", payment("ch_1", 90, (sold, 90)))
    credit = api.post("creditMemo", invoice("re_1-memo", 30))
    back = api.post("customerRefund", refund("re_1", (credit, 30)))
    money = {"cashback": items(by_account("600", 3.2)), "other": items(by_account("490", 1))}
    done = api.post("deposit", deposit("po_1", paid, back, **money))
    moved = items({"account": ref("690"), "debit": 5}, {"account": ref("101"), "credit": 5})
    journal = api.post("journalEntry", {"externalId": "j_1", "line": moved})
    held = api.post("customerDeposit", {"externalId": "ch_2", "customer": eid("cus_1"), "payment": 50})
    given_back = api.post("customerRefund", refund("re_2") | {"deposit": items({"doc": ref(held), "apply": True, "amount": 20})})
    keys = {
        "customerDeposit": held,
        "depositApplication": api.get("customerRefund", given_back)["apply"]["items"][0]["doc"]["id"],
        "invoice": sold,
        "customerPayment": paid,
        "creditMemo": credit,
        "customerRefund": back,
        "deposit": done,
        "journalEntry": journal,
    }
    return api, {"customer": "eid:cus_1", "serviceSaleItem": "eid:price_1", "discountItem": "eid:coupon", **keys}


@pytest.mark.parametrize("expanded", ["true", "false"])
@pytest.mark.parametrize("record_type", IN_THE_COPY)
def test_what_get_answers_is_valid_by_the_contract(record_type: str, expanded: str) -> None:
    api, keys = whole_story()
    reply = api.call("GET", f"/{record_type}/{keys[record_type]}", query={"expandSubResources": expanded})
    validator(record_type, sent=False).validate(json.loads(reply.body))


def test_a_refusal_is_valid_by_the_contract() -> None:
    reply = trading().call("POST", "/invoice", invoice("in_1", 1) | {"entity": ref("9")})
    validator("nsError", sent=False).validate(json.loads(reply.body))
