"""The fortnight on PostgreSQL ends in the books of SQLite, whoever of two ingest processes took an event."""

from __future__ import annotations

import pytest

from core.inbox import EventState
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
