"""Seeds whose stories went wrong once, and what it was, so that they stay right."""

from __future__ import annotations

REGRESSIONS: tuple[tuple[int, str], ...] = (
    (87, "a sale in a currency that its customer lacks falls into a closed period"),
    (8, "the same, told late and in disorder"),
    (47, "two writers find and make the same payment, whose day had to move"),
)
