"""HTTP/1.1 connections on httptools, with no task, no stream and no dictionary per request: they would cost more than the durable commit.

What is bounded: a head (64 kB), a body (1 MiB), a whole request (10 s), a connection without one (75 s), what is read after a refusal.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle, Transport
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

from services.ingest.http import NOT_HTTP, TOO_LONG_A_HEAD, TOO_SLOW, Answer, Dates, Reply, Request

HEAD_LIMIT = 64 << 10
REQUEST_WITHIN_S = 10.0
IDLE_S = 75.0
READ_ON = 4 << 20
READ_ON_S = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Handle = Callable[[Request, Reply], None]


class Connection(asyncio.Protocol):
    """One kept-alive connection: reads requests, has each handled in its turn, writes the answers in order.

    `refused` is told the label of what is refused here, before anybody handles it; `lost` that the connection is no more."""

    def __init__(self, handle: Handle, refused: Callable[[str], None], lost: Callable[[Connection], None], dates: Dates) -> None:
        self._handle, self._refused, self._lost, self._dates = handle, refused, lost, dates
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._answering: tuple[Request, bool] | None = None
        self._head_size = 0
        self._in_head = True
        self._left_to_drain = -1
        self._stopping = False
        self._timer: TimerHandle | None = None
        self._idle_since = self._loop.time()

    # what the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(Transport, transport)
        self._wait(REQUEST_WITHIN_S, self._too_slow)
        self._idle = self._loop.call_later(IDLE_S, self._close_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)
        self._idle.cancel()
        self._cancel()
        if self._request and not self._in_head:
            self._refused("broken off")

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._waiting:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._left_to_drain >= 0:
            return self._drain(len(data))
        if self._in_head:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # it was answered like any other request; what follows would be in another language
            return self.stop()
        except httptools.HttpParserError:
            return None if self._left_to_drain >= 0 else self._refuse(NOT_HTTP)
        if self._in_head and self._head_size > HEAD_LIMIT:
            return self._refuse(TOO_LONG_A_HEAD)
        if self._request is None:
            self._cancel()
        elif self._request.refused:
            self._refuse(self._request.refused)
        elif self._timer is None:
            self._wait(REQUEST_WITHIN_S, self._too_slow)
        return None

    # what the parser says

    def on_message_begin(self) -> None:
        self._request, self._in_head = Request(), True

    def on_url(self, target: bytes) -> None:
        if self._request:
            self._request.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._request and self._in_head:  # and not after a chunked body, where a sender may write headers too
            self._request.header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._head_size = False, 0
        if self._request and self._request.waits_to_send and not self._request.refused and not self._answering:
            self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        if self._request:
            self._request.more(body)

    def on_message_complete(self) -> None:
        request = self._request
        if request is None or request.refused:
            return
        request.method, self._request, self._in_head = self._parser.get_method(), None, True
        keep = self._parser.should_keep_alive()
        if not keep:
            self._left_to_drain = READ_ON
        self._take(request, keep)

    # one at a time, in order

    def _take(self, request: Request, keep: bool) -> None:
        if self._answering:
            self._waiting.append((request, keep))
            self._transport.pause_reading()
            return
        self._answering = (request, keep)
        if request.refused:
            self._answer(request.refused)
        else:
            self._handle(request, self._answer)

    def _answer(self, answer: Answer) -> None:
        if self._answering is None:
            return
        (request, keep), self._answering = self._answering, None
        keep = keep and not answer.last and not (self._stopping and not self._waiting)
        if not self._transport.is_closing():
            self._transport.write(answer.encode(date=self._dates.now(), without_body=request.method == b"HEAD", close=not keep))
            if answer.last:
                self._wait(READ_ON_S, self._transport.close)
                self._transport.resume_reading()
                return
            if not keep:
                self._waiting.clear()
                self._transport.close()
        self._idle_since = self._loop.time()
        if self._waiting:
            self._take(*self._waiting.popleft())
            if not self._waiting:
                self._transport.resume_reading()

    def _refuse(self, answer: Answer) -> None:
        """Answer in turn, then read on for a moment before closing: a sender that is still busy would lose the answer to a reset."""
        self._cancel()
        self._refused(answer.label)
        self._left_to_drain = READ_ON
        request = Request()
        request.refused, self._request = answer, None
        self._take(request, keep=False)

    def _drain(self, size: int) -> None:
        self._left_to_drain -= size
        if self._left_to_drain < 0:
            self._left_to_drain = 0
            self._transport.close()

    # time

    def stop(self) -> None:
        """Read no further request, answer those that came, then close."""
        if self._answering:
            self._stopping, self._left_to_drain = True, READ_ON
        else:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def _too_slow(self) -> None:
        self._timer = None
        if self._answering:
            self._wait(REQUEST_WITHIN_S, self._too_slow)
        elif not self._transport.is_closing():
            self._refuse(TOO_SLOW)

    def _close_if_idle(self) -> None:
        idle = self._loop.time() - self._idle_since
        if idle >= IDLE_S and self._answering is None and self._request is None:
            self._transport.close()
        else:
            self._idle = self._loop.call_later(max(IDLE_S - idle, 1.0), self._close_if_idle)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
