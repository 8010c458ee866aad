"""How outcomes and moments stand in a column: JSON text and whole microseconds since 1970."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import msgspec

from core.outcome import Failed, Ignored, Outcome, Synced

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
KINDS: dict[str, type[Outcome]] = {"synced": Synced, "ignored": Ignored, "failed": Failed}


def utc_now() -> datetime:
    """The moment, as an aware UTC datetime."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """A moment as whole microseconds; the moment must be aware."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The reverse of `to_micros`."""
    return EPOCH + timedelta(microseconds=micros)


def failed_text(failed: Failed) -> str:
    """A failure as JSON."""
    return msgspec.json.encode(failed).decode()


def failed_from(text: str) -> Failed:
    """The reverse of `failed_text`."""
    return msgspec.json.decode(text, type=Failed)


def outcome_text(outcome: Outcome) -> str:
    """An outcome as JSON, with its ending as `ended`."""
    name = next(name for name, kind in KINDS.items() if isinstance(outcome, kind))
    return msgspec.json.encode({"ended": name, **asdict(outcome)}).decode()


def outcome_from(text: str) -> Outcome:
    """The reverse of `outcome_text`."""
    fields = msgspec.json.decode(text)
    return msgspec.convert(fields, type=KINDS[fields["ended"]])
