"""Reconciliation: a payout against what it became, and Undeposited Funds against what waits, row by row; what differs says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.netsuite.memory import MemoryLedger
from core.money import Money
from core.outcome import CannotSync, Kind
from core.ports import Link
from core.reconcile import Reconciliation, Row, Statement
from core.records import External, RecordType
from core.settings import Accounts
from core.snapshot import Payout
from core.statements import Booking, Unpaid
from tests.core.test_sync import World, event
from tests.given import SETTINGS, charge, moved, payout, refund, refunds, usd

Said = tuple[str, str, str, str, str]


class Balance:
    """Stripe's balance as given, by account."""

    def __init__(self, **rows: Sequence[Unpaid]) -> None:
        self.rows = rows

    def unpaid(self, account: str = "") -> Sequence[Unpaid]:
        return self.rows.get(account or "own", ())


class Ledger:
    """NetSuite's side as given."""

    def __init__(self, booked: Mapping[External, Booking] | None = None, **accounts: Mapping[str, Money]) -> None:
        self.booked, self.accounts = booked or {}, accounts

    def booking(self, ref: External) -> Booking | None:
        return self.booked.get(ref)

    def balance_of(self, account: str) -> Mapping[str, Money]:
        return self.accounts.get(f"a{account}", {})


def said(statement: Statement) -> list[Said]:
    return [(row.name, row.record, str(row.stripe.decimal), str(row.netsuite.decimal), row.says) for row in statement.rows]


def ids(world: World) -> dict[str, str]:
    kinds = ("customerPayment", "customerRefund", "deposit", "journalEntry")
    return {record.external_id: record.id for kind in kinds for record in world.netsuite.records(kind)}


@pytest.fixture
def world() -> World:
    return World(
        ("ch_1", charge("100.00")),
        ("ch_2", charge("29.00", "ch_2")),
        ("ch_2", refunds(charge("29.00", "ch_2"), refund("9.00", "re_2"))),
        (
            "po_1",
            payout(
                "118.00",
                moved("100.00", "3.00"),
                moved("29.00", "1.00", source="ch_2"),
                moved("-9.00", category="refund", source="re_2"),
                moved("2.00", category="topup", source="tu_1"),
            ),
        ),
        ("po_2", replace(payout("-1.00", moved("-1.00", category="fee", source="fee_1")), id="po_2")),
    )


def booked(world: World) -> Reconciliation:
    for name, of in (
        ("charge.succeeded", "ch_1"),
        ("charge.succeeded", "ch_2"),
        ("charge.refunded", "ch_2"),
        ("payout.paid", "po_1"),
        ("payout.paid", "po_2"),
    ):
        world.sync.event(event(name, of))
    return Reconciliation(world.sync, MemoryLedger(world.netsuite), Balance())


AGREES = ""


def test_a_payout_agrees_with_its_deposit_member_by_member_then_by_account(world: World) -> None:
    statement = booked(world).payout("po_1")
    at = ids(world)
    assert statement.says == "The payout is paid."
    assert said(statement) == [
        ("ch_1", f"customerPayment #{at['ch_1']}", "100.00", "100.00", AGREES),
        ("ch_2", f"customerPayment #{at['ch_2']}", "29.00", "29.00", AGREES),
        ("re_2", f"customerRefund #{at['re_2']}", "-9.00", "-9.00", AGREES),
        ("fees and other rows", "account #600", "-4.00", "-4.00", AGREES),
        ("fees and other rows", "account #605", "2.00", "2.00", AGREES),
        ("po_1", f"deposit #{at['po_1']}", "118.00", "118.00", AGREES),
    ]
    assert statement.holds


def test_a_payout_of_less_than_nothing_agrees_with_its_entry(world: World) -> None:
    statement = booked(world).payout("po_2")
    entry = f"journalEntry #{ids(world)['po_2']}"
    assert said(statement) == [(entry, "account #101", "1.00", "1.00", AGREES), (entry, "account #601", "-1.00", "-1.00", AGREES)]


def against(world: World, held: Booking | None, of: str = "po_1", kind: RecordType = RecordType.DEPOSIT) -> Statement:
    use_case = booked(world)
    return replace(use_case, ledger=Ledger({External(kind, of): held} if held else {})).payout(of)


def test_what_differs_in_the_deposit_is_named(world: World) -> None:
    booked(world)
    at = ids(world)
    members = {at["ch_1"]: usd("99.99"), at["re_2"]: usd("-9.00"), "900": usd("28.00")}
    accounts = {"600": usd("-4.00"), "605": usd("0.00"), "699": usd("0.01"), "698": usd("0.00")}
    statement = against(world, Booking("77", usd("115.00"), members, accounts))
    assert said(statement) == [
        ("ch_1", f"customerPayment #{at['ch_1']}", "100.00", "99.99", AGREES),
        ("ch_2", f"customerPayment #{at['ch_2']}", "29.00", "0.00", "not in the deposit"),
        ("re_2", f"customerRefund #{at['re_2']}", "-9.00", "-9.00", AGREES),
        ("", "#900", "0.00", "28.00", "in NetSuite's deposit alone"),
        ("fees and other rows", "account #600", "-4.00", "-4.00", AGREES),
        ("fees and other rows", "account #605", "2.00", "0.00", AGREES),
        ("fees and other rows", "account #699", "0.00", "0.01", AGREES),
        ("po_1", "deposit #77", "118.00", "115.00", AGREES),
    ]
    assert not statement.holds
    assert [str(row.difference) for row in statement.rows if row.difference] == [
        "-0.01 USD",
        "-29.00 USD",
        "28.00 USD",
        "-2.00 USD",
        "0.01 USD",
        "-3.00 USD",
    ]


def test_a_deposit_that_is_not_there_is_named_row_by_row(world: World) -> None:
    assert said(against(world, None))[3:] == [
        ("fees and other rows", "account #600", "-4.00", "0.00", AGREES),
        ("fees and other rows", "account #605", "2.00", "0.00", AGREES),
        ("po_1", "deposit po_1", "118.00", "0.00", "not in NetSuite"),
    ]


def test_so_is_an_entry(world: World) -> None:
    missing = [
        ("journalEntry po_2", "account #101", "1.00", "0.00", AGREES),
        ("journalEntry po_2", "account #601", "-1.00", "0.00", AGREES),
    ]
    assert said(against(world, None, "po_2")) == missing
    other = Booking("78", usd("0.00"), {}, {"101": usd("1.00"), "699": usd("-1.00"), "698": usd("0.00")})
    assert said(against(world, other, "po_2", RecordType.JOURNAL_ENTRY)) == [
        ("journalEntry #78", "account #101", "1.00", "1.00", AGREES),
        ("journalEntry #78", "account #601", "-1.00", "0.00", AGREES),
        ("journalEntry #78", "account #699", "0.00", "-1.00", AGREES),
    ]


def test_a_member_that_waits_is_in_suspense_on_both_sides(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    world.sync.event(event("payout.paid", "po_1"))
    statement = Reconciliation(world.sync, MemoryLedger(world.netsuite), Balance()).payout("po_1")
    assert statement.holds
    assert [row.record for row in statement.rows[1:-1]] == ["account #600", "account #605", "account #690"]


def test_a_payout_on_its_way_says_which_members_are_not_there(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    world.stripe.held[Payout, "po_1"] = replace(world.stripe.read(Payout, "po_1"), status="in_transit")
    statement = Reconciliation(world.sync, MemoryLedger(world.netsuite), Balance()).payout("po_1")
    assert statement.rows == ()
    assert statement.says == (
        "The payout is in_transit: what it holds is checked, nothing is written before it is paid. Not in NetSuite yet: ch_2, re_2."
    )


def test_a_payout_from_before_the_books_begin_is_compared_too(world: World) -> None:
    late = replace(
        booked(world), sync=replace(world.sync, settings=replace(SETTINGS, start_date=payout("1.00").arrival_date.replace(year=2030)))
    )
    statement = late.payout("po_1")
    assert (statement.holds, len(statement.rows)) == (True, 6)


def test_where_a_payout_is_held_what_is_not_there_is_a_row_and_no_more(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    use_case = Reconciliation(
        replace(world.sync, settings=replace(SETTINGS, payouts_on_invalid="hold")), MemoryLedger(world.netsuite), Balance()
    )
    statement = use_case.payout("po_1")
    assert said(statement)[:3] == [
        ("ch_1", f"customerPayment #{ids(world)['ch_1']}", "100.00", "0.00", "not in the deposit"),
        ("ch_2", "customerPayment", "29.00", "0.00", "not in NetSuite"),
        ("re_2", "customerRefund", "-9.00", "0.00", "not in NetSuite"),
    ]
    assert statement.says == "The payout is paid."


def test_what_stripe_does_not_know_cannot_be_compared(world: World) -> None:
    with pytest.raises(CannotSync) as stopped:
        booked(world).payout("po_404")
    assert stopped.value.failed.kind is Kind.GONE


def waits(amount: str, source: str = "ch_1", category: str = "charge", currency: str = "usd") -> Unpaid:
    return Unpaid(f"txn_{source}", category, source, Money.of(Decimal(amount), currency))


def balance(world: World, *rows: Unpaid, **undeposited: str) -> list[Said]:
    known = {
        "ch_1": RecordType.CUSTOMER_PAYMENT,
        "re_1": RecordType.CUSTOMER_REFUND,
        "re_2-failed": RecordType.JOURNAL_ENTRY,
        "po_0-failed": RecordType.JOURNAL_ENTRY,
    }
    for name, kind in known.items():
        world.records.remember(Link(External(kind, name), "7", ""))
    holds = {currency: Money.of(Decimal(amount), currency) for currency, amount in undeposited.items()}
    return said(Reconciliation(world.sync, Ledger(a110=holds), Balance(own=rows)).whole_balance())


FUNDS = "Undeposited Funds #110"
UNEXPLAINED = "unexplained: look for entries that are not the connector's, and for drift"
WAITING = [
    pytest.param([], {}, [], id="nothing waits"),
    pytest.param([waits("9.00")], {"usd": "9.00"}, [("1 rows", FUNDS, "9.00", "9.00", "")], id="what waits is there"),
    pytest.param([waits("9.00"), waits("-1.00", "fee_1", "fee"), waits("5.00", "dp_1", "dispute_reversal")], {"usd": "9.00"}, [("1 rows", FUNDS, "9.00", "9.00", "")], id="rows without a record wait for nothing"),
    pytest.param([waits("9.00"), waits("500", "ch_2", currency="jpy")], {"usd": "9.00", "jpy": "500", "eur": "0.00"}, [("1 rows", FUNDS, "500", "500", ""), ("1 rows", FUNDS, "9.00", "9.00", "")], id="each currency by itself, in order"),
    pytest.param([], {"usd": "3.00"}, [("0 rows", FUNDS, "0.00", "3.00", UNEXPLAINED)], id="more than waits"),
    pytest.param([waits("9.00")], {}, [("1 rows", FUNDS, "9.00", "0.00", UNEXPLAINED)], id="its record is known and not there"),
    pytest.param([waits("9.00"), waits("4.00", "ch_2")], {"usd": "9.00"}, [("1 rows", FUNDS, "9.00", "9.00", ""), ("ch_2", "", "4.00", "0.00", "charge: no record in NetSuite; see its events")], id="not booked yet: named, and no more is unexplained"),
    pytest.param([waits("9.00"), waits("4.00", "ch_2")], {"usd": "8.00"}, [("1 rows", FUNDS, "9.00", "8.00", UNEXPLAINED), ("ch_2", "", "4.00", "0.00", "charge: no record in NetSuite; see its events")], id="and something else is wrong"),
    pytest.param([waits("9.00"), waits("4.00", "ch_2")], {"usd": "13.00"}, [("2 rows", FUNDS, "13.00", "13.00", "")], id="what agrees is not looked into"),
    *(pytest.param([waits("1.00", of, kind)], {}, [("1 rows", FUNDS, "1.00", "0.00", UNEXPLAINED)], id=f"a {kind} is known by its record") for of, kind in (("ch_1", "partial_capture_reversal"), ("re_1", "refund"), ("re_2", "refund_failure"), ("re_1", "dispute"), ("po_0", "payout_reversal"))),
    pytest.param([waits("1.00", "ch_1", "charge_failure")], {}, [("0 rows", FUNDS, "0.00", "0.00", ""), ("ch_1", "", "1.00", "0.00", "charge_failure: no record in NetSuite; see its events")], id="a failure by the record that took it back"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "undeposited", "then"), WAITING)
def test_undeposited_funds_hold_what_waits(world: World, rows: list[Unpaid], undeposited: dict[str, str], then: list[Said]) -> None:
    assert balance(world, *rows, **undeposited) == then


def test_currencies_stand_in_their_order(world: World) -> None:
    currencies = ["usd", "eur", "chf", "jpy", "gbp", "sek"]
    rows = balance(world, **dict.fromkeys(currencies, "1"))
    assert [row[3] for row in rows] == ["1.00", "1.00", "1.00", "1", "1.00", "1.00"], "chf eur gbp jpy sek usd"


def test_accounts_that_share_undeposited_funds_are_one(world: World) -> None:
    apart = replace(SETTINGS, accounts=Accounts(undeposited_funds="111"))
    use_case = Reconciliation(
        replace(world.sync, of_account={"acct_2": apart}),
        Ledger(a110={"usd": usd("12.00")}, a111={"usd": usd("5.00")}),
        Balance(own=[waits("9.00")], acct_1=[waits("3.00", "ch_3")], acct_2=[waits("5.00", "ch_4")]),
        ("", "acct_1", "acct_2"),
    )
    statement = use_case.whole_balance()
    assert said(statement) == [("2 rows", FUNDS, "12.00", "12.00", ""), ("1 rows", "Undeposited Funds #111", "5.00", "5.00", "")]
    assert statement.says == "What waits for a payout in Stripe, against Undeposited Funds."


def test_without_that_account_there_is_nothing_to_compare_with(world: World) -> None:
    poor = replace(world.sync, settings=replace(SETTINGS, accounts=Accounts()))
    with pytest.raises(CannotSync) as stopped:
        Reconciliation(poor, Ledger(), Balance()).whole_balance()
    assert stopped.value.failed.field == "accounts.undeposited_funds"


def test_a_statement_holds_where_no_row_differs() -> None:
    row = Row("ch_1", "", usd("9.00"), usd("9.00"))
    assert Statement("why", (row,)).holds
    assert not Statement("why", (row, replace(row, netsuite=usd("9.01")))).holds
