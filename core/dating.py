"""What happens to a record whose day lies in a closed posting period, by policy and record type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeVar

from core.records import Customer, DiscountItem, Record, RecordType, ServiceSaleItem

PeriodPolicy = Literal["hold", "next_open"]
Dated = TypeVar("Dated", bound=Record)


@dataclass(frozen=True, slots=True)
class Periods:
    """`next_open`: the first open day, with the original date in the memo; `hold`: it fails until a person reopens the period."""

    default: PeriodPolicy = "next_open"
    by_type: Mapping[RecordType, PeriodPolicy] = field(default_factory=dict)

    def moves(self, record: Record) -> bool:
        return self.by_type.get(record.type, self.default) == "next_open"


def day_of(record: Record) -> date | None:
    """The ledger date of a transaction; None of a customer or an item."""
    match record:
        case Customer() | ServiceSaleItem() | DiscountItem():
            return None
        case _:
            return record.tran_date


def moved_to(record: Record, day: date) -> Record:
    """The transaction on another day; its memo tells the original one, behind the Stripe id it starts with."""
    match record:
        case Customer() | ServiceSaleItem() | DiscountItem():
            return record
        case _:
            said = f"Original transaction date: {record.tran_date.isoformat()}"
            head, rest = record.memo.split(" ")[:2], record.memo.split(" ")[2:]
            return replace(record, tran_date=day, memo=" ".join((*head, said, *rest)).strip())
