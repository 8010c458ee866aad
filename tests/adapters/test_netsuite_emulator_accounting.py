"""The emulated NetSuite keeps double-entry books, and refuses what would make them untrue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from adapters.netsuite.emulator import SANDBOX_CHART
from tests.adapters.netsuite_account import (
    EUR,
    JPY,
    KWD,
    Api,
    applied,
    by_account,
    customer,
    deposit,
    eid,
    entry,
    invoice,
    items,
    payment,
    ref,
    refund,
    service,
    trading,
)

CASH, RECEIVABLE, SALES = ("Undeposited Funds", "USD"), ("Accounts Receivable", "USD"), ("Sales", "USD")
BANK, FEES = ("Checking USD", "USD"), ("Payment Processing Fees", "USD")


def amounts(**named: Any) -> dict[str, Decimal]:
    return {name: Decimal(str(amount)) for name, amount in named.items()}


def test_an_invoice_debits_receivables_and_credits_the_income_of_each_line() -> None:
    api = trading()
    api.post("serviceSaleItem", service("tax", "210"))
    lines = items({"item": eid("price_1"), "amount": 100}, {"item": eid("tax"), "quantity": 3, "rate": 2.5})
    api.post("invoice", invoice() | {"item": lines})
    assert api.balance() == {RECEIVABLE: Decimal("107.50"), SALES: Decimal(-100), ("Sales Tax Payable", "USD"): Decimal("-7.50")}


def test_a_given_amount_decides_over_quantity_times_rate() -> None:
    api = trading()
    api.post("invoice", invoice() | {"item": items({"item": eid("price_1"), "quantity": 3, "rate": 3.33, "amount": 10})})
    assert api.get("invoice", "eid:in_1")["total"] == 10
    api.patch("invoice", "eid:in_1", {"item": items({"line": 1, "quantity": 2})})
    assert api.get("invoice", "eid:in_1")["total"] == Decimal("6.66")


def test_a_non_posting_discount_lowers_the_income_of_what_it_discounts() -> None:
    api = trading()
    api.post("discountItem", {"externalId": "coupon", "itemId": "10 off", "nonPosting": True})
    api.post("invoice", invoice() | {"item": items({"item": eid("price_1"), "amount": 100}, {"item": eid("coupon"), "amount": -10})})
    assert api.balance() == {RECEIVABLE: Decimal(90), SALES: Decimal(-90)}


def test_a_posting_discount_debits_its_own_account() -> None:
    api = trading()
    api.post("discountItem", {"externalId": "coupon", "itemId": "10 off", "nonPosting": False, "account": ref("495")})
    api.post("invoice", invoice() | {"item": items({"item": eid("price_1"), "amount": 100}, {"item": eid("coupon"), "amount": -10})})
    assert api.balance() == {RECEIVABLE: Decimal(90), SALES: Decimal(-100), ("Sales Discounts", "USD"): Decimal(10)}


def test_the_whole_way_from_invoice_to_bank() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 100))
    paid = api.post("customerPayment", payment("ch_1", 100, (sold, 100)))
    credit = api.post("creditMemo", invoice("re_1-memo", 30))
    back = api.post("customerRefund", refund("re_1", (credit, 30)))
    assert api.balance() == {CASH: Decimal(70), SALES: Decimal(-70)}
    api.post("deposit", deposit("po_1", paid, back, cashback=items(by_account("600", 3.2)), other=items(by_account("490", 1))))
    assert api.balance() == {BANK: Decimal("67.80"), FEES: Decimal("3.20"), ("Dispute Reversals", "USD"): Decimal(-1), SALES: Decimal(-70)}
    assert api.netsuite.open_receivables() == ()
    assert api.get("deposit", "eid:po_1")["total"] == Decimal("67.80")
    assert [line["paymentAmount"] for line in api.get("deposit", "eid:po_1")["payment"]["items"]] == [100, -30]


def test_get_tells_what_is_due_and_what_is_unapplied() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 100))
    paid = api.post("customerPayment", payment("ch_1", 80, (sold, 60)))
    shown = api.get("invoice", sold)
    assert {name: shown[name] for name in ("total", "amountPaid", "amountRemaining")} == amounts(
        total=100, amountPaid=60, amountRemaining=40
    )
    assert shown["status"] == {"id": "A", "refName": "Open"}
    shown = api.get("customerPayment", paid)
    assert {name: shown[name] for name in ("total", "applied", "unapplied")} == amounts(total=80, applied=60, unapplied=20)
    (line,) = shown["apply"]["items"]
    assert (line["doc"]["id"], line["amount"], line["due"], line["total"], line["apply"]) == (sold, 60, 100, 100, True)
    open_items = [(item.type, item.external_id, item.remaining) for item in api.netsuite.open_receivables()]
    assert open_items == [("invoice", "in_1", Decimal(40)), ("customerPayment", "ch_1", Decimal(-20))]


def test_an_apply_line_without_amount_takes_what_is_due_as_far_as_the_payment_goes() -> None:
    api = trading()
    first, second = api.post("invoice", invoice("in_1", 100)), api.post("invoice", invoice("in_2", 100))
    lines = items({"doc": ref(first), "apply": True}, {"doc": ref(second), "apply": True})
    paid = api.post("customerPayment", payment("ch_1", 130) | {"apply": lines})
    assert [line["amount"] for line in api.get("customerPayment", paid)["apply"]["items"]] == [100, 30]


def test_a_payment_unapplied_from_its_invoice_can_be_refunded() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 100))
    paid = api.post("customerPayment", payment("py_1", 100, (sold, 100)))
    body = refund("py_1-failed", (paid, 100))
    assert api.refusal("POST", "/customerRefund", body)[3] == "apply.items[0].amount"
    api.patch("customerPayment", paid, {"apply": items({"doc": ref(sold), "apply": False})})
    api.post("customerRefund", body)
    assert api.balance() == {RECEIVABLE: Decimal(100), SALES: Decimal(-100)}
    assert [item.external_id for item in api.netsuite.open_receivables()] == ["in_1"]


def test_a_payment_goes_to_undeposited_funds_when_told_so_or_told_nothing() -> None:
    api = trading()
    api.post("customerPayment", payment("ch_1", 1, undepFunds=True) | {"account": ref("101")})
    api.post("customerPayment", {name: value for name, value in payment("ch_2", 2).items() if name != "account"})
    api.post("customerPayment", payment("ch_3", 4) | {"account": ref("101")})
    assert api.balance() == {CASH: Decimal(3), BANK: Decimal(4), RECEIVABLE: Decimal(-7)}
    api.patch("customerPayment", "eid:ch_1", {"account": ref("101")})
    api.patch("customerPayment", "eid:ch_3", {"undepFunds": {"id": "T"}})
    assert api.balance() == {CASH: Decimal(6), BANK: Decimal(1), RECEIVABLE: Decimal(-7)}


def test_a_cash_sale_debits_the_money_and_credits_income_and_its_refund_the_reverse() -> None:
    api = trading()
    sold = api.post("cashSale", invoice("ch_1", 29))
    back = api.post("cashRefund", invoice("re_1", 9))
    assert api.balance() == {CASH: Decimal(20), SALES: Decimal(-20)}
    assert api.netsuite.open_receivables() == ()
    api.post("deposit", deposit("po_1", sold, back))
    assert api.balance() == {BANK: Decimal(20), SALES: Decimal(-20)}


def deposited(external_id: str, amount: int) -> dict[str, Any]:
    return {"externalId": external_id, "customer": eid("cus_1"), "tranDate": "2026-03-02", "payment": amount}


def test_a_customer_deposit_is_given_back_by_a_refund_through_an_application_of_its_own() -> None:
    api = trading()
    held = api.post("customerDeposit", deposited("ch_1", 50))
    assert api.balance() == {CASH: Decimal(50), ("Customer Deposits", "USD"): Decimal(-50)}
    back = api.post("customerRefund", refund("re_1") | {"deposit": items(applied(held, 20))})
    assert api.balance() == {CASH: Decimal(30), ("Customer Deposits", "USD"): Decimal(-30)}
    shown = api.get("customerRefund", back)
    assert (shown["total"], shown["deposit"]["items"]) == (20, [])
    assert [(line["type"], line["amount"]) for line in shown["apply"]["items"]] == [("Deposit Application", 20)]
    assert [(item.type, item.remaining) for item in api.netsuite.open_receivables()] == [("customerDeposit", Decimal(-30))]
    assert api.refusal("PATCH", "/customerRefund/eid:re_1", {"deposit": items(applied(held, 30))})[3] == "deposit"


@pytest.mark.parametrize(
    ("named", "amount", "path"),
    [("deposit", 51, "apply.items[0].amount"), ("deposit", 0, "deposit.items[0].amount"), ("payment", 5, "deposit.items[0].doc")],
    ids=["more than was deposited", "nothing", "a payment"],
)
def test_what_is_given_back_of_a_deposit_is_refused_whole(named: str, amount: int, path: str) -> None:
    api = trading()
    docs = {"deposit": api.post("customerDeposit", deposited("ch_1", 50)), "payment": api.post("customerPayment", payment("ch_2", 5))}
    before = api.balance()
    assert api.refusal("POST", "/customerRefund", refund("re_1") | {"deposit": items(applied(docs[named], amount))})[3] == path
    assert (api.balance(), len(api.netsuite.records("depositApplication"))) == (before, 0)


def test_a_journal_entry_moves_between_accounts_and_must_balance() -> None:
    api = trading()
    lines = [{"account": ref("690"), "debit": 5}, {"account": ref("101"), "credit": 5}]
    api.post("journalEntry", {"externalId": "po_2", "tranDate": "2026-03-05", "line": items(*lines)})
    assert api.balance() == {("Stripe Suspense", "USD"): Decimal(5), BANK: Decimal(-5)}
    status, code, detail, _ = api.refusal(
        "POST", "/journalEntry", {"line": items({"account": ref("690"), "debit": 5}, {"account": ref("101"), "credit": 4})}
    )
    assert (status, code) == (400, "USER_ERROR")
    assert "TRANS_UNBALNCD" in detail


def test_a_journal_credit_on_receivables_can_be_refunded() -> None:
    api = trading()
    lines = [{"account": ref("606"), "debit": 5}, {"account": ref("120"), "credit": 5, "entity": eid("cus_1")}]
    journal = api.post("journalEntry", {"externalId": "j_1", "line": items(*lines)})
    api.post("customerRefund", refund("re_1", (journal, 5)))
    assert api.balance() == {("Bad Debt", "USD"): Decimal(5), CASH: Decimal(-5)}
    assert api.netsuite.open_receivables() == ()


def test_a_journal_credit_that_was_refunded_cannot_become_a_debit() -> None:
    api = trading()
    lines = [{"account": ref("606"), "debit": 5}, {"account": ref("120"), "credit": 5, "entity": eid("cus_1")}]
    journal = api.post("journalEntry", {"externalId": "j_1", "line": items(*lines)})
    api.post("customerRefund", refund("re_1", (journal, 2)))
    turned = items({"account": ref("120"), "debit": 5, "entity": eid("cus_1")}, {"account": ref("606"), "credit": 5})
    assert "cannot change" in api.refusal("PATCH", f"/journalEntry/{journal}", {"line": turned}, {"replace": "line"})[2]


def journal(api: Api, name: str, *entries: dict[str, Any], **fields: Any) -> str:
    return api.post("journalEntry", {"externalId": name, "tranDate": "2026-03-04", "line": items(*entries), **fields})


def test_a_journal_of_two_customers_is_settled_line_by_line() -> None:
    api = trading()
    api.post("customer", customer("cus_2"))
    entries = (entry("120", debit=5, of="cus_1"), entry("400", credit=12), entry("120", debit=7, of="cus_2"))
    owed = journal(api, "j_1", *entries)
    line = {"doc": ref(owed), "apply": True, "amount": 7}
    refused = payment("ch_1", 7, of="cus_2")
    for wrong in ({}, {"line": 1}, {"line": 2}, {"line": 9}):
        assert api.refusal("POST", "/customerPayment", refused | {"apply": items({**line, **wrong})})[3] == "apply.items[0].doc"
    paid = api.post("customerPayment", refused | {"apply": items({**line, "line": 3})})
    assert [(item.external_id, item.line, item.remaining) for item in api.netsuite.open_receivables()] == [("j_1", 1, Decimal(5))]
    (shown,) = api.get("customerPayment", paid)["apply"]["items"]
    assert (shown["line"], shown["total"], shown["due"]) == (3, 7, 7)


def test_a_payment_of_a_journals_only_receivable_need_not_name_its_line() -> None:
    api = trading()
    owed = journal(api, "in_1-uncollectible-reversed", entry("120", debit=5, of="cus_1"), entry("606", credit=5))
    paid = api.post("customerPayment", payment("ch_1", 5, (owed, 5)))
    assert api.get("customerPayment", paid)["apply"]["items"][0]["line"] == 1
    assert api.netsuite.open_receivables() == ()


def test_a_journals_undeposited_money_is_deposited_by_its_line() -> None:
    api = trading()
    came, went = entry("110", debit=20), entry("110", credit=5)
    moved = journal(api, "re_1-failed", came, entry("120", credit=20, of="cus_1"), went, entry("690", debit=5))
    assert [(item.line, item.amount) for item in api.netsuite.undeposited_funds()] == [(1, Decimal(20)), (3, Decimal(-5))]
    refused = deposit("po_1") | {"payment": items({"id": int(moved), "deposit": True})}
    assert api.refusal("POST", "/deposit", refused)[3] == "payment.items[0].id"
    members = items({"id": int(moved), "lineId": 1, "deposit": True}, {"id": int(moved), "lineId": 3, "deposit": True})
    api.post("deposit", deposit("po_1") | {"payment": members})
    assert (api.balance()[BANK], CASH in api.balance(), api.netsuite.undeposited_funds()) == (Decimal(15), False, ())
    shown = api.get("deposit", "eid:po_1")["payment"]["items"]
    assert [(line["lineId"], line["paymentAmount"], line["type"]["id"]) for line in shown] == [(1, 20, "Journal"), (3, -5, "Journal")]
    turned = items(entry("110", debit=21), entry("120", credit=21, of="cus_1"), went, entry("690", debit=5))
    assert "deposited" in api.refusal("PATCH", f"/journalEntry/{moved}", {"line": turned}, {"replace": "line"})[2]
    api.patch("journalEntry", moved, {"memo": "seen"})


def test_a_member_is_deposited_once_even_when_it_is_named_twice() -> None:
    api = trading()
    waiting = api.post("customerPayment", payment("ch_1", 10))
    members = items({"id": int(waiting), "deposit": True}, {"id": int(waiting), "lineId": 7, "deposit": True})
    assert api.refusal("POST", "/deposit", deposit("po_1") | {"payment": members})[3] == "payment.items[0].id"


def test_a_transaction_has_a_limit_of_lines() -> None:
    api = trading()
    assert "5001 lines" in api.refusal("POST", "/invoice", invoice("in_1", *([1] * 5001)))[2]
    api.post("invoice", invoice("in_1", *([1] * 5000)))
    many = [entry("690", debit=1), entry("101", credit=1)] * 501
    assert "1002 lines" in api.refusal("POST", "/journalEntry", {"line": items(*many)})[2]


def test_what_posts_to_undeposited_funds_waits_there_or_leaves_it_in_a_deposit() -> None:
    api = trading()
    api.post("serviceSaleItem", service("price_2", "110"))
    assert "does not emulate" in api.refusal("POST", "/invoice", invoice("in_1", 1, item="price_2"))[2]


TAXED = {"item": eid("price_1"), "amount": 100, "taxDetailsReference": "line_1"}
DETAIL = {"taxDetailsReference": "line_1", "taxAmount": 20, "taxBasis": 100, "taxRate": 20, "taxType": "VAT"}


def test_with_suite_tax_the_details_are_part_of_the_total() -> None:
    api = trading(suite_tax=True)
    body = invoice() | {"item": items(TAXED), "taxDetails": items(DETAIL), "taxDetailsOverride": True}
    sold = api.post("invoice", body)
    assert api.balance() == {RECEIVABLE: Decimal(120), SALES: Decimal(-100), ("Sales Tax Payable", "USD"): Decimal(-20)}
    shown = api.get("invoice", sold)
    assert {name: shown[name] for name in ("total", "subtotal", "taxTotal")} == amounts(total=120, subtotal=100, taxTotal=20)
    api.post("creditMemo", body | {"externalId": "re_1-memo", "apply": items(applied(sold, 120))})
    assert api.balance() == {}


@pytest.mark.parametrize(
    ("suite_tax", "body", "element"),
    [
        pytest.param(False, {"taxDetails": items(DETAIL)}, "taxDetails", id="tax details under legacy tax"),
        pytest.param(False, {"item": items(TAXED)}, "taxDetailsReference", id="a reference to tax details under legacy tax"),
        pytest.param(False, {"item": items({"item": eid("price_1"), "amount": 1, "taxCode": ref("5")})}, "item.items[0].taxCode", id="legacy tax"),
        pytest.param(True, {"item": items({"item": eid("price_1"), "amount": 1, "taxCode": ref("5")})}, "item.items[0].taxCode", id="a tax code"),
        pytest.param(True, {"item": items(TAXED), "taxDetails": items(DETAIL)}, "taxDetails", id="details without the override"),
        pytest.param(
            True, {"taxDetails": items(DETAIL), "taxDetailsOverride": True}, "taxDetails.items[0].taxDetailsReference", id="a detail of no line"
        ),
    ],
)  # fmt: skip
def test_tax_is_refused(suite_tax: bool, body: dict[str, Any], element: str) -> None:
    api = trading(suite_tax=suite_tax)
    assert api.refusal("POST", "/invoice", invoice("in_1", 1) | body)[3] == element


def test_a_deposit_takes_a_payment_of_another_currency_at_the_amount_given() -> None:
    api = trading()
    api.post("customer", customer("cus_eu", currency=ref(EUR)))
    paid = api.post("customerPayment", payment("ch_1", 100, of="cus_eu"))
    api.post("deposit", deposit("po_1") | {"payment": items({"id": int(paid), "deposit": True, "paymentAmount": 109.2})})
    balance = api.balance()
    assert balance["Checking USD", "USD"] == Decimal("109.20")
    assert ("Undeposited Funds", "EUR") not in balance
    assert (balance["Realized Gain/Loss", "EUR"], balance["Realized Gain/Loss", "USD"]) == (Decimal(100), Decimal("-109.20"))


@pytest.mark.parametrize(
    ("currency", "amount", "fits"), [(JPY, "500", "1"), (JPY, "500.5", ""), (KWD, "1.234", "1"), (KWD, "1.2345", ""), ("1", "1.005", "")]
)
def test_an_amount_has_no_more_decimals_than_its_currency(currency: str, amount: str, fits: str) -> None:
    api = trading()
    api.post("customer", customer("cus_2", currency=ref(currency)))
    body = invoice("in_1", Decimal(amount), of="cus_2")
    if fits:
        api.post("invoice", body)
        assert api.get("invoice", "eid:in_1")["total"] == Decimal(amount)
    else:
        assert "more decimals" in api.refusal("POST", "/invoice", body)[2]


def _paid(api: Api) -> dict[str, str]:
    """An invoice of 100 paid with 80 of a payment of 120, and another customer's invoice."""
    api.post("customer", customer("cus_2"))
    ids = {"invoice": api.post("invoice", invoice("in_1", 100)), "other": api.post("invoice", invoice("in_2", 100, of="cus_2"))}
    return ids | {"payment": api.post("customerPayment", payment("ch_1", 120, (ids["invoice"], 80)))}


@pytest.mark.parametrize(
    ("doc", "amount", "path"),
    [
        pytest.param("invoice", 21, "apply.items[0].amount", id="more than the invoice has due"),
        pytest.param("other", 10, "apply.items[0].doc", id="another customer's invoice"),
        pytest.param("payment", 10, "apply.items[0].doc", id="a payment to a payment"),
        pytest.param("unknown", 10, "apply.items[0].doc", id="a document that is not there"),
        pytest.param("invoice", -5, "apply.items[0].amount", id="a negative amount"),
    ],
)
def test_a_payment_never_applies(doc: str, amount: int, path: str) -> None:
    api = trading()
    ids = _paid(api)
    before = api.balance()
    assert api.refusal("POST", "/customerPayment", payment("ch_2", 200, (ids.get(doc, "9999"), amount)))[3] == path
    assert api.balance() == before
    assert len(api.netsuite.records("customerPayment")) == 1


def test_a_payment_never_applies_more_than_itself() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 100))
    assert (
        "Amount applied greater than total payments and credits"
        in api.refusal("POST", "/customerPayment", payment("ch_1", 50, (sold, 60)))[2]
    )


def test_apply_takes_the_internal_id_only() -> None:
    api = trading()
    api.post("invoice", invoice("in_1", 100))
    body = payment("ch_1", 50) | {"apply": items({"doc": eid("in_1"), "apply": True, "amount": 50})}
    assert api.refusal("POST", "/customerPayment", body)[1:] == (
        "INVALID_CONTENT",
        "Invalid value for the resource or sub-resource field 'doc'. Provide a valid value.",
        "apply.items[0].doc",
    )


@pytest.mark.parametrize(
    ("record", "body", "words"),
    [
        pytest.param(
            "invoice", {"item": items({"line": 1, "amount": 79})}, "Amount applied greater", id="an invoice below what is applied to it"
        ),
        pytest.param("invoice", {"entity": eid("cus_2")}, "cannot change", id="the customer of an invoice behind an application"),
        pytest.param("payment", {"payment": 79}, "Amount applied greater", id="a payment below what it applies"),
    ],
)
def test_an_edit_never_makes_applied_exceed_total(record: str, body: dict[str, Any], words: str) -> None:
    api = trading()
    ids = _paid(api)
    record_type = {"payment": "customerPayment"}.get(record, record)
    assert words in api.refusal("PATCH", f"/{record_type}/{ids[record]}", body)[2]


def test_a_deposit_member_must_wait_in_undeposited_funds() -> None:
    api = trading()
    banked = api.post("customerPayment", payment("ch_1", 10) | {"account": ref("101")})
    waiting = api.post("customerPayment", payment("ch_2", 10))
    sold = api.post("invoice", invoice("in_1", 10))
    for doc in (banked, sold, "9999"):
        assert api.refusal("POST", "/deposit", deposit("po_1", doc))[2:] == (
            f"Error while accessing a resource. Invalid id reference key {doc}.",
            "payment.items[0].id",
        )
    api.post("deposit", deposit("po_1", waiting))
    assert api.refusal("POST", "/deposit", deposit("po_2", waiting))[2].endswith(f"Invalid id reference key {waiting}.")
    assert "deposited" in api.refusal("PATCH", f"/customerPayment/{waiting}", {"payment": 11})[2]
    api.put("deposit", "po_1", deposit("po_1", waiting, memo="again"), replace="payment,other,cashback")
    assert api.balance()[BANK] == 20


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"cashback": items(by_account("600", 10))}, "The total can not be negative", id="a deposit that nets to nothing"),
        pytest.param({"cashback": items(by_account("600", -1))}, "Invalid Field Value", id="negative cash back"),
        pytest.param({"other": items(by_account("490", -1))}, "Invalid Field Value", id="a negative other line"),
        pytest.param({"other": items(by_account("120", 1))}, "does not emulate", id="an other line on receivables"),
        pytest.param({"account": ref("400")}, "Invalid reference key 400", id="a deposit into an account that is no bank"),
        pytest.param({"account": ref("102")}, "TRANS_FORGN_CRNCY_MISMATCH", id="dollars into a euro account"),
    ],
)
def test_a_deposit_is_refused(body: dict[str, Any], words: str) -> None:
    api = trading()
    waiting = api.post("customerPayment", payment("ch_1", 10))
    assert words in api.refusal("POST", "/deposit", deposit("po_1", waiting, currency=ref("1")) | body)[2]


def test_a_refund_with_nothing_to_refund_is_refused() -> None:
    assert trading().refusal("POST", "/customerRefund", refund("re_1"))[1:4:2] == ("USER_ERROR", "apply")


def test_a_customer_is_billed_in_its_own_currencies_only() -> None:
    api = trading()
    assert api.refusal("POST", "/invoice", invoice("in_1", 1, currency=ref(EUR)))[3] == "currency"
    api.patch("customer", "eid:cus_1", {"currencyList": items({"currency": ref(EUR)})})
    api.post("invoice", invoice("in_1", 1, currency=ref(EUR)))
    assert api.balance() == {("Accounts Receivable", "EUR"): Decimal(1), ("Sales", "EUR"): Decimal(-1)}


def test_what_others_point_at_cannot_be_deleted() -> None:
    api = trading()
    ids = _paid(api)
    for path in (f"/invoice/{ids['invoice']}", "/customer/eid:cus_1", "/serviceSaleItem/eid:price_1"):
        assert api.refusal("DELETE", path)[:2] == (400, "USER_ERROR")
    assert api.call("DELETE", f"/customerPayment/{ids['payment']}").status == 204
    assert api.call("DELETE", f"/invoice/{ids['invoice']}").status == 204
    assert api.balance() == {RECEIVABLE: Decimal(100), SALES: Decimal(-100)}


def test_nothing_posts_into_a_closed_period_until_it_is_opened() -> None:
    api = trading()
    api.netsuite.set_period("2026-03", is_open=False)
    status, code, detail, path = api.refusal("POST", "/invoice", invoice("in_1", 1))
    assert (status, code, path) == (400, "USER_ERROR", "tranDate")
    assert "VALID_PRD_REQD: No valid, open, posting period for date 2026-03-01" in detail
    api.netsuite.set_period("2026-03", is_open=True)
    api.post("invoice", invoice("in_1", 1))


def test_in_a_closed_period_what_posts_cannot_change_but_the_memo_can() -> None:
    api = trading()
    api.post("invoice", invoice("in_1", 1))
    api.netsuite.set_period("2026-03", is_open=False)
    api.patch("invoice", "eid:in_1", {"memo": "seen"})
    for body in ({"item": items({"line": 1, "amount": 2})}, {"tranDate": "2026-04-01"}):
        assert "TRAN_PERIOD_CLOSED" in api.refusal("PATCH", "/invoice/eid:in_1", body)[2]
    assert "TRAN_PERIOD_CLOSED" in api.refusal("DELETE", "/invoice/eid:in_1")[2]


@pytest.mark.parametrize(
    ("record_type", "body"),
    [
        pytest.param("customerPayment", {"credit": items({"doc": ref("1"), "apply": True})}, id="credits applied through a payment"),
        pytest.param("customerPayment", {"autoApply": True}, id="automatic application"),
        pytest.param("invoice", {"discountRate": -5}, id="a discount in the header"),
        pytest.param("invoice", {"shippingCost": 5}, id="shipping in the header"),
    ],
)
def test_what_it_does_not_post_it_refuses_rather_than_ignores(record_type: str, body: dict[str, Any]) -> None:
    api = trading()
    base = payment("ch_1", 1) if record_type == "customerPayment" else invoice("in_1", 1)
    assert "does not emulate" in api.refusal("POST", f"/{record_type}", base | body)[2]


def test_auto_apply_contradicts_apply_lines() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 1))
    assert "INVALID_AUTOAPPLY_VALUE" in api.refusal("POST", "/customerPayment", payment("ch_1", 1, (sold, 1), autoApply=True))[2]


def test_a_deleted_application_frees_both_sides() -> None:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 100))
    memo = api.post("creditMemo", invoice("memo", 100) | {"apply": items(applied(sold, 100))})
    assert api.get("creditMemo", memo)["status"]["refName"] == "Fully Applied"
    assert api.get("invoice", sold)["status"]["refName"] == "Paid In Full"
    assert api.call("DELETE", f"/creditMemo/{memo}").status == 204
    assert api.get("invoice", sold)["amountRemaining"] == 100


def test_the_sandbox_chart_names_every_account_the_settings_need() -> None:
    assert {
        number: account.name for number, account in SANDBOX_CHART.accounts.items() if number in ("101", "110", "120", "600", "690")
    } == {
        "101": "Checking USD",
        "110": "Undeposited Funds",
        "120": "Accounts Receivable",
        "600": "Payment Processing Fees",
        "690": "Stripe Suspense",
    }


def test_a_posting_period_is_that_of_the_date_and_no_other() -> None:
    api = trading()
    api.post("invoice", invoice("in_1", 5))
    assert api.get("invoice", "eid:in_1")["postingPeriod"]["id"] == "202603"
    api.patch("invoice", "eid:in_1", {"tranDate": "2026-04-02"})
    assert api.get("invoice", "eid:in_1")["postingPeriod"]["id"] == "202604"
    assert "DATE_PRD_MISMATCH" in api.refusal("POST", "/invoice", invoice("in_2", 5, postingPeriod=ref("202604")))[2]
    assert "DATE_PRD_MISMATCH" in api.refusal("PATCH", "/invoice/eid:in_1", {"postingPeriod": ref("202603")})[2]
