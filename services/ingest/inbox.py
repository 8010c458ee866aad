"""The durable inbox as this service uses it: the core's port, and what an event loop and a partial hand-on need besides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from core.inbox import Arrival, DurableInbox, Stats, Work
from core.outcome import Outcome


class Inbox(DurableInbox, Protocol):
    """core.inbox.DurableInbox with a few methods more."""

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

    def take_turn(self, name: str, every_s: float, lease_s: float) -> int | None:
        """The turn of scheduled work for `lease_s` seconds, when it is due (`every_s` since it last went well, or what `end_turn` said) and
        no process is at it; else None. One whose lease has lapsed has died."""
        ...

    def keep_turn(self, name: str, turn: int, lease_s: float) -> bool:
        """The turn goes on; False when it had lapsed and is another's."""
        ...

    def end_turn(self, name: str, turn: int, said: str, *, is_ok: bool, again_s: float) -> bool:
        """How it ended, and after how long it is due again. False, and nothing is noted, when the turn is another's."""
        ...

    def mark(self, name: str) -> str:
        """What was last noted under this name, "" when nothing was."""
        ...

    def set_mark(self, name: str, value: str) -> None:
        """Note how far something went, with the moment; it survives a power loss."""
        ...

    def tally(self, prefix: str, types: Sequence[str], due_by: datetime) -> tuple[Stats, int]:
        """The events of these types whose id begins so, by state, and how many of them run or are due by then."""
        ...

    def watch(self, on_work: Callable[[], None]) -> None:
        """From now on `on_work` is called, on a thread of the inbox, when another process has made something due."""
        ...
