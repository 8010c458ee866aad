"""Every sample object of the shared story is read whole, and every expansion that is asked for exists in the pinned version's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.stripe.api import API_VERSION
from adapters.stripe.memory import MemoryStripe
from adapters.stripe.reading import MOST_IDS, OF_CHARGE, OF_INVOICE, READ
from core.money import Money
from core.snapshot import Charge, CreditNote, Customer, Dispute, Invoice, Payout, Price, Refunds
from tests.shared import SHARED, needs_shared

STRIPE = SHARED / "stripe"
EVENTS = STRIPE / "events" / "basil-plus" / "scenario-a"
READ_AS: dict[str, type[Any]] = {
    "customer": Customer,
    "price": Price,
    "invoice": Invoice,
    "charge": Charge,
    "refund": Refunds,
    "dispute": Dispute,
    "payout": Payout,
    "credit_note": CreditNote,
}

pytestmark = needs_shared


@cache
def parsed(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def story() -> MemoryStripe:
    objects = parsed(STRIPE / "scenario-a" / "final_state.json")
    contents = parsed(STRIPE / "scenario-a" / "payouts.json")
    return MemoryStripe(objects, {each["payout"]["id"]: tuple(row["id"] for row in each["balance_transactions"]) for each in contents})


def sampled_events() -> Iterator[Any]:
    for path in sorted(EVENTS.glob("*.json")) if EVENTS.is_dir() else ():
        if parsed(path)["data"]["object"]["object"] in READ_AS:
            yield pytest.param(path, id=path.stem)


@pytest.mark.parametrize("path", list(sampled_events()))
def test_the_object_of_an_event_is_read(path: Path) -> None:
    given = parsed(path)["data"]["object"]
    stripe = MemoryStripe({**story().objects, given["id"]: given}, story().payouts)
    read = stripe.read(READ_AS[given["object"]], given["id"])
    whole = read.refunds if isinstance(read, Refunds) else (read,)
    assert given["id"] in {each.id for each in whole}


def test_every_object_of_the_final_state_is_read() -> None:
    for given in story().objects.values():
        if what := READ_AS.get(given["object"]):
            assert story().read(what, given["id"])


def test_a_payouts_rows_sum_to_the_payout() -> None:
    proven = 0
    for payout_id in story().payouts:
        payout = story().read(Payout, payout_id)
        if payout.balance_transactions:
            assert Money.total((row.net for row in payout.balance_transactions), payout.amount.currency) == payout.amount
            proven += 1
    assert proven


def test_the_lines_taxes_and_discounts_of_an_invoice_sum_to_its_total() -> None:
    for given in story().objects.values():
        if given["object"] == "invoice":
            invoice = story().read(Invoice, given["id"])
            parts = [line.amount for line in invoice.lines]
            parts += [tax.amount for line in invoice.lines for tax in line.taxes if not tax.inclusive]
            parts += [-discount.amount for discount in invoice.discounts]
            assert Money.total(parts, invoice.currency) == invoice.total, invoice.id


@cache
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = parsed(STRIPE / "schema" / f"schema-{API_VERSION}.json")["components"]["schemas"]
    return found


def shapes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects that a schema may stand for: behind references, alternatives and arrays."""
    if "$ref" in node:
        yield from shapes(schemas()[node["$ref"].rpartition("/")[2]])
    for key in ("anyOf", "allOf"):
        for each in node.get(key, ()):
            yield from shapes(each)
    if "items" in node:
        yield from shapes(node["items"])
    if "properties" in node:
        yield node


EXPANDED = {
    "charge": OF_CHARGE,
    "invoice": (*OF_INVOICE, "shipping_cost.taxes"),
    "price": ("product",),
    "dispute": tuple(f"charge.{each}" for each in OF_CHARGE),
    "balance_transaction": ("source",),
    "line_item": ("pricing.price_details.price",),
    "invoice_payment": ("payment.payment_intent",),
}


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in EXPANDED.items() for path in paths])
def test_an_expansion_leads_through_fields_of_the_pinned_version(kind: str, path: str) -> None:
    nodes = [schemas()[kind]]
    for name in path.split("."):
        nodes = [shape["properties"][name] for node in nodes for shape in shapes(node) if name in shape["properties"]]
        assert nodes, f"{kind} has no {path}: {name} is unknown"
    assert any("x-expandable" in node for node in nodes) or path == "shipping_cost.taxes", f"{path} of {kind} cannot be expanded"


def test_the_reading_knows_every_snapshot_and_asks_for_pages_that_stripe_gives() -> None:
    assert set(READ) == set(READ_AS.values())
    assert MOST_IDS == 100
