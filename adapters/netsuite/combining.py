"""Records whose creation waits for room are created together: under load NetSuite gets one batch in place of many calls.

While there is room each record is a call of its own, as fast as can be. A batch of NetSuite's is no faster, it takes fewer of the calls that the
account's integrations share (adapters/netsuite/batches.py, adapters/netsuite/soap_adding.py).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.netsuite.batches import MOST, PATIENT, Polling
from adapters.netsuite.observing import Gate
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Transport
from core.outcome import CannotSync, Failed
from core.ports import Ids, Made
from core.records import Record, key


@dataclass(eq=False, slots=True)
class _Waiting:
    """A record whose thread waits for its turn. `others` are those that it is to create with its own; None: another does so for it."""

    record: Record
    ids: Ids
    others: Sequence[_Waiting] | None = None
    turn: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: BaseException | None = None
    made: Made = None


class Combining:
    """`one` and `many` create; `room` tells how many calls may be in flight; `enough` waiting records of one type make a batch of `most`.

    `gate` is asked for each record on the thread that wants it created, right before it is sent, as for a call of its own."""

    def __init__(
        self,
        one: Callable[[Record, Ids], str | None],
        many: Callable[[Sequence[Record], Ids], Sequence[Made]],
        gate: Gate,
        room: Callable[[], int],
        enough: int,
        most: int = MOST,
    ) -> None:
        self._one, self._many, self._gate, self._room, self._enough, self._most = one, many, gate, room, enough, most
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._active = 0

    def create(self, record: Record, ids: Ids) -> str | None:
        """As NetSuiteBooks.create."""
        mine = _Waiting(record, ids)
        with self._lock:
            if not self._waiting and self._active < self._room():
                self._active += 1
                mine.others = ()
                mine.turn.set()
            else:
                self._waiting.append(mine)
        mine.turn.wait()
        if mine.others is None:
            return self._created_by_another(mine)
        try:
            return self._together(mine, mine.others) if mine.others else self._one(record, ids)
        finally:
            self._next()

    def _next(self) -> None:
        """Give the place to whoever has waited longest, with all who want the same type of record when they are enough."""
        with self._lock:
            if not self._waiting:
                self._active -= 1
                return
            first = self._waiting[0]
            same = [one for one in self._waiting if one.record.type is first.record.type]
            taken = _each_once(same[: self._most]) if len(same) >= self._enough else [first]
            self._waiting = deque(one for one in self._waiting if one not in taken)
        first.others = taken[1:]
        first.turn.set()

    def _together(self, mine: _Waiting, others: Sequence[_Waiting]) -> str | None:
        for other in others:
            other.turn.set()
        for other in others:
            other.asked.wait()
        sent = [mine, *(other for other in others if other.stopped is None)]
        try:
            ids = {ref: internal_id for one in sent for ref, internal_id in one.ids.items()}
            for one, made in zip(sent, self._many([one.record for one in sent], ids), strict=True):
                one.made = made
        except BaseException as stopped:
            for one in sent:
                one.stopped = stopped
            raise
        finally:
            for one in sent:
                one.ended.set()
        return _told(mine)

    def _created_by_another(self, mine: _Waiting) -> str | None:
        try:
            self._gate.sending()
        except BaseException as stopped:
            mine.stopped = stopped
            raise
        finally:
            mine.asked.set()
        mine.ended.wait()
        return _told(mine)


def _told(waiting: _Waiting) -> str | None:
    """What became of the record, on its own thread."""
    match waiting.stopped, waiting.made:
        case CannotSync(failed=failed), _:
            raise CannotSync(failed)
        case BaseException() as stopped, _:
            raise RuntimeError("the call for many records came to grief") from stopped
        case _, Failed() as failed:
            raise CannotSync(failed)
        case _, made:
            return made if isinstance(made, str) else None


def _each_once(waiting: Sequence[_Waiting]) -> list[_Waiting]:
    """A record that is wanted twice is created by the first; the other has its turn later, and then finds it."""
    first: dict[str, _Waiting] = {}
    for one in waiting:
        first.setdefault(key(one.record).external_id.lower(), one)
    return list(first.values())


class CombiningBooks(RestBooks):
    """NetSuiteBooks over REST, with batches under load. Thread-safe when the transport is."""

    def __init__(self, transport: Transport, gate: Gate, room: Callable[[], int], enough: int, polling: Polling = PATIENT) -> None:
        super().__init__(transport, polling)
        self._combining = Combining(super().create, self.create_many, gate, room, enough)

    def create(self, record: Record, ids: Ids) -> str | None:
        """See NetSuiteBooks."""
        return self._combining.create(record, ids)
