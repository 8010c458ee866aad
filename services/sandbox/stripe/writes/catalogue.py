"""Customers and what is sold to them."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes.edits import EDITS
from services.sandbox.stripe.writes.write import Write

Keys = Mapping[str, str]


def create_customer(world: World, _: Keys, form: Form) -> Json:
    """A payment method named here is the customer's; `invoice_settings[default_payment_method]` may name the same test card again."""
    settings = form.inner("invoice_settings")
    settings.known(("default_payment_method",))
    first, default, source = form.text("payment_method"), settings.text("default_payment_method"), form.text("source")
    taken = {name: world.methods.take(name) for name in (first, default) if name}
    if source:
        world.methods.named(source)
    customer = world.catalogue.customer(
        form.text("name"),
        form.text("email"),
        address=_address(form),
        description=form.text("description"),
        phone=form.text("phone"),
        metadata=form.texts("metadata"),
    )
    for method in taken.values():
        world.methods.attach(method, customer)
    found = world.account.of("customer", customer)
    if default:
        world.account.change(found, invoice_settings=found["invoice_settings"] | {"default_payment_method": taken[default]})
    if source:
        world.methods.add_source(customer, source)
    return found


def delete_customer(world: World, keys: Keys, _: Form) -> Json:
    world.catalogue.delete_customer(keys["id"])
    return world.account.of("customer", keys["id"])


def add_source(world: World, keys: Keys, form: Form) -> Json:
    return world.account.of("card", world.methods.add_source(keys["id"], form.needed("source")))


def create_product(world: World, _: Keys, form: Form) -> Json:
    product = world.catalogue.product(form.needed("name"), description=form.text("description"), metadata=form.texts("metadata"))
    return world.account.of("product", product)


def create_price(world: World, _: Keys, form: Form) -> Json:
    interval = form.inner("recurring").text("interval")
    amount = form.decimal("unit_amount_decimal")
    if amount is None:
        amount = form.decimal("unit_amount")
    if amount is None:
        raise StripeRefuses("parameter_missing", "Missing required param: unit_amount.")
    if interval not in (None, "day", "week", "month", "year"):
        raise StripeRefuses("parameter_invalid", f"Invalid recurring[interval]: {interval}")
    product = form.text("product") or world.catalogue.product(form.inner("product_data").needed("name"))
    price = world.catalogue.price(
        product,
        amount,
        form.needed("currency").lower(),
        interval=interval,
        nickname=form.text("nickname"),
        metadata=form.texts("metadata"),
    )
    return world.account.of("price", price)


def create_coupon(world: World, _: Keys, form: Form) -> Json:
    coupon = world.catalogue.coupon(
        form.text("name"),
        percent_off=form.decimal("percent_off"),
        amount_off=form.whole("amount_off"),
        currency=form.text("currency") or "usd",
        metadata=form.texts("metadata"),
    )
    return world.account.of("coupon", coupon)


def create_tax_rate(world: World, _: Keys, form: Form) -> Json:
    percentage = form.decimal("percentage")
    if percentage is None:
        raise StripeRefuses("parameter_missing", "Missing required param: percentage.")
    rate = world.catalogue.tax_rate(
        form.needed("display_name"), percentage, inclusive=form.flag("inclusive"), description=form.text("description")
    )
    return world.account.of("tax_rate", rate)


def _address(form: Form) -> Json | None:
    given = form.texts("address")
    return {name: given.get(name) for name in ("city", "country", "line1", "line2", "postal_code", "state")} if given else None


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/v1/customers"): Write(create_customer, f"{EDITS['customers'].fields} payment_method source"),
    ("DELETE", "/v1/customers/{id}"): Write(delete_customer),
    ("POST", "/v1/customers/{id}/sources"): Write(add_source, "source"),
    ("POST", "/v1/products"): Write(create_product, "description metadata name"),
    ("DELETE", "/v1/products/{id}"): Write(lambda world, keys, _: world.catalogue.delete("product", keys["id"])),
    ("POST", "/v1/prices"): Write(
        create_price, "currency metadata nickname product product_data recurring unit_amount unit_amount_decimal"
    ),
    ("POST", "/v1/coupons"): Write(create_coupon, "amount_off currency metadata name percent_off"),
    ("DELETE", "/v1/coupons/{id}"): Write(lambda world, keys, _: world.catalogue.delete("coupon", keys["id"])),
    ("POST", "/v1/tax_rates"): Write(create_tax_rate, "description display_name inclusive percentage"),
}
