"""One finding of the doctor, and how several make an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.outcome import Failed


class Grade(StrEnum):
    """How a finding weighs: a warning may be meant so, what is wrong will make syncs fail."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and what to mend ("" when nothing). `reached` is False when a side gave no answer."""

    side: str
    name: str
    grade: Grade
    message: str
    remedy: str = ""
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Side:
    """Makes the checks of one side."""

    name: str

    def ok(self, name: str, message: str) -> Check:
        return Check(self.name, name, Grade.OK, message)

    def warning(self, name: str, message: str, remedy: str) -> Check:
        return Check(self.name, name, Grade.WARNING, message, remedy)

    def wrong(self, name: str, message: str, remedy: str) -> Check:
        return Check(self.name, name, Grade.WRONG, message, remedy)

    def failed(self, name: str, failed: Failed) -> Check:
        """From an adapter's failure: what may pass by itself is a side that cannot be reached now."""
        return Check(self.name, name, Grade.WRONG, failed.message, failed.remedy, reached=not failed.retryable)


def is_healthy(checks: Sequence[Check]) -> bool:
    """Nothing is wrong; there may be warnings."""
    return all(check.grade is not Grade.WRONG for check in checks)
