"""Edits of what stands: descriptions, metadata, names. Stripe merges metadata, and an empty value removes its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.lists import RESOURCES
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes.write import Write

FLAGS = frozenset(("active", "cancel_at_period_end"))
PARTS = frozenset(("address", "shipping"))


@dataclass(frozen=True, slots=True)
class Edit:
    """The fields that may change, and the events that tell of it; Stripe has none for some objects."""

    fields: str
    events: tuple[str, ...] = ()

    def __call__(self, world: World, kind: str, key: str, form: Form) -> Json:
        found = world.account.living(kind, key)
        changes = {name: self._value(found, name, form) for name in self.fields.split() if form.has(name)}
        previous = world.account.change(found, **changes)
        if previous:
            for event in self.events:
                world.account.emit(event, found, previous)
        return found

    def _value(self, found: Json, name: str, form: Form) -> object:
        if name == "metadata":
            merged = found["metadata"] | form.texts(name) if form.values[name] != "" else {}
            return {key: value for key, value in merged.items() if value}
        if name in PARTS:
            return form.texts(name) or None
        if name == "invoice_settings":
            return found[name] | {"default_payment_method": form.inner(name).text("default_payment_method")}
        return form.flag(name) if name in FLAGS else form.text(name)


EDITS: Mapping[str, Edit] = {
    "charges": Edit("description metadata receipt_email", ("charge.updated",)),
    "coupons": Edit("metadata name", ("coupon.updated",)),
    "credit_notes": Edit("memo metadata", ("credit_note.updated",)),
    "customers": Edit("address description email invoice_settings metadata name phone", ("customer.updated",)),
    "disputes": Edit("metadata", ("charge.dispute.updated",)),
    "invoiceitems": Edit("description metadata"),
    "invoices": Edit("description metadata", ("invoice.updated",)),
    "payment_intents": Edit("description metadata"),
    "payment_methods": Edit("metadata", ("payment_method.updated",)),
    "payouts": Edit("metadata", ("payout.updated",)),
    "prices": Edit("active metadata nickname", ("price.updated",)),
    "products": Edit("active description metadata name", ("product.updated",)),
    "refunds": Edit("metadata", ("refund.updated", "charge.refund.updated")),
    "subscriptions": Edit("cancel_at_period_end description metadata", ("customer.subscription.updated",)),
    "tax_rates": Edit("active description display_name metadata", ("tax_rate.updated",)),
    "topups": Edit("description metadata"),
    "transfers": Edit("description metadata", ("transfer.updated",)),
}


def edit_source(world: World, keys: Mapping[str, str], form: Form) -> Json:
    """POST /v1/customers/<id>/sources/<source>"""
    source = world.account.of("card", keys["source"])
    if source["customer"] != keys["id"]:
        raise StripeRefuses("resource_missing", f"No such source: '{keys['source']}'")
    return Edit("metadata name", ("customer.source.updated",))(world, "card", keys["source"], form)


def _write(path: str, edit: Edit) -> Write:
    kind = RESOURCES[path].kind
    return Write(lambda world, keys, form: edit(world, kind, keys["id"], form), edit.fields)


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/v1/customers/{id}/sources/{source}"): Write(edit_source, "metadata name"),
    **{("POST", f"/v1/{path}/{{id}}"): _write(path, edit) for path, edit in EDITS.items()},
}
