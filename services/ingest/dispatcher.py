"""Hands stored events on to the writer: many objects at once, each object one at a time, and every event ends settled or rests."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from core.inbox import Event, Work
from core.outcome import CannotSync, Failed, Kind, Outcome, Synced
from core.ports import Writer
from services.ingest.backoff import Brake, Tries, delay_s
from services.ingest.inbox import Inbox
from services.ingest.metrics import IngestMetrics

log = logging.getLogger(__name__)

Observer = Callable[[Event, Outcome, str], None]
"""Told of each try: the event that was handed on, how it ended, and the plan's page."""

Answer = TypeVar("Answer")

SUBJECTS_OF_AN_OBJECT = 3
GRACE_S = 15.0
"""A lease outlives the calls it may take, by this: nobody else takes the object while the writer may still be at it."""

LOOK_AGAIN_S = 5.0
"""The longest sleep, should the wall clock jump; accepting and finishing wake the dispatcher at once."""

ARRIVALS_REMEMBERED = 10_000

LONGEST_HOLD_S = 900
"""The longest that all objects are held off at once, whatever the other side asked for: then a few find out."""


class Dispatcher:
    """Runs on the event loop in which `run` is awaited. `coalesce_key` gives an event type's subject: of an object's open events
    of one subject only the newest is handed on, and the others end as it does."""

    def __init__(
        self,
        inbox: Inbox,
        writer: Writer,
        coalesce_key: Callable[[str], str],
        *,
        in_flight: int = 8,
        deadline_s: float = 120.0,
        observe: Observer | None = None,
        metrics: IngestMetrics | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        delay: Callable[[Failed, int], float] = delay_s,
        monotonic: Callable[[], float] = time.monotonic,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._inbox, self._writer, self._coalesce_key = inbox, writer, coalesce_key
        self._most, self._deadline_s = in_flight, deadline_s
        self._lease_s = SUBJECTS_OF_AN_OBJECT * deadline_s + GRACE_S
        self._observe, self._metrics, self._now, self._delay = observe, metrics, now, delay
        self._monotonic, self._look_again_s = monotonic, look_again_s
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._stopping = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._tries, self._brake = Tries(), Brake()
        self._arrived: OrderedDict[str, float] = OrderedDict()
        self._threads = ThreadPoolExecutor(in_flight + 1, thread_name_prefix="dispatcher")

    def wake(self) -> None:
        """There may be new work. For the loop's own thread; from others use `loop.call_soon_threadsafe(dispatcher.wake)`.

        With no room there is nothing to do: whatever ends looks for more by itself. A burst must not turn this loop in vain."""
        if len(self._running) < self._most:
            self._changed.set()

    async def run(self) -> None:
        """Claim and hand on until `stop`."""
        self._at_rest.clear()
        try:
            while not self._stopping:
                self._changed.clear()
                await self._sleep(await self._claim())
        finally:
            self._at_rest.set()

    async def stop(self, within_s: float = 30.0) -> None:
        """Claim nothing more and let what is under way end; what does not end in time is given up, and its lease frees it."""
        self._stopping = True
        self._changed.set()
        await self._at_rest.wait()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._threads.shutdown()

    async def _claim(self) -> float:
        """Start what is due; how many seconds there is nothing more to start."""
        now = self._monotonic()
        room = self._brake.room(len(self._running), self._most, now)
        if room <= 0:
            return self._brake.wait_s(now) or self._look_again_s
        try:
            works = await self._call(partial(self._inbox.claim, room, self._lease_s))
            due_at = await self._call(self._inbox.next_due) if len(works) < room else None
        except CannotSync as error:
            log.error("no work can be claimed: %s", error)  # noqa: TRY400 - the store's own sentence is enough
            return 1.0
        for work in works:
            self._start(work)
        return self._look_again_s if due_at is None else max(0.0, (due_at - self._now()).total_seconds())

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._hand_on(work))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def _sleep(self, wait_s: float) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), min(wait_s, self._look_again_s))
        except TimeoutError:
            return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("an object's hand-on broke; its lease frees it: %s", error)

    async def _hand_on(self, work: Work) -> None:
        """Each subject of the object once, oldest first; then its events are settled, or rest."""
        started = self._monotonic()
        ends: list[tuple[str, Outcome]] = []
        handed_on: list[str] = []
        later: Failed | None = None
        for events in self._by_subject(work.events):
            handed_on.append(events[-1].id)
            left_s = self._lease_s - GRACE_S - (self._monotonic() - started)
            outcome = await self._sync(events[-1], min(self._deadline_s, max(left_s, 1.0)))
            if isinstance(outcome, Failed) and outcome.retryable:
                later = later or outcome
                if outcome.kind is Kind.BUSY:
                    break
            else:
                ends += [(event.id, outcome) for event in events]
        await self._conclude(work, ends, later, started, handed_on)
        if self._metrics:
            self._metrics.wait_seconds.observe(self._monotonic() - started)

    async def _conclude(
        self, work: Work, ends: list[tuple[str, Outcome]], later: Failed | None, started: float, handed_on: Sequence[str]
    ) -> None:
        if later and not self._tries.exhausted(work.object_key, later, work.attempt):
            if ends:
                await self._call(partial(self._inbox.settle_part, work, ends))
            await self._rest(work, later, started, handed_on)
        else:
            otherwise = later or ends[-1][1]
            await self._call(partial(self._inbox.settle, work, otherwise, ends, handed_on))
            self._tries.forget(work.object_key)
        if any(isinstance(outcome, Synced) for _, outcome in ends):
            await self._announce(work.events[0].subject_id)

    async def _rest(self, work: Work, failed: Failed, started: float, handed_on: Sequence[str]) -> None:
        not_before = self._now() + timedelta(seconds=self._delay(failed, work.attempt))
        await self._call(partial(self._inbox.retry, work, failed, not_before, handed_on))
        # What it waits for may have arrived while it was being tried, when there was nobody to wake yet.
        if self._arrived.get(failed.waits_for, 0.0) > started:
            await self._call(partial(self._inbox.wake, [failed.waits_for]))

    async def _announce(self, stripe_id: str) -> None:
        self._arrived[stripe_id] = self._monotonic()
        self._arrived.move_to_end(stripe_id)
        if len(self._arrived) > ARRIVALS_REMEMBERED:
            self._arrived.popitem(last=False)
        await self._call(partial(self._inbox.wake, [stripe_id]))

    async def _sync(self, event: Event, deadline_s: float) -> Outcome:
        started = self._monotonic()
        outcome, page = await self._ask_writer(event, deadline_s)
        self._brake.saw(isinstance(outcome, Failed) and outcome.kind is Kind.BUSY, self._monotonic())
        if isinstance(outcome, Failed) and outcome.holds_all:
            await self._call(partial(self._inbox.hold_off, min(outcome.retry_after_s, LONGEST_HOLD_S), outcome.message))
        if self._metrics:
            self._metrics.sync_seconds.observe(self._monotonic() - started)
            self._metrics.outcome(outcome)
        if self._observe:
            self._observe(event, outcome, page)
        return outcome

    async def _ask_writer(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        """A port that breaks its promise, by an exception or by silence, costs a try and not the dispatcher."""
        try:
            async with asyncio.timeout(deadline_s + GRACE_S / 3):
                return await self._writer.sync(event, deadline_s)
        except TimeoutError:
            return Failed(Kind.BUSY, "the writer did not answer in time", "It is tried again by itself."), ""
        except Exception as error:
            log.exception("handing on %s broke", event.id)
            return Failed(Kind.BUSY, f"the hand-on broke: {type(error).__name__}", "See ingest's log; it is tried again by itself."), ""

    def _by_subject(self, events: Sequence[Event]) -> Sequence[Sequence[Event]]:
        groups: dict[str, list[Event]] = {}
        for event in events:
            groups.setdefault(self._coalesce_key(event.type) or event.type, []).append(event)
        return list(groups.values())

    async def _call(self, operation: Callable[[], Answer]) -> Answer:
        """The inbox blocks until its commit; the event loop must not."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, operation)
