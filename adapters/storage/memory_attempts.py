"""The attempts of the memory inbox: what became of each claim, by object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.storage.attempts import KEPT_DAYS
from adapters.storage.memory_pauses import MemoryPauses
from core.inbox import Attempt, StoredEvent, Work
from core.outcome import Outcome


class MemoryAttempts(MemoryPauses):
    """Kept in a dictionary, `kept_days` long."""

    def __init__(self, now: Callable[[], datetime], kept_days: int = KEPT_DAYS) -> None:
        super().__init__(now)
        self._kept_days = kept_days
        self._attempts: dict[str, list[Attempt]] = {}

    def _ended(self, object_key: str, claim: Attempt, outcome: Outcome | None = None, handed_on: Sequence[str] = ()) -> None:
        """A claim has ended, without an answer where there is no outcome."""
        done = replace(claim, ended_at=self._now(), outcome=outcome, handed_on=tuple(handed_on))
        self._attempts.setdefault(object_key, []).append(done)

    def _came_late(self, work: Work, outcome: Outcome, handed_on: Sequence[str]) -> None:
        for index, kept in enumerate(held := self._attempts.get(work.object_key, [])):
            if kept.token == work.token and kept.outcome is None:
                held[index] = replace(kept, ended_at=self._now(), outcome=outcome, late=True, handed_on=tuple(handed_on))

    def _forget(self) -> None:
        before = self._now() - timedelta(days=self._kept_days)
        for object_key, held in self._attempts.items():
            self._attempts[object_key] = [kept for kept in held if kept.ended_at and kept.ended_at >= before]

    def _attempts_of(self, stored: StoredEvent, running: Attempt | None, most: int) -> Sequence[Attempt]:
        """The newest that began before the event was settled, as many as it was claimed for."""
        ended = [
            kept
            for kept in self._attempts.get(stored.event.object_key, [])
            if stored.settled_at is None or kept.started_at <= stored.settled_at
        ]
        newest = sorted([*ended, *([running] if running else [])], key=lambda kept: (kept.started_at, kept.token), reverse=True)
        return newest[: min(most, stored.attempts)]
