"""Signed Stripe webhooks, as a test wants them."""

from __future__ import annotations

import hmac
import json
import time

SECRET = "whsec_of_the_tests"


def body_of(event_id: str = "evt_1", event_type: str = "charge.succeeded", subject_id: str | None = "ch_1", **changed: object) -> bytes:
    """An event as Stripe prints it; `changed` replaces its fields, and None leaves one out."""
    fields: dict[str, object] = {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28",
        "created": 1_790_000_000,
        "data": {"object": {"id": subject_id, "object": "charge", "amount": 1000, "metadata": {"note": "ü"}}},
        "livemode": False,
        "pending_webhooks": 1,
        "type": event_type,
    }
    return json.dumps(
        {name: value for name, value in (fields | changed).items() if value is not None}, indent=2, ensure_ascii=False
    ).encode()


def thin_body_of(event_id: str = "evt_1", event_type: str = "v1.charge.succeeded", subject_id: str = "ch_1") -> bytes:
    """A thin event (https://docs.stripe.com/api/v2/core/events/object)."""
    return json.dumps(
        {
            "id": event_id,
            "object": "v2.core.event",
            "type": event_type,
            "created": "2026-03-01T12:00:00.250Z",
            "livemode": False,
            "related_object": {"id": subject_id, "type": "charge", "url": f"/v1/charges/{subject_id}"},
        }
    ).encode()


def signature(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The v1 signature in hexadecimal."""
    stamp = str(int(time.time() if at is None else at)).encode()
    return hmac.digest(secret.encode(), stamp + b"." + body, "sha256").hex()


def header_of(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """A good Stripe-Signature header."""
    moment = time.time() if at is None else at
    return f"t={int(moment)},v1={signature(body, secret, moment)}"
