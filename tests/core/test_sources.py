"""The Stripe objects inside a snapshot, which of them a record stands for, and what they say at a path that settings may name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.money import Money
from core.records import RecordType
from core.snapshot import CreditNote, Discount, InvoicePayment, PaidInvoice, Snapshot
from core.sources import SOURCES, Scalar, Sources, StripeObject, id_of, is_path, objects_of, value_at
from tests.given import at, charge, customer, dispute, invoice, line, moved, payout, price, refund, refunds, usd

COUPON = Discount("SPRING", "Spring sale", usd("1.00"), {"crm": "7"})
HIS = customer(metadata={"crm": "7", "empty": ""})
BILL = replace(invoice(line("9.00"), line("1.00", id="il_2", price=None), total="10.00", of=HIS, discounts=(COUPON,)), metadata={"po": "5"})
SALE = charge("9.00", of=HIS, metadata={"order": "17"})
PAID = replace(SALE, invoices=(PaidInvoice(BILL, usd("9.00")),))
NOTE = CreditNote("cn_1", "issued", "usd", usd("3.00"), at(8), invoice=BILL, lines=(line("3.00", id="cnli_1"),), discounts=(COUPON,))
IN_1 = ["in_1", "cus_1", "il_1", "price_1", "il_2", "SPRING"]

INSIDE = [
    (HIS, ["cus_1"]),
    (price(), ["price_1"]),
    (payout("9.00", moved("9.00")), ["po_1"]),
    (SALE, ["ch_1", "cus_1"]),
    (charge("9.00"), ["ch_1"]),
    (PAID, ["ch_1", "cus_1", *IN_1]),
    (replace(BILL, payments=(InvoicePayment("paid", usd("9.00"), SALE),)), [*IN_1, "ch_1", "cus_1"]),
    (refunds(SALE, refund("9.00"), refund("1.00", "re_2", credit_note=NOTE)), ["ch_1", "cus_1", "re_1", "re_2", "cn_1", "cnli_1", "price_1", "SPRING", *IN_1]),
    (dispute("9.00", SALE), ["dp_1", "ch_1", "cus_1"]),
    (NOTE, ["cn_1", "cnli_1", "price_1", "SPRING", *IN_1]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "ids"), INSIDE, ids=[f"{type(row[0]).__name__} {len(row[1])}" for row in INSIDE])
def test_the_objects_inside_a_snapshot(given: Snapshot, ids: list[str]) -> None:
    assert [id_of(each) for each in objects_of(given)] == ids


@pytest.mark.parametrize(
    ("record", "stands_for"),
    [
        ("re_1", "re_1"),
        ("re_1-memo", "re_1"),
        ("in_1-uncollectible-reversed", "in_1"),
        ("ch_1-invoice", "ch_1"),
        ("SPRING", "SPRING"),
        ("stripe-item", None),
        ("", None),
    ],
)
def test_which_object_a_record_stands_for(record: str, stands_for: str | None) -> None:
    found = Sources.of(refunds(PAID, refund("9.00"))).source(record)
    assert (id_of(found) if found else None) == stands_for


SAYS = [
    (SALE, "id", "ch_1"),
    (SALE, "metadata.order", "17"),
    (SALE, "metadata.shoe", None),
    (SALE, "customer.email", "ada@example.com"),
    (SALE, "customer.metadata.crm", "7"),
    (SALE, "customer.metadata.empty", None),
    (charge("9.00"), "customer.email", None),
    (SALE, "description", None),
    (SALE, "captured", True),
    (SALE, "amount", usd("9.00")),
    (SALE, "currency", "usd"),
    (HIS, "currency", "usd"),
    (replace(HIS, currency=""), "currency", None),
    (SALE, "created", at(2)),
    (SALE, "customer", None),
    (SALE, "invoices", None),
    (SALE, "shoe_size", None),
    (BILL, "currency", "usd"),
    (price(), "currency", "usd"),
    (line("1.00", quantity=Decimal(4)), "quantity", Decimal(4)),
    (None, "id", None),
]  # fmt: skip


@pytest.mark.parametrize(("of", "path", "said"), SAYS, ids=[f"{type(row[0]).__name__} {row[1]}" for row in SAYS])
def test_what_an_object_says_at_a_path(of: StripeObject | None, path: str, said: Scalar | None) -> None:
    assert value_at(of, path) == said
    assert Sources.of(SALE).value(of, path) == said


def test_a_refund_and_a_dispute_may_look_at_their_charge() -> None:
    back = refund("9.00")
    of_refund, of_dispute = Sources.of(refunds(SALE, back)), Sources.of(dispute("9.00", SALE))
    assert of_refund.value(back, "charge.metadata.order") == "17"
    assert of_refund.value(None, "charge.metadata.order") is None
    assert of_dispute.value(dispute("9.00", SALE), "charge.metadata.order") == "17"
    assert Sources.of(SALE).value(SALE, "charge.metadata.order") is None
    assert value_at(back, "currency") == "usd"
    assert Sources.of(refunds(SALE, back)).value(Money(1, "usd"), "currency") == "usd"  # type: ignore[arg-type]


PATHS = [
    (RecordType.CUSTOMER, "email", False, True),
    (RecordType.CUSTOMER, "metadata.crm", False, True),
    (RecordType.CUSTOMER, "metadata", False, False),
    (RecordType.CUSTOMER, "address", False, False),
    (RecordType.CUSTOMER, "address.city", False, True),
    (RecordType.CUSTOMER, "address.planet", False, False),
    (RecordType.CUSTOMER, "address.currency", False, False),
    (RecordType.CUSTOMER, "shoe_size", False, False),
    (RecordType.CUSTOMER_PAYMENT, "amount", False, True),
    (RecordType.CUSTOMER_PAYMENT, "amount.minor", False, False),
    (RecordType.CUSTOMER_PAYMENT, "currency", False, True),
    (RecordType.CUSTOMER_PAYMENT, "currency.x", False, False),
    (RecordType.CUSTOMER_PAYMENT, "customer.email", False, True),
    (RecordType.CUSTOMER_PAYMENT, "customer.metadata.crm", False, True),
    (RecordType.CUSTOMER_PAYMENT, "number", False, True),
    (RecordType.CUSTOMER_PAYMENT, "invoices", False, False),
    (RecordType.CUSTOMER_PAYMENT, "invoices.amount", False, False),
    (RecordType.CUSTOMER_REFUND, "charge.metadata.order", False, True),
    (RecordType.CUSTOMER_REFUND, "charge.customer.email", False, True),
    (RecordType.CUSTOMER_REFUND, "charge.shoe_size", False, False),
    (RecordType.CREDIT_MEMO, "charge.description", False, True),
    (RecordType.CASH_REFUND, "charge.description", False, True),
    (RecordType.JOURNAL_ENTRY, "charge.description", False, False),
    (RecordType.DEPOSIT, "arrival_date", False, True),
    (RecordType.DEPOSIT, "currency", False, True),
    (RecordType.SERVICE_SALE_ITEM, "product_name", False, True),
    (RecordType.SERVICE_SALE_ITEM, "quantity", False, True),
    (RecordType.INVOICE, "quantity", True, True),
    (RecordType.INVOICE, "quantity", False, False),
    (RecordType.INVOICE, "number", True, False),
    (RecordType.INVOICE, "number", False, True),
    (RecordType.DISCOUNT_ITEM, "coupon_id", False, True),
]


@pytest.mark.parametrize(("record", "path", "on_lines", "is_one"), PATHS)
def test_which_paths_settings_may_name(record: RecordType, path: str, *, on_lines: bool, is_one: bool) -> None:
    assert is_path(record, path, on_lines=on_lines) is is_one


STANDS_FOR = {
    "customer": "Customer",
    "serviceSaleItem": "Price InvoiceLine",
    "discountItem": "Discount",
    "invoice": "Invoice Charge Dispute",
    "customerPayment": "Charge Invoice Dispute",
    "cashSale": "Charge Dispute",
    "cashRefund": "Refund Dispute Charge",
    "customerDeposit": "Charge Refund Dispute",
    "creditMemo": "Refund Dispute CreditNote Invoice",
    "customerRefund": "Refund Dispute Charge",
    "deposit": "Payout",
    "journalEntry": "Payout Refund Invoice CreditNote",
}


def test_which_objects_a_record_may_stand_for() -> None:
    assert {str(record): " ".join(kind.__name__ for kind in kinds) for record, kinds in SOURCES.items()} == STANDS_FOR
