"""What somebody who watches the calls to NetSuite is told of each: metrics, tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """One call: `status` 0 without an answer; how long it took, and waited for its place before, in seconds."""

    method: str
    path: str
    status: int
    seconds: float
    queued_s: float


Observer = Callable[[Seen], None]


def unobserved(_seen: Seen) -> None:
    """Nobody watches."""
