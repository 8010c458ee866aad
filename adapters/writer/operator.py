"""Ingest's events over gRPC, for operators' commands: a blocking client in the core's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import grpc
from stripe_netsuite.v1 import ingest_pb2, ingest_pb2_grpc

from adapters.writer.grpc import connects
from adapters.writer.identity import Identity, channel
from adapters.writer.messages import failed_from_proto, from_attempt, from_timestamp
from adapters.writer.status import from_status
from core.inbox import Attempt, Event, EventState, Stats, StoredEvent

STATES = {state: f"EVENT_STATE_{state.name}" for state in EventState}
FROM_STATES = {ingest_pb2.EventState.Value(name): state for state, name in STATES.items()}

A_DAY_S = 86_400.0
# A list of the most events that may be asked for is a little over the 2 MiB of other messages.
OPTIONS = (("grpc.max_receive_message_length", 4 << 20), ("grpc.keepalive_time_ms", 20_000), ("grpc.keepalive_timeout_ms", 10_000))


class IngestClient:
    """What DurableInbox offers an operator, asked of a running ingest. grpc.RpcError when it cannot be reached."""

    def __init__(self, target: str, timeout_s: float = 30, identity: Identity | None = None) -> None:
        self._channel = channel(target, OPTIONS, identity)
        self._stub = ingest_pb2_grpc.IngestServiceStub(self._channel)
        self._timeout_s = timeout_s

    def ready(self, within_s: float) -> bool:
        """Whether the channel connects within so many seconds."""
        return connects(self._channel, within_s)

    def find(self, event_id: str) -> StoredEvent | None:
        answer = self._get(event_id)
        return _stored(answer.event) if answer else None

    def attempts(self, event_id: str, most: int = 50) -> Sequence[Attempt]:
        answer = self._get(event_id)
        return [from_attempt(attempt) for attempt in answer.attempts[:most]] if answer else []

    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]:
        request = ingest_pb2.ListEventsRequest(state=STATES[state] if state else None, type=event_type, most=most)
        return [_stored(event) for event in self._stub.ListEvents(request, timeout=self._timeout_s).events]

    def retry_now(self, event_ids: Sequence[str] | None) -> int:
        request = ingest_pb2.RetryEventsRequest(event_ids=event_ids or (), all_failed=event_ids is None)
        return int(self._stub.RetryEvents(request, timeout=self._timeout_s).retried)

    def skip(self, event_ids: Sequence[str], because: str) -> int:
        request = ingest_pb2.SkipEventsRequest(event_ids=event_ids, because=because)
        return int(self._stub.SkipEvents(request, timeout=self._timeout_s).skipped)

    def pause(self, because: str, who: str, account: str | None = None) -> None:
        request = ingest_pb2.PauseEventsRequest(account=account, because=because, who=who)
        self._stub.PauseEvents(request, timeout=self._timeout_s)

    def resume(self, account: str | None = None) -> int:
        return int(self._stub.ResumeEvents(ingest_pb2.ResumeEventsRequest(account=account), timeout=self._timeout_s).resumed)

    def stats(self) -> Stats:
        return from_status(self._stub.GetStatus(ingest_pb2.GetStatusRequest(), timeout=self._timeout_s))

    def backfill(self, request: ingest_pb2.BackfillObjectsRequest) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
        """Tells how far it is, step by step; ends when it is done or has failed."""
        yield from self._stub.BackfillObjects(request, timeout=A_DAY_S)

    def sweep(self) -> Iterator[ingest_pb2.SweepEventsResponse]:
        """Tells how far it is; ends when it is done."""
        yield from self._stub.SweepEvents(ingest_pb2.SweepEventsRequest(), timeout=A_DAY_S)

    def tally(self, name: str) -> ingest_pb2.GetBackfillResponse:
        """What became of a backfill's objects so far."""
        answer: ingest_pb2.GetBackfillResponse = self._stub.GetBackfill(ingest_pb2.GetBackfillRequest(name=name), timeout=self._timeout_s)
        return answer

    def close(self) -> None:
        self._channel.close()

    def _get(self, event_id: str) -> ingest_pb2.GetEventResponse | None:
        try:
            answer: ingest_pb2.GetEventResponse = self._stub.GetEvent(
                ingest_pb2.GetEventRequest(event_id=event_id), timeout=self._timeout_s
            )
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise
        return answer


def _stored(event: ingest_pb2.StoredEvent) -> StoredEvent:
    return StoredEvent(
        event=Event(event.event_id, event.type, from_timestamp(event.created), event.livemode, event.subject_id, event.account),
        state=FROM_STATES[event.state],
        received_at=from_timestamp(event.received_at),
        settled_at=from_timestamp(event.settled_at) if event.HasField("settled_at") else None,
        attempts=event.attempts,
        due_at=from_timestamp(event.due_at) if event.HasField("due_at") else None,
        reason=event.reason,
        failed=failed_from_proto(event.failed) if event.HasField("failed") else None,
    )
