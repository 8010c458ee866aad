"""Stripe read from the sandbox's world without a socket: the same objects, lists, pages and expansions as over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.stripe.reading import Account, Object, Reading
from core.outcome import CannotSync, Failed, Kind
from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.expand import expanded
from services.sandbox.stripe.lists import BELOW, RESOURCES, Query, found, one_page
from services.sandbox.stripe.shapes import copied
from services.sandbox.stripe.world import World

PAGE = "100"


class WorldReader(Reading):
    """A StripeReader that asks the sandbox's own functions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def account(self, account: str) -> Account:
        return _Account(self._world)


@dataclass(frozen=True, slots=True)
class _Account:
    world: World

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        account = self.world.account
        try:
            with account.lock:
                whole = copied(account.of(RESOURCES[collection].kind, stripe_id))
                return exact(expanded(account, whole, expand))
        except StripeRefuses as refusal:
            raise _as_failure(refusal) from None

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        rows: list[Object] = []
        asked = [*_flat(filters), ("limit", PAGE), *(("expand[]", f"data.{path}") for path in expand)]
        while True:
            page = self._page(collection, asked if not rows else [*asked, ("starting_after", rows[-1]["id"])])
            rows += page["data"]
            if not page["has_more"]:
                return rows

    def _page(self, collection: str, asked: list[tuple[str, str]]) -> Object:
        account, query = self.world.account, Query.of(asked)
        try:
            with account.lock:
                page = self._below(collection, query) if "/" in collection else self._listed(collection, query)
                return exact(expanded(account, page, query.expand))
        except StripeRefuses as refusal:
            raise _as_failure(refusal) from None

    def _listed(self, collection: str, query: Query) -> Object:
        resource = RESOURCES[collection]
        return one_page(found(self.world.account, resource, query), query, f"/v1/{collection}", resource.kind)

    def _below(self, collection: str, query: Query) -> Object:
        owners, key, name = collection.split("/")
        _, kind, field, newest_first = BELOW[owners, name]
        rows = self.world.account.listed(kind, field, key)
        return one_page(rows[::-1] if newest_first else rows, query, f"/v1/{collection}", kind)


def exact(answer: Object) -> Object:
    """Floats as the decimals that their digits say, as the connector parses Stripe's numbers; in place."""
    _make_exact(answer, answer.items())
    return answer


def _make_exact(holder: Any, items: Iterable[tuple[Any, Any]]) -> None:
    for key, value in items:
        if isinstance(value, float):
            holder[key] = Decimal(str(value))
        elif isinstance(value, dict):
            _make_exact(value, value.items())
        elif isinstance(value, list):
            _make_exact(value, enumerate(value))


def _flat(filters: Mapping[str, Any], inside: str = "") -> list[tuple[str, str]]:
    """As a query string nests: `payment[type]`, `ids[]`."""
    flat: list[tuple[str, str]] = []
    for name, value in filters.items():
        path = f"{inside}[{name}]" if inside else name
        if isinstance(value, Mapping):
            flat += _flat(value, path)
        elif isinstance(value, list | tuple):
            flat += [(f"{path}[]", str(each)) for each in value]
        else:
            flat.append((path, str(value)))
    return flat


def _as_failure(refusal: StripeRefuses) -> CannotSync:
    kind = Kind.GONE if refusal.code == "resource_missing" else Kind.REFUSED
    return CannotSync(Failed(kind, str(refusal), "Look at the object in Stripe.", code=refusal.code))
