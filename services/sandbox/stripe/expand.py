"""Stripe's `expand[]`: ids become objects, included lists appear, and what cannot be expanded is refused in Stripe's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.sandbox.stripe.account import Account, StripeRefuses
from services.sandbox.stripe.shapes import Json, copied, listing

# https://docs.stripe.com/api/expanding_objects: every dotted name counts, `data` too ("data.payments.data.payment.charge" is refused).
DEEPEST = 4

_EVERY = "application on_behalf_of"
EXPANDABLE: dict[str, frozenset[str]] = {
    kind: frozenset(paths.split())
    for kind, paths in {
        "application_fee": "account application balance_transaction charge originating_transaction",
        "balance_transaction": "source",
        "charge": f"{_EVERY} application_fee balance_transaction customer failure_balance_transaction payment_intent refunds review "
        "source_transfer transfer",
        "coupon": "applies_to currency_options",
        "credit_note": "customer customer_balance_transaction discount_amounts.discount invoice refunds.refund",
        "credit_note_line_item": "discount_amounts.discount",
        "customer": "default_source invoice_settings.default_payment_method subscriptions test_clock",
        "customer_balance_transaction": "checkout_session credit_note customer invoice",
        "discount": "customer promotion_code source.coupon",
        "dispute": "charge payment_intent",
        "invoice": f"{_EVERY} account_tax_ids customer default_payment_method default_source discounts latest_revision "
        "parent.subscription_details.subscription payments shipping_cost.taxes test_clock total_discount_amounts.discount",
        "invoice_payment": "invoice payment.charge payment.payment_intent payment.payment_record",
        "invoiceitem": "customer discounts invoice pricing.price_details.price test_clock",
        "line_item": "discount_amounts.discount discounts pricing.price_details.price subscription",
        "payment_intent": f"{_EVERY} customer latest_charge payment_method payment_record review source",
        "payment_method": "customer",
        "payout": "application_fee balance_transaction destination failure_balance_transaction original_payout reversed_by",
        "price": "currency_options product tiers",
        "product": "default_price tax_code",
        "refund": "balance_transaction charge customer failure_balance_transaction payment_intent payment_method "
        "source_transfer_reversal transfer_reversal",
        "subscription": f"{_EVERY} customer default_payment_method default_source discounts latest_invoice pending_setup_intent "
        "schedule test_clock",
        "subscription_item": "discounts",
        "topup": "balance_transaction",
        "transfer": "balance_transaction destination destination_payment source_transaction",
        "transfer_reversal": "balance_transaction destination_payment_refund source_refund transfer",
    }.items()
}
# Lists that Stripe adds only when asked: of an object, under a name, the kind and the field that points back.
INCLUDED = {
    ("charge", "refunds"): ("refund", "charge", "/v1/charges/{}/refunds"),
    ("customer", "subscriptions"): ("subscription", "customer", "/v1/customers/{}/subscriptions"),
    ("invoice", "payments"): ("invoice_payment", "invoice", "/v1/invoice_payments?invoice={}"),
}
INCLUDED_LIMIT = 10


def expanded(account: Account, answer: Json, paths: Sequence[str]) -> Json:
    """The answer, a copy already, with every path expanded in it; called under the account's lock."""
    for path in paths:
        names = path.split(".")
        if len(names) > DEEPEST:
            raise StripeRefuses("", f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}")
        _expand(account, answer, names, path)
    return answer


def _expand(account: Account, owner: Json, names: Sequence[str], path: str) -> None:
    """Expand below an object: `names` starts at one of its own fields."""
    if owner["object"] == "list":
        if names[0] != "data":
            hint = f"You may want to try expanding 'data.{path}' instead."
            raise StripeRefuses("", f"This property cannot be expanded ({path}). {hint}")
        for item in owner["data"]:
            _descend(account, item, names[1:], path)
        return
    _walk(account, owner, owner, names, 1, path)


def _walk(account: Account, owner: Json, node: Json, names: Sequence[str], depth: int, path: str) -> None:
    """Follow the first `depth` names of the owner, of which `node` holds the last."""
    name, allowed = names[depth - 1], EXPANDABLE.get(owner["object"], frozenset())
    here = ".".join(names[:depth])
    rest = names[depth:]
    if here in allowed:
        _replace(account, owner, node, name, here)
        if rest:
            _each(node.get(name), lambda item: _descend(account, item, rest, path))
    elif _is_list(node.get(name)):
        _descend(account, node[name], rest, path)
    elif rest and any(one.startswith(here + ".") for one in allowed):
        _each(node.get(name), lambda item: _walk(account, owner, item, names, depth + 1, path))
    else:
        raise StripeRefuses("", f"This property cannot be expanded ({path}).")


def _descend(account: Account, item: Any, names: Sequence[str], path: str) -> None:
    if names and isinstance(item, dict) and not item.get("deleted"):
        _expand(account, item, names, path)


def _replace(account: Account, owner: Json, node: Json, name: str, path: str) -> None:
    if source := INCLUDED.get((owner["object"], name)):
        kind, field, url = source
        if name not in node:
            found = list(reversed(account.listed(kind, field, owner["id"])))
            node[name] = listing(copied(found[:INCLUDED_LIMIT]), url.format(owner["id"])) | {"has_more": len(found) > INCLUDED_LIMIT}
    elif (hidden := account.when_expanded.get((owner.get("id", ""), path))) is not None:
        node[name] = copied(hidden)
    elif isinstance(node.get(name), list):
        node[name] = [_object(account, item) for item in node[name]]
    elif name in node:
        node[name] = _object(account, node[name])


def _object(account: Account, reference: Any) -> Any:
    """The object behind an id. What the sandbox does not keep (the cards that its merchants' customers pay with) stays an id."""
    found = account.find(reference) if isinstance(reference, str) else None
    return reference if found is None else copied(found)


def _each(value: Any, act: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            act(item)


def _is_list(value: Any) -> bool:
    return isinstance(value, dict) and value.get("object") == "list"
