"""The writer over a gRPC channel: what ingest hands events to, and what operators' commands speak to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import grpc
import grpc.aio
from stripe_netsuite.v1 import writer_pb2, writer_pb2_grpc

from adapters.writer.identity import Identity, channel, channel_of_a_loop
from adapters.writer.messages import from_outcome, to_sync_request
from core.inbox import Event
from core.outcome import Failed, Kind, Outcome

# The webhook's limit is 1 MiB and only ids travel, so 2 MiB is room enough for any plan page; a dead peer is found within 30 s.
CHANNEL_OPTIONS: Sequence[tuple[str, int | str]] = (
    ("grpc.max_receive_message_length", 2 << 20),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
)

A_DAY_S = 86_400.0
UNREACHABLE = "See whether the writer runs and INGEST__WRITER names its address; it is tried again by itself."


def target_of(writers: str) -> str:
    """How gRPC spells `host:port`, of several IP addresses with their ports apart by commas, or of any target: of several
    writers each call goes to the next that answers. https://grpc.github.io/grpc/core/md_doc_naming.html"""
    addresses = [each.strip() for each in writers.split(",")]
    if len(addresses) == 1:
        return writers
    return f"{'ipv6' if addresses[0].startswith('[') else 'ipv4'}:{','.join(addresses)}"


class GrpcWriter:
    """Implements core.ports.Writer over one kept-alive channel to one writer or several, as `target_of` reads them."""

    def __init__(self, writers: str, identity: Identity | None = None) -> None:
        self._channel = channel_of_a_loop(target_of(writers), CHANNEL_OPTIONS, identity)
        self._stub = writer_pb2_grpc.NetSuiteWriterServiceStub(self._channel)

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        """A status other than OK speaks of the call: INVALID_ARGUMENT is for a person, everything else is tried again."""
        try:
            answer = await self._stub.SyncEvent(to_sync_request(event), timeout=deadline_s)
        except grpc.aio.AioRpcError as error:
            return _failed(error), ""
        return from_outcome(answer.outcome), answer.plan

    async def close(self) -> None:
        await self._channel.close()


def _failed(error: grpc.aio.AioRpcError) -> Failed:
    code = error.code()
    if code is grpc.StatusCode.PERMISSION_DENIED:
        said = f"the writer refused the call: {error.details()}"
        remedy = "Give ingest a certificate that bears a name of the writer's tls.ingest_names, then retry the event."
        return Failed(Kind.MISCONFIGURED, said, remedy, code=code.name)
    if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED):
        said = f"the writer refused the call: {error.details()}"
        return Failed(Kind.REFUSED, said, "Run ingest and writer of the same version, then retry the event.", code=code.name)
    return Failed(Kind.BUSY, f"the writer did not answer: {code.name}", UNREACHABLE, code=code.name)


def connects(channel: grpc.Channel, within_s: float) -> bool:
    """Whether the channel connects within so many seconds."""
    try:
        grpc.channel_ready_future(channel).result(timeout=within_s)
    except grpc.FutureTimeoutError:
        return False
    return True


class WriterClient:
    """ResyncObject for operators: a blocking client. grpc.RpcError when the writer cannot be reached."""

    def __init__(self, writers: str, timeout_s: float = 600, identity: Identity | None = None) -> None:
        self._channel = channel(target_of(writers), CHANNEL_OPTIONS, identity)
        self._stub = writer_pb2_grpc.NetSuiteWriterServiceStub(self._channel)
        self._timeout_s = timeout_s

    def ready(self, within_s: float) -> bool:
        """Whether the channel connects within so many seconds."""
        return connects(self._channel, within_s)

    def resync(
        self, stripe_id: str, *, account: str = "", dry_run: bool = False, plan_checksum: str = ""
    ) -> writer_pb2.ResyncObjectResponse:
        request = writer_pb2.ResyncObjectRequest(stripe_id=stripe_id, account=account, dry_run=dry_run, plan_checksum=plan_checksum)
        answer: writer_pb2.ResyncObjectResponse = self._stub.ResyncObject(request, timeout=self._timeout_s)
        return answer

    def relink(self, request: writer_pb2.RelinkObjectRequest) -> writer_pb2.RelinkObjectResponse:
        """Say which record an object is."""
        answer: writer_pb2.RelinkObjectResponse = self._stub.RelinkObject(request, timeout=self._timeout_s)
        return answer

    def exclude(self, request: writer_pb2.ExcludeObjectRequest) -> writer_pb2.ExcludeObjectResponse:
        """Say that an object is not to be synced."""
        answer: writer_pb2.ExcludeObjectResponse = self._stub.ExcludeObject(request, timeout=self._timeout_s)
        return answer

    def undo(self, request: writer_pb2.UndoObjectRequest) -> writer_pb2.UndoObjectResponse:
        """Take back what was written for an object, or show how."""
        answer: writer_pb2.UndoObjectResponse = self._stub.UndoObject(request, timeout=A_DAY_S)
        return answer

    def objects(self, request: writer_pb2.ListObjectsRequest) -> writer_pb2.ListObjectsResponse:
        """A page of the objects that were ever synced."""
        answer: writer_pb2.ListObjectsResponse = self._stub.ListObjects(request, timeout=self._timeout_s)
        return answer

    def created(self, request: writer_pb2.ListCreatedRequest) -> Iterator[writer_pb2.ListCreatedResponse]:
        """What was created in Stripe, page by page."""
        pages: Iterator[writer_pb2.ListCreatedResponse] = self._stub.ListCreated(request, timeout=A_DAY_S)
        return pages

    def reconcile(self, payout_id: str = "", account: str = "") -> writer_pb2.ReconcileResponse:
        """A payout, or with none the whole balance."""
        request = writer_pb2.ReconcileRequest(payout_id=payout_id, account=account)
        answer: writer_pb2.ReconcileResponse = self._stub.Reconcile(request, timeout=A_DAY_S)
        return answer

    def close(self) -> None:
        self._channel.close()
