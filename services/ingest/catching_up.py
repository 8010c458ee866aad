"""Backfill as operators ask for it over gRPC: one at a time, told step by step, given up when nobody listens any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from threading import Lock

import grpc
from stripe_netsuite.v1 import ingest_pb2

from adapters.writer.messages import failed_to_proto, from_timestamp
from core.events import BACKFILLED
from core.outcome import CannotSync
from services.ingest.backfill import Backfill, Progress, Wanted

NAME = re.compile(r"[A-Za-z0-9_]{1,60}")


@dataclass(slots=True)
class CatchingUp:
    """What is asked of a backfill; `accounts` are all that the settings name, "" the own one."""

    backfiller: Backfill
    accounts: tuple[str, ...]
    _alone: Lock = field(default_factory=Lock)

    def stop(self) -> None:
        """End what waits for Stripe."""
        self.backfiller.stopping.set()

    def refusal(self, request: ingest_pb2.BackfillObjectsRequest) -> str:
        """Why a request is no good, or ""."""
        if not NAME.fullmatch(request.name):
            return "name is of letters, digits and _, 60 at most"
        if unknown := set(request.kinds) - set(BACKFILLED):
            return f"kinds are of {', '.join(BACKFILLED)}; not {', '.join(sorted(unknown))}"
        if request.account and request.account not in self.accounts:
            return f"the settings name no Stripe account {request.account}"
        if not (request.HasField("since") and request.HasField("until")):
            return "since and until are needed"
        return ""

    def backfill(
        self, request: ingest_pb2.BackfillObjectsRequest, context: grpc.ServicerContext
    ) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
        """Run it and tell how far it is; the last word is that it is done, or why it could not go on."""
        if not self._alone.acquire(blocking=False):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "a backfill is under way; ask again when it is done")
        try:
            yield from told(self.backfiller, wanted(request, self.accounts), context.is_active)
        finally:
            self._alone.release()

    def tally(self, name: str) -> ingest_pb2.GetBackfillResponse:
        """What became of its objects so far."""
        stats, under_way = self.backfiller.tally(name)
        counts = {name: value for name, value in asdict(stats).items() if not name.endswith("_s")}
        return ingest_pb2.GetBackfillResponse(**counts, under_way=under_way)


def wanted(request: ingest_pb2.BackfillObjectsRequest, accounts: tuple[str, ...]) -> Wanted:
    """A good request in this service's words: kinds in the order in which records build on each other."""
    kinds = tuple(kind for kind in BACKFILLED if not request.kinds or kind in request.kinds)
    named = (request.account,) if request.account else accounts
    return Wanted(request.name, kinds, named, from_timestamp(request.since), from_timestamp(request.until))


def told(backfiller: Backfill, what: Wanted, listens: Callable[[], bool]) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
    """Each step as a message, as long as somebody listens."""
    last = Progress("", 0, 0)
    try:
        for last in backfiller.run(what):
            yield ingest_pb2.BackfillObjectsResponse(**asdict(last))
            if not listens():
                return
    except CannotSync as stopped:
        yield ingest_pb2.BackfillObjectsResponse(**asdict(last), failed=failed_to_proto(stopped.failed))
