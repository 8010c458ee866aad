"""The stores without a disk: the same promises, but for the power loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

from adapters.storage.memory_inbox import MemoryInbox
from core.ports import Link, SyncRecord
from core.records import External

__all__ = ["MemoryInbox", "MemorySyncRecords"]


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

    def close(self) -> None:
        """Nothing to release."""
