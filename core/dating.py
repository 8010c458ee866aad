"""What happens to a record whose day lies in a closed posting period, by policy and record type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeVar

from core.records import Customer, DiscountItem, Record, RecordType, ServiceSaleItem

PeriodPolicy = Literal["hold", "next_open", "journal"]
ADJUSTED = frozenset({RecordType.INVOICE, RecordType.CUSTOMER_PAYMENT, RecordType.CREDIT_MEMO})
"""What a journal entry can stand for; a journal entry that may stand for itself just moves."""
Dated = TypeVar("Dated", bound=Record)


@dataclass(frozen=True, slots=True)
class Periods:
    """`next_open`: the first open day, with the original date in the memo; `journal`: there, but a journal entry with its postings in its
    place; `hold`: it fails until a person reopens the period."""

    default: PeriodPolicy = "next_open"
    by_type: Mapping[RecordType, PeriodPolicy] = field(default_factory=dict)

    def moves(self, record: Record) -> bool:
        policy = self.by_type.get(record.type, self.default)
        return policy == "next_open" or (policy == "journal" and record.type is RecordType.JOURNAL_ENTRY)

    def adjusts(self, record: RecordType) -> bool:
        """Whether a journal entry stands for a record of this type whose period is closed."""
        return record in ADJUSTED and self.by_type.get(record, self.default) == "journal"

    @property
    def may_adjust(self) -> bool:
        return any(self.adjusts(each) for each in ADJUSTED)


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
            return replace(record, tran_date=day, memo=memo_dated(record.memo, record.tran_date))


def memo_dated(memo: str, day: date, more: str = "") -> str:
    """The memo with the original date, and what else there is to say, behind the Stripe id it starts with."""
    said = f"Original transaction date: {day.isoformat()}{more}"
    head, rest = memo.split(" ")[:2], memo.split(" ")[2:]
    return " ".join((*head, said, *rest)).strip()
