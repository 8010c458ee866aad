"""3.1: a sale without an invoice as a CashSale or a CustomerDeposit, and how each goes back and is paid out."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

CASH = 'charges.without_invoice = "cash_sale"'
DEPOSITS = 'charges.without_invoice = "customer_deposit"'


def _bounced(s: Scene) -> None:
    charge = s.debited()
    s.on(6)
    s.world.delayed.clear(charge)
    s.synced()
    s.on(9)
    s.world.delayed.bounce(charge)


def _came_back(s: Scene, *, again: bool = False) -> str:
    charge = s.sale(customer=s.ada)
    back = s.refund(charge, 2_000)
    s.on(5)
    s.synced()
    s.world.refunds.fail(back)
    return s.refund(charge) if again else ""


def _paid_out(s: Scene) -> str:
    s.refund(s.sale(customer=s.ada), 900)
    s.paid()
    s.on(5)
    s.synced()
    return s.payout()


def _their_sale(s: Scene) -> None:
    acme = s.their_customer()
    item = s.by_person("serviceSaleItem", "T-shirt", itemId="T-shirt", incomeAccount={"id": "400"})
    lines = {"items": [{"item": {"id": item}, "amount": 29}]}
    sold = s.by_person("cashSale", "29.00 USD to ACME", entity={"id": acme}, tranDate="2026-11-02", item=lines)
    s.sale(metadata={"netsuite_cash_sale_id": sold})


def _their_deposit(s: Scene) -> None:
    acme = s.their_customer()
    held = s.by_person("customerDeposit", "29.00 USD of ACME", customer={"id": acme}, tranDate="2026-11-02", payment=29)
    s.refund(s.sale(metadata={"netsuite_customer_deposit_id": held, "netsuite_customer_id": acme}), 900)


ROWS = (
    Row(
        "3.1",
        "charge without an invoice, as a CashSale (`charges.without_invoice = cash_sale`)",
        "Dr Undeposited Funds, Cr income; a refund, a dispute or a debit that fails is a CashRefund, and one that fails later an entry",
        (
            Case("charge.succeeded", "as_a_cash_sale", lambda s: s.sale(), CASH),
            Case("charge.refunded", "a_cash_sale_in_part", lambda s: s.refund(s.sale(), 900), CASH),
            Case("charge.dispute.created", "of_a_cash_sale", lambda s: s.world.disputes.open(s.sale()), CASH),
            Case("refund.failed", "a_cash_sale_stands_again", _came_back, CASH),
            Case("charge.failed", "after_it_was_a_cash_sale", _bounced, CASH),
            Case("payout.paid", "of_a_cash_sale_and_its_refund", _paid_out, CASH),
        ),
    ),
    Row(
        "3.1",
        "… as a CustomerDeposit (`charges.without_invoice = customer_deposit`)",
        "Dr Undeposited Funds, Cr Customer Deposits; a CustomerRefund of the deposit takes it back, and where that fails its money is deposited again",
        (
            Case("charge.succeeded", "as_a_customer_deposit", lambda s: s.sale(customer=s.ada), DEPOSITS),
            Case("charge.refunded", "a_customer_deposit_in_part", lambda s: s.refund(s.sale(customer=s.ada), 900), DEPOSITS),
            Case("charge.dispute.created", "of_a_customer_deposit", lambda s: s.world.disputes.open(s.sale(customer=s.ada)), DEPOSITS),
            Case("refund.failed", "a_customer_deposit_is_there_again", _came_back, DEPOSITS),
            Case("refund.created", "after_one_of_a_customer_deposit_failed", lambda s: _came_back(s, again=True), DEPOSITS),
            Case("charge.failed", "after_it_was_a_customer_deposit", _bounced, DEPOSITS),
            Case("payout.paid", "of_a_customer_deposit_and_its_refund", _paid_out, DEPOSITS),
        ),
    ),
    Row(
        "2.6",
        "… that stands in NetSuite already (`netsuite_cash_sale_id`, `netsuite_customer_deposit_id`)",
        "linked, not made, whatever the settings say; what goes back goes back of that",
        (
            Case("charge.succeeded", "whose_cash_sale_a_person_made", _their_sale),
            Case("charge.refunded", "of_a_customer_deposit_that_a_person_took", _their_deposit),
        ),
    ),
)
