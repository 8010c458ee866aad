"""Stripe's lists: which filters each takes, newest first, page by page."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.sandbox.stripe.account import INDEXED, Account, StripeRefuses, nested
from services.sandbox.stripe.shapes import Json, copied

COMPARISONS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
INDEX_OF_LIST = re.compile(r"\[\d*\]$")
# https://docs.stripe.com/api/pagination
LARGEST_PAGE, USUAL_PAGE = 100, 10
MOST_TYPES = 20


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object under `/v1/<path>`; `filters` from query parameter to the field it compares."""

    kind: str
    filters: Mapping[str, str] = field(default_factory=dict)
    times: tuple[str, ...] = ("created",)


_CHARGE = {"charge": "charge", "payment_intent": "payment_intent"}
RESOURCES: Mapping[str, Resource] = {
    "application_fees": Resource("application_fee", {"charge": "charge"}),
    "balance_transactions": Resource(
        "balance_transaction", {"currency": "currency", "payout": "payout", "source": "source", "type": "type"}
    ),
    "charges": Resource("charge", {"customer": "customer", "payment_intent": "payment_intent", "transfer_group": "transfer_group"}),
    "coupons": Resource("coupon"),
    "credit_notes": Resource("credit_note", {"customer": "customer", "invoice": "invoice"}),
    "customers": Resource("customer", {"email": "email"}),
    "disputes": Resource("dispute", _CHARGE),
    "events": Resource("event", {"type": "type"}),
    "invoice_payments": Resource(
        "invoice_payment",
        {
            "invoice": "invoice",
            "payment[payment_intent]": "payment.payment_intent",
            "payment[type]": "payment.type",
            "status": "status",
        },
    ),
    "invoiceitems": Resource("invoiceitem", {"customer": "customer", "invoice": "invoice"}),
    "invoices": Resource(
        "invoice", {"collection_method": "collection_method", "customer": "customer", "status": "status", "subscription": "subscription"}
    ),
    "payment_intents": Resource("payment_intent", {"customer": "customer"}),
    "payment_methods": Resource("payment_method", {"customer": "customer", "type": "type"}),
    "payouts": Resource("payout", {"destination": "destination", "status": "status"}, ("created", "arrival_date")),
    "prices": Resource("price", {"active": "active", "currency": "currency", "product": "product", "type": "type"}),
    "products": Resource("product", {"active": "active"}),
    "refunds": Resource("refund", _CHARGE),
    "subscriptions": Resource("subscription", {"customer": "customer", "status": "status"}),
    "topups": Resource("topup", {"status": "status"}),
    "transfers": Resource("transfer", {"destination": "destination"}),
    "tax_rates": Resource("tax_rate", {"active": "active", "inclusive": "inclusive"}),
}
# Parameters that are lists: https://docs.stripe.com/api/events/list, https://docs.stripe.com/api/products/list
LISTS = {"event": {"types"}, "product": {"ids"}}
# Lists below an object, by the address: what the object is, what is listed, the field or list that leads there, newest first or in order.
BELOW: Mapping[tuple[str, str], tuple[str, str, str, bool]] = {
    ("credit_notes", "lines"): ("credit_note", "credit_note_line_item", "credit_note", False),
    ("customers", "balance_transactions"): ("customer", "customer_balance_transaction", "customer", True),
    ("invoices", "lines"): ("invoice", "line_item", "invoice", False),
    ("transfers", "reversals"): ("transfer", "transfer_reversal", "transfer", True),
}
# Filters the objects do not show themselves: the account keeps a list for them.
KEPT_ASIDE = frozenset((("balance_transaction", "payout"), ("invoice", "subscription"), ("payment_method", "customer")))


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one GET, lists apart: `expand[]`, `expand[0]` and `types[]` are lists."""

    values: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, items: Sequence[tuple[str, str]]) -> Query:
        values: dict[str, str] = {}
        lists: dict[str, list[str]] = {}
        for name, value in items:
            if INDEX_OF_LIST.search(name):
                lists.setdefault(INDEX_OF_LIST.sub("", name), []).append(value)
            else:
                values[name] = value
        return cls(values, lists)

    @property
    def expand(self) -> Sequence[str]:
        return self.lists.get("expand", ())

    def known(self, names: set[str], lists: set[str]) -> None:
        """Refuse what Stripe would refuse: a parameter it does not have."""
        for name in [*(self.values.keys() - names), *(self.lists.keys() - lists - {"expand"})]:
            raise StripeRefuses("parameter_unknown", f"Received unknown parameter: {name}")


def one_page(rows: Sequence[Json], query: Query, url: str, kind: str) -> Json:
    """Of all rows in order, the page that `limit`, `starting_after` and `ending_before` ask for."""
    limit = _limit(query.values.get("limit"))
    after, before = query.values.get("starting_after"), query.values.get("ending_before")
    if before is not None:
        end = _position(rows, before, kind)
        start = max(0, end - limit)
        more = start > 0
    else:
        start = 0 if after is None else _position(rows, after, kind) + 1
        end = min(start + limit, len(rows))
        more = end < len(rows)
    return {"object": "list", "data": copied(list(rows[start:end])), "has_more": more, "url": url}


def found(account: Account, resource: Resource, query: Query) -> Sequence[Json]:
    """Every object the query asks for, newest first."""
    times = {f"{name}[{sign}]" for name in resource.times for sign in COMPARISONS} | set(resource.times)
    events = resource.kind == "event"
    names = {*resource.filters, *times, "limit", "starting_after", "ending_before", *(("delivery_success",) if events else ())}
    query.known(names, LISTS.get(resource.kind, set()))
    rows, left = _by_index(account, resource, query)
    rows = [row for row in reversed(rows) if all(_says(row, path, value) for path, value in left)] if left else rows[::-1]
    if times & query.values.keys():
        rows = [row for row in rows if _in_time(row, resource.times, query.values)]
    if "ids" in query.lists:
        rows = [row for row in rows if row["id"] in query.lists["ids"]]
    return _of_types(rows, query) if events else rows


def _by_index(account: Account, resource: Resource, query: Query) -> tuple[Sequence[Json], list[tuple[str, str]]]:
    asked = [(resource.filters[name], value) for name, value in query.values.items() if name in resource.filters]
    for path, value in asked:
        if path in INDEXED.get(resource.kind, ()) or (resource.kind, path) in KEPT_ASIDE:
            return account.listed(resource.kind, path, value), [one for one in asked if one[0] != path]
    return account.listed(resource.kind), asked


def _says(row: Json, path: str, value: str) -> bool:
    direct = row.get(path)
    return str(direct).lower() == value if isinstance(direct, bool) else nested(row, path) == value


def _in_time(row: Json, times: Sequence[str], values: Mapping[str, str]) -> bool:
    for name in times:
        if name in values and row[name] != _number(values[name], name):
            return False
        for sign, holds in COMPARISONS.items():
            bound = values.get(f"{name}[{sign}]")
            if bound is not None and not holds(row[name], _number(bound, name)):
                return False
    return True


def _of_types(rows: Sequence[Json], query: Query) -> Sequence[Json]:
    types = query.lists.get("types")
    if types is not None and (len(types) > MOST_TYPES or "type" in query.values):
        raise StripeRefuses("parameter_invalid", f"Give either type or up to {MOST_TYPES} types.")
    delivered = query.values.get("delivery_success")
    return [
        row
        for row in rows
        if (types is None or row["type"] in types) and (delivered is None or (row["pending_webhooks"] == 0) == (delivered == "true"))
    ]


def _limit(given: str | None) -> int:
    limit = USUAL_PAGE if given is None else _number(given, "limit")
    if not 1 <= limit <= LARGEST_PAGE:
        raise StripeRefuses("parameter_invalid_integer", f"This value must be between 1 and {LARGEST_PAGE}: limit.")
    return limit


def _number(given: str, name: str) -> int:
    try:
        return int(given)
    except ValueError:
        raise StripeRefuses("parameter_invalid_integer", f"Invalid integer: {given} ({name})") from None


def _position(rows: Sequence[Json], key: str, kind: str) -> int:
    for at, row in enumerate(rows):
        if row["id"] == key:
            return at
    raise StripeRefuses("resource_missing", f"No such {kind}: '{key}'")
