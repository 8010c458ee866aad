"""Unknown until proven: a call whose answer was lost leaves its record in doubt, and no subject is synced before its records are certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.faults import unreachable
from adapters.netsuite.memory import InProcessTransport
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.turns import InProcessTurns
from core.outcome import CannotSync, Failed, Ignored, Kind, Outcome, Synced
from core.records import RecordType
from core.snapshot import Charge, Customer, Invoice, InvoicePayment, Refunds
from core.sync import SyncUseCase
from services.clock import WallClock
from tests.contracts.intents import WINDOW_S, Moving
from tests.core.test_sync import StripeAsGiven, event
from tests.given import SETTINGS, at, charge, customer, invoice, invoiced, line, price, refund, refunds, usd


@dataclass
class Line:
    """The line to NetSuite, which loses answers and whole requests, and delivers some later, as NetSuite carries out what it received."""

    netsuite: NetSuite
    lose: str = ""  # the record type whose next write gets no answer
    after: str = "before"  # it was carried out "before" the line died, "never", or is "later"

    def __post_init__(self) -> None:
        self._through = InProcessTransport(self.netsuite)
        self._late: list[tuple[str, str, Mapping[str, str], bytes | None, Mapping[str, str]]] = []
        self.writes: list[str] = []
        self.reads: list[str] = []

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        mutating = method != "GET" and "/record/" in path
        (self.writes if mutating else self.reads).append(f"{method} {path.rpartition('/v1/')[2]}")
        if not (mutating and self.lose and f"/{self.lose}" in path):
            return self._through.send(method, path, query, body, headers)
        self.lose = ""
        if self.after == "before":
            self._through.send(method, path, query, body, headers)
        elif self.after == "later":
            self._late.append((method, path, query, body, headers))
        raise CannotSync(unreachable("netsuite", sent=True, why="ReadTimeout"))

    def deliver_late(self) -> None:
        for call in self._late:
            self._through.send(*call)
        self._late.clear()


class World:
    """One use case, the line to NetSuite and a clock to move."""

    def __init__(self, *given: tuple[str, Charge | Customer | Refunds]) -> None:
        self.clock = Moving()
        self.line = Line(NetSuite())
        self.stripe = StripeAsGiven(("cus_1", customer()), ("price_1", price()), *given)
        self.records = MemorySyncRecords()
        self.intents = MemoryIntents(self.records, self.clock.now, WINDOW_S)
        self.use_case = SyncUseCase(self.stripe, RestBooks(self.line), self.records, self.intents, InProcessTurns(), WallClock(), SETTINGS)

    def sync(self, event_type: str, stripe_id: str) -> Outcome:
        return self.use_case.event(event(event_type, stripe_id)).outcome

    def held(self, record: RecordType) -> list[str]:
        return [each.external_id for each in self.line.netsuite.records(record)]


SALE = charge("29.00", "ch_2")


@pytest.fixture
def world() -> World:
    return World(("ch_2", SALE), ("ch_2", refunds(SALE, refund("9.00", "re_2"))), ("ch_1", invoiced("100.00")))


def is_unknown(outcome: Outcome, left_s: int) -> bool:
    return isinstance(outcome, Failed) and (outcome.kind, outcome.retry_after_s) == (Kind.NOT_READY, left_s)


@pytest.mark.parametrize("carried_out", ["before", "never"])
def test_after_a_lost_answer_the_sale_is_written_at_once_and_synced_when_the_window_has_passed(world: World, carried_out: str) -> None:
    world.line.lose, world.line.after = "customerPayment", carried_out
    lost = world.sync("charge.succeeded", "ch_2")
    assert isinstance(lost, Failed)
    assert lost.kind is Kind.BUSY
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 960)
    assert world.held(RecordType.CUSTOMER_PAYMENT) == ["ch_2"], "others can build on it meanwhile"
    world.clock.on(959)
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 1)
    world.clock.on(1)
    world.line.reads.clear()
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)
    assert any("customerPayment" in read for read in world.line.reads), "it was read back"
    world.line.reads.clear()
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)
    assert world.line.reads == [], "and is certain now"


def test_a_write_that_is_carried_out_after_a_newer_one_is_put_right(world: World) -> None:
    world.sync("charge.succeeded", "ch_2")
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", description="red")
    world.line.lose, world.line.after = "customerPayment", "later"
    world.sync("charge.updated", "ch_2")
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", description="blue")
    assert is_unknown(world.sync("charge.updated", "ch_2"), 960)
    world.clock.on(800)
    world.line.deliver_late()
    [payment] = world.line.netsuite.records("customerPayment")
    assert payment.fields["memo"] == "Stripe: ch_2 red", "the older one came last"
    world.clock.on(160)
    assert world.sync("charge.updated", "ch_2") == Synced(1)
    [payment] = world.line.netsuite.records("customerPayment")
    assert payment.fields["memo"] == "Stripe: ch_2 blue"


def test_what_stripe_took_back_before_the_lost_write_arrived_is_taken_back_in_netsuite_too(world: World) -> None:
    world.sync("charge.succeeded", "ch_2")
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", description="red")
    world.line.lose, world.line.after = "customerPayment", "later"
    world.sync("charge.updated", "ch_2")
    world.stripe.held[Charge, "ch_2"] = SALE
    assert is_unknown(world.sync("charge.updated", "ch_2"), 960), "what was last remembered proves nothing"
    world.line.deliver_late()
    world.clock.on(960)
    assert world.sync("charge.updated", "ch_2") == Synced(1)
    [payment] = world.line.netsuite.records("customerPayment")
    assert payment.fields["memo"] == "Stripe: ch_2"


def test_a_refund_that_builds_on_a_sale_in_doubt_waits_with_it(world: World) -> None:
    world.line.lose, world.line.after = "customerPayment", "before"
    world.sync("charge.succeeded", "ch_2")
    assert is_unknown(world.sync("charge.refunded", "ch_2"), 960)
    assert world.held(RecordType.CUSTOMER_REFUND) == ["re_2"]
    world.clock.on(960)
    assert world.sync("charge.refunded", "ch_2") == Synced(0)
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)


def test_a_customer_is_made_once_however_its_first_call_ended(world: World) -> None:
    world.line.lose, world.line.after = "customer", "later"
    world.sync("charge.succeeded", "ch_1")
    assert is_unknown(world.sync("charge.succeeded", "ch_1"), 960)
    world.line.deliver_late()
    assert world.held(RecordType.CUSTOMER) == ["cus_1"]
    world.clock.on(960)
    assert world.sync("charge.succeeded", "ch_1") == Synced(0)


def test_every_call_is_stored_before_it_is_made_and_a_crash_leaves_it_in_doubt(world: World) -> None:
    class PowerLost(BaseException):
        pass

    through = world.line.send

    def crash(*call: object) -> Reply:
        if call[0] == "POST" and "customerPayment" in str(call[1]):
            through(*call)  # type: ignore[arg-type]
            raise PowerLost
        return through(*call)  # type: ignore[arg-type]

    world.line.send = crash  # type: ignore[method-assign, assignment]
    with pytest.raises(PowerLost):
        world.sync("charge.succeeded", "ch_2")
    world.line.send = through  # type: ignore[method-assign]
    world.use_case = replace(world.use_case, turns=InProcessTurns())
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 960)
    world.clock.on(960)
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)
    assert world.held(RecordType.CUSTOMER_PAYMENT) == ["ch_2"]


def test_when_the_intent_cannot_be_stored_nothing_is_sent(world: World) -> None:
    def full(_intent: object) -> int:
        raise CannotSync(Failed(Kind.BUSY, "the disk is full", "Make room."))

    world.intents.begin = full  # type: ignore[method-assign, assignment]
    outcome = world.sync("charge.succeeded", "ch_2")
    assert isinstance(outcome, Failed)
    assert outcome.message == "the disk is full"
    assert world.line.writes == []


def test_a_lost_write_that_nobody_asks_for_any_more_and_that_came_is_shown_to_a_person(world: World) -> None:
    world.line.lose, world.line.after = "customerRefund", "later"
    world.sync("charge.refunded", "ch_2")
    world.stripe.held[Refunds, "ch_2"] = refunds(SALE)
    assert is_unknown(world.sync("charge.refunded", "ch_2"), 960)
    world.line.deliver_late()
    world.clock.on(960)
    shown = world.sync("charge.refunded", "ch_2")
    assert isinstance(shown, Failed)
    assert (shown.kind, shown.record) == (Kind.REFUSED, "customerRefund re_2")
    assert world.sync("charge.refunded", "ch_2") == Ignored("The charge has no refunds."), "who retries has looked at it"


@pytest.mark.parametrize("carried_out", ["before", "later"])
def test_a_lost_write_that_a_later_plan_undoes_is_no_matter_for_a_person(world: World, carried_out: str) -> None:
    """The rule asked whether the credit memo that gave the invoice up is there: its entry puts the debt back."""
    given_up = invoice(line("100.00"), total="100.00", status="uncollectible", marked_uncollectible_at=at(12), amount_due=usd("100.00"))
    paying = charge("100.00", created=at(20))
    world.use_case = replace(world.use_case, settings=replace(SETTINGS, accounts=replace(SETTINGS.accounts, receivable="120")))
    paid = replace(
        given_up, status="paid", paid_at=at(20), amount_paid=usd("100.00"), payments=(InvoicePayment("paid", usd("100.00"), paying),)
    )
    world.stripe.held[Invoice, "in_1"] = given_up
    world.line.lose, world.line.after = "creditMemo", carried_out
    assert isinstance(world.sync("invoice.updated", "in_1"), Failed)
    world.stripe.held[Invoice, "in_1"] = paid
    assert is_unknown(world.sync("invoice.paid", "in_1"), 960)
    world.line.deliver_late()
    world.clock.on(960)
    assert isinstance(world.sync("invoice.paid", "in_1"), Synced)
    assert world.held(RecordType.JOURNAL_ENTRY) == ["in_1-uncollectible-reversed"]


def test_what_another_subject_asks_for_is_left_to_that_one(world: World) -> None:
    world.line.lose, world.line.after = "customerPayment", "later"
    world.sync("charge.refunded", "ch_2")
    world.stripe.held[Refunds, "ch_2"] = refunds(SALE)
    assert is_unknown(world.sync("charge.refunded", "ch_2"), 960)
    world.line.deliver_late()
    world.clock.on(960)
    assert world.sync("charge.refunded", "ch_2") == Ignored("The charge has no refunds.")
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)


def test_a_refused_write_leaves_no_doubt(world: World) -> None:
    world.line.netsuite.set_period("2026-11", False)
    assert world.sync("charge.succeeded", "ch_2") == Synced(2), "refused once, then written on the first open day"
