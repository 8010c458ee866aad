"""Turns within one process: a lock per NetSuite record, taken in one order so that nobody waits in a circle."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Condition

from adapters.storage.encoding import to_micros, utc_now
from core.ports import Turn
from core.records import External

FORGOTTEN_AFTER_S = 3600
"""A record that nobody held for so long is forgotten: no sync that began before that still runs."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """When, by the marks and in seconds."""

    mark: int
    at_s: float


NEVER = GivenBack(0, 0.0)


@dataclass(slots=True)
class InProcessTurns:
    """Implements core.ports.Turns for a single writer process. Its first token is the moment in microseconds, so that tokens grow over
    a restart."""

    _changed: Condition = field(default_factory=Condition)
    _held: set[External] = field(default_factory=set)
    _given_back: OrderedDict[External, GivenBack] = field(default_factory=OrderedDict)
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
            moved = any(self._given_back.get(ref, NEVER).mark > since for ref in wanted)
            self._token += 1
            turn = Turn(moved, self._token)
        with ExitStack() as stack:
            stack.callback(self._release, wanted)
            yield turn

    def _release(self, refs: frozenset[External]) -> None:
        with self._changed:
            self._clock += 1
            self._held -= refs
            now = GivenBack(self._clock, time.monotonic())
            for ref in refs:
                self._given_back[ref] = now
                self._given_back.move_to_end(ref)
            while self._given_back and next(iter(self._given_back.values())).at_s < now.at_s - FORGOTTEN_AFTER_S:
                self._given_back.popitem(last=False)
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing outlives the process."""
