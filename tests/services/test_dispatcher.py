"""Handing on: one at a time per object, coalesced by subject, at rest with back-off, woken by what it waits for, never lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.inbox import SqliteInbox
from core.inbox import Arrival, Event, EventState
from core.outcome import RETRY, Failed, Ignored, Kind, Outcome, Synced
from services.ingest.backoff import TRIES_OF_ALL_KINDS, Brake, Tries, delay_s
from services.ingest.dispatcher import Dispatcher
from tests.services.ingest_world import DEADLINE_S, FakeWriter, subject

BUSY = Failed(Kind.BUSY, "no room", "wait")
REFUSED = Failed(Kind.REFUSED, "a value is wrong", "mend it")


def missing(stripe_id: str) -> Failed:
    return Failed(Kind.NOT_READY, f"{stripe_id} is not there yet", "wait", waits_for=stripe_id)


def event(event_id: str, subject_id: str = "ch_1", event_type: str = "charge.succeeded") -> Event:
    return Event(event_id, event_type, datetime.now(UTC), livemode=False, subject_id=subject_id)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[SqliteInbox]:
    inbox = SqliteInbox(tmp_path / "ingest.db")
    yield inbox
    inbox.close()


class Running:
    """A dispatcher at work on the inbox."""

    def __init__(self, inbox: SqliteInbox, writer: FakeWriter, in_flight: int, delay: Callable[[Failed, int], float]) -> None:
        self.inbox, self.writer = inbox, writer
        self.told = asyncio.Condition()
        self.tried: list[tuple[str, Outcome]] = []
        self.dispatcher = Dispatcher(inbox, writer, subject, in_flight=in_flight, deadline_s=5, observe=self._observe, delay=delay)

    def _observe(self, event: Event, outcome: Outcome, page: str) -> None:
        assert page.startswith("# plan of ")
        self.tried.append((event.id, outcome))

    async def arrive(self, *events: Event) -> None:
        await self.inbox.accept_async([Arrival(each, b"{}", datetime.now(UTC)) for each in events])
        self.dispatcher.wake()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():  # noqa: ASYNC110 - what is waited for happens in the store's thread
                await asyncio.sleep(0.002)

    async def until_states(self, **states: EventState) -> None:
        await self.until(lambda: all(self.state(event_id) is state for event_id, state in states.items()))

    def state(self, event_id: str) -> EventState:
        stored = self.inbox.find(event_id)
        assert stored
        return stored.state


@asynccontextmanager
async def dispatching(
    inbox: SqliteInbox, writer: FakeWriter, in_flight: int = 4, delay: Callable[[Failed, int], float] = lambda failed, attempt: 0.01
) -> AsyncIterator[Running]:
    running = Running(inbox, writer, in_flight, delay)
    task = asyncio.create_task(running.dispatcher.run())
    try:
        yield running
    finally:
        await running.dispatcher.stop(within_s=5)
        await task


def case(test: Callable[[SqliteInbox], Awaitable[None]]) -> Callable[[SqliteInbox], None]:
    """A test that awaits."""

    def run(inbox: SqliteInbox) -> None:
        asyncio.run(asyncio.wait_for(test(inbox), 30))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@case
async def test_an_event_is_handed_on_and_settled(inbox: SqliteInbox) -> None:
    async with dispatching(inbox, FakeWriter()) as running:
        await running.arrive(event("evt_1"))
        await running.until_states(evt_1=EventState.SYNCED)
    assert running.tried == [("evt_1", Synced(1))]


@case
async def test_an_ignored_outcome_settles_with_its_reason(inbox: SqliteInbox) -> None:
    async with dispatching(inbox, FakeWriter(lambda _: Ignored("a draft"))) as running:
        await running.arrive(event("evt_1"))
        await running.until_states(evt_1=EventState.IGNORED)
    stored = inbox.find("evt_1")
    assert stored
    assert stored.reason == "a draft"


@case
async def test_one_object_is_never_handed_on_twice_at_a_time_and_many_objects_are(inbox: SqliteInbox) -> None:
    writer = FakeWriter(takes_s=0.01)
    async with dispatching(inbox, writer, in_flight=4) as running:
        for number in range(40):
            await running.arrive(event(f"evt_{number}", f"ch_{number % 8}"))
        await running.until(lambda: inbox.stats().synced == 40)
    assert {key: most for key, most in writer.most_together.items() if key and most > 1} == {}
    assert writer.most_together[""] == 4


@case
async def test_of_the_waiting_events_of_one_subject_only_the_newest_is_handed_on(inbox: SqliteInbox) -> None:
    """charge.refunded is another subject of the same object: it is handed on too, after the charge, for that is older."""
    writer = FakeWriter()
    waiting = [
        event("evt_1"),
        event("evt_2", event_type="charge.refunded"),
        event("evt_3", event_type="charge.updated"),
        event("evt_4", event_type="charge.refunded"),
    ]
    inbox.accept([Arrival(each, b"{}", datetime.now(UTC)) for each in waiting])
    async with dispatching(inbox, writer) as running:
        await running.until(lambda: inbox.stats().synced == 4)
    assert [each.id for each in writer.asked] == ["evt_3", "evt_4"]
    assert [tried.handed_on for tried in inbox.attempts("evt_1")] == [("evt_3", "evt_4")]


@case
async def test_what_arrives_while_its_object_runs_is_handed_on_afterwards(inbox: SqliteInbox) -> None:
    writer = FakeWriter()
    writer.gate = asyncio.Event()
    async with dispatching(inbox, writer) as running:
        await running.arrive(event("evt_1"))
        await running.until(lambda: len(writer.asked) == 1)
        await running.arrive(event("evt_2"), event("evt_3"))
        writer.gate.set()
        await running.until_states(evt_1=EventState.SYNCED, evt_2=EventState.SYNCED, evt_3=EventState.SYNCED)
    assert [each.id for each in writer.asked] == ["evt_1", "evt_3"]
    assert writer.most_together["/ch_1"] == 1


@case
async def test_a_failure_for_a_person_ends_the_event_and_is_not_tried_again(inbox: SqliteInbox) -> None:
    async with dispatching(inbox, FakeWriter(lambda _: REFUSED)) as running:
        await running.arrive(event("evt_1"))
        await running.until_states(evt_1=EventState.FAILED)
        await running.arrive(event("evt_other", "ch_2"))
        await running.until_states(evt_other=EventState.FAILED)
    assert [event_id for event_id, _ in running.tried] == ["evt_1", "evt_other"]


@case
async def test_one_subject_may_fail_for_a_person_while_another_is_tried_again(inbox: SqliteInbox) -> None:
    answers: dict[str, list[Outcome]] = {"charge.succeeded": [REFUSED], "charge.refunded": [missing("in_1"), Synced(2)]}
    async with dispatching(inbox, FakeWriter(lambda asked: answers[asked.type].pop(0))) as running:
        await running.arrive(event("evt_1"), event("evt_2", event_type="charge.refunded"))
        await running.until_states(evt_1=EventState.FAILED, evt_2=EventState.SYNCED)
    assert answers == {"charge.succeeded": [], "charge.refunded": []}
    assert [tried.outcome for tried in inbox.attempts("evt_2")] == [Synced(2), missing("in_1")]


@case
async def test_a_busy_object_rests_and_comes_again(inbox: SqliteInbox) -> None:
    answers: list[Outcome] = [BUSY, BUSY, Synced(1)]
    asked_for: list[tuple[Kind, int]] = []

    def delay(failed: Failed, attempt: int) -> float:
        asked_for.append((failed.kind, attempt))
        return 0.01

    async with dispatching(inbox, FakeWriter(lambda _: answers.pop(0)), delay=delay) as running:
        await running.arrive(event("evt_1"))
        await running.until_states(evt_1=EventState.SYNCED)
    assert asked_for == [(Kind.BUSY, 1), (Kind.BUSY, 2)]
    stored = inbox.find("evt_1")
    assert stored
    assert (stored.attempts, stored.failed) == (3, None)


@case
async def test_when_the_other_side_asks_to_be_left_alone_nothing_else_is_handed_on_either(inbox: SqliteInbox) -> None:
    """Not by this dispatcher and not by one of another process: the store says so."""
    no_room = replace(BUSY, retry_after_s=600)
    async with dispatching(
        inbox, FakeWriter(lambda asked: no_room if asked.id == "evt_1" else Synced(1)), delay=lambda *_: 600.0
    ) as running:
        await running.arrive(event("evt_1"))
        await running.until(lambda: bool(inbox.stats().pauses))
        await running.arrive(event("evt_2", "ch_2"))
        assert not inbox.claim(9, 60)
        [held] = inbox.stats().pauses
        assert (held.because, held.until is not None) == (BUSY.message, True)
        assert inbox.resume() == 1
        running.dispatcher.wake()
        await running.until_states(evt_2=EventState.SYNCED)
    assert [event_id for event_id, _ in running.tried] == ["evt_1", "evt_2"]


@case
async def test_after_the_last_try_it_is_for_a_person(inbox: SqliteInbox) -> None:
    writer = FakeWriter(lambda _: missing("in_1"))
    async with dispatching(inbox, writer, delay=lambda failed, attempt: 0.0) as running:
        await running.arrive(event("evt_1"))
        await running.until_states(evt_1=EventState.FAILED)
    assert len(writer.asked) == RETRY[Kind.NOT_READY].attempts
    stored = inbox.find("evt_1")
    assert stored
    assert stored.failed == missing("in_1")


@case
async def test_what_waits_for_an_object_is_woken_by_its_success(inbox: SqliteInbox) -> None:
    synced: set[str] = set()

    def answer(asked: Event) -> Outcome:
        if asked.subject_id == "ch_1" and "in_1" not in synced:
            return missing("in_1")
        synced.add(asked.subject_id)
        return Synced(1)

    async with dispatching(inbox, FakeWriter(answer), delay=lambda failed, attempt: 3600.0) as running:
        await running.arrive(event("evt_1"))
        await running.until(lambda: running.state("evt_1") is EventState.WAITING and bool(running.tried))
        await running.arrive(event("evt_2", "in_1", "invoice.payment_succeeded"))
        await running.until_states(evt_1=EventState.SYNCED, evt_2=EventState.SYNCED)


@case
async def test_what_arrives_while_the_waiting_one_is_being_tried_wakes_it_too(inbox: SqliteInbox) -> None:
    """The invoice succeeds after the charge looked for it and before the charge has gone to rest."""
    writer = FakeWriter()
    looked, arrived = asyncio.Event(), asyncio.Event()
    tries: list[str] = []

    class Crossing(FakeWriter):
        async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
            tries.append(event.id)
            if event.subject_id == "in_1":
                await looked.wait()
                return Synced(1), "# plan of the invoice\n"
            if tries.count("evt_1") == 1:
                looked.set()
                await arrived.wait()
                return missing("in_1"), "# plan of the charge\n"
            return Synced(1), "# plan of the charge\n"

    writer = Crossing()
    async with dispatching(inbox, writer, delay=lambda failed, attempt: 3600.0) as running:
        await running.arrive(event("evt_1"), event("evt_2", "in_1", "invoice.payment_succeeded"))
        await running.until_states(evt_2=EventState.SYNCED)
        await running.until(lambda: len(running.dispatcher._running) == 1)  # it has woken whom it could: nobody
        arrived.set()
        await running.until_states(evt_1=EventState.SYNCED)
    assert tries.count("evt_1") == 2


@case
async def test_poison_does_not_hold_up_the_others(inbox: SqliteInbox) -> None:
    """As many objects that always fail as there are places; the healthy ones are all done."""
    writer = FakeWriter(lambda asked: missing("in_never") if asked.subject_id.startswith("ch_bad") else Synced(1))
    async with dispatching(inbox, writer, in_flight=4) as running:
        await running.arrive(*(event(f"evt_bad_{number}", f"ch_bad_{number}") for number in range(4)))
        await running.arrive(*(event(f"evt_{number}", f"ch_{number}") for number in range(50)))
        await running.until(lambda: inbox.stats().synced == 50)
        assert inbox.stats().waiting + inbox.stats().running == 4


@case
async def test_a_writer_that_breaks_its_promise_costs_a_try_and_not_the_dispatcher(inbox: SqliteInbox) -> None:
    class Broken(FakeWriter):
        async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
            self.asked.append(event)
            if len(self.asked) == 1:
                raise ZeroDivisionError
            return Synced(1), "# plan of it\n"

    running = Running(inbox, Broken(), 4, lambda failed, attempt: 0.0)
    running.dispatcher._observe = None
    task = asyncio.create_task(running.dispatcher.run())
    await running.arrive(event("evt_1"))
    await running.until_states(evt_1=EventState.SYNCED)
    await running.dispatcher.stop()
    await task


@case
async def test_from_accepting_to_the_call_there_is_no_polling(inbox: SqliteInbox) -> None:
    waits: list[float] = []
    async with dispatching(inbox, FakeWriter()) as running:
        for number in range(30):
            began = time.perf_counter()
            await running.arrive(event(f"evt_{number}", f"ch_{number}"))
            while len(running.writer.asked) <= number:  # noqa: ASYNC110 - a wait that rounds would be measured with
                await asyncio.sleep(0.0002)
            waits.append(time.perf_counter() - began)
            await running.until_states(**{f"evt_{number}": EventState.SYNCED})
    assert sorted(waits)[len(waits) // 2] < 0.05, waits


@case
async def test_stopping_claims_nothing_more_and_lets_what_runs_end(inbox: SqliteInbox) -> None:
    writer = FakeWriter()
    writer.gate = asyncio.Event()
    running = Running(inbox, writer, 1, lambda failed, attempt: 0.0)
    task = asyncio.create_task(running.dispatcher.run())
    await running.arrive(event("evt_1"), event("evt_2", "ch_2"))
    await running.until(lambda: len(writer.asked) == 1)
    stopping = asyncio.create_task(running.dispatcher.stop(within_s=10))
    await task
    writer.gate.set()
    await stopping
    assert sorted([running.state("evt_1"), running.state("evt_2")]) == [EventState.SYNCED, EventState.WAITING]
    assert len(writer.asked) == 1


@case
async def test_what_does_not_end_in_time_is_given_up_and_stays_open(inbox: SqliteInbox) -> None:
    writer = FakeWriter()
    writer.gate = asyncio.Event()
    running = Running(inbox, writer, 1, lambda failed, attempt: 0.0)
    task = asyncio.create_task(running.dispatcher.run())
    await running.arrive(event("evt_1"))
    await running.until(lambda: len(writer.asked) == 1)
    await running.dispatcher.stop(within_s=0.05)
    await task
    assert running.state("evt_1") is EventState.RUNNING
    assert inbox.release() == 1


@case
async def test_a_writer_that_is_down_does_not_use_up_every_objects_tries(inbox: SqliteInbox) -> None:
    """One object at a time probes; the others keep their first try for when the writer is back."""
    up = False
    writer = FakeWriter(lambda _: Synced(1) if up else BUSY)
    async with dispatching(inbox, writer, in_flight=4, delay=lambda failed, attempt: 0.0) as running:
        await running.arrive(*(event(f"evt_{number}", f"ch_{number}") for number in range(100)))
        await running.until(lambda: len(writer.asked) >= 6)
        await asyncio.sleep(0.3)  # without a pause between them there would be hundreds by now
        assert len(writer.asked) < 15
        up = True
        await running.until(lambda: inbox.stats().synced == 100)


@pytest.mark.parametrize(
    ("failed", "attempt", "bound"),
    [
        pytest.param(BUSY, 1, 2, id="busy for the first time"),
        pytest.param(BUSY, 4, 16, id="busy for the fourth time"),
        pytest.param(BUSY, 60, 300, id="busy for the last time"),
        pytest.param(missing("in_1"), 1, 5, id="not ready for the first time"),
        pytest.param(missing("in_1"), 10_000, 3600, id="not ready for the ten thousandth time"),
    ],
)
def test_a_rest_is_drawn_evenly_under_a_bound_that_doubles_up_to_the_cap(failed: Failed, attempt: int, bound: int) -> None:
    assert delay_s(failed, attempt, jitter=lambda low, high: high) == bound
    assert delay_s(failed, attempt, jitter=lambda low, high: low) == 0


def test_a_rest_is_never_shorter_than_the_other_side_asked_for() -> None:
    asked = Failed(Kind.BUSY, "", "", retry_after_s=30)
    assert delay_s(asked, 1, jitter=lambda low, high: low) == 30


def test_a_busy_hour_does_not_use_up_the_patience_for_what_has_not_arrived() -> None:
    tries = Tries()
    assert not any(tries.exhausted("/ch_1", missing("in_1"), attempt) for attempt in range(1, 150))
    assert not tries.exhausted("/ch_1", BUSY, 150)
    assert tries.exhausted("/ch_1", BUSY, TRIES_OF_ALL_KINDS)


def test_the_brake_lets_one_probe_after_a_growing_pause_and_opens_at_the_first_answer() -> None:
    brake = Brake(patience=2)
    assert brake.room(0, 8, now=0.0) == 8
    brake.saw(True, 0.0)
    brake.saw(True, 0.0)
    assert (brake.room(0, 8, now=0.4), brake.room(0, 8, now=0.5), brake.room(1, 8, now=0.5)) == (0, 1, 0)
    brake.saw(True, 1.0)
    assert (brake.room(0, 8, now=1.9), brake.wait_s(1.5), brake.room(0, 8, now=2.0)) == (0, 0.5, 1)
    brake.saw(False, 2.0)
    assert (brake.room(3, 8, now=2.0), brake.wait_s(2.0)) == (5, 0.0)
