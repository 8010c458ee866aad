"""The sweep of Stripe's event list: what was never delivered enters the inbox like a webhook, once, by the same id.

Stripe gives a delivery up after three days and keeps events for thirty (https://docs.stripe.com/webhooks#retries). How far a sweep
went is told by the newest event it saw, in Stripe's time, so no clock of ours matters.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event as Signal

from adapters.stripe.webhook import BadEnvelope, envelope
from core.inbox import SWEPT, Arrival, Event, Priority
from core.outcome import CannotSync, Failed
from services.ingest.app import ECHO
from services.ingest.backfill import Lists, patience
from services.ingest.inbox import Inbox

log = logging.getLogger(__name__)

OVERLAP_S = 3_600
"""Each sweep begins so much before the newest event that the last one saw, for the list may show events a little late."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many events of the list were looked at, how many that ask for a sync had never been delivered, and why it could not go on."""

    seen: int = 0
    missed: int = 0
    failed: Failed | None = None


@dataclass(slots=True)
class Sweep:
    """Sweeps every account. `reason_to_ignore` answers for an event, "" when it acts. `begins`: when the books begin, None for not said;
    a store that was never swept starts there, and without it with what comes from now on, for what is older may be booked already."""

    inbox: Inbox
    lists: Lists
    accounts: tuple[str, ...]
    reason_to_ignore: Callable[[Event], str]
    begins: datetime | None = None
    stopping: Signal = field(default_factory=Signal)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, *, whole: bool = False) -> Iterator[Swept]:
        """Tell how far it is after each page; the last word is the end. `whole`: as far back as Stripe's list goes. An account whose list
        cannot be read does not keep the others waiting."""
        swept = Swept()
        for account in self.accounts:
            try:
                for step in self._account(account, swept, whole=whole):
                    swept = step
                    yield swept
            except CannotSync as stopped:
                log.warning("the event list of %s cannot be swept: %s", account or "the own account", stopped.failed.message)
                swept = replace(swept, failed=stopped.failed)
        if not swept.failed:
            self.inbox.set_mark(SWEPT, "")
        yield swept

    def _account(self, account: str, so_far: Swept, *, whole: bool) -> Iterator[Swept]:
        mark = f"sweep/{account}"
        noted = self.inbox.mark(mark)
        if not (noted or whole or self.begins):
            self.inbox.set_mark(mark, str(self._after_the_newest(account)))
            return
        start = int(noted) if noted else int(self.begins.timestamp()) if self.begins else 0
        newest = 0
        for page in self.lists.events(account, 0 if whole else start, patience(self.stopping)):
            arrivals = [arrival for body in page if (arrival := self._arrival(body, account))]
            newest = max([newest, *(int(arrival.event.created.timestamp()) for arrival in arrivals)])
            so_far = replace(so_far, seen=so_far.seen + len(page), missed=so_far.missed + self._missed(arrivals))
            yield so_far
        self.inbox.set_mark(mark, str(max(start, newest - OVERLAP_S)))

    def _after_the_newest(self, account: str) -> int:
        """The moment after the newest event there is, 0 when there is none."""
        page = next(self.lists.events(account, 0, patience(self.stopping)), ())
        return max((int(arrival.event.created.timestamp()) + 1 for body in page if (arrival := self._arrival(body, account))), default=0)

    def _missed(self, arrivals: Sequence[Arrival]) -> int:
        """Store what is not stored yet, the oldest first; how many of it ask for a sync."""
        oldest_first = arrivals[::-1]
        new = self.inbox.accept(oldest_first)
        return sum(is_new and not arrival.ignored for is_new, arrival in zip(new, oldest_first, strict=True))

    def _arrival(self, body: bytes, account: str) -> Arrival | None:
        """As the webhook would have stored it. What is ignored keeps its name alone: nobody subscribed to it, perhaps."""
        try:
            named = envelope(body)
        except BadEnvelope as error:
            log.warning("an event of Stripe's list cannot be read: %s", error.reason)
            return None
        event = Event(named.id, named.type, named.created, named.livemode, named.subject_id, named.account or account)
        ignored = ECHO if named.is_echo else self.reason_to_ignore(event) or named.unusable
        return Arrival(event, b"" if ignored else body, self.now(), ignored, Priority.SCHEDULED)
