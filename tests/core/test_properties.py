"""What holds whatever happens: any order, any repetition of a story's events ends in the same books, and the books are double-entry books."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from core.inbox import Event
from core.money import Money
from core.outcome import Failed, Synced
from core.plan import Upsert
from core.records import Deposit
from core.rules.payouts import plan_payout
from core.snapshot import BalanceTransaction, Payout
from tests.core.test_sync import SALE, World, event
from tests.given import SETTINGS, at, charge, customer, dispute, invoiced, line, moved, payout, price, refund, refunds, usd

TWO_LINES = invoiced("80.00", line("50.00"), line("30.00", of=price("price_2", "Onboarding")), stripe_id="ch_3")


def story() -> World:
    """A subscription, a one-off sale partly refunded, an invoice disputed, and the payout of all that."""
    return World(
        ("cus_1", customer()),
        ("price_1", price()),
        ("ch_1", SALE),
        ("ch_1", refunds(SALE)),
        ("ch_2", charge("29.00", "ch_2")),
        ("ch_2", refunds(charge("29.00", "ch_2"), refund("9.00", "re_2"))),
        ("re_2", refunds(charge("29.00", "ch_2"), refund("9.00", "re_2"))),
        ("dp_1", dispute("30.00", TWO_LINES)),
        ("ch_3", TWO_LINES),
        ("po_1", PAID_OUT),
    )


PAID_OUT = payout(
    "147.29",
    moved("100.00", "3.20"),
    moved("29.00", "1.14", source="ch_2"),
    moved("80.00", "2.62", source="ch_3"),
    moved("-9.00", category="refund", source="re_2"),
    moved("-30.00", "15.00", category="dispute", source="dp_1"),
    moved("-0.75", category="fee", source=""),
)
EVENTS = [
    event("customer.created", "cus_1"),
    event("price.created", "price_1"),
    event("charge.succeeded", "ch_1"),
    event("charge.updated", "ch_1"),
    event("charge.succeeded", "ch_2"),
    event("charge.refunded", "ch_2"),
    event("refund.created", "re_2"),
    event("charge.succeeded", "ch_3"),
    event("charge.dispute.created", "dp_1"),
    event("charge.dispute.funds_withdrawn", "dp_1"),
    event("payout.paid", "po_1"),
]


def play(world: World, events: Sequence[Event]) -> None:
    """Each event in turn; those that wait are tried again until none waits."""
    for _ in range(3):
        events = [each for each in events if isinstance(world.sync.event(each).outcome, Failed)]
    assert not events


def in_order() -> World:
    world = story()
    play(world, EVENTS)
    return world


EXPECTED = in_order().balances()


def test_the_story_in_order_ends_in_these_books() -> None:
    assert EXPECTED == {
        "101": "147.29",  # the payout
        "120": "-20.00",  # the one-off sale less its refund, unapplied
        "400": "-150.00",  # 100 + 80 - the disputed 30
        "600": "6.96",  # 3.20 + 1.14 + 2.62
        "601": "0.75",
        "604": "15.00",
    }


@settings(max_examples=60, deadline=None)
@given(order=st.permutations(EVENTS), again=st.lists(st.sampled_from(EVENTS), max_size=8))
def test_any_order_and_any_repetition_ends_in_the_same_books(order: Sequence[Event], again: Sequence[Event]) -> None:
    world = story()
    play(world, [*order, *again])
    assert world.balances() == EXPECTED


def test_when_all_is_settled_every_event_again_writes_nothing() -> None:
    world = in_order()
    assert [report.outcome for report in map(world.sync.event, EVENTS)] == [Synced(0)] * len(EVENTS)


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(EVENTS), cut=st.integers(0, len(EVENTS)))
def test_the_books_balance_at_every_moment(order: Sequence[Event], cut: int) -> None:
    world = story()
    for each in order[:cut]:
        world.sync.event(each)
        lines = world.netsuite.trial_balance()
        assert sum(entry.debit for entry in lines) == sum(entry.credit for entry in lines)


def moved_row(kind: str, number: int, gross: int, fee: int) -> BalanceTransaction:
    sign = -1 if kind in ("refund", "dispute", "fee") else 1
    source = {"charge": f"ch_{number}", "refund": f"re_{number}", "dispute": f"dp_{number}"}.get(kind, "")
    amount, cost = Money(sign * gross, "usd"), Money(fee if source else 0, "usd")
    return BalanceTransaction(f"txn_{number}", kind, kind, amount, cost, amount - cost, at(2), source_id=source)


ROWS = st.builds(
    moved_row,
    st.sampled_from(["charge", "refund", "dispute", "fee", "dispute_reversal", "other_adjustment", "never_heard_of"]),
    st.integers(1, 10_000),
    st.integers(1, 10**7),
    st.integers(0, 10**5),
)


@given(st.lists(ROWS, min_size=1, max_size=40, unique_by=lambda row: (row.reporting_category, row.source_id or row.id)))
def test_a_deposits_total_is_the_payouts_amount(rows: list[BalanceTransaction]) -> None:
    net = Money.total((row.net for row in rows), "usd")
    if net.minor <= 0:
        rows = [*rows, moved_row("charge", 99_999, 1 - net.minor, 0)]
        net = usd("0.01")
    [command] = [each for each in plan_payout(of(net, rows), SETTINGS).commands if isinstance(each, Upsert)]
    assert isinstance(command.record, Deposit)
    assert command.record.total == net
    assert all(each.amount.minor > 0 for each in (*command.record.other, *command.record.cashback))


def of(net: Money, rows: list[BalanceTransaction]) -> Payout:
    return Payout("po_1", "paid", net, at(9).date(), at(7), balance_transactions=tuple(rows))
