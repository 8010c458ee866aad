"""A gRPC server as both services run it: a thread pool, health, reflection, limits that are set and not inherited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from adapters.writer.identity import Identity
from services.guard import Guard

NOBODY: Mapping[str, frozenset[str]] = MappingProxyType({"": frozenset()})
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", 2 << 20),
    ("grpc.max_send_message_length", 4 << 20),
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.so_reuseport", 0),  # a second server on the same port is refused, not silently given half of the calls
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_connection_age_ms", 1_800_000),  # a certificate that was changed is shown to everybody within half an hour
    ("grpc.max_concurrent_streams", 1_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class GrpcServer:
    """One service on one address. `add` registers the servicer; `service` is its full name, for health and reflection. With an
    `identity` it speaks TLS alone, with who shows a certificate, and `callers` says who may call which method ("": any other)."""

    def __init__(
        self,
        listen: str,
        service: str,
        add: Callable[[grpc.Server], None],
        threads: int,
        identity: Identity | None = None,
        callers: Mapping[str, frozenset[str]] = NOBODY,
    ) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
            options=list(OPTIONS),
            interceptors=[Guard(service, callers)] if identity else None,
            maximum_concurrent_rpcs=threads * 4,  # more are answered RESOURCE_EXHAUSTED at once: the caller's back-off is the queue
        )
        self._service = service
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        add(self._server)
        reflection.enable_server_reflection((service, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        try:
            self.port = self._add_port(listen, identity)
        except RuntimeError as error:
            raise OSError(f"{service} cannot listen on {listen}: is another one running there?") from error

    def _add_port(self, listen: str, identity: Identity | None) -> int:
        if identity is None:
            return self._server.add_insecure_port(listen)
        return self._server.add_secure_port(listen, identity.server_credentials())

    def start(self) -> None:
        self._server.start()
        for name in ("", self._service):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace_s: float = 30) -> None:
        """Refuse new calls, let those under way end within the grace."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()
