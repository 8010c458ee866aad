"""What NetSuite does not allow: applying more than is due, depositing twice, closed periods, edits and deletions behind links."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart, Periods, Preferences
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, not_emulated, user_error
from adapters.netsuite.emulator.fields import ENTITY, ITEM
from adapters.netsuite.emulator.ledger import CUSTOMER_DEPOSIT, Application, Ledger, Transaction
from adapters.netsuite.emulator.store import Store, StoredRecord

LINKED = "This transaction cannot be deleted because it is linked to by one or more transactions."
DEPENDENT = "This record cannot be deleted because it has dependent records."
OVER_APPLIED = "Amount applied greater than total payments and credits."
FIXED = "The customer, currency, subsidiary and A/R account of a transaction cannot change while others are applied to it."
DEPOSITED = "The amount and account of a deposited transaction cannot change."


def _is_receivable(kind: str) -> bool:
    return kind == "AcctRec"


def _is_no_receivable(kind: str) -> bool:
    return kind != "AcctRec"


# Which kind of account stands in the field `account`.
ACCOUNTS: Mapping[str, Callable[[str], bool]] = {
    "invoice": _is_receivable,
    "creditMemo": _is_receivable,
    "customerPayment": _is_no_receivable,
    "customerRefund": _is_no_receivable,
    "deposit": lambda kind: kind == "Bank",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Each check raises Refused; together they keep the books true."""

    chart: Chart
    store: Store
    ledger: Ledger
    periods: Periods
    preferences: Preferences

    def check(self, new: Transaction, before: Transaction | None) -> None:
        """Whether the transaction may be saved, in place of `before` when that is given."""
        self._period(new, before)
        self._subsidiaries(new)
        self._currencies(new)
        self._accounts(new)
        if before is not None and self.ledger.is_linked(before.id):
            self._unchanged_behind_links(new, before)
        for application in new.applications:
            self._application(new, application)
        if any(self.ledger.open(new.id, one)[0] < 0 for one in new.receivables):
            raise user_error(OVER_APPLIED)
        self._members(new)

    def may_delete(self, record: StoredRecord) -> None:
        transaction = self.ledger.find(record.id) if record.group not in (ENTITY, ITEM) else None
        if transaction is not None:
            if self.ledger.is_linked(record.id):
                raise user_error(LINKED)
            self.period_closed(transaction)
        elif (record.group == ENTITY and any(self._is_of(other, record.id) for other in self.ledger.all())) or (
            record.group == ITEM and self._sold(record.id)
        ):
            raise user_error(DEPENDENT)

    def may_become(self, record: StoredRecord, before: StoredRecord | None) -> None:
        """Whether a customer or item may be saved: names, and what its transactions rely on."""
        self._unique_name(record)
        if record.group != ENTITY or before is None:
            return
        listed = [line.get("currency") for line in record.fields["currencyList"]]
        for transaction in (one for one in self.ledger.all() if self._is_of(one, record.id)):
            if {"id": transaction.subsidiary} != record.fields["subsidiary"]:
                raise user_error("The subsidiary of a customer cannot change once it has transactions.", "subsidiary")
            if {"id": transaction.currency} not in listed:
                raise user_error("A currency in which the customer has transactions cannot be removed.", "currencyList")

    def period_closed(self, before: Transaction) -> None:
        """Refused when the transaction's G/L impact is closed."""
        if not self.periods.is_open(before.day):
            raise user_error(
                "TRAN_PERIOD_CLOSED: The transaction's G/L impact cannot change, because its posting period is closed.", "tranDate"
            )

    def _unique_name(self, record: StoredRecord) -> None:
        """No two items have the same name, and no two customers where the account wants unique names."""
        name = _name(record)
        if record.group == ITEM and self._is_taken(name, record, "serviceSaleItem", "discountItem"):
            raise user_error(f"DUP_ITEM: The item name {record.fields['itemId']} is in use.", "itemId")
        if record.group == ENTITY and self.preferences.unique_names and self._is_taken(name, record, "customer"):
            raise user_error("UNIQUE_CUST_ID_REQD: A customer record with this ID already exists. Enter a unique customer ID.", "entityId")

    def _is_taken(self, name: str, record: StoredRecord, *record_types: str) -> bool:
        others = (other for record_type in record_types for other in self.store.of_type(record_type))
        return any(other.id != record.id and _name(other) == name for other in others)

    def _is_of(self, transaction: Transaction, customer: str) -> bool:
        return customer in (transaction.customer, *(one.customer for one in transaction.receivables))

    def _sold(self, item_id: str) -> bool:
        sales = (record for sale in ("invoice", "creditMemo", "cashSale", "cashRefund") for record in self.store.of_type(sale))
        return any(line["item"]["id"] == item_id for record in sales for line in record.fields["item"])

    def _period(self, new: Transaction, before: Transaction | None) -> None:
        if before is not None and (before.postings, before.day) == (new.postings, new.day):
            return
        if before is not None:
            self.period_closed(before)
        if not self.periods.is_open(new.day):
            raise user_error(f"VALID_PRD_REQD: No valid, open, posting period for date {new.day}.", "tranDate")

    def _currencies(self, new: Transaction) -> None:
        for customer in self._customers(new):
            if {"id": new.currency} not in [line.get("currency") for line in customer["currencyList"]]:
                raise invalid_value(new.currency, "currency", "currency")
        for posting in (one for one in new.postings if one.amount):
            account = self.chart.accounts[posting.account]
            if account.currency not in ("", posting.currency):
                symbol = self.chart.currencies[posting.currency].symbol
                raise user_error(f"TRANS_FORGN_CRNCY_MISMATCH: Account {account.id} {account.name} does not take {symbol}.", "account")

    def _customers(self, new: Transaction) -> list[Mapping[str, Any]]:
        ids = dict.fromkeys((new.customer, *(one.customer for one in new.receivables)))
        return [found.fields for one in ids if one and (found := self.store.get(ENTITY, one))]

    def _subsidiaries(self, new: Transaction) -> None:
        for customer in self._customers(new):
            if customer["subsidiary"]["id"] != new.subsidiary:
                raise user_error(f"Invalid subsidiary reference key {new.subsidiary} for entity {customer['entityId']}.", "subsidiary")
        for posting in new.postings:
            if not self.chart.accounts[posting.account].serves(new.subsidiary):
                raise user_error(f"Invalid account reference key {posting.account} for subsidiary {new.subsidiary}.", "account")

    def _accounts(self, new: Transaction) -> None:
        fits = ACCOUNTS.get(new.type)
        if fits is not None and not fits(self.chart.accounts[new.account].type):
            raise invalid_reference(new.account, "account", "account")
        for receivable in new.receivables:
            if not self._keeps_open_items(receivable.account, new):
                raise invalid_reference(receivable.account, "arAcct", "arAcct")
        receivables = sum(posting.amount for posting in new.postings if self._keeps_open_items(posting.account, new))
        if receivables != sum(one.owed for one in new.receivables):
            raise not_emulated("a posting to receivables that no document stands for")
        if not self._stands_for_what_it_posts(new):
            raise not_emulated("a posting to Undeposited Funds that neither waits there nor leaves it in a deposit")

    def _keeps_open_items(self, account: str, new: Transaction) -> bool:
        """Receivables; of a customer deposit the account that NetSuite keeps deposits on."""
        return account == self.chart.customer_deposits if new.type == CUSTOMER_DEPOSIT else self.chart.accounts[account].type == "AcctRec"

    def _stands_for_what_it_posts(self, new: Transaction) -> bool:
        funds: defaultdict[str, Decimal] = defaultdict(Decimal)
        for posting in new.postings:
            if posting.account == self.chart.undeposited_funds:
                funds[posting.currency] += posting.amount
        for waiting in new.waiting:
            funds[new.currency] -= waiting.amount
        for member in new.members:
            held = self.ledger.transaction(member.doc)
            leaves = held.waits(member.line)
            funds[held.currency] += leaves.amount if leaves else 0
        return not any(funds.values())

    def _unchanged_behind_links(self, new: Transaction, before: Transaction) -> None:
        def fixed(transaction: Transaction, line: int) -> tuple[object, ...]:
            found = transaction.receivable(line)
            who = (found.customer, found.account, found.side) if found else ()
            return (transaction.currency, transaction.subsidiary, *who)

        if any(fixed(new, line) != fixed(before, line) for line in self.ledger.settled_lines(new.id)):
            raise user_error(FIXED)
        if any((new.waits(line), new.currency) != (before.waits(line), before.currency) for line in self.ledger.deposited_lines(new.id)):
            raise user_error(DEPOSITED)

    def _application(self, new: Transaction, application: Application) -> None:
        """Opposite sides of the same receivable, never more than is due."""
        doc, own = self.ledger.transaction(application.doc), new.receivables[0]
        meant = doc.receivable(application.line)
        where = f"{application.path}.doc"
        takes_credit = new.type in ("customerRefund", "depositApplication")
        if meant is None or meant.owed * (-1 if takes_credit else 1) < 0:
            raise invalid_reference(application.doc, "doc", where)
        account = self.chart.customer_deposits if new.type == "depositApplication" else own.account
        if (meant.customer, doc.currency, meant.account, doc.subsidiary) != (own.customer, new.currency, account, new.subsidiary):
            raise invalid_reference(application.doc, "doc", where)
        if application.amount > self.ledger.open(doc.id, meant, besides=new.id)[0]:
            raise invalid_value(application.amount, "amount", f"{application.path}.amount")

    def _members(self, new: Transaction) -> None:
        taken = Counter((member.doc, member.line) for member in new.members)
        for member in new.members:
            elsewhere = self.ledger.deposit_of(member.doc, member.line) not in (None, new.id)
            if elsewhere or taken[member.doc, member.line] > 1:
                raise user_error(f"Invalid id reference key {member.doc}.", member.path)


def _name(record: StoredRecord) -> str:
    fields = record.fields
    person = " ".join(fields[part] for part in ("firstName", "lastName") if part in fields)
    return str(fields.get("itemId") or fields.get("companyName") or person).lower()
