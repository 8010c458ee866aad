"""Money is exact: whole minor units, the currency's own decimals, no float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.external_ids import FORBIDDEN, credit_memo_id, external_id
from core.money import CurrencyMismatch, Money

CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "kwd", "isk", "ugx"])


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(115, "usd"), "1.15 USD"), (Money(29, "usd"), "0.29 USD"), (Money(-500, "eur"), "-5.00 EUR"), (Money(500, "jpy"), "500 JPY"), (Money(1230, "kwd"), "1.230 KWD")],
)  # fmt: skip
def test_an_amount_prints_with_its_currencys_decimals(money: Money, text: str) -> None:
    assert str(money) == text


@given(minor=st.integers(-(10**15), 10**15), currency=CURRENCIES)
def test_to_decimal_and_back_is_the_same_amount(minor: int, currency: str) -> None:
    assert Money.of(Money(minor, currency).decimal, currency) == Money(minor, currency)


def test_more_decimals_than_the_currency_has_are_refused_not_rounded() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        Money.of(Decimal("1.5"), "jpy")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "usd") + Money(1, "eur")


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError, match="whole number"):
        Money(1.15, "usd")  # type: ignore[arg-type]


@given(st.text(min_size=1))
def test_every_external_id_is_allowed_by_netsuite(stripe_id: str) -> None:
    assert not FORBIDDEN.search(credit_memo_id(stripe_id))


@given(st.from_regex(r"[a-z]{2,5}_[A-Za-z0-9]{1,24}", fullmatch=True))
def test_a_stripe_id_is_its_own_external_id(stripe_id: str) -> None:
    assert external_id(stripe_id) == stripe_id


def test_a_total_is_of_one_currency_and_zero_of_nothing() -> None:
    assert Money.total([], "usd") == Money(0, "usd")
    assert Money.total([Money(5, "usd"), Money(-2, "usd")], "usd") == Money(3, "usd")
    with pytest.raises(CurrencyMismatch, match=r"0\.01 EUR is no amount of USD"):
        Money.total([Money(1, "eur")], "usd")


def test_amounts_add_compare_and_are_nothing_only_at_zero() -> None:
    five, two = Money(5, "usd"), Money(2, "usd")
    assert (five + two, five - two, -five) == (Money(7, "usd"), Money(3, "usd"), Money(-5, "usd"))
    assert (two < five, five < two, five < Money(5, "usd")) == (True, False, False)
    assert (bool(Money(0, "usd")), bool(Money(1, "usd")), bool(Money(-1, "usd"))) == (False, True, True)
    for mixed in (lambda: five - Money(1, "eur"), lambda: five < Money(1, "eur")):
        with pytest.raises(CurrencyMismatch):
            mixed()
