"""The NetSuite records we write, in NetSuite's own field names (REST API Browser 2026.1, in snake_case: tran_date is tranDate).

Only what we own stands here: a field that is None is not sent and not compared, so what a user fills in is left alone.
Amounts are Money; a record's `currency` is the ISO code in lower case, which the adapter turns into NetSuite's reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from core.money import Money


class RecordType(StrEnum):
    """NetSuite's names, as the REST record service spells them."""

    CUSTOMER = "customer"
    SERVICE_SALE_ITEM = "serviceSaleItem"
    DISCOUNT_ITEM = "discountItem"
    INVOICE = "invoice"
    CUSTOMER_PAYMENT = "customerPayment"
    CASH_SALE = "cashSale"
    CASH_REFUND = "cashRefund"
    CUSTOMER_DEPOSIT = "customerDeposit"
    CREDIT_MEMO = "creditMemo"
    CUSTOMER_REFUND = "customerRefund"
    DEPOSIT = "deposit"
    JOURNAL_ENTRY = "journalEntry"


class RecordGroup(StrEnum):
    """Records that share one namespace of externalIds (Oracle help, section_N3436356)."""

    ENTITY = "entity"
    ITEM = "item"
    TRANSACTION = "transaction"


GROUPS = {
    RecordType.CUSTOMER: RecordGroup.ENTITY,
    RecordType.SERVICE_SALE_ITEM: RecordGroup.ITEM,
    RecordType.DISCOUNT_ITEM: RecordGroup.ITEM,
}
"""Of each type that is no transaction."""


@dataclass(frozen=True, slots=True)
class Internal:
    """A reference to what only the settings name: an account, a subsidiary. `id` is NetSuite's internal id."""

    id: str

    def __str__(self) -> str:
        return f"#{self.id}"


@dataclass(frozen=True, slots=True)
class External:
    """A reference to a record of ours, by its externalId."""

    type: RecordType
    external_id: str

    def __str__(self) -> str:
        return f"{self.type} {self.external_id}"

    @property
    def group(self) -> RecordGroup:
        """Within which no other record can have this externalId."""
        return GROUPS.get(self.type, RecordGroup.TRANSACTION)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A record by its type and NetSuite's internal id: one that we did not make, or that a person named."""

    type: RecordType
    id: str

    def __str__(self) -> str:
        return f"{self.type} #{self.id}"


@dataclass(frozen=True, slots=True)
class ByExternalId:
    """What a configured field refers to, by the externalId that the merchant gave it; of whichever type the field wants."""

    external_id: str

    def __str__(self) -> str:
        return f"eid:{self.external_id}"


FieldValue = str | bool | int | Decimal | date | Internal | ByExternalId
Field = tuple[str, FieldValue]
"""A field that the settings name, in NetSuite's own spelling: `custbody_channel`, `class`."""

Ref = External | Internal
"""A record by what names it: our externalId, or NetSuite's own id where a person linked it or the books told it."""


@dataclass(frozen=True, slots=True)
class Address:
    """One entry of a customer's address book; `country` is ISO 3166-1 alpha-2."""

    label: str
    addr1: str = ""
    addr2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    default_billing: bool = False
    default_shipping: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """A person when both names are known and wanted, else a company. One that only amends another leaves out what stays."""

    type: ClassVar = RecordType.CUSTOMER
    external_id: str
    is_person: bool | None
    currency: str | None
    company_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    comments: str | None = None
    entity_id: str | None = None
    subsidiary: Internal | None = None
    address_book: tuple[Address, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceSaleItem:
    """What an invoice line sells; credits `income_account`."""

    type: ClassVar = RecordType.SERVICE_SALE_ITEM
    external_id: str
    item_id: str
    display_name: str
    income_account: Internal
    subsidiary: Internal | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscountItem:
    """A coupon. Non-posting: the discount lowers the income of what it discounts."""

    type: ClassVar = RecordType.DISCOUNT_ITEM
    external_id: str
    item_id: str
    non_posting: bool = True
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One line of an invoice or credit memo. `amount` decides; `quantity` and `rate` (major units) explain it."""

    item: Ref
    amount: Money
    description: str = ""
    quantity: Decimal | None = None
    rate: Decimal | None = None
    tax_details_reference: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxDetail:
    """SuiteTax: one tax of the line that bears the same reference, as Stripe reckoned it."""

    tax_details_reference: str
    tax_code: Internal
    tax_basis: Money
    tax_rate: Decimal
    tax_amount: Money
    tax_type: str | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """So much of a payment, credit memo or refund settles `doc`."""

    doc: Ref
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """Dr A/R, Cr the income account of each line's item, and the tax of each detail where NetSuite keeps it."""

    type: ClassVar = RecordType.INVOICE
    external_id: str
    entity: Ref
    tran_date: date
    currency: str
    item: tuple[ItemLine, ...]
    due_date: date | None = None
    memo: str = ""
    other_ref_num: str | None = None
    account: Internal | None = None
    tax_details: tuple[TaxDetail, ...] = ()
    tax_details_override: bool | None = None
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        return Money.total((*(line.amount for line in self.item), *(tax.tax_amount for tax in self.tax_details)), self.currency)


@dataclass(frozen=True, slots=True)
class CustomerPayment:
    """Dr `account` (Undeposited Funds), Cr A/R. What `apply` does not use stays unapplied."""

    type: ClassVar = RecordType.CUSTOMER_PAYMENT
    external_id: str
    customer: Ref
    tran_date: date
    currency: str
    payment: Money
    account: Internal
    apply: tuple[Apply, ...] = ()
    memo: str = ""
    ar_acct: Internal | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cash:
    external_id: str
    entity: Ref
    tran_date: date
    currency: str
    account: Internal
    item: tuple[ItemLine, ...]
    memo: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        return Money.total((line.amount for line in self.item), self.currency)


class CashSale(_Cash):
    """A sale and its payment in one: Dr `account` (Undeposited Funds), Cr the income account of each line's item. No A/R."""

    __slots__ = ()
    type: ClassVar = RecordType.CASH_SALE


class CashRefund(_Cash):
    """Money back of a cash sale: Dr the income account of each line's item, Cr `account` (Undeposited Funds)."""

    __slots__ = ()
    type: ClassVar = RecordType.CASH_REFUND


@dataclass(frozen=True, slots=True)
class CustomerDeposit:
    """Money of a customer for what is not billed yet: Dr `account` (Undeposited Funds), Cr NetSuite's own Customer Deposits account."""

    type: ClassVar = RecordType.CUSTOMER_DEPOSIT
    external_id: str
    customer: Ref
    tran_date: date
    currency: str
    payment: Money
    account: Internal
    memo: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditMemo:
    """Dr the income account of each line's item, and the tax of each detail, Cr A/R."""

    type: ClassVar = RecordType.CREDIT_MEMO
    external_id: str
    entity: Ref
    tran_date: date
    currency: str
    item: tuple[ItemLine, ...]
    apply: tuple[Apply, ...] = ()
    memo: str = ""
    account: Internal | None = None
    tax_details: tuple[TaxDetail, ...] = ()
    tax_details_override: bool | None = None
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        return Money.total((*(line.amount for line in self.item), *(tax.tax_amount for tax in self.tax_details)), self.currency)


@dataclass(frozen=True, slots=True)
class CustomerRefund:
    """Dr A/R, Cr `account` (Undeposited Funds): what was paid or credited goes back. The total is what `apply` and `deposit` add up to.

    `deposit`: customer deposits that are given back. NetSuite takes them when the refund is made and never after, and shows each as a
    deposit application among what the refund applies to."""

    type: ClassVar = RecordType.CUSTOMER_REFUND
    external_id: str
    customer: Ref
    tran_date: date
    currency: str
    account: Internal
    apply: tuple[Apply, ...] = ()
    memo: str = ""
    ar_acct: Internal | None = None
    deposit: tuple[Apply, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        return Money.total((line.amount for line in (*self.apply, *self.deposit)), self.currency)


@dataclass(frozen=True, slots=True)
class DepositPayment:
    """A payment or refund that waits in Undeposited Funds and leaves it with this deposit. `amount` is signed: a refund is negative.

    `converted`: the document is in another currency than the deposit, and `amount` is what Stripe converted it to."""

    doc: External
    amount: Money
    converted: bool = False


@dataclass(frozen=True, slots=True)
class DepositLine:
    """Money in or out of a deposit by account. `amount` is positive in `other` (adds) and in `cashback` (takes away)."""

    account: Internal
    amount: Money
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Dr bank `account` with the net and each cash back account; Cr Undeposited Funds per payment and each other account."""

    type: ClassVar = RecordType.DEPOSIT
    external_id: str
    account: Internal
    tran_date: date
    currency: str
    payment: tuple[DepositPayment, ...] = ()
    other: tuple[DepositLine, ...] = ()
    cashback: tuple[DepositLine, ...] = ()
    memo: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        payments = Money.total((line.amount for line in self.payment), self.currency)
        others = Money.total((line.amount for line in self.other), self.currency)
        return payments + others - Money.total((line.amount for line in self.cashback), self.currency)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of an entry: a debit or a credit, positive. `entity` puts it on a customer's account, as a line of A/R needs."""

    account: Internal
    debit: Money | None = None
    credit: Money | None = None
    entity: Ref | None = None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Debits and credits that no other record fits: reversals, payouts that NetSuite takes no Deposit for."""

    type: ClassVar = RecordType.JOURNAL_ENTRY
    external_id: str
    tran_date: date
    currency: str
    line: tuple[JournalLine, ...]
    memo: str = ""
    subsidiary: Internal | None = None
    fields: tuple[Field, ...] = ()

    @property
    def total(self) -> Money:
        """What its debits add up to; its credits add up to the same, or NetSuite refuses it."""
        return Money.total((line.debit for line in self.line if line.debit), self.currency)


Record = (
    Customer
    | ServiceSaleItem
    | DiscountItem
    | Invoice
    | CustomerPayment
    | CashSale
    | CashRefund
    | CustomerDeposit
    | CreditMemo
    | CustomerRefund
    | Deposit
    | JournalEntry
)


def key(record: Record) -> External:
    """The record's own identity."""
    return External(record.type, record.external_id)
