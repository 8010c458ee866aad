"""Reading a request's body without ever holding more than the limit; services/ingest/protocol.py bounds the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

BODY_LIMIT = 1 << 20
DRAIN_AT_MOST = 4 << 20
DRAIN_WITHIN_S = 2.0

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class BodyRefused(Exception):
    """The body is too large or was broken off: the HTTP status, a word for the metrics, a sentence for the sender."""

    def __init__(self, status: int, label: str, text: str) -> None:
        super().__init__(text)
        self.status, self.label, self.text = status, label, text


async def read_body(receive: Receive) -> bytes:
    """The whole body, at most BODY_LIMIT bytes; BodyRefused otherwise."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyRefused(400, "broken off", "The body was broken off.")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            raise BodyRefused(413, "size", "The body is over 1 MiB.")
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def drain(receive: Receive) -> None:
    """Read and forget what still comes, for a moment and up to a few MiB."""
    left = DRAIN_AT_MOST
    try:
        async with asyncio.timeout(DRAIN_WITHIN_S):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
