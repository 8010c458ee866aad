"""The use case on a small double-entry NetSuite in memory: what is written, what is not written again, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar, cast

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.memory import MemoryBooks
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.notes import MemoryNotes
from adapters.storage.turns import InProcessTurns
from core.dating import Periods
from core.inbox import Event
from core.metadata import EXCLUDED
from core.money import Money
from core.notes import Note, Noted
from core.outcome import CannotSync, Failed, Ignored, Kind, Synced
from core.plan import checksum
from core.ports import NetSuiteBooks, Turn
from core.records import External, RecordType
from core.snapshot import Charge, Customer, Payout, Price, Refunds, Snapshot
from core.sync import Change, SyncUseCase, _is_of
from services.clock import WallClock
from tests.given import SETTINGS, at, charge, customer, invoiced, moved, payout, price, refund, refunds, usd

S = TypeVar("S", bound=Snapshot)


class StripeAsGiven:
    """A Stripe of snapshots: what each id stands for, by what is asked."""

    def __init__(self, *given: tuple[str, Snapshot]) -> None:
        self.held: dict[tuple[type, str], Snapshot] = {(type(snapshot), stripe_id): snapshot for stripe_id, snapshot in given}
        self.reads = 0

    def read(self, what: type[S], stripe_id: str, account: str = "") -> S:
        self.reads += 1
        try:
            return cast(S, self.held[what, stripe_id])
        except KeyError:
            raise CannotSync(Failed(Kind.GONE, f"Stripe has no {stripe_id}", "Skip the event.")) from None


def event(event_type: str, stripe_id: str) -> Event:
    return Event(f"evt_{stripe_id}", event_type, datetime(2026, 11, 2, tzinfo=UTC), livemode=False, subject_id=stripe_id)


class World:
    """One use case with its memory around it."""

    def __init__(self, *given: tuple[str, Snapshot]) -> None:
        self.netsuite = NetSuite()
        self.books = MemoryBooks(self.netsuite)
        self.stripe = StripeAsGiven(*given)
        self.records = MemorySyncRecords()
        self.sync = self.on(self.books)

    def on(self, books: NetSuiteBooks, records: MemorySyncRecords | None = None) -> SyncUseCase:
        kept = records or self.records
        return SyncUseCase(self.stripe, books, kept, MemoryIntents(kept), InProcessTurns(), WallClock(), SETTINGS)

    def balances(self) -> Mapping[str, str]:
        """Debit less credit by account; accounts at zero left out."""
        return {line.account: f"{line.debit - line.credit}" for line in self.netsuite.trial_balance() if line.debit != line.credit}


SALE = invoiced("100.00")


@pytest.fixture
def world() -> World:
    return World(
        ("cus_1", customer()),
        ("price_1", price()),
        ("ch_1", SALE),
        ("ch_2", charge("29.00", "ch_2")),
        ("ch_2", refunds(charge("29.00", "ch_2"), refund("9.00", "re_2"))),
        ("ch_1", refunds(SALE, refund("100.00"))),
        ("po_1", payout("125.00", moved("100.00", "3.00"), moved("29.00", "1.00", source="ch_2"))),
    )


def test_a_paid_invoice_leaves_money_in_undeposited_funds_and_nothing_owed(world: World) -> None:
    report = world.sync.event(event("charge.succeeded", "ch_1"))
    assert report.outcome == Synced(writes=4)
    assert world.balances() == {"110": "100.00", "400": "-100.00"}


def test_the_same_event_again_writes_nothing(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    assert world.sync.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=0)


def test_with_its_memory_lost_the_writer_finds_its_records_and_writes_nothing(world: World) -> None:
    world.sync.event(event("charge.refunded", "ch_1"))
    before = world.balances()
    again = world.on(world.books, MemorySyncRecords()).event(event("charge.refunded", "ch_1"))
    assert again.outcome == Synced(writes=0)
    assert world.balances() == before


def test_a_refund_that_comes_first_brings_its_charge_along(world: World) -> None:
    assert world.sync.event(event("charge.refunded", "ch_2")).outcome == Synced(writes=3)
    assert world.sync.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=0)
    assert world.balances() == {"110": "20.00", "120": "-20.00"}


def test_a_payout_posts_what_is_good_and_waits_for_the_rest_in_suspense(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    outcome = world.sync.event(event("payout.paid", "po_1")).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.waits_for) == (Kind.NOT_READY, "ch_2")
    assert world.balances() == {"101": "125.00", "600": "4.00", "690": "-29.00", "400": "-100.00"}
    world.sync.event(event("charge.succeeded", "ch_2"))
    assert world.sync.event(event("payout.paid", "po_1")).outcome == Synced(writes=1)
    assert world.balances() == {"101": "125.00", "600": "4.00", "120": "-29.00", "400": "-100.00"}


def test_a_payout_on_hold_posts_nothing_until_all_is_good(world: World) -> None:
    held = replace(world.sync, settings=replace(SETTINGS, payouts_on_invalid="hold"))
    held.event(event("charge.succeeded", "ch_1"))
    outcome = held.event(event("payout.paid", "po_1")).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.waits_for) == (Kind.NOT_READY, "ch_2")
    assert "101" not in world.balances()
    held.event(event("charge.succeeded", "ch_2"))
    assert held.event(event("payout.paid", "po_1")).outcome == Synced(writes=1)
    assert world.balances() == {"101": "125.00", "600": "4.00", "120": "-29.00", "400": "-100.00"}


def test_a_payout_on_its_way_is_checked_and_nothing_is_written(world: World) -> None:
    on_its_way = replace(cast(Payout, world.stripe.held[Payout, "po_1"]), status="in_transit")
    world.stripe.held[Payout, "po_1"] = on_its_way
    for sale in ("ch_1", "ch_2"):
        world.sync.event(event("charge.succeeded", sale))
    assert isinstance(world.sync.event(event("payout.created", "po_1")).outcome, Ignored)
    assert "101" not in world.balances()


def test_what_changed_in_stripe_is_brought_into_line_once(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_2"))
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", description="T-shirt, red")
    assert world.sync.event(event("charge.updated", "ch_2")).outcome == Synced(writes=1)
    assert world.sync.event(event("charge.updated", "ch_2")).outcome == Synced(writes=0)
    [payment] = world.netsuite.records("customerPayment")
    assert payment.fields["memo"] == "Stripe: ch_2 T-shirt, red"


def test_an_event_that_is_not_in_the_table_is_ignored_without_reading_anything(world: World) -> None:
    report = world.sync.event(event("radar.early_fraud_warning.created", "issfr_1"))
    assert (report.subject, report.plan, report.outcome) == ("", None, Ignored("not in the event table"))
    assert world.stripe.reads == 0


def test_what_stripe_no_longer_has_is_gone(world: World) -> None:
    outcome = world.sync.event(event("charge.succeeded", "ch_404")).outcome
    assert isinstance(outcome, Failed)
    assert outcome.kind is Kind.GONE


def test_every_sync_is_kept_with_its_plan_and_its_end(world: World) -> None:
    report = world.sync.event(event("charge.succeeded", "ch_1"))
    assert report.plan is not None
    [kept] = world.records.history("ch_1")
    assert (kept.event_id, kept.event_type, kept.subject) == ("evt_ch_1", "charge.succeeded", "charge")
    assert (kept.checksum, kept.outcome) == (checksum(report.plan), Synced(4))
    assert "upsert  customerPayment ch_1  100.00 USD" in kept.plan


def test_a_preview_tells_what_would_be_created_and_writes_nothing(world: World) -> None:
    previews = world.sync.preview("ch_1")
    assert [preview.subject for preview in previews] == ["charge", "refunds of a charge"]
    assert {diff.change for preview in previews for diff in preview.diffs} == {Change.CREATE}
    assert world.balances() == {}
    assert world.sync.resync("ch_1")[0].outcome == Synced(4)


def test_a_preview_tells_each_field_that_differs(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_2"))
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", description="T-shirt, red")
    [diff] = [diff for diff in world.sync.preview("ch_2")[0].diffs if diff.change is not Change.UNCHANGED]
    assert diff.change is Change.UPDATE
    assert [(field.field, field.holds, field.wants) for field in diff.fields] == [("memo", "Stripe: ch_2", "Stripe: ch_2 T-shirt, red")]


def test_a_resync_writes_only_the_plan_that_was_approved(world: World) -> None:
    approved = world.sync.preview("ch_2")[0]
    assert approved.plan is not None
    world.stripe.held[Charge, "ch_2"] = charge("31.00", "ch_2")
    world.stripe.held[Refunds, "ch_2"] = refunds(charge("31.00", "ch_2"))
    [refused] = world.sync.resync("ch_2", plan_checksum=checksum(approved.plan))
    assert isinstance(refused.outcome, Failed)
    assert (refused.subject, refused.outcome.kind) == ("charge", Kind.REFUSED)
    assert refused.outcome.message == "the plan is no longer the one that was approved"
    assert world.balances() == {}


def test_what_a_user_deleted_in_netsuite_a_resync_brings_back_and_what_he_edited_it_leaves(world: World) -> None:
    world.stripe.held[Refunds, "ch_2"] = refunds(charge("29.00", "ch_2"))
    assert world.sync.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=2)
    books = world.balances()
    [payment] = world.netsuite.records("customerPayment")
    address = f"/services/rest/record/v1/customerPayment/{payment.id}"
    assert world.netsuite.handle("PATCH", address, {}, {}, b'{"memo": "seen by me"}').status == 204
    assert world.sync.resync("ch_2")[0].outcome == Synced(writes=0)
    assert world.netsuite.records("customerPayment")[0].fields["memo"] == "seen by me"
    assert world.netsuite.handle("DELETE", address, {}, {}, b"").status == 204
    assert world.balances() != books
    assert world.sync.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=0), "no event looks whether it is still there"
    assert world.sync.resync("ch_2")[0].outcome == Synced(writes=1)
    assert world.balances() == books
    assert world.sync.resync("ch_2")[0].outcome == Synced(writes=0)


def test_a_resync_writes_the_plan_that_was_approved_while_it_is_still_so(world: World) -> None:
    approved = world.sync.preview("ch_2")[1]
    assert approved.plan is not None
    assert [report.outcome for report in world.sync.resync("ch_2", plan_checksum=checksum(approved.plan))] == [Synced(2), Synced(1)]


def test_what_stripe_has_no_more_is_no_plan_that_was_approved(world: World) -> None:
    [refused] = world.sync.resync("ch_404", plan_checksum="sum")
    assert isinstance(refused.outcome, Failed)
    assert refused.outcome.message == "the plan is no longer the one that was approved"


@pytest.mark.parametrize("stripe_id", ["sub_1", "evt_1", "../1"])
def test_an_id_of_something_that_is_not_synced_is_refused(world: World, stripe_id: str) -> None:
    [report] = world.sync.resync(stripe_id)
    assert isinstance(report.outcome, Failed)
    assert report.outcome.kind is Kind.REFUSED


def test_a_customer_that_a_person_edited_is_left_alone(world: World) -> None:
    world.sync.event(event("customer.created", "cus_1"))
    world.stripe.held[Customer, "cus_1"] = customer(name="Ada King")
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(writes=0)
    assert world.netsuite.records("customer")[0].fields["companyName"] == "Ada Lovelace"


def test_a_price_and_then_a_charge_use_the_same_item(world: World) -> None:
    assert world.sync.event(event("price.created", "price_1")).outcome == Synced(writes=1)
    assert isinstance(world.stripe.held[Price, "price_1"], Price)
    assert world.sync.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=3)
    assert len(world.netsuite.records("serviceSaleItem")) == 1


def test_what_falls_into_a_closed_period_goes_to_the_first_open_day_and_says_so(world: World) -> None:
    world.netsuite.set_period("2026-11", False)
    world.netsuite.set_period("2026-12", False)
    assert world.sync.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=2)
    [payment] = world.netsuite.records("customerPayment")
    assert (payment.fields["tranDate"], payment.fields["memo"]) == ("2027-01-01", "Stripe: ch_2 Original transaction date: 2026-11-02")
    assert world.sync.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=0), "the move is no change"


def test_a_closed_period_and_a_currency_that_the_customer_lacks_stand_in_the_way_one_after_the_other(world: World) -> None:
    world.netsuite.set_period("2026-11", False)
    yen = Money.of(Decimal(500), "jpy")
    sold = charge("5.00", "ch_9", of=customer())
    world.stripe.held[Charge, "ch_9"] = replace(sold, amount=yen, amount_captured=yen)
    assert world.sync.event(event("charge.succeeded", "ch_9")).outcome == Synced(writes=3)
    [payment] = world.netsuite.records("customerPayment")
    assert (payment.fields["tranDate"], payment.fields["payment"]) == ("2026-12-01", Decimal(500))


class TakenMeanwhile(InProcessTurns):
    """Another wrote one of the records between the reading and the turn."""

    @contextmanager
    def take(self, refs: Iterable[External], since: int) -> Iterator[Turn]:
        yield Turn(moved=True, token=1)


def test_when_another_wrote_one_of_the_records_since_stripe_was_read_it_is_read_again(world: World) -> None:
    assert replace(world.sync, turns=TakenMeanwhile()).event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=2)
    assert world.stripe.reads == 2


def test_what_is_held_waits_for_a_person_to_reopen_the_period(world: World) -> None:
    world.netsuite.set_period("2026-11", False)
    held = replace(world.sync, settings=replace(SETTINGS, periods=Periods("next_open", {RecordType.CUSTOMER_PAYMENT: "hold"})))
    outcome = held.event(event("charge.succeeded", "ch_2")).outcome
    assert isinstance(outcome, Failed)
    assert outcome.kind is Kind.PERIOD_CLOSED
    world.netsuite.set_period("2026-11", True)
    assert held.event(event("charge.succeeded", "ch_2")).outcome == Synced(writes=1)


def test_the_minor_unit_survives(world: World) -> None:
    for number, amount in enumerate(("0.29", "1.15", "4.35", "19.99", "8.87"), 10):
        world.stripe.held[Charge, f"ch_{number}"] = charge(amount, f"ch_{number}")
        world.sync.event(event("charge.succeeded", f"ch_{number}"))
    assert world.balances()["110"] == f"{(usd('0.29') + usd('1.15') + usd('4.35') + usd('19.99') + usd('8.87')).decimal}"


def test_a_resync_is_kept_under_its_own_name(world: World) -> None:
    world.sync.resync("ch_2")
    assert [(kept.event_id, kept.event_type, kept.subject) for kept in world.records.history("ch_2")] == [
        ("resync", "resync", "refunds of a charge"),
        ("resync", "resync", "charge"),
    ]


@pytest.mark.parametrize("stripe_id", ["sub_1", "evt_1"])
def test_a_preview_of_something_that_is_not_synced_says_what_is(world: World, stripe_id: str) -> None:
    [report] = world.sync.preview(stripe_id)
    assert (report.subject, report.plan) == ("", None)
    assert isinstance(report.outcome, Failed)
    assert report.outcome.remedy == "Give an id that starts with one of: cus_ price_ in_ ch_ py_ re_ dp_ cn_ po_"


def test_what_an_operator_excluded_is_ignored_with_his_reason(world: World) -> None:
    notes = MemoryNotes(world.records)
    notes.put(Note("ch_2", "", EXCLUDED, "booked by hand", "booked by hand", at(3)))
    out = replace(world.sync, stripe=Noted(world.stripe, notes))
    assert out.event(event("charge.succeeded", "ch_2")).outcome == Ignored("excluded: booked by hand")
    assert isinstance(out.event(event("charge.succeeded", "ch_404")).outcome, Failed)


def changes(world: World, stripe_id: str) -> list[str]:
    report = world.sync.preview(stripe_id)[0]
    return [f"{diff.change} {diff.record}{''.join(f' {each.field}' for each in diff.fields)}" for diff in report.diffs]


def test_a_preview_tells_record_by_record_what_becomes_of_it(world: World) -> None:
    world.sync.event(event("charge.succeeded", "ch_1"))
    assert changes(world, "po_1") == ["create deposit po_1"], "what it requires is no change"
    world.stripe.held[Refunds, "ch_2"] = refunds(charge("29.00", "ch_2"))
    assert world.sync.preview("ch_2")[1].outcome == Ignored("The charge has no refunds.")
    assert world.sync.preview("ch_2")[0].outcome == Synced()
    [ada] = world.netsuite.records("customer")
    address = f"/services/rest/record/v1/customer/{ada.id}"
    assert world.netsuite.handle("PATCH", address, {}, {}, b'{"companyName": "Ada King"}').status == 204
    assert changes(world, "cus_1") == ["unchanged customer cus_1"], "a customer is made once and left alone"


def test_a_preview_looks_a_linked_record_up(world: World) -> None:
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", of=customer(metadata={"netsuite_customer_id": "4242"}))
    outcome = world.sync.preview("ch_2")[0].outcome
    assert isinstance(outcome, Failed)
    assert outcome.message == "netsuite_customer_id of cus_1 names customer #4242, which NetSuite does not hold"


def test_a_preview_of_fields_that_stripe_owns(world: World) -> None:
    world.sync = replace(world.sync, settings=replace(SETTINGS, customers_update=("email",)))
    assert changes(world, "cus_1") == ["create customer cus_1", "unchanged customer cus_1"]
    world.sync.event(event("customer.created", "cus_1"))
    world.stripe.held[Customer, "cus_1"] = customer(email="ada@newer.example")
    assert changes(world, "cus_1") == ["unchanged customer cus_1", "update customer cus_1 email"]


@pytest.mark.parametrize(
    ("subject", "ref", "is_its_own"),
    [
        ("charge", External(RecordType.CUSTOMER_PAYMENT, "ch_1"), True),
        ("charge", External(RecordType.CUSTOMER_REFUND, "ch_1-failed"), True),
        ("refunds of a charge", External(RecordType.CUSTOMER_PAYMENT, "ch_1"), False),
        ("refunds of a charge", External(RecordType.CREDIT_MEMO, "re_1-memo"), True),
        ("charge", External(RecordType.INVOICE, "in_1"), False),
        ("invoice", External(RecordType.INVOICE, "in_1"), True),
    ],
)
def test_which_records_are_a_subjects_own_to_say(subject: str, ref: External, *, is_its_own: bool) -> None:
    assert _is_of(subject, ref) is is_its_own
