"""Encryption between the services: the settings, what is wrong in them, and who may call what."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from services.bookkeeping import Section, listed

if TYPE_CHECKING:
    from adapters.writer.identity import Identity

FILES = ("certificate_file", "key_file", "ca_file")
Where = tuple[str, ...]


class TlsSection(Section):
    """TLS, both ways, between ingest, writer and operators. Without it they speak on loopback only."""

    certificate_file: str = Field("", description="PEM: this process's certificate; each side shows one. Read again when it changes.")
    key_file: str = Field("", description="PEM: its private key.")
    ca_file: str = Field("", description="PEM: the authority that signs for all of them; an authority of your own.")
    server_name: str = Field(
        "", description="The name to find in the certificate of the service that is called; empty: that of its address."
    )
    ingest_names: str = Field("ingest", description="Names in the certificates of who may hand on events, comma separated.")
    operator_names: str = Field("operator", description="Names in the certificates of who may operate: plan, resync, events, backfill ...")
    plaintext: bool = Field(False, description="Speak without TLS beyond loopback too: only where the network itself is trusted.")

    @property
    def identity(self) -> Identity | None:
        """Of this process; None without TLS."""
        if not self.certificate_file:
            return None
        from adapters.writer.identity import Identity

        return Identity(Path(self.certificate_file), Path(self.key_file), Path(self.ca_file), self.server_name)

    @property
    def writer_callers(self) -> Mapping[str, frozenset[str]]:
        """Who may call which method of the writer, by the names in their certificates."""
        ingest, operators = frozenset(listed(self.ingest_names)), frozenset(listed(self.operator_names))
        return {"SyncEvent": ingest, "Reconcile": ingest | operators, "": operators}

    @property
    def ingest_callers(self) -> Mapping[str, frozenset[str]]:
        """Who may call which method of ingest."""
        return {"": frozenset(listed(self.operator_names))}


def tls_problems(tls: TlsSection, servers: Mapping[Where, str], targets: Mapping[Where, str]) -> Iterator[tuple[Where, str]]:
    """What is wrong: files that do not go together or cannot be used, and addresses beyond loopback without encryption. `servers`
    are `host:port` that are listened on, `targets` gRPC targets that are called, by where they are set."""
    given = [name for name in FILES if getattr(tls, name)]
    if given and len(given) < len(FILES):
        missing = next(name for name in FILES if name not in given)
        yield ("tls", missing), "is not set: certificate_file, key_file and ca_file go together"
    elif given:
        yield from _unusable(tls)
    elif not tls.plaintext:
        for where, address in [*servers.items(), *targets.items()]:
            if not all(is_loopback(each) for each in addresses_of(address)):
                name = ".".join(where)
                yield where, f"{name} is beyond loopback: set tls.certificate_file, tls.key_file and tls.ca_file, or tls.plaintext = true"


def addresses_of(target: str) -> Iterator[str]:
    """Each address of a gRPC target: `ipv4:127.0.0.1:1,127.0.0.1:2`, `dns:///host:50051`, `host:50051`."""
    scheme, _, rest = target.partition(":")
    if scheme in ("dns", "ipv4", "ipv6", "unix"):
        target = f"unix:{rest}" if scheme == "unix" else rest.rpartition("/")[2]
    yield from (each.strip() for each in target.split(","))


def is_loopback(address: str) -> bool:
    """Whether `host:port`, or a socket in the file system, is of this machine alone."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unusable(tls: TlsSection) -> Iterator[tuple[Where, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.certificate_file, tls.key_file, password=lambda: "")
    except (OSError, ValueError) as error:
        yield ("tls", "certificate_file"), f"cannot be used with tls.key_file: {_said(error)}"
    try:
        context.load_verify_locations(tls.ca_file)
    except (OSError, ValueError) as error:
        yield ("tls", "ca_file"), f"cannot be used: {_said(error)}"


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or getattr(error, "reason", "") or error)
