"""What an operator may say of an object after the fact, and what a sync then reads: each sentence, and each refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.memory import MemoryBooks
from adapters.storage.memory import MemorySyncRecords
from adapters.storage.notes import MemoryNotes
from core.metadata import BLOCK, EXCLUDED, UNDONE
from core.notes import MAY_BE, MAY_BE_EXCLUDED, Note, Noted, Operators
from core.outcome import CannotSync, Failed, Kind
from core.snapshot import Payout
from tests.core.test_sync import S, StripeAsGiven, World, event
from tests.given import at, charge, customer, moved, payout, refund, refunds


class Noon:
    def now(self) -> datetime:
        return at(2)


class Desk:
    """An operator, what he may look at, and what he has said so far."""

    def __init__(self) -> None:
        self.world = World(("ch_1", charge("29.00")))
        self.world.sync.event(event("charge.succeeded", "ch_1"))
        [self.payment] = self.world.netsuite.records("customerPayment")
        self.notes = MemoryNotes(MemorySyncRecords())
        self.says = Operators(self.notes, self.world.books, Noon())

    def said(self, stripe_id: str, account: str = "") -> dict[str, str]:
        return dict(self.notes.of([stripe_id], account).get(stripe_id, {}))

    def undid(self, stripe_id: str) -> None:
        self.notes.put(Note(stripe_id, "", UNDONE, "2026-11-20T12:00:00+00:00", "booked twice", at(20)))
        self.notes.put(Note(stripe_id, "", EXCLUDED, "undone: booked twice", "booked twice", at(20)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


MAY = [
    ("cus", "customer", "netsuite_customer_id"),
    ("price", "serviceSaleItem", "netsuite_service_sale_item_id"),
    ("price", "serviceResaleItem", "netsuite_service_resale_item_id"),
    ("price", "nonInventorySaleItem", "netsuite_non_inventory_sale_item_id"),
    ("price", "nonInventoryResaleItem", "netsuite_non_inventory_resale_item_id"),
    ("price", "discountItem", "netsuite_discount_item_id"),
    ("plan", "serviceSaleItem", "netsuite_service_sale_item_id"),
    ("in", "invoice", "netsuite_invoice_id"),
    *((sale, "customerPayment", "netsuite_customer_payment_id") for sale in ("ch", "py")),
    *((sale, "cashSale", "netsuite_cash_sale_id") for sale in ("ch", "py")),
    *((sale, "customerDeposit", "netsuite_customer_deposit_id") for sale in ("ch", "py")),
    *((back, "customerRefund", "netsuite_customer_refund_id") for back in ("re", "pyr", "dp", "du")),
    *((back, "creditMemo", "netsuite_credit_memo_id") for back in ("re", "pyr", "dp", "du")),
    ("po", "deposit", "netsuite_deposit_id"),
]  # fmt: skip


def test_which_record_an_object_may_be_and_the_key_that_says_so() -> None:
    listed = {(prefix, record, key) for prefix, kinds in MAY_BE.items() for record, key in kinds.items()}
    assert {row for row in listed if row[0] != "plan"} == {row for row in MAY if row[0] != "plan"}
    assert MAY_BE["plan"] == MAY_BE["price"]
    assert MAY_BE_EXCLUDED == ("cus", "price", "plan", "in", "ch", "py", "re", "pyr", "dp", "du", "po", "cn")


def test_a_relinked_object_is_that_record(desk: Desk) -> None:
    assert desk.says.relink("ch_1", "", "customerPayment", desk.payment.id, "a person booked it") is None
    [note] = desk.notes.put_so_far
    assert note == Note("ch_1", "", "netsuite_customer_payment_id", desk.payment.id, "a person booked it", at(2))


def test_it_is_so_in_its_own_account_alone(desk: Desk) -> None:
    assert desk.says.relink("ch_1", "acct_1", "customerPayment", desk.payment.id, "why") is None
    assert (desk.said("ch_1"), desk.said("ch_1", "acct_1")) == ({}, {"netsuite_customer_payment_id": desk.payment.id})


def test_an_empty_internal_id_takes_it_back(desk: Desk) -> None:
    desk.says.relink("ch_1", "", "customerPayment", desk.payment.id, "why")
    assert desk.says.relink("ch_1", "", "customerPayment", "", "it was another") is None
    assert desk.said("ch_1") == {}


@pytest.mark.parametrize(
    ("stripe_id", "record", "internal_id", "message", "remedy"),
    [
        ("ch_1", "invoice", "7", "ch_1 is no invoice", "It may be: customerPayment, cashSale, customerDeposit."),
        ("sub_1", "invoice", "7", "sub_1 is no invoice", "Ids begin with cus_, price_, plan_, in_, ch_, py_, re_, pyr_, dp_, du_, po_, cn_."),
        ("ch_1", "customerPayment", "INV-7", "'INV-7' is no NetSuite internal id", "Give the digits that NetSuite shows as the record's internal id."),
        ("ch_1", "customerPayment", "٧", "'٧' is no NetSuite internal id", "Give the digits that NetSuite shows as the record's internal id."),
        ("ch_1", "customerPayment", "99", "NetSuite holds no customerPayment #99", "Look the internal id up in NetSuite."),
    ],
)  # fmt: skip
def test_what_is_no_such_record_is_refused(desk: Desk, stripe_id: str, record: str, internal_id: str, message: str, remedy: str) -> None:
    assert desk.says.relink(stripe_id, "", record, internal_id, "why") == Failed(Kind.REFUSED, message, remedy)
    assert desk.notes.put_so_far == []


class Silent(MemoryBooks):
    """A NetSuite that does not answer."""

    def holds(self, record_type: str, internal_id: str) -> bool:
        raise CannotSync(Failed(Kind.BUSY, "NetSuite does not answer", "Nothing to do."))


def test_while_netsuite_does_not_answer_nothing_is_taken_for_true(desk: Desk) -> None:
    says = replace(desk.says, books=Silent(NetSuite()))
    failed = says.relink("ch_1", "", "customerPayment", "7", "why")
    assert failed is not None
    assert (failed.kind, desk.notes.put_so_far) == (Kind.BUSY, [])


def test_an_excluded_object_is_kept_out_with_the_reason_and_taken_in_again(desk: Desk) -> None:
    assert desk.says.exclude("cn_1", "", "  booked by hand ") is None
    assert desk.notes.put_so_far == [Note("cn_1", "", EXCLUDED, "booked by hand", "booked by hand", at(2))]
    assert desk.says.exclude("cn_1", "", "it was not", lift=True) is None
    assert desk.said("cn_1") == {}


@pytest.mark.parametrize(
    ("stripe_id", "because", "message", "remedy"),
    [
        ("sub_1", "why", "sub_1 is no id of an object that is synced", "Ids begin with cus_, price_, plan_, in_, ch_, py_, re_, pyr_, dp_, du_, po_, cn_."),
        ("ch_1", "  ", "there is no reason", "Say why."),
    ],
)  # fmt: skip
def test_what_is_not_excluded_and_why(desk: Desk, stripe_id: str, because: str, message: str, remedy: str) -> None:
    assert desk.says.exclude(stripe_id, "", because) == Failed(Kind.REFUSED, message, remedy)
    assert desk.notes.put_so_far == []


UNDONE_ONCE = Failed(
    Kind.REFUSED,
    "ch_1 was undone on 2026-11-20; it is not written again",
    "Book it in NetSuite by hand, say so by `relink ch_1 RECORD INTERNAL_ID`, then lift the exclusion.",
)


def test_what_was_undone_is_taken_in_again_only_as_a_record_that_a_person_booked(desk: Desk) -> None:
    desk.undid("ch_1")
    assert desk.says.exclude("ch_1", "", "take it in again", lift=True) == UNDONE_ONCE
    assert desk.says.exclude("ch_1", "", "another reason") is None
    assert desk.says.relink("ch_1", "", "customerPayment", desk.payment.id, "by hand") is None
    assert desk.says.exclude("ch_1", "", "it is that one", lift=True) is None
    assert EXCLUDED not in desk.said("ch_1")
    assert desk.says.relink("ch_1", "", "customerPayment", "", "not that one") == UNDONE_ONCE


# What a sync reads of it.


def read(desk: Desk, of: S, *, even_excluded: bool = False) -> S:
    stripe_id = "po_1" if isinstance(of, Payout) else "ch_1"
    return Noted(StripeAsGiven((stripe_id, of)), desk.notes, even_excluded).read(type(of), stripe_id)


SALE = charge("29.00", of=customer(), metadata={"order": "17"})


def test_what_nothing_was_said_of_is_read_as_it_is(desk: Desk) -> None:
    assert read(desk, SALE) is SALE


def test_what_was_said_stands_among_the_metadata_and_wins(desk: Desk) -> None:
    desk.says.relink("ch_1", "", "customerPayment", desk.payment.id, "why")
    told = read(desk, replace(SALE, metadata={"order": "17", "netsuite_customer_payment_id": "3"}))
    assert told.metadata == {"order": "17", "netsuite_customer_payment_id": desk.payment.id}


def test_what_was_said_of_an_object_inside_stands_there(desk: Desk) -> None:
    desk.says.exclude("cus_1", "", "not ours")
    desk.says.exclude("re_1", "", "by hand")
    told = read(desk, refunds(SALE, refund("9.00"), refund("5.00", "re_2")))
    assert told.charge.customer is not None
    assert told.charge.customer.metadata == {EXCLUDED: "not ours", BLOCK: "true"}
    assert [each.metadata for each in told.refunds] == [{EXCLUDED: "by hand", BLOCK: "true"}, {}]
    assert told.charge.metadata == {"order": "17"}


def test_what_is_excluded_itself_is_not_read_but_by_who_asks_for_it(desk: Desk) -> None:
    desk.says.relink("ch_1", "", "customerPayment", desk.payment.id, "why")
    desk.says.exclude("ch_1", "", "by hand")
    with pytest.raises(CannotSync) as stopped:
        read(desk, SALE)
    failed = stopped.value.failed
    assert (failed.kind, failed.message, failed.remedy) == (Kind.BLOCKED, "excluded: by hand", "`exclude ch_1 --lift` takes that back.")
    assert failed.code == EXCLUDED
    told = read(desk, SALE, even_excluded=True)
    assert told.metadata == {"order": "17", "netsuite_customer_payment_id": desk.payment.id}


def test_what_is_excluded_under_the_id_that_is_asked_for_is_not_read(desk: Desk) -> None:
    desk.says.exclude("re_1", "", "by hand")
    with pytest.raises(CannotSync, match="excluded: by hand"):
        Noted(StripeAsGiven(("re_1", SALE)), desk.notes).read(type(SALE), "re_1")


def test_what_was_undone_is_read_as_it_was_by_who_asks_for_it(desk: Desk) -> None:
    desk.undid("ch_1")
    told = read(desk, SALE, even_excluded=True)
    assert told.metadata == {"order": "17"}


def test_a_row_of_a_payout_says_that_what_is_behind_it_is_kept_out(desk: Desk) -> None:
    desk.says.exclude("ch_2", "", "by hand")
    desk.undid("ch_3")
    before = Payout("po_0", "failed", moved("1.00").amount, date(2026, 11, 5), at(4), balance_transactions=(moved("1.00", source="ch_3"),))
    told = read(desk, payout("9.00", moved("4.00"), moved("5.00", source="ch_2"), replaces=(before,)))
    rows = [*told.balance_transactions, *told.replaces[0].balance_transactions]
    assert [(row.source_id, row.excluded, row.undone) for row in rows] == [
        ("ch_1", "", False),
        ("ch_2", "by hand", False),
        ("ch_3", "undone: booked twice", True),
    ]
