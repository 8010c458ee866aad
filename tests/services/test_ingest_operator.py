"""What operators ask of a running ingest, over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from stripe_netsuite.v1 import ingest_pb2, ingest_pb2_grpc

from adapters.writer.messages import from_attempt
from adapters.writer.status import from_status
from core.inbox import Arrival, Event, EventState
from core.outcome import CannotSync, Failed, Kind, Outcome, Synced
from services.ingest.server import IngestServer
from services.ingest.servicer import from_stored_event, to_stored_event
from tests.adapters.webhooks import body_of
from tests.services.ingest_world import ENDPOINTS, FakeWriter, World, ignoring, running, subject

REFUSED = Failed(Kind.REFUSED, "a value is wrong", "mend it", code="INVALID", field="entity", record="customer cus_1")


def refuses_the_bad(event: Event) -> Outcome:
    return REFUSED if event.subject_id == "ch_bad" else Synced(1)


def arrival(event_id: str, subject_id: str, account: str = "") -> Arrival:
    moment = datetime.now(UTC)
    return Arrival(Event(event_id, "charge.succeeded", moment, livemode=False, subject_id=subject_id, account=account), b"{}", moment)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path / "ingest.db", FakeWriter(refuses_the_bad)) as world:
        world.post(body_of("evt_good", subject_id="ch_good"))
        world.post(body_of("evt_bad", subject_id="ch_bad"))
        world.post(body_of("evt_ignored", "account.updated", "acct_1"))
        world.until_settled()
        yield world


@pytest.fixture
def operator(world: World) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{world.server.operator_port}") as channel:
        yield ingest_pb2_grpc.IngestServiceStub(channel)


def test_the_status_counts_every_state(operator: Any) -> None:
    status = operator.GetStatus(ingest_pb2.GetStatusRequest())
    assert (status.waiting, status.running, status.synced, status.ignored, status.failed, status.skipped) == (0, 0, 1, 1, 1, 0)
    assert not status.HasField("oldest_waiting_s")


def test_the_list_is_newest_first_and_may_be_of_one_state_or_type(operator: Any) -> None:
    def ids(**filters: Any) -> list[str]:
        return [event.event_id for event in operator.ListEvents(ingest_pb2.ListEventsRequest(**filters)).events]

    assert ids() == ["evt_ignored", "evt_bad", "evt_good"]
    assert ids(most=1) == ["evt_ignored"]
    assert ids(state=ingest_pb2.EVENT_STATE_FAILED) == ["evt_bad"]
    assert ids(type="account.updated") == ["evt_ignored"]


def test_an_event_shows_why_it_failed_and_what_to_do(operator: Any, world: World) -> None:
    message = operator.GetEvent(ingest_pb2.GetEventRequest(event_id="evt_bad")).event
    assert from_stored_event(message) == world.inbox.find("evt_bad")
    assert (message.failed.remedy, message.failed.retryable) == ("mend it", False)


def test_an_event_shows_each_try_with_the_writers_own_answer(operator: Any, world: World) -> None:
    answer = operator.GetEvent(ingest_pb2.GetEventRequest(event_id="evt_bad"))
    [tried] = answer.attempts
    assert from_attempt(tried) == world.inbox.attempts("evt_bad")[0]
    assert (tried.outcome.failed.message, tried.late, list(tried.handed_on)) == ("a value is wrong", False, ["evt_bad"])
    assert not operator.GetEvent(ingest_pb2.GetEventRequest(event_id="evt_ignored")).attempts


def test_a_stored_event_survives_the_wire(world: World) -> None:
    for stored in world.inbox.list():
        assert from_stored_event(to_stored_event(stored)) == stored


def test_after_it_was_mended_a_failed_event_is_retried(operator: Any, world: World) -> None:
    world.writer.answer = lambda event: Synced(1)
    assert operator.RetryEvents(ingest_pb2.RetryEventsRequest(event_ids=["evt_bad"])).retried == 1
    assert world.until_settled().synced == 2


def test_all_failed_events_are_retried_at_once(operator: Any, world: World) -> None:
    world.writer.answer = lambda event: Synced(1)
    assert operator.RetryEvents(ingest_pb2.RetryEventsRequest(all_failed=True)).retried == 1
    assert world.until_settled().failed == 0


def test_a_failed_event_is_skipped_with_a_reason(operator: Any, world: World) -> None:
    assert operator.SkipEvents(ingest_pb2.SkipEventsRequest(event_ids=["evt_bad", "evt_good"], because=" by hand ")).skipped == 1
    stored = world.inbox.find("evt_bad")
    assert stored
    assert (stored.state, stored.reason) == (EventState.SKIPPED, "by hand")


def test_a_thousand_events_that_come_while_it_is_paused_are_stored_and_handed_on_when_it_is_resumed(operator: Any, world: World) -> None:
    before = len(world.writer.asked)
    operator.PauseEvents(ingest_pb2.PauseEventsRequest(because=" the books are being closed ", who="me"))
    assert world.post(body_of("evt_paused", subject_id="ch_paused"))[0] == 200
    world.inbox.accept([arrival(f"evt_{number}", f"ch_{number}") for number in range(999)])
    operator.RetryEvents(ingest_pb2.RetryEventsRequest(event_ids=["evt_bad"]))  # wakes the dispatcher
    assert not world.inbox.claim(9, 60)
    status = operator.GetStatus(ingest_pb2.GetStatusRequest())
    [pause] = status.pauses
    assert (status.waiting, status.running, len(world.writer.asked)) == (1001, 0, before)
    assert (pause.because, pause.who, pause.HasField("account")) == ("the books are being closed", "me", False)
    assert from_status(status).pauses == world.inbox.stats().pauses
    assert world.request("GET", "/readyz") == (200, "ready to store; paused: the books are being closed\n")
    assert 'stripe_netsuite_ingest_pauses{of="everything"} 1.0' in world.request("GET", "/metrics")[1]
    world.writer.answer = lambda event: Synced(1)
    assert operator.ResumeEvents(ingest_pb2.ResumeEventsRequest()).resumed == 1
    assert world.until_settled().synced == 1002
    assert world.request("GET", "/readyz") == (200, "ready\n")


def test_a_pause_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "ingest.db") as world:
        world.inbox.pause("its books are being closed", "me", "acct_shop")
    with running(tmp_path / "ingest.db") as world:
        world.inbox.accept([arrival("evt_1", "ch_1"), arrival("evt_2", "ch_2", "acct_shop")])
        world.post(body_of("evt_3", subject_id="ch_3"))
        world.until(lambda: len(world.tried) == 2)
        assert [stored.event.id for stored in world.inbox.list(EventState.WAITING)] == ["evt_2"]


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        pytest.param("GetEvent", ingest_pb2.GetEventRequest(event_id="evt_unknown"), grpc.StatusCode.NOT_FOUND, id="an unknown event"),
        pytest.param("GetEvent", ingest_pb2.GetEventRequest(event_id="a b"), grpc.StatusCode.INVALID_ARGUMENT, id="no event id"),
        pytest.param("GetEvent", ingest_pb2.GetEventRequest(), grpc.StatusCode.INVALID_ARGUMENT, id="an empty event id"),
        pytest.param("ListEvents", ingest_pb2.ListEventsRequest(most=-1), grpc.StatusCode.INVALID_ARGUMENT, id="a negative number"),
        pytest.param("ListEvents", ingest_pb2.ListEventsRequest(most=10**6), grpc.StatusCode.INVALID_ARGUMENT, id="a million"),
        pytest.param(
            "ListEvents", ingest_pb2.ListEventsRequest(state=cast("Any", 99)), grpc.StatusCode.INVALID_ARGUMENT, id="an unknown state"
        ),
        pytest.param("RetryEvents", ingest_pb2.RetryEventsRequest(), grpc.StatusCode.INVALID_ARGUMENT, id="retry nothing"),
        pytest.param(
            "RetryEvents",
            ingest_pb2.RetryEventsRequest(event_ids=["evt_1"], all_failed=True),
            grpc.StatusCode.INVALID_ARGUMENT,
            id="retry some and all",
        ),
        pytest.param(
            "SkipEvents", ingest_pb2.SkipEventsRequest(event_ids=["evt_1"]), grpc.StatusCode.INVALID_ARGUMENT, id="skip without a reason"
        ),
        pytest.param("PauseEvents", ingest_pb2.PauseEventsRequest(who="me"), grpc.StatusCode.INVALID_ARGUMENT, id="pause without a reason"),
        pytest.param("PauseEvents", ingest_pb2.PauseEventsRequest(because="x"), grpc.StatusCode.INVALID_ARGUMENT, id="pause by nobody"),
        pytest.param("SkipEvents", ingest_pb2.SkipEventsRequest(because="x"), grpc.StatusCode.INVALID_ARGUMENT, id="skip nothing"),
    ],
)
def test_a_request_that_is_no_good_is_refused_and_says_why(operator: Any, method: str, request_: Any, code: grpc.StatusCode) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        getattr(operator, method)(request_)
    assert refused.value.code() is code
    assert refused.value.details()


def test_a_store_that_fails_is_unavailable(operator: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise CannotSync(Failed(Kind.BUSY, "the disk is full.", "Make room."))

    monkeypatch.setattr(world.inbox, "stats", fails)
    with pytest.raises(grpc.RpcError) as refused:
        operator.GetStatus(ingest_pb2.GetStatusRequest())
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.UNAVAILABLE, "the disk is full. Make room.")


def test_two_servers_on_one_address_are_refused_with_a_sentence(world: World) -> None:
    with pytest.raises(OSError, match="cannot listen on"):
        IngestServer(world.inbox, ENDPOINTS, FakeWriter, ignoring, subject, listen=f"127.0.0.1:{world.server.port}")
    with pytest.raises(OSError, match="cannot listen on"):
        IngestServer(world.inbox, ENDPOINTS, FakeWriter, ignoring, subject, operator=f"127.0.0.1:{world.server.operator_port}")
