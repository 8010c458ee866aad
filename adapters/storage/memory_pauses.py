"""The pauses of the memory inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from adapters.storage.memory_schedules import MemorySchedules
from core.inbox import OTHER_SIDE, Pause, oldest_first

NEVER = datetime.max.replace(tzinfo=UTC)
"""Until an operator resumes it."""


class MemoryPauses(MemorySchedules):
    """By account, None for everything, in a dictionary."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self._pauses: dict[str | None, Pause] = {}
        self._held_off: Pause | None = None

    def pause(self, because: str, who: str, account: str | None = None) -> None:
        """No claim takes anything of this account, or anything at all."""
        with self._lock:
            self._pauses[account] = Pause(account, because, who, self._now())

    def hold_off(self, for_s: float, because: str) -> None:
        """No claim takes anything for so long, at least."""
        with self._lock:
            now, held = self._now(), self._held_off
            until = now + timedelta(seconds=for_s)
            if held and held.until and held.until > now:
                now, until = held.since, max(until, held.until)
            self._held_off = Pause(None, because, OTHER_SIDE, now, until)

    def resume(self, account: str | None = None) -> int:
        """End one pause, or every one; how many."""
        with self._lock:
            ended = list(self._pauses) if account is None else [each for each in self._pauses if each == account]
            for each in ended:
                del self._pauses[each]
            lifted = account is None and self._held_off is not None
            if lifted:
                self._held_off = None
            return len(ended) + lifted

    def _in_force(self) -> tuple[Pause, ...]:
        now = self._now()
        held_off = [self._held_off] if self._held_off and self._held_off.until and self._held_off.until > now else []
        return oldest_first([*self._pauses.values(), *held_off])

    def _held_until(self) -> datetime | None:
        """When everything may go on; None when it may now."""
        return max((each.until or NEVER for each in self._in_force() if each.account is None), default=None)

    def _is_held(self, object_key: str) -> bool:
        return any(each.holds(object_key) for each in self._in_force())
