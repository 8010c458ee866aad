"""asyncio on the virtual clock: just what the services' coroutines ask of an event loop, each callback a line of the scheduler's heap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, cast

from tests.sim.scheduler import Process


class SimLoop:
    """The event loop of one process: of asyncio.AbstractEventLoop what the services call."""

    def __init__(self, process: Process) -> None:
        self._process, self._scheduler = process, process.scheduler
        self.broke: list[str] = []
        self._begun: list[Any] = []

    @property
    def whole(self) -> asyncio.AbstractEventLoop:
        """As asyncio's types want it."""
        return cast(asyncio.AbstractEventLoop, self)

    def time(self) -> float:
        return self._scheduler.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self.whole, context)
        self._later(handle, self._scheduler.now)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.TimerHandle:
        return self.call_at(self._scheduler.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self.whole, context)
        self._later(handle, when)
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its moment comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self.whole)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        self._begun.append(coro)
        return asyncio.Task(coro, loop=self.whole, name=name, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """A thread of the process: a task of the scheduler's."""
        future = self.create_future()
        self._process.run(lambda: func(*args), lambda answer, error: self._ended(future, answer, error))
        return future

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if self._process.alive:
            self.broke.append(f"{context.get('message')}: {context.get('exception')!r}")

    def begin(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Start a coroutine of this process."""
        self.call_soon(lambda: self.create_task(work()))

    def close(self) -> None:
        """Take down what never ended; the process is dead."""
        for coro in self._begun:
            coro.close()
        self._begun.clear()

    def _ended(self, future: asyncio.Future[Any], answer: Any, error: BaseException | None) -> None:
        def told() -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(answer)

        self.call_soon(told)

    def _later(self, handle: asyncio.Handle, when: float) -> None:
        if self._process.alive:
            self._scheduler.at(when, lambda: self._turn(handle), in_order=True)

    def _turn(self, handle: asyncio.Handle) -> None:
        if not self._process.alive or handle.cancelled():
            return
        if self._process.paused_until > self._scheduler.now:
            self._scheduler.at(self._process.paused_until, lambda: self._turn(handle), in_order=True)
            return
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self.whole)
        try:
            handle._run()
        finally:
            asyncio._set_running_loop(before)
