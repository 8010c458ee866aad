"""Faults on demand: the next requests to a path are answered as a troubled Stripe would answer them."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """`times` requests whose path starts with `path` get `status` instead of an answer."""

    path: str = "/v1/"
    status: int = 429
    times: int = 1
    code: str = "rate_limit"
    message: str = "Request rate limit exceeded."
    retry_after: int | None = None


class Faults:
    """Scripted from a test or over HTTP; each fault is spent once."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def script(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def take(self, path: str) -> Fault | None:
        """The fault this request meets, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.times > 0 and path.startswith(fault.path):
                    fault.times -= 1
                    return fault
        return None
