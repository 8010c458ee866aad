"""The marks of the memory inbox: how far something went that is begun again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import RLock


class MemoryMarks:
    """Values by name with the moment they were noted, in a dictionary."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._marks: dict[str, tuple[str, datetime]] = {}

    def mark(self, name: str) -> str:
        """What was last noted under this name, "" when nothing was."""
        with self._lock:
            return self._marks[name][0] if name in self._marks else ""

    def set_mark(self, name: str, value: str) -> None:
        """Note how far something went."""
        with self._lock:
            self._marks[name] = value, self._now()

    def noted_at(self, name: str) -> datetime | None:
        """When it was noted, if it was."""
        with self._lock:
            return self._marks[name][1] if name in self._marks else None

    def _age_s(self, moment: datetime | None) -> float | None:
        return None if moment is None else max(0.0, (self._now() - moment).total_seconds())
