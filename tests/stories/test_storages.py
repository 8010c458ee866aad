"""The fortnight on PostgreSQL ends in the books of SQLite, whoever of two ingest processes took an event."""

from __future__ import annotations

import pytest

from core.inbox import EventState
from services.demo import Told
from services.running import running_ingest
from services.sandbox.stripe.webhooks import Policy
from tests.stories.conftest import Start
from tests.stories.test_fortnight import BOOKS, books


@pytest.mark.xdist_group("postgres")
def test_the_fortnight_on_postgresql_ends_in_the_same_books(start: Start, postgres_url: str) -> None:
    connector = start(policy=Policy(duplicates=0.3, shuffle_s=1.0, seed=1), storage={"url": postgres_url})
    for _ in connector.sandbox.play():
        pass
    connector.settle()
    connector.finish()
    assert connector.proof().holds
    assert books(connector) == BOOKS
    assert connector.inbox.list(EventState.FAILED) == []


@pytest.mark.xdist_group("postgres")
def test_two_ingest_services_on_one_database_share_the_work_and_end_in_the_same_books(start: Start, postgres_url: str) -> None:
    """Stripe sends each event to both; it is stored once, its object is with one of them at a time, and both get something to do."""
    first, told = start(storage={"url": postgres_url}), Told()
    free = first.config.ingest.model_copy(update={"listen": "127.0.0.1:0", "operator": "127.0.0.1:0"})
    with running_ingest(first.config.model_copy(update={"ingest": free}), told) as (_, second):
        first.sandbox.webhooks.register(f"http://127.0.0.1:{second.port}/webhooks/stripe", *first.config.stripe.secrets)
        for _ in first.sandbox.play():
            pass
        first.settle()
        first.finish()
    assert first.proof().holds
    assert books(first) == BOOKS
    assert first.told.tries
    assert told.tries
    assert first.inbox.list(EventState.FAILED) == []
