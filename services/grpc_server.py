"""A gRPC server as both services run it: a thread pool, health, reflection, limits that are set and not inherited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", 2 << 20),
    ("grpc.max_send_message_length", 4 << 20),
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.so_reuseport", 0),  # a second server on the same port is refused, not silently given half of the calls
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class GrpcServer:
    """One service on one address. `add` registers the servicer; `service` is its full name, for health and reflection."""

    def __init__(self, listen: str, service: str, add: Callable[[grpc.Server], None], threads: int) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
            options=list(OPTIONS),
            maximum_concurrent_rpcs=threads * 4,  # more are answered RESOURCE_EXHAUSTED at once: the caller's back-off is the queue
        )
        self._service = service
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        add(self._server)
        reflection.enable_server_reflection((service, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        try:
            self.port = self._server.add_insecure_port(listen)
        except RuntimeError as error:
            raise OSError(f"{service} cannot listen on {listen}: is another one running there?") from error

    def start(self) -> None:
        self._server.start()
        for name in ("", self._service):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace_s: float = 30) -> None:
        """Refuse new calls, let those under way end within the grace."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()
