"""What a transaction does to the books: its general ledger postings, what it settles, what it deposits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, missing, not_emulated, user_error
from adapters.netsuite.emulator.fields import ITEM
from adapters.netsuite.emulator.ledger import Ledger, Posting, Receivable, Transaction, Waiting
from adapters.netsuite.emulator.members import Members
from adapters.netsuite.emulator.rates import Worth
from adapters.netsuite.emulator.settling import Settling
from adapters.netsuite.emulator.store import Store, StoredRecord
from adapters.netsuite.emulator.taxes import tax_of

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
        base = self.chart.base_of(fields["subsidiary"]["id"])
        empty = Transaction(
            id=internal_id,
            type=record_type,
            day=date.fromisoformat(fields["tranDate"]),
            subsidiary=fields["subsidiary"]["id"],
            currency=fields["currency"]["id"],
            worth=Worth(fields["exchangeRate"], base.smallest),
            customer="",
            account=fields["account"]["id"] if "account" in fields else "",
            total=ZERO,
            postings=(),
        )
        read = {
            "invoice": self._sale,
            "creditMemo": self._sale,
            "customerPayment": self._payment,
            "cashSale": self._cash,
            "cashRefund": self._cash,
            "customerDeposit": self._customer_deposit,
            "depositApplication": self._deposit_application,
            "customerRefund": self._refund,
            "deposit": self._deposit,
            "journalEntry": self._journal,
        }[record_type]
        return self._rounded(read(empty, fields))

    def _rounded(self, made: Transaction) -> Transaction:
        """What rounding leaves of the base currency goes to an account of its own, so that every transaction balances."""
        residue = sum((posting.base for posting in made.postings), ZERO)
        postings = (*made.postings, Posting(self.chart.rounding, made.currency, ZERO, -residue))
        return replace(made, postings=tuple(posting for posting in postings if posting.amount or posting.base))

    def _sale(self, made: Transaction, fields: Fields) -> Transaction:
        """Invoice: Dr A/R, Cr the income account of each line and the tax payable. Credit memo: the reverse."""
        side = 1 if made.type == "invoice" else -1
        tax = tax_of(fields)
        lines = [*self._income(fields["item"], made.subsidiary), (self.chart.tax_payable, tax)]
        total = sum((amount for _, amount in lines), ZERO)
        if total < 0:
            raise user_error("The total can not be negative.")
        income = [_posting(made, account, -side * amount) for account, amount in lines]
        settling = self._settling(made, fields, fields["entity"]["id"], fields["account"]["id"], side * total)
        return replace(settling.onto(made, income), total=total, tax=tax)

    def _cash(self, made: Transaction, fields: Fields) -> Transaction:
        """Cash sale: Dr the account (Undeposited Funds), Cr the income account of each line. Cash refund: the reverse."""
        side = 1 if made.type == "cashSale" else -1
        tax = tax_of(fields)
        lines = [*self._income(fields["item"], made.subsidiary), (self.chart.tax_payable, tax)]
        total = sum((amount for _, amount in lines), ZERO)
        if total < 0:
            raise user_error("The total can not be negative.")
        money = _posting(made, made.account, side * total)
        postings = (money, *(_posting(made, account, -side * amount) for account, amount in lines))
        waiting = self._waits(made, money)
        return replace(made, customer=fields["entity"]["id"], total=total, tax=tax, postings=postings, waiting=waiting)

    def _customer_deposit(self, made: Transaction, fields: Fields) -> Transaction:
        """Dr the account (Undeposited Funds), Cr Customer Deposits, where it stays open until it is applied."""
        amount, customer = fields["payment"], fields["customer"]["id"]
        if amount <= 0:
            raise invalid_value(amount, "payment", "payment")
        money = _posting(made, made.account, amount)
        owed = Receivable(0, customer, self.chart.customer_deposits, -amount, amount, made.worth.of(amount))
        postings = (money, _posting(made, self.chart.customer_deposits, -amount))
        return replace(made, customer=customer, total=amount, postings=postings, receivables=(owed,), waiting=self._waits(made, money))

    def _deposit_application(self, made: Transaction, fields: Fields) -> Transaction:
        """Dr Customer Deposits, Cr A/R: so much of a deposit becomes a credit, at the worth that it had."""
        amount: Decimal | None = fields.get("total")
        if amount is None:
            raise not_emulated("deposit applications made by hand")
        line = {"doc": fields["deposit"], "amount": amount}
        applied = self._settling(made, {"apply": [line]}, fields["customer"]["id"], fields["arAcct"]["id"], -amount).onto(made, ())
        worth = sum((one.base for one in applied.applications), ZERO)
        credit = Receivable(0, applied.customer, fields["arAcct"]["id"], -amount, amount, worth)
        postings = (
            Posting(self.chart.customer_deposits, made.currency, amount, worth),
            Posting(credit.account, made.currency, -amount, -worth),
        )
        return replace(applied, total=amount, postings=postings, receivables=(credit,))

    def _income(self, lines: Sequence[Fields], subsidiary: str) -> Iterator[tuple[str, Decimal]]:
        """Account and amount of each line; a non-posting discount lowers the income of the first item that is not a discount."""
        items = [self._item(index, line, subsidiary) for index, line in enumerate(lines)]
        sold = next((item.fields["incomeAccount"]["id"] for item in items if item.type != "discountItem"), None)
        discounts = {bool(item.fields.get("nonPosting")) for item in items if item.type == "discountItem"}
        if len(discounts) > 1:
            raise user_error("INVLAID_DISCOUNT_MARKUP: Posting and non-posting discounts cannot be mixed on one transaction.")
        for index, (line, item) in enumerate(zip(lines, items, strict=True)):
            if item.type != "discountItem":
                yield item.fields["incomeAccount"]["id"], line["amount"]
            elif not item.fields.get("nonPosting"):
                yield item.fields["account"]["id"], line["amount"]
            elif sold is None:
                raise user_error("A discount needs a line that it discounts.", f"item.items[{index}].item")
            else:
                yield sold, line["amount"]

    def _item(self, index: int, line: Fields, subsidiary: str) -> StoredRecord:
        path = f"item.items[{index}].item"
        item = self.store.get(ITEM, line["item"]["id"])
        if item is None:
            raise invalid_reference(line["item"]["id"], "item", path)
        listed = [one["id"] for one in item.fields["subsidiary"]]
        serves = frozenset(listed).union(*(self.chart.family(one) for one in listed if item.fields.get("includeChildren")))
        if subsidiary not in serves:
            raise user_error(f"Invalid item reference key {item.id} for subsidiary {subsidiary}.", path)
        return item

    def _payment(self, made: Transaction, fields: Fields) -> Transaction:
        """Dr the account (Undeposited Funds), Cr A/R."""
        amount = fields["payment"]
        if amount < 0:
            raise invalid_value(amount, "payment", "payment")
        settling = self._settling(made, fields, fields["customer"]["id"], fields["arAcct"]["id"], -amount)
        money = _posting(made, made.account, amount)
        return replace(settling.onto(made, [money]), total=amount, waiting=self._waits(made, money))

    def _refund(self, made: Transaction, fields: Fields) -> Transaction:
        """Dr A/R, Cr the account; the total is what is applied."""
        total = sum((line["amount"] for line in fields.get("apply", ())), ZERO)
        if total <= 0:
            raise user_error("You must select at least one credit to refund.", "apply")
        settling = self._settling(made, fields, fields["customer"]["id"], fields["arAcct"]["id"], total)
        money = _posting(made, made.account, -total)
        return replace(settling.onto(made, [money]), total=total, waiting=self._waits(made, money))

    def _settling(self, made: Transaction, fields: Fields, customer: str, receivable: str, owed: Decimal) -> Settling:
        return Settling(self.chart, self.ledger, fields.get("apply", ()), customer, receivable, owed)

    def _waits(self, made: Transaction, money: Posting) -> tuple[Waiting, ...]:
        return (Waiting(0, money.amount, money.base),) if made.account == self.chart.undeposited_funds else ()

    def _deposit(self, made: Transaction, fields: Fields) -> Transaction:
        """Dr bank with the net and each cash back account; Cr Undeposited Funds per payment and each other account."""
        members = Members(self.chart, self.ledger, made, fields.get("payment", ()))
        lines = [*_signed_lines(fields, "other", -1), *_signed_lines(fields, "cashback", 1)]
        if not members.members and not lines:
            raise user_error("You must enter at least one line item for this transaction.")
        total = sum((member.amount for member in members.members), ZERO) - sum((amount for _, amount in lines), ZERO)
        if total <= 0:
            raise user_error("The total can not be negative.")
        by_account = (_posting(made, account, amount) for account, amount in lines)
        postings = (_posting(made, made.account, total), *by_account, *members.postings())
        return replace(made, total=total, members=members.members, postings=postings)

    def _journal(self, made: Transaction, fields: Fields) -> Transaction:
        """Its lines, which must balance. A line on an A/R account leaves an open item of its customer, one in Undeposited Funds waits."""
        postings, receivables, waiting = [], [], []
        for index, line in enumerate(fields["line"]):
            posting = _journal_line(made, line, f"line.items[{index}]")
            postings.append(posting)
            if self.chart.accounts[posting.account].type == "AcctRec":
                if "entity" not in line:
                    raise missing("Name")
                customer = line["entity"]["id"]
                receivables.append(
                    Receivable(line["line"], customer, posting.account, posting.amount, abs(posting.amount), abs(posting.base))
                )
            elif posting.account == self.chart.undeposited_funds:
                waiting.append(Waiting(line["line"], posting.amount, posting.base))
        balance = sum((posting.amount for posting in postings), ZERO)
        if balance:
            raise user_error(f"TRANS_UNBALNCD: Transaction was not in balance. Posting total = {balance}")
        total = sum((posting.amount for posting in postings if posting.amount > 0), ZERO)
        return replace(made, total=total, postings=tuple(postings), receivables=tuple(receivables), waiting=tuple(waiting))


def _posting(made: Transaction, account: str, amount: Decimal) -> Posting:
    return Posting(account, made.currency, amount, made.worth.of(amount))


def _journal_line(made: Transaction, line: Fields, path: str) -> Posting:
    debit, credit = line.get("debit") or ZERO, line.get("credit") or ZERO
    if "account" not in line or debit < 0 or credit < 0 or (debit and credit):
        raise invalid_value(line.get("debit"), "debit", path)
    return _posting(made, line["account"]["id"], debit - credit)


def _signed_lines(fields: Fields, sublist: str, side: int) -> Iterator[tuple[str, Decimal]]:
    for index, line in enumerate(fields.get(sublist, ())):
        if "account" not in line or "amount" not in line:
            raise missing("Account" if "account" not in line else "Amount")
        if line["amount"] <= 0:
            raise invalid_value(line["amount"], "amount", f"{sublist}.items[{index}].amount")
        yield line["account"]["id"], side * line["amount"]
