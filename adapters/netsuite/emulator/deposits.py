"""Customer deposits that a refund gives back: NetSuite makes a deposit application of each, and the refund applies to that one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, no_permission
from adapters.netsuite.emulator.fields import TRANSACTION, Shape
from adapters.netsuite.emulator.ledger import CUSTOMER_DEPOSIT
from adapters.netsuite.emulator.store import Store

Fields = dict[str, Any]
# What an application has of the refund that it is made for.
SHARED = ("customer", "tranDate", "currency", "subsidiary", "arAcct")


def deposits_to_apply(store: Store, shape: Shape, fields: Fields, *, is_new: bool) -> Sequence[Fields]:
    """The deposit applications that a new refund needs, taken out of its fields; Refused when one changes them later
    (Oracle help, article_0830082954: they can be set on create only), or names no deposit."""
    given = fields.pop("deposit", ()) if shape.type == "customerRefund" else ()
    wanted = [(index, line) for index, line in enumerate(given) if line.get("apply", True)]
    if wanted and not is_new:
        raise no_permission("deposit")
    return [_application(store, fields, line, f"deposit.items[{index}]") for index, line in wanted]


def _application(store: Store, fields: Fields, line: Mapping[str, Any], path: str) -> Fields:
    named = line.get("doc", {}).get("id", "")
    deposit = store.get(TRANSACTION, named)
    if deposit is None or deposit.type != CUSTOMER_DEPOSIT:
        raise invalid_reference(named, "doc", f"{path}.doc")
    amount = line.get("amount", deposit.fields["payment"])
    if not isinstance(amount, Decimal) or amount <= 0:
        raise invalid_value(amount, "amount", f"{path}.amount")
    shared = {name: fields[name] for name in SHARED if name in fields}
    return {**shared, "deposit": {"id": named}, "exchangeRate": deposit.fields["exchangeRate"], "total": amount}
