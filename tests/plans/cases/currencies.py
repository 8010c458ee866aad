"""3.8: currencies to the minor unit, several Stripe accounts, several subsidiaries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

ACCOUNT = "acct_2"
OWN_ACCOUNTS = (
    f'stripe_accounts.{ACCOUNT} = {{ name = "eu", subsidiary = "1", accounts = {{ income = "406", undeposited_funds = "110" }} }}'
)
BY_RULE = '[[subsidiaries]]\nwhen = { currency = "eur" }\nsubsidiary = "2"\n[[subsidiaries]]\nwhen = {}\nsubsidiary = "1"'


def _in_dollars(s: Scene) -> None:
    """One bank account, in dollars: everything else is exchanged by Stripe."""
    s.world.exchange.settle_only("usd")


def _rates(s: Scene) -> None:
    """What NetSuite reckons with on other days than Stripe."""
    s.netsuite.set_rate("EUR", "USD", date(2026, 11, 2), Decimal("1.08"))
    s.netsuite.set_rate("EUR", "USD", date(2026, 11, 8), Decimal("1.10"))


def _euro_payout(s: Scene) -> None:
    _in_dollars(s)
    _rates(s)
    charge = s.sale(4_900, "eur")
    s.on(3)
    s.refund(charge, 900)
    s.synced()
    s.payout()


def _euro_dispute(s: Scene) -> None:
    _in_dollars(s)
    _rates(s)
    charge = s.paid(s.line(4_900, currency="eur"))
    s.synced()
    s.on(8)
    s.world.disputes.open(charge, 2_000)


def _to_a_euro_bank(s: Scene) -> None:
    _rates(s)
    s.sale(4_900, "eur")
    s.sale(2_900)
    s.synced()
    s.payout(currency="eur")


def _yen_payout(s: Scene) -> None:
    s.sale(5_000, "jpy")
    s.synced()
    s.payout(currency="jpy")


def _billed_in_euro_too(s: Scene) -> None:
    """A customer whom NetSuite knows in dollars alone."""
    s.sale(2_900, customer=s.ada)
    s.synced()
    s.sale(4_900, "eur", customer=s.ada)


def _of_another_account(s: Scene) -> None:
    s.account = ACCOUNT
    s.sale(customer=s.ada)


ROWS = (
    Row(
        "3.8",
        "currencies without decimals, or with three",
        "exact to the minor unit",
        (
            Case("invoice.paid", "zero_decimal_currency", lambda s: s.paid(s.line(5_000, currency="jpy", quantity=3))),
            Case("charge.refunded", "three_decimal_currency", lambda s: s.refund(s.sale(12_340, "kwd"), 2_340)),
            Case("payout.paid", "zero_decimal_currency", _yen_payout),
        ),
    ),
    Row(
        "3.8",
        "payment in another currency than the payout",
        "CustomerPayment and CustomerRefund in the customer's currency; the Deposit holds each at Stripe's converted amount; the gain or loss falls out in NetSuite",
        (
            Case("charge.succeeded", "in_euro_settled_in_dollars", lambda s: (_in_dollars(s), _rates(s), s.sale(4_900, "eur"))),
            Case("payout.paid", "euro_members_at_stripes_converted_amount", _euro_payout),
            Case("charge.dispute.created", "in_euro_settled_in_dollars", _euro_dispute),
            Case("payout.paid", "in_euro_to_a_euro_bank", _to_a_euro_bank),
        ),
    ),
    Row(
        "3.8",
        "customer whom NetSuite does not bill in that currency (`customers.add_currency`)",
        "the currency is added; or Failed",
        (
            Case("charge.succeeded", "adds_the_currency_to_the_customer", _billed_in_euro_too),
            Case("charge.succeeded", "in_a_currency_the_customer_lacks", _billed_in_euro_too, "customers.add_currency = false"),
        ),
    ),
    Row(
        "3.8, 2.5",
        "several Stripe accounts, several subsidiaries",
        "each account its own accounts and subsidiary; or a subsidiary by rule",
        (
            Case(
                "charge.succeeded", "of_another_stripe_account", _of_another_account, OWN_ACCOUNTS + '\ncharges.without_invoice = "invoice"'
            ),
            Case("customer.created", "in_the_subsidiary_of_its_currency", lambda s: s.customer(currency="eur"), BY_RULE, one_world=True),
        ),
    ),
)
