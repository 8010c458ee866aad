"""What a transaction does to the books: its general ledger postings, what it settles, what it deposits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, missing, not_emulated, user_error
from adapters.netsuite.emulator.fields import ITEM
from adapters.netsuite.emulator.ledger import Application, Ledger, Member, Posting, Transaction
from adapters.netsuite.emulator.store import Store

ZERO = Decimal(0)
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Poster:
    """Reads accepted fields as a transaction of this account's books."""

    chart: Chart
    store: Store
    ledger: Ledger

    def transaction(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """The transaction that these fields are; Refused when they do not add up."""
        read = {
            "invoice": self._sale,
            "creditMemo": self._sale,
            "customerPayment": self._payment,
            "customerRefund": self._refund,
            "deposit": self._deposit,
            "journalEntry": self._journal,
        }[record_type]
        return read(record_type, internal_id, fields)

    def _sale(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """Invoice: Dr A/R, Cr the income account of each line. Credit memo: the reverse."""
        side = 1 if record_type == "invoice" else -1
        lines = list(self._income(fields["item"]))
        total = sum((amount for _, amount in lines), ZERO)
        if total < 0:
            raise user_error("The total can not be negative.")
        receivable, currency = fields["account"]["id"], fields["currency"]["id"]
        postings = [Posting(receivable, currency, side * total), *(Posting(account, currency, -side * amount) for account, amount in lines)]
        return _transaction(record_type, internal_id, fields, fields["entity"]["id"], receivable, total, side * total, postings)

    def _income(self, lines: Sequence[Fields]) -> Iterator[tuple[str, Decimal]]:
        """Account and amount of each line; a non-posting discount lowers the income of the first item that is not a discount."""
        items = [self.store.get(ITEM, line["item"]["id"]) for line in lines]
        sold = next((item.fields["incomeAccount"]["id"] for item in items if item and item.type != "discountItem"), None)
        discounts = {bool(item.fields.get("nonPosting")) for item in items if item and item.type == "discountItem"}
        if len(discounts) > 1:
            raise user_error("INVLAID_DISCOUNT_MARKUP: Posting and non-posting discounts cannot be mixed on one transaction.")
        for index, (line, item) in enumerate(zip(lines, items, strict=True)):
            if item is None:
                raise invalid_reference(line["item"]["id"], "item", f"item.items[{index}].item")
            if item.type != "discountItem":
                yield item.fields["incomeAccount"]["id"], line["amount"]
            elif not item.fields.get("nonPosting"):
                yield item.fields["account"]["id"], line["amount"]
            elif sold is None:
                raise user_error("A discount needs a line that it discounts.", f"item.items[{index}].item")
            else:
                yield sold, line["amount"]

    def _payment(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """Dr the account (Undeposited Funds), Cr A/R."""
        receivable, currency, amount = fields["arAcct"]["id"], fields["currency"]["id"], fields["payment"]
        if amount < 0:
            raise invalid_value(amount, "payment", "payment")
        postings = [Posting(fields["account"]["id"], currency, amount), Posting(receivable, currency, -amount)]
        return _transaction(record_type, internal_id, fields, fields["customer"]["id"], receivable, amount, -amount, postings)

    def _refund(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """Dr A/R, Cr the account; the total is what is applied."""
        receivable, currency = fields["arAcct"]["id"], fields["currency"]["id"]
        total = sum((line["amount"] for line in fields.get("apply", ())), ZERO)
        if total <= 0:
            raise user_error("You must select at least one credit to refund.", "apply")
        postings = [Posting(receivable, currency, total), Posting(fields["account"]["id"], currency, -total)]
        return _transaction(record_type, internal_id, fields, fields["customer"]["id"], receivable, total, total, postings)

    def _deposit(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """Dr bank with the net and each cash back account; Cr Undeposited Funds per payment and each other account."""
        bank, currency = fields["account"]["id"], fields["currency"]["id"]
        members = tuple(self._members(fields))
        lines = [*_signed_lines(fields, "other", -1), *_signed_lines(fields, "cashback", 1)]
        if not members and not lines:
            raise user_error("You must enter at least one line item for this transaction.")
        total = sum((member.amount for member in members), ZERO) - sum((amount for _, amount in lines), ZERO)
        if total <= 0:
            raise user_error("The total can not be negative.")
        postings = [Posting(bank, currency, total), *(Posting(account, currency, amount) for account, amount in lines)]
        for member in members:
            postings.extend(self._leaves_undeposited_funds(member, currency))
        return _transaction(record_type, internal_id, fields, "", "", total, ZERO, postings, members)

    def _leaves_undeposited_funds(self, member: Member, currency: str) -> Iterator[Posting]:
        held = self.ledger.transaction(member.doc)
        amount = held.total if held.type == "customerPayment" else -held.total
        yield Posting(self.chart.undeposited_funds, held.currency, -amount)
        if held.currency != currency:
            yield Posting(self.chart.exchange, held.currency, amount)
            yield Posting(self.chart.exchange, currency, -member.amount)

    def _members(self, fields: Fields) -> Iterator[Member]:
        for index, line in enumerate(fields.get("payment", ())):
            path = f"payment.items[{index}].id"
            held = self.ledger.find(str(line.get("id")))
            if held is None or held.type not in ("customerPayment", "customerRefund") or held.account != self.chart.undeposited_funds:
                raise user_error(f"Invalid id reference key {line.get('id')}.", path)
            sign = 1 if held.type == "customerPayment" else -1
            amount = line.get("paymentAmount")
            if held.currency == fields["currency"]["id"]:
                if amount not in (None, sign * held.total):
                    raise invalid_value(amount, "paymentAmount", f"payment.items[{index}].paymentAmount")
                amount = held.total
            elif amount is None:
                raise missing("Payment Amount")
            yield Member(held.id, sign * abs(amount), path)

    def _journal(self, record_type: str, internal_id: str, fields: Fields) -> Transaction:
        """Its lines, which must balance; lines on an A/R account leave an open item of their customer."""
        currency, postings, owed = fields["currency"]["id"], [], []
        for index, line in enumerate(fields["line"]):
            debit, credit = line.get("debit") or ZERO, line.get("credit") or ZERO
            if "account" not in line or debit < 0 or credit < 0 or (debit and credit):
                raise invalid_value(line.get("debit"), "debit", f"line.items[{index}]")
            postings.append(Posting(line["account"]["id"], currency, debit - credit))
            if self.chart.accounts[line["account"]["id"]].type == "AcctRec":
                if "entity" not in line:
                    raise missing("Name")
                owed.append((line["account"]["id"], line["entity"]["id"], debit - credit))
        balance = sum((posting.amount for posting in postings), ZERO)
        if balance:
            raise user_error(f"TRANS_UNBALNCD: Transaction was not in balance. Posting total = {balance}")
        if len({(account, entity) for account, entity, _ in owed}) > 1:
            raise not_emulated("a journal entry that posts the receivables of several customers")
        account, entity = (owed[0][0], owed[0][1]) if owed else ("", "")
        open_item = sum((amount for _, _, amount in owed), ZERO)
        total = sum((posting.amount for posting in postings if posting.amount > 0), ZERO)
        return _transaction(record_type, internal_id, fields, entity, account, total, open_item, postings)


def _signed_lines(fields: Fields, sublist: str, side: int) -> Iterator[tuple[str, Decimal]]:
    for index, line in enumerate(fields.get(sublist, ())):
        if "account" not in line or "amount" not in line:
            raise missing("Account" if "account" not in line else "Amount")
        if line["amount"] <= 0:
            raise invalid_value(line["amount"], "amount", f"{sublist}.items[{index}].amount")
        yield line["account"]["id"], side * line["amount"]


def _transaction(
    record_type: str,
    internal_id: str,
    fields: Fields,
    customer: str,
    receivable: str,
    total: Decimal,
    owed: Decimal,
    postings: Sequence[Posting],
    members: tuple[Member, ...] = (),
) -> Transaction:
    applications = (
        Application(line["doc"]["id"], line["amount"], f"apply.items[{index}]") for index, line in enumerate(fields.get("apply", ()))
    )
    return Transaction(
        id=internal_id,
        type=record_type,
        day=date.fromisoformat(fields["tranDate"]),
        currency=fields["currency"]["id"],
        customer=customer,
        receivable=receivable,
        account=fields["account"]["id"] if "account" in fields else "",
        total=total,
        owed=owed,
        applications=tuple(applications),
        members=members,
        postings=tuple(posting for posting in postings if posting.amount),
    )
