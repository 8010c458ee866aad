"""IngestService over gRPC: operators look at the stored events and move them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from stripe_netsuite.v1 import ingest_pb2, ingest_pb2_grpc

from adapters.writer.messages import failed_from_proto, failed_to_proto, from_timestamp, to_attempt, to_timestamp
from adapters.writer.status import to_status
from core.inbox import Event, EventState, StoredEvent
from core.outcome import CannotSync
from services.guard import certificate_names
from services.ingest.catching_up import CatchingUp, UnderWay
from services.ingest.inbox import Inbox

NAMES = {state: f"EVENT_STATE_{state.name}" for state in EventState}
STATES = {ingest_pb2.EventState.Value(name): state for state, name in NAMES.items()}  # a state without its twin stops the import
MOST_LISTED, LISTED = 5_000, 100
LONGEST_REASON, LONGEST_NAME = 500, 200
EVENT_ID = re.compile(r"[A-Za-z0-9_]{1,255}")


class IngestServicer(ingest_pb2_grpc.IngestServiceServicer):
    """Serves the inbox; `on_change` is called, on a thread of the server, after something became due."""

    def __init__(self, inbox: Inbox, on_change: Callable[[], None], catching_up: CatchingUp | None = None) -> None:
        self._inbox, self._on_change, self._catching_up = inbox, on_change, catching_up

    def ListEvents(self, request: ingest_pb2.ListEventsRequest, context: grpc.ServicerContext) -> ingest_pb2.ListEventsResponse:  # noqa: N802
        if not 0 <= request.most <= MOST_LISTED:
            _refuse(context, f"most is from 0 (for {LISTED}) to {MOST_LISTED}")
        state = STATES.get(request.state)
        if request.state and state is None:
            _refuse(context, "state is none that this version knows")
        with _store_errors(context):
            events = self._inbox.list(state, request.type, request.most or LISTED)
        return ingest_pb2.ListEventsResponse(events=[to_stored_event(stored) for stored in events])

    def GetEvent(self, request: ingest_pb2.GetEventRequest, context: grpc.ServicerContext) -> ingest_pb2.GetEventResponse:  # noqa: N802
        _check_ids(context, [request.event_id])
        with _store_errors(context):
            stored = self._inbox.find(request.event_id)
            attempts = self._inbox.attempts(request.event_id)
        if stored is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no event {request.event_id} was stored")
        return ingest_pb2.GetEventResponse(event=to_stored_event(stored), attempts=map(to_attempt, attempts))

    def RetryEvents(self, request: ingest_pb2.RetryEventsRequest, context: grpc.ServicerContext) -> ingest_pb2.RetryEventsResponse:  # noqa: N802
        if bool(request.event_ids) == request.all_failed:
            _refuse(context, "name events, or say all_failed, one of the two")
        _check_ids(context, request.event_ids)
        with _store_errors(context):
            retried = self._inbox.retry_now(None if request.all_failed else list(request.event_ids))
        self._on_change()
        return ingest_pb2.RetryEventsResponse(retried=retried)

    def SkipEvents(self, request: ingest_pb2.SkipEventsRequest, context: grpc.ServicerContext) -> ingest_pb2.SkipEventsResponse:  # noqa: N802
        if not request.event_ids or not request.because.strip():
            _refuse(context, "name events and say why they are skipped")
        _check_ids(context, request.event_ids)
        with _store_errors(context):
            skipped = self._inbox.skip(list(request.event_ids), request.because.strip())
        return ingest_pb2.SkipEventsResponse(skipped=skipped)

    def GetStatus(self, request: ingest_pb2.GetStatusRequest, context: grpc.ServicerContext) -> ingest_pb2.GetStatusResponse:  # noqa: N802
        with _store_errors(context):
            stats = self._inbox.stats()
        return to_status(stats)

    def PauseEvents(self, request: ingest_pb2.PauseEventsRequest, context: grpc.ServicerContext) -> ingest_pb2.PauseEventsResponse:  # noqa: N802
        account = self._account(request, context)
        because, who = request.because.strip(), request.who.strip()
        if not 0 < len(because) <= LONGEST_REASON or not 0 < len(who) <= LONGEST_NAME:
            _refuse(context, f"say why, in {LONGEST_REASON} characters at most, and who, in {LONGEST_NAME} at most")
        with _store_errors(context):
            self._inbox.pause(because, _with_certificate(who, context), account)
        return ingest_pb2.PauseEventsResponse()

    def ResumeEvents(self, request: ingest_pb2.ResumeEventsRequest, context: grpc.ServicerContext) -> ingest_pb2.ResumeEventsResponse:  # noqa: N802
        account = request.account if request.HasField("account") else None
        with _store_errors(context):
            resumed = self._inbox.resume(account)
        self._on_change()
        return ingest_pb2.ResumeEventsResponse(resumed=resumed)

    def BackfillObjects(  # noqa: N802
        self, request: ingest_pb2.BackfillObjectsRequest, context: grpc.ServicerContext
    ) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
        catching_up = self._catches_up(context)
        if why := catching_up.refusal(request):
            _refuse(context, why)
        with _store_errors(context):
            for step in catching_up.backfill(request, context.is_active):
                self._on_change()
                yield step

    def GetBackfill(self, request: ingest_pb2.GetBackfillRequest, context: grpc.ServicerContext) -> ingest_pb2.GetBackfillResponse:  # noqa: N802
        with _store_errors(context):
            return self._catches_up(context).tally(request.name)

    def SweepEvents(  # noqa: N802
        self, request: ingest_pb2.SweepEventsRequest, context: grpc.ServicerContext
    ) -> Iterator[ingest_pb2.SweepEventsResponse]:
        catching_up = self._catches_up(context)
        with _store_errors(context):
            for step in catching_up.sweep(context.is_active):
                self._on_change()
                yield step

    def _account(self, request: ingest_pb2.PauseEventsRequest, context: grpc.ServicerContext) -> str | None:
        if not request.HasField("account"):
            return None
        if self._catching_up and request.account not in self._catching_up.sweeper.accounts:
            _refuse(context, f"the settings name no Stripe account {request.account}")
        return request.account

    def _catches_up(self, context: grpc.ServicerContext) -> CatchingUp:
        if self._catching_up is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "this ingest runs without Stripe's lists")
        return self._catching_up


def to_stored_event(stored: StoredEvent) -> ingest_pb2.StoredEvent:
    """The core's stored event as a message."""
    event = stored.event
    return ingest_pb2.StoredEvent(
        event_id=event.id,
        type=event.type,
        created=to_timestamp(event.created),
        account=event.account,
        livemode=event.livemode,
        subject_id=event.subject_id,
        state=NAMES[stored.state],
        received_at=to_timestamp(stored.received_at),
        settled_at=_optional(stored.settled_at),
        attempts=stored.attempts,
        due_at=_optional(stored.due_at),
        reason=stored.reason,
        failed=failed_to_proto(stored.failed) if stored.failed else None,
    )


def from_stored_event(message: ingest_pb2.StoredEvent) -> StoredEvent:
    """The reverse of `to_stored_event`, for who speaks to this service."""
    return StoredEvent(
        event=Event(message.event_id, message.type, from_timestamp(message.created), message.livemode, message.subject_id, message.account),
        state=STATES[message.state],
        received_at=from_timestamp(message.received_at),
        settled_at=from_timestamp(message.settled_at) if message.HasField("settled_at") else None,
        attempts=message.attempts,
        due_at=from_timestamp(message.due_at) if message.HasField("due_at") else None,
        reason=message.reason,
        failed=failed_from_proto(message.failed) if message.HasField("failed") else None,
    )


def _with_certificate(who: str, context: grpc.ServicerContext) -> str:
    """The name that was given, and over TLS that of the certificate."""
    names = certificate_names(context)
    return f"{who} ({', '.join(sorted(names))})" if names else who


def _optional(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else to_timestamp(moment)


def _check_ids(context: grpc.ServicerContext, event_ids: Iterable[str]) -> None:
    ids = list(event_ids)
    if len(ids) > MOST_LISTED:
        _refuse(context, f"at most {MOST_LISTED} events at once")
    if not all(EVENT_ID.fullmatch(event_id) for event_id in ids):
        _refuse(context, "an event id is of letters, digits and _, 255 at most")


def _refuse(context: grpc.ServicerContext, why: str) -> NoReturn:
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, why)


@contextmanager
def _store_errors(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except UnderWay as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    except CannotSync as error:
        context.abort(grpc.StatusCode.UNAVAILABLE, f"{error.failed.message} {error.failed.remedy}")
