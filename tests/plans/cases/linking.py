"""2.6: metadata by which a merchant names NetSuite's records, or keeps an object out."""

from __future__ import annotations

from services.sandbox.stripe.invoices import Line
from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

BLOCK = {"netsuite_block_integration": "true"}
ALLOW = {"netsuite_allow_integration": "true"}
ASKING = "stripe.require_allow = true"


def _lines(s: Scene) -> str:
    line = Line(s.price(), metadata={"netsuite_service_resale_item_id": s.their_item("Line's own")})
    sold = s.price(5_000, "Onboarding", metadata={"netsuite_non_inventory_sale_item_id": s.their_item("Price's own")})
    return s.invoice(line, Line(sold))


def _coupon(s: Scene) -> str:
    theirs = s.by_person("discountItem", "Their discount", itemId="Their discount", nonPosting=True)
    return s.invoice(coupon=s.coupon(metadata={"netsuite_discount_item_id": theirs}))


def _payment(s: Scene) -> str:
    acme = s.their_customer()
    given = {"customer": {"id": acme}, "payment": 29, "account": {"id": "110"}, "autoApply": False}
    theirs = s.by_person("customerPayment", "29.00 USD", **given, tranDate="2026-11-02", currency={"id": "1"})
    return s.sale(metadata={"netsuite_customer_payment_id": theirs, "netsuite_customer_id": acme})


def _refund(s: Scene, *, memo_too: bool) -> str:
    charge = s.paid()
    s.synced()
    (bill,) = s.netsuite.records("invoice")
    line = {"items": [{"item": bill.fields["item"][0]["item"], "amount": 25}]}
    memo = s.by_person("creditMemo", "25.00 USD", entity=bill.fields["entity"], tranDate="2026-11-05", currency={"id": "1"}, item=line)
    if memo_too:
        metadata = {"netsuite_credit_memo_id": memo}
    else:
        applied = {"items": [{"doc": {"id": memo}, "apply": True, "amount": 25}]}
        given = {"customer": bill.fields["entity"], "account": {"id": "110"}, "apply": applied, "tranDate": "2026-11-05"}
        metadata = {"netsuite_customer_refund_id": s.by_person("customerRefund", f"25.00 USD of #{memo}", **given, currency={"id": "1"})}
    s.on(5)
    return s.refund(charge, 2_500, metadata=metadata)


def _destination(s: Scene) -> None:
    s.held(s.sale())["transfer_data"] = {"amount": None, "destination": "acct_1Builder"}


def _on_behalf(s: Scene) -> None:
    s.held(s.paid())["on_behalf_of"] = "acct_1Builder"


def _blocked(s: Scene) -> None:
    s.world.charges.annotate(s.paid(), BLOCK)


ROWS = (
    Row(
        "2.6",
        "metadata `netsuite_…_id` on a charge: its customer, its payment",
        "booked to that Customer; that CustomerPayment is linked, not made",
        (
            Case("charge.succeeded", "to_the_customer_it_names", lambda s: s.sale(metadata={"netsuite_customer_id": s.their_customer()})),
            Case(
                "charge.succeeded",
                "of_a_linked_customer",
                lambda s: s.sale(customer=s.customer(metadata={"netsuite_customer_id": s.their_customer()})),
            ),
            Case("charge.succeeded", "whose_payment_a_person_made", _payment),
        ),
    ),
    Row(
        "2.6",
        "… on a line, a price or a coupon: its item",
        "that item is sold, of any type",
        (
            Case("invoice.finalized", "items_named_by_line_and_price", _lines),
            Case("invoice.finalized", "a_discount_item_named_by_the_coupon", _coupon),
        ),
    ),
    Row(
        "2.6",
        "… on a refund or a dispute: its CustomerRefund, its CreditMemo",
        "linked, not made",
        (
            Case("refund.created", "that_a_person_booked", lambda s: _refund(s, memo_too=False)),
            Case("refund.created", "whose_credit_memo_a_person_made", lambda s: _refund(s, memo_too=True)),
        ),
    ),
    Row(
        "2.6, 4.1",
        "… a record that NetSuite does not hold, or no internal id",
        "Failed with key and id",
        (
            Case(
                "customer.created", "linked_to_a_record_that_is_not_there", lambda s: s.customer(metadata={"netsuite_customer_id": "4242"})
            ),
            Case("customer.created", "linked_by_a_name_instead_of_an_id", lambda s: s.customer(metadata={"netsuite_customer_id": "ACME"})),
        ),
    ),
    Row(
        "2.6, 4.1",
        "`netsuite_block_integration`, `netsuite_allow_integration`",
        "Failed (blocked), and what builds on it; let in where `stripe.require_allow` is on",
        (
            Case("charge.succeeded", "blocked_by_metadata", lambda s: s.sale(metadata=BLOCK)),
            Case("charge.refunded", "of_a_blocked_customer", lambda s: s.refund(s.sale(customer=s.customer(metadata=BLOCK)))),
            Case("invoice.paid", "its_blocked_charge_is_left_out", _blocked),
            Case("charge.succeeded", "that_nobody_allowed", lambda s: s.sale(), ASKING),
            Case("charge.succeeded", "allowed_by_its_customer", lambda s: s.sale(customer=s.customer(metadata=ALLOW)), ASKING),
        ),
    ),
    Row(
        "2.1",
        "charge for a connected account (Connect)",
        "as any; the memo of its payment names that account",
        (
            Case("charge.succeeded", "for_a_connected_account", _destination),
            Case("charge.succeeded", "on_behalf_of_a_connected_account_that_is_billed", _on_behalf),
        ),
    ),
    Row(
        "2.1",
        "NetSuite's internal ids written back into Stripe's metadata (`stripe.write_back_metadata`)",
        "nothing more in NetSuite; the events that it causes are ignored",
        shown_by="tests/stories/test_write_back.py",
    ),
)
