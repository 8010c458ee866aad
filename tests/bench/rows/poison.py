"""One object in a hundred that fails at every try: what it costs the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from adapters.storage.inbox import SqliteInbox
from core.events import subject_of
from core.inbox import Event
from core.outcome import Failed, Kind, Outcome, Synced
from services.ingest.backoff import delay_s
from services.ingest.dispatcher import Dispatcher
from tests.bench.backlog import fill
from tests.bench.measure import CannotRun, Row, alternate, at_most
from tests.bench.run import Bench, Group

OBJECTS, ONE_IN, IN_FLIGHT = 1_000, 100, 8
WITHIN_S = 120.0
# A NetSuite call of a second and the product's own delays between tries, both so many times faster than in operation.
FASTER = 50
SYNC_S = 1 / FASTER
ROW = Row("poison", f"time until the others are synced, one object in {ONE_IN} failing at every try ÷ without it", at_most(1.1))


@dataclass(slots=True)
class Sickening:
    """Implements core.ports.Writer: `poison` fails, as busy, whatever is tried; the others take their time and are synced."""

    poison: frozenset[str]
    synced: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        await asyncio.sleep(SYNC_S)
        if event.subject_id in self.poison:
            return Failed(Kind.BUSY, "NetSuite did not answer", "It is tried again by itself."), ""
        self.synced += 1
        if self.synced == OBJECTS - OBJECTS // ONE_IN:
            self.done.set()
        return Synced(1), ""


def measure(bench: Bench) -> Sequence[Row]:
    """The dispatcher on a SQLite inbox; both sides wait for as many healthy objects."""
    rounds = alternate(bench.rounds, lambda: _healthy_s(bench, poisoned=True), lambda: _healthy_s(bench, poisoned=False))
    sides = rounds.sides(("with poison", "without"), "s", float)
    how = f"{OBJECTS} objects, {IN_FLIGHT} with the writer at once, a second each; all times {FASTER} times faster"
    return [replace(ROW, ratios=rounds.ratios(float), sides=sides, how=how)]


def _healthy_s(bench: Bench, *, poisoned: bool) -> float:
    file = bench.disk.fresh("poison") / "ingest.db"
    fill(file, OBJECTS)
    return asyncio.run(
        _drained(file, frozenset(f"cus_backlog{number:07}" for number in range(0, OBJECTS, ONE_IN)) if poisoned else frozenset())
    )


async def _drained(file: object, poison: frozenset[str]) -> float:
    writer = Sickening(poison)
    with closing(SqliteInbox(str(file))) as inbox:
        dispatcher = Dispatcher(
            inbox, writer, subject_of, in_flight=IN_FLIGHT, delay=lambda failed, attempt: delay_s(failed, attempt) / FASTER
        )
        running = asyncio.create_task(dispatcher.run())
        begun = time.perf_counter()
        try:
            await asyncio.wait_for(writer.done.wait(), WITHIN_S)
        except TimeoutError:
            raise CannotRun(f"{writer.synced} of the healthy objects were synced within {WITHIN_S:.0f} s") from None
        finally:
            taken = time.perf_counter() - begun
            await dispatcher.stop(5)
            await running
        return taken


GROUP = Group("poison", [ROW], measure)
