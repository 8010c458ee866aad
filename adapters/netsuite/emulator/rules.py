"""What NetSuite does not allow: applying more than is due, depositing twice, closed periods, edits and deletions behind links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.netsuite.emulator.account import Chart, Periods
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, not_emulated, user_error
from adapters.netsuite.emulator.fields import ENTITY, ITEM
from adapters.netsuite.emulator.ledger import Application, Ledger, Transaction
from adapters.netsuite.emulator.store import Store, StoredRecord

LINKED = "This transaction cannot be deleted because it is linked to by one or more transactions."
DEPENDENT = "This record cannot be deleted because it has dependent records."
OVER_APPLIED = "Amount applied greater than total payments and credits."


@dataclass(frozen=True, slots=True)
class Rules:
    """Each check raises Refused; together they keep the books true."""

    chart: Chart
    store: Store
    ledger: Ledger
    periods: Periods

    def check(self, new: Transaction, before: Transaction | None) -> None:
        """Whether the transaction may be saved, in place of `before` when that is given."""
        self._period(new, before)
        self._currencies(new)
        self._accounts(new)
        if before is not None and self.ledger.is_linked(before.id):
            self._unchanged_behind_links(new, before)
        for application in new.applications:
            self._application(new, application)
        if self.ledger.remaining(new) < 0:
            raise user_error(OVER_APPLIED)
        for member in new.members:
            if self.ledger.deposit_of(member.doc) not in (None, new.id):
                raise user_error(f"Invalid id reference key {member.doc}.", member.path)

    def may_delete(self, record: StoredRecord) -> None:
        transaction = self.ledger.find(record.id) if record.group not in (ENTITY, ITEM) else None
        if transaction is not None:
            if self.ledger.is_linked(record.id):
                raise user_error(LINKED)
            self._period_closed(transaction)
        elif (record.group == ENTITY and any(other.customer == record.id for other in self.ledger.all())) or (
            record.group == ITEM and self._sold(record.id)
        ):
            raise user_error(DEPENDENT)

    def unique_name(self, record: StoredRecord) -> None:
        """No two items have the same name."""
        name = record.fields["itemId"].lower()
        for item_type in ("serviceSaleItem", "discountItem"):
            for other in self.store.of_type(item_type):
                if other.id != record.id and other.fields["itemId"].lower() == name:
                    raise user_error(f"DUP_ITEM: The item name {record.fields['itemId']} is in use.", "itemId")

    def _sold(self, item_id: str) -> bool:
        sales = (record for sale in ("invoice", "creditMemo") for record in self.store.of_type(sale))
        return any(line["item"]["id"] == item_id for record in sales for line in record.fields["item"])

    def _period(self, new: Transaction, before: Transaction | None) -> None:
        if before is not None and (before.postings, before.day) == (new.postings, new.day):
            return
        if before is not None:
            self._period_closed(before)
        if not self.periods.is_open(new.day):
            raise user_error(f"VALID_PRD_REQD: No valid, open, posting period for date {new.day}.", "tranDate")

    def _period_closed(self, before: Transaction) -> None:
        if not self.periods.is_open(before.day):
            raise user_error(
                "TRAN_PERIOD_CLOSED: The transaction's G/L impact cannot change, because its posting period is closed.", "tranDate"
            )

    def _currencies(self, new: Transaction) -> None:
        customer = self.store.get(ENTITY, new.customer) if new.customer else None
        if customer is not None and {"id": new.currency} not in [line.get("currency") for line in customer.fields["currencyList"]]:
            raise invalid_value(new.currency, "currency", "currency")
        for posting in new.postings:
            account = self.chart.accounts[posting.account]
            if account.currency not in ("", posting.currency):
                symbol = self.chart.currencies[posting.currency].symbol
                raise user_error(f"TRANS_FORGN_CRNCY_MISMATCH: Account {account.id} {account.name} does not take {symbol}.", "account")

    def _accounts(self, new: Transaction) -> None:
        types: dict[str, tuple[str, str, Callable[[str], bool]]] = {
            "invoice": ("account", new.account, lambda kind: kind == "AcctRec"),
            "creditMemo": ("account", new.account, lambda kind: kind == "AcctRec"),
            "customerPayment": ("account", new.account, lambda kind: kind != "AcctRec"),
            "customerRefund": ("account", new.account, lambda kind: kind != "AcctRec"),
            "deposit": ("account", new.account, lambda kind: kind == "Bank"),
        }
        if new.type in types:
            field, account, fits = types[new.type]
            if not fits(self.chart.accounts[account].type):
                raise invalid_reference(account, field, field)
        receivables = sum(posting.amount for posting in new.postings if self.chart.accounts[posting.account].type == "AcctRec")
        if receivables != new.owed:
            raise not_emulated("a posting to receivables that no document stands for")
        if new.receivable and self.chart.accounts[new.receivable].type != "AcctRec":
            raise invalid_reference(new.receivable, "arAcct", "arAcct")

    def _unchanged_behind_links(self, new: Transaction, before: Transaction) -> None:
        def same(transaction: Transaction) -> tuple[object, ...]:
            return (transaction.customer, transaction.currency, transaction.receivable, transaction.owed > 0)

        if same(new) != same(before):
            raise user_error("The customer, currency and A/R account of a transaction cannot change while others are applied to it.")
        if self.ledger.deposit_of(new.id) and (new.total, new.account) != (before.total, before.account):
            raise user_error("The amount and account of a deposited transaction cannot change.")

    def _application(self, new: Transaction, application: Application) -> None:
        """Opposite sides of the same receivable, never more than is due."""
        doc = self.ledger.find(application.doc)
        where = f"{application.path}.doc"
        if doc is None or doc.id == new.id or doc.owed * (-1 if new.type == "customerRefund" else 1) < 0 or doc.type == "deposit":
            raise invalid_reference(application.doc, "doc", where)
        if (doc.customer, doc.currency, doc.receivable) != (new.customer, new.currency, new.receivable):
            raise invalid_reference(application.doc, "doc", where)
        together = sum(line.amount for line in new.applications if line.doc == doc.id)
        if application.amount < 0 or together > self.ledger.remaining(doc, besides=new.id):
            raise invalid_value(application.amount, "amount", f"{application.path}.amount")
