"""Virtual time on one thread: whatever is synchronous runs in a greenlet that stops at each step, whatever waits is a line in one heap."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

BEGIN = datetime(2026, 12, 7, 8, tzinfo=UTC)
"""When the virtual clock reads nought."""

Answer = TypeVar("Answer")


class Stuck(Exception):
    """More was done than any story needs: something goes round in circles."""


class Task(greenlet):  # type: ignore[misc]
    """Synchronous code of a process: a thread that only runs when the scheduler says so."""

    def __init__(self, process: Process, run: Callable[[], object], hub: greenlet) -> None:
        super().__init__(run, hub)
        self.process = process


class Process:
    """What dies together. `crash` takes it away between two steps: none of its tasks ever runs on, none of its calls has an effect."""

    def __init__(self, name: str, scheduler: Scheduler) -> None:
        self.name, self.scheduler = name, scheduler
        self.alive = True
        self.paused_until = 0.0
        self.when_crashed: list[Callable[[], object]] = []

    def crash(self) -> None:
        """Stop here and for ever; what was under way on the other side of a wire goes on there."""
        if self.alive:
            self.alive = False
            self.scheduler.note(f"{self.name} dies")
            for told in self.when_crashed:
                told()

    def step(self, what: str) -> None:
        """A point before or after something durable or outside: another may run now, and this process may die here."""
        if not self.alive:
            raise GreenletExit
        self.scheduler.step(self, what)

    def run(self, work: Callable[[], Answer], then: Callable[[Answer | None, BaseException | None], None]) -> None:
        """Run synchronous code as a thread of this process would, and tell how it ended."""

        if not self.alive:
            return

        def whole() -> None:
            try:
                answer = work()
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                then(None, error)
            else:
                then(answer, None)

        self.scheduler.start(Task(self, whole, self.scheduler.hub))


class Scheduler:
    """The clock, the heap and the dice. `at_step` is asked at every step of a process: it may crash it."""

    def __init__(self, seed: str, most_turns: int = 400_000) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.hub = getcurrent()
        self.steps = 0
        self.switches = 0.5
        self.at_step: Callable[[Process, str], None] = lambda process, what: None
        self._heap: list[tuple[float, float, int, Callable[[], None]]] = []
        self._number = 0
        self._turns, self._most = 0, most_turns
        self._hash = hashlib.blake2b(digest_size=16)
        self._tasks: set[Task] = set()
        self.log: list[str] | None = None

    @property
    def moment(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now)

    @property
    def trace(self) -> str:
        """Names everything that happened and when."""
        return self._hash.hexdigest()

    def note(self, what: str) -> None:
        """A line of the trace."""
        line = f"{self.now:.6f} {what}"
        self._hash.update(line.encode())
        if self.log is not None:
            self.log.append(line)

    def at(self, moment: float, work: Callable[[], None], *, in_order: bool = False) -> None:
        """Do it then. What is due at the same moment comes in any order, unless it asks for its own."""
        self._number += 1
        heapq.heappush(self._heap, (max(moment, self.now), 0.5 if in_order else self.random.random(), self._number, work))

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        self.at(self.now + seconds, work)

    def run(self, until: float, done: Callable[[], bool] = lambda: False) -> bool:
        """Go on until that moment, until nothing is left to do, or until it is done; whether it is."""
        while self._heap and self._heap[0][0] <= until:
            self.now, _, _, work = heapq.heappop(self._heap)
            self._turns += 1
            if self._turns > self._most:
                raise Stuck(f"{self._most} turns and no end")
            work()
            if done():
                return True
        self.now = max(self.now, until)
        return done()

    def start(self, task: Task) -> None:
        self._tasks.add(task)
        self.at(self.now, lambda: self.resume(task))

    def resume(self, task: Task) -> None:
        """Let a task run on, unless its process died or stands still."""
        process = task.process
        if not process.alive:
            return
        if process.paused_until > self.now:
            self.at(process.paused_until, lambda: self.resume(task))
            return
        task.switch()
        if task.dead:
            self._tasks.discard(task)

    def step(self, process: Process, what: str) -> None:
        self.steps += 1
        self.note(f"{process.name} {what}")
        task = getcurrent()
        if not isinstance(task, Task):
            return
        self.at_step(process, what)
        if not process.alive or process.paused_until > self.now or self.random.random() < self.switches:
            self._let_others(task, 0.0)

    def pause(self, seconds: float) -> None:
        """The task sleeps."""
        task = getcurrent()
        if isinstance(task, Task):
            if not task.process.alive:
                raise GreenletExit
            self._let_others(task, seconds)

    def _let_others(self, task: Task, seconds: float) -> None:
        self.after(seconds, lambda: self.resume(task))
        self.hub.switch()

    def close(self) -> None:
        """Take down what never ended, so that nothing of this story is left for the next."""
        self._heap.clear()
        for task in list(self._tasks):
            task.process.alive = False
            if task and not task.dead:
                task.throw(GreenletExit)
        self._tasks.clear()


class Wait(Generic[Answer]):
    """What one task waits for, and another line of the heap brings."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._answers: list[Answer] = []
        self._task: Task | None = None

    def put(self, answer: Answer) -> None:
        """The first answer counts."""
        self._answers.append(answer)
        if self._task is not None and len(self._answers) == 1:
            task = self._task
            self._scheduler.at(self._scheduler.now, lambda: self._scheduler.resume(task))

    def get(self) -> Answer:
        task = getcurrent()
        if not isinstance(task, Task):
            raise TypeError("only a task can wait")
        if not self._answers:
            if not task.process.alive:
                raise GreenletExit
            self._task = task
            self._scheduler.hub.switch()
        return self._answers[0]
