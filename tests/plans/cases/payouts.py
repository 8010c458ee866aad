"""3.7: a payout is a Deposit of the payments and refunds it pays out; on its way, paid, failed, replaced, by hand."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

HOLD = 'payouts.on_invalid = "hold"'


def sold(s: Scene, *amounts: int) -> list[str]:
    charges = [s.sale(amount) for amount in amounts or (10_000,)]
    s.synced()
    return charges


def paid_out(s: Scene, day: int = 6) -> str:
    s.synced()
    return s.payout(day=day)


def _failed(s: Scene, *, booked: bool) -> str:
    sold(s)
    payout = s.payout()
    if booked:
        s.synced()
    s.on(10)
    s.world.payouts.fail(payout)
    return payout


def _cancelled(s: Scene) -> None:
    sold(s)
    s.world.payouts.cancel(s.payout(arrives=False))


def _replaced(s: Scene, *, booked: bool) -> None:
    _failed(s, booked=booked)
    if booked:
        s.synced()
    s.sale(2_900)
    paid_out(s, 14)


def _debt(s: Scene, amount: int) -> None:
    sold(s)
    s.world.own_rows.book("adjustment", amount)
    s.payout()


def _by_hand(s: Scene, *, instant: bool = False) -> str:
    sold(s)
    s.on(6)
    made = s.world.payouts.request(5_000, instant=instant)
    if not instant:
        s.on(8)
    s.world.payouts.pay(made)
    return made


def _by_hand_failed(s: Scene) -> None:
    made = _by_hand(s, instant=True)
    s.synced()
    s.on(9)
    s.world.payouts.fail(made)


def _does_not_add_up(s: Scene) -> None:
    sold(s)
    s.held(s.payout())["amount"] += 1


def _changed_member(s: Scene) -> None:
    """A payment is of another amount in NetSuite than in Stripe."""
    [charge, *_] = sold(s)
    s.synced()
    s.edited("customerPayment", charge, "a person made it 28.00 USD", payment=28)
    s.payout()


def _not_listed(s: Scene) -> None:
    sold(s)
    made = s.payout(arrives=False)
    s.on(8)
    s.world.payouts.pay(made, reconciled=False)


def _linked(s: Scene) -> None:
    sold(s)
    theirs = s.by_person(
        "deposit", "96.80 USD", account={"id": "101"}, tranDate="2026-11-08", other={"items": [{"account": {"id": "690"}, "amount": 96.8}]}
    )
    s.held(s.payout())["metadata"]["netsuite_deposit_id"] = theirs


ROWS = (
    Row(
        "3.7",
        "payout on its way",
        "what it holds is checked, nothing is written",
        (
            Case("payout.created", "not_listed_yet", lambda s: (sold(s), s.payout(arrives=False))),
            Case("payout.created", "listed_and_checked", lambda s: (sold(s), s.world.payouts.reconcile(s.payout(arrives=False)))),
            Case("payout.updated", "in_transit", lambda s: (sold(s), s.world.payouts.send(s.payout(arrives=False)))),
            Case(
                "payout.updated",
                "its_trace_id_changes_nothing",
                lambda s: (sold(s), p := s.payout(), s.synced(), s.world.payouts.trace(p)),
            ),
        ),
    ),
    Row(
        "3.7, 5.10",
        "payout paid",
        "Deposit in the bank of its currency on the arrival date, memo; of the payout's amount or not at all, and read back: where NetSuite makes it another, Failed",
        (
            Case("payout.paid", "payments_and_a_refund_less_fees", lambda s: (s.refund(sold(s, 10_000, 2_900)[0], 2_500), paid_out(s))),
            Case("payout.reconciliation_completed", "brings_what_it_holds", lambda s: (_not_listed(s), s.world.payouts.reconcile("po_1"))),
            Case("payout.paid", "not_listed_waits", _not_listed),
            Case("payout.paid", "that_does_not_add_up", _does_not_add_up),
            Case("payout.paid", "a_member_whose_amount_a_person_changed", _changed_member),
            Case("payout.paid", "whose_deposit_a_person_made", _linked),
            Case(
                "payout.paid",
                "without_a_bank_account_for_its_currency",
                lambda s: (sold(s), s.payout()),
                'accounts.bank = { eur = "102" }',
            ),
        ),
    ),
    Row(
        "3.7, 5.13",
        "payout of zero or less",
        "JournalEntry with the same lines",
        (
            Case("payout.paid", "net_negative_is_a_journal_entry", lambda s: _debt(s, 20_000)),
            Case("payout.paid", "net_zero_is_a_journal_entry", lambda s: _debt(s, 9_680)),
        ),
    ),
    Row(
        "3.7",
        "payout of more lines than NetSuite takes (5,000)",
        "several Deposits whose sum is the payout",
        shown_by="`tests/core/test_flows.py`",
    ),
    Row(
        "3.7, 5.12",
        "payout failed or cancelled",
        "without a Deposit nothing: its members go with the payout that pays them; else reversed by a JournalEntry, a member of that payout",
        (
            Case("payout.failed", "after_its_deposit_is_reversed", lambda s: _failed(s, booked=True)),
            Case("payout.failed", "before_it_was_booked_is_nothing", lambda s: _failed(s, booked=False)),
            Case("payout.canceled", "is_nothing_without_a_deposit", _cancelled),
            Case("payout.paid", "replaces_one_that_was_reversed", lambda s: _replaced(s, booked=True)),
            Case("payout.paid", "replaces_one_that_was_never_booked", lambda s: _replaced(s, booked=False)),
        ),
    ),
    Row(
        "3.7",
        "payout by hand, or instant (`payouts.manual`)",
        "JournalEntry from Undeposited Funds to bank, and its fee",
        (
            Case("payout.paid", "manual_moves_its_amount", _by_hand),
            Case("payout.paid", "instant_moves_its_amount_and_fee", lambda s: _by_hand(s, instant=True)),
            Case("payout.failed", "instant_comes_back_with_its_fee", _by_hand_failed),
        ),
    ),
    Row(
        "3.7",
        "… held (`payouts.manual = hold`)",
        "Failed until a person books it and names the Deposit in the payout's metadata",
        (Case("payout.paid", "manual_is_held_for_a_person", _by_hand, 'payouts.manual = "hold"'),),
    ),
)
