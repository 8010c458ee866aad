"""How operators' commands reach the services: the running one first; when none runs, its store, or the use case in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Protocol

import grpc
from dependency_injector import providers
from stripe_netsuite.v1 import ingest_pb2, writer_pb2

from adapters.writer.grpc import WriterClient
from adapters.writer.operator import IngestClient
from core.inbox import Attempt, EventState, Stats, StoredEvent
from core.outcome import CannotSync
from services.cli.output import Exit, Stop
from services.config import Config
from services.ingest.catching_up import CatchingUp
from services.wiring import Ingest, Writer
from services.writer.servicer import created, excluded, objects, relinked, results, statement, undone

PROBE_S = 1.0
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.PERMISSION_DENIED,
}


class Operator(Protocol):
    """What an operator may ask of the stored events: the inbox itself offers it, and ingest over gRPC."""

    def find(self, event_id: str) -> StoredEvent | None: ...
    def attempts(self, event_id: str, most: int = 50) -> Sequence[Attempt]: ...
    def list(self, state: EventState | None = None, event_type: str = "", most: int = 100) -> Sequence[StoredEvent]: ...
    def retry_now(self, event_ids: Sequence[str] | None) -> int: ...
    def skip(self, event_ids: Sequence[str], because: str) -> int: ...
    def pause(self, because: str, who: str, account: str | None = None) -> None: ...
    def resume(self, account: str | None = None) -> int: ...
    def stats(self) -> Stats: ...


@contextmanager
def inbox(config: Config) -> Iterator[Operator]:
    """The running ingest's events, else its store's. Ends the command with exit code 3 when neither can be reached."""
    with (
        closing(IngestClient(config.ingest.operator, identity=config.tls.identity)) as client,
        _unreachable("ingest", config.ingest.operator),
    ):
        if client.ready(PROBE_S):
            yield client
            return
    with _store(config) as container:
        yield container.inbox()


@contextmanager
def _store(config: Config) -> Iterator[Ingest]:
    """Ingest's own store, open for this command alone, when no ingest runs."""
    if config.storage.kind == "memory" or (config.storage.kind == "sqlite" and not (config.storage.folder / "ingest.db").exists()):
        raise Stop(f"no ingest runs at {config.ingest.operator}, and {config.storage.folder} holds no events", Exit.UNREACHABLE)
    container = Ingest(config=providers.Object(config))
    try:
        store = container.inbox()
    except CannotSync as stopped:
        raise Stop(f"{stopped.failed.message}. {stopped.failed.remedy}", Exit.UNREACHABLE) from None
    with closing(store):
        yield container


class Backfills(Protocol):
    """What an operator may ask of backfills and sweeps: of ingest over gRPC, or of the store."""

    def backfill(self, request: ingest_pb2.BackfillObjectsRequest) -> Iterator[ingest_pb2.BackfillObjectsResponse]: ...
    def tally(self, name: str) -> ingest_pb2.GetBackfillResponse: ...
    def sweep(self) -> Iterator[ingest_pb2.SweepEventsResponse]: ...


class _Backfills:
    """The same in this process, on ingest's store."""

    def __init__(self, container: Ingest) -> None:
        self._catching_up: CatchingUp = container.catching_up()

    def backfill(self, request: ingest_pb2.BackfillObjectsRequest) -> Iterator[ingest_pb2.BackfillObjectsResponse]:
        if why := self._catching_up.refusal(request):
            raise Stop(why, Exit.WRONG_USE)
        yield from self._catching_up.backfill(request)

    def tally(self, name: str) -> ingest_pb2.GetBackfillResponse:
        return self._catching_up.tally(name)

    def sweep(self) -> Iterator[ingest_pb2.SweepEventsResponse]:
        yield from self._catching_up.sweep()


@contextmanager
def backfills(config: Config) -> Iterator[tuple[Backfills, bool]]:
    """The running ingest, else its store; and whether ingest runs, so that what is stored is synced now."""
    with (
        closing(IngestClient(config.ingest.operator, identity=config.tls.identity)) as client,
        _unreachable("ingest", config.ingest.operator),
    ):
        if client.ready(PROBE_S):
            yield client, True
            return
    with _store(config) as container, closing(container.stripe()):
        yield _Backfills(container), False


class Resync(Protocol):
    """What an operator may ask of the writer."""

    def resync(
        self, stripe_id: str, *, account: str = "", dry_run: bool = False, plan_checksum: str = ""
    ) -> writer_pb2.ResyncObjectResponse: ...
    def reconcile(self, payout_id: str = "", account: str = "") -> writer_pb2.ReconcileResponse: ...
    def relink(self, request: writer_pb2.RelinkObjectRequest) -> writer_pb2.RelinkObjectResponse: ...
    def exclude(self, request: writer_pb2.ExcludeObjectRequest) -> writer_pb2.ExcludeObjectResponse: ...
    def undo(self, request: writer_pb2.UndoObjectRequest) -> writer_pb2.UndoObjectResponse: ...
    def objects(self, request: writer_pb2.ListObjectsRequest) -> writer_pb2.ListObjectsResponse: ...
    def created(self, request: writer_pb2.ListCreatedRequest) -> Iterator[writer_pb2.ListCreatedResponse]: ...


class _Here:
    """The use case in this process, when no writer runs."""

    def __init__(self, container: Writer) -> None:
        self._container, self._use_case = container, container.use_case()

    def resync(
        self, stripe_id: str, *, account: str = "", dry_run: bool = False, plan_checksum: str = ""
    ) -> writer_pb2.ResyncObjectResponse:
        request = writer_pb2.ResyncObjectRequest(stripe_id=stripe_id, account=account, dry_run=dry_run, plan_checksum=plan_checksum)
        return results(self._use_case, request, self._container.wanted_write_back())

    def relink(self, request: writer_pb2.RelinkObjectRequest) -> writer_pb2.RelinkObjectResponse:
        return relinked(self._container.operators(), request)

    def exclude(self, request: writer_pb2.ExcludeObjectRequest) -> writer_pb2.ExcludeObjectResponse:
        return excluded(self._container.operators(), request)

    def undo(self, request: writer_pb2.UndoObjectRequest) -> writer_pb2.UndoObjectResponse:
        return undone(self._container.undo(), request)

    def objects(self, request: writer_pb2.ListObjectsRequest) -> writer_pb2.ListObjectsResponse:
        return objects(self._container.operators(), request)

    def created(self, request: writer_pb2.ListCreatedRequest) -> Iterator[writer_pb2.ListCreatedResponse]:
        return created(self._container.created(), request)

    def reconcile(self, payout_id: str = "", account: str = "") -> writer_pb2.ReconcileResponse:
        return statement(self._container.reconciliation(), writer_pb2.ReconcileRequest(payout_id=payout_id, account=account))


@contextmanager
def writer(config: Config) -> Iterator[Resync]:
    """The running writer, else the same use case in this process on the writer's store."""
    client = WriterClient(config.ingest.writer, identity=config.tls.identity)
    with closing(client), _unreachable("the writer", config.ingest.writer):
        if client.ready(PROBE_S):
            yield client
            return
    container = Writer(config=providers.Object(config))
    try:
        records = container.records()
    except CannotSync as stopped:
        raise Stop(f"{stopped.failed.message}. {stopped.failed.remedy}", Exit.UNREACHABLE) from None
    with closing(records), closing(container.turns()), closing(container.stripe()):
        yield _Here(container)


@contextmanager
def _unreachable(name: str, address: str) -> Iterator[None]:
    """A service that answered the probe and then goes away, or has its reasons, ends the command."""
    try:
        yield
    except grpc.RpcError as error:
        if isinstance(error, grpc.Call) and error.code() in REFUSALS:
            raise Stop(f"{name} at {address} refused: {error.details()}", Exit.SOME_FAILED) from None
        raise Stop(f"{name} at {address} cannot be reached any more", Exit.UNREACHABLE) from None
