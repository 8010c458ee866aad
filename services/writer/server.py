"""The writer as a running service."""

from __future__ import annotations

from stripe_netsuite.v1 import writer_pb2, writer_pb2_grpc

from core.notes import Operators
from core.reconcile import Reconciliation
from core.sync import SyncUseCase
from core.undo import Undo
from core.write_back import WriteBack
from services.grpc_server import NOBODY, GrpcServer
from services.tls import TlsSection
from services.writer.servicer import Created, WriterServicer

SERVICE = writer_pb2.DESCRIPTOR.services_by_name["NetSuiteWriterService"].full_name


FEWEST_THREADS = 32


def writer_server(
    use_case: SyncUseCase,
    listen: str,
    concurrency: int = 4,
    reconciliation: Reconciliation | None = None,
    write_back: WriteBack | None = None,
    operators: Operators | None = None,
    undo: Undo | None = None,
    created: Created | None = None,
    tls: TlsSection | None = None,
) -> GrpcServer:
    """A writer on `listen` (`host:port`; port 0 takes a free one). Twice as many calls are served at once as NetSuite takes, 32 at
    least: while some read Stripe, others keep every NetSuite slot busy. With certificates in `tls` it speaks TLS alone."""
    threads = max(FEWEST_THREADS, 2 * concurrency)
    servicer = WriterServicer(use_case, reconciliation, write_back, operators, undo, created)
    return GrpcServer(
        listen,
        SERVICE,
        lambda server: writer_pb2_grpc.add_NetSuiteWriterServiceServicer_to_server(servicer, server),
        threads,
        tls.identity if tls else None,
        tls.writer_callers if tls else NOBODY,
    )
