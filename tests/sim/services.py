"""The services under test as processes that can die: their own code, wired as services/wiring.py wires it, over the simulated ports."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import grpc
from stripe_netsuite.v1 import writer_pb2

from adapters.netsuite.rest import RestBooks
from adapters.storage.inbox import SqlInbox
from adapters.storage.leases import GRACE_S
from adapters.storage.sync_records import SqlSyncRecords
from adapters.writer.grpc import GrpcWriter
from core.events import reason_to_ignore, subject_of
from core.inbox import Event, Stats, StoredEvent, Work
from core.settings import Settings
from core.sync import Report, SyncUseCase
from services.ingest.app import WEBHOOKS, IngestApp, WebhookEndpoint
from services.ingest.backfill import Lists
from services.ingest.backoff import delay_s
from services.ingest.dispatcher import Dispatcher
from services.ingest.http import Request
from services.ingest.metrics import IngestMetrics
from services.ingest.sweep import Sweep
from services.writer.servicer import WriterServicer
from tests.sim.loop import SimLoop
from tests.sim.netsuite import SimTransport, Wire
from tests.sim.scheduler import Process, Scheduler
from tests.sim.stores import Disk, SimStore, disk
from tests.sim.stripe_side import SECRET, SimReader
from tests.sim.swarm import OVERTAKEN, WireTrouble
from tests.sim.turns import SimLock, SimTurns, sim_intents, turns_here

Watched = Callable[[Event, Report], None]
LOOK_AGAIN_S = 600.0
DEADLINE_S = 120.0


@cache
def metrics() -> IngestMetrics:
    """Nobody reads them here, and they are dear to make."""
    return IngestMetrics(Stats, lambda: 0)


@dataclass(frozen=True, slots=True)
class SimClock:
    scheduler: Scheduler

    def now(self) -> Any:
        return self.scheduler.moment


@dataclass(frozen=True, slots=True)
class WatchedUseCase:
    """The use case, and who wants to know how each sync ended."""

    use_case: SyncUseCase
    watched: Watched

    def event(self, event: Event) -> Report:
        report = self.use_case.event(event)
        self.watched(event, report)
        return report


class WriterProcess(Process):
    """One replica of the writer; `shared`: others write to the same NetSuite from the same store."""

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        *,
        wire: Wire,
        reader: Callable[[Process], SimReader],
        disk: Disk,
        settings: Settings,
        watched: Watched,
        shared: bool,
    ) -> None:
        super().__init__(name, scheduler)
        store = SimStore("writer's store", self, disk)
        intents = sim_intents(store, scheduler, wire.mood.timeout_s + GRACE_S if shared else 0)
        books = RestBooks(SimTransport(wire, self, intents.sending))
        books._currencies._lock = SimLock(scheduler)  # type: ignore[assignment]
        self.use_case = SyncUseCase(
            stripe=reader(self),
            books=books,
            records=SqlSyncRecords(store),
            intents=intents,
            turns=SimTurns(SimStore("writer's leases", self, disk), self, wire.mood.timeout_s) if shared else turns_here(scheduler),
            clock=SimClock(scheduler),
            settings=settings,
        )
        self._servicer = WriterServicer(WatchedUseCase(self.use_case, watched))  # type: ignore[arg-type]

    def sync(self, request: writer_pb2.SyncEventRequest) -> writer_pb2.SyncEventResponse:
        """SyncEvent, on a thread of this process."""
        self.step("has the call")
        answer = self._servicer.SyncEvent(request, cast(grpc.ServicerContext, NoContext()))
        self.step("answers the call")
        return answer


class Eye(Process):
    """Looks into the stores from outside the story."""

    def __init__(self, story: Any) -> None:
        super().__init__("eye", story.scheduler)
        ingest, writer = (SimStore(purpose, self, disk(purpose)) for purpose in ("ingest", "writer"))
        self.inbox = SqlInbox(ingest, ingest, lambda: self.scheduler.moment)
        self.records = SqlSyncRecords(writer)
        self.clock = SimClock(self.scheduler)

    def step(self, what: str) -> None:
        """Looking changes nothing."""

    def stored(self) -> dict[str, StoredEvent]:
        """Every stored event by its id."""
        return {one.event.id: one for one in self.inbox.list(most=1_000_000)}


class NoContext:
    """No call of the simulation is to be aborted."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the servicer asked for {name}")


class SimInbox(SqlInbox):
    """Remembers of each event that it gave out which claim of which object that was."""

    def __init__(self, store: SimStore, scheduler: Scheduler) -> None:
        super().__init__(store, store, lambda: scheduler.moment)
        self.claims: dict[str, tuple[str, int]] = {}

    def claim(self, most: int, lease_s: float) -> Sequence[Work]:
        works = super().claim(most, lease_s)
        self.claims |= {event.id: (work.object_key, work.token) for work in works for event in work.events}
        return works


class Stub:
    """The writer's stub as ingest's GrpcWriter has it, over a wire that loses things. `newest` is the token of the newest claim of each
    object for which a writer was called: a call of an older one is counted, for it must do no harm."""

    def __init__(
        self,
        loop: SimLoop,
        scheduler: Scheduler,
        writers: Callable[[], list[WriterProcess]],
        troubles: Mapping[WireTrouble, float],
        dice: random.Random,
        met: Counter[tuple[str, str, str]],
        is_calm: Callable[[], bool],
        newest: dict[str, int],
    ) -> None:
        self._loop, self._scheduler, self._writers, self._troubles, self._dice = loop, scheduler, writers, troubles, dice
        self.met, self.is_calm, self._newest = met, is_calm, newest
        self.claims: Mapping[str, tuple[str, int]] = {}

    async def SyncEvent(self, request: writer_pb2.SyncEventRequest, timeout: float) -> writer_pb2.SyncEventResponse:  # noqa: ASYNC109, N802
        """One call; AioRpcError as over a channel."""
        trouble = next((one for one, rate in self._troubles.items() if not self.is_calm() and self._dice.random() < rate), None)
        answer: asyncio.Future[writer_pb2.SyncEventResponse] = self._loop.create_future()
        claim = self.claims[request.event_id]
        if trouble is not WireTrouble.REQUEST_LOST:
            for _ in range(2 if trouble is WireTrouble.TWICE else 1):
                self._scheduler.after(self._dice.uniform(0.001, 0.05), lambda: self._arrive(request, claim, answer, trouble))
        self._loop.call_later(timeout, self._fail, answer, grpc.StatusCode.DEADLINE_EXCEEDED)
        if trouble:
            self.met[trouble.value, "rpc", "-"] += 1
        return await answer

    def _arrive(
        self, request: writer_pb2.SyncEventRequest, claim: tuple[str, int], answer: asyncio.Future[Any], trouble: WireTrouble | None
    ) -> None:
        living = [writer for writer in self._writers() if writer.alive]
        if not living:
            self._loop.call_soon(self._fail, answer, grpc.StatusCode.UNAVAILABLE)
            return
        writer = self._dice.choice(living)
        writer.when_crashed.append(lambda: self._loop.call_soon(self._fail, answer, grpc.StatusCode.UNAVAILABLE))

        def ended(response: writer_pb2.SyncEventResponse | None, error: BaseException | None) -> None:
            if trouble is not WireTrouble.ANSWER_LOST:
                self._loop.call_later(0.01, self._answered, answer, response, error)

        self._count(*claim)
        writer.run(lambda: writer.sync(request), ended)

    def _count(self, object_key: str, token: int) -> None:
        if token < self._newest.get(object_key, 0):
            self.met[OVERTAKEN, "rpc", "-"] += 1
        self._newest[object_key] = max(token, self._newest.get(object_key, 0))

    def _answered(self, answer: asyncio.Future[Any], response: Any, error: BaseException | None) -> None:
        if error is not None:
            self._fail(answer, grpc.StatusCode.UNKNOWN)
        elif not answer.done():
            answer.set_result(response)

    def _fail(self, answer: asyncio.Future[Any], code: grpc.StatusCode) -> None:
        if not answer.done():
            answer.set_exception(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata()))


class IngestProcess(Process):
    """One replica of ingest: the webhook's ASGI callable and the dispatcher, on one loop."""

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        *,
        disk: Disk,
        stub: Callable[[SimLoop], Stub],
        in_flight: int,
        dice: random.Random,
        alone: bool,
    ) -> None:
        super().__init__(name, scheduler)
        self.loop = SimLoop(self)
        store = SimStore("ingest's store", self, disk)
        self.inbox = SimInbox(store, scheduler)
        writer, called = GrpcWriter.__new__(GrpcWriter), stub(self.loop)
        called.claims, writer._stub = self.inbox.claims, cast(Any, called)
        self._dispatcher: Dispatcher | None = None
        self._app = IngestApp(
            self.inbox,
            {"": WebhookEndpoint((SECRET,))},
            reason_to_ignore,
            metrics=metrics(),
            on_accept=self._wake,
            now=self._seconds,
        )
        self.loop.begin(lambda: self._main(writer, in_flight, dice, alone))

    async def _main(self, writer: GrpcWriter, in_flight: int, dice: random.Random, alone: bool) -> None:
        """As IngestServer starts it."""
        if alone:
            await self.loop.run_in_executor(None, self.inbox.release)
        self._dispatcher = Dispatcher(
            self.inbox,
            writer,
            subject_of,
            in_flight=in_flight,
            deadline_s=DEADLINE_S,
            metrics=metrics(),
            now=lambda: self.scheduler.moment,
            delay=lambda failed, attempt: delay_s(failed, attempt, dice.uniform),
            monotonic=self.loop.time,
            look_again_s=LOOK_AGAIN_S,
        )
        await self._dispatcher.run()

    def _seconds(self) -> float:
        return self.scheduler.moment.timestamp()

    def _wake(self) -> None:
        if self._dispatcher:
            self._dispatcher.wake()

    def post(self, body: bytes, header: str, answered: Callable[[int], None]) -> None:
        """A webhook arrives."""
        request = Request()
        request.method, request.target = b"POST", WEBHOOKS.encode()
        request.signatures, request.parts = [header.encode()], [body]
        self.loop.call_soon(self._app.handle, request, lambda answer: answered(answer.status))

    def sweep(self, lists: Lists) -> None:
        """As the operator's sweep, or the hourly one."""
        sweeper = Sweep(self.inbox, lists, ("",), lambda event: reason_to_ignore(event.type), now=lambda: self.scheduler.moment)
        self.run(lambda: list(sweeper.run(whole=True)), lambda _, error: self._wake())
