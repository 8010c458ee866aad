"""Who is asked before a call to NetSuite is sent, and who is told of it after: the writer's intents, metrics, tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from adapters.netsuite.fields import SUITEQL


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


def may_change(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a request may change a record. Queries are POSTs that may not, and over SOAP everything is a POST whose action tells."""
    action = headers.get("SOAPAction", "").strip('"')
    return method != "GET" and path != SUITEQL and not action.startswith(("get", "search"))


class Gate(Protocol):
    """Asked, on the thread that sends, right before each request that may change something. Thread-safe."""

    def sending(self) -> str:
        """The identity of this request, sent along; "" for none. CannotSync when it must not be sent any more."""
        ...


class _Open:
    def sending(self) -> str:
        return ""


OPEN: Gate = _Open()
"""Nobody is asked."""
