"""What happened before the webhooks, or while there were none: Stripe's objects of a span of time enter the inbox behind live work.

Kind by kind in an order in which records build on each other, month by month, oldest first. How far it went is noted after each
month, so that one that is begun again goes on there; an object is stored once for each name of a backfill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Protocol

from core.events import BACKFILL, BACKFILLED
from core.inbox import Arrival, Event, Priority, Stats
from core.outcome import Failed
from services.ingest.backoff import delay_s
from services.ingest.inbox import Inbox

AT_ONCE = 200
"""Objects of one transaction: a webhook that arrives meanwhile waits for one."""

TRIES_OF_A_PAGE = 10
TYPES = tuple(BACKFILL + kind for kind in BACKFILLED)
SOON = timedelta(seconds=60)
"""An event that is tried again later than this rests: whoever follows a backfill does not wait for it."""

Again = Callable[[Failed, int], bool]


class Listed(Protocol):
    """An object of a list."""

    @property
    def stripe_id(self) -> str: ...
    @property
    def created(self) -> datetime: ...


class Lists(Protocol):
    """Stripe's lists; CannotSync when they cannot be read, after `again` has said that it is enough."""

    def objects(self, kind: str, account: str, since: datetime, until: datetime, again: Again) -> Iterator[Sequence[Listed]]:
        """The objects of a kind created from `since` to before `until`, newest first, page by page."""
        ...

    def events(self, account: str, since: int, again: Again) -> Iterator[Sequence[bytes]]:
        """The bodies of the account's events from this moment (Unix seconds) on, newest first, page by page."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be filled in: objects of these kinds and accounts, created from `since` to before `until`; under which name."""

    name: str
    kinds: tuple[str, ...]
    accounts: tuple[str, ...]
    since: datetime
    until: datetime

    @property
    def prefix(self) -> str:
        """How the ids of its events begin."""
        return f"backfill_{self.name}_"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: in which kind and month, steps of how many; objects stored by now, and objects that were stored already."""

    at: str
    done: int
    of: int
    queued: int = 0
    there: int = 0


@dataclass(slots=True)
class Backfill:
    """Lists Stripe and stores; one at a time. `stopping` ends its waits."""

    inbox: Inbox
    lists: Lists
    livemode: bool
    stopping: Signal = field(default_factory=Signal)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def run(self, wanted: Wanted) -> Iterator[Progress]:
        """Store what is wanted, and tell how far it is, at the start and after each step. CannotSync when a list cannot be read."""
        spans = months(wanted.since, wanted.until)
        steps = [(account, kind, span) for kind in wanted.kinds for account in wanted.accounts for span in spans]
        queued = there = 0
        for done, (account, kind, (since, end)) in enumerate(steps):
            yield Progress(f"{kind} {since:%Y-%m}", done, len(steps), queued, there)
            mark = f"backfill/{wanted.name}/{account}/{kind}"
            began = _later(since, self.inbox.mark(mark))
            if began < end:
                new, known = self._step(wanted, account, kind, began, end)
                queued, there = queued + new, there + known
                if end <= self.now():  # a month that is not over is listed again
                    self.inbox.set_mark(mark, end.isoformat())
        yield Progress("", len(steps), len(steps), queued, there)

    def tally(self, name: str) -> tuple[Stats, int]:
        """What became of the objects of a backfill so far, and how many are under way or soon tried again."""
        return self.inbox.tally(f"backfill_{name}_", TYPES, self.now() + SOON)

    def _step(self, wanted: Wanted, account: str, kind: str, since: datetime, until: datetime) -> tuple[int, int]:
        """One month of one kind; a charge's refunds are one object. Stripe lists the newest first, the books want the oldest first."""
        found: dict[str, datetime] = {}
        for page in self.lists.objects(kind, account, since, until, patience(self.stopping)):
            found.update((each.stripe_id, each.created) for each in page)
        oldest_first = list(found.items())[::-1]
        new = 0
        for start in range(0, len(oldest_first), AT_ONCE):
            some = oldest_first[start : start + AT_ONCE]
            new += sum(self.inbox.accept([self._arrival(wanted, account, kind, *each) for each in some]))
        return new, len(oldest_first) - new

    def _arrival(self, wanted: Wanted, account: str, kind: str, stripe_id: str, created: datetime) -> Arrival:
        """Each a moment later than the one before: equal ones would be claimed in any order."""
        self._moment = max(self.now(), self._moment + timedelta(microseconds=1))
        name = hashlib.sha256(f"{account}/{kind}/{stripe_id}".encode()).hexdigest()[:24]
        event = Event(f"{wanted.prefix}{name}", f"{BACKFILL}{kind}", created, self.livemode, stripe_id, account)
        return Arrival(event, b"", self._moment, priority=Priority.BACKFILL)


def patience(stopping: Signal) -> Again:
    """Whether a page that Stripe could not give is tried again: waits first; not when it was tried often, or everything stops."""
    return lambda failed, attempt: attempt < TRIES_OF_A_PAGE and not stopping.wait(delay_s(failed, attempt))


def months(since: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
    """The span cut at the first of each month; empty when it is over before it begins."""
    parts: list[tuple[datetime, datetime]] = []
    while since < until:
        first = (since.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
        parts.append((since, min(first, until)))
        since = first
    return parts


def _later(since: datetime, mark: str) -> datetime:
    return max(since, datetime.fromisoformat(mark)) if mark else since
