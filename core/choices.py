"""What the settings say about fields and matches, as data: where a value comes from, on what condition, into which field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.records import FieldValue, RecordType

Form = Literal["text", "number", "date", "boolean", "reference", "external_id"]
CUSTOMER_FIELDS = ("name", "email", "phone", "address", "comments")
"""What Stripe may own of a Customer (customers.update)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of Stripe's object (a path, as `metadata.crm_id`) and the field of NetSuite's record that must hold the same."""

    stripe: str
    netsuite: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, fixed or at a path of the Stripe object, for when every condition (path, wanted value) holds.

    A fixed None means that the field is not to be sent. `form`: what NetSuite's field takes."""

    value: FieldValue | None = None
    path: str = ""
    form: Form = "text"
    when: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field of a record type is filled: the first choice whose conditions hold. `on_lines`: a field of each item line."""

    record: RecordType
    field: str
    choices: tuple[Choice, ...]
    on_lines: bool = False
