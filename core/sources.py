"""The Stripe objects inside a snapshot: which of them a NetSuite record stands for, and what they say at a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from core.external_ids import external_id
from core.money import Money
from core.records import RecordType
from core.snapshot import (
    Charge,
    CreditNote,
    Customer,
    Discount,
    Dispute,
    Invoice,
    InvoiceLine,
    Payout,
    Price,
    Refund,
    Refunds,
    Snapshot,
)

StripeObject = Customer | Price | Invoice | InvoiceLine | Discount | Charge | Refund | Dispute | Payout | CreditNote
Scalar = str | int | bool | Decimal | Money | date | datetime
SCALARS = (str, int, bool, Decimal, Money, date, datetime)

# Which objects a record of this type may stand for; the first is the usual one.
SOURCES: Mapping[RecordType, tuple[type[StripeObject], ...]] = MappingProxyType(
    {
        RecordType.CUSTOMER: (Customer,),
        RecordType.SERVICE_SALE_ITEM: (Price, InvoiceLine),
        RecordType.DISCOUNT_ITEM: (Discount,),
        RecordType.INVOICE: (Invoice, Charge, Dispute),
        RecordType.CUSTOMER_PAYMENT: (Charge, Invoice, Dispute),
        RecordType.CASH_SALE: (Charge, Dispute),
        RecordType.CASH_REFUND: (Refund, Dispute, Charge),
        RecordType.CUSTOMER_DEPOSIT: (Charge, Refund, Dispute),
        RecordType.CREDIT_MEMO: (Refund, Dispute, CreditNote, Invoice),
        RecordType.CUSTOMER_REFUND: (Refund, Dispute, Charge),
        RecordType.DEPOSIT: (Payout,),
        RecordType.JOURNAL_ENTRY: (Payout, Refund, Invoice, CreditNote),
    }
)


def objects_of(snapshot: Snapshot | Refund | None) -> Iterator[StripeObject]:
    """The object itself and every one that hangs on it; the members of a payout are not read with it."""
    match snapshot:
        case Customer() | Price() | Payout():
            yield snapshot
        case Charge():
            yield snapshot
            yield from objects_of(snapshot.customer)
            for paid in snapshot.invoices:
                yield from objects_of(paid.invoice)
        case Invoice():
            yield snapshot
            yield from objects_of(snapshot.customer)
            yield from _of_lines(snapshot)
            for payment in snapshot.payments:
                yield from objects_of(payment.charge)
        case Refunds():
            yield from objects_of(snapshot.charge)
            for refund in snapshot.refunds:
                yield refund
                yield from objects_of(refund.credit_note)
        case Dispute():
            yield snapshot
            yield from objects_of(snapshot.charge)
        case CreditNote():
            yield snapshot
            yield from _of_lines(snapshot)
            yield from objects_of(snapshot.invoice)
        case _:
            pass


def _of_lines(bill: Invoice | CreditNote) -> Iterator[StripeObject]:
    for line in bill.lines:
        yield line
        yield from objects_of(line.price)
    yield from bill.discounts


def id_of(of: StripeObject) -> str:
    return of.coupon_id if isinstance(of, Discount) else of.id


@dataclass(frozen=True, slots=True)
class Sources:
    """The objects of a snapshot by the externalId of their first record; `charge` is what a refund or dispute is of."""

    by_external_id: Mapping[str, StripeObject]
    charge: Charge | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Sources:
        found: dict[str, StripeObject] = {}
        for each in objects_of(snapshot):
            found.setdefault(external_id(id_of(each)), each)
        return cls(found, getattr(snapshot, "charge", None))

    def source(self, record_external_id: str) -> StripeObject | None:
        """The object that a record stands for: `re_1-memo` for `re_1`; None for what stands for no object (global items)."""
        while record_external_id and record_external_id not in self.by_external_id:
            record_external_id = record_external_id.rpartition("-")[0]
        return self.by_external_id.get(record_external_id)

    def value(self, of: StripeObject | None, path: str) -> Scalar | None:
        """What the object says at a path as `metadata.company_id` or `customer.email`; None when it says nothing there."""
        head, _, rest = path.partition(".")
        if head == "charge" and of is not None:
            return value_at(self.charge, rest)
        return value_at(of, path)


def value_at(of: Any, path: str) -> Scalar | None:
    """See Sources.value. The currency of a charge, refund, dispute or payout is that of its amount."""
    head, _, rest = path.partition(".")
    if isinstance(of, Mapping):
        return of.get(path) or None
    found = getattr(of, head, None)
    if head == "currency" and isinstance(amount := getattr(of, "amount", None), Money):
        return amount.currency
    if rest:
        return value_at(found, rest)
    return found if isinstance(found, SCALARS) and found != "" else None


def is_path(record: RecordType, path: str, *, on_lines: bool = False) -> bool:
    """Whether objects of this record type, or their lines, may say something at this path."""
    return any(_has(source, path) for source in ((InvoiceLine,) if on_lines else SOURCES[record]))


def _has(source: type[Any], path: str) -> bool:
    head, _, rest = path.partition(".")
    if head == "metadata":
        return bool(rest)
    names = {field.name for field in fields(source)}
    if head == "currency" and not rest and "amount" in names:
        return True
    if head not in names:
        return False
    hint = get_type_hints(source)[head]
    kinds = () if get_origin(hint) is tuple else get_args(hint) or (hint,)
    if rest:
        return any(is_dataclass(kind) and isinstance(kind, type) and kind is not Money and _has(kind, rest) for kind in kinds)
    return any(kind in SCALARS for kind in kinds)
