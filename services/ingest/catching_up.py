"""Backfill and sweep as operators and the clock ask for them: each one at a time, told step by step, given up when nobody listens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from threading import Lock, Thread

from stripe_netsuite.v1 import ingest_pb2

from adapters.writer.messages import failed_to_proto, from_timestamp
from core.events import BACKFILLED
from core.inbox import EventState
from core.outcome import CannotSync
from services.ingest.backfill import Backfill, Progress, Wanted
from services.ingest.schedule import Done, Job, Keep, regularly
from services.ingest.sweep import Sweep, Swept

NAME = re.compile(r"[A-Za-z0-9_]{1,60}")
STOPS_WITHIN_S = 5.0
Listens = Callable[[], bool]


class UnderWay(Exception):
    """Another one of its kind runs."""


@dataclass(slots=True)
class CatchingUp:
    """What is asked of backfills and sweeps. `sweep_every_s` 0: only when asked. `found` is told how many events a sweep found; `jobs` is
    what else is done now and then."""

    backfiller: Backfill
    sweeper: Sweep
    sweep_every_s: float = 0.0
    found: Callable[[int], None] = lambda _: None
    jobs: Sequence[Job] = ()
    _backfills: Lock = field(default_factory=Lock)
    _sweeps: Lock = field(default_factory=Lock)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        """Sweep regularly from now on, and do the other jobs."""
        sweep = Job("sweep", self.sweep_every_s, self._sweep_now, age_s=lambda: self.sweeper.inbox.stats().last_sweep_s)
        for job in (sweep, *self.jobs):
            if job.every_s:
                arguments = (job, self.sweeper.inbox, self.sweeper.stopping)
                self._threads.append(Thread(target=regularly, args=arguments, name=job.name, daemon=True))
                self._threads[-1].start()

    def stop(self) -> None:
        """End what waits for Stripe."""
        self.backfiller.stopping.set()
        self.sweeper.stopping.set()
        for thread in self._threads:
            thread.join(STOPS_WITHIN_S)

    def refusal(self, request: ingest_pb2.BackfillObjectsRequest) -> str:
        """Why a request is no good, or ""."""
        if not NAME.fullmatch(request.name):
            return "name is of letters, digits and _, 60 at most"
        if unknown := set(request.kinds) - set(BACKFILLED):
            return f"kinds are of {', '.join(BACKFILLED)}; not {', '.join(sorted(unknown))}"
        if request.account and request.account not in self.sweeper.accounts:
            return f"the settings name no Stripe account {request.account}"
        if not (request.HasField("since") and request.HasField("until")):
            return "since and until are needed"
        return ""

    def backfill(
        self, request: ingest_pb2.BackfillObjectsRequest, listens: Listens = lambda: True
    ) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
        """Tell how far it is; the last word is that it is done, or why it could not go on. UnderWay when another one runs."""
        last = Progress("", 0, 0)
        with _alone(self._backfills, "a backfill"):
            try:
                for last in self.backfiller.run(self._wanted(request)):
                    yield ingest_pb2.BackfillObjectsResponse(**asdict(last))
                    if not listens():
                        return
            except CannotSync as stopped:
                yield ingest_pb2.BackfillObjectsResponse(**asdict(last), failed=failed_to_proto(stopped.failed))

    def tally(self, name: str) -> ingest_pb2.GetBackfillResponse:
        """What became of a backfill's objects so far."""
        stats, under_way = self.backfiller.tally(name)
        counts = {state.value: getattr(stats, state.value) for state in EventState}
        return ingest_pb2.GetBackfillResponse(**counts, under_way=under_way)

    def sweep(self, listens: Listens = lambda: True) -> Iterator[ingest_pb2.SweepEventsResponse]:
        """Sweep all of Stripe's list. UnderWay when another sweep runs."""
        last = Swept()
        with _alone(self._sweeps, "a sweep"):
            for last in self.sweeper.run(whole=True):
                failed = failed_to_proto(last.failed) if last.failed else None
                yield ingest_pb2.SweepEventsResponse(seen=last.seen, missed=last.missed, failed=failed)
                if not listens():
                    break
        self.found(last.missed)

    def _sweep_now(self, keep: Keep) -> Done | None:
        """Sweep since the last time; None when it was broken off."""
        last = Swept()
        try:
            with _alone(self._sweeps, "a sweep"):
                for step in self.sweeper.run():
                    last = step
                    keep()
                    if self.sweeper.stopping.is_set():
                        return None
        except UnderWay as error:
            return Done(str(error), is_ok=False)
        finally:
            self.found(last.missed)
        if last.failed:
            return Done(last.failed.message, is_ok=False)
        return Done(f"{last.seen} events looked at, {last.missed} of them had never been delivered")

    def _wanted(self, request: ingest_pb2.BackfillObjectsRequest) -> Wanted:
        """A good request in this service's words: kinds in the order in which records build on each other."""
        kinds = tuple(kind for kind in BACKFILLED if not request.kinds or kind in request.kinds)
        named = (request.account,) if request.account else self.sweeper.accounts
        return Wanted(request.name, kinds, named, from_timestamp(request.since), from_timestamp(request.until))


@contextmanager
def _alone(lock: Lock, what: str) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        raise UnderWay(f"{what} is under way; ask again when it is done")
    try:
        yield
    finally:
        lock.release()
