"""2.4: a final Stripe invoice is an Invoice, line by line, to Stripe's total."""

from __future__ import annotations

from services.sandbox.stripe.invoices import Line, Shipping
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

NEW_YORK = 'ledger.time_zone = "America/New_York"'


GLOBAL_COUPON = 'invoices.coupons = "global"'
SUITE_TAX = 'tax.policy = "tax_details"\ntax.code = "12"\ntax.type = "5"\n'


def _inline(s: Scene, amount: int, description: str) -> Line:
    return Line(product=s.product(description), unit_amount=amount, description=description)


def _trial(s: Scene) -> object:
    return s.world.subscriptions.start(s.ada, s.price(interval="month"), trial=True)


def _two_coupons(s: Scene) -> object:
    return s.invoice(*s.three_lines(), coupons=[s.coupon(), s.coupon("Loyalty", "LOYAL", amount_off=500)])


def _named_coupon(s: Scene) -> object:
    theirs = s.by_person("discountItem", "Their discount", itemId="Their discount", nonPosting=True)
    named = s.coupon("Loyalty", "LOYAL", amount_off=500, metadata={"netsuite_discount_item_id": theirs})
    return s.invoice(*s.three_lines(), coupons=[s.coupon(), named])


def _coupon_on_two_lines(s: Scene) -> object:
    spring = s.coupon()
    first, second, _ = s.three_lines()
    return s.invoice(*(Line(each.price, coupons=(spring,)) for each in (first, second)))


def _total_differs(s: Scene) -> None:
    s.held(s.invoice())["total"] += 1


def _linked(s: Scene) -> None:
    s.invoice(metadata={"netsuite_invoice_id": s.their_invoice("INV77", 100)})


def _too_many(s: Scene) -> None:
    """Stripe's own list, grown in place."""
    made = s.invoice()
    (line,) = s.world.account.listed("line_item", "invoice", made)
    for number in range(2, 5_002):
        s.world.account.keep({**line, "id": f"il_{number}"})


ROWS = (
    Row(
        "2.4, 5.10",
        "invoice, finalised",
        "Invoice dated that day in the ledger's zone; customer, number, due date, a line per invoice line with quantity and rate",
        (
            Case("invoice.finalized", "open_and_owed", lambda s: s.invoice(days_until_due=30)),
            Case(
                "invoice.finalized",
                "quantities_and_rates",
                lambda s: s.invoice(s.line(1_999, quantity=3), s.line(333, "Seats", quantity=7)),
            ),
            Case("invoice.finalized", "an_inline_line_sells_the_global_item", lambda s: s.invoice(_inline(s, 4_200, "As agreed"))),
            Case("invoice.finalized", "a_line_of_nothing_is_kept", lambda s: s.invoice(s.line(), Line(s.price(5_000), unit_amount=0))),
            Case("invoice.finalized", "late_at_night_in_new_york_is_the_day_before", lambda s: (s.on(3, 3), s.invoice()), NEW_YORK),
            Case("invoice.finalized", "a_linked_invoice_needs_neither_customer_nor_items", _linked),
            Case("invoice.updated", "a_draft_is_nothing", lambda s: (s.invoice(of=s.ada), s.world.invoices.describe(s.draft(), "Soon"))),
        ),
    ),
    Row(
        "2.4",
        "… a line below zero",
        "a line at a negative rate, or a discount (`invoices.negative_lines`)",
        (
            Case("invoice.finalized", "a_negative_line", lambda s: s.invoice(s.line(), _inline(s, -2_000, "Less what was promised"))),
            Case(
                "invoice.finalized",
                "a_negative_line_as_a_discount",
                lambda s: s.invoice(s.line(), _inline(s, -2_000, "Less what was promised")),
                'invoices.negative_lines = "discount"',
            ),
        ),
    ),
    Row(
        "2.4, 5.15",
        "… its coupons",
        "a line of a non-posting DiscountItem per coupon, named by the coupon's id",
        (
            Case("invoice.finalized", "a_coupon_is_a_discount_line", lambda s: s.invoice(coupon=s.coupon())),
            Case("invoice.finalized", "two_coupons_are_two_lines", _two_coupons),
            Case("invoice.finalized", "one_coupon_on_two_lines_is_one_line", _coupon_on_two_lines),
            Case("invoice.finalized", "a_coupon_id_that_netsuite_would_refuse", lambda s: s.invoice(coupon=s.coupon(code="SPRING 10%"))),
        ),
    ),
    Row(
        "2.4",
        "… all its coupons as one item (`invoices.coupons = global`)",
        "a line of `Stripe Coupon` per coupon; one whose metadata names an item has its own",
        (
            Case("invoice.finalized", "two_coupons_of_the_global_item", _two_coupons, GLOBAL_COUPON),
            Case("invoice.finalized", "the_global_coupon_and_one_that_names_an_item", _named_coupon, GLOBAL_COUPON),
        ),
    ),
    Row(
        "2.4",
        "… its shipping",
        "a line of `Stripe Shipping`",
        (
            Case("invoice.finalized", "shipping", lambda s: s.invoice(shipping=Shipping(499))),
            Case(
                "invoice.finalized",
                "taxed_shipping",
                lambda s: s.invoice(shipping=Shipping(1_000, (s.rate(),)), tax_rate=s.rate("8.25", "Sales tax")),
            ),
        ),
    ),
    Row(
        "2.4, 5.16",
        "… its tax (`tax.policy`)",
        "a line per tax rate to `accounts.tax_payable`; inclusive tax comes out of its line; ignored, it stays in the lines",
        (
            Case("invoice.finalized", "tax_on_top", lambda s: s.invoice(*s.three_lines(), tax_rate=s.rate("8.25", "Sales tax"))),
            Case("invoice.finalized", "tax_inside", lambda s: s.invoice(s.line(11_900), tax_rate=s.rate("19", inclusive=True))),
            Case("invoice.finalized", "two_tax_rates", lambda s: s.invoice(tax_rates=[s.rate("5", "GST"), s.rate("7", "PST")])),
            Case("invoice.finalized", "tax_and_a_coupon", lambda s: s.invoice(coupon=s.coupon(), tax_rate=s.rate())),
            Case("invoice.finalized", "tax_ignored_stays_in_the_lines", lambda s: s.invoice(tax_rate=s.rate()), 'tax.policy = "ignore"'),
        ),
    ),
    Row(
        "2.4",
        "… its tax as SuiteTax details (`tax.policy = tax_details`)",
        "each tax of a line is a tax detail of it, with Stripe's amount and the tax code that settings name; credits have them too",
        (
            Case(
                "invoice.finalized",
                "tax_details_on_top",
                lambda s: s.invoice(*s.three_lines(), tax_rate=s.rate("8.25", "Sales tax"), shipping=Shipping(1_000, (s.rate(),))),
                SUITE_TAX + 'tax.codes.txr_1 = { code = "13", type = "6" }\n',
            ),
            Case(
                "invoice.finalized",
                "tax_details_inside",
                lambda s: s.invoice(s.line(11_900), tax_rate=s.rate("19", inclusive=True)),
                SUITE_TAX,
            ),
            Case("charge.refunded", "an_invoice_with_tax_details", lambda s: s.refund(s.paid(tax_rate=s.rate())), SUITE_TAX),
            Case(
                "charge.refunded",
                "a_part_with_tax_details_pro_rata",
                lambda s: s.refund(s.paid(*s.three_lines(), tax_rate=s.rate()), 1_000),
                SUITE_TAX + 'refunds.partial = "pro_rata"\n',
            ),
            Case(
                "invoice.voided",
                "with_tax_details",
                lambda s: (i := s.invoice(tax_rate=s.rate()), s.synced(), s.on(9), s.world.invoices.void(i)),
                SUITE_TAX,
            ),
            Case(
                "invoice.finalized",
                "tax_details_without_a_tax_code",
                lambda s: s.invoice(tax_rate=s.rate()),
                'tax.policy = "tax_details"\n',
            ),
        ),
    ),
    Row(
        "2.4, 5.1",
        "… of nothing, or of less than nothing",
        "zero lines only: skipped (`invoices.zero`); lines that net to zero: booked; negative: every line at zero",
        (
            Case("invoice.paid", "a_trial_is_skipped", _trial),
            Case("invoice.paid", "a_trial_where_settings_want_it", _trial, 'invoices.zero = "sync"'),
            Case("invoice.paid", "lines_that_net_to_zero", lambda s: s.invoice(s.line(), _inline(s, -10_000, "Courtesy"))),
            Case("invoice.paid", "a_negative_total_stands_at_zero", lambda s: s.invoice(s.line(2_000), _inline(s, -5_000, "Unused time"))),
        ),
    ),
    Row(
        "2.4",
        "… that does not add up, or has more than 5,000 lines",
        "Failed with both figures; nothing is written",
        (
            Case("invoice.finalized", "total_differs", _total_differs),
            Case("invoice.finalized", "more_lines_than_netsuite_takes", _too_many),
        ),
    ),
)
