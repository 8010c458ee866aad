"""The pauses of the memory inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.storage.memory_marks import MemoryMarks
from core.inbox import Pause, oldest_first


class MemoryPauses(MemoryMarks):
    """By account, None for everything, in a dictionary."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self._pauses: dict[str | None, Pause] = {}

    def pause(self, because: str, who: str, account: str | None = None) -> None:
        """No claim takes anything of this account, or anything at all."""
        with self._lock:
            self._pauses[account] = Pause(account, because, who, self._now())

    def resume(self, account: str | None = None) -> int:
        """End one pause, or every one; how many."""
        with self._lock:
            ended = list(self._pauses) if account is None else [each for each in self._pauses if each == account]
            for each in ended:
                del self._pauses[each]
            return len(ended)

    def _in_force(self) -> tuple[Pause, ...]:
        now = self._now()
        return oldest_first(each for each in self._pauses.values() if each.until is None or each.until > now)

    def _is_held(self, object_key: str) -> bool:
        return any(each.holds(object_key) for each in self._in_force())
