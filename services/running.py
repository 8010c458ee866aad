"""Ingest and writer as running services of one process, started and stopped in the right order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dependency_injector import providers

from services.config import Config
from services.grpc_server import GrpcServer
from services.ingest.dispatcher import Observer
from services.ingest.server import IngestServer
from services.wiring import Ingest, Writer
from services.writer.metrics import served_metrics


@contextmanager
def running_writer(config: Config) -> Iterator[tuple[Writer, GrpcServer]]:
    """A started writer. On leaving: no new calls, those under way end, its store is closed. OSError when an address is taken."""
    container = Writer(config=providers.Object(config))
    with ExitStack() as running:
        running.callback(lambda: container.records().close())
        running.callback(lambda: container.turns().close())
        running.callback(lambda: container.stripe().close())
        server = container.server()
        running.callback(lambda: container.transport().close())
        if config.writer.metrics:
            running.enter_context(served_metrics(container.metrics(), config.writer.metrics))
        server.start()
        running.callback(server.stop)
        yield container, server


@contextmanager
def running_ingest(config: Config, observe: Observer | None = None) -> Iterator[tuple[Ingest, IngestServer]]:
    """A started ingest. On leaving: no new webhooks, what is with the writer ends or is given up, its store is closed."""
    container = Ingest(config=providers.Object(config))
    container.observe.override(providers.Object(observe))
    inbox, stripe = container.inbox(), container.stripe()
    try:
        server = container.server()
        server.start()
        try:
            yield container, server
        finally:
            server.stop()
    finally:
        inbox.close()
        stripe.close()
