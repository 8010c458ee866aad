"""A request and its answer, as ingest sees them: so much of HTTP/1.1 (https://www.rfc-editor.org/rfc/rfc9112) as a webhook server needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import httptools

REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: the body is a line of plain text, or nothing. `label` names a refusal for the metrics, "" when there is none.

    `last` says that nothing more is read from the sender, because what it still sends cannot be told from a request."""

    status: int
    text: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    label: str = ""
    last: bool = False

    def encode(self, *, date: bytes, without_body: bool, close: bool) -> bytes:
        """The bytes of it, in one piece, for each write to the socket costs more than a signature's check."""
        body = self.text.encode() + b"\n" if self.text else b""
        lines = [b"HTTP/1.1 %d %s\r\ndate: %s\r\ncontent-length: %d\r\n" % (self.status, REASONS[self.status], date, len(body))]
        if body:
            lines.append(b"content-type: text/plain; charset=utf-8\r\n")
        lines += [b"%s: %s\r\n" % header for header in self.headers]
        if close:
            lines.append(b"connection: close\r\n")
        lines += [b"\r\n", b"" if without_body else body]
        return b"".join(lines)


Reply = Callable[[Answer], None]
"""Called once with the answer to a request, on the event loop, now or later."""

BODY_LIMIT = 1 << 20
TOO_LARGE = Answer(413, "The body is over 1 MiB.", label="size", last=True)
TOO_LONG_A_HEAD = Answer(400, "The request's head is too long.", label="head", last=True)
NOT_HTTP = Answer(400, "This is no HTTP/1.1 request.", label="not HTTP", last=True)
TOO_SLOW = Answer(408, "The request did not come whole in time.", label="slow", last=True)


class Request:
    """One request as it comes in; `refused` is why it will not be taken whole."""

    __slots__ = ("method", "parts", "refused", "signatures", "size", "target", "waits_to_send")

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.signatures: list[bytes] = []
        self.parts: list[bytes] = []
        self.size = 0
        self.refused: Answer | None = None
        self.waits_to_send = False

    @property
    def path(self) -> str:
        """The target's path without its query, percent-signs decoded; "" when it is none."""
        try:
            return unquote_to_bytes(httptools.parse_url(self.target).path or b"").decode()
        except (httptools.HttpParserInvalidURLError, UnicodeDecodeError):
            return ""

    @property
    def body(self) -> bytes:
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)

    def header(self, name: bytes, value: bytes) -> None:
        """Note what of the head matters here."""
        name = name.lower()
        if name == b"stripe-signature":
            self.signatures.append(value)
        elif name == b"content-length":
            if int(value[:20]) > BODY_LIMIT:
                self.refused = TOO_LARGE
        elif name == b"expect":
            self.waits_to_send = value.lower() == b"100-continue"

    def more(self, part: bytes) -> None:
        """A part of the body; never more than the limit is held."""
        self.size += len(part)
        if self.size > BODY_LIMIT:
            self.refused = TOO_LARGE
            self.parts.clear()
        else:
            self.parts.append(part)


class Dates:
    """The date of an answer (RFC 9110, 6.6.1), made anew once a second."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now, self._second, self._text = now, -1, b""

    def now(self) -> bytes:
        second = int(self._now())
        if second != self._second:
            self._second, self._text = second, formatdate(second, usegmt=True).encode()
        return self._text
