"""What is synced at all: blocked or allowed by metadata, from the day the books begin, and nothing built on what is older."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pytest

from core.admission import check_begin, check_control, too_old
from core.held import Ask, Held, HeldRecord
from core.metadata import ALLOW, BLOCK, EXCLUDED
from core.outcome import CannotSync, Failed, Kind
from core.plan import Command, Ensure, Plan, Require, Upsert
from core.records import Customer, CustomerPayment, External, Internal, RecordType, key
from core.settings import Settings
from core.snapshot import CreditNote, InvoicePayment, PaidInvoice, Snapshot
from tests.given import SETTINGS, at, charge, customer, dispute, invoice, line, payout, price, refund, refunds, usd

FROM_THE_FIFTH = replace(SETTINGS, start_date=date(2026, 11, 5))
ONLY_ALLOWED = replace(SETTINGS, require_allow=True)
BLOCKED, ALLOWED = {BLOCK: "true"}, {ALLOW: "yes"}
BILL = invoice(line("100.00"), total="100.00")
NOTE = CreditNote("cn_1", "issued", "usd", usd("30.00"), at(4), invoice=BILL)

DAYS = [
    pytest.param(charge(created=at(4)), "2026-11-04", id="a charge of the day before"),
    pytest.param(charge(created=at(5, 0)), "", id="of the first day"),
    pytest.param(invoice(line("1.00"), total="1.00", created=at(6), finalized_at=at(4)), "2026-11-04", id="an invoice by its finalisation"),
    pytest.param(invoice(line("1.00"), total="1.00", created=at(4), finalized_at=at(5)), "", id="whenever it was drafted"),
    pytest.param(invoice(line("1.00"), total="1.00", status="draft", created=at(4), finalized_at=None), "2026-11-04", id="a draft by its making"),
    pytest.param(refunds(charge(created=at(1)), refund("1.00", created=at(2)), refund("1.00", "re_2", created=at(4))), "2026-11-04", id="refunds by the last of them"),
    pytest.param(refunds(charge(created=at(1)), refund("1.00", created=at(6)), refund("1.00", "re_2", created=at(4))), "", id="one of which is new"),
    pytest.param(refunds(charge(created=at(4))), "2026-11-04", id="none: by the charge"),
    pytest.param(dispute("1.00", charge(), created=at(4)), "2026-11-04", id="a dispute"),
    pytest.param(payout("1.00", created=at(4)), "2026-11-04", id="a payout by its making"),
    pytest.param(NOTE, "2026-11-04", id="a credit note"),
    pytest.param(customer(), "", id="a customer has no day"),
    pytest.param(price(), "", id="nor has a price"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "day"), DAYS)
def test_what_is_before_the_books_begin(given: Snapshot, day: str) -> None:
    said = f"It is of {day}, before the books begin on 2026-11-05 (ledger.start_date)." if day else ""
    assert (too_old(given, FROM_THE_FIFTH), too_old(given, SETTINGS)) == (said, "")


def refused(check: Callable[[], None]) -> Failed | None:
    try:
        check()
    except CannotSync as stopped:
        return stopped.failed
    return None


CONTROL = [
    pytest.param(charge(metadata=BLOCKED), SETTINGS, f"{BLOCK} is set on ch_1", id="blocked itself"),
    pytest.param(charge(of=customer(metadata=BLOCKED)), SETTINGS, f"{BLOCK} is set on cus_1", id="by its customer"),
    pytest.param(charge(paid=[PaidInvoice(replace(BILL, metadata=BLOCKED), usd("100.00"))]), SETTINGS, f"{BLOCK} is set on in_1", id="by the invoice it paid"),
    pytest.param(replace(BILL, payments=(InvoicePayment("paid", usd("100.00"), charge(metadata=BLOCKED)),)), SETTINGS, "", id="but no invoice by its payment"),
    pytest.param(charge(metadata={BLOCK: "no"}), SETTINGS, "", id="blocked: no"),
    pytest.param(charge(metadata={BLOCK: "true", EXCLUDED: "by hand"}), SETTINGS, "ch_1, which it builds on, is excluded: by hand", id="by an operator"),
    pytest.param(charge(metadata={EXCLUDED: "by hand"}), SETTINGS, "", id="whose word alone is none of the merchant's"),
    pytest.param(refunds(charge(), refund("9.00", metadata={BLOCK: "true", EXCLUDED: "by hand"})), SETTINGS, "", id="a refund kept out bars no other"),
    pytest.param(refunds(charge(), refund("9.00", metadata=BLOCKED)), SETTINGS, f"{BLOCK} is set on re_1", id="one that the merchant blocked does"),
    pytest.param(charge(), ONLY_ALLOWED, f"stripe.require_allow is on, and {ALLOW} is set neither on the object nor on what it builds on", id="not allowed"),
    pytest.param(charge(metadata=ALLOWED), ONLY_ALLOWED, "", id="allowed itself"),
    pytest.param(charge(of=customer(metadata=ALLOWED)), ONLY_ALLOWED, "", id="by its customer"),
    pytest.param(charge(of=customer(metadata=ALLOWED), metadata=BLOCKED), ONLY_ALLOWED, f"{BLOCK} is set on ch_1", id="allowed and blocked"),
    pytest.param(payout("1.00"), ONLY_ALLOWED, "", id="a payout needs no allowance"),
    pytest.param(price(), ONLY_ALLOWED, "", id="nor does a price"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "settings", "message"), CONTROL)
def test_what_metadata_bars(given: Snapshot, settings: Settings, message: str) -> None:
    failed = refused(lambda: check_control(given, settings))
    assert (failed.kind, failed.message) == (Kind.BLOCKED, message) if failed else message == ""


def payment(day: int, external: str = "ch_1") -> Upsert:
    return Upsert(CustomerPayment(external, Internal("7"), date(2026, 11, day), "usd", usd("9.00"), Internal("110")))


def begun(*commands: Command, holds: Iterable[str] = ()) -> str:
    """What is said of a plan of these commands."""
    known = Held({External(RecordType.CUSTOMER_PAYMENT, name): HeldRecord("7") for name in holds})
    asked: list[Ask] = []

    def answer(asks: Iterable[Ask]) -> Held:
        asked.extend(asks)
        return known

    failed = refused(lambda: check_begin(Plan(commands, "why"), FROM_THE_FIFTH, answer))
    if failed is None:
        return ""
    assert failed.kind is Kind.REFUSED
    assert failed.record in {str(ask.ref) for ask in asked}
    return f"{failed.message} | {failed.remedy}"


OLDER = "customerPayment {} is of before the books begin on 2026-11-05 (ledger.start_date) and is not in NetSuite"
REMEDY = "Resync {} to bring it in, or name in Stripe's metadata the record that it is in NetSuite, then retry."


def test_nothing_is_built_on_what_is_older_and_not_in_netsuite() -> None:
    nobody = Ensure(Customer("cus_1", is_person=False, currency="usd"))
    needs = Require(key(payment(4).record), "ch_1")
    assert begun(nobody, needs, payment(5)) == ""
    assert begun(nobody, needs, payment(4)) == f"{OLDER.format('ch_1')} | {REMEDY.format('ch_1')}"
    assert begun(payment(4), holds=["ch_1"]) == ""
    assert begun(payment(4), payment(4, "ch_2-failed"), holds=["ch_1"]) == f"{OLDER.format('ch_2-failed')} | {REMEDY.format('ch_2')}"


def test_where_the_books_have_no_beginning_nothing_is_asked() -> None:
    def answer(_: Iterable[Ask]) -> Held:
        raise AssertionError

    check_begin(Plan((payment(4),), "why"), SETTINGS, answer)
