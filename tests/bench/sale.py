"""The sale that rows measure: a customer is billed for two items and pays by card, in the Stripe sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.world import World


@dataclass(frozen=True, slots=True)
class Sale:
    """Stripe's ids of what was made."""

    customer: str
    products: tuple[str, ...]
    prices: tuple[str, ...]
    invoice: str
    charge: str


def first_sale(world: World) -> Sale:
    """A new customer, two new prices, an invoice of both, paid."""
    customer = world.catalogue.customer("Ada Lovelace", "ada@example.com")
    products = tuple(world.catalogue.product(name) for name in ("Analytical engine", "Punched cards"))
    prices = tuple(world.catalogue.price(product, amount) for product, amount in zip(products, (1999, 115), strict=True))
    return _billed(world, customer, products, prices)


def next_sale(world: World, before: Sale) -> Sale:
    """The same customer buys the same again."""
    return _billed(world, before.customer, before.products, before.prices)


def _billed(world: World, customer: str, products: tuple[str, ...], prices: tuple[str, ...]) -> Sale:
    invoice = world.invoices.create(customer, [Line(price) for price in prices])
    world.invoices.finalize(invoice)
    return Sale(customer, products, prices, invoice, world.invoices.pay(invoice))
