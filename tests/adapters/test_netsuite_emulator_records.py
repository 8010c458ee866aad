"""The emulated NetSuite answers the record service: how records are made, changed, found and shown, and how it says no."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.adapters.netsuite_account import (
    RECORDS,
    USD,
    Api,
    applied,
    by_account,
    customer,
    deposit,
    eid,
    invoice,
    items,
    payment,
    ref,
    service,
    trading,
)


def test_post_answers_204_with_the_address_of_the_new_record() -> None:
    reply = Api().call("POST", "/customer", customer(), Host="127.0.0.1:8080")
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Location"] == f"http://127.0.0.1:8080{RECORDS}/customer/501"


def test_put_by_external_id_creates_and_then_changes_without_a_location() -> None:
    api = Api()
    for email in ("old@example.com", "new@example.com"):
        reply = api.call("PUT", "/customer/eid:cus_1", {"companyName": "Jenny", "email": email})
        assert (reply.status, reply.headers.get("Location"), reply.body) == (204, None, b"")
    assert [(record.external_id, record.fields["email"]) for record in api.netsuite.records("customer")] == [("cus_1", "new@example.com")]


def test_a_put_needs_an_external_id_in_its_address() -> None:
    api = trading()
    (held,) = api.netsuite.records("customer")
    assert api.refusal("PUT", f"/customer/{held.id}", {})[0] == 405
    assert api.refusal("PUT", "/customer/eid:cus_1", {"externalId": "cus_2"})[:2] == (400, "INVALID_REQUEST")


def test_patch_changes_what_it_names_and_null_empties() -> None:
    api = Api()
    api.post("customer", customer(email="a@example.com", phone="1"))
    api.patch("customer", "eid:cus_1", {"email": "b@example.com", "phone": None})
    shown = api.get("customer", "eid:cus_1")
    assert (shown["email"], "phone" in shown, shown["companyName"]) == ("b@example.com", False, "Jenny Rosen Ltd")


@pytest.mark.parametrize("key", ["999", "eid:cus_2", "eid:"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_record_is_a_404(method: str, key: str) -> None:
    status, code, detail, _ = trading().refusal(method, f"/customer/{key}", {})
    assert (status, code) == (404, "NONEXISTENT_ID")
    assert detail == "The record instance does not exist. Provide a valid record instance ID."


def test_an_id_of_another_transaction_type_is_a_400_and_its_external_id_a_404() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 1))
    assert api.refusal("GET", f"/customerPayment/{sold}")[::2] == (
        400,
        "Error while accessing a resource. Transaction type specified is incorrect.",
    )
    assert api.refusal("GET", "/customerPayment/eid:in_1")[0] == 404


@pytest.mark.parametrize("path", ["/salesOrder", "/salesOrder/1"])
def test_a_record_type_it_does_not_know_is_a_404(path: str) -> None:
    assert Api().refusal("GET", path)[0] == 404


def test_record_types_are_found_whatever_their_case() -> None:
    assert trading().call("GET", "/CUSTOMER/eid:cus_1").status == 200


class TestExternalIds:
    """One namespace per group of record types, without regard to case."""

    @pytest.mark.parametrize(
        ("record_type", "body", "words"),
        [
            pytest.param("customer", customer("CUS_1"), "This entity already exists.", id="an entity's"),
            pytest.param(
                "discountItem", {"externalId": "price_1", "itemId": "x", "nonPosting": True}, "This record already exists.", id="an item's"
            ),
            pytest.param("customerPayment", payment("in_1", 1), "This record already exists.", id="a transaction's, of another type"),
        ],
    )
    def test_a_taken_external_id_is_a_400(self, record_type: str, body: dict[str, Any], words: str) -> None:
        api = trading()
        api.post("invoice", invoice("in_1", 1))
        assert api.refusal("POST", f"/{record_type}", body) == (400, "USER_ERROR", f"Error while accessing a resource. {words}", "")

    def test_groups_do_not_share_their_external_ids(self) -> None:
        api = Api()
        api.post("customer", customer("same"))
        api.post("serviceSaleItem", service("same"))
        api.post("invoice", invoice("same", 1, of="same", item="same"))

    def test_put_does_not_change_a_record_of_another_type(self) -> None:
        api = trading()
        api.post("invoice", invoice("in_1", 1))
        assert "already exists" in api.refusal("PUT", "/customerPayment/eid:in_1", payment("in_1", 1))[2]

    @pytest.mark.parametrize("external_id", ["a|b", "a b", "ä", ""])
    def test_only_letters_digits_underscore_and_hyphen_are_allowed(self, external_id: str) -> None:
        assert Api().refusal("POST", "/customer", customer(external_id))[3] == "externalId"

    def test_a_deleted_record_frees_its_external_id(self) -> None:
        api = Api()
        api.post("customer", customer())
        assert api.call("DELETE", "/customer/eid:cus_1").status == 204
        api.post("customer", customer())


class TestBodies:
    """What a body may say."""

    def test_an_unknown_property_is_dropped_with_a_warning_in_a_header(self) -> None:
        api = trading()
        body = {"email": "a@example.com", "emial": "b@example.com"}
        lax = {"X-NetSuite-PropertyNameValidation": "warning"}
        reply = api.call("PATCH", "/customer/eid:cus_1", body, None, **lax)
        assert reply.status == 204
        assert "emial" in reply.headers["X-NetSuite-Warning"]
        assert api.get("customer", "eid:cus_1")["email"] == "a@example.com"

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            pytest.param({"emial": "x"}, "emial", id="in the body"),
            pytest.param({"addressBook": items({"labell": "x"})}, "addressBook.items[0].labell", id="in a line"),
            pytest.param(
                {"addressBook": items({"addressBookAddress": {"adr1": "x"}})},
                "addressBook.items[0].addressBookAddress.adr1",
                id="in an address",
            ),
        ],
    )
    def test_an_unknown_property_is_refused_when_asked_for(self, body: dict[str, Any], path: str) -> None:
        assert trading().refusal("PATCH", "/customer/eid:cus_1", body)[1::2] == ("INVALID_CONTENT", path)

    def test_custom_fields_are_kept_where_the_account_has_them(self) -> None:
        api = trading()
        api.patch("customer", "eid:cus_1", {"custentity_stripe_id": "cus_1"})
        assert api.get("customer", "eid:cus_1")["custentity_stripe_id"] == "cus_1"
        line = {"item": eid("price_1"), "amount": 1, "custcol_service_start": "2026-03-01", "custcol_channel": ref("7")}
        sold = api.post("invoice", invoice() | {"item": items(line), "custbody_channel": "web"})
        shown = api.get("invoice", sold)
        assert (shown["custbody_channel"], shown["item"]["items"][0]["custcol_service_start"]) == ("web", "2026-03-01")
        assert shown["item"]["items"][0]["custcol_channel"]["id"] == "7"

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            pytest.param({"custbody_unknown": "x"}, "custbody_unknown", id="that the account does not have"),
            pytest.param({"custentity_stripe_id": "x"}, "custentity_stripe_id", id="of another group of records"),
            pytest.param({"custbody_stripe_created": "soon"}, "custbody_stripe_created", id="of the wrong kind"),
            pytest.param({"item": items({"custcol_unknown": "x"})}, "item.items[0].custcol_unknown", id="in a line"),
        ],
    )
    def test_a_custom_field_is_refused(self, body: dict[str, Any], path: str) -> None:
        assert trading().refusal("POST", "/invoice", invoice("in_1", 1) | body)[1::2] == ("INVALID_CONTENT", path)

    def test_two_customers_have_one_name_only_where_the_account_allows_it(self) -> None:
        trading().post("customer", customer("cus_2"))
        api = trading(unique_names=True)
        assert "UNIQUE_CUST_ID_REQD" in api.refusal("POST", "/customer", customer("cus_2", companyName="JENNY Rosen Ltd"))[2]
        api.patch("customer", "eid:cus_1", {"email": "jenny@example.com"})

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            pytest.param({"email": 5}, "email", id="a number for a text"),
            pytest.param({"isInactive": "yes"}, "isInactive", id="a text for a boolean"),
            pytest.param({"currency": "USD"}, "currency", id="a text for a reference"),
            pytest.param({"addressBook": []}, "addressBook", id="a list for a sublist"),
            pytest.param({"startDate": "2026-02-30"}, "startDate", id="a day that is none"),
            pytest.param({"startDate": "20260203"}, "startDate", id="a date written otherwise"),
            pytest.param({"creditLimit": "5"}, "creditLimit", id="a text for a number"),
            pytest.param({"creditLimit": 10**30}, "creditLimit", id="a number beyond all money"),
        ],
    )
    def test_a_value_of_the_wrong_kind_is_refused(self, body: dict[str, Any], path: str) -> None:
        assert trading().refusal("PATCH", "/customer/eid:cus_1", body)[1::2] == ("INVALID_CONTENT", path)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"companyName": "\xff"}', b'{"creditLimit": 1e999}', b"[" * 5000])
    def test_a_body_that_is_no_object_is_refused(self, body: bytes) -> None:
        assert Api().refusal("POST", "/customer", body)[:2] == (400, "INVALID_CONTENT")

    @pytest.mark.parametrize(
        ("body", "path", "key"),
        [
            pytest.param({"entity": eid("cus_9")}, "entity", "cus_9", id="an external id nobody has"),
            pytest.param({"entity": ref("9")}, "entity", "9", id="an internal id nobody has"),
            pytest.param({"item": items({"item": ref("9"), "amount": 1})}, "item.items[0].item", "9", id="in a line"),
            pytest.param({"account": ref("9")}, "account", "9", id="an account that is not in the chart"),
            pytest.param({"account": ref("400")}, "account", "400", id="an account that is not receivable"),
            pytest.param({"currency": ref("99")}, "currency", "99", id="a currency that is not set up"),
            pytest.param({"subsidiary": ref("2")}, "subsidiary", "2", id="a subsidiary that is not there"),
        ],
    )
    def test_a_wrong_reference_is_refused_with_its_path(self, body: dict[str, Any], path: str, key: str) -> None:
        status, code, detail, where = trading().refusal("POST", "/invoice", invoice("in_1", 1) | body)
        assert (status, code, where) == (400, "INVALID_CONTENT", path)
        assert detail.startswith(f"Invalid reference key {key}")

    @pytest.mark.parametrize(
        ("record_type", "body", "label"),
        [
            ("customer", {"externalId": "c"}, "Company Name"),
            ("customer", {"isPerson": True}, "First Name, Last Name"),
            ("serviceSaleItem", {"itemId": "x"}, "Income Account"),
            ("serviceSaleItem", {"incomeAccount": ref("400")}, "Item Name/Number"),
            ("discountItem", {"itemId": "x"}, "Account"),
            ("invoice", {"item": items({"item": eid("price_1"), "amount": 1})}, "Customer"),
            ("customerPayment", {"customer": eid("cus_1")}, "Payment Amount"),
            ("deposit", {"tranDate": "2026-03-01"}, "Account"),
        ],
    )
    def test_a_mandatory_field_is_asked_for_by_its_label(self, record_type: str, body: dict[str, Any], label: str) -> None:
        words = f"Error while accessing a resource. Please enter value(s) for: {label}."
        assert trading().refusal("POST", f"/{record_type}", body)[:3] == (400, "USER_ERROR", words)

    def test_entity_id_is_read_only_unless_the_account_allows_it(self) -> None:
        assert Api().refusal("POST", "/customer", customer(entityId="cus_1"))[3] == "entityId"
        api = Api(entity_id_override=True)
        api.post("customer", customer(entityId="cus_1"))

    def test_two_items_never_have_the_same_name(self) -> None:
        api = trading()
        assert "DUP_ITEM" in api.refusal("POST", "/serviceSaleItem", service("price_2", itemId="PLAN price_1"))[2]


class TestSublists:
    """Lines with a key are the same line again; lines without one pile up, unless the sublist is replaced."""

    @pytest.mark.parametrize(
        ("replace", "expected"),
        [
            pytest.param("", [10, 20, 10, 20], id="without replace they pile up"),
            pytest.param("item", [10, 20], id="with replace they do not"),
        ],
    )
    def test_item_lines_sent_again_without_their_number(self, replace: str, expected: list[int]) -> None:
        api = trading()
        for _ in range(2):
            api.put("invoice", "in_1", invoice("in_1", 10, 20), replace)
        shown = api.get("invoice", "eid:in_1")
        assert [line["amount"] for line in shown["item"]["items"]] == expected
        assert shown["total"] == sum(expected)

    def test_an_item_line_sent_with_its_number_is_changed(self) -> None:
        api = trading()
        api.post("invoice", invoice("in_1", 10, 20))
        api.patch("invoice", "eid:in_1", {"item": items({"line": 2, "amount": 25})})
        lines = [(line["line"], line["amount"], line["item"]["externalId"]) for line in api.get("invoice", "eid:in_1")["item"]["items"]]
        assert lines == [(1, 10, "price_1"), (2, 25, "price_1")]

    def test_replace_removes_the_lines_not_sent(self) -> None:
        api = trading()
        api.post("invoice", invoice("in_1", 10, 20, 30))
        api.patch("invoice", "eid:in_1", {"item": items({"line": 2}, {"item": eid("price_1"), "amount": 5})}, "item")
        assert [(line["line"], line["amount"]) for line in api.get("invoice", "eid:in_1")["item"]["items"]] == [(2, 20), (3, 5)]

    def test_apply_lines_are_told_apart_by_their_document(self) -> None:
        api = trading()
        first, second = api.post("invoice", invoice("in_1", 100)), api.post("invoice", invoice("in_2", 100))
        paid = api.post("customerPayment", payment("ch_1", 100, (first, 60)))

        def lines() -> list[tuple[str, int]]:
            return [(line["doc"]["id"], line["amount"]) for line in api.get("customerPayment", paid)["apply"]["items"]]

        api.patch("customerPayment", paid, {"apply": items(applied(first, 50), applied(second, 20))})
        assert lines() == [(first, 50), (second, 20)]
        api.patch("customerPayment", paid, {"apply": items(applied(second, 30))}, "apply")
        assert lines() == [(second, 30)]
        api.patch("customerPayment", paid, {"apply": None})
        assert lines() == []

    def test_cash_back_lines_pile_up_and_deposit_payments_do_not(self) -> None:
        api = trading()
        waiting = api.post("customerPayment", payment("ch_1", 100))
        body = deposit("po_1", waiting, cashback=items(by_account("600", 3)))
        for _ in range(2):
            api.put("deposit", "po_1", body)
        shown = api.get("deposit", "eid:po_1")
        assert (len(shown["payment"]["items"]), len(shown["cashback"]["items"]), shown["total"]) == (1, 2, 94)
        api.put("deposit", "po_1", body, "payment,other,cashback")
        assert api.get("deposit", "eid:po_1")["total"] == 97

    def test_the_same_line_twice_in_one_body_is_refused(self) -> None:
        api = trading()
        sold = api.post("invoice", invoice("in_1", 100))
        assert api.refusal("POST", "/customerPayment", payment("ch_1", 50, (sold, 20), (sold, 20)))[3] == "apply.items[1]"

    def test_replace_names_sublists_only(self) -> None:
        assert trading().refusal("PATCH", "/customer/eid:cus_1", {}, {"replace": "item"})[1] == "INVALID_REQUEST"


class TestShown:
    """What GET answers."""

    def test_sublists_are_links_until_they_are_expanded(self) -> None:
        api = trading()
        sold = api.post("invoice", invoice("in_1", 10))
        folded = api.get("invoice", sold, expandSubResources="false")
        address = folded["item"]["links"][0]["href"]
        assert set(folded["item"]) == {"links"}
        lines = api.get("invoice", sold + address.rpartition(sold)[2])
        assert lines == api.get("invoice", sold)["item"]
        assert (lines["totalResults"], lines["hasMore"], lines["items"][0]["amount"]) == (1, False, 10)

    def test_references_carry_name_and_external_id(self) -> None:
        api = trading()
        shown = api.get("invoice", api.post("invoice", invoice("in_1", 10)))
        assert {name: shown["entity"][name] for name in ("refName", "externalId")} == {"refName": "Jenny Rosen Ltd", "externalId": "cus_1"}
        assert (shown["currency"]["refName"], shown["account"]["refName"]) == ("USD", "Accounts Receivable")

    def test_fields_chooses_what_is_shown(self) -> None:
        api = trading()
        assert set(api.get("customer", "eid:cus_1", fields="id,companyName")) == {"links", "id", "companyName"}
        assert api.refusal("GET", "/customer/eid:cus_1", query={"fields": "nonsense"})[1] == "INVALID_REQUEST"

    def test_enumerations_can_be_plain(self) -> None:
        api = trading()
        sold = api.post("invoice", invoice("in_1", 10))
        assert api.get("invoice", sold, simpleEnumFormat="true")["status"] == "A"

    def test_amounts_come_back_exactly_as_the_currency_writes_them(self) -> None:
        api = trading()
        api.post("customerPayment", payment("ch_1", Decimal("1234567890123.1")))
        reply = api.call("GET", "/customerPayment/eid:ch_1", query={"fields": "payment"})
        assert b'"payment":1234567890123.10' in reply.body

    def test_a_collection_is_ids_and_links_by_the_page(self) -> None:
        api = trading()
        for number in range(3):
            api.post("customer", customer(f"c_{number}"))
        shown = api.get("customer", "", limit="2", offset="1")
        assert ([item["id"] for item in shown["items"]], shown["totalResults"], shown["hasMore"]) == (["502", "503"], 4, True)
        for query in ({"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"q": "email IS x"}):
            assert api.refusal("GET", "/customer", query=query)[1] == "INVALID_REQUEST"


class TestSuiteQL:
    """A handful of queries, strictly."""

    def ask(self, api: Api, query: str, *params: str, **options: str) -> Any:
        given = {"q": query, "params": list(params)} if params else {"q": query}
        return api.get_query(given, **options)

    def test_it_lists_currencies_and_accounts(self) -> None:
        currencies = self.ask(Api(), "SELECT id, symbol FROM currency")["items"]
        assert {row["symbol"]: row["id"] for row in currencies}["USD"] == USD
        accounts = self.ask(Api(), "select id, acctnumber, fullname, accttype from account")["items"]
        assert {"links": [], "id": "101", "acctnumber": "101", "fullname": "Checking USD", "accttype": "Bank"} in accounts

    def test_it_finds_records_by_external_id(self) -> None:
        api = trading()
        sold = api.post("invoice", invoice("in_1", 1))
        shown = self.ask(api, "SELECT id, externalid FROM transaction WHERE externalid IN (?, ?)", "in_1", "in_2")
        assert shown["items"] == [{"links": [], "id": sold, "externalid": "in_1"}]
        assert (shown["totalResults"], shown["hasMore"], shown["count"]) == (1, False, 1)
        for table, external_id in (("customer", "cus_1"), ("item", "price_1")):
            assert self.ask(api, f"SELECT id, externalid FROM {table} WHERE externalid IN (?)", external_id)["count"] == 1

    def test_it_pages(self) -> None:
        shown = self.ask(Api(), "SELECT id, symbol FROM currency", limit="3", offset="3")
        assert ([row["symbol"] for row in shown["items"]], shown["hasMore"], shown["totalResults"]) == (["EUR", "JPY", "KWD"], True, 8)

    @pytest.mark.parametrize(
        "body",
        [
            {"q": "SELECT * FROM currency"},
            {"q": "SELECT symbol, id FROM currency"},
            {"q": "SELECT id, symbol FROM currency WHERE externalid IN (?)", "params": ["x"]},
            {"q": "SELECT id, externalid FROM transaction"},
            {"q": "SELECT id, externalid FROM transaction WHERE externalid IN (?, ?)", "params": ["x"]},
            {"q": "SELECT id, externalid FROM transaction WHERE externalid IN ('x')"},
            {"q": "SELECT id, symbol FROM currency; DROP TABLE currency"},
            {"q": "SELECT id, externalid FROM vendor WHERE externalid IN (?)", "params": ["x"]},
            {"q": 5},
            {"q": "SELECT id, symbol FROM currency", "params": 5},
            {},
        ],
    )
    def test_any_other_query_is_a_400(self, body: dict[str, Any]) -> None:
        assert Api().query_status(body) == 400

    def test_the_prefer_header_is_required(self) -> None:
        assert Api().query_status({"q": "SELECT id, symbol FROM currency"}, prefer="") == 400


def test_of_many_threads_that_create_the_same_record_one_succeeds() -> None:
    api = trading()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api.call("POST", "/customerPayment", payment("ch_1", 1)).status, range(64)))
    assert sorted(statuses) == [204] + [400] * 63
    assert len(api.netsuite.records("customerPayment")) == 1
