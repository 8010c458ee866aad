"""The bytes that NetSuite gets, one record type after another; and how what it holds is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.netsuite.codec import creation, desired, dumps, loads, replacement
from adapters.netsuite.comparison import differences
from adapters.netsuite.fields import SUBLISTS
from core.money import CurrencyMismatch, Money
from core.ports import Difference
from core.records import Address, Apply, Customer, DepositPayment, Internal, Invoice, ItemLine, Record, RecordType, key
from tests.adapters.netsuite_records import (
    CUSTOMER,
    EACH,
    IDS,
    INVOICE,
    ITEM,
    JOURNAL,
    KNOWN,
    ada,
    cash_refund,
    cash_sale,
    coupon,
    credit,
    customer_deposit,
    deposit,
    deposit_refund,
    invoice,
    journal,
    known,
    payment,
    person,
    plan_item,
    refund,
    usd,
)

BODIES = [
    pytest.param(
        ada,
        b'{"externalId":"cus_1","isPerson":false,"currency":{"id":"1"},"companyName":"Ada Ltd","email":"ada@example.com","comments":"cus_1",'
        b'"subsidiary":{"id":"1"},"addressBook":{"items":[{"label":"Billing","defaultBilling":true,"defaultShipping":false,'
        b'"addressBookAddress":{"addr1":"1 Main St","city":"Springfield","state":"IL","zip":"62701","country":{"id":"US"}}}]}}',
        id="a company has its address book",
    ),
    pytest.param(
        person,
        b'{"externalId":"cus_2","isPerson":true,"currency":{"id":"1"},"firstName":"Ada","lastName":"Lovelace","phone":"+441234"}',
        id="a person has two names and no company",
    ),
    pytest.param(
        plan_item,
        b'{"externalId":"price_1","itemId":"Pro plan price_1","displayName":"Pro plan","incomeAccount":{"id":"400"},'
        b'"subsidiary":{"items":[{"id":"1"}]}}',
        id="an item has its subsidiaries as a collection",
    ),
    pytest.param(coupon, b'{"externalId":"SPRING","itemId":"Spring sale","nonPosting":true}', id="a coupon does not post"),
    pytest.param(
        invoice,
        b'{"externalId":"in_1","entity":{"id":"12"},"tranDate":"2026-03-01","currency":{"id":"1"},"item":{"items":['
        b'{"item":{"id":"31"},"amount":100.10,"description":"Pro plan","quantity":2,"rate":50.05,"price":{"id":"-1"}},'
        b'{"item":{"id":"32"},"amount":-10.10,"description":"Spring sale"}]},'
        b'"dueDate":"2026-03-31","memo":"Stripe: in_1","otherRefNum":"A-0001","account":{"id":"120"}}',
        id="an invoice line with a rate takes the custom price level",
    ),
    pytest.param(
        payment,
        b'{"externalId":"ch_1","customer":{"id":"12"},"tranDate":"2026-03-02","currency":{"id":"1"},"payment":95.00,"account":{"id":"110"},'
        b'"apply":{"items":[{"doc":{"id":"647"},"apply":true,"amount":90.00}]},"memo":"Stripe: ch_1","arAcct":{"id":"120"},"autoApply":false}',
        id="a payment applies what it says and nothing by itself",
    ),
    pytest.param(
        credit,
        b'{"externalId":"re_1-memo","entity":{"id":"12"},"tranDate":"2026-03-03","currency":{"id":"1"},'
        b'"item":{"items":[{"item":{"id":"31"},"amount":20.00}]},"memo":"Stripe: re_1","autoApply":false}',
        id="a credit memo that applies to nothing has no apply lines",
    ),
    pytest.param(
        refund,
        b'{"externalId":"re_1","customer":{"id":"12"},"tranDate":"2026-03-03","currency":{"id":"1"},"account":{"id":"110"},'
        b'"apply":{"items":[{"doc":{"id":"649"},"apply":true,"amount":20.00}]},"memo":"Stripe: re_1"}',
        id="a refund has no total of its own",
    ),
    pytest.param(
        cash_sale,
        b'{"externalId":"ch_2","entity":{"id":"12"},"tranDate":"2026-03-02","currency":{"id":"1"},"account":{"id":"110"},'
        b'"item":{"items":[{"item":{"id":"31"},"amount":29.00,"description":"T-shirt"}]},"memo":"Stripe: ch_2"}',
        id="a cash sale is sold and paid at once",
    ),
    pytest.param(
        cash_refund,
        b'{"externalId":"re_2","entity":{"id":"12"},"tranDate":"2026-03-03","currency":{"id":"1"},"account":{"id":"110"},'
        b'"item":{"items":[{"item":{"id":"31"},"amount":9.00}]},"memo":"Stripe: re_2 of ch_2"}',
        id="a cash refund sells back",
    ),
    pytest.param(
        customer_deposit,
        b'{"externalId":"ch_3","customer":{"id":"12"},"tranDate":"2026-03-02","currency":{"id":"1"},"payment":50.00,"account":{"id":"110"},'
        b'"memo":"Stripe: ch_3"}',
        id="a customer deposit is applied to nothing",
    ),
    pytest.param(
        deposit_refund,
        b'{"externalId":"re_3","customer":{"id":"12"},"tranDate":"2026-03-03","currency":{"id":"1"},"account":{"id":"110"},'
        b'"memo":"Stripe: re_3","deposit":{"items":[{"doc":{"id":"652"},"apply":true,"amount":20.00}]}}',
        id="a refund gives a customer deposit back",
    ),
    pytest.param(
        deposit,
        b'{"externalId":"po_1","account":{"id":"101"},"tranDate":"2026-03-05","currency":{"id":"1"},'
        b'"payment":{"items":[{"id":648,"deposit":true},{"id":650,"deposit":true}]},'
        b'"other":{"items":[{"account":{"id":"490"},"amount":1.50,"memo":"Reinstated"}]},'
        b'"cashback":{"items":[{"account":{"id":"600"},"amount":3.05,"memo":"Fees"}]},"memo":"Stripe: po_1"}',
        id="a deposit names its payments by number",
    ),
    pytest.param(
        journal,
        b'{"externalId":"re_1-failed","tranDate":"2026-03-04","currency":{"id":"1"},"line":{"items":['
        b'{"account":{"id":"110"},"debit":20.00,"memo":"Came back"},'
        b'{"account":{"id":"120"},"credit":20.00,"entity":{"id":"12"}}]},"memo":"Stripe: re_1","subsidiary":{"id":"1"}}',
        id="a journal entry debits or credits by line",
    ),
    pytest.param(
        replace(refund, apply=(Apply(JOURNAL, usd("20")),)),
        b'{"externalId":"re_1","customer":{"id":"12"},"tranDate":"2026-03-03","currency":{"id":"1"},"account":{"id":"110"},'
        b'"apply":{"items":[{"doc":{"id":"651"},"line":2,"apply":true,"amount":20.00}]},"memo":"Stripe: re_1"}',
        id="a journal is applied by its line",
    ),
    pytest.param(
        replace(deposit, payment=(DepositPayment(JOURNAL, usd("20")),), other=(), cashback=()),
        b'{"externalId":"po_1","account":{"id":"101"},"tranDate":"2026-03-05","currency":{"id":"1"},'
        b'"payment":{"items":[{"id":651,"lineId":2,"deposit":true}]},"memo":"Stripe: po_1"}',
        id="a journal is deposited by its line",
    ),
]


@pytest.mark.parametrize(("record", "body"), BODIES)
def test_a_record_is_created_with(record: Record, body: bytes) -> None:
    assert dumps(creation(record, KNOWN)) == body


def test_every_record_type_has_its_row_and_its_body() -> None:
    assert set(SUBLISTS) == set(RecordType) == {record.type for record in EACH}


@pytest.mark.parametrize(
    ("record", "sublists"),
    [
        pytest.param(ada, ["addressBook"], id="a customer's address book"),
        pytest.param(person, [], id="an empty address book leaves NetSuite's alone"),
        pytest.param(coupon, [], id="an item without sublists"),
        pytest.param(credit, ["item", "apply"], id="apply lines that are there no more"),
        pytest.param(deposit, ["payment", "other", "cashback"], id="all three of a deposit"),
        pytest.param(refund, ["apply"], id="what a refund applies to"),
        pytest.param(deposit_refund, [], id="the deposit that was given back stays as NetSuite shows it"),
    ],
)
def test_bringing_into_line_replaces(record: Record, sublists: Sequence[str]) -> None:
    body, replaced = replacement(record, KNOWN)
    assert (list(replaced), "externalId" in body) == (sublists, False)
    assert all("items" in body[name] for name in replaced)


def test_a_customer_or_item_of_unknown_internal_id_stands_by_its_external_id() -> None:
    body = creation(invoice, known({}))
    assert (body["entity"], body["item"]["items"][0]["item"]) == ({"externalId": "cus_1"}, {"externalId": "price_1"})


@pytest.mark.parametrize("record", [payment, refund, deposit], ids=lambda record: record.type)
def test_a_document_of_unknown_internal_id_is_never_sent(record: Record) -> None:
    with pytest.raises(KeyError, match="needs the internal id of"):
        creation(record, known({}))


def test_an_amount_of_another_currency_is_never_sent() -> None:
    with pytest.raises(CurrencyMismatch):
        creation(replace(payment, payment=Money(9_500, "eur")), KNOWN)


def test_text_goes_out_on_one_line() -> None:
    body = creation(replace(invoice, memo="Stripe: in_1\r\n  two \n"), KNOWN)
    assert body["memo"] == "Stripe: in_1 two"


def test_an_address_without_a_country_has_none() -> None:
    body = creation(replace(ada, address_book=(Address("", "1 Main St"),)), KNOWN)
    (line,) = body["addressBook"]["items"]
    assert line == {"defaultBilling": False, "defaultShipping": False, "addressBookAddress": {"addr1": "1 Main St"}}


@given(minor=st.integers(-(10**18), 10**18), currency=st.sampled_from(["usd", "jpy", "kwd"]))
def test_an_amount_goes_out_and_comes_back_to_the_last_digit(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    body = dumps(creation(replace(payment, currency=currency, payment=money, apply=()), KNOWN))
    assert Money.of(Decimal(loads(body)["payment"]), currency) == money


def held(record: Record, **changed: Any) -> dict[str, Any]:
    """The record as GET shows it: our fields as they travel, names and links around them, and fields of others."""
    shown: dict[str, Any] = loads(dumps(desired(record, KNOWN)))
    for name in ("entity", "customer", "currency", "account"):
        if name in shown:
            shown[name] = {"links": [], "refName": "a name", **shown[name]}
    return {"links": [], "id": "651", "externalId": record.external_id, "customForm": {"id": "7"}, **shown, **changed}


def compared(record: Record, shown: dict[str, Any]) -> Sequence[Difference]:
    return tuple(differences(record.type, desired(record, KNOWN), shown))


@dataclass(frozen=True, slots=True)
class Trader(Customer):
    """A customer who is billed in several currencies."""

    currency_list: tuple[str, ...] = ()


def configured() -> Invoice:
    line = ItemLine(ITEM, usd("1"), fields=(("custcol_service_start", date(2026, 3, 1)), ("class", Internal("4"))))
    named = (("department", Internal("5")), ("custbody_channel", "web"), ("custbody_count", 3))
    return Invoice("in_2", CUSTOMER, date(2026, 3, 1), "usd", (line,), fields=named)


def test_fields_that_the_settings_name_go_out_as_plain_properties() -> None:
    body = creation(configured(), KNOWN)
    assert {name: body[name] for name in ("department", "custbody_channel", "custbody_count")} == {
        "department": {"id": "5"},
        "custbody_channel": "web",
        "custbody_count": 3,
    }
    assert body["item"]["items"] == [
        {"item": {"id": "31"}, "amount": Decimal("1.00"), "custcol_service_start": "2026-03-01", "class": {"id": "4"}}
    ]
    assert "fields" not in body


def test_fields_that_the_settings_name_are_compared() -> None:
    record = configured()
    assert compared(record, held(record)) == ()
    changed = held(record, department={"id": "6", "refName": "Sales"}, custbody_channel="shop")
    assert [difference.field for difference in compared(record, changed)] == ["department", "custbody_channel"]


def test_a_customers_currencies_are_added_and_never_taken_away() -> None:
    trader = Trader("cus_4", is_person=False, currency="usd", company_name="Ada", currency_list=("usd",))
    body, replaced = replacement(trader, KNOWN)
    assert (body["currencyList"], replaced) == ({"items": [{"currency": {"id": "1"}}]}, [])
    shown = {"currency": {"id": "2", "refName": "GBP"}}
    assert compared(trader, held(trader, currencyList=lines(shown, {"currency": {"id": "1", "refName": "USD"}}))) == ()
    found = compared(trader, held(trader, currencyList=lines(shown)))
    assert [difference.field for difference in found] == ["currencyList"]


def test_a_deposit_says_what_a_member_of_another_currency_is_worth_in_its_own() -> None:
    first, second = deposit.payment
    body = creation(replace(deposit, payment=(replace(first, converted=True), second)), KNOWN)
    assert body["payment"]["items"] == [{"id": 648, "deposit": True, "paymentAmount": Decimal("95.00")}, {"id": 650, "deposit": True}]


@pytest.mark.parametrize("record", EACH, ids=lambda record: str(key(record)))
def test_what_netsuite_shows_of_our_own_record_is_no_difference(record: Record) -> None:
    assert compared(record, held(record)) == ()


def lines(*given: dict[str, Any]) -> dict[str, Any]:
    return {"count": len(given), "hasMore": False, "items": list(given)}


LINE_1, LINE_2 = desired(invoice, KNOWN)["item"]["items"]
APPLIED = {"doc": {"id": "647"}, "apply": True, "amount": 90}


@pytest.mark.parametrize(
    ("record", "changed", "found"),
    [
        pytest.param(invoice, {"memo": "by hand"}, [Difference("memo", "by hand", "Stripe: in_1")], id="a text"),
        pytest.param(invoice, {"entity": {"id": "13", "refName": "Bob"}}, [Difference("entity", "13", "12")], id="a reference"),
        pytest.param(invoice, {"tranDate": "2026-03-02"}, [Difference("tranDate", "2026-03-02", "2026-03-01")], id="a date"),
        pytest.param(invoice, {"dueDate": None}, [Difference("dueDate", "", "2026-03-31")], id="a field that is empty"),
        pytest.param(payment, {"payment": Decimal("95.01")}, [Difference("payment", "95.01", "95.00")], id="an amount"),
        pytest.param(payment, {"payment": 95}, [], id="an amount printed without its zeros is the same"),
        pytest.param(payment, {"autoApply": True}, [], id="a direction is no state"),
        pytest.param(coupon, {"nonPosting": False}, [Difference("nonPosting", "false", "true")], id="a flag"),
        pytest.param(plan_item, {"subsidiary": lines({"id": "2"}, {"id": "1"})}, [], id="a subsidiary that a user added"),
        pytest.param(plan_item, {"subsidiary": lines({"id": "2"})}, [Difference("subsidiary", "2", "1")], id="a subsidiary that lacks"),
        pytest.param(
            invoice,
            {"item": lines({**LINE_1, "amount": Decimal(100)}, LINE_2)},
            [Difference("item[0].amount", "100", "100.10")],
            id="a line's amount",
        ),
        pytest.param(
            invoice,
            {"item": lines({**LINE_1, "item": {"id": "32"}}, {**LINE_2, "item": {"id": "31"}})},
            [Difference("item[0].item", "32", "31"), Difference("item[1].item", "31", "32")],
            id="the order of item lines counts: a discount lowers what stands before it",
        ),
        pytest.param(
            invoice,
            {"item": lines(LINE_1)},
            [Difference("item[1]", "", "item 32, amount -10.10, description Spring sale")],
            id="a line that lacks",
        ),
        pytest.param(
            credit,
            {"item": lines({"item": {"id": "31"}, "amount": 20}, {"item": {"id": "32"}, "amount": 5, "links": []})},
            [Difference("item[1]", "item 32, amount 5", "")],
            id="a line too many",
        ),
        pytest.param(
            payment,
            {"apply": lines({"doc": {"id": "700"}, "apply": False, "due": 5}, {**APPLIED, "due": 90, "line": 0})},
            [],
            id="an invoice on offer is not applied",
        ),
        pytest.param(
            payment,
            {"apply": lines(APPLIED, {"doc": {"id": "700"}, "apply": True, "amount": 5})},
            [Difference("apply[1]", "doc 700, apply true, amount 5", "")],
            id="an invoice applied by hand",
        ),
        pytest.param(
            deposit,
            {"payment": lines({"id": 650, "deposit": True}, {"id": 700, "deposit": False}, {"id": 648, "deposit": True})},
            [],
            id="the order of a deposit's payments does not count",
        ),
        pytest.param(
            deposit,
            {"payment": lines({"id": 648, "deposit": True})},
            [Difference("payment[1]", "", "id 650, deposit true")],
            id="a payment that is not in the deposit",
        ),
        pytest.param(
            ada,
            {"addressBook": lines({**desired(ada, KNOWN)["addressBook"]["items"][0], "addressBookAddress": {"country": {"id": "DE"}}})},
            [
                Difference("addressBook[0].addressBookAddress.addr1", "", "1 Main St"),
                Difference("addressBook[0].addressBookAddress.city", "", "Springfield"),
                Difference("addressBook[0].addressBookAddress.state", "", "IL"),
                Difference("addressBook[0].addressBookAddress.zip", "", "62701"),
                Difference("addressBook[0].addressBookAddress.country", "DE", "US"),
            ],
            id="an address",
        ),
    ],
)
def test_a_difference_is_told_in_netsuites_field_names(record: Record, changed: dict[str, Any], found: list[Difference]) -> None:
    assert list(compared(record, held(record, **changed))) == found


def test_a_reference_that_is_not_in_netsuite_yet_is_a_difference() -> None:
    ids = {ref: number for ref, number in IDS.items() if ref not in (INVOICE, ITEM)}
    found = list(differences(payment.type, desired(payment, known(ids)), held(payment)))
    assert [(one.field, one.wants) for one in found] == [("apply[0]", "doc externalId in_1, apply true, amount 90.00"), ("apply[1]", "")]
    found = list(differences(invoice.type, desired(invoice, known(ids)), held(invoice)))
    assert found == [Difference("item[0].item", "31", "externalId price_1")]


def test_two_applications_to_one_document_are_two_lines() -> None:
    twice = replace(payment, apply=(Apply(INVOICE, usd("40")), Apply(INVOICE, usd("50"))))
    shown = held(twice, apply=lines({**APPLIED, "amount": 40}, {**APPLIED, "amount": 50}))
    assert compared(twice, shown) == ()
    assert compared(twice, held(payment)) == (
        Difference("apply[0].amount", "90.00", "40.00"),
        Difference("apply[1]", "", "doc 647, apply true, amount 50.00"),
    )
