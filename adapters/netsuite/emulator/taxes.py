"""Tax on a sale as the account's tax mode takes it: SuiteTax by taxDetails, legacy tax not at all through REST."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Preferences
from adapters.netsuite.emulator.errors import invalid_value, missing, no_permission

# REST does not support them (Oracle help, section_161488248489).
LEGACY = frozenset({"taxCode", "taxRate1", "tax1Amt", "taxAmount", "isTaxable", "grossAmt"})


def tax_of(fields: Mapping[str, Any]) -> Decimal:
    """The tax of a sale; zero without tax details."""
    return sum((line.get("taxAmount") or Decimal(0) for line in fields.get("taxDetails", ())), Decimal(0))


def complete_taxes(preferences: Preferences, fields: dict[str, Any]) -> None:
    """Refused when the account's tax mode does not take what is given, or a detail belongs to no line."""
    for index, line in enumerate(fields["item"]):
        for name in LEGACY & line.keys():
            raise no_permission(name, f"item.items[{index}].{name}")
    details = fields.pop("taxDetails", [])
    if not preferences.suite_tax:
        wrong = next((name for name in ("taxDetailsOverride", "taxPointDate") if fields.get(name)), "taxDetails" if details else "")
        if wrong or any("taxDetailsReference" in line for line in fields["item"]):
            raise no_permission(wrong or "taxDetailsReference")
        return
    known = {line["taxDetailsReference"] for line in fields["item"] if "taxDetailsReference" in line}
    for index, detail in enumerate(details):
        where = f"taxDetails.items[{index}]"
        if detail.get("taxAmount") is None:
            raise missing("Tax Amount")
        reference = detail.get("taxDetailsReference", {}).get("id")
        if reference not in known:
            raise invalid_value(reference, "taxDetailsReference", f"{where}.taxDetailsReference")
    if details and not fields.get("taxDetailsOverride"):
        raise no_permission("taxDetails")
    fields["taxDetails"] = details
