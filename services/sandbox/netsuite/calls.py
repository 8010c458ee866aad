"""A log of the calls made to the sandbox's NetSuite: what tests count and what a user looks at."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `status` is 0 when the caller got no answer; `mutating` says that it was a record write; `note` is a fault or a refusal.
    `request_id` is what the caller named it (X-Request-ID). Of SOAP `method` is the operation, `record_type` that of its first record."""

    method: str
    path: str
    record_type: str
    status: int
    mutating: bool
    seconds: float
    note: str = ""
    request_id: str = ""


class CallLog:
    """The latest calls, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def calls(self) -> Sequence[Call]:
        with self._lock:
            return tuple(self._calls)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
