"""A plan as it is read, named and gone through: every kind of command on the page, every kind of record with what it refers to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.external_ids import (
    balance_id,
    credit_memo_id,
    external_id,
    failed_id,
    out_of_band_id,
    reinstated_id,
    reversed_id,
    sale_id,
    uncollectible_id,
    void_id,
)
from core.metadata import undone_at
from core.plan import Amend, Ensure, Linked, Match, Plan, Require, Upsert, checksum, nothing, page, page_checksum, plan, record_checksum
from core.ports import MATCHED, Hit, may_match, one_batch
from core.records import (
    Address,
    Apply,
    ByExternalId,
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
    key,
)
from core.references import customer_of, documents, references, total
from core.writing import every_reference
from tests.given import at, usd

DAY = date(2026, 11, 2)
WHO = External(RecordType.CUSTOMER, "cus_1")
ADA = Customer(
    "cus_1", is_person=False, currency="usd", company_name="Ada", address_book=(Address("Billing", "1 Way", default_billing=True),)
)
ITEM = ServiceSaleItem("price_1", "Pro plan", "Pro plan", Internal("400"))
OFF = DiscountItem("SPRING", "Spring sale")
SOLD = (ItemLine(key(ITEM), usd("9.00")), ItemLine(Internal("55"), usd("1.00")))
BILL = Invoice("in_1", WHO, DAY, "usd", SOLD)
PAID = CustomerPayment(
    "ch_1", WHO, DAY, "usd", usd("9.00"), Internal("110"), apply=(Apply(key(BILL), usd("8.00")), Apply(Internal("77"), usd("1.00")))
)
MEMO = CreditMemo("cn_1", WHO, DAY, "usd", SOLD, apply=(Apply(key(BILL), usd("10.00")),))
DEPOSITED = CustomerDeposit("ch_2", WHO, DAY, "usd", usd("5.00"), Internal("110"))
BACK = CustomerRefund(
    "re_1", WHO, DAY, "usd", Internal("110"), apply=(Apply(key(MEMO), usd("3.00")),), deposit=(Apply(key(DEPOSITED), usd("2.00")),)
)
CASH = CashSale("ch_3", WHO, DAY, "usd", Internal("110"), SOLD)
CASH_BACK = CashRefund("re_3", WHO, DAY, "usd", Internal("110"), SOLD)
BANKED = Deposit(
    "po_1",
    Internal("101"),
    DAY,
    "usd",
    (DepositPayment(key(PAID), usd("9.00")),),
    (DepositLine(Internal("605"), usd("2.00"), "x"),),
    (DepositLine(Internal("600"), usd("1.00"), "fee"),),
)
ENTRY = JournalEntry("re_2-failed", DAY, "usd", (JournalLine(Internal("110"), debit=usd("4.00")), JournalLine(Internal("120"), credit=usd("4.00"), entity=WHO)))  # fmt: skip

NAMES: list[tuple[Record, list[str], list[str], str | None, External | None]] = [
    (ADA, [], [], None, None),
    (ITEM, [], [], None, None),
    (OFF, [], [], None, None),
    (BILL, [], ["customer cus_1", "serviceSaleItem price_1"], "10.00", WHO),
    (MEMO, ["invoice in_1"], ["invoice in_1", "customer cus_1", "serviceSaleItem price_1"], "10.00", WHO),
    (CASH, [], ["customer cus_1", "serviceSaleItem price_1"], "10.00", WHO),
    (CASH_BACK, [], ["customer cus_1", "serviceSaleItem price_1"], "10.00", WHO),
    (PAID, ["invoice in_1"], ["invoice in_1", "customer cus_1"], "9.00", WHO),
    (DEPOSITED, [], ["customer cus_1"], "5.00", WHO),
    (BACK, ["creditMemo cn_1", "customerDeposit ch_2"], ["creditMemo cn_1", "customerDeposit ch_2", "customer cus_1"], "5.00", WHO),
    (BANKED, ["customerPayment ch_1"], ["customerPayment ch_1"], "10.00", None),
    (ENTRY, [], ["customer cus_1"], "4.00", None),
]


@pytest.mark.parametrize(("record", "docs", "refs", "amount", "whose"), NAMES, ids=[str(row[0].type) for row in NAMES])
def test_what_a_record_refers_to_whose_it_is_and_what_it_comes_to(
    record: Record, docs: list[str], refs: list[str], amount: str | None, whose: External | None
) -> None:
    assert [str(ref) for ref in documents(record)] == docs
    assert [str(ref) for ref in references(record)] == refs
    assert total(record) == (usd(amount) if amount else None)
    assert customer_of(record) == ((whose, "usd") if whose else None)


LINK = Linked(key(ITEM), "42", "serviceResaleItem", "netsuite_service_resale_item_id", "price_1")
NAMED = "linked  serviceSaleItem price_1 is serviceResaleItem #42 (netsuite_service_resale_item_id of price_1)"
SHOWN = [
    (Require(key(PAID), "ch_1"), ["require customerPayment ch_1"]),
    (LINK, [NAMED]),
    (Ensure(OFF), ["ensure  discountItem SPRING", "  item_id          Spring sale", "  non_posting      yes"]),
    (
        Ensure(OFF, (Match("itemid", "x"), Match("email", "y"))),
        ["ensure  discountItem SPRING", "  item_id          Spring sale", "  non_posting      yes", "  or the one with  itemid = x", "  or the one with  email = y"],
    ),
    (
        Ensure(OFF, (Match("itemid", "x"),), LINK),
        ["ensure  discountItem SPRING", "  item_id          Spring sale", "  non_posting      yes", "  or the one with  itemid = x", f"  or else {NAMED}"],
    ),
    (
        Amend(Customer("cus_1", is_person=None, currency=None, email="a@b.example"), ADA),
        ["amend   customer cus_1", "  email            a@b.example"],
    ),
    (
        Upsert(DEPOSITED, replace(DEPOSITED, payment=usd("1.00"))),
        [
            "upsert  customerDeposit ch_2  5.00 USD",
            "  customer         customer cus_1",
            "  tran_date        2026-11-02",
            "  currency         usd",
            "  payment          5.00 USD",
            "  account          #110",
            "  or, where that is paid already:",
            "    customer         customer cus_1",
            "    tran_date        2026-11-02",
            "    currency         usd",
            "    payment          1.00 USD",
            "    account          #110",
        ],
    ),
    (
        Upsert(replace(DEPOSITED, memo="two\nlines", fields=(("custbody_n", Decimal("1.50")), ("custbody_d", DAY), ("custbody_b", True), ("custbody_o", False), ("class", ByExternalId("retail")), ("custbody_i", 7)))),
        [
            "upsert  customerDeposit ch_2  5.00 USD",
            "  customer         customer cus_1",
            "  tran_date        2026-11-02",
            "  currency         usd",
            "  payment          5.00 USD",
            "  account          #110",
            "  memo             'two\\nlines'",
            "  custbody_n       1.5",
            "  custbody_d       2026-11-02",
            "  custbody_b       yes",
            "  custbody_o       no",
            "  class            eid:retail",
            "  custbody_i       7",
        ],
    ),
    (
        Upsert(replace(BILL, item=(ItemLine(key(ITEM), usd("9.00"), "Pro", Decimal("3.00"), Decimal("3.00"), fields=(("class", Internal("5")),)),))),
        [
            "upsert  invoice in_1  9.00 USD",
            "  entity           customer cus_1",
            "  tran_date        2026-11-02",
            "  currency         usd",
            "  item             item serviceSaleItem price_1  amount 9.00 USD  description Pro  quantity 3  rate 3  class #5",
        ],
    ),
    (
        Ensure(ADA),
        [
            "ensure  customer cus_1",
            "  is_person        no",
            "  currency         usd",
            "  company_name     Ada",
            "  address_book     label Billing  addr1 1 Way  default_billing yes",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "lines"), SHOWN)
def test_each_command_as_an_accountant_reads_it(command: Ensure | Upsert | Amend | Linked | Require, lines: list[str]) -> None:
    assert page(Plan((command,), "Why.")).splitlines() == ["# Why.", *lines]


def test_a_plan_says_why_and_names_itself() -> None:
    with pytest.raises(ValueError, match="a plan says why"):
        Plan((), "")
    sale = plan("A sale.", Ensure(ADA), Upsert(PAID))
    assert checksum(sale) == page_checksum(page(sale))
    assert checksum(sale) != checksum(plan("A sale.", Ensure(ADA), Upsert(replace(PAID, memo="x"))))
    assert record_checksum(PAID) != record_checksum(replace(PAID, memo="x"))


def test_what_a_plan_cannot_show_it_does_not_hide() -> None:
    with pytest.raises(TypeError, match="a plan cannot show"):
        page(plan("Why.", Upsert(replace(DEPOSITED, fields=(("custbody_x", object()),)))))  # type: ignore[arg-type]


def test_a_command_that_stands_twice_is_kept_once_at_its_first_place() -> None:
    said = plan(
        "Why.",
        Ensure(ADA),
        Upsert(PAID),
        Ensure(replace(ADA, email="x")),
        Require(key(PAID), "a"),
        Require(key(PAID), "b"),
        Upsert(replace(PAID, memo="x")),
    )
    assert said.commands == (Ensure(ADA), Upsert(PAID), Require(key(PAID), "a"))
    assert plan("Why.", Ensure(ADA), Upsert(ADA)).commands == (Ensure(ADA), Upsert(ADA))
    assert said.writes == (Ensure(ADA), Upsert(PAID))


@pytest.mark.parametrize(
    ("command", "acts"), [(Ensure(ADA), True), (Upsert(PAID), True), (LINK, True), (SHOWN[5][0], True), (Require(key(PAID), "ch_1"), False)]
)
def test_a_plan_acts_when_it_says_what_netsuite_holds(command: Ensure | Upsert | Amend | Linked | Require, *, acts: bool) -> None:
    assert Plan((command,), "Why.").acts is acts
    assert nothing("Why.") == Plan((), "Why.")
    assert not nothing("Why.").acts


def test_every_record_that_a_plan_speaks_of_is_named_once() -> None:
    of = Plan((Ensure(ADA, (Match("email", "y"),)), Upsert(PAID), Upsert(MEMO), LINK, Require(key(BANKED), "po_1"), SHOWN[5][0]), "Why.")  # type: ignore[arg-type]
    assert [str(ref) for ref in every_reference(of)] == [
        "customer cus_1",
        "customer email = y",
        "customerPayment ch_1",
        "invoice in_1",
        "invoice #77",
        "creditMemo cn_1",
        "serviceSaleItem price_1",
        "deposit po_1",
    ]


IDS = [
    (external_id, "ch_1", "ch_1"),
    (external_id, "ch 1/ü", "ch-201-2f-c3-bc"),
    (credit_memo_id, "re_1", "re_1-memo"),
    (void_id, "in_1", "in_1-void"),
    (uncollectible_id, "in_1", "in_1-uncollectible"),
    (balance_id, "in_1", "in_1-balance"),
    (out_of_band_id, "in_1", "in_1-out-of-band"),
    (failed_id, "re_1", "re_1-failed"),
    (reversed_id, "cn_1", "cn_1-reversed"),
    (sale_id, "ch_1", "ch_1-invoice"),
    (reinstated_id, "dp_1", "dp_1-reinstated"),
]


@pytest.mark.parametrize(("name", "of", "external"), IDS)
def test_the_external_id_of_each_record_of_an_object(name: object, of: str, external: str) -> None:
    assert name(of) == external  # type: ignore[operator]


def test_when_an_operator_began_to_undo_an_object() -> None:
    assert (undone_at({"netsuite_undone_at": "2026-11-20T12:00:00+00:00"}), undone_at({})) == (at(20), None)


@pytest.mark.parametrize(
    ("record", "field", "may"),
    [
        (RecordType.CUSTOMER, "email", True),
        (RecordType.CUSTOMER, "tranid", False),
        (RecordType.CUSTOMER, "custentity_crm_id", True),
        (RecordType.CUSTOMER, "custentity_crm id", False),
        (RecordType.CUSTOMER, "custentity_crm; DROP", False),
        (RecordType.CUSTOMER, "custentity_größe", False),
        (RecordType.CUSTOMER, "custitem_sku", False),
        (RecordType.CUSTOMER, "shoesize", False),
        (RecordType.SERVICE_SALE_ITEM, "itemid", True),
        (RecordType.SERVICE_SALE_ITEM, "custitem_sku", True),
        (RecordType.INVOICE, "tranid", True),
        (RecordType.INVOICE, "custbody_x", False),
        (RecordType.DEPOSIT, "tranid", False),
    ],
)
def test_by_which_fields_records_may_be_found(record: RecordType, field: str, *, may: bool) -> None:
    assert may_match(record, field) is may


FOUND_BY = {
    "customer": "accountnumber altname companyname email entityid phone url",
    "serviceSaleItem": "displayname itemid upccode",
    "invoice": "tranid",
}


def test_what_records_are_found_by_in_netsuites_names() -> None:
    assert {str(record): " ".join(sorted(names)) for record, names in MATCHED.items()} == FOUND_BY
    assert [str(Hit("7", "x", "ACME")), str(Hit("7", "", ""))] == ["#7 ACME", "#7"]


def test_records_that_are_created_together_are_of_one_type_and_each_is_there_once() -> None:
    another = replace(ADA, external_id="cus_2")
    assert one_batch([ADA, another]) == [ADA, another]
    assert one_batch([ADA]) == [ADA]
    many: list[list[Record]] = [[ADA, OFF], [ADA, ADA], [ADA, replace(ADA, external_id="CUS_1")]]
    for wrong in many:
        with pytest.raises(ValueError, match="are of one type, and each is there once"):
            one_batch(wrong)
