"""What Stripe's errors mean for a sync: gone, busy, misconfigured or refused, in words that hold no key and no payload."""

from __future__ import annotations

import re

import stripe

from core.outcome import Failed, Kind

# The rights of a restricted key by what is read, for when Stripe's message does not name the one that lacks.
RIGHTS = {
    "balance_transactions": "balance_transaction_source_read",
    "charges": "charge_read",
    "credit_notes": "credit_note_read",
    "customers": "customer_read",
    "disputes": "dispute_read",
    "events": "event_read",
    "invoice_payments": "invoice_read",
    "invoices": "invoice_read",
    "payouts": "payout_read",
    "prices": "plan_read",
    "products": "product_read",
    "refunds": "charge_read",
    "tax_rates": "tax_rate_read",
}

NAMED_RIGHT = re.compile(r"\brak_(\w+)")
API_KEY = "stripe.api_key"
AGAIN = "It is tried again by itself."
SECRET = re.compile(r"\b[a-z]k_(?:live|test)_[^\s'\"]+")


def failed(error: stripe.StripeError, collection: str, stripe_id: str, account: str) -> Failed:
    """The failure to read an object, or a list when `stripe_id` is ""."""
    status = error.http_status or 0
    what = f"{collection} {stripe_id}".strip()
    if isinstance(error, stripe.APIConnectionError):
        return Failed(Kind.BUSY, f"Stripe could not be reached for {what}", f"{AGAIN} Check the network when it goes on.")
    if isinstance(error, stripe.RateLimitError) or status in (409, 429) or status >= 500:
        return Failed(Kind.BUSY, f"Stripe answered {status} for {what}", AGAIN, code=_code(error), retry_after_s=_retry_after(error))
    if status == 401:
        return _key(error, "Stripe does not accept the API key", f"Set {API_KEY} to a valid key and retry.")
    if status == 403:
        return _forbidden(error, collection, what, account)
    if isinstance(error, stripe.InvalidRequestError):
        return _not_served(error, status, what, account)
    return strange(f"{what} ({status})")


def strange(what: str) -> Failed:
    """What answers is not Stripe's API: another address, or a proxy that speaks for itself."""
    message = f"What answers for Stripe does not speak its API for {what}"
    return Failed(Kind.MISCONFIGURED, message, "Check stripe.api_base and any proxy on the way.", field="stripe.api_base")


def _forbidden(error: stripe.StripeError, collection: str, what: str, account: str) -> Failed:
    message = error.user_message or ""
    if account and "permission" not in message:
        return _key(error, f"The API key may not read the connected account {account}", "Connect the account again, or skip its events.")
    named = NAMED_RIGHT.search(message)
    right = named.group(1) if named else RIGHTS.get(collection.partition("/")[0], f"to read {collection}")
    return _key(
        error, f"The API key lacks the right {right} for {what}", f"Give the restricted key {right} in Stripe's dashboard and retry."
    )


def _not_served(error: stripe.InvalidRequestError, status: int, what: str, account: str) -> Failed:
    message = SECRET.sub("(a key)", error.user_message or "")
    if "a similar object exists in" in message:
        return _key(error, message, "Use the key of the mode, live or test, that the event came from.")
    if message.startswith("Unrecognized request URL"):
        return strange(what)
    if status == 404 or error.code == "resource_missing":
        where = f" in the account {account}" if account else ""
        return Failed(Kind.GONE, f"Stripe has no {what}{where}", "Skip the event, unless the key is of another account.", code=_code(error))
    remedy = "Report this with the object's id."
    return Failed(Kind.REFUSED, f"Stripe refused to show {what}: {message}", remedy, code=_code(error), field=str(error.param or ""))


def _key(error: stripe.StripeError, message: str, remedy: str) -> Failed:
    return Failed(Kind.MISCONFIGURED, message, remedy, code=_code(error), field=API_KEY)


def _code(error: stripe.StripeError) -> str:
    """Stripe's code, which the client gives for some errors only."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    told = body.get("error")
    return str(error.code or (told.get("code") if isinstance(told, dict) else None) or "")


def _retry_after(error: stripe.StripeError) -> int:
    """The seconds of https://www.rfc-editor.org/rfc/rfc9110#name-retry-after; its other form, a date, is not Stripe's."""
    asked = str((error.headers or {}).get("Retry-After", ""))
    return int(asked) if asked.isascii() and asked.isdigit() else 0
