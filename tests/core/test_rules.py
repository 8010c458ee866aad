"""What NetSuite should hold, case by case: read the given and the page, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest

from core.outcome import CannotSync, Kind
from core.plan import Plan, page
from core.rules.charges import plan_charge
from core.rules.customers import plan_customer
from core.rules.disputes import plan_dispute
from core.rules.invoices import plan_invoice
from core.rules.payouts import plan_payout
from core.rules.prices import plan_price
from core.rules.refunds import plan_refunds
from core.settings import Settings
from core.snapshot import Address, Discount, InvoicePayment, Shipping, Snapshot
from tests.given import (
    SETTINGS,
    at,
    charge,
    customer,
    dispute,
    invoice,
    invoiced,
    line,
    moved,
    payout,
    price,
    refund,
    refunds,
    tax,
    usd,
)

Rule = Callable[[Snapshot, Settings], Plan]
GLOBAL = replace(SETTINGS, customers_policy="global", items_policy="global")
HOLD = replace(SETTINGS, payouts_on_invalid="hold")
PERSON = replace(SETTINGS, customers_as_person=True)
ADA_AT = Address("1 Analytical Way", "", "London", "", "N1", "GB")

CASES = [
    pytest.param(
        plan_customer,
        customer(),
        SETTINGS,
        """
        # A Customer for the Stripe customer.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
        """,
        id="a Stripe customer is a company by default",
    ),
    pytest.param(
        plan_customer,
        customer(address=ADA_AT, shipping=ADA_AT),
        PERSON,
        """
        # A Customer for the Stripe customer.
        ensure  customer cus_1
          is_person        yes
          currency         usd
          first_name       Ada
          last_name        Lovelace
          email            ada@example.com
          comments         cus_1
          address_book     label Billing and shipping  addr1 1 Analytical Way  city London  zip N1  country GB  default_billing yes  default_shipping yes
        """,
        id="a customer whose first and last name are known is a person when settings say so",
    ),
    pytest.param(
        plan_customer,
        customer(),
        GLOBAL,
        "# All sales go to one global customer (customers.policy).",
        id="under the global customer no Customer is made",
    ),
    pytest.param(
        plan_price,
        price(),
        SETTINGS,
        """
        # An item for the price.
        ensure  serviceSaleItem price_1
          item_id          Pro plan (price_1)
          display_name     Pro plan
          income_account   #400
        """,
        id="a price is a service item named by its product",
    ),
    pytest.param(
        plan_price, price(), GLOBAL, "# All lines use one global item (items.policy).", id="under the global item no item is made"
    ),
    pytest.param(
        plan_price,
        price(inline=True),
        SETTINGS,
        "# The price was made inline for one line; such lines use the global item.",
        id="an inline price is no item",
    ),
    pytest.param(
        plan_charge,
        charge("29.00", description="T-shirt"),
        SETTINGS,
        """
        # The charge paid no Stripe invoice.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        upsert  customerPayment ch_1  29.00 USD
          customer         customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          payment          29.00 USD
          account          #110
          memo             Stripe: ch_1 T-shirt
        """,
        id="a guest's sale is an unapplied payment of the global customer",
    ),
    pytest.param(
        plan_charge,
        invoiced("100.00"),
        SETTINGS,
        """
        # The charge paid an invoice.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
        ensure  serviceSaleItem price_1
          item_id          Pro plan (price_1)
          display_name     Pro plan
          income_account   #400
        upsert  invoice in_1  100.00 USD
          entity           customer cus_1
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem price_1  amount 100.00 USD  description Pro plan, November
          memo             Stripe: in_1
          other_ref_num    INV-0001
        upsert  customerPayment ch_1  100.00 USD
          customer         customer cus_1
          tran_date        2026-11-02
          currency         usd
          payment          100.00 USD
          account          #110
          apply            doc invoice in_1  amount 100.00 USD
          memo             Stripe: ch_1
        """,
        id="a charge that paid an invoice is a payment applied to it",
    ),
    pytest.param(
        plan_charge,
        charge(captured=False),
        SETTINGS,
        "# The charge is authorised but not captured: no money has moved.",
        id="an authorisation is nothing until it is captured",
    ),
    pytest.param(
        plan_charge,
        charge(status="failed", balance_transaction=None),
        SETTINGS,
        "# The charge failed; only successful payments are synced.",
        id="a failed charge is nothing",
    ),
    pytest.param(
        plan_invoice,
        invoice(
            line("100.00", taxes=[tax("7.43")], quantity=None),
            line("50.00", of=price("price_2", "Onboarding"), taxes=[tax("3.71")], description="Onboarding"),
            total="146.14",
            discounts=[Discount("SAVE10", "Ten off", usd("15.00"))],
            due_date=at(30),
        ),
        SETTINGS,
        """
        # The invoice is open: the customer owes it.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
        ensure  serviceSaleItem price_1
          item_id          Pro plan (price_1)
          display_name     Pro plan
          income_account   #400
        ensure  serviceSaleItem price_2
          item_id          Onboarding (price_2)
          display_name     Onboarding
          income_account   #400
        ensure  discountItem SAVE10
          item_id          Ten off (SAVE10)
          non_posting      yes
        ensure  serviceSaleItem txr_1
          item_id          Sales Tax 8.25% (txr_1)
          display_name     Sales Tax 8.25%
          income_account   #210
        upsert  invoice in_1  146.14 USD
          entity           customer cus_1
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem price_1  amount 100.00 USD  description Pro plan, November
          item             item serviceSaleItem price_2  amount 50.00 USD  description Onboarding
          item             item discountItem SAVE10  amount -15.00 USD  description Ten off
          item             item serviceSaleItem txr_1  amount 11.14 USD  description Sales Tax 8.25%
          due_date         2026-11-30
          memo             Stripe: in_1
          other_ref_num    INV-0001
        """,
        id="an open invoice with a coupon and exclusive tax: each its own line, to Stripe's total",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("119.00", taxes=[tax("19.00", inclusive=True)]), total="119.00"),
        GLOBAL,
        """
        # The invoice is open: the customer owes it.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        ensure  serviceSaleItem stripe-item
          item_id          Stripe Item
          display_name     Stripe Item
          income_account   #400
        ensure  serviceSaleItem txr_1
          item_id          Sales Tax 8.25% (txr_1)
          display_name     Sales Tax 8.25%
          income_account   #210
        upsert  invoice in_1  119.00 USD
          entity           customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
          item             item serviceSaleItem txr_1  amount 19.00 USD  description Sales Tax 8.25%
          memo             Stripe: in_1
          other_ref_num    INV-0001
        """,
        id="inclusive tax is taken out of its line",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("10.00"), total="14.99", shipping=Shipping(usd("4.99"))),
        GLOBAL,
        """
        # The invoice is open: the customer owes it.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        ensure  serviceSaleItem stripe-item
          item_id          Stripe Item
          display_name     Stripe Item
          income_account   #400
        ensure  serviceSaleItem stripe-shipping
          item_id          Stripe Shipping
          display_name     Stripe Shipping
          income_account   #400
        upsert  invoice in_1  14.99 USD
          entity           customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem stripe-item  amount 10.00 USD  description Pro plan, November
          item             item serviceSaleItem stripe-shipping  amount 4.99 USD  description Shipping
          memo             Stripe: in_1
          other_ref_num    INV-0001
        """,
        id="shipping is a line of the shipping item",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("0.00"), total="0.00"),
        SETTINGS,
        "# The invoice has only zero lines (invoices.zero = skip).",
        id="a trial's invoice is skipped by default",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("5.00"), total="5.00", status="draft"),
        SETTINGS,
        "# The invoice is a draft; only finalised invoices are synced.",
        id="a draft is nothing",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("29.00"), total="29.00", status="paid", payments=[InvoicePayment("paid", usd("29.00"), charge("29.00"))]),
        GLOBAL,
        """
        # The invoice is paid.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        ensure  serviceSaleItem stripe-item
          item_id          Stripe Item
          display_name     Stripe Item
          income_account   #400
        upsert  invoice in_1  29.00 USD
          entity           customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem stripe-item  amount 29.00 USD  description Pro plan, November
          memo             Stripe: in_1
          other_ref_num    INV-0001
        upsert  customerPayment ch_1  29.00 USD
          customer         customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          payment          29.00 USD
          account          #110
          apply            doc invoice in_1  amount 29.00 USD
          memo             Stripe: ch_1
        """,
        id="a paid invoice brings its payment along",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("10.00")),
        SETTINGS,
        """
        # Money went back to the customer.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        upsert  customerPayment ch_1  29.00 USD
          customer         customer stripe-unallocated
          tran_date        2026-11-02
          currency         usd
          payment          29.00 USD
          account          #110
          memo             Stripe: ch_1
        upsert  customerRefund re_1  10.00 USD
          customer         customer stripe-unallocated
          tran_date        2026-11-05
          currency         usd
          account          #110
          apply            doc customerPayment ch_1  amount 10.00 USD
          memo             Stripe: re_1 requested by customer
        """,
        id="a refund of a card sale refunds the payment",
    ),
    pytest.param(
        plan_refunds,
        refunds(replace(charge(captured=False), balance_transaction=None), refund("29.00", has_balance_transaction=False)),
        SETTINGS,
        "# The charge was never captured: its refund released an authorisation, no money moved.",
        id="the refund of an authorisation is nothing",
    ),
    pytest.param(plan_refunds, refunds(charge()), SETTINGS, "# The charge has no refunds.", id="a charge without refunds is nothing here"),
    pytest.param(
        plan_dispute,
        dispute("29.00", charge("29.00"), status="warning_needs_response", withdrawn=False),
        SETTINGS,
        "# The dispute is an inquiry: no money has moved.",
        id="an inquiry is nothing",
    ),
    pytest.param(
        plan_payout,
        payout(
            "62.31",
            moved("100.00", "3.20"),
            moved("-29.00", category="refund", source="re_1"),
            moved("-5.49", category="fee", source=""),
        ),
        HOLD,
        """
        # The payout is paid.
        require customerPayment ch_1
        require customerRefund re_1
        upsert  deposit po_1  62.31 USD
          account          #101
          tran_date        2026-11-09
          currency         usd
          payment          doc customerPayment ch_1  amount 100.00 USD
          payment          doc customerRefund re_1  amount -29.00 USD
          cashback         account #600  amount 3.20 USD  memo Stripe: stripe fee
          cashback         account #601  amount 5.49 USD  memo Stripe: fee
          memo             Stripe: po_1
        """,
        id="a payout is a deposit of payments and refunds, less fees",
    ),
    pytest.param(
        plan_payout,
        payout("96.80", moved("100.00", "3.20"), status="in_transit"),
        HOLD,
        """
        # The payout is in_transit: what it holds is checked, nothing is written before it is paid.
        require customerPayment ch_1
        """,
        id="a payout that is on its way is checked only",
    ),
    pytest.param(
        plan_payout,
        payout(
            "42.00",
            moved("100.00", "3.00"),
            moved("-29.00", "15.00", category="dispute", source="dp_1"),
            moved("-11.00", category="brand_new_category", source=""),
        ),
        HOLD,
        """
        # The payout is paid. ALERT: no account is named for brand_new_category; it stands in suspense.
        require customerPayment ch_1
        require customerRefund dp_1
        upsert  deposit po_1  42.00 USD
          account          #101
          tran_date        2026-11-09
          currency         usd
          payment          doc customerPayment ch_1  amount 100.00 USD
          payment          doc customerRefund dp_1  amount -29.00 USD
          cashback         account #600  amount 3.00 USD  memo Stripe: stripe fee
          cashback         account #604  amount 15.00 USD  memo Stripe: dispute fee
          cashback         account #690  amount 11.00 USD  memo Stripe: brand new category
          memo             Stripe: po_1
        """,
        id="a dispute's fee goes to its own account, and what nobody mapped to suspense",
    ),
    pytest.param(
        plan_payout,
        payout("10.00", status="failed"),
        SETTINGS,
        """
        # The payout is failed and is not in the books; its members go with the payout that pays them.
        """,
        id="a failed payout without a deposit is nothing",
    ),
]


@pytest.mark.parametrize(("rule", "given", "settings", "then"), CASES)
def test_the_rule_says(rule: Rule, given: Snapshot, settings: Settings, then: str) -> None:
    assert page(rule(given, settings)) == dedent(then).strip() + "\n"


def tail(of: Plan) -> list[str]:
    """The lines of the plan's last two records."""
    lines = page(of).splitlines()
    starts = [number for number, text in enumerate(lines) if not text.startswith((" ", "#"))]
    return lines[starts[-2] :]


REVERSALS = [
    pytest.param(
        plan_refunds(refunds(invoiced("100.00"), refund("100.00")), SETTINGS),
        ["          item             item serviceSaleItem price_1  amount 100.00 USD  description Pro plan, November"],
        "re_1",
        "100.00",
        id="a full refund of an invoiced charge credits the invoice's own lines",
    ),
    pytest.param(
        plan_refunds(refunds(invoiced("100.00"), refund("25.00")), SETTINGS),
        ["          item             item serviceSaleItem price_1  amount 25.00 USD  description Pro plan, November"],
        "re_1",
        "25.00",
        id="a part of a one-line invoice credits that line",
    ),
    pytest.param(
        plan_refunds(refunds(invoiced("100.00", line("60.00"), line("40.00", of=price("price_2"))), refund("25.00")), SETTINGS),
        ["          item             item serviceSaleItem stripe-partial-refund  amount 25.00 USD  description requested by customer"],
        "re_1",
        "25.00",
        id="a part of several lines credits the partial refund item",
    ),
    pytest.param(
        plan_dispute(dispute("25.00", invoiced("100.00", line("60.00"), line("40.00", of=price("price_2")))), SETTINGS),
        ["          item             item serviceSaleItem stripe-dispute  amount 25.00 USD  description dispute: fraudulent"],
        "dp_1",
        "25.00",
        id="a part of several lines disputed credits the dispute item",
    ),
]


@pytest.mark.parametrize(("of", "lines", "stripe_id", "amount"), REVERSALS)
def test_a_reversal_of_an_invoiced_charge_credits_the_invoice_then_refunds_the_credit(
    of: Plan, lines: list[str], stripe_id: str, amount: str
) -> None:
    records = tail(of)
    assert f"upsert  creditMemo {stripe_id}-memo  {amount} USD" in records
    assert [text for text in records if text.lstrip().startswith("item ")] == [text[8:] for text in lines]
    assert f"upsert  customerRefund {stripe_id}  {amount} USD" in records
    assert f"  apply            doc creditMemo {stripe_id}-memo  amount {amount} USD" in records


REFUSED = [
    pytest.param(plan_charge, charge(balance_transaction=None), Kind.NOT_READY, "waiting for Stripe's balance transaction", id="no balance transaction yet"),
    pytest.param(plan_charge, charge(status="pending"), Kind.NOT_READY, "the charge is pending", id="a pending charge waits, whatever its balance transaction"),
    pytest.param(plan_invoice, invoice(line("10.00"), total="11.00"), Kind.REFUSED, "total differs: the lines add up to 10.00 USD, Stripe's total is 11.00 USD", id="a total that differs"),
    pytest.param(plan_refunds, refunds(charge(), refund("9.00", status="pending", has_balance_transaction=False)), Kind.NOT_READY, "refund re_1 is pending: no money has moved yet", id="a pending refund waits"),
    pytest.param(plan_refunds, refunds(charge("9.00"), refund("9.01")), Kind.REFUSED, "refunds of 9.01 USD exceed the charge of 9.00 USD", id="more refunded than charged"),
    pytest.param(plan_payout, payout("96.81", moved("100.00", "3.20")), Kind.REFUSED, "total differs: the balance transactions add up to 96.80 USD, the payout is 96.81 USD", id="a payout that does not add up"),
    pytest.param(plan_payout, payout("10.00", reconciliation_status="in_progress"), Kind.NOT_READY, "Stripe has not listed yet what the payout holds (reconciliation in_progress)", id="a payout that Stripe has not listed"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "kind", "message"), REFUSED)
def test_the_rule_says_why_not(rule: Rule, given: Snapshot, kind: Kind, message: str) -> None:
    with pytest.raises(CannotSync) as stopped:
        rule(given, SETTINGS)
    assert (stopped.value.failed.kind, stopped.value.failed.message) == (kind, message)
    assert stopped.value.failed.remedy


SALE = invoiced("10.00")
PAID_OUT = payout("9.00", moved("10.00", "1.00"))


@pytest.mark.parametrize(
    ("missing", "rule", "given"),
    [("undeposited_funds", plan_charge, SALE), ("income", plan_charge, SALE), ("payment_fees", plan_payout, PAID_OUT)],
)
def test_a_missing_account_is_named(missing: str, rule: Rule, given: Snapshot) -> None:
    poor = replace(SETTINGS, accounts=replace(SETTINGS.accounts, **{missing: ""}))  # type: ignore[arg-type]
    with pytest.raises(CannotSync) as stopped:
        rule(given, poor)
    assert stopped.value.failed.kind is Kind.MISCONFIGURED
    assert stopped.value.failed.field == f"accounts.{missing}"


def test_a_payout_in_a_currency_without_a_bank_account_names_the_setting() -> None:
    with pytest.raises(CannotSync) as stopped:
        plan_payout(PAID_OUT, replace(SETTINGS, accounts=replace(SETTINGS.accounts, bank={})))
    assert stopped.value.failed.field == "accounts.bank.usd"
