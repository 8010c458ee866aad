"""HTTP/1.1 as uvicorn reads it with httptools, and the limits that it leaves open: how long a head may be, how slow a request."""

from __future__ import annotations

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 64 << 10
REQUEST_WITHIN_S = 10.0
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Answers 400 to a head over 64 kB, and 408 to a request that is not whole 10 s after it began (or after the connection did).

    Here, and not around the reading of the body, because a request that comes whole in one read then costs no timer."""

    _head_size = 0
    _in_head = True
    _whole = False
    _timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(REQUEST_WITHIN_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._whole:
            self._cancel()
        elif self._in_head and self._head_size > HEAD_LIMIT:
            if not self.transport.is_closing():
                self.send_400_response("The request's head is too long.")
        elif self._timer is None:
            self._timer = self.loop.call_later(REQUEST_WITHIN_S, self._too_slow)

    def on_message_begin(self) -> None:
        self._in_head, self._head_size, self._whole = True, 0, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._head_size, self._whole = True, 0, True

    def _too_slow(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if not (self.cycle and self.cycle.response_started):  # type: ignore[truthy-bool]
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
