"""Minimal Stripe objects of the pinned version, and one merchant's few days made of them."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

DAY = 86_400
BIRTH = 1_793_000_000  # 2026-10-26T07:33:20Z


def stripe_object(kind: str, stripe_id: str, **fields: Any) -> Object:
    return {"id": stripe_id, "object": kind, "livemode": False, "metadata": {}, **fields}


def customer(stripe_id: str = "cus_1", **fields: Any) -> Object:
    return stripe_object("customer", stripe_id, **{"name": "Ada", "email": "ada@example.com", "created": BIRTH, **fields})


def product(stripe_id: str = "prod_1", **fields: Any) -> Object:
    return stripe_object("product", stripe_id, **{"name": "Pro plan", "active": True, **fields})


def price(stripe_id: str = "price_1", **fields: Any) -> Object:
    given = {"active": True, "type": "recurring", "currency": "usd", "nickname": None, "lookup_key": None, "product": "prod_1"}
    return stripe_object("price", stripe_id, **{**given, **fields})


def tax_rate(stripe_id: str = "txr_1", **fields: Any) -> Object:
    return stripe_object("tax_rate", stripe_id, **{"display_name": "VAT", "percentage": 20, "inclusive": False, **fields})


def line(stripe_id: str = "il_1", amount: int = 10_000, **fields: Any) -> Object:
    given = {
        "amount": amount,
        "currency": "usd",
        "description": "1 x Pro plan",
        "pricing": {
            "type": "price_details",
            "price_details": {"price": "price_1", "product": "prod_1"},
            "unit_amount_decimal": str(amount),
        },
        "quantity": 1,
        "quantity_decimal": "1",
        "period": {"start": BIRTH, "end": BIRTH + 30 * DAY},
        "parent": None,
        "taxes": [],
    }
    return stripe_object("line_item", stripe_id, **{**given, **fields})


def tax(amount: int, rate: Any = "txr_1", behavior: str = "exclusive") -> Object:
    return {"amount": amount, "tax_behavior": behavior, "tax_rate_details": {"tax_rate": rate}, "type": "tax_rate_details"}


def invoice(stripe_id: str = "in_1", lines: list[Object] | None = None, **fields: Any) -> Object:
    listed = [line()] if lines is None else lines
    total = sum(each["amount"] for each in listed)
    given = {
        "status": "open",
        "currency": "usd",
        "total": total,
        "amount_due": total,
        "amount_paid": 0,
        "number": "A-0001",
        "customer": "cus_1",
        "created": BIRTH,
        "due_date": None,
        "starting_balance": 0,
        "ending_balance": 0,
        "lines": {"object": "list", "data": listed, "has_more": False},
        "shipping_cost": None,
        "total_discount_amounts": [],
        "status_transitions": {"finalized_at": BIRTH + 60, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
    }
    return stripe_object("invoice", stripe_id, **{**given, **fields})


def invoice_payment(stripe_id: str = "inpay_1", of: str = "in_1", intent: str = "pi_1", **fields: Any) -> Object:
    given = {
        "invoice": of,
        "status": "paid",
        "amount_paid": 10_000,
        "amount_requested": 10_000,
        "currency": "usd",
        "is_default": True,
        "payment": {"type": "payment_intent", "payment_intent": intent},
    }
    return stripe_object("invoice_payment", stripe_id, **{**given, **fields})


def payment_intent(stripe_id: str = "pi_1", latest_charge: str | None = "ch_1", status: str = "succeeded") -> Object:
    return stripe_object("payment_intent", stripe_id, status=status, latest_charge=latest_charge)


def charge(stripe_id: str = "ch_1", amount: int = 10_000, **fields: Any) -> Object:
    given = {
        "status": "succeeded",
        "captured": True,
        "amount": amount,
        "amount_captured": amount,
        "currency": "usd",
        "created": BIRTH + 120,
        "customer": "cus_1",
        "balance_transaction": None,
        "failure_balance_transaction": None,
        "failure_message": None,
        "description": None,
        "payment_intent": None,
    }
    return stripe_object("charge", stripe_id, **{**given, **fields})


def balance_transaction(stripe_id: str = "txn_1", amount: int = 10_000, fee: int = 320, **fields: Any) -> Object:
    given = {
        "type": "charge",
        "reporting_category": "charge",
        "amount": amount,
        "fee": fee,
        "net": amount - fee,
        "currency": "usd",
        "created": BIRTH + 120,
        "source": "ch_1",
        "description": None,
        "fee_details": [
            {"type": "stripe_fee", "amount": fee, "currency": "usd", "description": "Stripe processing fees", "application": None}
        ],
    }
    return stripe_object("balance_transaction", stripe_id, **{**given, **fields})


def refund(stripe_id: str = "re_1", of: str | None = "ch_1", amount: int = 2_500, **fields: Any) -> Object:
    given = {
        "charge": of,
        "amount": amount,
        "currency": "usd",
        "status": "succeeded",
        "created": BIRTH + DAY,
        "reason": None,
        "balance_transaction": None,
    }
    return stripe_object("refund", stripe_id, **{**given, **fields})


def dispute(stripe_id: str = "du_1", of: str = "ch_1", **fields: Any) -> Object:
    given = {
        "charge": of,
        "amount": 10_000,
        "currency": "usd",
        "status": "needs_response",
        "reason": "fraudulent",
        "created": BIRTH + DAY,
        "balance_transactions": [],
    }
    return stripe_object("dispute", stripe_id, **{**given, **fields})


def payout(stripe_id: str = "po_1", amount: int = 9_680, **fields: Any) -> Object:
    given = {
        "status": "paid",
        "amount": amount,
        "currency": "usd",
        "automatic": True,
        "arrival_date": BIRTH + 2 * DAY,
        "created": BIRTH + DAY,
        "reconciliation_status": "completed",
        "description": "STRIPE PAYOUT",
    }
    return stripe_object("payout", stripe_id, **{**given, **fields})


def coupon_taken(amount: int, coupon: Any = "SPRING", discount_id: str = "di_1") -> Object:
    """A row of an invoice's `total_discount_amounts`."""
    discount = {"id": discount_id, "object": "discount", "source": {"type": "coupon", "coupon": coupon}}
    return {"amount": amount, "discount": discount}


def by_id(*objects: Object) -> dict[str, Object]:
    return {each["id"]: each for each in objects}


def credit_note(stripe_id: str = "cn_1", **more: Any) -> Object:
    given = {
        "status": "issued",
        "invoice": "in_1",
        "currency": "usd",
        "created": BIRTH,
        "total": 1_000,
        "pre_payment_amount": 1_000,
        "post_payment_amount": 0,
        "out_of_band_amount": None,
        "refunds": [],
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/credit_notes/{stripe_id}/lines"},
        "discount_amounts": [],
        "customer_balance_transaction": None,
    }
    return stripe_object("credit_note", stripe_id, **{**given, **more})


def few_days() -> dict[str, Object]:
    """A paid subscription invoice with a coupon and tax, a card sale to a guest, its refunds, a dispute, a payout, a credit note."""
    coupon = {"id": "SPRING", "object": "coupon", "name": "Spring sale", "percent_off": 10}
    discount = {"id": "di_1", "object": "discount", "source": {"type": "coupon", "coupon": "SPRING"}}
    lines = [line("il_1", 10_000, taxes=[tax(1_800)]), line("il_2", 1_000, pricing=None)]
    withdrawal = balance_transaction(
        "txn_3", -4_200, 1_500, type="adjustment", reporting_category="dispute", source="du_1", created=BIRTH + DAY
    )
    return by_id(
        *(coupon, discount, customer(), product(), price(), tax_rate()),
        invoice(
            "in_1",
            lines,
            status="paid",
            amount_due=11_800,
            amount_paid=11_800,
            total_discount_amounts=[{"amount": 1_000, "discount": "di_1"}],
        ),
        *(invoice_payment(amount_paid=11_800, amount_requested=11_800), payment_intent()),
        invoice_payment("inpay_0", intent="pi_0", status="canceled", amount_paid=None),
        charge("ch_1", 11_800, payment_intent="pi_1", balance_transaction="txn_1"),
        balance_transaction("txn_1", 11_800, 372),
        *(charge("ch_2", 4_200, customer=None, balance_transaction="txn_2"), balance_transaction("txn_2", 4_200, 152, source="ch_2")),
        *(refund("re_2", "ch_2", 200, created=BIRTH + 2 * DAY), refund("re_1", "ch_2", 100), refund("re_3", None)),
        *(dispute(of="ch_2", amount=4_200, balance_transactions=[withdrawal]), withdrawal),
        *(payout("po_1", 11_428), balance_transaction("txn_4", -11_428, 0, type="payout", reporting_category="payout", source="po_1")),
        payout("po_2", 500, automatic=False, reconciliation_status="not_applicable"),
        credit_note(),
        {"id": "cus_gone", "object": "customer", "deleted": True},
        *(customer("cus_2"), charge("ch_3", customer="cus_gone")),
    )


PAYOUT_ROWS = {"po_1": ("txn_1", "txn_4")}
CONNECTED = {"acct_1": by_id(customer("cus_connected", name="Connected"))}
