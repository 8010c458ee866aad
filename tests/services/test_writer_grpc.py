"""The writer over real gRPC: outcomes are data, bad requests are refused, health and reflection answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from stripe_netsuite.v1 import outcome_pb2, writer_pb2, writer_pb2_grpc

from adapters.writer.grpc import GrpcWriter, target_of
from core.inbox import Event
from core.outcome import Outcome, Synced
from core.sync import SyncUseCase
from services.config import IngestSection
from services.writer.server import SERVICE, writer_server
from services.writer.servicer import WriterServicer
from tests.core.test_sync import World
from tests.given import charge, customer, invoiced


@pytest.fixture(scope="module")
def use_case() -> SyncUseCase:
    return World(("cus_1", customer()), ("ch_1", invoiced("100.00")), ("ch_2", charge("29.00", "ch_2", balance_transaction=None))).sync


@pytest.fixture(scope="module")
def grpc_add_to_server() -> Callable[..., None]:
    return writer_pb2_grpc.add_NetSuiteWriterServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_servicer(use_case: SyncUseCase) -> WriterServicer:
    return WriterServicer(use_case)


@pytest.fixture(scope="module")
def grpc_stub_cls(grpc_channel: grpc.Channel) -> type:
    return writer_pb2_grpc.NetSuiteWriterServiceStub


def sync(stub: Any, event_type: str, subject_id: str) -> writer_pb2.SyncEventResponse:
    answer: writer_pb2.SyncEventResponse = stub.SyncEvent(
        writer_pb2.SyncEventRequest(event_id="evt_1", type=event_type, subject_id=subject_id)
    )
    return answer


def test_an_event_is_synced_and_its_plan_comes_back(grpc_stub: Any) -> None:
    answer = sync(grpc_stub, "charge.succeeded", "ch_1")
    assert answer.outcome.WhichOneof("result") == "synced"
    assert "upsert  customerPayment ch_1  100.00 USD" in answer.plan
    assert len(answer.plan_checksum) == 64


def test_a_failed_sync_is_a_successful_call(grpc_stub: Any) -> None:
    failed = sync(grpc_stub, "charge.succeeded", "ch_2").outcome.failed
    assert failed.kind == outcome_pb2.FAILURE_KIND_NOT_READY
    assert failed.retryable
    assert failed.remedy


def test_an_unknown_event_type_is_ignored_and_says_why(grpc_stub: Any) -> None:
    assert sync(grpc_stub, "radar.early_fraud_warning.created", "issfr_1").outcome.ignored.because == "not in the event table"


@pytest.mark.parametrize("subject_id", ["", "ch_1/../../invoice/1", "ch 1", "x" * 256, "ch_1\n"])
def test_a_bad_id_is_refused_before_anything_runs(grpc_stub: Any, subject_id: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        sync(grpc_stub, "charge.succeeded", subject_id)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_dry_run_shows_each_record_against_netsuite(grpc_stub: Any) -> None:
    sync(grpc_stub, "charge.succeeded", "ch_1")
    results = grpc_stub.ResyncObject(writer_pb2.ResyncObjectRequest(stripe_id="ch_1", dry_run=True)).results
    assert [result.subject for result in results] == ["charge", "refunds of a charge"]
    assert {diff.change for diff in results[0].diffs} == {writer_pb2.CHANGE_UNCHANGED}


def test_a_mistake_in_a_rule_fails_its_own_subject_and_tells_no_data(use_case: SyncUseCase, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError("the amount was 4242")

    monkeypatch.setattr(SyncUseCase, "event", broken)
    request = writer_pb2.SyncEventRequest(event_id="evt_1", type="charge.succeeded", subject_id="ch_1")
    answer = WriterServicer(use_case).SyncEvent(request, Mock(spec=grpc.ServicerContext))
    assert answer.outcome.failed.kind == outcome_pb2.FAILURE_KIND_REFUSED
    assert "ZeroDivisionError" in answer.outcome.failed.message
    assert "4242" not in answer.outcome.failed.message


def test_health_and_reflection_answer(use_case: SyncUseCase) -> None:
    server = writer_server(use_case, "127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=SERVICE))
            assert health.status == health_pb2.HealthCheckResponse.SERVING
            asked = reflection_pb2.ServerReflectionRequest(list_services="")
            [answer] = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]))
            assert SERVICE in {service.name for service in answer.list_services_response.service}
    finally:
        server.stop(0)


def test_of_several_writers_each_call_goes_to_one_that_answers(use_case: SyncUseCase) -> None:
    """Both get work; when one is gone the other gets all of it."""
    first, second = (writer_server(use_case, "127.0.0.1:0") for _ in range(2))
    event = Event("evt_1", "charge.succeeded", datetime(2026, 11, 2, tzinfo=UTC), False, "ch_1")

    async def outcomes() -> tuple[Outcome, list[Outcome]]:
        writer = GrpcWriter(f"127.0.0.1:{first.port}, 127.0.0.1:{second.port}")
        before, _ = await writer.sync(event, 10)
        first.stop(0)
        after = [(await writer.sync(event, 10))[0] for _ in range(6)]
        await writer.close()
        return before, after

    first.start()
    second.start()
    try:
        before, after = asyncio.run(outcomes())
    finally:
        second.stop(0)
    assert isinstance(before, Synced)
    assert [outcome for outcome in after[1:] if not isinstance(outcome, Synced)] == []


@pytest.mark.parametrize(
    ("writers", "target"),
    [
        ("writer:50051", "writer:50051"),
        ("dns:///writer:50051", "dns:///writer:50051"),
        ("10.0.0.1:50051, 10.0.0.2:50051", "ipv4:10.0.0.1:50051,10.0.0.2:50051"),
        ("[::1]:50051,[::2]:50051", "ipv6:[::1]:50051,[::2]:50051"),
    ],
)
def test_writers_are_named_as_grpc_names_them(writers: str, target: str) -> None:
    assert IngestSection(writer=writers).writer == writers
    assert target_of(writers) == target


def test_several_writers_by_name_are_refused_with_what_to_write_instead() -> None:
    with pytest.raises(ValueError, match="dns:///writer"):
        IngestSection(writer="one:50051,two:50051")


def test_a_port_that_is_taken_is_said(use_case: SyncUseCase) -> None:
    server = writer_server(use_case, "127.0.0.1:0")
    with pytest.raises(OSError, match="is another one running there"):
        writer_server(use_case, f"127.0.0.1:{server.port}")
    server.stop(0)
