"""The state of the inbox between the wire's message and the core's words, both ways."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from stripe_netsuite.v1 import ingest_pb2

from adapters.writer.messages import from_timestamp, to_timestamp
from core.inbox import EventState, Pause, Scheduled, Stats

AGES = ("oldest_waiting_s", "last_sweep_s")


def to_status(stats: Stats) -> ingest_pb2.GetStatusResponse:
    named: dict[str, Any] = {name: getattr(stats, name) for name in (*(state.value for state in EventState), *AGES)}
    return ingest_pb2.GetStatusResponse(
        **named, pauses=[_to_pause(each) for each in stats.pauses], schedules=[_to_schedule(each) for each in stats.schedules]
    )


def from_status(message: ingest_pb2.GetStatusResponse) -> Stats:
    counts: dict[str, Any] = {state.value: getattr(message, state.value) for state in EventState}
    ages: dict[str, Any] = {name: getattr(message, name) for name in AGES if message.HasField(name)}
    return Stats(
        **counts,
        **ages,
        pauses=tuple(_from_pause(each) for each in message.pauses),
        schedules=tuple(_from_schedule(each) for each in message.schedules),
    )


def _to_pause(pause: Pause) -> ingest_pb2.Pause:
    return ingest_pb2.Pause(
        account=pause.account, because=pause.because, who=pause.who, since=to_timestamp(pause.since), until=_optional(pause.until)
    )


def _from_pause(message: ingest_pb2.Pause) -> Pause:
    return Pause(
        message.account if message.HasField("account") else None,
        message.because,
        message.who,
        from_timestamp(message.since),
        from_timestamp(message.until) if message.HasField("until") else None,
    )


def _to_schedule(each: Scheduled) -> ingest_pb2.Schedule:
    return ingest_pb2.Schedule(
        name=each.name,
        began_at=to_timestamp(each.began_at),
        ended_at=_optional(each.ended_at),
        ok_at=_optional(each.ok_at),
        is_ok=each.is_ok,
        said=each.said,
        due_at=_optional(each.due_at),
    )


def _from_schedule(message: ingest_pb2.Schedule) -> Scheduled:
    return Scheduled(
        message.name,
        from_timestamp(message.began_at),
        from_timestamp(message.ended_at) if message.HasField("ended_at") else None,
        from_timestamp(message.ok_at) if message.HasField("ok_at") else None,
        message.is_ok,
        message.said,
        from_timestamp(message.due_at) if message.HasField("due_at") else None,
    )


def _optional(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else to_timestamp(moment)
