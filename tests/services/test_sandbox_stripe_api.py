"""The sandbox's HTTP answers stripe-python as Stripe would: objects, lists, pages, expansions and errors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import stripe

from services.sandbox.stripe.app import stripe_app
from services.sandbox.stripe.faults import Fault, Faults
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.world import World
from tests.services.loopback import served
from tests.shared import needs_shared
from tests.stripe_schema import complaints

KEY = "sk_test_sandbox"


@pytest.fixture(scope="module")
def world() -> World:
    played = World()
    list(play_fortnight(played))
    return played


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="module")
def url(world: World, faults: Faults) -> Iterator[str]:
    with served(stripe_app(world, KEY, faults)) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient()
    yield stripe.StripeClient(KEY, base_addresses={"api": url}, http_client=http, max_network_retries=0)
    http.close()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def get(url: str) -> Iterator[Callable[..., Any]]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"

        def read(path: str, *params: tuple[str, str]) -> Any:
            answer = session.get(url + path, params=list(params))
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield read


def first(world: World, kind: str, **having: object) -> str:
    found = (one for one in world.account.listed(kind) if all(one[name] == value for name, value in having.items()))
    return str(next(found)["id"])


def test_every_kind_of_object_is_read_and_listed_whole(client: stripe.StripeClient, world: World) -> None:
    for path, kind in READ.items():
        service = getattr(client.v1, path)
        listed = list(service.list({"limit": 7}).auto_paging_iter())
        assert [one.id for one in listed] == [one["id"] for one in reversed(world.account.listed(kind))]
        assert service.retrieve(listed[-1].id).to_dict(for_json=True) == world.get(listed[-1].id)


def test_pages_go_backwards_too(client: stripe.StripeClient, world: World) -> None:
    newest = [one["id"] for one in reversed(world.account.listed("charge"))]
    page = client.v1.charges.list({"limit": 3, "ending_before": newest[10]})
    assert [one.id for one in page.data] == newest[7:10]
    assert page.has_more
    assert not client.v1.charges.list({"limit": 5, "ending_before": newest[5]}).has_more


def test_references_are_ids_unless_expanded(get: Callable[..., Any], world: World) -> None:
    charge = world.get(first(world, "charge", description="Pre-order"))
    path = f"/v1/charges/{charge['id']}"
    assert get(path) == charge
    expanded = get(path, ("expand[]", "customer"), ("expand[]", "payment_intent.latest_charge.balance_transaction"))
    assert expanded["customer"] == world.get(charge["customer"])
    assert expanded["payment_intent"]["latest_charge"]["balance_transaction"] == world.get(charge["balance_transaction"])
    assert expanded["balance_transaction"] == charge["balance_transaction"]


def test_the_rows_of_a_payout_come_with_their_sources(get: Callable[..., Any], world: World) -> None:
    for payout in world.account.listed("payout"):
        rows = get("/v1/balance_transactions", ("payout", payout["id"]), ("limit", "100"), ("expand[]", "data.source"))["data"]
        own = [row for row in rows if row["type"] == "payout"]
        assert [row["source"]["id"] for row in own] == [payout["id"]]
        assert sum(row["net"] for row in rows if row not in own) == payout["amount"]
        assert all(row["source"] is None or row["source"]["object"] in SOURCES for row in rows)
    of_type = get("/v1/balance_transactions", ("payout", payout["id"]), ("type", "payout"))["data"]
    assert [row["id"] for row in of_type] == [payout["balance_transaction"]]


def test_an_invoice_shows_its_payments_only_when_asked(get: Callable[..., Any], world: World) -> None:
    invoice = first(world, "invoice", status="paid")
    assert "payments" not in get(f"/v1/invoices/{invoice}")
    payments = get(f"/v1/invoices/{invoice}", ("expand[]", "payments.data.payment.payment_intent"))["payments"]["data"]
    assert [(one["status"], one["payment"]["payment_intent"]["status"]) for one in payments] == [("paid", "succeeded")]


def test_a_charge_leads_to_its_invoice(get: Callable[..., Any], world: World) -> None:
    payment = world.account.listed("invoice_payment")[3]
    intent = payment["payment"]["payment_intent"]
    asked = (("payment[type]", "payment_intent"), ("payment[payment_intent]", intent))
    rows = get("/v1/invoice_payments", *asked, ("expand[]", "data.invoice.customer"), ("expand[]", "data.invoice.discounts"))["data"]
    assert [row["id"] for row in rows] == [payment["id"]]
    assert rows[0]["invoice"]["id"] == payment["invoice"]
    assert rows[0]["invoice"]["customer"]["object"] == "customer"
    charge = get("/v1/invoice_payments", ("invoice", payment["invoice"]), ("expand[]", "data.payment.payment_intent.latest_charge"))
    assert charge["data"][0]["payment"]["payment_intent"]["latest_charge"]["object"] == "charge"


def test_the_coupon_of_an_invoice_is_found_by_expanding(get: Callable[..., Any], world: World) -> None:
    invoice = next(one["id"] for one in world.account.listed("invoice") if one["discounts"])
    discount = get(f"/v1/invoices/{invoice}", ("expand[]", "discounts.source.coupon"))["discounts"][0]
    assert discount["source"]["coupon"]["percent_off"] == 15.0


def test_an_invoice_shows_ten_lines_and_lists_them_all_in_its_own_order(client: stripe.StripeClient, world: World) -> None:
    invoice = next(one["id"] for one in world.account.listed("invoice") if one["lines"]["has_more"])
    assert len(client.v1.invoices.retrieve(invoice).lines.data) == 10
    expand = ["data.pricing.price_details.price"]
    lines = list(client.v1.invoices.line_items.list(invoice, {"limit": 4, "expand": expand}).auto_paging_iter())
    assert [int(line.quantity_decimal or 0) for line in lines] == [*range(1, 13), 1]
    assert {line.pricing.price_details.price.unit_amount for line in lines} == {29, 115}  # type: ignore[union-attr]
    assert sum(line.amount for line in lines) == world.get(invoice)["subtotal"]


def test_refunds_and_disputes_are_listed_by_charge(client: stripe.StripeClient, world: World) -> None:
    refund, dispute = world.account.listed("refund")[0], world.account.listed("dispute")[0]
    assert [one.id for one in client.v1.refunds.list({"charge": refund["charge"]}).data] == [refund["id"]]
    assert [one.id for one in client.v1.refunds.list({"payment_intent": refund["payment_intent"]}).data] == [refund["id"]]
    found = client.v1.disputes.list({"charge": dispute["charge"], "expand": ["data.charge.customer"]}).data[0]
    assert isinstance(found.charge, stripe.Charge)
    assert found.balance_transactions[0].fee == 1500


def test_events_are_filtered_by_type_and_time(client: stripe.StripeClient, world: World) -> None:
    wanted = ["charge.refunded", "payout.paid"]
    found = list(client.v1.events.list({"types": wanted, "limit": 100}).auto_paging_iter())
    assert [one.id for one in reversed(found)] == [one["id"] for one in world.events if one["type"] in wanted]
    assert {one.type for one in client.v1.events.list({"type": "payout.paid", "limit": 100}).data} == {"payout.paid"}
    day = int((world.now - timedelta(days=3)).timestamp())
    since = list(client.v1.events.list({"created": {"gte": day}, "limit": 100}).auto_paging_iter())
    assert [one.id for one in reversed(since)] == [one["id"] for one in world.events if one["created"] >= day]
    assert 0 < len(since) < len(world.events)


def test_the_balance_is_what_no_payout_has_taken(client: stripe.StripeClient, get: Callable[..., Any], world: World) -> None:
    balance = client.v1.balance.retrieve()
    own = get("/sandbox/balance")["usd"]
    amounts = [one.amount for one in balance.available] + [one.amount for one in balance.pending]
    assert sum(amounts) == own["balance"] == own["not_paid_out"]
    assert own["balance"] == sum(row["net"] for row in world.account.listed("balance_transaction"))
    assert client.v1.accounts.retrieve_current().id == world.account.id


def test_a_deleted_customer_is_a_stub() -> None:
    world = World()
    customer = world.catalogue.customer("Dan Dunn", "dan@example.com")
    charge = world.charges.pay(1999, customer=customer)
    world.catalogue.delete_customer(customer)
    with served(stripe_app(world)) as url:
        read = requests.get(f"{url}/v1/charges/{charge}?expand[]=customer.default_source", auth=(KEY, "")).json()
    assert read["customer"] == {"id": customer, "object": "customer", "deleted": True}


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "message"),
    [
        pytest.param("charges/ch_none", {}, 404, "resource_missing", "No such charge: 'ch_none'", id="an unknown object"),
        pytest.param("charges/cus_x", {"expand[]": "foo"}, 404, "resource_missing", "No such charge", id="an unknown object first"),
        pytest.param("prices", {"expand[]": "data.foo"}, 400, None, "This property cannot be expanded", id="an unknown expansion"),
        pytest.param("prices", {"expand[]": "product"}, 400, None, "try expanding 'data.product' instead", id="a list without data."),
        pytest.param(
            "invoices", {"expand[]": "data.payments.data.payment.payment_intent"}, 400, None, "more than 4 levels", id="five levels"
        ),
        pytest.param("prices", {"colour": "red"}, 400, "parameter_unknown", "colour", id="an unknown parameter"),
        pytest.param("charges", {"limit": "101"}, 400, "parameter_invalid_integer", "between 1 and 100", id="too large a page"),
        pytest.param("charges", {"starting_after": "ch_x"}, 400, "resource_missing", "No such charge", id="a page after nothing"),
        pytest.param("nonsense/x", {}, 404, None, "Unrecognized request URL (GET: /v1/nonsense/x)", id="an unknown address"),
    ],
)
def test_it_refuses_as_stripe_does(url: str, path: str, params: dict[str, str], status: int, code: str | None, message: str) -> None:
    answer = requests.get(f"{url}/v1/{path}", params=params, headers={"Authorization": f"Bearer {KEY}"})
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error["type"]) == (status, code, "invalid_request_error")
    assert message in error["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="no key"),
        pytest.param({"Authorization": "Bearer sk_test_other"}, 401, id="another key"),
        pytest.param({"Authorization": "Basic ???"}, 401, id="no base64"),
        pytest.param({"Authorization": f"Bearer {KEY}"}, 200, id="the key"),
        pytest.param({"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}, 200, id="the key as a user name"),
        pytest.param({"Authorization": f"Bearer {KEY}", "Stripe-Account": "acct_other"}, 403, id="another account"),
        pytest.param({"Authorization": f"Bearer {KEY}", "Stripe-Version": "2020-08-27"}, 400, id="another version"),
    ],
)
def test_it_lets_in_who_has_the_key(url: str, headers: dict[str, str], status: int) -> None:
    answer = requests.get(f"{url}/v1/customers", headers=headers)
    assert answer.status_code == status
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    assert ("error" in answer.json()) == (status != 200)


def test_a_scripted_fault_is_met_once(client: stripe.StripeClient, faults: Faults, world: World) -> None:
    charge = first(world, "charge")
    faults.script(Fault(path="/v1/charges"))
    client.v1.customers.list()
    with pytest.raises(stripe.RateLimitError) as limited:
        client.v1.charges.retrieve(charge)
    assert limited.value.http_status == 429
    assert client.v1.charges.retrieve(charge).id == charge


def test_a_fault_can_be_scripted_from_outside(client: stripe.StripeClient, url: str) -> None:
    fault = {"path": "/v1/prices", "status": 503, "code": "", "message": "Down.", "retry_after": 2}
    assert requests.post(f"{url}/sandbox/faults", json=fault).status_code == 204
    with pytest.raises(stripe.APIError) as down:
        client.v1.prices.list()
    assert (down.value.http_status, (down.value.headers or {}).get("retry-after")) == (503, "2")
    assert requests.post(f"{url}/sandbox/faults", json={"colour": "red"}).status_code == 400


@needs_shared
def test_expanded_objects_look_like_stripes(get: Callable[..., Any], world: World) -> None:
    invoice = next(one["id"] for one in world.account.listed("invoice") if one["discounts"] and one["total_taxes"])
    refund = world.account.listed("refund")[0]
    answers = [
        get(f"/v1/invoices/{invoice}", ("expand[]", "payments.data.payment.payment_intent"), ("expand[]", "discounts.source.coupon")),
        get(f"/v1/charges/{refund['charge']}", ("expand[]", "refunds.data.balance_transaction"), ("expand[]", "customer")),
        get(f"/v1/payouts/{first(world, 'payout')}", ("expand[]", "destination"), ("expand[]", "balance_transaction.source")),
        *get(f"/v1/invoices/{invoice}/lines", ("expand[]", "data.pricing.price_details.price"))["data"],
        get("/v1/balance"),
        get("/v1/account"),
    ]
    assert [complaint for answer in answers for complaint in complaints(answer)] == []


SOURCES = {"charge", "refund", "dispute", "payout"}
READ = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "coupons": "coupon",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice_payment",
    "invoices": "invoice",
    "payment_intents": "payment_intent",
    "payouts": "payout",
    "prices": "price",
    "products": "product",
    "refunds": "refund",
    "subscriptions": "subscription",
    "tax_rates": "tax_rate",
}
