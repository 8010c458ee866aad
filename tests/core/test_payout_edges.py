"""Payouts at the edges: nothing or less paid out, more lines than a Deposit takes, fees without detail, payouts by hand, what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from core.held import NOTHING_HELD, Held
from core.outcome import CannotSync, Kind
from core.plan import Plan, page
from core.records import Apply, Deposit, DepositLine, DepositPayment, External, Internal, JournalEntry, RecordType
from core.rules import payout_parts
from core.rules.payout_lines import booked_as
from core.rules.payout_parts import parts_of
from core.rules.payouts import asks_of_payout, plan_payout
from core.rules.sales import given_back, left_deposited
from core.settings import Settings
from core.snapshot import BalanceTransaction, FeeDetail, Payout, Refund
from tests.core.test_edges import GLOBAL, brief, held
from tests.given import at, charge, moved, payout, refund, usd

BY_HAND = payout("10.00", automatic=False)
REINSTATED = replace(GLOBAL, disputes_when_won="reinstate")
US = replace(GLOBAL, subsidiary="3")


def lines(plan: Plan) -> list[str]:
    """The lines of its deposits and entries."""
    said = page(plan).splitlines()
    kept = ("payment ", "other ", "cashback ", "line ")
    return [" ".join(text.split()) for text in said if text.lstrip().startswith(kept)]


@pytest.mark.parametrize(
    ("of", "record"),
    [
        (payout("0.01"), "deposit po_1"),
        (payout("0.00"), "journalEntry po_1"),
        (payout("-0.01"), "journalEntry po_1"),
        (BY_HAND, "journalEntry po_1"),
    ],
)
def test_what_a_payout_is_booked_as(of: Payout, record: str) -> None:
    assert str(booked_as(of)) == record


BOOKED = [
    pytest.param(payout("0.00"), GLOBAL, held(), [], id="nothing paid out of nothing"),
    pytest.param(
        payout("0.00", moved("10.00"), moved("-10.00", category="refund", source="re_1")),
        GLOBAL,
        held("customerPayment ch_1", "customerRefund re_1"),
        ["line account #110 credit 10.00 USD memo Stripe: ch_1", "line account #110 debit 10.00 USD memo Stripe: re_1"],
        id="nothing paid out: a payment and its refund",
    ),
    pytest.param(
        payout("-0.01", moved("0.50", category="topup", source="tu_1"), moved("-0.51", category="transfer", source="tr_1")),
        GLOBAL,
        held(),
        [
            "line account #101 credit 0.01 USD memo Stripe: po_1",
            "line account #605 credit 0.50 USD memo Stripe: topup",
            "line account #605 debit 0.51 USD memo Stripe: transfer",
        ],
        id="less than nothing: what adds is credited, what takes away debited",
    ),
    pytest.param(
        payout("-0.01", moved("-0.01", category="refund", source="re_1")),
        GLOBAL,
        held("customerRefund re_1"),
        ["line account #101 credit 0.01 USD memo Stripe: po_1", "line account #110 debit 0.01 USD memo Stripe: re_1"],
        id="a cent less than nothing",
    ),
    pytest.param(
        payout("9.00", moved("10.00", "1.00", fee_details=(FeeDetail("stripe_fee", usd("0.70")),))),
        GLOBAL,
        held("customerPayment ch_1"),
        [
            "payment doc customerPayment ch_1 amount 10.00 USD",
            "cashback account #600 amount 0.70 USD memo Stripe: stripe fee",
            "cashback account #600 amount 0.30 USD memo Stripe: fee without detail",
        ],
        id="a fee whose detail does not say all",
    ),
    pytest.param(
        payout("9.00", moved("10.00", "1.00", fee_details=(FeeDetail("stripe_fee", usd("1.30")),))),
        GLOBAL,
        held("customerPayment ch_1"),
        [
            "payment doc customerPayment ch_1 amount 10.00 USD",
            "other account #600 amount 0.30 USD memo Stripe: fee without detail",
            "cashback account #600 amount 1.30 USD memo Stripe: stripe fee",
        ],
        id="or more than all",
    ),
    pytest.param(
        payout("7.00", moved("7.00", category="refund_failure", source="re_1")),
        GLOBAL,
        held("customerDeposit re_1-failed"),
        ["payment doc customerDeposit re_1-failed amount 7.00 USD"],
        id="a refund of a customer deposit that failed",
    ),
    pytest.param(
        payout("10.00", status="failed", fee=usd("1.00"), failed_at=at(12)),
        GLOBAL,
        held("deposit po_1"),
        ["line account #110 debit 10.00 USD memo Stripe: po_1 failed", "line account #101 credit 10.00 USD memo Stripe: po_1 failed"],
        id="one by schedule that failed comes back without a fee",
    ),
    pytest.param(
        replace(BY_HAND, status="failed", fee=usd("1.00"), balance_transactions=(moved("10.00"),)),
        GLOBAL,
        held("journalEntry po_1"),
        [
            "line account #101 debit 10.00 USD memo Stripe: po_1",
            "line account #601 debit 1.00 USD memo Stripe: po_1 fee",
            "line account #110 credit 11.00 USD memo Stripe: po_1",
            "line account #110 debit 11.00 USD memo Stripe: po_1 failed",
            "line account #101 credit 10.00 USD memo Stripe: po_1 failed",
            "line account #601 credit 1.00 USD memo Stripe: po_1 failed fee",
        ],
        id="one by hand with its fee, whatever rows Stripe lists",
    ),
    pytest.param(
        replace(BY_HAND, fee=usd("1.00")),
        GLOBAL,
        held(),
        [
            "line account #101 debit 10.00 USD memo Stripe: po_1",
            "line account #601 debit 1.00 USD memo Stripe: po_1 fee",
            "line account #110 credit 11.00 USD memo Stripe: po_1",
        ],
        id="one by hand that was paid",
    ),
]


@pytest.mark.parametrize(("of", "settings", "stands", "said"), BOOKED)
def test_the_lines_of_a_payout(of: Payout, settings: Settings, stands: Held, said: list[str]) -> None:
    assert lines(plan_payout(of, settings, stands)) == said


def test_a_payout_of_nothing_out_of_nothing_is_no_entry() -> None:
    assert plan_payout(payout("0.00"), GLOBAL).commands == ()


FAILED_LATE = payout("9.00", moved("10.00"), moved("-1.00", category="refund", source="re_1"), status="failed", failed_at=at(12))


def test_a_payout_that_failed_after_it_was_booked_still_waits_for_what_was_missing() -> None:
    plan = plan_payout(FAILED_LATE, GLOBAL, held("deposit po_1", "customerPayment ch_1"))
    assert brief(plan) == ["deposit po_1 9.00 USD on 2026-11-09", "journalEntry po_1-failed 9.00 USD on 2026-11-12"]
    assert "cashback account #690 amount 1.00 USD memo Stripe: txn_re_1_refund" in lines(plan)
    assert plan.pending
    assert (plan.pending.kind, plan.pending.waits_for) == (Kind.NOT_READY, "re_1")


@pytest.mark.parametrize(("failed_at", "day"), [(at(12), "2026-11-12"), (None, "2026-11-09")])
def test_it_comes_back_the_day_it_failed_else_the_day_it_was_to_arrive(failed_at: object, day: str) -> None:
    plan = plan_payout(payout("9.00", status="canceled", failed_at=failed_at), GLOBAL, held("deposit po_1"))
    assert brief(plan) == [f"journalEntry po_1-failed 9.00 USD on {day}"]


def test_an_entry_of_a_payout_stands_in_the_subsidiary_of_the_settings() -> None:
    made = (plan_payout(BY_HAND, US), plan_payout(payout("-1.00", moved("-1.00", category="fee", source="fee_1")), US))
    failed = plan_payout(payout("9.00", status="failed"), US, held("deposit po_1"))
    entries = [command.record for plan in (*made, failed) for command in plan.writes if isinstance(command.record, JournalEntry)]
    assert [entry.subsidiary for entry in entries] == [Internal("3")] * 3


SAID = [
    pytest.param(replace(BY_HAND, status="pending"), GLOBAL, "The manual payout is pending; it is booked when it is paid.", id="by hand, not paid yet"),
    pytest.param(payout("9.00", status="pending", reconciliation_status="in_progress"), GLOBAL, "Stripe has not listed yet what the payout holds; it is checked when it is paid.", id="not listed yet"),
    pytest.param(payout("9.00", status="failed"), GLOBAL, "The payout is failed and is not in the books; its members go with the payout that pays them.", id="failed unseen"),
    pytest.param(payout("6.00", *(moved("1.00", category=kind, source=f"x_{kind}") for kind in ("zeta", "beta", "eta", "alpha", "delta", "gamma"))), GLOBAL, "The payout is paid. ALERT: no account is named for alpha, beta, delta, eta, gamma, zeta; it stands in suspense.", id="rows of kinds that nobody knows, in order of the alphabet"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "settings", "because"), SAID)
def test_what_is_said_of_a_payout(of: Payout, settings: Settings, because: str) -> None:
    assert plan_payout(of, settings).because == because


def test_a_payout_that_does_not_add_up_names_its_deposit() -> None:
    with pytest.raises(CannotSync) as stopped:
        plan_payout(payout("9.00", moved("10.00")), GLOBAL, held("customerPayment ch_1"))
    assert stopped.value.failed.record == "deposit po_1"


def test_where_payouts_by_hand_are_held_one_that_failed_unseen_is_not_made_up_for() -> None:
    row = moved("10.00", category="payout_reversal", source="po_0")
    failed = Payout("po_0", "failed", usd("10.00"), date(2026, 11, 5), at(4), automatic=False, failed_at=at(6))
    waits = plan_payout(payout("10.00", row, replaces=(failed,)), replace(GLOBAL, payouts_manual="hold"))
    assert brief(waits) == ["deposit po_1 10.00 USD on 2026-11-09"]
    assert waits.pending
    assert brief(plan_payout(payout("10.00", row, replaces=(failed,)), GLOBAL))[:2] == [
        "journalEntry po_0 10.00 USD on 2026-11-05",
        "journalEntry po_0-failed 10.00 USD on 2026-11-06",
    ]


def asked(of: Payout, settings: Settings = GLOBAL) -> list[str]:
    return [f"{ask.ref}{' remembered' if ask.remembered else ''}" for ask in asks_of_payout(of, settings)]


SALES = ("customerPayment", "cashSale", "customerDeposit")


def test_what_a_payout_asks_of_netsuite() -> None:
    before = Payout("po_9", "failed", usd("1.00"), date(2026, 11, 3), at(2), balance_transactions=(moved("1.00", source="ch_9"),))
    first = Payout("po_0", "failed", usd("2.00"), date(2026, 11, 5), at(4), automatic=False, replaces=(before,))
    assert asked(payout("2.00", moved("2.00", category="payout_reversal", source="po_0"), replaces=(first,))) == [
        "journalEntry po_0",
        "deposit po_9",
        "journalEntry po_0-failed",
        *(f"{kind} ch_9" for kind in SALES),
    ]
    assert asked(payout("9.00", moved("9.00"))) == [f"{kind} ch_1" for kind in SALES]
    assert asked(payout("9.00", status="failed")) == ["deposit po_1"]


def test_of_what_failed_it_asks_whether_the_sale_was_booked_too() -> None:
    row = moved("-9.00", category="charge_failure")
    assert asked(payout("-9.00", row)) == [*(f"{kind} ch_1" for kind in SALES), "customerRefund ch_1-failed", "cashRefund ch_1-failed"]
    failed = moved("-3.00", category="refund", source="re_1", charge_id="ch_1", charge_status="failed")
    assert asked(payout("-3.00", failed)) == [*(f"{kind} ch_1" for kind in SALES), "customerRefund re_1", "cashRefund re_1"]


def test_a_won_dispute_is_asked_for_where_it_stands_again_else_remembered() -> None:
    row = moved("9.00", category="dispute_reversal", source="dp_1")
    assert asked(payout("9.00", row), REINSTATED) == [f"{kind} dp_1-reinstated" for kind in SALES]
    assert asked(payout("9.00", row)) == [f"{kind} dp_1-reinstated remembered" for kind in SALES]


# More lines than one Deposit takes: here two, so that the deal can be followed by hand.

DEALT = [
    pytest.param(["5.00", "3.00"], [], ["5.00 3.00"], id="as many as one takes"),
    pytest.param(["5.00", "3.00", "2.00"], [], ["5.00", "3.00 2.00"], id="the largest first, each to the part that has least"),
    pytest.param(["2.00", "3.00", "5.00"], [], ["5.00", "2.00 3.00"], id="in whatever order they stand"),
    pytest.param(["5.00", "3.00"], ["1.00"], ["5.00 -1.00", "3.00"], id="what takes away comes last, from the part that has most"),
    pytest.param(["5.00", "5.00"], ["1.00", "4.00"], ["5.00 -4.00", "5.00 -1.00"], id="the largest of it first"),
    pytest.param(["9.00", "1.00"], ["6.00", "0.50"], ["9.00 -6.00", "1.00 -0.50"], id="a part that is full takes none"),
    pytest.param(["0.02", "0.01"], ["0.01"], ["0.02 -0.01", "0.01"], id="to the cent"),
    pytest.param(["5.00", "3.00", "0.00"], [], ["5.00 0.00", "3.00"], id="a line of nothing to the part that has most"),
    pytest.param(["7.00", "7.00", "0.00"], ["6.00"], ["7.00 0.00", "7.00 -6.00"], id="before what takes away"),
]  # fmt: skip


def whole(adds: Sequence[str], takes: Sequence[str], other: Sequence[str] = ()) -> Deposit:
    return Deposit(
        external_id="po_1",
        account=Internal("101"),
        tran_date=date(2026, 11, 9),
        currency="usd",
        payment=tuple(DepositPayment(External(RecordType.CUSTOMER_PAYMENT, f"ch_{at}"), usd(amount)) for at, amount in enumerate(adds)),
        other=tuple(DepositLine(Internal("605"), usd(amount), f"row {at}") for at, amount in enumerate(other)),
        cashback=tuple(DepositLine(Internal("600"), usd(amount), f"fee {at}") for at, amount in enumerate(takes)),
        memo="Stripe: po_1",
    )


def shown(part: Deposit) -> str:
    added = [*(each.amount for each in part.payment), *(each.amount for each in part.other)]
    return " ".join([*(str(amount.decimal) for amount in added), *(f"-{each.amount.decimal}" for each in part.cashback)])


@pytest.mark.parametrize(("adds", "takes", "parts"), DEALT)
def test_how_lines_are_dealt_out(adds: list[str], takes: list[str], parts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payout_parts, "MOST_LINES", 2)
    dealt = parts_of(whole(adds, takes))
    assert [shown(part) for part in dealt] == parts
    assert [part.external_id for part in dealt] == ["po_1", "po_1-2"][: len(parts)]


def test_lines_of_accounts_are_dealt_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payout_parts, "MOST_LINES", 2)
    dealt = parts_of(whole(["5.00", "3.00"], [], ["2.00", "1.00"]))
    assert [[line.memo for line in part.other] for part in dealt] == [["row 1"], ["row 0"]]


@pytest.mark.parametrize(("adds", "takes"), [(["1.00", "1.00"], ["1.00"]), (["3.00", "1.00"], ["2.00", "2.00"])])
def test_a_part_of_nothing_or_less_is_refused(adds: list[str], takes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payout_parts, "MOST_LINES", 2)
    with pytest.raises(CannotSync, match="cannot be dealt out so that each of 2 Deposits is positive") as stopped:
        parts_of(whole(adds, takes))
    assert stopped.value.failed.record == "deposit po_1"


# Which deposit each refund of a customer deposit of 100.00 gives back, and what is left of it.

SPENT = charge("100.00")
GIVEN_BACK = [
    pytest.param([refund("30.00"), refund("20.00", "re_2", created=at(6))], {"re_1": "ch_1 30.00", "re_2": "ch_1 20.00"}, "ch_1 50.00", id="parts of the charge's own"),
    pytest.param([refund("100.00")], {"re_1": "ch_1 100.00"}, "", id="all of it"),
    pytest.param([refund("30.00", has_balance_transaction=False)], {}, "ch_1 100.00", id="no money moved: nothing"),
    pytest.param([refund("30.00", failed_at=at(7))], {"re_1": "ch_1 30.00"}, "re_1-failed 30.00 + ch_1 70.00", id="one that failed is a deposit of its own"),
    pytest.param([refund("100.00", failed_at=at(7)), refund("60.00", "re_2", created=at(8)), refund("40.00", "re_3", created=at(9))], {"re_1": "ch_1 100.00", "re_2": "re_1-failed 60.00", "re_3": "re_1-failed 40.00"}, "", id="which what comes later uses first"),
    pytest.param([refund("40.00", "re_3", created=at(9)), refund("60.00", "re_2", created=at(8)), refund("100.00", failed_at=at(7))], {"re_1": "ch_1 100.00", "re_2": "re_1-failed 60.00", "re_3": "re_1-failed 40.00"}, "", id="in the order in which it happened"),
    pytest.param([refund("30.00", failed_at=at(7)), refund("90.00", "re_2", created=at(8))], {"re_1": "ch_1 30.00", "re_2": "re_1-failed 30.00 + ch_1 60.00"}, "ch_1 10.00", id="then the charge's own"),
    pytest.param([refund("70.00", failed_at=at(7)), refund("50.00", "re_2", created=at(6))], {"re_1": "ch_1 70.00", "re_2": "re_1-failed 50.00"}, "re_1-failed 20.00 + ch_1 30.00", id="one that was more than is left waits for what comes back"),
    pytest.param([refund("70.00", failed_at=at(7)), refund("100.00", "re_2", created=at(7))], {"re_1": "ch_1 70.00", "re_2": "re_1-failed 70.00 + ch_1 30.00"}, "", id="also at the very moment it comes back"),
    pytest.param([refund("30.00", "re_2", failed_at=at(7)), refund("90.00", "re_1", created=at(8))], {"re_2": "ch_1 30.00", "re_1": "re_2-failed 30.00 + ch_1 60.00"}, "ch_1 10.00", id="by the day, not by the id"),
    pytest.param([refund("30.00", failed_at=at(7)), refund("20.00", "re_9", created=at(7))], {"re_1": "ch_1 30.00", "re_9": "ch_1 20.00"}, "re_1-failed 30.00 + ch_1 50.00", id="what goes out at one moment goes before what comes back"),
    pytest.param([refund("20.00", "re_2"), refund("30.00", failed_at=at(5)), refund("60.00", "re_0")], {"re_0": "ch_1 60.00", "re_1": "ch_1 30.00", "re_2": "re_1-failed 20.00"}, "re_1-failed 10.00 + ch_1 10.00", id="at one moment by their ids, what comes back last"),
]  # fmt: skip


def parts(of: Sequence[Apply]) -> str:
    return " + ".join(f"{each.doc.external_id} {each.amount.decimal}" for each in of if isinstance(each.doc, External))


@pytest.mark.parametrize(("each", "taken", "left"), GIVEN_BACK)
def test_which_deposit_a_refund_gives_back(each: list[Refund], taken: dict[str, str], left: str) -> None:
    assert {name: parts(of) for name, of in given_back(SPENT, each).items()} == {**taken, "ch_1-failed": ""}
    assert parts(left_deposited(SPENT, each)) == left
    failed = replace(SPENT, status="failed")
    assert parts(given_back(failed, each)["ch_1-failed"]) == left


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(CannotSync, match=r"re_2 gives back 40\.01 USD, more than is left of the charge"):
        given_back(SPENT, [refund("60.00"), refund("40.01", "re_2", created=at(6)), refund("90.00", "re_3", created=at(7))])


def test_nothing_is_asked_of_rows_without_a_record() -> None:
    rows: tuple[BalanceTransaction, ...] = (moved("-1.00", category="fee", source="fee_1"),)
    assert asked(payout("-1.00", *rows)) == []
    assert plan_payout(payout("-1.00", *rows), GLOBAL, NOTHING_HELD).acts
