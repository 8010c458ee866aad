"""`undo` as a person uses it: what it refuses to begin, what it previews, what it writes down first, and how it goes on where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.netsuite.codec import dumps
from adapters.storage.notes import MemoryNotes
from core.metadata import EXCLUDED, UNDONE
from core.notes import Note, Noted
from core.outcome import Failed, Ignored, Kind, Outcome, Synced
from core.plan import checksum
from core.ports import Link
from core.records import External, RecordType
from core.rules.payments import payment_ref
from core.snapshot import Charge, Invoice, Price, Refunds
from core.statements import Holder
from core.sync import Change
from core.undo import LONGEST_REASON, Undo, written_for
from tests.core.test_sync import World, event
from tests.given import at, charge, customer, invoice, invoiced, line, price, refund, refunds

SALE = charge("29.00", of=customer())
PAYMENT = payment_ref("ch_1")
BY_HAND = "Reverse it in NetSuite by an entry of your own and `exclude` it."
WHY = "booked twice"


class Desk:
    """An operator before a world in which a sale of 29.00 was told of; he undoes things on the 20th. The methods but `undo` are what happened before."""

    def __init__(self) -> None:
        self.world = World(("cus_1", customer()), ("ch_1", SALE), ("ch_1", refunds(SALE)))
        self.notes = MemoryNotes(self.world.records)
        self.moment = at(20)
        self.holders: dict[str, Sequence[Holder]] = {}
        self.disputes: Sequence[str] = ()
        core = replace(self.world.sync, stripe=Noted(self.world.stripe, self.notes))
        self.core, self.undoing = core, Undo(core, Noted(self.world.stripe, self.notes, even_excluded=True), self, self.notes, self)

    def now(self) -> datetime:
        return self.moment

    def payouts_of(self, source_id: str, account: str = "") -> Sequence[Holder]:
        assert account == ""
        return self.holders.get(source_id, ())

    def disputes_of(self, charge_id: str, account: str = "") -> Sequence[str]:
        assert (charge_id, account) == ("ch_1", "")
        return self.disputes

    def synced(self) -> None:
        assert isinstance(self.core.event(event("charge.succeeded", "ch_1")).outcome, Synced)

    def says_stripe(self, of: Charge) -> None:
        self.world.stripe.held.update({(Charge, "ch_1"): of, (Refunds, "ch_1"): refunds(of)})

    def wrote(self, *refs: str) -> None:
        for ref in refs:
            kind, external_id = ref.split()
            self.world.records.remember(Link(External(RecordType(kind), external_id), "99", "a checksum"))

    def excluded(self, stripe_id: str) -> None:
        self.notes.put(Note(stripe_id, "", EXCLUDED, "by hand", "by hand", at(3)))

    def by_hand(self, **fields: object) -> None:
        """The accountant changes the payment in NetSuite."""
        assert self._asks("PATCH", body=dumps(fields)) == 204

    def deletes(self, record: str) -> None:
        assert self._asks("DELETE", record) == 204

    def _asks(self, method: str, record: str = "customerPayment/eid:ch_1", body: bytes = b"") -> int:
        return self.world.netsuite.handle(method, f"/services/rest/record/v1/{record}", {}, {}, body).status

    def undo(self, stripe_id: str = "ch_1", because: str = WHY, plan_checksum: str = "") -> Outcome:
        return self.undoing.carry_out(stripe_id, "", because, plan_checksum).outcome

    def held(self) -> list[str]:
        kinds = ("customerPayment", "customerRefund")
        return [f"{kind} {each.external_id}" for kind in kinds for each in self.world.netsuite.records(kind)]

    def noted(self) -> list[tuple[str, str, str, str, datetime]]:
        return [(each.stripe_id, each.key, each.value, each.because, each.at) for each in self.notes.put_so_far]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.synced()
    return made


NOTED = [("ch_1", EXCLUDED, WHY, WHY, at(20)), ("ch_1", UNDONE, at(20).isoformat(), WHY, at(20))]
STANDS, UNDID = ["customerPayment ch_1"], ["customerPayment ch_1", "customerRefund ch_1-reversed"]


def refused(message: str, remedy: str) -> Failed:
    return Failed(Kind.REFUSED, message, remedy)


# What is asked for.


def test_a_preview_writes_nothing_and_notes_nothing(desk: Desk) -> None:
    report = desk.undoing.preview("ch_1", "", WHY)
    assert [(str(diff.record), diff.change) for diff in report.diffs] == [
        ("customer cus_1", Change.UNCHANGED),
        ("customerPayment ch_1", Change.UNCHANGED),
        ("customerRefund ch_1-reversed", Change.CREATE),
    ]
    assert (report.outcome, desk.held(), desk.noted()) == (Synced(), STANDS, [])


def test_a_payment_is_excluded_then_refunded(desk: Desk) -> None:
    assert desk.undo(because=f"  {WHY} ") == Synced(1)
    assert (desk.held(), desk.noted()) == (UNDID, NOTED)
    [payment] = desk.world.netsuite.records("customerRefund")
    assert (payment.fields["tranDate"], payment.fields["memo"]) == ("2026-11-20", "Stripe: ch_1 undone: booked twice")


def test_only_the_plan_that_was_approved_is_written(desk: Desk) -> None:
    report = desk.undoing.preview("ch_1", "", WHY)
    assert report.plan is not None
    assert desk.undo(plan_checksum="0" * 64) == refused(
        "the plan is no longer the one that was approved", "Look at the plan again; Stripe's object changed meanwhile."
    )
    assert (desk.held(), desk.noted()) == (STANDS, [])
    assert desk.undo(plan_checksum=checksum(report.plan)) == Synced(1)


def test_done_again_it_goes_on_with_the_day_and_the_reason_it_was_begun_with(desk: Desk) -> None:
    desk.undo()
    desk.moment += timedelta(days=3)
    assert desk.undo(because="another reason") == Synced(0)
    assert desk.noted()[2:] == [(*each[:4], desk.moment) for each in NOTED], "the day and the reason are the first ones"
    assert isinstance(desk.core.event(event("charge.succeeded", "ch_1")).outcome, Ignored | Failed)
    assert desk.held() == UNDID


def test_what_was_begun_by_an_operator_who_only_noted_the_day_has_this_reason(desk: Desk) -> None:
    desk.notes.put(Note("ch_1", "", UNDONE, at(18).isoformat(), "", at(18)))
    assert desk.undo(because=f" {WHY}") == Synced(1)
    [paid_back] = desk.world.netsuite.records("customerRefund")
    assert (paid_back.fields["tranDate"], paid_back.fields["memo"]) == ("2026-11-18", "Stripe: ch_1 undone: booked twice")


# What is refused before anything is looked at.


@pytest.mark.parametrize(
    ("because", "failed"),
    [
        pytest.param("", refused("there is no reason", "Say why."), id="no reason"),
        pytest.param(" \t", refused("there is no reason", "Say why."), id="blanks"),
        pytest.param(
            "x" * (LONGEST_REASON + 1),
            refused("the reason is longer than 300 characters", "It becomes a memo: say it shorter."),
            id="too long a reason",
        ),
    ],
)
def test_a_reason_is_asked_for(desk: Desk, because: str, failed: Failed) -> None:
    assert desk.undoing.preview("ch_1", "", because).outcome == failed
    assert desk.undo(because=because) == failed
    assert (desk.held(), desk.noted()) == (STANDS, [])


def test_the_longest_reason_is_taken(desk: Desk) -> None:
    assert desk.undo(because="x" * LONGEST_REASON) == Synced(1)


@pytest.mark.parametrize("stripe_id", ["cus_1", "price_1", "plan_1"])
def test_what_posts_nothing_is_not_undone(desk: Desk, stripe_id: str) -> None:
    assert desk.undo(stripe_id) == Ignored("Customers and items post nothing: there is nothing to undo.")
    assert desk.noted() == []


@pytest.mark.parametrize("stripe_id", ["sub_1", "evt_1", "x"])
def test_what_it_does_not_know_it_says(desk: Desk, stripe_id: str) -> None:
    assert desk.undo(stripe_id) == refused(f"`undo` does not know {stripe_id}", BY_HAND)
    assert desk.noted() == []


def test_what_was_never_written_is_not_undone() -> None:
    desk = Desk()
    nothing = "No customerPayment ch_1 was written: there is nothing to undo; `exclude` keeps the object out."
    assert desk.undo() == Ignored(nothing)
    assert desk.noted() == []


def test_what_was_found_in_netsuite_is_not_ours_to_undo() -> None:
    desk = Desk()
    desk.world.records.remember(Link(PAYMENT, "7", ""))
    message = "customerPayment ch_1 was found in NetSuite, not written"
    assert desk.undo() == refused(message, f"If it is ours, resync ch_1 first. Else: {BY_HAND}")
    assert desk.noted() == []


def test_an_entry_in_an_open_period_that_stands_for_a_payment_is_reversed_by_hand() -> None:
    desk = Desk()
    desk.wrote("journalEntry ch_1")
    assert desk.undo() == refused("journalEntry ch_1 stands for it in an open period, and its own is closed", BY_HAND)


@pytest.mark.parametrize(
    ("stripe_id", "records"),
    [
        ("in_1", ["invoice in_1"]),
        ("ch_1", ["customerPayment ch_1", "cashSale ch_1", "customerDeposit ch_1"]),
        ("py_1", ["customerPayment py_1", "cashSale py_1", "customerDeposit py_1"]),
        ("re_1", ["customerRefund re_1", "cashRefund re_1", "creditMemo re_1-memo"]),
        ("pyr_1", ["customerRefund pyr_1", "cashRefund pyr_1", "creditMemo pyr_1-memo"]),
        ("dp_1", ["customerRefund dp_1", "cashRefund dp_1", "creditMemo dp_1-memo"]),
        ("du_1", ["customerRefund du_1", "cashRefund du_1", "creditMemo du_1-memo"]),
        ("cn_1", ["creditMemo cn_1"]),
        ("po_1", ["deposit po_1", "journalEntry po_1"]),
        ("cus_1", []),
        ("sub_1", []),
    ],
)
def test_the_records_that_may_stand_for_an_object(stripe_id: str, records: list[str]) -> None:
    assert [str(ref) for ref in written_for(stripe_id)] == records


# What builds on it.


def test_a_dispute_that_took_the_money_stands_in_the_way(desk: Desk) -> None:
    desk.disputes = ["dp_1"]
    desk.wrote("customerRefund dp_1")
    assert desk.undo() == refused("customerRefund dp_1 pays ch_1 back", "Undo that first, then this again.")
    assert desk.noted() == []


def test_so_does_a_refund(desk: Desk) -> None:
    desk.world.stripe.held[Refunds, "ch_1"] = refunds(SALE, refund("9.00"))
    desk.wrote("cashRefund re_1")
    assert desk.undo() == refused("cashRefund re_1 pays ch_1 back", "Undo that first, then this again.")


ARRIVED, UNDERWAY, FAILED = Holder("po_1", True, False), Holder("po_1", False, False), Holder("po_1", False, True)
LATER = Holder("po_2", True, False)


@pytest.mark.parametrize(
    ("holders", "wrote", "excluded", "in_the_way"),
    [
        pytest.param({"ch_1": [ARRIVED]}, [], [], "", id="a payout that is not booked yet"),
        pytest.param({"ch_1": [ARRIVED]}, ["deposit po_1"], [], "po_1", id="a booked one"),
        pytest.param({"ch_1": [UNDERWAY]}, ["deposit po_1"], [], "po_1", id="a booked one that is under way"),
        pytest.param({"ch_1": [ARRIVED]}, ["journalEntry po_1"], [], "po_1", id="one of a negative sum"),
        pytest.param({"ch_1": [ARRIVED]}, ["deposit po_1", "journalEntry po_1-reversed"], [], "", id="one that is undone"),
        pytest.param({"ch_1": [ARRIVED]}, [], ["po_1"], "po_1", id="one that a person books"),
        pytest.param({"ch_1": [UNDERWAY]}, [], ["po_1"], "", id="one that a person will book"),
        pytest.param({"ch_1": [ARRIVED]}, [], ["po_2"], "", id="one that is not booked, while another is a person's"),
        pytest.param({"ch_1": [FAILED], "po_1": [LATER]}, ["deposit po_2"], [], "po_2", id="one that failed: the next one has it"),
        pytest.param({"ch_1": [FAILED], "po_1": [LATER]}, [], [], "", id="and that is not booked"),
        pytest.param({"ch_1": [UNDERWAY], "po_1": [LATER]}, ["deposit po_2"], [], "", id="one under way has no next"),
        pytest.param({"ch_1": [ARRIVED, LATER]}, ["deposit po_1", "deposit po_2"], [], "po_1, po_2", id="two of them"),
    ],
)
def test_what_a_payout_has_taken_is_undone_after_that(
    desk: Desk, holders: dict[str, Sequence[Holder]], wrote: list[str], excluded: list[str], in_the_way: str
) -> None:
    desk.holders = holders
    desk.wrote(*wrote)
    for each in excluded:
        desk.excluded(each)
    outcome = desk.undo()
    if in_the_way:
        message = f"{in_the_way} has paid ch_1 out, and what was written for it may be inside that Deposit"
        assert outcome == refused(message, f"Undo that payout first, then this again. Or: {BY_HAND}")
    else:
        assert outcome == Synced(1)


def test_what_moved_no_money_of_its_own_is_in_no_payout(desk: Desk) -> None:
    bill = invoice(line("29.00"), total="29.00", of=customer())
    desk.world.stripe.held.update({(Invoice, "in_1"): bill, (Price, "price_1"): price()})
    assert isinstance(desk.core.event(event("invoice.finalized", "in_1")).outcome, Synced)
    desk.holders = {"in_1": [ARRIVED]}
    desk.wrote("deposit po_1")
    assert isinstance(desk.undo("in_1"), Synced)


def test_what_has_begun_goes_on_whatever_payout_was_booked_since(desk: Desk) -> None:
    desk.undo()
    desk.holders = {"ch_1": [ARRIVED]}
    desk.wrote("deposit po_1")
    assert desk.undo() == Synced(0)


# What a person changed in NetSuite.


def test_a_memo_may_have_been_changed(desk: Desk) -> None:
    desk.by_hand(memo="ask Ada", tranDate="2026-11-03")
    assert desk.undo() == Synced(1)


def test_what_it_posts_may_not(desk: Desk) -> None:
    desk.by_hand(account={"id": "101"})
    message = "customerPayment ch_1 was changed in NetSuite: account is 101, written was 110"
    assert desk.undo() == refused(message, f"Bring that back in NetSuite, then undo it again. Or: {BY_HAND}")
    assert desk.noted() == []


def test_nor_may_it_have_been_deleted(desk: Desk) -> None:
    desk.world.stripe.held[Refunds, "re_1"] = refunds(SALE, refund("9.00"))
    assert desk.core.event(event("refund.created", "re_1")).outcome == Synced(1)
    desk.deletes("customerRefund/eid:re_1")
    assert desk.undo("re_1") == refused(
        "customerRefund re_1 is not in NetSuite any more", f"Bring it back by `resync`, then undo it again. Or: {BY_HAND}"
    )


def test_what_was_never_written_of_it_cannot_have_been_changed(desk: Desk) -> None:
    """Its credit memo was, and then the writer died."""
    sold = invoiced("29.00", of=customer())
    desk.world.stripe.held.update({(Refunds, "re_1"): refunds(sold, refund("9.00")), (Price, "price_1"): price()})
    desk.wrote("creditMemo re_1-memo")
    assert desk.undoing.preview("re_1", "", WHY).outcome == Synced()


def test_what_is_to_be_written_again_anyway_is_not_compared(desk: Desk) -> None:
    desk.says_stripe(replace(SALE, description="red"))
    desk.by_hand(account={"id": "101"})
    assert desk.undo() == Synced(2)
