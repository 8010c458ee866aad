"""Signed `charge.succeeded` webhooks of exactly 4,096 bytes, each with its own event id, charge id and signature."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from typing import Any

SECRET = "whsec_" + "b3nch" * 6 + "xx"
SIZE = 4096
PATH = "/webhooks/stripe"
_EVENT_ID = "evt_" + "E" * 24
_CHARGE_ID = "ch_" + "C" * 24


def bodies(count: int) -> list[bytes]:
    """`count` webhook bodies, pretty-printed as Stripe sends them, none with the ids of another."""
    template = _template()
    series = secrets.token_hex(6)
    made = []
    for number in range(count):
        fresh = f"{series}{number:012d}".encode()
        made.append(template.replace(_EVENT_ID.encode(), b"evt_" + fresh).replace(_CHARGE_ID.encode(), b"ch_" + fresh))
    return made


def large_invoice(lines: int = 100) -> bytes:
    """The body of an `invoice.paid` with so many lines, about 1.6 kB each."""
    event = _event(filler="") | {"id": "evt_" + secrets.token_hex(12), "type": "invoice.paid"}
    event["data"] = {
        "object": {"id": "in_" + "i" * 24, "object": "invoice", "lines": {"object": "list", "data": [_line(n) for n in range(lines)]}}
    }
    return _printed(event)


def signature(body: bytes, timestamp: int | None = None) -> str:
    """The `Stripe-Signature` header of a body: https://docs.stripe.com/webhooks/signature."""
    at = int(time.time()) if timestamp is None else timestamp
    return f"t={at},v1={hmac.digest(SECRET.encode(), b'%d.%s' % (at, body), 'sha256').hex()}"


def requests(count: int) -> list[bytes]:
    """`count` whole HTTP/1.1 requests, ready for the socket."""
    at = int(time.time())
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {SIZE}\r\n"
    return [f"{head}Stripe-Signature: {signature(body, at)}\r\n\r\n".encode() + body for body in bodies(count)]


def _template() -> bytes:
    event = _event(filler="")
    short = SIZE - len(_printed(event))
    assert short >= 0, "the event without filler is larger than its size"
    return _printed(_event(filler="x" * short))


def _printed(event: dict[str, Any]) -> bytes:
    return json.dumps(event, indent=2).encode()


def _event(filler: str) -> dict[str, Any]:
    return {
        "id": _EVENT_ID,
        "object": "event",
        "account": None,
        "api_version": "2026-10-28.endive",
        "created": 1793000000,
        "data": {"object": _charge(filler)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_" + "r" * 14, "idempotency_key": "k" * 36},
        "type": "charge.succeeded",
    }


def _charge(filler: str) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("application", "application_fee", "application_fee_amount", "destination", "dispute", "failure_balance_transaction")
    )
    return {
        "id": _CHARGE_ID,
        "object": "charge",
        "amount": 10825,
        "amount_captured": 10825,
        "amount_refunded": 0,
        **empty,
        "balance_transaction": "txn_" + "t" * 24,
        "billing_details": {"address": _address(), "email": "ada@example.com", "name": "Ada Lovelace", "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "EXAMPLE SHOP",
        "captured": True,
        "created": 1793000000,
        "currency": "usd",
        "customer": "cus_" + "u" * 14,
        "description": filler,
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {"order": "A-1001", "channel": "web"},
        "on_behalf_of": None,
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 12,
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": "pi_" + "p" * 24,
        "payment_method": "pm_" + "m" * 24,
        "payment_method_details": {"card": _card(), "type": "card"},
        "receipt_email": None,
        "receipt_number": None,
        "refunded": False,
        "review": None,
        "shipping": {"address": _address(), "carrier": None, "name": "Ada Lovelace", "phone": None, "tracking_number": None},
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def _card() -> dict[str, Any]:
    checks = {"address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass"}
    details = {"amount_authorized": 10825, "brand": "visa", "country": "US", "exp_month": 4, "exp_year": 2030, "fingerprint": "f" * 16}
    return {**details, "checks": checks, "funding": "credit", "installments": None, "last4": "4242", "network": "visa", "wallet": None}


def _address() -> dict[str, Any]:
    return {"city": "Portland", "country": "US", "line1": "12 Analytical Way", "line2": None, "postal_code": "97201", "state": "OR"}


def _line(number: int) -> dict[str, Any]:
    details = {"invoice_item": "ii_" + "i" * 24, "proration": False, "proration_details": {"credited_items": None}, "subscription": None}
    price = {"price": f"price_{number:024d}", "product": f"prod_{number:014d}"}
    return {
        "id": f"il_{number:024d}",
        "object": "line_item",
        "amount": 1999,
        "currency": "usd",
        "description": f"1 x Subscription to a plan, line {number}",
        "discount_amounts": [{"amount": 100, "discount": "di_" + "d" * 24}],
        "discountable": True,
        "discounts": ["di_" + "d" * 24],
        "invoice": "in_" + "i" * 24,
        "livemode": False,
        "metadata": {"order": "A-1001", "channel": "web"},
        "parent": {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"},
        "period": {"end": 1795592000, "start": 1793000000},
        "pretax_credit_amounts": [{"amount": 100, "discount": "di_" + "d" * 24, "type": "discount"}],
        "pricing": {"price_details": price, "type": "price_details", "unit_amount_decimal": "1999"},
        "quantity": 1,
        "subtotal": 1999,
        "taxes": [_tax(), _tax()],
    }


def _tax() -> dict[str, Any]:
    rate = {"tax_rate": "txr_" + "t" * 24}
    reason = {"tax_behavior": "exclusive", "taxability_reason": "standard_rated", "taxable_amount": 1899}
    return {"amount": 157, "tax_rate_details": rate, **reason, "type": "tax_rate_details"}
