"""The product's reader against the sandbox's Stripe: whatever a merchant did is read over HTTP, and it adds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from adapters.stripe.api import ApiReader
from core.money import Money
from core.snapshot import Charge, CreditNote, Customer, Dispute, Invoice, Payout, Price, Refunds
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.merchants import play_merchant
from services.sandbox.stripe.world import World
from tests.services.loopback import served

READ_AS: dict[str, type[Any]] = {
    "customer": Customer,
    "price": Price,
    "invoice": Invoice,
    "charge": Charge,
    "credit_note": CreditNote,
    "refund": Refunds,
    "dispute": Dispute,
    "payout": Payout,
}


@pytest.fixture(scope="module", params=range(4))
def played(request: pytest.FixtureRequest) -> Iterator[tuple[World, ApiReader]]:
    world = World(request.param)
    for _ in play_merchant(world, request.param):
        pass
    with served(stripe_app(world)) as address, closing(ApiReader(API_KEY, address, max_network_retries=0)) as reader:
        yield world, reader


def test_every_object_is_read(played: tuple[World, ApiReader]) -> None:
    world, reader = played
    for kind, snapshot in READ_AS.items():
        for found in world.account.listed(kind):
            read = reader.read(snapshot, found["id"])
            assert found["id"] in ({one.id for one in read.refunds} if isinstance(read, Refunds) else {read.id})


def test_the_parts_of_every_invoice_sum_to_its_total(played: tuple[World, ApiReader]) -> None:
    world, reader = played
    for found in world.account.listed("invoice"):
        invoice = reader.read(Invoice, found["id"])
        parts = [line.amount for line in invoice.lines] + [-discount.amount for discount in invoice.discounts]
        parts += [tax.amount for line in invoice.lines for tax in line.taxes if not tax.inclusive]
        if invoice.shipping:
            parts += [invoice.shipping.amount, *(tax.amount for tax in invoice.shipping.taxes if not tax.inclusive)]
        assert Money.total(parts, invoice.currency) == invoice.total


def test_the_rows_of_every_listed_payout_sum_to_it(played: tuple[World, ApiReader]) -> None:
    world, reader = played
    for found in world.account.listed("payout"):
        payout = reader.read(Payout, found["id"])
        if payout.automatic and payout.reconciliation_status == "completed":
            assert Money.total((row.net for row in payout.balance_transactions), payout.amount.currency) == payout.amount
