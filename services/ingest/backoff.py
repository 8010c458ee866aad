"""When a failed sync is tried again, and when to hold back because everything fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import uniform

from core.outcome import RETRY, Failed, Kind

TRIES_OF_ALL_KINDS = sum(policy.attempts for kind, policy in RETRY.items() if Failed(kind, "", "").retryable)


def delay_s(failed: Failed, attempt: int, jitter: Callable[[float, float], float] = uniform) -> float:
    """Full jitter under a bound that doubles with each attempt up to the kind's cap, never before the other side asked for."""
    policy = RETRY[failed.kind]
    bound = min(float(policy.cap_s), policy.first_s * 2.0 ** min(attempt - 1, 30))
    return max(jitter(0.0, bound), float(failed.retry_after_s))


class Tries:
    """How often each object failed of each kind: a busy hour must not use up the patience for what has not arrived yet.

    Kept in memory; after a restart the durable count of all tries still bounds them."""

    def __init__(self) -> None:
        self._of: dict[str, Counter[Kind]] = {}

    def exhausted(self, object_key: str, failed: Failed, attempt: int) -> bool:
        """Count this failure; whether it was the last try."""
        if attempt == 1:
            self.forget(object_key)
        tries = self._of.setdefault(object_key, Counter())
        tries[failed.kind] += 1
        return tries[failed.kind] >= RETRY[failed.kind].attempts or attempt >= TRIES_OF_ALL_KINDS

    def forget(self, object_key: str) -> None:
        """The object's work is done."""
        self._of.pop(object_key, None)


class Brake:
    """After `patience` busy answers in a row one object probes the other side, with a growing pause: a writer that is down for a
    day must not use up every object's tries."""

    FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0

    def __init__(self, patience: int = 5) -> None:
        self._patience = patience
        self._busy = 0
        self._until = 0.0

    def saw(self, busy: bool, now: float) -> None:
        """Note an answer, at a moment of the monotonic clock."""
        self._busy = self._busy + 1 if busy else 0
        over = self._busy - self._patience
        self._until = now + min(self.LONGEST_PAUSE_S, self.FIRST_PAUSE_S * 2.0 ** min(over, 10)) if over >= 0 else 0.0

    def room(self, in_flight: int, most: int, now: float) -> int:
        """How many more objects may be claimed."""
        if self._busy < self._patience:
            return most - in_flight
        return 1 if in_flight == 0 and now >= self._until else 0

    def wait_s(self, now: float) -> float:
        """How long the pause still is, 0 when there is none."""
        return max(0.0, self._until - now) if self._busy >= self._patience else 0.0
