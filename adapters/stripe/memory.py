"""Stripe in memory: a StripeReader over raw objects by id, which resolves their references itself."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from adapters.stripe.fields import Json
from adapters.stripe.reading import Account, Object, Reading
from core.outcome import CannotSync, Failed, Kind

# Stripe's collections and the `object` of what is in them.
COLLECTIONS = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "credit_notes": "credit_note",
    "customers": "customer",
    "disputes": "dispute",
    "invoice_payments": "invoice_payment",
    "invoices": "invoice",
    "payouts": "payout",
    "prices": "price",
    "products": "product",
    "refunds": "refund",
    "tax_rates": "tax_rate",
}


class MemoryStripe(Reading):
    """Holds Stripe's JSON by id, references as ids or objects, an invoice's lines inside it.

    The rows of a payout are those whose id `payouts` names. `connected` holds the objects of connected accounts by account.
    """

    def __init__(
        self,
        objects: Mapping[str, Json],
        payouts: Mapping[str, tuple[str, ...]] | None = None,
        connected: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> None:
        self.objects = dict(objects)
        self.payouts = dict(payouts or {})
        self.connected = {account: dict(held) for account, held in (connected or {}).items()}

    def account(self, account: str) -> Account:
        return _Account(self.connected.get(account, {}) if account else self.objects, self.payouts)


@dataclass(frozen=True, slots=True)
class _Account:
    objects: Mapping[str, Json]
    payouts: Mapping[str, tuple[str, ...]]

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        found = self.objects.get(stripe_id)
        if found is None or found.get("object") != COLLECTIONS[collection]:
            message = f"Stripe has no {collection} {stripe_id}"
            raise CannotSync(Failed(Kind.GONE, message, "Skip the event, unless the key is of another account.", code="resource_missing"))
        return self._expanded(found, expand)

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        if collection.startswith("invoices/"):
            lines = self.one("invoices", collection.split("/")[1])["lines"]["data"]
            return [self._expanded(line, expand) for line in lines]
        kind = COLLECTIONS[collection]
        return [self._expanded(each, expand) for each in self.objects.values() if each.get("object") == kind and self._fits(each, filters)]

    def _fits(self, given: Json, filters: Mapping[str, Any]) -> bool:
        return all(self._has(given, key, wanted) for key, wanted in filters.items())

    def _has(self, given: Json, key: str, wanted: Any) -> bool:
        if key == "ids":
            return given["id"] in wanted
        if key == "payout":
            return given["id"] in self.payouts.get(wanted, ())
        value = given.get(key)
        if isinstance(wanted, Mapping):
            return isinstance(value, Mapping) and all(self._has(value, inner, each) for inner, each in wanted.items())
        return bool((value["id"] if isinstance(value, Mapping) else value) == wanted)

    def _expanded(self, given: Json, paths: tuple[str, ...]) -> Object:
        whole: Object = deepcopy(dict(given))
        if whole.get("object") == "invoice":
            whole["payments"] = {"object": "list", "data": self.every("invoice_payments", {"invoice": whole["id"]}), "has_more": False}
        for path in paths:
            self._expand(whole, path.split("."))
        return whole

    def _expand(self, at: Any, path: list[str]) -> None:
        """Put the objects in place of their ids along the path, in every element of an array."""
        if isinstance(at, list):
            for each in at:
                self._expand(each, path)
        elif isinstance(at, dict) and path:
            field, *rest = path
            at[field] = self._resolved(at.get(field))
            self._expand(at[field], rest)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str) and value in self.objects:
            return deepcopy(dict(self.objects[value]))
        return [self._resolved(each) for each in value] if isinstance(value, list) else value
