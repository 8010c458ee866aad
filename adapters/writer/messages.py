"""Between the wire's messages and the core's words, both ways, in one place."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from stripe_netsuite.v1 import ingest_pb2, outcome_pb2, writer_pb2

from core.inbox import Attempt, Event
from core.outcome import Failed, Ignored, Kind, Outcome, Synced

NAMES = {kind: f"FAILURE_KIND_{kind.name}" for kind in Kind}
KINDS = {outcome_pb2.FailureKind.Value(name): kind for kind, name in NAMES.items()}  # a kind without its twin on the wire stops the import


def to_timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp


def from_timestamp(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def failed_to_proto(failed: Failed) -> outcome_pb2.Failed:
    return outcome_pb2.Failed(
        kind=NAMES[failed.kind],
        message=failed.message,
        remedy=failed.remedy,
        code=failed.code,
        field=failed.field,
        record=failed.record,
        waits_for=failed.waits_for,
        retry_after=Duration(seconds=failed.retry_after_s) if failed.retry_after_s else None,
        retryable=failed.retryable,
    )


def failed_from_proto(failed: outcome_pb2.Failed) -> Failed:
    """A kind that this version does not know is read as REFUSED: never retried for ever, always shown."""
    return Failed(
        kind=KINDS.get(failed.kind, Kind.REFUSED),
        message=failed.message,
        remedy=failed.remedy,
        code=failed.code,
        field=failed.field,
        record=failed.record,
        waits_for=failed.waits_for,
        retry_after_s=failed.retry_after.seconds,
    )


def to_outcome(outcome: Outcome) -> outcome_pb2.Outcome:
    match outcome:
        case Synced(writes):
            return outcome_pb2.Outcome(synced=outcome_pb2.Synced(writes=writes))
        case Ignored(because):
            return outcome_pb2.Outcome(ignored=outcome_pb2.Ignored(because=because))
        case Failed():
            return outcome_pb2.Outcome(failed=failed_to_proto(outcome))


def from_outcome(outcome: outcome_pb2.Outcome) -> Outcome:
    """An outcome of no known kind comes from another version of the other side: refused, so that a person sees it."""
    match outcome.WhichOneof("result"):
        case "synced":
            return Synced(outcome.synced.writes)
        case "ignored":
            return Ignored(outcome.ignored.because)
        case "failed":
            return failed_from_proto(outcome.failed)
        case _:
            return Failed(Kind.REFUSED, "the writer's answer has no outcome", "Run ingest and writer of the same version.")


def to_sync_request(event: Event) -> writer_pb2.SyncEventRequest:
    return writer_pb2.SyncEventRequest(
        event_id=event.id,
        type=event.type,
        created=to_timestamp(event.created),
        account=event.account,
        livemode=event.livemode,
        subject_id=event.subject_id,
    )


def from_sync_request(request: writer_pb2.SyncEventRequest) -> Event:
    return Event(
        id=request.event_id,
        type=request.type,
        created=from_timestamp(request.created),
        livemode=request.livemode,
        subject_id=request.subject_id,
        account=request.account,
    )


def to_attempt(attempt: Attempt) -> ingest_pb2.Attempt:
    return ingest_pb2.Attempt(
        number=attempt.number,
        token=attempt.token,
        started_at=to_timestamp(attempt.started_at),
        ended_at=None if attempt.ended_at is None else to_timestamp(attempt.ended_at),
        outcome=None if attempt.outcome is None else to_outcome(attempt.outcome),
        late=attempt.late,
        handed_on=attempt.handed_on,
    )


def from_attempt(message: ingest_pb2.Attempt) -> Attempt:
    return Attempt(
        number=message.number,
        token=message.token,
        started_at=from_timestamp(message.started_at),
        ended_at=from_timestamp(message.ended_at) if message.HasField("ended_at") else None,
        outcome=from_outcome(message.outcome) if message.HasField("outcome") else None,
        late=message.late,
        handed_on=tuple(message.handed_on),
    )
