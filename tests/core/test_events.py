"""Every row of the event table, against the specification: in order, acting or ignored, its subject."""

from __future__ import annotations

import pytest

from core.events import (
    BACKFILLED,
    BY_TYPE,
    SUBJECTS,
    TABLE,
    Ignore,
    Sync,
    acting_subject,
    reason_to_ignore,
    row_for,
    subject_of,
    subjects_of_id,
)

# The specification's table, written down a second time on purpose: (event, subject) and "-" where nothing happens.
SPECIFIED = """
account.updated                          -
account.application.deauthorized         -
account.external_account.created         -
account.external_account.deleted         -
account.external_account.updated         -
application_fee.created                  -
application_fee.refunded                 -
application_fee.refund.updated           -
balance.available                        -
charge.captured                          charge
charge.failed                            charge
charge.refunded                          refunds of a charge
charge.succeeded                         charge
charge.updated                           charge
charge.dispute.closed                    -
charge.dispute.created                   dispute
charge.dispute.funds_reinstated          -
charge.dispute.funds_withdrawn           dispute
charge.dispute.updated                   dispute
coupon.created                           -
coupon.deleted                           -
coupon.updated                           -
customer.created                         customer
customer.deleted                         -
customer.updated                         -
customer.discount.created                -
customer.discount.deleted                -
customer.discount.updated                -
customer.source.created                  -
customer.source.deleted                  -
customer.source.updated                  -
customer.subscription.created            -
customer.subscription.deleted            -
customer.subscription.trial_will_end     -
customer.subscription.updated            -
invoice.created                          -
invoice.payment_succeeded                invoice
invoice.payment_failed                   invoice
invoice.updated                          invoice
invoice.item.created                     -
invoice.item.deleted                     -
invoice.item.updated                     -
price.created                            price
price.deleted                            -
price.updated                            -
product.created                          -
product.updated                          -
payout.created                           payout
payout.failed                            payout
payout.paid                              payout
payout.reversed                          -
payout.updated                           payout
"""
ROWS = [tuple(text.split(maxsplit=1)) for text in SPECIFIED.strip().splitlines()]
ORIGINAL = [row for row in TABLE if not row.added]


def test_the_table_has_the_52_specified_rows_in_order() -> None:
    assert len(ROWS) == 52
    assert [row.type for row in ORIGINAL] == [event for event, _ in ROWS]
    assert TABLE[: len(ORIGINAL)] == tuple(ORIGINAL), "the added rows stand below"


@pytest.mark.parametrize(("event", "subject"), ROWS, ids=[event for event, _ in ROWS])
def test_each_row_acts_or_is_ignored_as_specified(event: str, subject: str) -> None:
    row = row_for(event)
    assert row is not None
    assert row.sentence.endswith(".")
    if subject == "-":
        assert isinstance(row, Ignore)
        assert reason_to_ignore(event) == row.sentence
    else:
        assert isinstance(row, Sync)
        assert subject_of(event) == subject
        assert reason_to_ignore(event) == ""


@pytest.mark.parametrize("name", ["invoiceitem.created", "invoiceitem.deleted", "invoiceitem.updated"])
def test_stripes_own_spelling_reaches_the_same_row(name: str) -> None:
    assert row_for(name) is row_for(name.replace("invoiceitem", "invoice.item"))


def test_no_event_name_stands_twice() -> None:
    assert len(BY_TYPE) == sum(1 + len(row.also) for row in TABLE)


def test_every_subject_can_be_backfilled_in_the_order_in_which_they_build() -> None:
    assert tuple(BACKFILLED.values()) == SUBJECTS
    for kind, subject in BACKFILLED.items():
        assert acting_subject(f"backfill.{kind}") is subject
    assert acting_subject("backfill.mandate") is None


def test_a_webhook_that_says_it_is_a_backfill_is_none_of_stripes() -> None:
    assert reason_to_ignore("backfill.charge") == "not in the event table"


def test_an_unknown_event_is_ignored_and_says_so() -> None:
    assert row_for("radar.early_fraud_warning.created") is None
    assert reason_to_ignore("radar.early_fraud_warning.created") == "not in the event table"


@pytest.mark.parametrize(
    ("stripe_id", "names"),
    [
        ("ch_1", ["charge", "refunds of a charge"]),
        ("py_1", ["charge", "refunds of a charge"]),
        ("re_1", ["refunds of a charge"]),
        ("dp_1", ["dispute"]),
        ("in_1", ["invoice"]),
        ("po_1", ["payout"]),
        ("cus_1", ["customer"]),
        ("price_1", ["price"]),
        ("cn_1", ["credit note"]),
        ("sub_1", []),
    ],
)
def test_an_id_tells_its_subjects(stripe_id: str, names: list[str]) -> None:
    assert [subject.name for subject in subjects_of_id(stripe_id)] == names


def test_every_subject_has_a_row() -> None:
    assert {subject.name for subject in SUBJECTS} == {row.subject.name for row in TABLE if isinstance(row, Sync)}
