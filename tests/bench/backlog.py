"""An inbox with many events in it, as a long outage of NetSuite leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.storage.inbox import SqliteInbox
from core.inbox import Arrival, Event
from tests.bench import events

AT_ONCE = 1000


def fill(file: Path, count: int) -> None:
    """So many events of as many objects, stored by the inbox itself, all due."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(SqliteInbox(file)) as inbox:
        waiting = arrivals(count)
        for _ in range(0, count, AT_ONCE):
            inbox.accept([next(waiting) for _ in range(min(AT_ONCE, count))])


def arrivals(count: int) -> Iterator[Arrival]:
    """`customer.created` of 4,096 bytes, a millisecond apart."""
    [body] = events.bodies(1)
    begun = datetime(2026, 11, 2, tzinfo=UTC)
    for number in range(count):
        at = begun + timedelta(milliseconds=number)
        event = Event(f"evt_backlog{number:07}", "customer.created", at, False, f"cus_backlog{number:07}")
        yield Arrival(event, body, at)
