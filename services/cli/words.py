"""Outcomes, events and plans as rows of text and as JSON, for every command that shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stripe_netsuite.v1 import writer_pb2

from adapters.writer.messages import from_outcome
from core.inbox import Attempt, StoredEvent
from core.outcome import Failed, Ignored, Outcome, Synced

CHANGES = {
    writer_pb2.CHANGE_CREATE: "create",
    writer_pb2.CHANGE_UPDATE: "update",
    writer_pb2.CHANGE_UNCHANGED: "unchanged",
}


def outcome_text(outcome: Outcome) -> str:
    match outcome:
        case Synced(0):
            return "synced, all was there"
        case Synced(writes):
            return f"synced, {writes} write{'s' if writes != 1 else ''}"
        case Ignored(because):
            return f"ignored: {because}"
        case Failed():
            return f"{'waits' if outcome.retryable else 'failed'} ({outcome.kind}): {outcome.message}"


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Synced(writes):
            return {"state": "synced", "writes": writes}
        case Ignored(because):
            return {"state": "ignored", "because": because}
        case Failed():
            return {"state": "failed", **asdict(outcome), "kind": str(outcome.kind), "retryable": outcome.retryable}


def event_json(stored: StoredEvent) -> dict[str, Any]:
    event = stored.event
    return {
        "id": event.id,
        "type": event.type,
        "created": event.created.isoformat(),
        "account": event.account,
        "livemode": event.livemode,
        "subject_id": event.subject_id,
        "state": str(stored.state),
        "received_at": stored.received_at.isoformat(),
        "settled_at": stored.settled_at.isoformat() if stored.settled_at else None,
        "attempts": stored.attempts,
        "due_at": stored.due_at.isoformat() if stored.due_at else None,
        "reason": stored.reason,
        "failed": outcome_json(stored.failed) if stored.failed else None,
    }


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "token": attempt.token,
        "started_at": attempt.started_at.isoformat(),
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        "outcome": outcome_json(attempt.outcome) if attempt.outcome else None,
        "late": attempt.late,
        "handed_on": list(attempt.handed_on),
    }


def attempt_text(attempt: Attempt) -> str:
    """How a try ended, in a few words."""
    if attempt.ended_at is None:
        return "runs now"
    if attempt.outcome is None:
        return "no answer in time: its process ended, its lease lapsed, or it was skipped meanwhile"
    return f"{outcome_text(attempt.outcome)}{' (the answer came too late and changed nothing)' if attempt.late else ''}"


def why(stored: StoredEvent) -> str:
    """Why an event stands where it does: the reason it was settled with, else why its last try failed."""
    return stored.reason or (f"{stored.failed.kind}: {stored.failed.message}" if stored.failed else "")


def result_json(result: writer_pb2.SubjectResult) -> dict[str, Any]:
    return {
        "subject": result.subject,
        "plan": result.plan,
        "plan_checksum": result.plan_checksum,
        "outcome": outcome_json(from_outcome(result.outcome)),
        "diffs": [
            {
                "record_type": diff.record_type,
                "external_id": diff.external_id,
                "change": CHANGES[diff.change],
                "fields": [{"field": each.field, "holds": each.holds, "wants": each.wants} for each in diff.fields],
            }
            for diff in result.diffs
        ],
    }
