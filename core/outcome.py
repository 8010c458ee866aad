"""How one sync ended: Synced, Ignored or Failed, and which failures are worth another try."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Never


class Kind(StrEnum):
    """Why a sync could not be done. Each kind has one retry policy, in `RETRY`."""

    BUSY = "busy"
    NOT_READY = "not_ready"
    REFUSED = "refused"
    PERIOD_CLOSED = "period_closed"
    MISCONFIGURED = "misconfigured"
    GONE = "gone"
    AMBIGUOUS = "ambiguous"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failure is tried again by itself: first after `first_s` seconds, then doubling up to `cap_s`, `attempts` times in all."""

    first_s: int
    cap_s: int
    attempts: int
    then: str


PERSON = RetryPolicy(0, 0, 1, "a person mends it, then retries")
RETRY: dict[Kind, RetryPolicy] = {
    Kind.BUSY: RetryPolicy(2, 300, 60, "NetSuite or Stripe had no room or did not answer"),
    Kind.NOT_READY: RetryPolicy(5, 3600, 200, "what it builds on has not arrived yet"),
    Kind.REFUSED: PERSON,
    Kind.PERIOD_CLOSED: PERSON,
    Kind.MISCONFIGURED: PERSON,
    Kind.GONE: PERSON,
    Kind.AMBIGUOUS: PERSON,
    Kind.BLOCKED: PERSON,
}


@dataclass(frozen=True, slots=True)
class Synced:
    """NetSuite holds what the plan says. `writes` counts the mutating calls that it took; 0 when all was there already."""

    writes: int = 0


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing is to be done, and why."""

    because: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be done: what happened, and one sentence on what to do.

    `code` and `field` are NetSuite's or Stripe's own where they said one; `record` is the NetSuite record in question as
    `type externalId`; `waits_for` is the Stripe id that a `not_ready` subject builds on; `retry_after_s` is what the other
    side asked for, or how long nothing can be known. `in_doubt`: the call may or may not have been carried out, or may be yet.
    """

    kind: Kind
    message: str
    remedy: str
    code: str = ""
    field: str = ""
    record: str = ""
    waits_for: str = ""
    retry_after_s: int = 0
    in_doubt: bool = False

    @property
    def retryable(self) -> bool:
        return RETRY[self.kind] is not PERSON

    @property
    def holds_all(self) -> bool:
        """Whether the other side asked to be left alone, by everybody: that is no matter of this one object."""
        return self.kind is Kind.BUSY and self.retry_after_s > 0


Outcome = Synced | Ignored | Failed
WEIGHS = (Ignored, Synced, Failed)


def weightiest(outcomes: Iterable[Outcome]) -> Outcome:
    """What is to be said of several that ended together: the first failure, else that something was synced. ValueError of none."""
    return max(outcomes, key=lambda outcome: WEIGHS.index(type(outcome)))


class CannotSync(Exception):
    """Carries a `Failed` from where it is known (an adapter, a helper of a rule) to the use case, which returns it as data."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


def cannot(kind: Kind, message: str, remedy: str, *, record: str = "", waits_for: str = "") -> Never:
    """Stop here: raise CannotSync."""
    raise CannotSync(Failed(kind, message, remedy, record=record, waits_for=waits_for))


def misconfigured(setting: str, needed_for: str) -> Failed:
    """A setting that this subject needs is missing."""
    return Failed(
        Kind.MISCONFIGURED,
        f"{setting} is not set, and {needed_for} needs it",
        f"Set {setting} in the settings file and retry.",
        field=setting,
    )
