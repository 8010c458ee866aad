"""The scheduled work of the memory inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.storage.encoding import to_micros
from adapters.storage.memory_marks import MemoryMarks
from core.inbox import Scheduled


class MemorySchedules(MemoryMarks):
    """By name, in a dictionary; `_until` is when each may be begun again."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self._schedules: dict[str, Scheduled] = {}
        self._until: dict[str, datetime] = {}

    def take_turn(self, name: str, every_s: float, lease_s: float) -> int | None:
        """The turn, when the work is due and nobody is at it."""
        with self._lock:
            now, held = self._now(), self._schedules.get(name)
            is_old = held and held.is_ok and held.ended_at and held.ended_at <= now - timedelta(seconds=every_s)
            if held and self._until[name] > now and not is_old:
                return None
            self._schedules[name] = Scheduled(name, now, ok_at=held.ok_at if held else None)
            self._until[name] = now + timedelta(seconds=lease_s)
            return to_micros(now)

    def keep_turn(self, name: str, turn: int, lease_s: float) -> bool:
        """It goes on; False when it is another's."""
        with self._lock:
            if has := self._has(name, turn):
                self._until[name] = self._now() + timedelta(seconds=lease_s)
            return has

    def end_turn(self, name: str, turn: int, said: str, *, is_ok: bool, again_s: float) -> bool:
        """It has ended; False when it is another's."""
        with self._lock:
            if has := self._has(name, turn):
                now, held = self._now(), self._schedules[name]
                self._until[name] = now + timedelta(seconds=again_s)
                self._schedules[name] = replace(
                    held, ended_at=now, ok_at=now if is_ok else held.ok_at, is_ok=is_ok, said=said, due_at=self._until[name]
                )
            return has

    def _has(self, name: str, turn: int) -> bool:
        held = self._schedules.get(name)
        return held is not None and held.ended_at is None and to_micros(held.began_at) == turn

    def _known_schedules(self) -> tuple[Scheduled, ...]:
        return tuple(self._schedules[name] for name in sorted(self._schedules))
