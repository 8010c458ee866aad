"""Trouble on demand: the next matching calls to the sandbox's NetSuite meet what real calls meet now and then."""

from __future__ import annotations

import threading
from enum import StrEnum

import msgspec

from services.sandbox.netsuite.calls import Call


class Trouble(StrEnum):
    """What befalls a call."""

    BUSY = "busy"  # 429 CONCURRENCY_LIMIT_EXCEEDED
    ERROR = "error"  # 500 UNEXPECTED_ERROR; nothing was written
    DROP_BEFORE = "drop_before_commit"  # the connection dies; nothing was written
    DROP_AFTER = "drop_after_commit"  # the connection dies; it was written
    DELAY = "delay"  # the answer takes `seconds` longer


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """The next `times` calls of this method and record type ("" matches all) meet the trouble; `mutating_only` spares reads."""

    trouble: Trouble
    times: int = 1
    method: str = ""
    record_type: str = ""
    mutating_only: bool = False
    seconds: float = 0.0

    def meets(self, call: Call) -> bool:
        return (
            self.times > 0
            and self.method.upper() in ("", call.method)
            and self.record_type.lower() in ("", call.record_type.lower())
            and (call.mutating or not self.mutating_only)
        )


class Faults:
    """Scripted faults, each spent on the first calls it meets. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def script(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> int:
        """How many scripted faults have not been spent."""
        with self._lock:
            return len(self._waiting)

    def take(self, call: Call) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.meets(call):
                    fault.times -= 1
                    self._waiting = [left for left in self._waiting if left.times > 0]
                    return fault
        return None
