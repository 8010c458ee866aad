"""The stores without a disk: the same promises, but for the power loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import RLock

from adapters.storage.encoding import utc_now
from adapters.storage.memory_inbox import MemoryInbox
from core.intents import AMBIGUITY_WINDOW_S, Cause, Doubt, Ending, Intent
from core.ports import Link, SyncRecord, SyncRecords
from core.records import External

__all__ = ["MemoryInbox", "MemoryIntents", "MemorySyncRecords"]

SECOND = timedelta(seconds=1)


class MemorySyncRecords:
    """Implements core.ports.SyncRecords in dictionaries."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._links: dict[External, Link] = {}
        self._syncs: dict[str, list[SyncRecord]] = {}

    def links(self, refs: Iterable[External]) -> Mapping[External, Link]:
        with self._lock:
            return {ref: self._links[ref] for ref in refs if ref in self._links}

    def remember(self, link: Link) -> None:
        with self._lock:
            self._links[link.ref] = link

    def keep(self, sync: SyncRecord) -> None:
        with self._lock:
            self._syncs.setdefault(sync.stripe_id, []).append(sync)

    def history(self, stripe_id: str, most: int = 20) -> Sequence[SyncRecord]:
        with self._lock:
            return self._syncs.get(stripe_id, [])[::-1][:most]

    def ids(self) -> Sequence[str]:
        """The objects that were ever synced."""
        with self._lock:
            return list(self._syncs)

    def close(self) -> None:
        """Nothing to release."""


class MemoryIntents:
    """Implements core.ports.Intents in a dictionary. `now` is the moment; `window_s` is how long a lost call stays unknown."""

    def __init__(self, records: SyncRecords, now: Callable[[], datetime] = utc_now, window_s: float = AMBIGUITY_WINDOW_S) -> None:
        self._records, self._now, self._window = records, now, timedelta(seconds=window_s)
        self._lock = RLock()
        self._open: dict[int, tuple[Intent, datetime, bool]] = {}
        self._number = 0

    def begin(self, intent: Intent) -> int:
        with self._lock:
            self._number += 1
            self._open[self._number] = (intent, self._now(), True)
            return self._number

    def end(self, number: int, ending: Ending, link: Link | None = None) -> None:
        with self._lock:
            intent, at, _ = self._open.pop(number)
            if ending is Ending.UNKNOWN:
                self._open[number] = (intent, at, False)
        if link:
            self._records.remember(link)

    def doubts(self, refs: Iterable[External], cause: Cause) -> Sequence[Doubt]:
        asked = tuple(refs)
        with self._lock:
            found = [self._doubt(number, *kept) for number, kept in self._open.items()]
        return [doubt for doubt in found if doubt.is_of_subject(cause) or any(map(doubt.is_of, asked))]

    def certain(self, numbers: Iterable[int]) -> None:
        with self._lock:
            for number in numbers:
                self._open.pop(number, None)

    def sending(self) -> str:
        """Nothing is told apart by what is sent."""
        return ""

    def _doubt(self, number: int, intent: Intent, at: datetime, under_way: bool) -> Doubt:
        left = max(timedelta(), at + self._window - self._now())
        return Doubt(number, intent.ref, intent.cause, -(-left // SECOND), under_way)
