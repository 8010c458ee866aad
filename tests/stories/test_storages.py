"""The fortnight on PostgreSQL ends in the books of SQLite, whoever of two ingest processes took an event."""

from __future__ import annotations

import pytest

from core.inbox import EventState
from services.config import Config
from services.demo import Connector, Told
from services.running import running_ingest, running_writer
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
def test_two_ingest_services_and_two_writers_on_one_database_share_the_work_and_end_in_the_same_books(
    start: Start, postgres_url: str
) -> None:
    """Stripe sends each event to both; it is stored once, its object is with one of them at a time, and all get something to do."""
    first = start(storage={"url": postgres_url})
    another = first.config.writer.model_copy(update={"listen": "127.0.0.1:0"})
    with running_writer(first.config.model_copy(update={"writer": another})) as (writer, server):
        free = {"listen": "127.0.0.1:0", "operator": "127.0.0.1:0", "writer": f"127.0.0.1:{server.port}"}
        told = play(first, first.config.model_copy(update={"ingest": first.config.ingest.model_copy(update=free)}))
        assert writer.transport().budget.usage.in_flight == 0
    assert first.proof().holds
    assert books(first) == BOOKS
    assert first.told.tries
    assert told.tries
    assert first.inbox.list(EventState.FAILED) == []


def play(first: Connector, config: Config) -> Told:
    """The fortnight, with a second ingest on these settings: what it was told."""
    with running_ingest(config, told := Told()) as (_, second):
        first.sandbox.webhooks.register(f"http://127.0.0.1:{second.port}/webhooks/stripe", *first.config.stripe.secrets)
        for _ in first.sandbox.play():
            pass
        first.settle()
        first.finish()
    return told
