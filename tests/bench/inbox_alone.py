"""The store alone: 32 coroutines accept into the product's inbox, with no network around it. `python -m tests.bench.inbox_alone FILE SECONDS [CORE...]`
prints how many a second were durable."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence

import uvloop

from adapters.storage.inbox import SqliteInbox
from core.inbox import Arrival
from tests.bench.events import bodies
from tests.bench.floor import arrival
from tests.bench.processes import pin

CALLERS = 32
MOST_PER_S = 30_000


async def accepts_per_s(inbox: SqliteInbox, arrivals: Iterator[Arrival], seconds: float) -> float:
    """Each caller accepts the next event as soon as its last one is on the disk."""
    begun = time.perf_counter()
    done = 0

    async def caller() -> None:
        nonlocal done
        for each in arrivals:
            await inbox.accept_async([each])
            done += 1
            if time.perf_counter() - begun >= seconds:
                return

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return done / (time.perf_counter() - begun)


def main(file: str, seconds: float, cores: Sequence[int]) -> None:
    """Warm, then measured: the arrivals are made beforehand, as the load's requests are."""
    pin(os.getpid(), cores)
    inbox = SqliteInbox(file)
    made = iter([arrival(body) for body in bodies(int(MOST_PER_S * (seconds + 0.5)))])
    uvloop.run(accepts_per_s(inbox, made, 0.5))
    print(uvloop.run(accepts_per_s(inbox, made, seconds)))
    inbox.close()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), [int(core) for core in sys.argv[3:]])
