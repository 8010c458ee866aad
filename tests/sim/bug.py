"""What a planted bug is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What catches a bug where no test is named."""

    SIM = "sim"


@dataclass(frozen=True, slots=True)
class Bug:
    """`seeds` is how many stories it may take; a bug that takes more is as good as not caught."""

    name: str
    file: str
    old: str
    new: str
    caught_by: str = By.SIM
    seeds: int = 500
