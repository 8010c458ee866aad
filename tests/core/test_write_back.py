"""Write-back: each object names the record that it became, once, in its own key; and what we wrote is never taken for a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapters.storage.memory import MemorySyncRecords
from adapters.stripe.write_back import MemoryMetadata
from core.outcome import CannotSync, Failed, Ignored, Kind, Synced
from core.plan import page
from core.ports import Link
from core.records import External, RecordType
from core.snapshot import Charge, Customer, Discount, Dispute, Invoice, Payout, Price, Refund, Refunds, Snapshot
from core.sync import Report
from core.write_back import WRITTEN, OwnKeysLeftOut, WriteBack
from tests.core.test_sync import StripeAsGiven, World, event
from tests.given import charge, customer, dispute, invoiced, payout, refund, refunds

KEYS = [
    (Customer, "customer", "customer", "netsuite_customer_id"),
    (Price, "price", "serviceSaleItem", "netsuite_service_sale_item_id"),
    (Discount, "coupon", "discountItem", "netsuite_discount_item_id"),
    (Invoice, "invoice", "invoice", "netsuite_invoice_id"),
    (Charge, "charge", "customerPayment", "netsuite_customer_payment_id"),
    (Charge, "charge", "cashSale", "netsuite_cash_sale_id"),
    (Charge, "charge", "customerDeposit", "netsuite_customer_deposit_id"),
    (Refund, "refund", "customerRefund", "netsuite_customer_refund_id"),
    (Refund, "refund", "creditMemo", "netsuite_credit_memo_id"),
    (Dispute, "dispute", "customerRefund", "netsuite_customer_refund_id"),
    (Dispute, "dispute", "creditMemo", "netsuite_credit_memo_id"),
    (Payout, "payout", "deposit", "netsuite_deposit_id"),
]


def test_which_key_of_which_object_names_which_record() -> None:
    assert [(of, name, record, key) for of, (name, keys) in WRITTEN.items() for record, key in keys.items()] == KEYS


SALE = invoiced("100.00", of=customer())
PAYMENT = External(RecordType.CUSTOMER_PAYMENT, "ch_1")
DONE = Report("charge", None, Synced(1))


def known(**internal_ids: str) -> MemorySyncRecords:
    """What we wrote: `ch_1` or, of another type than a payment, `creditMemo:re_1-memo`."""
    records = MemorySyncRecords()
    for name, internal_id in internal_ids.items():
        records.remember(Link(External(RecordType(name.partition("__")[0]), name.partition("__")[2].replace("$", "-")), internal_id, "sum"))
    return records


def written(
    records: MemorySyncRecords, report: Report, stripe_id: str, *given: Snapshot, account: str = ""
) -> dict[tuple[str, str], dict[str, str]]:
    metadata = MemoryMetadata()
    assert WriteBack(StripeAsGiven(*((stripe_id, each) for each in given)), metadata, records).after(report, stripe_id, account) is None
    return metadata.written


def test_each_object_of_a_subject_names_what_it_became() -> None:
    records = known(customer__cus_1="5", invoice__in_1="6", customerPayment__ch_1="7", serviceSaleItem__price_1="8", customer__cus_9="9")
    assert written(records, DONE, "ch_1", SALE) == {
        ("", "ch_1"): {"netsuite_customer_payment_id": "7"},
        ("", "cus_1"): {"netsuite_customer_id": "5"},
        ("", "in_1"): {"netsuite_invoice_id": "6"},
        ("", "price_1"): {"netsuite_service_sale_item_id": "8"},
    }


def test_a_refund_and_a_dispute_name_both_of_their_records() -> None:
    records = known(customerRefund__re_1="5", creditMemo__re_1="1", customerRefund__dp_1="7")
    records.remember(Link(External(RecordType.CREDIT_MEMO, "re_1-memo"), "6", "sum"))
    back = Report("refunds of a charge", None, Synced(1))
    assert written(records, back, "ch_1", refunds(charge(), refund("9.00"))) == {
        ("", "re_1"): {"netsuite_customer_refund_id": "5", "netsuite_credit_memo_id": "6"}
    }
    assert written(records, Report("dispute", None, Synced(1)), "dp_1", dispute("9.00", charge())) == {
        ("", "dp_1"): {"netsuite_customer_refund_id": "7"}
    }


def test_a_payout_names_its_deposit_in_its_own_account() -> None:
    assert written(known(deposit__po_1="5"), Report("payout", None, Synced(1)), "po_1", payout("9.00"), account="acct_1") == {
        ("acct_1", "po_1"): {"netsuite_deposit_id": "5"}
    }


def test_what_is_named_already_is_left_as_it_is() -> None:
    named = charge(metadata={"netsuite_customer_payment_id": "3"})
    assert written(known(customerPayment__ch_1="7"), DONE, "ch_1", named) == {}


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(Report("charge", None, Synced(0)), id="nothing was written to NetSuite"),
        pytest.param(Report("charge", None, Ignored("blocked")), id="ignored"),
        pytest.param(Report("charge", None, Failed(Kind.BUSY, "no answer", "Wait.")), id="failed"),
        pytest.param(Report("", None, Synced(1)), id="of no subject"),
    ],
)
def test_where_nothing_was_written_nothing_is_named(report: Report) -> None:
    assert written(known(customerPayment__ch_1="7"), report, "ch_1", SALE) == {}


def test_what_could_not_be_named_is_told_and_no_more() -> None:
    failed = WriteBack(StripeAsGiven(), MemoryMetadata(), known(customerPayment__ch_1="7")).after(DONE, "ch_1", "")
    assert failed is not None
    assert failed.kind is Kind.GONE


class Refuses:
    def annotate(self, kind: str, stripe_id: str, account: str, values: Mapping[str, str]) -> None:
        raise CannotSync(Failed(Kind.MISCONFIGURED, f"the key lacks the right {kind}_write", "Give it the right."))


def test_nor_does_a_right_that_lacks_fail_the_sync() -> None:
    failed = WriteBack(StripeAsGiven(("ch_1", SALE)), Refuses(), known(customerPayment__ch_1="7")).after(DONE, "ch_1", "")
    assert failed is not None
    assert failed.message == "the key lacks the right charge_write"


# What a sync reads of it again.

BY_US = {"order": "17", "netsuite_customer_payment_id": "7"}


def seen(records: MemorySyncRecords, of: Charge) -> Charge:
    return OwnKeysLeftOut(StripeAsGiven(("ch_1", of)), records).read(Charge, "ch_1")


def test_our_own_key_is_left_out_and_what_else_stands_there_stays() -> None:
    assert seen(known(customerPayment__ch_1="7"), charge(metadata=BY_US)).metadata == {"order": "17"}


def test_what_names_nothing_is_read_as_it_is() -> None:
    of = charge(metadata={"order": "17"})
    assert seen(known(customerPayment__ch_1="7"), of) is of


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(known(), id="we never wrote it"),
        pytest.param(known(customerPayment__ch_1="8"), id="we wrote another"),
        pytest.param(known(cashSale__ch_1="7"), id="of another type"),
    ],
)
def test_a_persons_key_stays(records: MemorySyncRecords) -> None:
    of = charge(metadata=BY_US)
    assert seen(records, of) is of


def test_a_record_that_was_found_and_never_written_is_a_persons() -> None:
    records = MemorySyncRecords()
    records.remember(Link(PAYMENT, "7", ""))
    assert seen(records, charge(metadata=BY_US)).metadata == BY_US


def test_keys_of_objects_inside_are_left_out_too_each_by_itself() -> None:
    of = refunds(
        charge(of=customer(metadata={"netsuite_customer_id": "5"}), metadata=BY_US),
        refund("9.00", metadata={"netsuite_customer_refund_id": "3", "netsuite_credit_memo_id": "6"}),
    )
    records = known(customer__cus_1="5", creditMemo__re_1="9")
    records.remember(Link(External(RecordType.CREDIT_MEMO, "re_1-memo"), "6", "sum"))
    told = OwnKeysLeftOut(StripeAsGiven(("ch_1", of)), records).read(Refunds, "ch_1")
    assert told.charge.customer is not None
    assert told.charge.customer.metadata == {}
    assert told.charge.metadata == BY_US
    assert told.refunds[0].metadata == {"netsuite_customer_refund_id": "3"}
    assert told == replace(
        of,
        charge=replace(of.charge, customer=customer()),
        refunds=(replace(of.refunds[0], metadata={"netsuite_customer_refund_id": "3"}),),
    )


def test_what_we_wrote_back_changes_no_plan() -> None:
    world = World(("ch_1", charge("29.00")))
    first = world.sync.event(event("charge.succeeded", "ch_1"))
    metadata = MemoryMetadata()
    WriteBack(world.stripe, metadata, world.records).after(first, "ch_1", "")
    world.stripe.held[Charge, "ch_1"] = charge("29.00", metadata=metadata.written["", "ch_1"])
    again = replace(world.sync, stripe=OwnKeysLeftOut(world.stripe, world.records)).event(event("charge.updated", "ch_1"))
    assert first.plan is not None
    assert again.plan is not None
    assert (again.outcome, page(again.plan)) == (Synced(0), page(first.plan))
