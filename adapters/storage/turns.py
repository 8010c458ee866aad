"""Turns within one process: a lock per NetSuite record, taken in one order so that nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Condition

from adapters.storage.encoding import to_micros, utc_now
from core.ports import Turn
from core.records import External


@dataclass(slots=True)
class InProcessTurns:
    """Implements core.ports.Turns for a single writer process. Its first token is the moment in microseconds, so that tokens grow over
    a restart."""

    _changed: Condition = field(default_factory=Condition)
    _held: set[External] = field(default_factory=set)
    _released_at: dict[External, int] = field(default_factory=dict)
    _clock: int = 0
    _token: int = field(default_factory=lambda: to_micros(utc_now()))

    def mark(self) -> int:
        with self._changed:
            return self._clock

    @contextmanager
    def take(self, refs: Iterable[External], since: int) -> Iterator[Turn]:
        """All of `refs` at once, or wait: nobody holds a part while waiting for the rest."""
        wanted = frozenset(refs)
        with self._changed:
            self._changed.wait_for(lambda: self._held.isdisjoint(wanted))
            self._held |= wanted
            moved = any(self._released_at.get(ref, 0) > since for ref in wanted)
            self._token += 1
            turn = Turn(moved, self._token)
        with ExitStack() as stack:
            stack.callback(self._release, wanted)
            yield turn

    def _release(self, refs: frozenset[External]) -> None:
        with self._changed:
            self._clock += 1
            self._held -= refs
            self._released_at.update(dict.fromkeys(refs, self._clock))
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing outlives the process."""
