"""A record as GET shows it -> what a rule may know of it: what it is applied to and what remains of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from core.held import HeldApply, HeldRecord
from core.money import Money
from core.records import Internal

ENTITIES = ("entity", "customer")
REMAINING = ("amountRemaining", "unapplied")
"""Of an invoice or credit memo, and of a payment."""


def held_record(found: Mapping[str, Any], symbol_of: Callable[[str], str]) -> HeldRecord:
    """`found` has its sublists expanded and its numbers as int or Decimal; `symbol_of` gives the ISO code of a currency's id."""
    currency = symbol_of(str(found["currency"]["id"]))
    lines = (found.get("apply") or {}).get("items") or ()
    applied = tuple(
        HeldApply(Internal(str(line["doc"]["id"])), Money.of(Decimal(line["amount"]), currency))
        for line in lines
        if line.get("apply") is True
    )
    left = next((found[name] for name in REMAINING if found.get(name) is not None), None)
    entity = next((Internal(str(found[name]["id"])) for name in ENTITIES if (found.get(name) or {}).get("id")), None)
    return HeldRecord(str(found["id"]), entity, applied, None if left is None else Money.of(Decimal(left), currency))
