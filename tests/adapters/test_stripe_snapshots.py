"""Stripe's JSON becomes snapshots: every field that a rule reads, in each shape in which Stripe gives it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.stripe import invoice_snapshots, snapshots
from core.money import Money
from core.outcome import CannotSync, Kind
from core.snapshot import Address, Customer, Discount, FeeDetail, Shipping, Tax
from tests import stripe_objects as make
from tests.stripe_objects import BIRTH, Object


def usd(minor: int) -> Money:
    return Money(minor, "usd")


ADDRESS = {"line1": "1 High St", "line2": None, "city": "Cork", "state": "", "postal_code": "T12", "country": "IE"}


@pytest.mark.parametrize(
    ("given", "then"),
    [
        pytest.param(
            {"id": "cus_1", "object": "customer", "deleted": True},
            Customer("cus_1", deleted=True),
            id="a deleted customer is its id",
        ),
        pytest.param(
            make.customer(name=None, email=None, address=None, shipping=None),
            Customer("cus_1"),
            id="nulls are empty",
        ),
        pytest.param(
            make.customer(address=ADDRESS, shipping={"address": ADDRESS, "name": "A"}, metadata={"plan": "gold"}),
            Customer(
                "cus_1",
                name="Ada",
                email="ada@example.com",
                address=Address("1 High St", "", "Cork", "", "T12", "IE"),
                shipping=Address("1 High St", "", "Cork", "", "T12", "IE"),
                metadata={"plan": "gold"},
            ),
            id="both addresses and metadata are taken",
        ),
    ],
)
def test_customer(given: Object, then: Customer) -> None:
    assert snapshots.customer(given) == then


BORN_INACTIVE = {"active": False, "type": "one_time"}


@pytest.mark.parametrize(
    ("fields", "inline"),
    [
        pytest.param(BORN_INACTIVE, True, id="one-time, inactive and bare is made with a line"),
        pytest.param({"active": True, "type": "one_time"}, False, id="an active one is of the catalogue"),
        pytest.param({"active": False, "type": "recurring"}, False, id="a recurring one is of the catalogue"),
        pytest.param({**BORN_INACTIVE, "nickname": "Setup"}, False, id="a nickname is given in the catalogue only"),
        pytest.param({**BORN_INACTIVE, "lookup_key": "setup"}, False, id="a lookup key is given in the catalogue only"),
        pytest.param({**BORN_INACTIVE, "metadata": {"a": "b"}}, False, id="metadata is given in the catalogue only"),
        pytest.param({**BORN_INACTIVE, "tiers_mode": "volume"}, False, id="tiers are of the catalogue only"),
    ],
)
def test_an_inline_price(fields: Object, inline: bool) -> None:
    assert snapshots.price(make.price(**fields)).inline is inline


@pytest.mark.parametrize(
    ("product", "name"),
    [
        pytest.param("prod_1", "", id="an id has no name"),
        pytest.param(make.product(), "Pro plan", id="an object has its name"),
        pytest.param({"id": "prod_1", "object": "product", "deleted": True}, "", id="a deleted product has no name"),
    ],
)
def test_a_price_knows_its_product_as_id_and_as_object(product: Any, name: str) -> None:
    price = snapshots.price(make.price(product=product))
    assert (price.product_id, price.product_name) == ("prod_1", name)


@pytest.mark.parametrize(
    ("customer", "then"),
    [
        pytest.param(None, None, id="a guest has none"),
        pytest.param("cus_1", Customer("cus_1"), id="an id is a customer of that id alone"),
        pytest.param({"id": "cus_1", "object": "customer", "deleted": True}, Customer("cus_1", deleted=True), id="a deleted one says so"),
    ],
)
def test_a_charges_customer(customer: Any, then: Customer | None) -> None:
    assert snapshots.charge(make.charge(customer=customer)).customer == then


def test_a_charge_says_how_it_failed_and_what_moved() -> None:
    charge = snapshots.charge(
        make.charge(
            status="failed",
            amount_captured=45,
            balance_transaction=make.balance_transaction(),
            failure_balance_transaction=make.balance_transaction("txn_9"),
            failure_message="No account",
        )
    )
    assert charge.failure_balance_transaction is not None
    assert (charge.status, charge.failure_balance_transaction.id, charge.failure_message) == ("failed", "txn_9", "No account")
    assert charge.amount_captured == usd(45)
    assert charge.created == datetime.fromtimestamp(BIRTH + 120, UTC)


def test_a_balance_transaction_that_stripe_gave_as_an_id_is_not_known() -> None:
    assert snapshots.charge(make.charge(balance_transaction="txn_1")).balance_transaction is None


@pytest.mark.parametrize(
    ("source", "then"),
    [
        pytest.param(None, ("", ""), id="a product fee has no source"),
        pytest.param("py_1", ("py_1", "charge"), id="a payment's id means a charge"),
        pytest.param("pyr_1", ("pyr_1", "refund"), id="a payment refund's id means a refund"),
        pytest.param("du_1", ("du_1", "dispute"), id="a dispute's id"),
        pytest.param("new_1", ("new_1", ""), id="an id of an unknown kind"),
        pytest.param({"id": "re_1", "object": "refund"}, ("re_1", "refund"), id="an expanded source says what it is"),
    ],
)
def test_the_source_of_a_balance_transaction(source: Any, then: tuple[str, str]) -> None:
    row = snapshots.balance_transaction(make.balance_transaction(source=source))
    assert (row.source_id, row.source_object) == then


def test_a_balance_transaction_keeps_its_fees_by_kind() -> None:
    row = snapshots.balance_transaction(make.balance_transaction())
    assert row.fee_details == (FeeDetail("stripe_fee", usd(320), "Stripe processing fees"),)
    assert row.net == row.amount - row.fee


WITHDRAWAL = make.balance_transaction("txn_1", -100, 15, reporting_category="dispute")
REVERSAL = make.balance_transaction("txn_2", 100, 0, reporting_category="dispute_reversal")


@pytest.mark.parametrize(
    ("rows", "then"),
    [
        pytest.param([], (False, False), id="an inquiry has moved nothing"),
        pytest.param([WITHDRAWAL], (True, False), id="the funds were withdrawn"),
        pytest.param([WITHDRAWAL, REVERSAL], (True, True), id="the funds came back"),
    ],
)
def test_a_disputes_money(rows: list[Object], then: tuple[bool, bool]) -> None:
    dispute = snapshots.dispute(make.dispute(balance_transactions=rows), snapshots.charge(make.charge()))
    assert (dispute.withdrawn, dispute.reinstated_at is not None) == then


def test_a_payout_arrives_on_a_calendar_day_of_utc_and_leaves_its_own_rows_out() -> None:
    rows = [
        make.balance_transaction("txn_1"),
        make.balance_transaction("txn_2", -9_680, 0, source="po_1"),
        make.balance_transaction("txn_3", source={"id": "po_1"}),
    ]
    payout = snapshots.payout(make.payout(arrival_date=1_793_232_000), rows)
    assert payout.arrival_date == date(2026, 10, 29)
    assert [row.id for row in payout.balance_transactions] == ["txn_1"]


@pytest.mark.parametrize(("automatic", "then"), [(True, "completed"), (False, "not_applicable")])
def test_a_payout_without_a_reconciliation_status_goes_by_its_kind(automatic: bool, then: str) -> None:
    payout = make.payout(automatic=automatic)
    del payout["reconciliation_status"]
    assert snapshots.payout(payout).reconciliation_status == then


@pytest.mark.parametrize(
    ("refund", "then"),
    [
        pytest.param(make.refund(status="pending"), (False, False), id="a pending refund moved nothing"),
        pytest.param(make.refund(balance_transaction="txn_1"), (True, False), id="a row as an id"),
        pytest.param(
            make.refund(balance_transaction={"id": "txn_1"}, failure_balance_transaction=make.balance_transaction("txn_2")),
            (True, True),
            id="a refund that failed",
        ),
    ],
)
def test_a_refund_knows_which_rows_exist(refund: Object, then: tuple[bool, bool]) -> None:
    known = snapshots.refund(refund)
    assert (known.has_balance_transaction, known.failed_at is not None) == then


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CannotSync) as stopped:
        snapshots.charge(make.charge(created=2**50))
    assert stopped.value.failed.field == "created"


def only_line(**fields: Any) -> Any:
    return invoice_snapshots.invoice(make.invoice(lines=[make.line(**fields)])).lines[0]


def test_a_lines_quantity_is_the_decimal_one_when_there_is_one() -> None:
    assert only_line(quantity=2, quantity_decimal="1.5").quantity == Decimal("1.5")
    assert only_line(quantity=2, quantity_decimal=None).quantity == Decimal(2)
    assert only_line(quantity=None, quantity_decimal=None).quantity is None


def test_a_lines_unit_amount_keeps_its_fraction() -> None:
    pricing = {"price_details": {"price": "price_1", "product": "prod_1"}, "unit_amount_decimal": "0.0125"}
    assert only_line(pricing=pricing).unit_amount == Decimal("0.0125")


def test_a_price_that_came_as_an_id_keeps_the_ids() -> None:
    price = only_line().price
    assert (price.id, price.product_id, price.product_name) == ("price_1", "prod_1", "")


@pytest.mark.parametrize("quantity", ["many", "NaN", "Infinity"])
def test_a_quantity_that_is_no_number_is_refused(quantity: str) -> None:
    with pytest.raises(CannotSync) as stopped:
        only_line(quantity_decimal=quantity)
    assert stopped.value.failed.field == "quantity_decimal"


@pytest.mark.parametrize(
    ("parent", "then"),
    [
        (None, False),
        ({"invoice_item_details": {"proration": True}, "subscription_item_details": None}, True),
        ({"invoice_item_details": None, "subscription_item_details": {"proration": True}}, True),
        ({"invoice_item_details": None, "subscription_item_details": {"proration": False}}, False),
    ],
)
def test_a_line_is_a_proration_by_either_parent(parent: Object | None, then: bool) -> None:
    assert only_line(parent=parent).proration is then


@pytest.mark.parametrize(
    ("tax", "then"),
    [
        pytest.param(make.tax(100), Tax("txr_1", "txr_1", usd(100), inclusive=False), id="a rate as an id lends its id"),
        pytest.param(
            make.tax(100, make.tax_rate(percentage=Decimal("8.8750")), "inclusive"),
            Tax("txr_1", "VAT 8.875%", usd(100), inclusive=True, percentage=Decimal("8.8750")),
            id="an expanded rate lends its name and percentage",
        ),
        pytest.param(
            {"amount": 0, "tax_behavior": "exclusive", "tax_rate_details": None, "type": "tax_rate_details"},
            Tax("", "", usd(0), inclusive=False),
            id="tax without a rate",
        ),
    ],
)
def test_a_lines_tax(tax: Object, then: Tax) -> None:
    assert only_line(taxes=[tax]).taxes == (then,)


def test_a_coupon_used_twice_is_one_discount() -> None:
    taken = [make.coupon_taken(100), make.coupon_taken(50, "SPRING", "di_2"), make.coupon_taken(7, {"id": "VIP", "name": "Friends"})]
    assert invoice_snapshots.invoice(make.invoice(total_discount_amounts=taken)).discounts == (
        Discount("SPRING", "", usd(150)),
        Discount("VIP", "Friends", usd(7)),
    )


def test_a_coupon_brings_its_metadata_along() -> None:
    taken = make.coupon_taken(7, {"id": "VIP", "name": "Friends", "metadata": {"netsuite_discount_item_id": "803"}})
    (discount,) = invoice_snapshots.invoice(make.invoice(total_discount_amounts=[taken])).discounts
    assert discount.metadata == {"netsuite_discount_item_id": "803"}


def test_a_discount_without_its_coupon_is_refused() -> None:
    with pytest.raises(CannotSync) as stopped:
        invoice_snapshots.invoice(make.invoice(total_discount_amounts=[{"amount": 1, "discount": "di_1"}]))
    assert (stopped.value.failed.kind, stopped.value.failed.field) == (Kind.REFUSED, "discount.source.coupon")


def test_shipping_is_before_exclusive_tax_and_with_inclusive_tax() -> None:
    taxes = [{"amount": 50, "rate": make.tax_rate()}, {"amount": 30, "rate": make.tax_rate("txr_2", inclusive=True)}]
    cost = {"amount_subtotal": 500, "amount_tax": 80, "amount_total": 550, "taxes": taxes}
    shipping = invoice_snapshots.invoice(make.invoice(shipping_cost=cost)).shipping
    assert shipping == Shipping(
        usd(500), (Tax("txr_1", "VAT 20%", usd(50), False, Decimal(20)), Tax("txr_2", "VAT 20%", usd(30), True, Decimal(20)))
    )


def test_taxed_shipping_that_does_not_say_which_tax_is_refused() -> None:
    with pytest.raises(CannotSync) as stopped:
        invoice_snapshots.invoice(make.invoice(shipping_cost={"amount_subtotal": 5, "amount_tax": 1, "amount_total": 6}))
    assert stopped.value.failed.field == "taxes"


@pytest.mark.parametrize(
    ("payment", "then"),
    [
        (make.invoice_payment(amount_paid=4_000), usd(4_000)),
        (make.invoice_payment(status="open", amount_paid=None), usd(10_000)),
        (make.invoice_payment(status="open", amount_paid=0), usd(10_000)),
        (make.invoice_payment(amount_paid=0), usd(0)),
    ],
    ids=["what was paid", "what is asked for", "an open payment has paid nothing", "a paid one of nothing has paid nothing"],
)
def test_the_amount_of_an_invoice_payment(payment: Object, then: Money) -> None:
    assert invoice_snapshots.payment_amount(payment) == then


def test_lines_that_go_on_elsewhere_are_refused_and_never_taken_for_all() -> None:
    raw = make.invoice()
    raw["lines"]["has_more"] = True
    with pytest.raises(CannotSync) as stopped:
        invoice_snapshots.invoice(raw)
    assert "lines" in stopped.value.failed.message


DECODERS: dict[str, tuple[Callable[..., object], Object, tuple[str, ...]]] = {
    "customer": (snapshots.customer, make.customer(), ("id",)),
    "price": (snapshots.price, make.price(), ("id", "currency")),
    "invoice": (invoice_snapshots.invoice, make.invoice(), ("id", "status", "currency", "total")),
    "charge": (
        snapshots.charge,
        make.charge(),
        ("id", "status", "currency", "amount", "amount_captured", "created"),
    ),
    "refund": (snapshots.refund, make.refund(), ("id", "status", "amount", "currency", "created")),
    "payout": (snapshots.payout, make.payout(), ("id", "status", "amount", "currency", "arrival_date", "created")),
    "balance_transaction": (
        snapshots.balance_transaction,
        make.balance_transaction(),
        ("id", "type", "reporting_category", "amount", "fee", "net", "currency", "created"),
    ),
    "credit_note": (
        lambda raw: invoice_snapshots.credit_note(raw, None),
        make.credit_note(),
        ("id", "status", "currency", "total", "created"),
    ),
}


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, (_, _, fields) in DECODERS.items() for field in fields])
@pytest.mark.parametrize("value", ["absent", None, {}], ids=["absent", "null", "of another type"])
def test_a_required_field_that_is_not_there_is_refused_by_object_and_field(kind: str, field: str, value: Any) -> None:
    decode, given, _ = DECODERS[kind]
    broken = {key: each for key, each in given.items() if key != field or value != "absent"}
    if value != "absent":
        broken[field] = value
    with pytest.raises(CannotSync) as stopped:
        decode(broken)
    assert (stopped.value.failed.kind, stopped.value.failed.field) == (Kind.REFUSED, field)
    assert kind in stopped.value.failed.message


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5) | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "object", "data", "amount"]), inner, max_size=3),
    max_leaves=5,
)


@given(kind=st.sampled_from(sorted(DECODERS)), data=st.data())
def test_whatever_stands_in_a_field_it_is_decoded_or_refused(kind: str, data: st.DataObject) -> None:
    decode, given_object, _ = DECODERS[kind]
    field = data.draw(st.sampled_from(sorted(given_object)))
    with suppress(CannotSync):
        decode({**given_object, field: data.draw(JSON_VALUES)})
