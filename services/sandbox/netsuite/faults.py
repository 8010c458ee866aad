"""Trouble on demand: the next matching calls to the sandbox's NetSuite, or the next records, meet what real ones meet now and then."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from adapters.netsuite.emulator.hindrances import Hindrance, Hindrances, What
from services.sandbox.netsuite.calls import Call


class Trouble(StrEnum):
    """What befalls a call; the last six befall a record, be it alone in its call, one of a batch, or sent over SOAP."""

    BUSY = "busy"  # 429 CONCURRENCY_LIMIT_EXCEEDED
    ERROR = "error"  # 500 UNEXPECTED_ERROR with an Error ID; nothing was written
    ERROR_AFTER = "error_after_commit"  # the same, and it was written
    DROP_BEFORE = "drop_before_commit"  # the connection dies; nothing was written
    DROP_AFTER = "drop_after_commit"  # the connection dies; it was written
    LATE_COMMIT = "late_commit"  # the connection dies; it is written `seconds` later
    DELAY = "delay"  # the answer takes `seconds` longer
    MAINTENANCE = "maintenance"  # 503 ACCT_TEMP_UNAVAILABLE
    NOT_FOUND = "not_found"  # 404 NONEXISTENT_ID, as for a job that was forgotten
    LOGIN_REFUSED = "login_refused"  # 401 INVALID_LOGIN, as for a token that was revoked; `seconds` late when they are given
    SCRIPT_REJECTS = What.SCRIPT_REJECTS.value
    SCRIPT_CHANGES = What.SCRIPT_CHANGES.value
    AFTER_SUBMIT_FAILED = What.AFTER_SUBMIT_FAILED.value
    RECORD_CHANGED = What.RECORD_CHANGED.value
    WORKFLOW_LOCK = What.WORKFLOW_LOCK.value
    NO_PERMISSION = What.NO_PERMISSION.value


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """The next `times` calls of this method, record type and part of the address ("" matches all) meet the trouble; null: all until the
    faults are cleared. `mutating_only` spares reads, `skip` so many calls before the first. Of a record's trouble, `external_id` says which record, `text` a script's words and
    `fields` what it changes."""

    trouble: Trouble
    times: int | None = 1
    method: str = ""
    record_type: str = ""
    mutating_only: bool = False
    seconds: float = 0.0
    path: str = ""
    skip: int = 0
    external_id: str = ""
    text: str = ""
    fields: Mapping[str, Any] = {}

    def meets(self, call: Call) -> bool:
        return (
            self.method.upper() in ("", call.method.upper())
            and self.record_type.lower() in ("", call.record_type.lower())
            and self.path in call.path
            and (call.mutating or not self.mutating_only)
        )

    @property
    def hindrance(self) -> Hindrance | None:
        """What the account itself puts in a record's way; None when it is a call that meets trouble."""
        if self.trouble.value not in {what.value for what in What}:
            return None
        changes = msgspec.Raw(msgspec.json.encode(self.fields))
        return Hindrance(What(self.trouble.value), self.record_type, self.external_id, self.times, self.text, changes)


class Faults:
    """Scripted faults, each spent on the first calls it meets. Thread-safe."""

    def __init__(self, hindrances: Hindrances) -> None:
        self._hindrances = hindrances
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def script(self, fault: Fault) -> None:
        if hindrance := fault.hindrance:
            self._hindrances.add(hindrance)
            return
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        self._hindrances.clear()
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> int:
        """How many scripted faults have not been spent; those without end count too."""
        with self._lock:
            return len(self._waiting) + self._hindrances.waiting()

    def take(self, call: Call) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._lock:
            for fault in self._waiting:
                if fault.meets(call) and fault.skip:
                    fault.skip -= 1
                elif fault.meets(call):
                    fault.times = None if fault.times is None else fault.times - 1
                    self._waiting = [left for left in self._waiting if left.times is None or left.times > 0]
                    return fault
        return None
