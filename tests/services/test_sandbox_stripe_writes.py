"""What a merchant's program does to the sandbox's Stripe over HTTP: made, paid, refused, edited, and answered as Stripe answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import stripe

from services.sandbox.stripe.app import stripe_app
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes import WRITES
from tests.services.loopback import served
from tests.shared import SHARED, needs_shared

KEY = "sk_test_sandbox"
Post = Callable[..., Any]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def url(world: World) -> Iterator[str]:
    with served(stripe_app(world)) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient()
    yield stripe.StripeClient(KEY, base_addresses={"api": url}, http_client=http, max_network_retries=0)
    http.close()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def send(url: str) -> Iterator[Callable[..., requests.Response]]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"
        session.headers["Content-Type"] = "application/x-www-form-urlencoded"
        yield lambda path, body="", method="POST", **headers: session.request(method, url + path, data=body, headers=headers, timeout=10)


def told(world: World, about: str) -> list[str]:
    return [event["type"] for event in world.events if event["data"]["object"]["id"] == about]


def test_a_payment_is_made_refunded_and_disputed_as_its_test_card_says(client: stripe.StripeClient, world: World) -> None:
    def pay(card: str) -> str:
        intent = client.v1.payment_intents.create(
            {"amount": 2000, "currency": "usd", "payment_method": f"pm_card_{card}", "confirm": True, "metadata": {"order": "7"}}
        )
        return str(intent.latest_charge)

    charge = pay("visa")
    assert (world.get(charge)["status"], world.get(charge)["metadata"]) == ("succeeded", {"order": "7"})
    refund = client.v1.refunds.create({"charge": charge, "amount": 500})
    assert (refund.status, world.get(charge)["amount_refunded"]) == ("succeeded", 500)
    disputed = pay("createDispute")
    assert told(world, world.account.listed("dispute", "charge", disputed)[0]["id"]) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    [inquiry] = client.v1.disputes.list({"charge": pay("createDisputeInquiry")}).data
    assert inquiry.status == "warning_needs_response"
    assert client.v1.disputes.close(inquiry.id).status == "warning_closed"
    world.prove()


def test_a_card_that_is_declined_is_an_error_that_names_the_charge(client: stripe.StripeClient, world: World) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds", "confirm": True}
        )
    error = refused.value.error
    assert error is not None
    assert (refused.value.http_status, error.code, error.decline_code) == (402, "card_declined", "insufficient_funds")
    assert world.get(str(error.charge))["status"] == "failed"
    assert told(world, str(error.charge)) == ["charge.failed"]


def test_an_authorisation_is_captured_in_part_or_given_back(client: stripe.StripeClient, world: World) -> None:
    asked: Any = {"amount": 6000, "currency": "usd", "capture_method": "manual", "payment_method": "pm_card_visa", "confirm": True}
    first, second = (client.v1.payment_intents.create(asked) for _ in range(2))
    assert client.v1.payment_intents.capture(first.id, {"amount_to_capture": 4500}).amount_received == 4500
    assert client.v1.payment_intents.cancel(second.id).status == "canceled"
    assert [world.get(str(one.latest_charge))["amount_refunded"] for one in (first, second)] == [1500, 6000]
    world.prove()


def test_items_become_an_invoice_that_a_customers_card_pays(client: stripe.StripeClient, world: World) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com", "address": {"line1": "1 Lane", "country": "GB"}})
    client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    price = client.v1.prices.create({"product_data": {"name": "Pro"}, "unit_amount": 1250, "currency": "usd"})
    client.v1.invoice_items.create({"customer": customer.id, "pricing": {"price": price.id}, "quantity": 2})
    client.v1.invoice_items.create({"customer": customer.id, "amount": 499, "currency": "usd", "description": "Set-up"})
    draft = client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert [(line.amount, line.description) for line in draft.lines.data] == [(2500, "2 × Pro"), (499, "Set-up")]
    method = world.account.listed("payment_method", "customer", customer.id)[0]["id"]
    paid = client.v1.invoices.pay(draft.id, {"payment_method": method, "expand": ["payments.data.payment.payment_intent"]})
    assert (paid.status, paid.amount_paid) == ("paid", 2999)
    charge = world.get(paid.payments.data[0].payment.payment_intent.latest_charge)  # type: ignore[union-attr,arg-type]
    assert charge["payment_method_details"]["card"]["last4"] == "4444"
    assert told(world, draft.id)[-2:] == ["invoice.paid", "invoice.payment_succeeded"]


def test_a_subscription_is_active_once_its_first_invoice_is_paid_and_incomplete_when_the_card_is_declined(
    client: stripe.StripeClient, world: World
) -> None:
    monthly: Any = {"product_data": {"name": "Club"}, "unit_amount": 900, "currency": "usd", "recurring": {"interval": "month"}}
    price = client.v1.prices.create(monthly)

    def subscribe(card: str) -> stripe.Subscription:
        given: Any = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        customer = client.v1.customers.create(given)
        return client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})

    assert [subscribe(card).status for card in ("pm_card_visa", "pm_card_chargeCustomerFail")] == ["active", "incomplete"]
    trial = client.v1.subscriptions.create(
        {"customer": client.v1.customers.create({}).id, "items": [{"price": price.id}], "trial_period_days": 2}
    )
    assert (trial.status, told(world, trial.id)[-1]) == ("trialing", "customer.subscription.trial_will_end")
    assert client.v1.subscriptions.cancel(trial.id).status == "canceled"


def test_metadata_is_merged_and_an_empty_value_removes_its_key(client: stripe.StripeClient, world: World) -> None:
    product = client.v1.products.create({"name": "Pro", "metadata": {"a": "1", "b": "2"}})
    client.v1.products.update(product.id, {"metadata": {"b": "", "c": "3"}})
    assert world.get(product.id)["metadata"] == {"a": "1", "c": "3"}
    client.v1.products.update(product.id, {"metadata": {"c": "3"}})
    assert told(world, product.id) == ["product.created", "product.updated"], "what changes nothing tells nothing"


def test_a_deleted_object_is_a_stub_and_in_no_list(client: stripe.StripeClient, world: World) -> None:
    customer = client.v1.customers.create({"name": "Dan"})
    item = client.v1.invoice_items.create({"customer": customer.id, "amount": 100, "currency": "usd"})
    draft = client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert client.v1.invoices.delete(draft.id).deleted
    assert world.get(item.id) == {"id": item.id, "object": "invoiceitem", "deleted": True}
    assert client.v1.invoices.list({"customer": customer.id}).data == []
    assert client.v1.customers.delete(customer.id).deleted


def test_the_same_key_makes_it_once_and_other_parameters_are_refused(send: Post, world: World) -> None:
    made = [send("/v1/customers", "name=Ida", **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert [answer.headers.get("Idempotent-Replayed") for answer in made] == [None, "true"]
    other = send("/v1/customers", "name=Eve", **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert [one["name"] for one in world.account.listed("customer")].count("Ida") == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "message"),
    [
        pytest.param("/v1/customers", "colour=red", 400, "parameter_unknown", "colour", id="an unknown parameter"),
        pytest.param("/v1/customers/cus_x", "name=A", 404, "resource_missing", "No such customer: 'cus_x'", id="of nothing"),
        pytest.param("/v1/refunds", "charge=ch_x", 400, "resource_missing", "No such charge", id="a parameter names nothing"),
        pytest.param("/v1/refunds", "", 400, "parameter_missing", "charge, payment_intent", id="neither of two"),
        pytest.param("/v1/payouts", "amount=1e3&currency=usd", 400, "parameter_invalid_integer", "1e3", id="no whole number"),
        pytest.param("/v1/payouts", "amount=999999&currency=usd", 400, "balance_insufficient", "999999", id="more than there is"),
        pytest.param("/v1/tax_rates", "display_name=T&percentage=NaN", 400, "parameter_invalid_string", "NaN", id="no number"),
        pytest.param("/v1/subscriptions", "customer=c&items[0][colour]=x", 400, "parameter_unknown", "items[0][colour]", id="inside"),
        pytest.param("/v1/payment_intents", "amount=10&currency=usd", 400, "amount_too_small", "10 usd", id="too small"),
        pytest.param("/v1/payment_methods/pm_card_x/attach", "customer=c", 404, "resource_missing", "No such customer", id="no customer"),
        pytest.param("/v1/customers", "source=tok_x", 400, "resource_missing", "No such PaymentMethod: 'tok_x'", id="no such card"),
        pytest.param("/v1/customers", "name[", 400, "parameter_unknown", "name[", id="a name with half a bracket"),
        pytest.param("/v1/customers", "name=%ff", 400, None, "UTF-8", id="no UTF-8"),
        pytest.param("/v1/charges", "amount=100", 404, None, "Unrecognized request URL (POST: /v1/charges)", id="what it has not"),
    ],
)
def test_it_refuses_as_stripe_does_and_nothing_happens(
    send: Post, world: World, path: str, body: str, status: int, code: str | None, message: str
) -> None:
    before = world.account.size
    answer = send(path, body)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error["type"]) == (status, code, "invalid_request_error")
    assert message in error["message"]
    assert world.account.size == before


def test_a_form_is_read_as_stripe_writes_it() -> None:
    form = Form.of(b"items[1][price]=b&items[0][price]=a&tags[]=x&tags[]=y&metadata[k]=v&on=true&empty=&n=-7")
    assert [row.needed("price") for row in form.rows("items")] == ["a", "b"]
    assert (form.list("tags"), form.texts("metadata"), form.flag("on"), form.whole("n")) == (["x", "y"], {"k": "v"}, True, -7)
    assert (form.text("empty"), form.has("empty"), form.text("absent")) == (None, True, None)


@needs_shared
def test_what_it_takes_is_what_stripe_takes() -> None:
    document = json.loads((SHARED / "stripe/schema/openapi-derived-2026-10-28.endive.json").read_text())
    older = {"payment_method_types"}  # left with endive; the Stripe CLI, which names no version, still sends it
    checked = 0
    for (method, path), write in WRITES.items():
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None or "requestBody" not in operation:
            continue
        known = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"].get("properties", {})
        assert {*write.takes.split()} - known.keys() - older == set(), (method, path)
        checked += 1
    assert checked > 25
