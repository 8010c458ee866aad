"""The product's reader against the sandbox's Stripe: every object of a merchant's fortnight is read whole over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from adapters.stripe.api import ApiReader
from core.money import Money
from core.outcome import CannotSync, Kind
from core.snapshot import Charge, Customer, Dispute, Invoice, Payout, Price, Refunds
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.world import World
from tests.stripe_api import serving

READ_AS: dict[str, type[Any]] = {
    "customer": Customer,
    "price": Price,
    "invoice": Invoice,
    "charge": Charge,
    "refund": Refunds,
    "dispute": Dispute,
    "payout": Payout,
}


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    for _ in play_fortnight(made):
        pass
    return made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with serving(stripe_app(world)) as url:
        yield url


@pytest.fixture(scope="module")
def reader(address: str) -> Iterator[ApiReader]:
    with closing(ApiReader(API_KEY, address, max_network_retries=0)) as made:
        yield made


def ids(world: World, kind: str) -> list[str]:
    return [each["id"] for each in world.account.listed(kind)]


@pytest.mark.parametrize("kind", READ_AS)
def test_every_object_is_read(world: World, reader: ApiReader, kind: str) -> None:
    found = ids(world, kind)
    assert found
    for each in found:
        read = reader.read(READ_AS[kind], each)
        assert each in ({one.id for one in read.refunds} if isinstance(read, Refunds) else {read.id})


def test_the_parts_of_every_invoice_sum_to_its_total(world: World, reader: ApiReader) -> None:
    for each in ids(world, "invoice"):
        invoice = reader.read(Invoice, each)
        parts = [line.amount for line in invoice.lines]
        parts += [tax.amount for line in invoice.lines for tax in line.taxes if not tax.inclusive]
        parts += [-discount.amount for discount in invoice.discounts]
        assert Money.total(parts, invoice.currency) == invoice.total
        assert all(line.price and line.price.product_name for line in invoice.lines)


def test_what_a_paid_invoice_says_of_its_charge_the_charge_says_of_its_invoice(world: World, reader: ApiReader) -> None:
    pairs = 0
    for each in ids(world, "invoice"):
        for payment in reader.read(Invoice, each).payments:
            if payment.status == "paid" and payment.charge:
                (paid,) = reader.read(Charge, payment.charge.id).invoices
                assert (paid.invoice.id, paid.amount) == (each, payment.amount)
                pairs += 1
    assert pairs


def test_the_rows_of_every_reconciled_payout_sum_to_it(world: World, reader: ApiReader) -> None:
    payouts = [reader.read(Payout, each) for each in ids(world, "payout")]
    reconciled = [payout for payout in payouts if payout.reconciliation_status == "completed"]
    assert reconciled
    for payout in reconciled:
        assert Money.total((row.net for row in payout.balance_transactions), payout.amount.currency) == payout.amount


def test_taxes_are_named_and_discounts_have_their_coupon(world: World, reader: ApiReader) -> None:
    invoices = [reader.read(Invoice, each) for each in ids(world, "invoice")]
    names = {tax.name for invoice in invoices for line in invoice.lines for tax in line.taxes}
    assert names
    assert all(name.endswith("%") for name in names)
    coupons = set(ids(world, "coupon"))
    assert {discount.coupon_id for invoice in invoices for discount in invoice.discounts} <= coupons
    assert any(invoice.discounts for invoice in invoices)


def test_a_wrong_key_is_misconfigured(world: World, address: str) -> None:
    with closing(ApiReader("sk_test_other", address, max_network_retries=0)) as stranger, pytest.raises(CannotSync) as stopped:
        stranger.read(Customer, ids(world, "customer")[0])
    assert stopped.value.failed.kind is Kind.MISCONFIGURED


def test_a_foreign_account_is_misconfigured(world: World, reader: ApiReader) -> None:
    with pytest.raises(CannotSync) as stopped:
        reader.read(Customer, ids(world, "customer")[0], "acct_other")
    assert stopped.value.failed.kind is Kind.MISCONFIGURED
    assert "acct_other" in stopped.value.failed.message


def test_what_the_sandbox_has_not_is_gone(reader: ApiReader) -> None:
    with pytest.raises(CannotSync) as stopped:
        reader.read(Charge, "ch_nobody")
    assert stopped.value.failed.kind is Kind.GONE
