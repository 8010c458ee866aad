"""Every object, list, event and error that the sandbox's Stripe answers over HTTP has Stripe's shape, at every address it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.expand import EXPANDABLE
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.lists import BELOW, RESOURCES
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes import WRITES
from tests.services.loopback import served
from tests.shared import needs_shared
from tests.stripe_schema import complaints

pytestmark = [needs_shared, pytest.mark.xdist_group("stripe-schema")]
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def world() -> World:
    played = World()
    list(play_fortnight(played, wide=True))
    return played


@pytest.fixture(scope="module")
def ask(world: World) -> Iterator[Ask]:
    """One request; its answer, checked, and the address remembered in `ask.asked`."""
    with served(stripe_app(world)) as url, requests.Session() as session:
        session.auth = (API_KEY, "")
        session.headers["Content-Type"] = "application/x-www-form-urlencoded"

        def answered(method: str, path: str, body: str = "", **keys: str) -> Any:
            sent = {"params": body} if method == "GET" else {"data": body}
            answer = session.request(method, url + path.format(**keys), timeout=30, **sent)  # type: ignore[arg-type]
            assert answer.status_code == 200, f"{method} {path}: {answer.text}"
            assert list(complaints(answer.json())) == [], f"{method} {path}"
            asked.add((method, path))
            return answer.json()

        asked: set[tuple[str, str]] = set()
        answered.asked = asked  # type: ignore[attr-defined]
        yield answered


def test_every_write(ask: Ask, world: World) -> None:
    first = len(world.events)
    buy(ask)
    bill(ask)
    move(ask)
    pending = world.refunds.refund(world.charges.pay(900), pending="processing")
    ask("POST", "/v1/refunds/{id}/cancel", id=pending)
    assert WRITES.keys() - ask.asked == set()  # type: ignore[attr-defined]
    assert [complaint for event in world.events[first:] for complaint in complaints(event)] == []
    world.prove()


def buy(ask: Ask) -> None:
    """Customers, prices, payments."""

    def post(path: str, body: str = "", **keys: str) -> str:
        return str(ask("POST", f"/v1/{path}", body, **keys)["id"])

    customer = post("customers", "name=Ada&metadata[k]=v&address[line1]=1 Lane&address[country]=GB")
    post("customers/{id}", "email=ada@example.com&invoice_settings[default_payment_method]=", id=customer)
    source = post("customers/{id}/sources", "source=tok_visa", id=customer)
    post("customers/{id}/sources/{source}", "metadata[k]=v", id=customer, source=source)
    method = post("payment_methods", "type=card&card[token]=tok_amex")
    post("payment_methods/{id}/attach", f"customer={customer}", id=method)
    post("payment_methods/{id}", "metadata[k]=v", id=method)
    post("payment_methods/{id}/detach", id=method)
    ask("DELETE", "/v1/customers/{id}", id=customer)
    product = post("products", "name=Pro")
    post("products/{id}", "description=Better", id=product)
    ask("DELETE", "/v1/products/{id}", id=product)
    price = post("prices", "product_data[name]=Club&unit_amount_decimal=0.5&currency=usd")
    post("prices/{id}", "active=false", id=price)
    coupon = post("coupons", "percent_off=20")
    post("coupons/{id}", "name=Some", id=coupon)
    ask("DELETE", "/v1/coupons/{id}", id=coupon)
    rate = post("tax_rates", "display_name=VAT&percentage=20&inclusive=true")
    post("tax_rates/{id}", "description=Value", id=rate)

    def intend(more: str) -> Any:
        return ask("POST", "/v1/payment_intents", f"amount=5000&currency=usd&{more}")

    intend("payment_method=pm_card_authenticationRequired&confirm=true")
    waiting = intend("payment_method=pm_card_bypassPending")["id"]
    post("payment_intents/{id}", "description=Shop", id=waiting)
    paid = ask("POST", "/v1/payment_intents/{id}/confirm", id=waiting)["latest_charge"]
    post("charges/{id}", "metadata[k]=v", id=paid)
    refund = post("refunds", f"charge={paid}&amount=100")
    post("refunds/{id}", "metadata[k]=v", id=refund)
    manual = "capture_method=manual&payment_method=pm_card_visa&confirm=true"
    post("payment_intents/{id}/capture", "amount_to_capture=4000", id=intend(manual)["id"])
    post("charges/{id}/capture", id=intend(manual)["latest_charge"])
    post("payment_intents/{id}/cancel", id=intend(manual)["id"])
    disputed = intend("payment_method=pm_card_createDispute&confirm=true")["id"]
    dispute = ask("GET", "/v1/disputes", f"payment_intent={disputed}")["data"][0]["id"]
    post("disputes/{id}", "metadata[k]=v", id=dispute)
    post("disputes/{id}/close", id=dispute)


def bill(ask: Ask) -> None:
    """Invoices, subscriptions, credit notes."""

    def post(path: str, body: str = "", **keys: str) -> str:
        return str(ask("POST", f"/v1/{path}", body, **keys)["id"])

    def draft(more: str = "") -> str:
        post("invoiceitems", f"customer={customer}&amount=2000&currency=usd")
        return post("invoices", f"customer={customer}&pending_invoice_items_behavior=include{more}")

    card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
    customer = post("customers", card)
    item = post("invoiceitems", f"customer={customer}&amount=2000&currency=usd")
    post("invoiceitems/{id}", "description=Work", id=item)
    ask("DELETE", "/v1/invoiceitems/{id}", id=item)
    ask("DELETE", "/v1/invoices/{id}", id=draft())
    sent = draft("&collection_method=send_invoice&days_until_due=7")
    post("invoices/{id}/send", id=sent)
    post("invoices/{id}", "description=Late", id=sent)
    line = "lines[0][type]=custom_line_item&lines[0][unit_amount]=500&lines[0][quantity]=2&lines[0][description]=Sorry"
    note = post("credit_notes", f"invoice={sent}&{line}")
    post("credit_notes/{id}", "memo=Again", id=note)
    post("credit_notes/{id}/void", id=note)
    post("invoices/{id}/mark_uncollectible", id=sent)
    post("invoices/{id}/void", id=sent)
    final = draft()
    post("invoices/{id}/finalize", id=final)
    post("invoices/{id}/pay", id=final)
    price = post("prices", "product_data[name]=Club&unit_amount=900&currency=usd&recurring[interval]=month")
    subscription = post("subscriptions", f"customer={customer}&items[0][price]={price}")
    post("subscriptions/{id}", "metadata[k]=v", id=subscription)
    ask("DELETE", "/v1/subscriptions/{id}", id=subscription)


def move(ask: Ask) -> None:
    """Payouts, top-ups, transfers."""

    def post(path: str, body: str = "", **keys: str) -> str:
        return str(ask("POST", f"/v1/{path}", body, **keys)["id"])

    post("topups/{id}", "description=More", id=post("topups", "amount=90000&currency=usd"))
    post("payouts", "amount=100&currency=usd&method=instant")
    payout = post("payouts", "amount=100&currency=usd")
    post("payouts/{id}", "metadata[k]=v", id=payout)
    post("payouts/{id}/cancel", id=payout)
    transfer = post("transfers", f"amount=90&currency=usd&destination={post('accounts')}")
    post("transfers/{id}", "description=Share", id=transfer)
    post("transfers/{id}/reversals", "amount=9", id=transfer)


def test_every_list_and_every_object(ask: Ask, world: World) -> None:
    world.connect.earn(500)
    world.connect.reverse(world.connect.transfer(100), 50)
    world.connect.top_up(5000)
    world.items.create(world.catalogue.customer("Ida", None), amount=500)
    world.methods.take("pm_card_visa")
    for path in RESOURCES:
        page = ask("GET", f"/v1/{path}", "limit=100")
        assert page["data"], f"the fortnight has no {path}"
        ask("GET", f"/v1/{path}/{{id}}", id=page["data"][-1]["id"])
    for owners, name in BELOW:
        kind = RESOURCES[owners].kind
        longest = max((ask("GET", f"/v1/{owners}/{{id}}/{name}", id=one["id"]) for one in world.account.listed(kind)[-40:]), key=rows)
        assert longest["data"], f"no {owners} have {name}"
    ask("GET", "/v1/balance")
    ask("GET", "/v1/account")


def rows(page: Json) -> int:
    return len(page["data"])


def test_every_expansion(ask: Ask, world: World) -> None:
    """Of an object of each kind that has something there."""
    expanded = 0
    for path, resource in RESOURCES.items():
        for below in sorted(EXPANDABLE.get(resource.kind, ())):
            found = next((one for one in reversed(world.account.listed(resource.kind)) if leads(one, below.split("."))), None)
            if found is None:
                continue
            ask("GET", f"/v1/{path}/{{id}}", f"expand[]={below}", id=found["id"])
            expanded += 1
    assert expanded >= 35, "of what the fortnight alone leaves; the writes add to it"


def leads(node: object, names: list[str]) -> bool:
    """Whether something stands at the path; what only appears when expanded does."""
    if not names:
        return bool(node)
    if isinstance(node, list):
        return any(leads(one, names) for one in node)
    return isinstance(node, dict) and (leads(node.get(names[0]), names[1:]) or names[0] in {"payments", "refunds", "subscriptions"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("GET", "/v1/charges/ch_none", "", id="an unknown object"),
        pytest.param("POST", "/v1/customers", "colour=red", id="an unknown parameter"),
        pytest.param("POST", "/v1/nonsense", "", id="an unknown address"),
        pytest.param(
            "POST",
            "/v1/payment_intents",
            "amount=100&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true",
            id="a declined card",
        ),
    ],
)
def test_every_error(world: World, method: str, path: str, body: str) -> None:
    """https://docs.stripe.com/api/errors"""
    with served(stripe_app(world)) as url:
        answer = requests.request(
            method, url + path, data=body, auth=(API_KEY, ""), headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=10
        )
    error = answer.json()["error"]
    assert answer.json().keys() == {"error"}
    assert error.keys() <= {"charge", "code", "decline_code", "message", "payment_intent", "type"}
    assert error["type"] in {"card_error", "invalid_request_error"}
    assert list(complaints(error["payment_intent"]) if "payment_intent" in error else ()) == []
