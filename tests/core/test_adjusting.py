"""The period is closed, and a journal entry of the open one stands in the place of a record: once, and for all that builds on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from adapters.netsuite.fields import RECORDS
from adapters.netsuite.memory import InProcessTransport
from adapters.storage.memory import MemorySyncRecords
from core.adjusting import Adjusted, adjusting_entry, pointed, sold_in
from core.choices import Choice
from core.dating import PeriodPolicy, Periods, day_of, moved_to
from core.inbox import Event
from core.money import Money
from core.outcome import CannotSync, Failed, Kind, Outcome, Synced
from core.plan import Ensure, Match, Plan
from core.ports import Link
from core.records import (
    Apply,
    CreditMemo,
    Customer,
    CustomerDeposit,
    CustomerPayment,
    Deposit,
    DepositPayment,
    DiscountItem,
    External,
    Internal,
    ItemLine,
    Record,
    RecordType,
    ServiceSaleItem,
    TaxDetail,
    key,
)
from core.records import Invoice as Bill
from core.settings import Settings
from core.snapshot import Charge, Invoice
from services.clock import WallClock
from tests.core.test_doubt import World as Doubtful
from tests.core.test_doubt import is_unknown
from tests.core.test_sync import SALE, World, event
from tests.given import SETTINGS, at, charge, customer, invoice, line, moved, payout, price, refund, refunds, tax, usd

OF_GUEST = charge("29.00", "ch_2")
OWED = invoice(line("70.00", taxes=[tax("5.00")]), line("30.00"), total="105.00", stripe_id="in_9")


def journal(*records: RecordType, then: PeriodPolicy = "next_open") -> Settings:
    """These as entries, all else by another policy."""
    return replace(
        SETTINGS, accounts=replace(SETTINGS.accounts, receivable="120"), periods=Periods(then, dict.fromkeys(records, "journal"))
    )


ALL = journal(RecordType.INVOICE, RecordType.CUSTOMER_PAYMENT, RecordType.CREDIT_MEMO)
PAYMENTS_MOVE = journal(RecordType.INVOICE, RecordType.CREDIT_MEMO)


@pytest.fixture
def world() -> World:
    """All of November is closed."""
    made = World(
        ("cus_1", customer()),
        ("price_1", price()),
        ("in_9", OWED),
        ("ch_1", SALE),
        ("ch_1", refunds(SALE, refund("100.00"))),
        ("ch_2", OF_GUEST),
        ("ch_2", refunds(OF_GUEST, refund("9.00", "re_2"))),
        ("po_1", payout("125.00", moved("100.00", "3.00"), moved("29.00", "1.00", source="ch_2"))),
    )
    made.netsuite.set_period("2026-11", False)
    return made


def sync(world: World, what: Event, settings: Settings = ALL, records: MemorySyncRecords | None = None) -> Outcome:
    return replace(world.on(world.books, records), settings=settings).event(what).outcome


def held(world: World, record: RecordType) -> list[str]:
    return [each.external_id for each in world.netsuite.records(record)]


def test_a_payment_stands_as_an_entry_of_the_first_open_day(world: World) -> None:
    assert sync(world, event("charge.succeeded", "ch_2")) == Synced(2)
    (entry,) = world.netsuite.records(RecordType.JOURNAL_ENTRY)
    assert (entry.external_id, entry.fields["tranDate"]) == ("ch_2", date(2026, 12, 1).isoformat())
    assert entry.fields["memo"] == "Stripe: ch_2 Original transaction date: 2026-11-02 (payment)"
    assert held(world, RecordType.CUSTOMER_PAYMENT) == []
    assert world.balances() == {"110": "29.00", "120": "-29.00"}


def test_an_invoice_stands_as_an_entry_with_its_own_accounts(world: World) -> None:
    sync(world, event("invoice.finalized", "in_9"))
    assert held(world, RecordType.JOURNAL_ENTRY) == ["in_9"]
    assert world.balances() == {"120": "105.00", "400": "-100.00", "210": "-5.00"}


@pytest.mark.parametrize(("event_type", "stripe_id"), [("charge.succeeded", "ch_2"), ("invoice.finalized", "in_9")])
@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("later", [ALL, journal()], ids=["journal", "next_open"])
def test_nothing_is_doubled_whatever_comes_after(
    world: World, event_type: str, stripe_id: str, *, reopened: bool, forgets: bool, later: Settings
) -> None:
    assert isinstance(sync(world, event(event_type, stripe_id)), Synced)
    before = world.balances()
    world.netsuite.set_period("2026-11", reopened)
    assert sync(world, event(event_type, stripe_id), later, MemorySyncRecords() if forgets else None) == Synced(0)
    assert world.balances() == before
    assert held(world, RecordType.JOURNAL_ENTRY) == [stripe_id]


def test_what_builds_on_an_entry_settles_and_deposits_it(world: World) -> None:
    assert sync(world, event("charge.succeeded", "ch_1"), PAYMENTS_MOVE) == Synced(4)
    assert held(world, RecordType.JOURNAL_ENTRY) == ["in_1"]
    assert world.balances() == {"110": "100.00", "400": "-100.00"}
    sync(world, event("charge.succeeded", "ch_2"))
    assert sync(world, event("payout.paid", "po_1")) == Synced(1)
    assert world.balances() == {"101": "125.00", "600": "4.00", "120": "-29.00", "400": "-100.00"}
    assert isinstance(sync(world, event("charge.refunded", "ch_1"), PAYMENTS_MOVE), Synced)
    assert isinstance(sync(world, event("charge.refunded", "ch_2")), Synced)
    assert held(world, RecordType.JOURNAL_ENTRY) == ["in_1", "ch_2", "re_1-memo"]
    assert world.balances() == {"101": "125.00", "600": "4.00", "120": "-20.00", "110": "-109.00"}
    assert sync(world, event("charge.refunded", "ch_1"), PAYMENTS_MOVE) == Synced(0)
    before = world.balances()
    assert isinstance(sync(world, event("charge.refunded", "ch_1"), PAYMENTS_MOVE, MemorySyncRecords()), Synced)
    assert world.balances() == before
    assert held(world, RecordType.JOURNAL_ENTRY) == ["in_1", "ch_2", "re_1-memo"]


def test_voiding_and_giving_up_settle_the_entry(world: World) -> None:
    sync(world, event("invoice.finalized", "in_9"))
    world.stripe.held[Invoice, "in_9"] = replace(OWED, status="void", voided_at=at(30))
    world.netsuite.set_period("2026-11", True)
    assert sync(world, event("invoice.voided", "in_9")) == Synced(1)
    assert held(world, RecordType.CREDIT_MEMO) == ["in_9-void"]
    assert world.balances() == {}
    assert sync(world, event("invoice.voided", "in_9"), ALL, MemorySyncRecords()) == Synced(0)


def test_an_entry_that_a_person_deleted_is_made_again_by_hand(world: World) -> None:
    sync(world, event("charge.succeeded", "ch_2"))
    InProcessTransport(world.netsuite).send("DELETE", f"{RECORDS}/journalEntry/eid:ch_2", {}, None, {})
    assert world.balances() == {}
    resynced = replace(world.sync, settings=ALL).resync("ch_2")
    assert [report.outcome for report in resynced][:1] == [Synced(1)]
    assert held(world, RecordType.JOURNAL_ENTRY) == ["ch_2"]


def test_what_settles_another_document_cannot_be_an_entry(world: World) -> None:
    outcome = sync(world, event("charge.succeeded", "ch_1"))
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.record) == (Kind.PERIOD_CLOSED, "customerPayment ch_1")
    assert "settles another document" in outcome.message
    assert "Reopen the period" in outcome.remedy
    world.netsuite.set_period("2026-11", True)
    assert sync(world, event("charge.succeeded", "ch_1")) == Synced(1)
    assert world.balances() == {"110": "100.00", "400": "-100.00"}


def test_an_entry_is_not_written_again_when_its_record_changes(world: World) -> None:
    sync(world, event("invoice.finalized", "in_9"))
    before = world.balances()
    world.stripe.held[Invoice, "in_9"] = replace(OWED, lines=(line("100.00"),), total=OWED.lines[0].amount + OWED.lines[1].amount)
    outcome = sync(world, event("invoice.updated", "in_9"))
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.record) == (Kind.REFUSED, "journalEntry in_9")
    assert world.balances() == before


def test_a_record_that_stands_already_gets_no_entry(world: World) -> None:
    world.netsuite.set_period("2026-11", True)
    sync(world, event("charge.succeeded", "ch_2"))
    world.netsuite.set_period("2026-11", False)
    world.stripe.held[Charge, "ch_2"] = charge("31.00", "ch_2")
    outcome = sync(world, event("charge.succeeded", "ch_2"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is Kind.PERIOD_CLOSED
    assert held(world, RecordType.JOURNAL_ENTRY) == []


def test_a_plan_of_what_stands_as_an_entry_shows_no_difference(world: World) -> None:
    sync(world, event("invoice.finalized", "in_9"))
    for records in (world.records, MemorySyncRecords()):
        (report,) = replace(world.on(world.books, records), settings=ALL).preview("in_9")
        assert {diff.change for diff in report.diffs} == {"unchanged"}


ITEM = ServiceSaleItem("price_1", "Pro plan", "Pro plan", Internal("400"))
BILL = Bill("in_1", External(RecordType.CUSTOMER, "cus_1"), date(2026, 11, 2), "usd", (ItemLine(key(ITEM), usd("10.00")),))
TAXED = (TaxDetail("1", Internal("12"), usd("10.00"), Decimal(20), usd("2.00")),)


@pytest.mark.parametrize(
    ("record", "items", "settings", "why"),
    [
        (BILL, (), ALL, "NetSuite alone knows the income account of serviceSaleItem price_1"),
        (BILL, (Ensure(ITEM, (Match("itemid", "Pro plan"),)),), ALL, "NetSuite alone knows the income account"),
        (BILL, (Ensure(replace(ITEM, fields=(("incomeAccount", "401"),))),), ALL, "NetSuite alone knows the income account"),
        (replace(BILL, tax_details=TAXED), (Ensure(ITEM),), ALL, "tax details"),
        (replace(BILL, fields=(("class", "7"),)), (Ensure(ITEM),), ALL, "fields that an entry does not have"),
        (replace(BILL, item=(ItemLine(key(ITEM), usd("0.00")),)), (Ensure(ITEM),), ALL, "it comes to nothing"),
        (BILL, (Ensure(ITEM),), replace(ALL, subsidiaries=(Choice("3"),)), "subsidiary"),
        (BILL, (Ensure(ITEM),), replace(ALL, accounts=SETTINGS.accounts), "accounts.receivable is not set"),
    ],
)
def test_what_no_entry_can_say_is_said(record: Bill, items: tuple[Ensure, ...], settings: Settings, why: str) -> None:
    with pytest.raises(CannotSync, match=why):
        adjusting_entry(record, date(2026, 12, 1), sold_in(Plan(items, "a sale")), {}, settings)


def test_a_discount_that_posts_nothing_lowers_the_first_account() -> None:
    off = DiscountItem("SPRING", "Spring sale")
    bill = replace(BILL, item=(*BILL.item, ItemLine(key(off), -usd("4.00"))))
    entry = adjusting_entry(bill, date(2026, 12, 1), sold_in(Plan((Ensure(ITEM), Ensure(off)), "a sale")), {}, ALL)
    assert [(line.account.id, line.debit, line.credit) for line in entry.line] == [("120", usd("6.00"), None), ("400", None, usd("6.00"))]


def shown(bill: Adjusted, *items: Ensure, settings: Settings = ALL, known: Mapping[External, Link] | None = None) -> list[str]:
    """Each line's account and what it debits or credits."""
    entry = adjusting_entry(bill, date(2026, 12, 1), sold_in(Plan(items, "a sale")), known or {}, settings)
    return [f"{line.account.id} {'Dr' if line.debit else 'Cr'} {cast(Money, line.debit or line.credit).decimal}" for line in entry.line]


ROUTER = replace(ITEM, external_id="price_2", income_account=Internal("410"))
OFF = DiscountItem("SPRING", "Spring sale")
MEMO = CreditMemo("cn_1", BILL.entity, BILL.tran_date, "usd", BILL.item)


def lines(*sold: tuple[ServiceSaleItem | DiscountItem, str]) -> tuple[ItemLine, ...]:
    return tuple(ItemLine(key(item), usd(amount)) for item, amount in sold)


ENTRIES = [
    pytest.param(BILL, ["120 Dr 10.00", "400 Cr 10.00"], id="an invoice"),
    pytest.param(MEMO, ["120 Cr 10.00", "400 Dr 10.00"], id="a credit memo: the other side"),
    pytest.param(replace(BILL, item=lines((ITEM, "0.01"))), ["120 Dr 0.01", "400 Cr 0.01"], id="of a cent"),
    pytest.param(replace(BILL, item=lines((ITEM, "10.00"), (ROUTER, "5.00"))), ["120 Dr 15.00", "400 Cr 10.00", "410 Cr 5.00"], id="each item's account"),
    pytest.param(replace(BILL, item=lines((ITEM, "10.00"), (ROUTER, "5.00"), (ROUTER, "-5.00"))), ["120 Dr 10.00", "400 Cr 10.00"], id="an account that comes to nothing has no line"),
    pytest.param(replace(BILL, item=lines((ITEM, "10.00"), (ROUTER, "-4.00"))), ["120 Dr 6.00", "400 Cr 10.00", "410 Dr 4.00"], id="what is taken off an account"),
    pytest.param(replace(BILL, item=lines((OFF, "-4.00"), (ITEM, "10.00"))), ["120 Dr 6.00", "400 Cr 6.00"], id="a discount that comes first"),
]  # fmt: skip


@pytest.mark.parametrize(("bill", "said"), ENTRIES)
def test_the_lines_of_an_entry(bill: Adjusted, said: list[str]) -> None:
    assert shown(bill, Ensure(ITEM), Ensure(ROUTER), Ensure(OFF)) == said


def test_it_stands_in_the_subsidiary_of_the_settings() -> None:
    entry = adjusting_entry(BILL, date(2026, 12, 1), sold_in(Plan((Ensure(ITEM),), "a sale")), {}, replace(ALL, subsidiary="3"))
    assert (entry.subsidiary, entry.line[0].entity, entry.line[1].entity) == (Internal("3"), BILL.entity, None)


def test_the_account_of_an_item_that_may_be_anothers_is_known_once_we_wrote_it() -> None:
    matched = Ensure(ITEM, (Match("itemid", "Pro plan"),))
    assert shown(BILL, matched, known={key(ITEM): Link(key(ITEM), "7", "sum")}) == ["120 Dr 10.00", "400 Cr 10.00"]
    with pytest.raises(CannotSync, match="NetSuite alone knows the income account"):
        shown(BILL, matched, known={key(ITEM): Link(key(ITEM), "7", "")})
    with pytest.raises(CannotSync, match="NetSuite alone knows the income account of #7"):
        shown(replace(BILL, item=(ItemLine(Internal("7"), usd("10.00")),)), matched)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (CustomerDeposit("ch_1", BILL.entity, BILL.tran_date, "usd", usd("9.00"), Internal("110")), "it settles another document"),
        (replace(MEMO, apply=(Apply(key(BILL), usd("10.00")),)), "it settles another document"),
        (replace(BILL, item=lines((OFF, "-4.00"))), "it sells nothing"),
        (replace(BILL, item=(*BILL.item, replace(BILL.item[0], fields=(("class", "7"),)))), "fields that an entry does not have"),
    ],
)  # fmt: skip
def test_what_is_no_sale_has_no_entry(record: Record, why: str) -> None:
    with pytest.raises(CannotSync, match=why) as stopped:
        adjusting_entry(record, date(2026, 12, 1), sold_in(Plan((Ensure(ITEM), Ensure(OFF)), "a sale")), {}, ALL)
    assert (stopped.value.failed.kind, stopped.value.failed.record) == (Kind.PERIOD_CLOSED, str(key(record)))


IN_9, ENTRY = External(RecordType.INVOICE, "in_9"), External(RecordType.JOURNAL_ENTRY, "in_9")
SETTLES = CustomerPayment(
    "ch_9",
    BILL.entity,
    BILL.tran_date,
    "usd",
    usd("9.00"),
    Internal("110"),
    apply=(Apply(IN_9, usd("9.00")), Apply(Internal("77"), usd("1.00"))),
)


def test_what_settles_a_record_settles_the_entry_in_its_place() -> None:
    told = pointed(SETTLES, lambda _: Link(ENTRY, "7", "sum"))
    assert [line.doc for line in cast(CustomerPayment, told).apply] == [ENTRY, Internal("77")]
    payout = Deposit(
        "po_1", Internal("101"), BILL.tran_date, "usd", (DepositPayment(IN_9, usd("9.00")), DepositPayment(key(SETTLES), usd("1.00")))
    )
    named = cast(Deposit, pointed(payout, {IN_9: Link(ENTRY, "7", "sum")}.get))
    assert [line.doc for line in named.payment] == [ENTRY, key(SETTLES)]


@pytest.mark.parametrize("stands", [None, Link(IN_9, "7", "sum")])
def test_where_the_record_itself_stands_nothing_changes(stands: Link | None) -> None:
    assert pointed(SETTLES, lambda _: stands) is SETTLES


@pytest.mark.parametrize("carried_out", ["before", "never", "later"])
def test_after_a_lost_answer_there_is_one_entry(carried_out: str) -> None:
    world = Doubtful(("ch_2", OF_GUEST))
    world.use_case = replace(world.use_case, settings=ALL, clock=WallClock())
    world.line.netsuite.set_period("2026-11", False)
    world.line.lose, world.line.after = "journalEntry", carried_out
    lost = world.sync("charge.succeeded", "ch_2")
    assert isinstance(lost, Failed)
    assert lost.kind is Kind.BUSY
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 960)
    world.line.deliver_late()
    world.clock.on(960)
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)
    assert (world.held(RecordType.JOURNAL_ENTRY), world.held(RecordType.CUSTOMER_PAYMENT)) == (["ch_2"], [])


@pytest.mark.parametrize(
    ("policy", "record", "moves", "adjusts"),
    [
        ("next_open", RecordType.INVOICE, True, False),
        ("next_open", RecordType.JOURNAL_ENTRY, True, False),
        ("hold", RecordType.INVOICE, False, False),
        ("hold", RecordType.JOURNAL_ENTRY, False, False),
        ("journal", RecordType.INVOICE, False, True),
        ("journal", RecordType.CUSTOMER_PAYMENT, False, True),
        ("journal", RecordType.CREDIT_MEMO, False, True),
        ("journal", RecordType.CUSTOMER_REFUND, False, False),
        ("journal", RecordType.DEPOSIT, False, False),
        ("journal", RecordType.JOURNAL_ENTRY, True, False),
    ],
)
def test_what_becomes_of_a_record_whose_period_is_closed(policy: PeriodPolicy, record: RecordType, *, moves: bool, adjusts: bool) -> None:
    for periods in (Periods(policy), Periods("hold", {record: policy})):
        assert periods.adjusts(record) is adjusts
        assert periods.moves(cast(Record, SimpleNamespace(type=record))) is moves
    assert Periods(policy).may_adjust is (policy == "journal")
    assert Periods("hold", {record: policy}).may_adjust is adjusts


@pytest.mark.parametrize(
    ("memo", "dated"),
    [
        ("Stripe: ch_1", "Stripe: ch_1 Original transaction date: 2026-11-02"),
        ("Stripe: ch_1 T-shirt, red", "Stripe: ch_1 Original transaction date: 2026-11-02 T-shirt, red"),
        ("", "Original transaction date: 2026-11-02"),
    ],
)
def test_a_memo_tells_the_original_day_behind_the_stripe_id(memo: str, dated: str) -> None:
    moved = moved_to(replace(BILL, memo=memo), date(2026, 12, 1))
    assert (moved.memo, day_of(moved)) == (dated, date(2026, 12, 1))  # type: ignore[union-attr]


@pytest.mark.parametrize("record", [ITEM, OFF, Customer("cus_1", is_person=False, currency="usd")])
def test_customers_and_items_have_no_day(record: Record) -> None:
    assert (day_of(record), moved_to(record, date(2026, 12, 1))) == (None, record)
