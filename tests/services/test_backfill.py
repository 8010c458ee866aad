"""Backfill: every object of the span once, in an order that builds, behind live work; begun again it goes on; a busy Stripe is waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from adapters.storage.memory import MemoryInbox
from adapters.stripe.api import ApiReader
from adapters.stripe.listing import Listing
from core.events import BACKFILLED
from core.inbox import Arrival, Event, EventState, Priority
from core.outcome import CannotSync, Failed, Kind, Synced
from services.ingest.backfill import Again, Backfill, Listed, Wanted, months
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.faults import Fault, Faults
from services.sandbox.stripe.world import World
from tests.services.loopback import served

DAY = datetime(2026, 11, 2, tzinfo=UTC)
LATER = datetime(2027, 2, 1, tzinfo=UTC)
ALL = tuple(BACKFILLED)


@pytest.fixture(scope="module")
def world() -> World:
    """Some sales, a refund of two parts, and more customers than a page holds."""
    made = World()
    customers = [made.catalogue.customer(f"Customer {number}", f"c{number}@example.com") for number in range(120)]
    charge = made.charges.pay(2900, customer=customers[0])
    made.charges.pay(1500, customer=None)
    for amount in (100, 200):
        made.refunds.refund(charge, amount)
    return made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with served(stripe_app(world)) as url:
        yield url


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox(lambda: LATER + timedelta(seconds=1))


@pytest.fixture
def backfill(address: str, inbox: MemoryInbox) -> Iterator[Backfill]:
    with closing(ApiReader(API_KEY, address, max_network_retries=0)) as reader:
        yield Backfill(inbox, Listing(reader), livemode=False, now=lambda: LATER)


def wanted(*kinds: str, name: str = "november", days: int = 28) -> Wanted:
    return Wanted(name, kinds or ALL, ("",), DAY, DAY + timedelta(days=days))


def ids(world: World, kind: str) -> list[str]:
    return [each["id"] for each in world.account.listed(kind)]


def claimed(inbox: MemoryInbox) -> list[tuple[str, str]]:
    """What is handed on, in order: kind and object."""
    order = []
    while works := inbox.claim(1, 60):
        order += [(event.type, event.subject_id) for event in works[0].events]
        inbox.settle(works[0], Synced(0))
    return order


def test_every_object_comes_once_kind_by_kind_and_the_oldest_first(backfill: Backfill, inbox: MemoryInbox, world: World) -> None:
    last = list(backfill.run(wanted("customer", "charge", "refund")))[-1]
    order = claimed(inbox)
    assert [name for kind, name in order if kind == "backfill.customer"] == ids(world, "customer")
    first, second = ids(world, "charge")
    rest = [("backfill.charge", first), ("backfill.refund", first), ("backfill.charge", second)]
    assert order[120:] == rest, "a charge and its refunds are one object, and two refunds are one"
    assert (last.done, last.of, last.queued, last.there) == (3, 3, 123, 0)


def test_it_goes_behind_live_work_and_is_not_starved_by_it(backfill: Backfill, inbox: MemoryInbox) -> None:
    list(backfill.run(wanted("customer")))
    live = [Event(f"evt_{number}", "charge.succeeded", DAY, livemode=False, subject_id=f"ch_{number}") for number in range(30)]
    inbox.accept([Arrival(each, b"{}", LATER, priority=Priority.LIVE) for each in live])
    kinds = [kind for kind, _ in claimed(inbox)][:30]
    assert kinds.count("backfill.customer") == 3, "one claim in ten"


def test_begun_again_it_goes_on_and_stores_nothing_twice(backfill: Backfill, inbox: MemoryInbox) -> None:
    for step in backfill.run(wanted("customer", "charge")):
        if step.done == 1:  # customers are stored; it is given up in the middle
            break
    assert inbox.stats().waiting == 120
    again = list(backfill.run(wanted("customer", "charge")))[-1]
    assert (again.queued, again.there) == (2, 0), "a month that is noted is not even listed again"
    assert inbox.stats().waiting == 122
    more = list(backfill.run(wanted("customer", days=27)))[-1]
    assert (more.queued, more.there) == (0, 0)
    other = list(backfill.run(wanted("charge", name="anew")))[-1]
    assert other.queued == 2, "another name asks for everything anew"


def test_a_month_that_is_not_over_is_listed_again(address: str, inbox: MemoryInbox) -> None:
    with closing(ApiReader(API_KEY, address)) as reader:
        early = Backfill(inbox, Listing(reader), livemode=False, now=lambda: DAY + timedelta(days=1))
        assert list(early.run(wanted("charge")))[-1].queued == 2
        assert list(early.run(wanted("charge")))[-1].there == 2


def test_what_was_created_outside_the_span_is_left_alone(backfill: Backfill, inbox: MemoryInbox, world: World) -> None:
    first = datetime.fromtimestamp(world.get(ids(world, "customer")[0])["created"], UTC)
    list(backfill.run(Wanted("x", ("customer",), ("",), first + timedelta(seconds=1), first + timedelta(seconds=3))))
    assert [name for _, name in claimed(inbox)] == ids(world, "customer")[1:3], "the end is not in it"


def test_what_became_of_it_is_counted(backfill: Backfill, inbox: MemoryInbox) -> None:
    list(backfill.run(wanted("charge")))
    [work, _] = inbox.claim(2, 60)
    inbox.settle(work, Failed(Kind.REFUSED, "a value is wrong", "mend it"))
    stats, under_way = backfill.tally("november")
    assert (stats.running, stats.failed, under_way) == (1, 1, 1)
    assert backfill.tally("nov")[0].failed == 0, "another backfill's name is not the beginning of this one's"


def test_a_busy_stripe_is_waited_for_and_no_page_is_lost(world: World, inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ingest.backfill.delay_s", lambda *_: 0.0)
    faults = Faults()
    with served(stripe_app(world, faults=faults)) as url, closing(ApiReader(API_KEY, url, max_network_retries=0)) as reader:
        fault = Fault("/v1/customers", 429, times=3)
        faults.script(fault)
        assert list(Backfill(inbox, Listing(reader), livemode=False, now=lambda: LATER).run(wanted("customer")))[-1].queued == 120
    assert fault.times == 0


class Down:
    """Lists that cannot be read."""

    def __init__(self) -> None:
        self.asked = 0

    def objects(self, kind: str, account: str, since: datetime, until: datetime, again: Again) -> Iterator[Sequence[Listed]]:
        failed = Failed(Kind.BUSY, "Stripe answered 503", "It is tried again.")
        while again(failed, self.asked + 1):
            self.asked += 1
        raise CannotSync(failed)
        yield []

    def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
        yield []


def test_a_stripe_that_stays_down_ends_it_with_its_reason_and_what_was_stored_stays(
    inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.backfill.delay_s", lambda *_: 0.0)
    down = Down()
    with pytest.raises(CannotSync) as stopped:
        list(Backfill(inbox, down, livemode=False).run(wanted("charge")))
    assert stopped.value.failed.kind is Kind.BUSY
    assert down.asked == 9
    assert inbox.stats().waiting == 0


def test_when_ingest_stops_it_waits_no_longer(inbox: MemoryInbox) -> None:
    backfill = Backfill(inbox, Down(), livemode=False)
    backfill.stopping.set()
    with pytest.raises(CannotSync):
        list(backfill.run(wanted("charge")))


def test_a_span_is_cut_at_the_first_of_each_month() -> None:
    cut = months(datetime(2025, 12, 15, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC))
    assert [(since.date().isoformat(), until.date().isoformat()) for since, until in cut] == [
        ("2025-12-15", "2026-01-01"),
        ("2026-01-01", "2026-02-01"),
        ("2026-02-01", "2026-02-03"),
    ]
    assert months(LATER, DAY) == []


def test_nothing_is_ignored_at_the_door(backfill: Backfill, inbox: MemoryInbox) -> None:
    list(backfill.run(wanted("charge")))
    assert {stored.state for stored in inbox.list()} == {EventState.WAITING}
    assert {stored.event.livemode for stored in inbox.list()} == {False}
