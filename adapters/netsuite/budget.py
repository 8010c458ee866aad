"""How many calls to NetSuite may be in flight: never above the setting, fewer while NetSuite has no room, first come, first served."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

# A refusal leaves seven tenths: from 5 at most to 2 in two steps, and one step above what the account has falls back to just that.
LOWERED_TO = 0.7
# One call more at once after so many seconds in which NetSuite had room and all places were taken.
RAISED_AFTER_S = 15.0
FEWEST = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """The budget at a moment: calls in flight, calls that wait for a place, how many may be in flight now and at most."""

    in_flight: int
    waiting: int
    limit: int
    most: int


@dataclass(frozen=True, slots=True)
class Place:
    """A call's right to be in flight: how long it waited for it, in seconds, and how often the limit had been lowered before."""

    queued_s: float
    lowered: int
    refused: list[bool] = field(default_factory=list)


class Slots(Protocol):
    """What other processes leave of the limit. Thread-safe."""

    def enter(self) -> tuple[int, int]:
        """Wait for a slot. CannotSync(busy) when nothing can be known of the others."""
        ...

    def leave(self, slot: tuple[int, int], *, no_room: bool) -> None:
        """Give it back; `no_room`: NetSuite refused the call."""
        ...

    def close(self) -> None: ...


class _Alone:
    def enter(self) -> tuple[int, int]:
        return 0, 0

    def leave(self, slot: tuple[int, int], *, no_room: bool) -> None:
        """There is nobody else."""

    def close(self) -> None:
        """Nothing to release."""


ALONE: Slots = _Alone()
"""No other process calls NetSuite."""


class Budget:
    """One for all calls of an account, reads and writes alike. Thread-safe.

    Additive increase, multiplicative decrease, for NetSuite tells nobody how much room the other integrations leave: a refusal
    lowers the limit, time without one raises it by one call. Oracle help, bridgehead_1500275603: the account's limit is shared."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic, slots: Slots = ALONE) -> None:
        """`most` is the setting, 1 at least; `slots` keeps it over several processes."""
        self._slots = slots
        if most < 1:
            raise ValueError("a budget is for one call at least")
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = float(most)
        self._lowered = 0
        self._changed = clock()
        self._in_flight = 0
        self._waiting: deque[threading.Event] = deque()

    @property
    def usage(self) -> Usage:
        with self._lock:
            return Usage(self._in_flight, len(self._waiting), int(self._limit), self._most)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Wait for a place, hold it inside the block."""
        asked = self._clock()
        self._enter()
        try:
            slot = self._slots.enter()
            place = Place(self._clock() - asked, self._lowered)
            try:
                yield place
            finally:
                self._slots.leave(slot, no_room=bool(place.refused))
        finally:
            self._leave()

    def close(self) -> None:
        """No call waits or is in flight any more."""
        self._slots.close()

    def had_no_room(self, place: Place) -> None:
        """NetSuite refused the call of this place for want of room. Calls that set out together lower the limit once."""
        place.refused.append(True)
        with self._lock:
            if place.lowered == self._lowered:
                self._lowered += 1
                self._limit = max(FEWEST, self._limit * LOWERED_TO)
            self._changed = self._clock()

    def had_room(self) -> None:
        """NetSuite took a call. Raises the limit when it has held long enough and all of it was in use."""
        with self._lock:
            is_full = self._in_flight >= int(self._limit)
            if is_full and self._limit < self._most and self._clock() - self._changed >= RAISED_AFTER_S:
                self._limit = min(float(self._most), self._limit + 1)
                self._changed = self._clock()
                self._admit()

    def _enter(self) -> None:
        with self._lock:
            if not self._waiting and self._in_flight < int(self._limit):
                self._in_flight += 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait()
        except BaseException:
            self._give_up(turn)
            raise

    def _give_up(self, turn: threading.Event) -> None:
        """The thread was stopped while it waited: its turn, or the place that it was just given, goes to the next."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._in_flight -= 1
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._in_flight < int(self._limit):
            self._in_flight += 1
            self._waiting.popleft().set()
