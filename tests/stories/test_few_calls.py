"""The steady state costs as few NetSuite calls as there are records to write, by the sandbox's own log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from services.demo import Connector
from services.sandbox.stripe.invoices import Line
from tests.stories.conftest import Start


def calls(connector: Connector, act: Callable[[], object]) -> list[str]:
    """The calls that NetSuite saw until everything that the act announced was settled."""
    log = connector.sandbox.netsuite_app.calls
    log.clear()
    act()
    connector.settle()
    connector.finish()
    return [f"{call.method} {call.path.rpartition('/v1/')[2]}" for call in log.calls()]


def test_a_charge_is_one_call_an_invoice_two_a_deposit_one_and_it_is_read_back(start: Start) -> None:
    connector = start()
    world = connector.sandbox.world
    customer = world.catalogue.customer("Ada Lovelace", "ada@example.com")
    prices = [world.catalogue.price(world.catalogue.product(name), amount) for name, amount in (("Engine", 1999), ("Cards", 115))]

    def renewal() -> None:
        invoice = world.invoices.create(customer, [Line(price) for price in prices])
        world.invoices.finalize(invoice)
        world.invoices.pay(invoice)

    assert len(calls(connector, renewal)) == 6, "five records, and the currencies once in a life"
    assert calls(connector, lambda: world.charges.pay(2900, customer=customer)) == ["POST customerPayment"]
    assert calls(connector, renewal) == ["POST invoice", "POST customerPayment"]
    world.advance_to(world.now + timedelta(days=8))
    payout = world.payouts.create()
    assert payout is not None
    connector.settle()
    assert calls(connector, lambda: world.payouts.pay(payout)) == ["POST deposit", f"GET deposit/eid:{payout}"]
    assert connector.proof().holds
