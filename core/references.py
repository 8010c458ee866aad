"""What a record refers to, whose it is and what it comes to: asked of any record by the plan, the executor and the adapters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.money import Money
from core.records import (
    CashRefund,
    CashSale,
    CreditMemo,
    Customer,
    CustomerDeposit,
    CustomerPayment,
    CustomerRefund,
    Deposit,
    DiscountItem,
    External,
    Invoice,
    JournalEntry,
    Record,
    Ref,
    ServiceSaleItem,
)


def documents(record: Record) -> Iterator[External]:
    """The records that this one must name by internal id: what it applies to, what it deposits (NetSuite takes no externalId there)."""
    match record:
        case CustomerPayment() | CreditMemo():
            yield from _ours(line.doc for line in record.apply)
        case CustomerRefund():
            yield from _ours(line.doc for line in (*record.apply, *record.deposit))
        case Deposit():
            yield from (line.doc for line in record.payment)
        case _:
            pass


def references(record: Record) -> Iterator[External]:
    """Every record of ours that this one refers to: its documents, its customer, its lines' items."""
    yield from documents(record)
    match record:
        case Invoice() | CreditMemo() | CashSale() | CashRefund():
            yield from _ours((record.entity, *(line.item for line in record.item)))
        case CustomerPayment() | CustomerRefund() | CustomerDeposit():
            yield from _ours((record.customer,))
        case JournalEntry():
            yield from _ours(line.entity for line in record.line if line.entity)
        case Customer() | ServiceSaleItem() | DiscountItem() | Deposit():
            pass


def total(record: Record) -> Money | None:
    """What the transaction amounts to; None for a customer or an item."""
    match record:
        case CustomerPayment() | CustomerDeposit():
            return record.payment
        case Customer() | ServiceSaleItem() | DiscountItem():
            return None
        case _:
            return record.total


def _ours(refs: Iterable[Ref]) -> Iterator[External]:
    return (ref for ref in refs if isinstance(ref, External))


def customer_of(record: Record) -> tuple[Ref, str] | None:
    """Whose transaction it is, and in which currency; None of what has no customer."""
    match record:
        case Invoice() | CreditMemo() | CashSale() | CashRefund():
            return record.entity, record.currency
        case CustomerPayment() | CustomerRefund() | CustomerDeposit():
            return record.customer, record.currency
        case Customer() | ServiceSaleItem() | DiscountItem() | Deposit() | JournalEntry():
            return None
