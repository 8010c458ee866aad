"""The sweep of Stripe's event list: after it every event of the list is stored once, whatever was delivered; and it begins where the last ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.storage.memory import MemoryInbox
from adapters.stripe.api import ApiReader
from adapters.stripe.listing import Listing
from adapters.stripe.webhook import envelope
from core.events import reason_to_ignore
from core.inbox import Arrival, Event, EventState, Priority
from core.outcome import CannotSync, Failed, Kind
from services.ingest.backfill import Again, Backfill, Listed
from services.ingest.catching_up import CatchingUp, UnderWay
from services.ingest.sweep import Sweep, Swept
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from tests.services.loopback import served

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def reason(event: Event) -> str:
    return reason_to_ignore(event.type)


class Stripe:
    """A Stripe over HTTP, and ways to sweep it."""

    def __init__(self, address: str, world: World) -> None:
        self.world = world
        self.reader = ApiReader(API_KEY, address, max_network_retries=0)
        self.inbox = MemoryInbox(lambda: NOW)

    def sweep(self, *, whole: bool = False, begins: datetime | None = None, accounts: tuple[str, ...] = ("",)) -> Swept:
        lists = Listing(self.reader)
        return list(Sweep(self.inbox, lists, accounts, reason, begins, now=lambda: NOW).run(whole=whole))[-1]

    def stored(self) -> set[str]:
        return {stored.event.id for stored in self.inbox.list(most=10_000)}

    def listed(self) -> set[str]:
        return {event["id"] for event in self.world.events}

    def deliver(self, event: Json) -> None:
        named = envelope(body_of(event))
        told = Event(named.id, named.type, named.created, named.livemode, named.subject_id)
        self.inbox.accept([Arrival(told, body_of(event), NOW, reason(told))])


def body_of(event: Json) -> bytes:
    return json.dumps(event).encode()


SALE = {"id": "evt_1", "object": "event", "type": "charge.succeeded", "created": 1, "livemode": False}
GOOD = body_of({**SALE, "data": {"object": {"id": "ch_1"}}})


@pytest.fixture
def stripe() -> Iterator[Stripe]:
    world = World()
    with served(stripe_app(world)) as address:
        made = Stripe(address, world)
        with closing(made.reader):
            yield made


def sells(world: World, sales: int) -> None:
    for number in range(sales):
        world.charges.pay(1000 + number, customer=None)


def test_after_a_whole_sweep_every_event_of_the_list_is_stored_once(stripe: Stripe) -> None:
    sells(stripe.world, 60)
    for event in stripe.world.events[::3]:
        stripe.deliver(event)
    delivered = stripe.stored()
    swept = stripe.sweep(whole=True)
    assert stripe.stored() == stripe.listed(), "nothing of the list is missing, and nothing else is there"
    assert swept.seen == len(stripe.listed()) > 100, "more than a page"
    acting = {event["id"] for event in stripe.world.events if not reason_to_ignore(event["type"])}
    assert swept.missed == len(acting - delivered) > 0
    again = stripe.sweep(whole=True)
    assert (again.seen, again.missed) == (swept.seen, 0)
    assert stripe.inbox.altered == 0, "the list names the same as the delivery"


def test_what_it_finds_is_stored_as_a_webhook_would_be_behind_live_work(stripe: Stripe) -> None:
    sells(stripe.world, 1)
    stripe.sweep(whole=True)
    [stored] = stripe.inbox.list(event_type="charge.succeeded")
    [event] = [each for each in stripe.world.events if each["type"] == "charge.succeeded"]
    assert (stored.state, stored.event.subject_id) == (EventState.WAITING, event["data"]["object"]["id"])
    assert stripe.inbox._priority[event["id"]] is Priority.SCHEDULED
    assert {each.reason for each in stripe.inbox.list(EventState.IGNORED)} <= {"not in the event table"}


def test_the_next_sweep_begins_where_the_last_ended(stripe: Stripe) -> None:
    sells(stripe.world, 20)
    stripe.world.advance_to(stripe.world.now + timedelta(days=1))
    sells(stripe.world, 1)
    stripe.sweep(whole=True)
    stripe.world.advance_to(stripe.world.now + timedelta(days=1))
    sells(stripe.world, 3)
    swept = stripe.sweep()
    assert stripe.stored() == stripe.listed()
    assert swept.missed == 3
    assert swept.seen < 20, "it looks an hour back, not at everything again"


def test_an_event_that_the_list_shows_late_is_found_by_the_next_sweep() -> None:
    """It is older than the newest that was seen."""

    class Growing(Pages):
        def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
            yield [body for body in self.page if envelope(body).created.timestamp() >= since]

    def told(*created: int) -> list[bytes]:
        return [body_of({**SALE, "id": f"evt_{each}", "created": each, "data": {"object": {"id": "ch_1"}}}) for each in created]

    lists, inbox = Growing(told(7_200)), MemoryInbox(lambda: NOW)
    sweep = Sweep(inbox, lists, ("",), reason, datetime.fromtimestamp(0, UTC), now=lambda: NOW)
    list(sweep.run())
    lists.page = told(7_200, 3_700, 3_500)
    list(sweep.run())
    assert inbox.find("evt_3700"), "an hour is looked back"
    assert not inbox.find("evt_3500")


def test_a_store_that_was_never_swept_begins_with_what_comes_from_now_on(stripe: Stripe) -> None:
    sells(stripe.world, 2)
    assert stripe.sweep() == Swept()
    assert stripe.stored() == set(), "what is older may be booked already"
    stripe.world.advance_to(stripe.world.now + timedelta(days=1))
    sells(stripe.world, 1)
    assert stripe.sweep().missed == 1


def test_before_the_first_event_of_all_nothing_can_be_older(stripe: Stripe) -> None:
    assert stripe.sweep() == Swept()
    sells(stripe.world, 1)
    assert stripe.sweep().missed == 1


def test_where_the_settings_say_when_the_books_begin_it_begins_there(stripe: Stripe) -> None:
    sells(stripe.world, 2)
    stripe.world.advance_to(stripe.world.now + timedelta(days=1))
    begins = stripe.world.now
    sells(stripe.world, 1)
    assert stripe.sweep(begins=begins).missed == 1


def test_an_account_that_cannot_be_read_is_said_and_keeps_no_other_waiting(stripe: Stripe) -> None:
    sells(stripe.world, 1)
    swept = stripe.sweep(whole=True, accounts=("acct_other", ""))
    assert swept.failed
    assert "acct_other" in swept.failed.message
    assert swept.missed == 1
    assert stripe.inbox.stats().last_sweep_s is None, "it was no whole sweep"
    stripe.sweep(whole=True)
    assert stripe.inbox.stats().last_sweep_s == 0.0


def test_an_event_that_cannot_be_read_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    inbox = MemoryInbox(lambda: NOW)
    swept = list(Sweep(inbox, Pages([GOOD, b'{"object": "event"}']), ("",), reason).run(whole=True))[-1]
    assert (swept.seen, swept.missed) == (2, 1)
    assert "cannot be read" in caplog.text


class Pages:
    """An event list of one page, that lets go when it is told to."""

    def __init__(self, page: Sequence[bytes] = (), gate: threading.Event | None = None) -> None:
        self.page, self.gate, self.asked = page, gate, 0

    def objects(self, kind: str, account: str, since: datetime, until: datetime, again: Again) -> Iterator[Sequence[Listed]]:
        yield []

    def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
        self.asked += 1
        if self.gate:
            assert self.gate.wait(10)
        yield self.page


class Down(Pages):
    """A Stripe that is down."""

    def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
        raise CannotSync(Failed(Kind.BUSY, "Stripe answered 503", "It is tried again by itself."))
        yield []


def catching_up(lists: Any, inbox: MemoryInbox, **options: Any) -> CatchingUp:
    return CatchingUp(Backfill(inbox, lists, livemode=False), Sweep(inbox, lists, ("",), reason), **options)


def test_the_clock_sweeps_at_the_start_and_tells_what_was_found() -> None:
    inbox, told = MemoryInbox(lambda: NOW), threading.Event()
    inbox.set_mark("sweep/", "1")
    found: list[int] = []

    def note(missed: int) -> None:
        found.append(missed)
        told.set()

    running = catching_up(Pages([GOOD]), inbox, sweep_every_s=3600, found=note)
    running.start()
    assert told.wait(10)
    running.stop()
    assert found == [1]
    assert inbox.stats().last_sweep_s == 0.0
    [sweep] = inbox.stats().schedules
    assert (sweep.is_ok, sweep.said) == (True, "1 events looked at, 1 of them had never been delivered")


def test_while_another_process_sweeps_this_one_does_not() -> None:
    inbox, lists = MemoryInbox(lambda: NOW), Pages()
    assert inbox.take_turn("sweep", 3600, 300) is not None
    running = catching_up(lists, inbox, sweep_every_s=3600)
    running.start()
    running.stop()
    assert lists.asked == 0


def test_a_sweep_that_fails_is_told_and_due_again_soon() -> None:
    inbox = MemoryInbox(lambda: NOW)
    told = threading.Event()
    running = catching_up(Down(), inbox, sweep_every_s=3600, found=lambda missed: told.set())
    running.start()
    assert told.wait(10)
    running.stop()
    [sweep] = inbox.stats().schedules
    assert (sweep.is_ok, sweep.said, sweep.ok_at, sweep.due_at) == (False, "Stripe answered 503", None, NOW + timedelta(seconds=300))


def test_a_sweep_that_another_process_made_counts() -> None:
    inbox, lists = MemoryInbox(lambda: NOW), Pages()
    inbox.set_mark("swept", "")
    running = catching_up(lists, inbox, sweep_every_s=3600)
    running.start()
    running.stop()
    assert lists.asked == 0


def test_one_sweep_at_a_time() -> None:
    gate = threading.Event()
    running = catching_up(Pages(gate=gate), MemoryInbox(lambda: NOW))
    first = threading.Thread(target=lambda: list(running.sweep()))
    first.start()
    while not running._sweeps.locked():
        assert first.is_alive()
    with pytest.raises(UnderWay):
        list(running.sweep())
    gate.set()
    first.join(10)
    assert list(running.sweep())


def test_a_stripe_that_is_down_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    [last] = catching_up(Down(), MemoryInbox(lambda: NOW)).sweep()
    assert last.failed.message == "Stripe answered 503"
