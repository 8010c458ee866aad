"""One record of each type, as the rules make them, and the internal ids of what they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from adapters.netsuite.codec import Known
from core.money import Money
from core.records import (
    Address,
    Apply,
    CashRefund,
    CashSale,
    CreditMemo,
    Customer,
    CustomerDeposit,
    CustomerPayment,
    CustomerRefund,
    Deposit,
    DepositLine,
    DepositPayment,
    DiscountItem,
    External,
    Internal,
    Invoice,
    ItemLine,
    JournalEntry,
    JournalLine,
    Record,
    RecordType,
    ServiceSaleItem,
)

CUSTOMER = External(RecordType.CUSTOMER, "cus_1")
ITEM = External(RecordType.SERVICE_SALE_ITEM, "price_1")
COUPON = External(RecordType.DISCOUNT_ITEM, "SPRING")
INVOICE = External(RecordType.INVOICE, "in_1")
PAYMENT = External(RecordType.CUSTOMER_PAYMENT, "ch_1")
CREDIT = External(RecordType.CREDIT_MEMO, "re_1-memo")
REFUND = External(RecordType.CUSTOMER_REFUND, "re_1")
DEPOSITED = External(RecordType.CUSTOMER_DEPOSIT, "ch_3")
JOURNAL = External(RecordType.JOURNAL_ENTRY, "re_1-failed")

IDS: Mapping[External, str] = {
    CUSTOMER: "12",
    ITEM: "31",
    COUPON: "32",
    INVOICE: "647",
    PAYMENT: "648",
    CREDIT: "649",
    REFUND: "650",
    JOURNAL: "651",
    DEPOSITED: "652",
}

CHECKING, UNDEPOSITED, RECEIVABLE, SALES, FEES = (Internal(number) for number in ("101", "110", "120", "400", "600"))


def known(ids: Mapping[External, str]) -> Known:
    """What a body needs besides the record: these ids, one currency, and that line 2 of the journal is the one meant."""
    return Known(ids, lambda _: "1", {JOURNAL: 2})


KNOWN = known(IDS)


def usd(amount: str) -> Money:
    return Money.of(Decimal(amount), "usd")


ada = Customer(
    "cus_1",
    is_person=False,
    currency="usd",
    company_name="Ada Ltd",
    email="ada@example.com",
    comments="cus_1",
    subsidiary=Internal("1"),
    address_book=(Address("Billing", "1 Main St", "", "Springfield", "IL", "62701", "US", default_billing=True),),
)
person = Customer("cus_2", is_person=True, currency="eur", first_name="Ada", last_name="Lovelace", phone="+441234")
plan_item = ServiceSaleItem("price_1", "Pro plan price_1", "Pro plan", SALES, Internal("1"))
coupon = DiscountItem("SPRING", "Spring sale")
invoice = Invoice(
    "in_1",
    CUSTOMER,
    date(2026, 3, 1),
    "usd",
    (ItemLine(ITEM, usd("100.10"), "Pro plan", Decimal(2), Decimal("50.05")), ItemLine(COUPON, usd("-10.10"), "Spring sale")),
    due_date=date(2026, 3, 31),
    memo="Stripe: in_1",
    other_ref_num="A-0001",
    account=RECEIVABLE,
)
payment = CustomerPayment(
    "ch_1", CUSTOMER, date(2026, 3, 2), "usd", usd("95"), UNDEPOSITED, (Apply(INVOICE, usd("90")),), "Stripe: ch_1", RECEIVABLE
)
credit = CreditMemo("re_1-memo", CUSTOMER, date(2026, 3, 3), "usd", (ItemLine(ITEM, usd("20")),), memo="Stripe: re_1")
refund = CustomerRefund("re_1", CUSTOMER, date(2026, 3, 3), "usd", UNDEPOSITED, (Apply(CREDIT, usd("20")),), "Stripe: re_1")
cash_sale = CashSale("ch_2", CUSTOMER, date(2026, 3, 2), "usd", UNDEPOSITED, (ItemLine(ITEM, usd("29"), "T-shirt"),), "Stripe: ch_2")
cash_refund = CashRefund("re_2", CUSTOMER, date(2026, 3, 3), "usd", UNDEPOSITED, (ItemLine(ITEM, usd("9")),), "Stripe: re_2 of ch_2")
customer_deposit = CustomerDeposit("ch_3", CUSTOMER, date(2026, 3, 2), "usd", usd("50"), UNDEPOSITED, "Stripe: ch_3")
deposit_refund = CustomerRefund(
    "re_3", CUSTOMER, date(2026, 3, 3), "usd", UNDEPOSITED, memo="Stripe: re_3", deposit=(Apply(DEPOSITED, usd("20")),)
)
deposit = Deposit(
    "po_1",
    CHECKING,
    date(2026, 3, 5),
    "usd",
    (DepositPayment(PAYMENT, usd("95")), DepositPayment(REFUND, usd("-20"))),
    (DepositLine(Internal("490"), usd("1.50"), "Reinstated"),),
    (DepositLine(FEES, usd("3.05"), "Fees"),),
    "Stripe: po_1",
)
journal = JournalEntry(
    "re_1-failed",
    date(2026, 3, 4),
    "usd",
    (JournalLine(UNDEPOSITED, debit=usd("20"), memo="Came back"), JournalLine(RECEIVABLE, credit=usd("20"), entity=CUSTOMER)),
    "Stripe: re_1",
    Internal("1"),
)

EACH: tuple[Record, ...] = (
    *(ada, person, plan_item, coupon, invoice, payment, cash_sale, cash_refund, customer_deposit),
    *(credit, refund, deposit_refund, deposit, journal),
)
