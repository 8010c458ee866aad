"""The verdict finds what it is for; the rounds themselves are `make chaos`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from adapters.writer.operator import IngestClient
from core.inbox import Event, EventState, Stats, StoredEvent
from services.sandbox.run import Sandbox
from tests.chaos.round import Told
from tests.chaos.verdict import wrong


class Kept:
    """What an ingest tells an operator: every event of Stripe synced, but those named."""

    def __init__(self, sandbox: Sandbox, lost: int = 0, waiting: int = 0) -> None:
        self._events = {raw["id"]: raw for raw in sandbox.world.events[lost:]}
        self._waiting = {*list(self._events)[:waiting]}

    def find(self, event_id: str) -> StoredEvent | None:
        raw = self._events.get(event_id)
        if raw is None:
            return None
        at = datetime(2026, 11, 2, tzinfo=UTC)
        state = EventState.WAITING if event_id in self._waiting else EventState.SYNCED
        return StoredEvent(Event(event_id, raw["type"], at, False, raw["data"]["object"].get("id", "")), state, at)

    def stats(self) -> Stats:
        return Stats(waiting=len(self._waiting), synced=len(self._events) - len(self._waiting))


@pytest.fixture
def sandbox() -> Sandbox:
    """A customer without a sale: the books are empty, as they should be."""
    quiet = Sandbox()
    quiet.world.catalogue.customer("Ada Able", "ada@example.com")
    return quiet


def told(sandbox: Sandbox, **kept: int) -> list[str]:
    return list(wrong(sandbox, cast(IngestClient, Kept(sandbox, **kept)), proven=True))


def test_nothing_is_wrong_when_nothing_happened(sandbox: Sandbox) -> None:
    assert told(sandbox) == []


def test_a_lost_event_is_found(sandbox: Sandbox) -> None:
    lost, count = told(sandbox, lost=1)
    assert "customer.created is lost" in lost
    assert count == "0 events are stored, Stripe has 1"


def test_an_event_that_waits_for_ever_is_found(sandbox: Sandbox) -> None:
    [waits] = told(sandbox, waiting=1)
    assert "is waiting after 0 tries" in waits


def test_a_sale_that_netsuite_does_not_have_is_found_in_every_account(sandbox: Sandbox) -> None:
    sandbox.world.charges.pay(2900)
    assert {sentence.split(":")[0] for sentence in told(sandbox)} == {"proof", "receivable usd", "undeposited_funds usd"}


def test_records_without_or_with_the_same_external_id_are_found(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator refuses the second one itself; here it is told to have taken it."""
    netsuite = sandbox.netsuite
    netsuite.handle("POST", "/services/rest/record/v1/customer", {}, {}, b'{"companyName": "A", "externalId": "cus_1"}')
    records = netsuite.records
    monkeypatch.setattr(netsuite, "records", lambda kind: (*records(kind), *records(kind)))
    assert told(sandbox) == ["2 records of entity have externalId 'cus_1'"]


def test_a_round_is_told_in_a_line() -> None:
    one = Told(7, events=3, settled_s=1.6, strikes=[(0.5, "kill writer-1"), (2.0, "freeze ingest-1")])
    assert str(one) == "seed 7: 3 events, 1 kills, 1 freezes, settled 2 s after the last: 0 lost, 0 doubled, every balance exact"
