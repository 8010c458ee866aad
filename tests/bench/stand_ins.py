"""The far sides that rows need: a writer with nothing to do, a bare gRPC echo. `python -m tests.bench.stand_ins writer|echo PORT`."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from core.inbox import Event
from core.outcome import Synced
from core.sync import Report, SyncUseCase
from services.writer.server import writer_server

THREADS = 32
ECHO_SERVICE, ECHO_METHOD = "echo.Echo", "Echo"


class NothingToDo:
    """A use case that says at once that all is synced."""

    def event(self, event: Event) -> Report:
        return Report("charge", None, Synced())


def writer(port: int) -> None:
    """The product's own gRPC server and servicer."""
    server = writer_server(cast(SyncUseCase, NothingToDo()), f"127.0.0.1:{port}")
    server.start()
    _until_asked_to_stop()
    server.stop(1)


def echo(port: int) -> None:
    """What gRPC itself can do: bytes in, the same bytes out."""
    server = grpc.server(ThreadPoolExecutor(THREADS))
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(ECHO_SERVICE, {ECHO_METHOD: handler}),))
    checks = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    checks.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    _until_asked_to_stop()
    server.stop(1).wait()


def _until_asked_to_stop() -> None:
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    asked.wait()


if __name__ == "__main__":
    {"writer": writer, "echo": echo}[sys.argv[1]](int(sys.argv[2]))
