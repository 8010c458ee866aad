"""What an account's own scripts, workflows, roles and users put in the way of a record, on demand: the same over every protocol."""

from __future__ import annotations

import threading
from enum import StrEnum

import msgspec

from adapters.netsuite.emulator.errors import Refused, user_error

RECORD_CHANGED = "RCRD_HAS_BEEN_CHANGED: Record has been changed"


class What(StrEnum):
    """What befalls a record."""

    SCRIPT_REJECTS = "script_rejects"  # a user-event script throws before the record is saved
    SCRIPT_CHANGES = "script_changes"  # a user-event script lays `fields` over the record before it is saved
    AFTER_SUBMIT_FAILED = "after_submit_failed"  # it is saved, and a user-event script throws afterwards
    RECORD_CHANGED = "record_changed"  # somebody else saved it meanwhile: RCRD_HAS_BEEN_CHANGED
    WORKFLOW_LOCK = "workflow_lock"  # a workflow locks what is there already; what is new is saved
    NO_PERMISSION = "no_permission"  # the role may not touch records of this type, be it to read


SAVED = frozenset({What.SCRIPT_REJECTS, What.SCRIPT_CHANGES, What.RECORD_CHANGED})


class Hindrance(msgspec.Struct):
    """Meets the next `times` records of this type and externalId ("" meets all); None: until it is cleared.

    `text` are a script's words, `fields` its changes as the REST record service takes them."""

    what: What
    record_type: str = ""
    external_id: str = ""
    times: int | None = 1
    text: str = ""
    fields: msgspec.Raw = msgspec.Raw(b"{}")


class Hindrances:
    """Scripted ones, each spent on the first records that it meets. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: list[Hindrance] = []
        self._lock = threading.Lock()

    def add(self, hindrance: Hindrance) -> None:
        with self._lock:
            self._waiting.append(hindrance)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> int:
        """How many have not been spent; those without end count too."""
        with self._lock:
            return len(self._waiting)

    def on_touch(self, record_type: str) -> None:
        """Refused when the role may not see records of this type."""
        if self._take({What.NO_PERMISSION}, record_type, None):
            raise user_error("Your current role does not have permission to perform this action.")

    def on_save(self, record_type: str, external_id: str, *, is_new: bool) -> bytes:
        """Before a record is saved: what a script lays over it, as JSON, b"" when it lets it be. Refused when it may not be saved."""
        met = self._take(SAVED if is_new else SAVED | {What.WORKFLOW_LOCK}, record_type, external_id)
        if met is None:
            return b""
        match met.what:
            case What.SCRIPT_CHANGES:
                return bytes(met.fields)
            case What.RECORD_CHANGED:
                raise user_error(RECORD_CHANGED)
            case What.WORKFLOW_LOCK:
                raise user_error("This record has been locked by a user defined workflow.")
            case _:
                raise user_error(met.text or "A script does not allow this record.")

    def on_saved(self, record_type: str, external_id: str) -> None:
        """After a record is saved; Refused when a script fails that late: the record stays."""
        met = self._take({What.AFTER_SUBMIT_FAILED}, record_type, external_id)
        if met is not None:
            raise AfterSubmitFailed(f"Error while accessing a resource. {met.text or 'A script failed after the record was saved.'}")

    def _take(self, these: set[What] | frozenset[What], record_type: str, external_id: str | None) -> Hindrance | None:
        with self._lock:
            for met in self._waiting:
                is_meant = met.record_type.lower() in ("", record_type.lower()) and (
                    external_id is None or met.external_id in ("", external_id)
                )
                if met.what in these and is_meant:
                    met.times = None if met.times is None else met.times - 1
                    self._waiting = [left for left in self._waiting if left.times is None or left.times > 0]
                    return met
        return None


class AfterSubmitFailed(Refused):
    """The call is answered with an error, and the record was saved nevertheless."""
