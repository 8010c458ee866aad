"""TLS between the services: who shows no certificate, a wrong one or another name is refused before anything of the call is looked at."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from click.testing import CliRunner
from grpc_health.v1 import health_pb2, health_pb2_grpc
from stripe_netsuite.v1 import writer_pb2, writer_pb2_grpc

from adapters.writer.grpc import GrpcWriter, WriterClient
from core.inbox import Event
from core.outcome import Failed, Kind, Synced
from core.sync import SyncUseCase
from services.cli import main
from services.config import Embedded
from services.demo import running_connector
from services.grpc_server import GrpcServer
from services.sandbox.run import Sandbox
from services.tls import TlsSection, is_loopback
from services.writer.server import writer_server
from tests.certificates import Authority
from tests.core.test_sync import World
from tests.given import charge
from tests.services.test_cli import environment

EVENT = Event("evt_1", "charge.succeeded", datetime(2026, 11, 2, tzinfo=UTC), livemode=False, subject_id="ch_1")
REQUEST = writer_pb2.SyncEventRequest(event_id="evt_1", type="charge.succeeded", subject_id="ch_1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def world() -> World:
    return World(("ch_1", charge("29.00")))


@contextmanager
def writing(use_case: SyncUseCase, tls: TlsSection) -> Iterator[GrpcServer]:
    server = writer_server(use_case, "127.0.0.1:0", tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.stop(0)


@pytest.fixture
def server(world: World, authority: Authority) -> Iterator[GrpcServer]:
    with writing(world.sync, TlsSection(**authority.settings("writer"))) as running:
        yield running


def sync_as(server: GrpcServer, settings: dict[str, str]) -> Any:
    """Hand an event on with the certificate of these settings."""

    async def hand_on() -> Any:
        writer = GrpcWriter(f"127.0.0.1:{server.port}", TlsSection(**settings).identity)
        try:
            return (await writer.sync(EVENT, 5))[0]
        finally:
            await writer.close()

    return asyncio.run(hand_on())


def test_ingest_hands_on_over_tls(server: GrpcServer, authority: Authority) -> None:
    assert sync_as(server, authority.settings("ingest")) == Synced(2)


def test_plaintext_is_refused(server: GrpcServer, world: World) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel, pytest.raises(grpc.RpcError) as refused:
        writer_pb2_grpc.NetSuiteWriterServiceStub(channel).SyncEvent(REQUEST, timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert world.stripe.reads == 0


def credentials(authority: Authority, client: dict[str, str] | None = None) -> grpc.ChannelCredentials:
    pair = (Path(client["key_file"]).read_bytes(), Path(client["certificate_file"]).read_bytes()) if client else (None, None)
    return grpc.ssl_channel_credentials(authority.file.read_bytes(), *pair)


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(lambda authority, other: credentials(authority), id="no certificate"),
        pytest.param(lambda authority, other: credentials(authority, other.settings("ingest")), id="of another authority"),
        pytest.param(lambda authority, other: credentials(authority, authority.settings("ingest", lasts=timedelta(days=-1))), id="expired"),
    ],
)
def test_a_client_that_is_none_of_ours_is_refused_in_the_handshake(
    server: GrpcServer,
    world: World,
    authority: Authority,
    tmp_path: Path,
    client: Callable[[Authority, Authority], grpc.ChannelCredentials],
) -> None:
    shown = client(authority, Authority(tmp_path, "stranger"))
    with grpc.secure_channel(f"127.0.0.1:{server.port}", shown) as channel, pytest.raises(grpc.RpcError) as refused:
        writer_pb2_grpc.NetSuiteWriterServiceStub(channel).SyncEvent(REQUEST, timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert world.stripe.reads == 0


def test_a_server_that_is_none_of_ours_is_not_spoken_to(world: World, authority: Authority, tmp_path: Path) -> None:
    with writing(world.sync, TlsSection(**Authority(tmp_path, "stranger").settings("writer"))) as server:
        outcome = sync_as(server, authority.settings("ingest"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is Kind.BUSY
    assert world.stripe.reads == 0


@pytest.mark.parametrize("name", ["operator", "shop"])
def test_one_of_ours_of_another_name_may_not_hand_on_events(server: GrpcServer, world: World, authority: Authority, name: str) -> None:
    outcome = sync_as(server, authority.settings(name))
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.code) == (Kind.MISCONFIGURED, "PERMISSION_DENIED")
    assert "tls.ingest_names" in outcome.remedy
    assert world.stripe.reads == 0


def test_an_operator_may_resync_and_ingest_may_not(server: GrpcServer, world: World, authority: Authority) -> None:
    target = f"127.0.0.1:{server.port}"
    with closing(WriterClient(target, identity=TlsSection(**authority.settings("operator")).identity)) as operator:
        assert operator.resync("ch_1").results[0].outcome.synced.writes == 2
    reads = world.stripe.reads
    ours = TlsSection(**authority.settings("ingest")).identity
    with closing(WriterClient(target, identity=ours)) as ingest, pytest.raises(grpc.RpcError) as refused:
        ingest.resync("ch_1")
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert world.stripe.reads == reads


@pytest.mark.parametrize("name", ["operator", "ingest", "shop"])
def test_ingest_may_reconcile_too(server: GrpcServer, authority: Authority, name: str) -> None:
    identity = TlsSection(**authority.settings(name)).identity
    with closing(WriterClient(f"127.0.0.1:{server.port}", identity=identity)) as client, pytest.raises(grpc.RpcError) as refused:
        client.reconcile()
    forbidden = refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert forbidden == (name == "shop"), "this writer has no ledger, which it says to those who may ask"


def test_a_call_without_a_deadline_is_refused(server: GrpcServer, world: World, authority: Authority) -> None:
    with grpc.secure_channel(f"127.0.0.1:{server.port}", credentials(authority, authority.settings("ingest"))) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            writer_pb2_grpc.NetSuiteWriterServiceStub(channel).SyncEvent(REQUEST)
        assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "a call needs a deadline")
        assert world.stripe.reads == 0
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_message_over_2_mib_is_refused(server: GrpcServer, world: World, authority: Authority) -> None:
    large = writer_pb2.SyncEventRequest(event_id="e" * (2 << 20))
    shown = credentials(authority, authority.settings("ingest"))
    with grpc.secure_channel(f"127.0.0.1:{server.port}", shown) as channel, pytest.raises(grpc.RpcError) as refused:
        writer_pb2_grpc.NetSuiteWriterServiceStub(channel).SyncEvent(large, timeout=5)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert world.stripe.reads == 0


def test_a_new_certificate_is_shown_without_a_restart(world: World, authority: Authority) -> None:
    settings = authority.settings("renewed")
    with writing(world.sync, TlsSection(**settings)) as server:
        before = ssl.get_server_certificate(("127.0.0.1", server.port), timeout=5)
        authority.settings("renewed")
        after = ssl.get_server_certificate(("127.0.0.1", server.port), timeout=5)
        assert before != after == Path(settings["certificate_file"]).read_text()
        Path(settings["certificate_file"]).write_text("half a file")
        assert ssl.get_server_certificate(("127.0.0.1", server.port), timeout=5) == after, "what cannot be used changes nothing"


def test_the_whole_connector_over_tls(authority: Authority, tmp_path: Path) -> None:
    both = authority.settings("ingest")
    with Sandbox() as sandbox, running_connector(sandbox, str(tmp_path), tls={**both, "operator_names": "ingest"}) as connector:
        sandbox.world.charges.pay(2900, customer=None)
        connector.settle()
        assert len(sandbox.netsuite.records("customerPayment")) == 1
        here = environment(connector)
        with_tls = {**here, **{f"STRIPE_NETSUITE_TLS__{name}".upper(): value for name, value in both.items()}}
        assert json.loads(CliRunner().invoke(main, ["status", "--json"], env=with_tls).stdout)["synced"] == 1


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        pytest.param({"writer": {"listen": "0.0.0.0:50051"}}, "writer.listen", id="a writer for everybody"),
        pytest.param({"ingest": {"operator": "10.0.0.5:50052"}}, "ingest.operator", id="operators from elsewhere"),
        pytest.param({"ingest": {"writer": "dns:///writer:50051"}}, "ingest.writer", id="a writer elsewhere"),
        pytest.param({"ingest": {"writer": "127.0.0.1:50051, 10.0.0.5:50051"}}, "ingest.writer", id="one of several elsewhere"),
    ],
)
def test_without_tls_nothing_is_said_beyond_loopback_but_by_an_explicit_setting(sections: dict[str, Any], where: str) -> None:
    [(path, says)] = Embedded(**sections).problems()
    assert ".".join(path) == where
    assert all(name in says for name in (where, "tls.certificate_file", "tls.plaintext = true"))
    assert Embedded(**sections, tls={"plaintext": True}).problems() == []


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/run/writer", "127.0.1.1:1"])
def test_loopback_is_of_this_machine_alone(address: str) -> None:
    assert is_loopback(address)


def test_files_that_do_not_go_together_are_named(authority: Authority, tmp_path: Path) -> None:
    good, other = authority.settings("writer"), Authority(tmp_path, "stranger").settings("other")

    def problems(**tls: str) -> dict[str, str]:
        return {".".join(path): says for path, says in Embedded(tls=tls).problems()}

    assert problems(**good) == {}
    assert "go together" in problems(certificate_file=good["certificate_file"])["tls.key_file"]
    assert "tls.certificate_file" in problems(**{**good, "key_file": other["key_file"]})
    assert "tls.ca_file" in problems(**{**good, "ca_file": str(tmp_path / "none.pem")})
