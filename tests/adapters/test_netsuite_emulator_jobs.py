"""Asynchronous calls, batches, transforms and metadata of the emulated NetSuite, as Oracle's help describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from adapters.netsuite.emulator import NetSuite, Reply
from adapters.netsuite.emulator.hindrances import Hindrance, What
from tests.adapters.netsuite_account import RECORDS, Api, Body, applied, customer, eid, invoice, items, noon, payment, ref, service, trading

JOB = "/services/rest/async/v1/job"
COLLECTION = {"Prefer": "respond-async", "Content-Type": "application/vnd.oracle.resource+json; type=collection"}


def get(api: Api, path: str) -> Any:
    reply = api.netsuite.handle("GET", path, {}, {}, b"")
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def submit(api: Api, method: str, record_type: str, *bodies: Body, query: Mapping[str, str] | None = None, **headers: str) -> str:
    """The address of the job."""
    body = items(*bodies) if bodies else None
    reply = api.call(method, f"/{record_type}", body, query, **{**COLLECTION, **headers})
    assert (reply.status, reply.body, reply.headers["Preference-Applied"]) == (202, b"", "respond-async")
    return reply.headers["Location"]


def results(api: Api, job: str) -> Sequence[Reply]:
    links = [item["links"][0]["href"] for item in get(api, f"{job}/task")["items"]]
    return [api.netsuite.handle("GET", link[link.index("/services") :] + "/result", {}, {}, b"") for link in links]


def test_a_single_call_is_accepted_and_carried_out_later() -> None:
    clock = [noon()]
    api = Api()
    api.netsuite = NetSuite(now=lambda: clock[0])
    api.netsuite.jobs.delay_s = 5
    reply = api.call("POST", "/customer", customer(), Prefer="respond-async")
    assert (reply.status, reply.headers["Location"]) == (202, f"{JOB}/1")
    told = get(api, f"{JOB}/1")
    assert (told["id"], told["completed"], told["progress"]) == ("1", False, "pending")
    assert api.call("GET", "/customer/eid:cus_1").status == 404
    assert api.netsuite.handle("GET", f"{JOB}/1/task/1/result", {}, {}, b"").status == 404, "there is no result yet"
    clock[0] += timedelta(seconds=5)
    told = get(api, f"{JOB}/1")
    assert (told["completed"], told["progress"]) == (True, "succeeded")
    assert get(api, f"{JOB}/1/task/1")["progress"] == "succeeded"
    (result,) = results(api, f"{JOB}/1")
    assert result.status == 204
    assert result.headers["Location"].endswith(f"{RECORDS}/customer/{api.get('customer', 'eid:cus_1')['id']}")


def test_a_batch_is_as_many_tasks_and_each_record_stands_alone() -> None:
    api = trading()
    job = submit(api, "POST", "invoice", invoice("in_1", 10), invoice("in_2", 20, of="cus_9"), invoice("in_3", 30))
    assert get(api, job)["progress"] == "failed"
    assert [result.status for result in results(api, job)] == [204, 400, 204]
    assert json.loads(results(api, job)[1].body)["o:errorDetails"][0]["o:errorCode"] == "INVALID_CONTENT"
    assert [record.external_id for record in api.netsuite.records("invoice")] == ["in_1", "in_3"]


def test_a_batch_upserts_by_external_id_amends_by_either_id_and_deletes_by_ids() -> None:
    api = trading()
    number = api.get("customer", "eid:cus_1")["id"]
    upserted = submit(api, "PUT", "customer", customer(email="a@example.com"), customer("cus_2"))
    amended = submit(api, "PATCH", "customer", {"id": number, "phone": "1"}, {"externalId": "cus_2", "phone": "2"})
    assert [result.status for job in (upserted, amended) for result in results(api, job)] == [204] * 4
    assert [(one.external_id, one.fields.get("email"), one.fields["phone"]) for one in api.netsuite.records("customer")] == [
        ("cus_1", "a@example.com", "1"),
        ("cus_2", None, "2"),
    ]
    read = submit(api, "GET", "customer", query={"ids": f"{number},eid:cus_2,eid:cus_3"})
    assert [result.status for result in results(api, read)] == [200, 200, 404]
    submit(api, "DELETE", "customer", query={"ids": f"{number},eid:cus_2"})
    get(api, f"{JOB}/1")
    assert not api.netsuite.records("customer")


def test_a_batch_has_a_hundred_records_at_most_and_must_be_asynchronous() -> None:
    api = Api()
    many = [customer(f"cus_{number}") for number in range(101)]
    assert api.refusal("POST", "/customer", items(*many), None, **COLLECTION)[1] == "INVALID_REQUEST"
    submit(api, "POST", "customer", *many[:100])
    assert len(api.netsuite.records("customer")) == 100
    assert api.refusal("POST", "/customer", items(many[100]), None, **{**COLLECTION, "Prefer": ""})[1] == "INVALID_REQUEST"
    assert api.refusal("POST", "/customer", items(many[100]), Prefer="respond-async")[1] == "INVALID_CONTENT", "observed: the content type"
    assert api.refusal("PUT", "/customer", items({"companyName": "x"}), None, **COLLECTION)[0] == 400, "PUT knows its record by externalId"


def test_an_idempotency_key_that_was_seen_before_names_the_first_job_and_does_nothing() -> None:
    api = trading()
    key = {"X-NetSuite-Idempotency-Key": "cac827ea-3543-4cda-add2-bae634326c27"}
    job = submit(api, "POST", "customer", customer("cus_2"), query=None, **key)
    again = api.call("POST", "/customer", items(customer("cus_3")), None, **COLLECTION, **key)
    assert (again.status, again.headers["Location"]) == (400, job)
    told = json.loads(again.body)
    assert (told["title"], told["o:errorDetails"][0]["o:errorCode"]) == ("Conflict", "IDEMPOTENCY_ERROR")
    assert len(api.netsuite.records("customer")) == 2
    api.post("customer", customer("cus_4"))
    assert api.call("POST", "/customer", customer("cus_5"), None, **key).status == 204, "a synchronous call knows no key"


def test_what_no_job_was_submitted_for_is_not_there() -> None:
    assert trading().netsuite.handle("GET", f"{JOB}/9", {}, {}, b"").status == 404


def test_an_invoice_is_transformed_into_its_payment() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 70, 30))
    assert api.call("POST", f"/invoice/{sold}/!transform/customerPayment", {"externalId": "ch_1", "tranDate": "2026-03-02"}).status == 204
    assert api.call("POST", "/invoice/eid:in_1/!transform/customerPayment", {"externalId": "ch_2", "payment": 1}).status == 400
    paid = api.get("customerPayment", "eid:ch_1")
    assert (paid["payment"], paid["apply"]["items"][0]["doc"]["id"], paid["unapplied"]) == (100, sold, 0)
    assert api.get("invoice", sold)["amountRemaining"] == 0


def test_an_invoice_is_transformed_into_a_credit_memo_of_its_lines_with_the_application_that_the_body_names() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 70, 30))
    body = {"externalId": "re_1-memo", "tranDate": "2026-03-02", "apply": items(applied(sold, 100))}
    assert api.call("POST", f"/invoice/{sold}/!transform/creditMemo", body).status == 204
    memo = api.get("creditMemo", "eid:re_1-memo")
    assert ([line["amount"] for line in memo["item"]["items"]], memo["createdFrom"]["id"]) == ([70, 30], sold)
    assert api.get("invoice", sold)["amountRemaining"] == 0


def test_a_payments_rest_is_transformed_into_its_refund_and_a_customer_into_sale_and_payment() -> None:
    api = trading()
    paid = api.post("customerPayment", payment("ch_1", 50))
    body = {"externalId": "re_1", "tranDate": "2026-03-03"}
    assert api.call("POST", f"/customerPayment/{paid}/!transform/customerRefund", body).status == 204
    assert api.get("customerRefund", "eid:re_1")["total"] == 50
    bought = {"externalId": "in_2", "item": items({"item": eid("price_1"), "amount": 5})}
    assert api.call("POST", "/customer/eid:cus_1/!transform/invoice", bought).status == 204
    assert api.call("POST", "/customer/eid:cus_1/!transform/customerPayment", {"externalId": "ch_2", "payment": 5}).status == 204
    assert api.refusal("POST", "/customer/eid:cus_1/!transform/deposit", {})[1] == "INVALID_REQUEST"


def test_the_catalog_tells_standard_and_custom_fields() -> None:
    api = Api()
    accept = {"Accept": "application/swagger+json"}
    told = json.loads(api.call("GET", "/metadata-catalog", None, {"select": "invoice,customer"}, **accept).body)
    assert list(told["components"]["schemas"]) == ["invoice", "customer"]
    sale = told["components"]["schemas"]["invoice"]["properties"]
    assert {"tranDate", "custbody_channel", "item"} <= set(sale)
    assert "custcol_channel" in sale["item"]["properties"]["items"]["items"]["properties"]
    schema = api.call("GET", "/metadata-catalog/deposit", Accept="application/schema+json")
    assert (schema.headers["Content-Type"], "cashback" in json.loads(schema.body)["properties"]) == ("application/schema+json", True)
    assert "journalEntry" in [item["name"] for item in json.loads(api.call("GET", "/metadata-catalog").body)["items"]]
    assert api.call("GET", "/metadata-catalog/vendorBill").status == 404


def test_the_server_tells_its_time() -> None:
    assert get(Api(), "/services/rest/system/v1/serverTime") == {"serverTime": "2026-03-15T12:00:00Z"}


def test_records_are_found_by_external_id_with_their_types() -> None:
    api = trading()
    api.post("invoice", invoice("in_1", 5))
    api.post("customerPayment", payment("ch_1", 5))
    asked = {"q": "SELECT id, externalid, type FROM transaction WHERE externalid IN (?, ?, ?)", "params": ["CH_1", "in_1", "in_9"]}
    assert [(row["externalid"], row["type"]) for row in api.get_query(asked)["items"]] == [("in_1", "CustInvc"), ("ch_1", "CustPymt")]
    asked = {"q": "SELECT id, externalid, itemtype FROM item WHERE externalid IN (?)", "params": ["price_1"]}
    assert [row["itemtype"] for row in api.get_query(asked)["items"]] == ["Service"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (What.SCRIPT_REJECTS, "no sale on Sundays"),
        (What.RECORD_CHANGED, "RCRD_HAS_BEEN_CHANGED"),
        (What.NO_PERMISSION, "does not have permission to perform this action"),
    ],
)
def test_what_the_account_puts_in_a_records_way_leaves_nothing_behind(what: What, words: str) -> None:
    api = trading()
    api.netsuite.hindrances.add(Hindrance(what, "invoice", "in_1" if what is not What.NO_PERMISSION else "", text="no sale on Sundays"))
    assert words in api.refusal("POST", "/invoice", invoice("in_1", 5))[2]
    assert not api.netsuite.records("invoice")
    api.post("invoice", invoice("in_1", 5))


def test_a_script_may_change_a_record_and_fail_after_it_was_saved() -> None:
    api = trading()
    more = json.dumps({"memo": "by a script", "item": items({"item": ref(api.get("serviceSaleItem", "eid:price_1")["id"]), "amount": 1})})
    api.netsuite.hindrances.add(Hindrance(What.SCRIPT_CHANGES, "invoice", fields=msgspec.Raw(more.encode())))
    api.post("invoice", invoice("in_1", 5))
    held = api.get("invoice", "eid:in_1")
    assert (held["total"], held["memo"]) == (6, "by a script")
    api.netsuite.hindrances.add(Hindrance(What.AFTER_SUBMIT_FAILED, external_id="in_2", text="the warehouse does not answer"))
    assert "warehouse" in api.refusal("POST", "/invoice", invoice("in_2", 5))[2]
    assert api.get("invoice", "eid:in_2")["total"] == 5, "it was saved nevertheless"


def test_a_workflow_locks_what_is_there_and_not_what_is_new() -> None:
    api = trading()
    api.netsuite.hindrances.add(Hindrance(What.WORKFLOW_LOCK, "serviceSaleItem", times=None))
    api.post("serviceSaleItem", service("price_2"))
    assert "locked by a user defined workflow" in api.refusal("PATCH", "/serviceSaleItem/eid:price_2", {"displayName": "x"})[2]
    api.netsuite.hindrances.clear()
    api.patch("serviceSaleItem", "eid:price_2", {"displayName": "x"})
