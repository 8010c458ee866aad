"""Scheduled work: now and then, by one process at a time over all that share the store, and its outcome is kept there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Signal

from services.ingest.inbox import Inbox

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 300.0
"""After work that failed, and when another process is at it."""

Keep = Callable[[], object]
"""To be called now and then while it is at work: the turn goes on."""


@dataclass(frozen=True, slots=True)
class Done:
    """How it ended, in a sentence. What did not go well is due again soon; `is_final`: at its own time, for it was done all the same."""

    said: str
    is_ok: bool = True
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due `every_s` seconds. `do` gives None when it was broken off. `lease_s` outlives the longest time between two calls
    of `keep`: who is silent for longer has died. `age_s` is how long ago an operator had the same done, None for never."""

    name: str
    every_s: float
    do: Callable[[Keep], Done | None]
    lease_s: float = LOOK_AGAIN_S
    age_s: Callable[[], float | None] = lambda: None


def regularly(job: Job, inbox: Inbox, stopping: Signal) -> None:
    """Until it stops: do it when it is due and no other process is at it; what was missed while nothing ran is done once. For a thread of
    its own."""
    wait_s = 0.0
    while not stopping.wait(wait_s):
        try:
            wait_s = _when_due(job, inbox)
        except Exception as error:  # noqa: BLE001 - one that breaks must not be the last one
            if not stopping.is_set():
                log.warning("scheduled work cannot be done now (%s): %s", job.name, error)
            wait_s = min(job.every_s, LOOK_AGAIN_S)


def _when_due(job: Job, inbox: Inbox) -> float:
    """Do it if it is due; after how long to look again."""
    soon_s = min(job.every_s, LOOK_AGAIN_S)
    age_s = job.age_s()
    if age_s is not None and age_s < job.every_s:
        return job.every_s - age_s
    turn = inbox.take_turn(job.name, job.every_s, job.lease_s)
    if turn is None:
        return soon_s
    done = Done("it broke off", is_ok=False)
    try:
        done = job.do(lambda: inbox.keep_turn(job.name, turn, job.lease_s)) or done
    finally:
        again_s = job.every_s if done.is_ok or done.is_final else soon_s
        inbox.end_turn(job.name, turn, done.said, is_ok=done.is_ok, again_s=again_s)
    return again_s
