"""A journal entry of the open period in the place of a record whose own period is closed: with its externalId and its postings.

NetSuite has one namespace of externalIds for transactions, so record and entry can never both be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Never, cast

from core.dating import ADJUSTED, memo_dated
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Ensure, Plan
from core.ports import Link
from core.records import (
    Apply,
    CreditMemo,
    CustomerPayment,
    CustomerRefund,
    Deposit,
    DiscountItem,
    External,
    Internal,
    Invoice,
    JournalEntry,
    JournalLine,
    Record,
    RecordType,
    Ref,
    ServiceSaleItem,
    key,
)
from core.references import documents
from core.settings import Settings

Known = Mapping[External, Link]
Adjusted = Invoice | CustomerPayment | CreditMemo
TITLES = {RecordType.INVOICE: "invoice", RecordType.CUSTOMER_PAYMENT: "payment", RecordType.CREDIT_MEMO: "credit memo"}


@dataclass(frozen=True, slots=True)
class Sold:
    """An item of the plan, and whether it may be another's that was found in NetSuite, whose income account nobody told us."""

    item: ServiceSaleItem | DiscountItem
    perhaps_found: bool


def entry_of(ref: External) -> External | None:
    """The entry that may stand in the place of this record; None of what no entry can stand for."""
    return External(RecordType.JOURNAL_ENTRY, ref.external_id) if ref.type in ADJUSTED else None


def entries_of(refs: Iterable[External]) -> Iterator[External]:
    """Every entry that may stand in the place of one of these."""
    return (entry for ref in refs if (entry := entry_of(ref)))


def sold_in(plan: Plan) -> Mapping[External, Sold]:
    """The items that the plan brings along: they tell which income accounts its lines post to."""
    found = [(command.record, command) for command in plan.commands if isinstance(command, Ensure)]
    return {
        key(item): Sold(item, bool(command.matches or command.named))
        for item, command in found
        if isinstance(item, ServiceSaleItem | DiscountItem)
    }


def pointed(record: Record, standing: Callable[[External], Link | None]) -> Record:
    """The record, with each document that an entry stands for replaced by that entry. `standing`: what stands for a document."""
    now = {doc: link.ref for doc in documents(record) if (link := standing(doc)) is not None and link.ref != doc}
    if not now:
        return record

    def moved(lines: tuple[Apply, ...]) -> tuple[Apply, ...]:
        return tuple(replace(line, doc=now.get(cast(External, line.doc), line.doc)) for line in lines)

    match record:
        case CustomerPayment() | CreditMemo() | CustomerRefund():
            return replace(record, apply=moved(record.apply))
        case Deposit():
            return replace(record, payment=tuple(replace(line, doc=now.get(line.doc, line.doc)) for line in record.payment))
        case _:
            return record


def adjusting_entry(record: Record, day: date, sold: Mapping[External, Sold], known: Known, settings: Settings) -> JournalEntry:
    """The record's own postings on this day; its memo tells the original day and what it stands for. CannotSync(period_closed) when an
    entry cannot stand for it; (misconfigured) when an account is missing."""
    if not isinstance(record, Invoice | CustomerPayment | CreditMemo) or (not isinstance(record, Invoice) and record.apply):
        _cannot_stand(record, "it settles another document, which no entry does")
    if settings.subsidiaries:
        _cannot_stand(record, "[[subsidiaries]] goes by rules, which do not tell the subsidiary of an entry")
    if record.fields or (not isinstance(record, CustomerPayment) and any(line.fields for line in record.item)):
        _cannot_stand(record, "the settings give it fields that an entry does not have")
    credited = _credits(record, sold, known)
    owed = Money.total(credited.values(), record.currency)
    if not owed:
        _cannot_stand(record, "it comes to nothing")
    who = record.customer if isinstance(record, CustomerPayment) else record.entity
    receivable = settings.accounts.need("receivable", f"the entry that stands for {key(record)}")
    return JournalEntry(
        external_id=record.external_id,
        tran_date=day,
        currency=record.currency,
        line=(_line(receivable, -owed, who), *(_line(account, amount) for account, amount in credited.items() if amount)),
        memo=memo_dated(record.memo, record.tran_date, f" ({TITLES[record.type]})"),
        subsidiary=settings.subsidiary_ref,
    )


def changed(entry: External) -> Never:
    """What stands for a record differs from what it should be. A closed record's entry may be settled: it is never written again."""
    cannot(
        Kind.REFUSED,
        f"{entry} stands in NetSuite for a record of a closed period, and its postings are not those wanted any more",
        "Look at the plan, bring the entry into line in NetSuite by hand, then retry.",
        record=str(entry),
    )


def _credits(record: Adjusted, sold: Mapping[External, Sold], known: Known) -> Mapping[Internal, Money]:
    """What it credits to each account besides receivables; a debit is negative. A non-posting discount lowers the account of what is sold
    first."""
    if isinstance(record, CustomerPayment):
        return {record.account: -record.payment}
    if record.tax_details:
        _cannot_stand(record, "NetSuite alone knows the accounts of its tax details")
    is_bill = isinstance(record, Invoice)
    credited: dict[Internal, Money] = {}
    accounts = [_income(line.item, record, sold, known) for line in record.item]
    first = next((account for account in accounts if account), None)
    for account, line in zip(accounts, record.item, strict=True):
        posts_to = account or first or _cannot_stand(record, "it sells nothing")
        credited[posts_to] = credited.get(posts_to, Money.zero(record.currency)) + (line.amount if is_bill else -line.amount)
    return credited


def _income(item: Ref, record: Adjusted, sold: Mapping[External, Sold], known: Known) -> Internal | None:
    """The income account of an item of ours; None of a discount. CannotSync(period_closed) where only NetSuite knows it."""
    of = sold.get(item) if isinstance(item, External) else None
    link = known.get(item) if isinstance(item, External) else None
    if (
        of is None
        or (of.perhaps_found and (link is None or not link.checksum))
        or any(name == "incomeAccount" for name, _ in of.item.fields)
    ):
        _cannot_stand(record, f"NetSuite alone knows the income account of {item}")
    return of.item.income_account if isinstance(of.item, ServiceSaleItem) else None


def _line(account: Internal, credit: Money, entity: Ref | None = None) -> JournalLine:
    if credit.minor > 0:
        return JournalLine(account, credit=credit, entity=entity)
    return JournalLine(account, debit=-credit, entity=entity)


def _cannot_stand(record: Record, why: str) -> Never:
    cannot(
        Kind.PERIOD_CLOSED,
        f"the period of {key(record)} is closed, and no entry can stand for it: {why}",
        f"Reopen the period in NetSuite, or set periods.{record.type.name.lower()} to next_open, then retry.",
        record=str(key(record)),
    )
