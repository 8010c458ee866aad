"""A merchant's fortnight over real sockets: webhook in, books out; in order, in disorder, and again."""

from __future__ import annotations

from contextlib import closing

import pytest

from adapters.writer.operator import IngestClient
from core.inbox import EventState
from services.sandbox.stripe.webhooks import Policy
from tests.stories.conftest import Start

BOOKS = {
    "101": "1075.17 USD",
    "110": "383.90 USD",
    "120": "-530.68 USD",
    "210": "-45.22 USD",
    "400": "-963.11 USD",
    "600": "47.57 USD",
    "601": "2.37 USD",
    "604": "30.00 USD",
}


def books(connector: object) -> dict[str, str]:
    return {account: str(amount) for account, amount in connector.balances().items() if amount}  # type: ignore[attr-defined]


def test_the_fortnight_in_order_proves_to_the_cent(start: Start) -> None:
    connector = start()
    for _ in connector.sandbox.play():
        connector.settle()
    connector.finish()
    assert connector.proof().holds
    assert books(connector) == BOOKS
    assert connector.inbox.list(EventState.FAILED) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_all_at_once_shuffled_and_duplicated_ends_in_the_same_books(start: Start, seed: int) -> None:
    connector = start(policy=Policy(duplicates=0.3, shuffle_s=1.0, seed=seed))
    for _ in connector.sandbox.play():
        pass
    connector.settle()
    connector.finish()
    assert connector.proof().holds
    assert books(connector) == BOOKS


def test_when_all_is_settled_every_event_again_makes_no_mutating_call(start: Start) -> None:
    connector = start()
    for _ in connector.sandbox.play():
        pass
    connector.settle()
    connector.finish()
    connector.sandbox.netsuite_app.calls.clear()
    with closing(IngestClient(connector.config.ingest.operator)) as operator:
        retried = operator.retry_now([stored.event.id for stored in operator.list(EventState.SYNCED, most=1000)])
    assert retried > 200
    connector.settle()
    connector.finish()
    assert [call for call in connector.sandbox.netsuite_app.calls.calls() if call.mutating] == []
    assert books(connector) == BOOKS


def test_a_stored_event_is_shown_with_what_became_of_it(start: Start) -> None:
    connector = start()
    world = connector.sandbox.world
    charge = world.charges.pay(2900, customer=None, description="Web shop order")
    connector.settle()
    [stored] = [each for each in connector.inbox.list(event_type="charge.succeeded") if each.event.subject_id == charge]
    assert stored.state is EventState.SYNCED
    [kept] = connector.writer.records().history(charge)
    assert kept.event_id == stored.event.id
    assert f"upsert  customerPayment {charge}  29.00 USD" in kept.plan
