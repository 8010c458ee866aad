"""The emulated NetSuite keeps its books in each subsidiary's base currency, too: rates by date, realised gains and losses, OneWorld."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters.netsuite.emulator import ONE_WORLD_CHART
from tests.adapters.netsuite_account import (
    EUR,
    JPY,
    USD,
    Api,
    applied,
    customer,
    deposit,
    entry,
    invoice,
    items,
    payment,
    ref,
    refund,
    service,
    trading,
)


def rated(*rates: tuple[int, str], currency: str = EUR, symbol: str = "EUR") -> Api:
    """A customer cus_1 in that currency, and what it was worth from which day of March on."""
    api = Api()
    api.post("customer", customer(currency=ref(currency)))
    api.post("serviceSaleItem", service())
    for day, rate in rates:
        api.netsuite.set_rate(symbol, "USD", date(2026, 3, day), Decimal(rate))
    return api


BY_DAY = ((1, "1.10"), (2, "1.20"), (3, "1.30"), (5, "1.15"))


def test_a_transaction_takes_the_rate_of_its_day_and_shows_it() -> None:
    api = rated((1, "1.10"), (4, "1.20"))
    for day, rate in ((1, "1.10"), (3, "1.10"), (4, "1.20"), (9, "1.20")):
        sold = api.post("invoice", invoice(f"in_{day}", 100, tranDate=f"2026-03-0{day}"))
        assert api.get("invoice", sold)["exchangeRate"] == Decimal(rate)
    api.netsuite.set_rate("EUR", "USD", date(2026, 3, 1), Decimal(9))
    api.patch("invoice", "eid:in_1", {"memo": "seen"})
    assert api.get("invoice", "eid:in_1")["exchangeRate"] == Decimal("1.10"), "what is posted keeps its rate"
    api.patch("invoice", "eid:in_1", {"tranDate": "2026-03-02"})
    assert api.get("invoice", "eid:in_1")["exchangeRate"] == 9, "another day has another rate"


def test_a_payment_at_another_rate_realises_the_difference() -> None:
    api = rated(*BY_DAY)
    sold = api.post("invoice", invoice("in_1", 100))
    assert api.base_balance() == {"Accounts Receivable": Decimal(110), "Sales": Decimal(-110)}
    api.post("customerPayment", payment("ch_1", 100, (sold, 100)))
    assert api.base_balance() == {"Undeposited Funds": Decimal(120), "Sales": Decimal(-110), "Realized Gain/Loss": Decimal(-10)}
    assert api.balance() == {("Undeposited Funds", "EUR"): Decimal(100), ("Sales", "EUR"): Decimal(-100)}


def test_unapplying_takes_the_gain_back() -> None:
    api = rated(*BY_DAY)
    sold = api.post("invoice", invoice("in_1", 100))
    body = payment("ch_1", 100, (sold, 100))
    api.post("customerPayment", body)
    api.put("customerPayment", "ch_1", body | {"apply": items()}, "apply")
    assert api.base_balance() == {"Undeposited Funds": Decimal(120), "Accounts Receivable": Decimal(-10), "Sales": Decimal(-110)}
    open_items = [(item.remaining, item.base) for item in api.netsuite.open_receivables()]
    assert open_items == [(Decimal(100), Decimal(110)), (Decimal(-100), Decimal(-120))]


def test_a_credit_and_its_refund_realise_theirs() -> None:
    api = rated(*BY_DAY)
    memo = api.post("creditMemo", invoice("re_1-memo", 50, tranDate="2026-03-01"))
    api.post("customerRefund", refund("re_1", (memo, 50)))
    assert api.base_balance() == {"Undeposited Funds": Decimal(-65), "Sales": Decimal(55), "Realized Gain/Loss": Decimal(10)}


def test_a_deposit_in_the_same_currency_at_another_rate_realises_the_difference() -> None:
    api = rated(*BY_DAY)
    paid = api.post("customerPayment", payment("ch_1", 100))
    api.post("deposit", deposit("po_1", paid, account=ref("102")))
    assert api.base_balance() == {"Checking EUR": Decimal(115), "Accounts Receivable": Decimal(-120), "Realized Gain/Loss": Decimal(5)}


def test_a_deposit_in_another_currency_realises_the_difference() -> None:
    api = rated(*BY_DAY)
    paid = api.post("customerPayment", payment("ch_1", 100))
    api.post("deposit", deposit("po_1") | {"payment": items({"id": int(paid), "deposit": True, "paymentAmount": Decimal("114.5")})})
    assert api.base_balance() == {
        "Checking USD": Decimal("114.50"),
        "Accounts Receivable": Decimal(-120),
        "Realized Gain/Loss": Decimal("5.50"),
    }
    assert api.netsuite.undeposited_funds() == ()


def test_a_deposit_asks_what_a_payment_of_another_currency_is_worth() -> None:
    api = rated(*BY_DAY)
    paid = api.post("customerPayment", payment("ch_1", 100))
    assert "Payment Amount" in api.refusal("POST", "/deposit", deposit("po_1", paid))[2]


@pytest.mark.parametrize("parts", [("33.33", "33.33", "33.35"), ("0.01", "50", "50"), ("99.99", "0.01", "0.01")])
def test_parts_that_settle_a_document_leave_nothing_of_its_worth(parts: tuple[str, ...]) -> None:
    api = rated((1, "1.09371"))
    sold = api.post("invoice", invoice("in_1", Decimal("100.01")))
    for number, part in enumerate(parts):
        api.post("customerPayment", payment(f"ch_{number}", Decimal(part), (sold, Decimal(part))))
    assert "Accounts Receivable" not in api.base_balance()
    assert api.netsuite.open_receivables() == ()


def test_cents_that_rounding_leaves_go_to_their_own_account() -> None:
    api = rated((1, "1.005"))
    api.post("invoice", invoice("in_1", *[Decimal("0.33")] * 3))
    assert api.base_balance() == {"Accounts Receivable": Decimal("0.99"), "Sales": Decimal("-0.99")}
    api.post("invoice", invoice("in_2", *[Decimal("0.01"), Decimal("0.50")] * 3))
    assert api.base_balance()["Rounding Gain/Loss"] == Decimal("-0.01")


def test_a_new_rate_of_an_invoice_changes_what_its_payments_gained() -> None:
    api = rated(*BY_DAY)
    sold = api.post("invoice", invoice("in_1", 100))
    api.post("customerPayment", payment("ch_1", 60, (sold, 60)))
    api.post("customerPayment", payment("ch_2", 40, (sold, 40)))
    api.patch("invoice", sold, {"exchangeRate": Decimal("1.2")})
    assert api.base_balance() == {"Undeposited Funds": Decimal(120), "Sales": Decimal(-120)}


def test_no_gain_changes_in_a_closed_period() -> None:
    api = rated((1, "1.10"), (2, "1.20"))
    sold = api.post("invoice", invoice("in_1", 100, tranDate="2026-04-01"))
    api.post("customerPayment", payment("ch_1", 60, (sold, 60)))
    api.post("customerPayment", payment("ch_2", 40, (sold, 40), tranDate="2026-04-02"))
    api.netsuite.set_period("2026-03", is_open=False)
    before = api.base_balance(), api.netsuite.open_receivables(), api.netsuite.trial_balance()
    assert "TRAN_PERIOD_CLOSED" in api.refusal("PATCH", f"/invoice/{sold}", {"exchangeRate": Decimal("1.3")})[2]
    assert (api.base_balance(), api.netsuite.open_receivables(), api.netsuite.trial_balance()) == before
    api.patch("customerPayment", "eid:ch_1", {"memo": "seen"})


def test_a_deposited_payment_keeps_its_rate() -> None:
    api = rated(*BY_DAY)
    paid = api.post("customerPayment", payment("ch_1", 100))
    api.post("deposit", deposit("po_1", paid, account=ref("102")))
    assert "deposited" in api.refusal("PATCH", f"/customerPayment/{paid}", {"exchangeRate": 2})[2]


@pytest.mark.parametrize("rate", [0, -1, Decimal("1e-9"), Decimal("1e9"), Decimal("1.123456789")])
def test_what_is_no_exchange_rate_is_refused(rate: Any) -> None:
    api = rated()
    assert api.refusal("POST", "/invoice", invoice("in_1", 1, exchangeRate=rate))[3] == "exchangeRate"
    with pytest.raises(ValueError, match="no exchange rate"):
        api.netsuite.set_rate("EUR", "USD", date(2026, 3, 1), Decimal(rate))


def test_the_base_currency_has_the_rate_one() -> None:
    api = trading()
    assert api.refusal("POST", "/invoice", invoice("in_1", 1, exchangeRate=2))[3] == "exchangeRate"
    api.post("invoice", invoice("in_1", 1, exchangeRate=1))
    assert api.base_balance() == {"Accounts Receivable": Decimal(1), "Sales": Decimal(-1)}


def test_a_currency_without_decimals_is_worth_cents() -> None:
    api = rated((1, "0.0067"), currency=JPY, symbol="JPY")
    api.post("invoice", invoice("in_1", 12345))
    assert api.base_balance() == {"Accounts Receivable": Decimal("82.71"), "Sales": Decimal("-82.71")}


def one_world() -> Api:
    """OneWorld: cus_1 and price_1 in the parent, cus_eu and price_eu in Europe (2), price_all in all."""
    api = Api(ONE_WORLD_CHART)
    api.post("customer", customer(subsidiary=ref("1")))
    api.post("customer", customer("cus_eu", subsidiary=ref("2"), currency=ref(EUR), currencyList=items({"currency": ref(USD)})))
    api.post("serviceSaleItem", service(subsidiary=items(ref("1"))))
    api.post("serviceSaleItem", service("price_eu", subsidiary=items(ref("2"))))
    api.post("serviceSaleItem", service("price_all", subsidiary=items(ref("1")), includeChildren=True))
    return api


def test_each_subsidiary_keeps_its_books_in_its_own_currency() -> None:
    api = one_world()
    api.netsuite.set_rate("EUR", "USD", date(2026, 1, 1), Decimal("1.25"))
    api.post("invoice", invoice("in_1", 100))
    api.post("invoice", invoice("in_2", 100, of="cus_eu", item="price_eu"))
    api.post("invoice", invoice("in_3", 100, of="cus_eu", item="price_all", currency=ref(USD)))
    assert api.base_balance() == {"Accounts Receivable": Decimal(100), "Sales": Decimal(-100)}
    assert api.base_balance("2") == {"Accounts Receivable": Decimal(180), "Sales": Decimal(-180)}
    assert api.get("invoice", "eid:in_2")["subsidiary"]["id"] == "2"
    assert api.get("invoice", "eid:in_3")["exchangeRate"] == Decimal("0.8")


@pytest.mark.parametrize(
    ("record_type", "body", "words"),
    [
        pytest.param(
            "invoice",
            invoice("x", 1, item="price_all", subsidiary=ref("2")),
            "Invalid subsidiary reference key 2 for entity",
            id="the customer's",
        ),
        pytest.param("invoice", invoice("x", 1, item="price_eu"), "Invalid item reference key", id="the item's"),
        pytest.param(
            "customerPayment",
            payment("x", 1) | {"account": ref("102")},
            "Invalid account reference key 102 for subsidiary 1.",
            id="the account's",
        ),
        pytest.param("deposit", deposit("x", "1003"), "Invalid id reference key 1003.", id="a deposit's member's"),
        pytest.param(
            "customerPayment", payment("x", 1, ("1001", 1)), "Invalid reference key 1001 for doc.", id="another customer's document"
        ),
        pytest.param("customer", customer("x"), "Please enter value(s) for: Subsidiary.", id="a customer's own is asked for"),
        pytest.param("serviceSaleItem", service("x"), "Please enter value(s) for: Subsidiary.", id="an item's own is asked for"),
        pytest.param("invoice", invoice("x", 1, subsidiary=ref("9")), "Invalid reference key 9", id="one that is not there"),
    ],
)
def test_subsidiaries_must_agree(record_type: str, body: dict[str, Any], words: str) -> None:
    api = one_world()
    assert api.post("invoice", invoice("in_eu", 1, of="cus_eu", item="price_eu")) == "1001"
    api.post("customerPayment", payment("ch_us", 1))
    assert api.post("customerPayment", payment("ch_eu", 1, of="cus_eu")) == "1003"
    assert words in api.refusal("POST", f"/{record_type}", body)[2]


def test_a_deposit_belongs_to_the_subsidiary_of_its_bank() -> None:
    api = one_world()
    paid = api.post("customerPayment", payment("ch_eu", 1, of="cus_eu"))
    api.post("deposit", deposit("po_1", paid, account=ref("102")))
    assert api.get("deposit", "eid:po_1")["subsidiary"]["id"] == "2"
    assert api.base_balance("2") == {"Checking EUR": Decimal(1), "Accounts Receivable": Decimal(-1)}


def test_a_journal_belongs_to_the_subsidiary_of_its_customer() -> None:
    api = one_world()
    lines = items(entry("120", debit=5, of="cus_eu"), entry("400", credit=5))
    made = api.post("journalEntry", {"externalId": "j_1", "line": lines})
    shown = api.get("journalEntry", made)
    assert (shown["subsidiary"]["id"], shown["currency"]["id"]) == ("2", EUR)
    assert "Invalid subsidiary" in api.refusal("POST", "/journalEntry", {"line": lines, "subsidiary": ref("1")})[2]


def test_a_customer_keeps_the_subsidiary_and_the_currencies_of_its_transactions() -> None:
    api = one_world()
    api.post("invoice", invoice("in_1", 1, of="cus_eu", item="price_eu", currency=ref(USD)))
    assert "cannot change" in api.refusal("PATCH", "/customer/eid:cus_eu", {"subsidiary": ref("1")})[2]
    euro = {"currencyList": items({"currency": ref(EUR)})}
    assert "cannot be removed" in api.refusal("PATCH", "/customer/eid:cus_eu", euro, {"replace": "currencyList"})[2]


def test_documents_in_two_currencies_do_not_settle_each_other() -> None:
    api = one_world()
    sold = api.post("invoice", invoice("in_1", 1, of="cus_eu", item="price_eu"))
    body = payment("ch_1", 1, of="cus_eu", currency=ref(USD)) | {"apply": items(applied(sold, 1))}
    assert api.refusal("POST", "/customerPayment", body)[3] == "apply.items[0].doc"
