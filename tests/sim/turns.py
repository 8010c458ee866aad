"""The writer's turns and what else of it waits or tells the time, on the virtual clock: threads, locks and clocks of a process become the scheduler's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Self
from unittest.mock import patch

from greenlet import getcurrent
from sqlalchemy import Connection

from adapters.storage import intents, leases
from adapters.storage.encoding import to_micros
from adapters.storage.intents import SqlIntents
from adapters.storage.leases import GRACE_S, Key, SharedTurns
from adapters.storage.turns import InProcessTurns
from core.ports import Turn
from tests.sim.scheduler import Process, Scheduler, Wait
from tests.sim.stores import SimStore


class SimLock:
    """threading.Lock for tasks."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._held, self._free = False, SimCondition(scheduler)

    def __enter__(self) -> bool:
        self._free.wait_for(lambda: not self._held)
        self._held = True
        return True

    def __exit__(self, *_: object) -> None:
        self._held = False
        self._free.notify_all()


class SimCondition:
    """threading.Condition for tasks."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[Wait[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def wait_for(self, holds: Callable[[], bool]) -> None:
        while not holds():
            wait = Wait[None](self._scheduler)
            self._waiting.append(wait)
            wait.get()

    def notify_all(self) -> None:
        told, self._waiting = self._waiting, []
        for wait in told:
            wait.put(None)


class SimSignal:
    """threading.Event for a process that is never asked to stop: it dies."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def wait(self, seconds: float) -> bool:
        self._scheduler.pause(seconds)
        return False


class TaskLocal:
    """threading.local for tasks."""

    def __getattr__(self, name: str) -> Any:
        try:
            return getcurrent().__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        getcurrent().__dict__[name] = value


def turns_here(scheduler: Scheduler) -> InProcessTurns:
    """Those of a writer that is alone."""
    return InProcessTurns(_changed=SimCondition(scheduler), _token=to_micros(scheduler.moment))  # type: ignore[arg-type]


class SimTurns(SharedTurns):
    """Those of one writer among several: the product's leases, renewed by a task instead of a thread."""

    def __init__(self, store: SimStore, process: Process, timeout_s: float) -> None:
        self._store, self._account, self._process = store, "", process
        self._moment = moment_of(process.scheduler)
        self._wait_s = leases.WAIT_S
        self._lease_s, self._owner = timeout_s + GRACE_S, f"{process.name} from {process.scheduler.now}"
        self._here = turns_here(process.scheduler)
        self._closing = SimSignal(process.scheduler)  # type: ignore[assignment]
        self._beating = False

    def _await(self, keys: Sequence[Key], since: int) -> Turn:
        if not self._beating:
            self._again()
        return super()._await(keys, since)

    def _again(self) -> None:
        self._beating = True
        self._process.scheduler.after(self._lease_s / 4, self._due)

    def _due(self) -> None:
        self._beating = self._process.alive and bool(self._here._held)
        if not self._beating:
            return
        if self._process.paused_until <= self._process.scheduler.now:
            lease = round(self._lease_s * leases.SECOND)
            self._process.run(lambda: self._one(partial(leases._beat, owner=self._owner, lease=lease)), lambda _, __: None)
        self._again()


def sim_intents(store: SimStore, scheduler: Scheduler, lease_s: float) -> SqlIntents:
    """The product's, with the moment of the virtual clock; `lease_s` 0 for a writer that is alone."""
    made = SqlIntents(store, moment=moment_of(scheduler), gated=True, lease_s=lease_s)
    made._here = TaskLocal()  # type: ignore[assignment]
    return made


def moment_of(scheduler: Scheduler) -> Callable[[Connection], int]:
    """The database's clock."""
    return lambda _: to_micros(scheduler.moment)


class VirtualTime:
    """In place of the module `time`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def monotonic(self) -> float:
        return self._scheduler.now


@contextmanager
def virtual_time(scheduler: Scheduler) -> Iterator[None]:
    """The storage waits and measures by the virtual clock, and draws what the seed draws."""
    clock, dice = VirtualTime(scheduler), random.Random("pauses between looks at a lease")
    with (
        patch.object(leases, "LONGEST_PAUSE_S", 5.0),
        patch.object(leases, "time", clock),
        patch.object(leases, "random", dice),
        patch.object(intents, "time", clock),
    ):
        yield
