"""The durable inbox as this service uses it: the core's port, and what an event loop and a partial hand-on need besides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from core.inbox import Arrival, DurableInbox, Work
from core.outcome import Outcome


class Inbox(DurableInbox, Protocol):
    """core.inbox.DurableInbox with four methods more."""

    altered: int
    """How many deliveries carried a stored event's id but named another type, subject or account."""

    def accept_async(self, arrivals: Sequence[Arrival]) -> Awaitable[Sequence[bool]]:
        """`accept` for a coroutine, which goes on while the disk works."""
        ...

    def settle_part(self, work: Work, outcomes: Sequence[tuple[str, Outcome]]) -> bool:
        """Some of the work's events end now, the rest stay claimed. False when the token is stale and nothing changed."""
        ...

    def release(self) -> int:
        """Free every lease at once; how many. For the start, when whoever held them is known to be gone."""
        ...

    def watch(self, on_work: Callable[[], None]) -> None:
        """From now on `on_work` is called, on a thread of the inbox, when another process has made something due."""
        ...
