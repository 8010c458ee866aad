"""The lines of a bill and of what is credited of it, down to the taxes of nothing and the last minor unit: each table can be added up by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from core.choices import Pair
from core.metadata import ITEM_IDS
from core.plan import Match
from core.records import Internal, ServiceSaleItem
from core.rules.invoice_lines import Bill, Sold, bill_lines, by_account, credit_lines, pro_rata, sublists
from core.rules.prices import bad_debt_item, discount_item, ensure_item, line_item, partial_refund_item, price_item, tax_item
from core.settings import Settings, TaxCode
from core.snapshot import Discount, InvoiceLine, Shipping, Tax
from tests.given import SETTINGS, line, price, tax, usd

SUITE_TAX = replace(SETTINGS, tax_policy="tax_details", tax_code=TaxCode("77"), tax_codes={"txr_2": TaxCode("78", "9")})
IGNORED = replace(SETTINGS, tax_policy="ignore")
AS_DISCOUNT = replace(SETTINGS, invoices_negative_lines="discount")
US = replace(SETTINGS, subsidiary="3")
UNUSED, PRO = line("-40.00", description="Unused time"), line("100.00")
COUPON = Discount("SPRING", "Spring sale", usd("10.00"))
HARDWARE = price("price_2", "Router")


def sold(
    *lines: InvoiceLine, settings: Settings = SETTINGS, discounts: Sequence[Discount] = (), shipping: Shipping | None = None
) -> list[Sold]:
    return bill_lines(Bill("usd", lines, discounts, shipping), settings)


def shown(lines: Sequence[Sold]) -> list[str]:
    """Each line's item and amount, and its taxes."""
    return [" + ".join([f"{each.item.external_id} {each.line.amount}", *(str(tax.tax_amount) for tax in each.taxes)]) for each in lines]


def elsewhere(of: Sold, account: str) -> Sold:
    assert isinstance(of.item, ServiceSaleItem)
    return replace(of, item=replace(of.item, income_account=Internal(account)))


POSTED = [
    pytest.param(sold(line("60.00"), line("40.00")), {"400": "100.00"}, id="two lines of one account"),
    pytest.param(sold(line("100.00"), discounts=[COUPON]), {"400": "90.00"}, id="a coupon lowers the income of what was sold"),
    pytest.param(sold(UNUSED, PRO, settings=AS_DISCOUNT), {"400": "60.00"}, id="also where the discount is the first line"),
    pytest.param(
        [*sold(line("60.00"), discounts=[COUPON]), elsewhere(sold(line("40.00", HARDWARE))[0], "410")],
        {"400": "50.00", "410": "40.00"},
        id="the income of the first item where they differ",
    ),
    pytest.param(
        [elsewhere(sold(line("40.00", HARDWARE))[0], "410"), *sold(line("60.00")), *sold(discounts=[COUPON])],
        {"410": "30.00", "400": "60.00"},
        id="whichever that is",
    ),
    pytest.param(sold(line("100.00", taxes=[tax("20.00")])), {"400": "100.00", "210": "20.00"}, id="tax that is a line of its own"),
    pytest.param(
        sold(line("100.00", taxes=[tax("20.00")]), line("50.00", taxes=[tax("2.50")]), settings=SUITE_TAX),
        {"400": "150.00", "210": "22.50"},
        id="tax that is a detail of its line",
    ),
    pytest.param(sold(settings=AS_DISCOUNT, discounts=[COUPON]), {"400": "-10.00"}, id="nothing sold at all: the income of the settings"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "posted"), POSTED)
def test_what_the_lines_post_to_each_account(lines: Sequence[Sold], posted: dict[str, str]) -> None:
    assert by_account(lines, SETTINGS) == {Internal(account): usd(amount) for account, amount in posted.items()}


TAXES = [
    pytest.param([tax("0.00")], SETTINGS, ["price_1 100.00 USD"], id="a tax of nothing leaves no line"),
    pytest.param([tax("0.00"), tax("5.00", rate="txr_2")], SETTINGS, ["price_1 100.00 USD", "txr_2 5.00 USD"], id="but the others theirs"),
    pytest.param([tax("0.00"), tax("5.00", rate="txr_2")], SUITE_TAX, ["price_1 100.00 USD + 5.00 USD"], id="nor a detail"),
    pytest.param([tax("20.00")], IGNORED, ["price_1 120.00 USD"], id="ignored, on top: all of it stays in the line"),
    pytest.param([tax("20.00", inclusive=True)], IGNORED, ["price_1 100.00 USD"], id="ignored, inside: the line has it already"),
    pytest.param([tax("20.00", inclusive=True), tax("5.00", rate="txr_2")], IGNORED, ["price_1 105.00 USD"], id="ignored, one of each"),
    pytest.param(
        [tax("20.00", inclusive=True), tax("5.00", rate="txr_2")],
        SETTINGS,
        ["price_1 80.00 USD", "txr_1 20.00 USD", "txr_2 5.00 USD"],
        id="as lines, one of each",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("taxes", "settings", "lines"), TAXES)
def test_how_the_taxes_of_a_line_stand(taxes: Sequence[Tax], settings: Settings, lines: list[str]) -> None:
    assert shown(sold(line("100.00", taxes=taxes), settings=settings)) == lines


@pytest.mark.parametrize(
    ("given", "basis", "rate", "code", "kind"),
    [
        pytest.param(tax("20.00"), "100.00", "0", "77", None, id="what Stripe does not say: of the whole line, without a rate"),
        pytest.param(replace(tax("20.00"), taxable=usd("0.00")), "0.00", "0", "77", None, id="of nothing, where Stripe says nothing"),
        pytest.param(replace(tax("20.00"), taxable=usd("80.00"), percentage=Decimal(25)), "80.00", "25", "77", None, id="of a part"),
        pytest.param(replace(tax("20.00", rate="txr_2"), percentage=Decimal(20)), "100.00", "20", "78", "9", id="with a tax type"),
    ],
)
def test_a_tax_detail_says_of_what_it_is(given: Tax, basis: str, rate: str, code: str, kind: str | None) -> None:
    (detail,) = sold(line("100.00", taxes=[given]), settings=SUITE_TAX)[0].taxes
    assert (detail.tax_basis, detail.tax_rate, detail.tax_code, detail.tax_type) == (usd(basis), Decimal(rate), Internal(code), kind)


def test_tax_details_are_numbered_as_their_lines() -> None:
    said = sublists(sold(line("50.00"), line("100.00", taxes=[tax("20.00")]), settings=SUITE_TAX))
    assert [each.tax_details_reference for each in said["item"]] == ["", "2"]
    assert [each.tax_details_reference for each in said["tax_details"]] == ["2"]


@pytest.mark.parametrize(
    ("part", "shares"),
    [
        ("120.00", ["price_1 100.00 USD", "price_1 20.00 USD"]),
        ("60.00", ["price_1 50.00 USD", "price_1 10.00 USD"]),
        ("0.10", ["price_1 0.08 USD", "price_1 0.02 USD"]),
        ("0.02", ["price_1 0.02 USD"]),
        ("0.01", ["price_1 0.01 USD"]),
    ],
)
def test_a_part_is_shared_out_and_a_line_without_a_share_is_left_out(part: str, shares: list[str]) -> None:
    assert shown(pro_rata(sold(line("100.00"), line("20.00")), usd(part))) == shares


@pytest.mark.parametrize(
    ("part", "shares"),
    [
        ("132.00", ["price_1 100.00 USD + 20.00 USD", "price_1 10.00 USD + 2.00 USD"]),
        ("66.00", ["price_1 50.00 USD + 10.00 USD", "price_1 5.00 USD + 1.00 USD"]),
        ("0.06", ["price_1 0.05 USD + 0.01 USD"]),
        ("0.02", ["price_1 0.02 USD"]),
    ],
)
def test_so_are_its_taxes(part: str, shares: list[str]) -> None:
    lines = sold(line("100.00", taxes=[tax("20.00")]), line("10.00", taxes=[tax("2.00")]), settings=SUITE_TAX)
    assert shown(pro_rata(lines, usd(part))) == shares


def test_a_line_without_a_share_stands_where_its_tax_has_one() -> None:
    lines = sold(line("0.10", taxes=[tax("5.00")]), settings=SUITE_TAX)
    assert shown(pro_rata(lines, usd("0.25"))) == ["price_1 0.00 USD + 0.25 USD"]


def test_a_share_of_tax_is_of_its_lines_share() -> None:
    (share,) = pro_rata(sold(line("100.00", taxes=[tax("20.00")]), settings=SUITE_TAX), usd("60.00"))
    assert (share.line.amount, share.taxes[0].tax_basis, share.taxes[0].tax_amount) == (usd("50.00"), usd("50.00"), usd("10.00"))


def test_the_whole_keeps_quantity_and_rate_a_share_has_none() -> None:
    lines = sold(line("100.00", quantity=Decimal(4), unit_amount=Decimal(2500)))
    assert pro_rata(lines, usd("100.00")) == lines
    assert [(each.line.quantity, each.line.rate) for each in pro_rata(lines, usd("50.00"))] == [(None, None)]


@pytest.mark.parametrize(
    ("lines", "part", "credited"),
    [
        pytest.param(sold(line("60.00"), line("40.00")), "100.00", ["price_1 60.00 USD", "price_1 40.00 USD"], id="the whole: its own lines"),
        pytest.param(sold(line("60.00")), "25.00", ["price_1 25.00 USD"], id="a part of one line: of that line"),
        pytest.param(sold(line("60.00"), line("40.00")), "25.00", ["stripe-partial-refund 25.00 USD"], id="a part of several: of the item for that"),
        pytest.param(
            sold(line("60.00", taxes=[tax("12.00")]), settings=SUITE_TAX), "25.00", ["stripe-partial-refund 25.00 USD"], id="a part of a taxed line: too"
        ),
        pytest.param([], "25.00", ["stripe-partial-refund 25.00 USD"], id="a part of nothing that we know: too"),
    ],
)  # fmt: skip
def test_what_is_credited_of_a_bill(lines: Sequence[Sold], part: str, credited: list[str]) -> None:
    assert shown(credit_lines(lines, usd(part), partial_refund_item(SETTINGS), "why")) == credited


def test_quantity_and_rate_are_said_where_they_are_exact() -> None:
    exact = line("10.00", quantity=Decimal(4), unit_amount=Decimal(250))
    rounded = line("10.00", quantity=Decimal(3), unit_amount=Decimal("333.33"))
    assert [(each.line.quantity, each.line.rate) for each in sold(exact, rounded)] == [(Decimal(4), Decimal("2.50")), (None, None)]


def test_shipping_of_nothing_is_no_line() -> None:
    assert shown(sold(line("10.00"), shipping=Shipping(usd("0.00")))) == ["price_1 10.00 USD"]
    assert shown(sold(line("10.00"), shipping=Shipping(usd("5.00"), (tax("1.00"),)))) == [
        "price_1 10.00 USD",
        "stripe-shipping 5.00 USD",
        "txr_1 1.00 USD",
    ]


def test_an_item_is_named_after_what_it_is_of_and_unique_by_its_id() -> None:
    named = {next(iter(ITEM_IDS)): "55"}
    assert tax_item(replace(tax("1.00"), name=""), SETTINGS).item_id == "Tax (txr_1)"
    assert tax_item(tax("1.00"), SETTINGS).item_id == "Sales Tax 8.25% (txr_1)"
    assert (tax_item(replace(tax("1.00"), name=""), SETTINGS).display_name, tax_item(tax("1.00"), SETTINGS).display_name) == (
        "Tax",
        "Sales Tax 8.25%",
    )
    assert discount_item(COUPON, SETTINGS).item_id == "Spring sale (SPRING)"
    assert discount_item(replace(COUPON, name=""), SETTINGS).item_id == "Coupon (SPRING)"
    assert line_item(None, SETTINGS, line("1.00", metadata=named)).item_id == "Line (il_1)"
    assert line_item(None, SETTINGS, line("1.00", metadata=named)).display_name == "Pro plan, November"
    assert line_item(None, SETTINGS, line("1.00", description="", metadata=named)).display_name == "il_1"
    assert line_item(None, SETTINGS, line("1.00", metadata={"order": "7"})).external_id == "stripe-item"
    assert (
        price_item(
            price(
                product="",
            ),
            SETTINGS,
        ).item_id
        == "prod_1 (price_1)"
    )
    assert price_item(price(product=""), SETTINGS).display_name == "price_1"


def test_all_coupons_may_share_one_item_but_those_that_name_their_own() -> None:
    shared = replace(SETTINGS, invoices_coupons="global")
    assert [discount_item(coupon, shared).external_id for coupon in (COUPON, replace(COUPON, coupon_id="FALL"))] == ["stripe-coupon"] * 2
    assert discount_item(replace(COUPON, metadata={"netsuite_discount_item_id": "55"}), shared).external_id == "SPRING"


def test_a_long_name_gives_way_to_the_id() -> None:
    assert len(discount_item(replace(COUPON, name="x" * 300), SETTINGS).item_id) == 250
    assert discount_item(replace(COUPON, name="x" * 300), SETTINGS).item_id.endswith("xx (SPRING)")
    assert len(tax_item(replace(tax("1.00"), name="x" * 300), SETTINGS).display_name) == 250


def test_every_item_stands_in_the_subsidiary_of_the_settings() -> None:
    items = (price_item(price(), US), tax_item(tax("1.00"), US), bad_debt_item(US), partial_refund_item(US))
    assert [item.subsidiary for item in items] == [Internal("3")] * 4


def test_only_the_item_of_a_price_is_looked_for_among_netsuites() -> None:
    matching = replace(SETTINGS, items_match=(Pair("metadata.sku", "itemId"),))
    of = price(metadata={"sku": "PRO-1"})
    assert ensure_item(price_item(of, matching), [of], matching).matches == (Match("itemId", "PRO-1"),)
    assert ensure_item(partial_refund_item(matching), [of], matching).matches == ()
    assert ensure_item(price_item(of, SETTINGS), [of], SETTINGS).matches == ()
