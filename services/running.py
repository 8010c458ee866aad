"""Ingest and writer as running services of one process, started and stopped in the right order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dependency_injector import providers

from services.config import Config
from services.grpc_server import GrpcServer
from services.ingest.dispatcher import Observer
from services.ingest.server import IngestServer
from services.wiring import Ingest, Writer


@contextmanager
def running_writer(config: Config) -> Iterator[tuple[Writer, GrpcServer]]:
    """A started writer. On leaving: no new calls, those under way end, its store is closed."""
    container = Writer(config=providers.Object(config))
    try:
        server = container.server()
        server.start()
        try:
            yield container, server
        finally:
            server.stop()
    finally:
        container.records().close()
        container.stripe().close()


@contextmanager
def running_ingest(config: Config, observe: Observer | None = None) -> Iterator[tuple[Ingest, IngestServer]]:
    """A started ingest. On leaving: no new webhooks, what is with the writer ends or is given up, its store is closed."""
    container = Ingest(config=providers.Object(config))
    container.observe.override(providers.Object(observe))
    inbox = container.inbox()
    try:
        server = container.server()
        server.start()
        try:
            yield container, server
        finally:
            server.stop()
    finally:
        inbox.close()
