"""Who this process is to the others: its certificate and key, and the authority that signs for all; TLS both ways, or none."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio

Options = Sequence[tuple[str, int | str]]


@dataclass(frozen=True, slots=True)
class Identity:
    """PEM files. `server_name` is the name to find in a server's certificate, "" for the one that the address has."""

    certificate: Path
    key: Path
    authority: Path
    server_name: str = ""

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """For a client that shows its certificate. OSError when a file cannot be read."""
        return grpc.ssl_channel_credentials(self.authority.read_bytes(), self.key.read_bytes(), self.certificate.read_bytes())

    def options(self) -> Options:
        """What a channel needs besides."""
        return (("grpc.ssl_target_name_override", self.server_name),) if self.server_name else ()

    def server_credentials(self) -> grpc.ServerCredentials:
        """For a server that asks for the client's certificate; files that change are read again with the next connection."""
        return _Reloading(self).credentials()


@dataclass(slots=True)
class _Reloading:
    identity: Identity
    _seen: tuple[int, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def credentials(self) -> grpc.ServerCredentials:
        self._seen = self._changed_at()
        return grpc.dynamic_ssl_server_credentials(self._configuration(), cast(Any, self._again), require_client_authentication=True)

    def _again(self) -> grpc.ServerCertificateConfiguration | None:
        """Asked at each handshake; None: as before. A file that cannot be read now leaves what there is."""
        with self._lock:
            try:
                changed_at = self._changed_at()
                if changed_at == self._seen:
                    return None
                made = self._configuration()
            except OSError:
                return None
            self._seen = changed_at
            return made

    def _changed_at(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in (self.identity.certificate, self.identity.key, self.identity.authority))

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        pair = (self.identity.key.read_bytes(), self.identity.certificate.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], self.identity.authority.read_bytes())


def channel(target: str, options: Options, identity: Identity | None) -> grpc.Channel:
    """A blocking channel, encrypted where there is an identity."""
    if identity is None:
        return grpc.insecure_channel(target, options=list(options))
    return grpc.secure_channel(target, identity.channel_credentials(), options=[*options, *identity.options()])


def channel_of_a_loop(target: str, options: Options, identity: Identity | None) -> grpc.aio.Channel:
    """The same for coroutines; it belongs to the event loop that makes it."""
    if identity is None:
        return grpc.aio.insecure_channel(target, options=list(options))
    return grpc.aio.secure_channel(target, identity.channel_credentials(), options=[*options, *identity.options()])
