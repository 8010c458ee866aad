"""Ids that look like Stripe's and are the same every time for the same seed and order of operations."""

from __future__ import annotations

import hashlib
import string
from collections import Counter

ALPHABET = string.digits + string.ascii_letters
SHORT_PREFIXES = frozenset(("cus", "prod", "si", "req"))


class Ids:
    """One row of ids per prefix, so that a new customer never changes the name of the next charge."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._issued: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        """`ch_` and 24 alphanumerics; Stripe's older nouns (customer, product, subscription item, request) have 14."""
        return f"{prefix}_{self.code(prefix, 14 if prefix in SHORT_PREFIXES else 24)}"

    def code(self, purpose: str, length: int) -> str:
        """`length` alphanumerics of the row called `purpose`."""
        self._issued[purpose] += 1
        digest = hashlib.sha256(f"{self._seed}/{purpose}/{self._issued[purpose]}".encode()).digest()
        number, letters = int.from_bytes(digest, "big"), []
        for _ in range(length):
            number, at = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[at])
        return "".join(letters)
