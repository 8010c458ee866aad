"""The listening socket of ingest: a connection for whoever comes, and an orderly end for those who are there."""

from __future__ import annotations

import asyncio
import socket

from services.ingest.app import IngestApp
from services.ingest.http import Dates
from services.ingest.protocol import Connection

BACKLOG = 2048


class Listener:
    """Bound to `host:port` from the start (port 0 takes a free one, `port` says which); OSError when it is taken."""

    def __init__(self, listen: str) -> None:
        self._socket = _bound(listen)
        self.port: int = self._socket.getsockname()[1]
        self._dates = Dates()
        self._open: set[Connection] = set()
        self._empty = asyncio.Event()

    async def serve(self, app: IngestApp) -> None:
        """Returns when connections are taken."""

        def connection() -> Connection:
            came = Connection(app.handle, app.metrics.rejected, self._lost, self._dates)
            self._open.add(came)
            return came

        self._server = await asyncio.get_running_loop().create_server(connection, sock=self._socket, backlog=BACKLOG)

    async def stop(self, within_s: float) -> None:
        """Take no more connections, let each answer that is under way be sent within `within_s` seconds, then close."""
        self._server.close()
        for connection in tuple(self._open):
            connection.stop()
        try:
            if self._open:
                await asyncio.wait_for(self._empty.wait(), within_s)
        except TimeoutError:
            for connection in tuple(self._open):
                connection.abort()

    def close(self) -> None:
        """Give the address back, unserved."""
        self._socket.close()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._empty.set()


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    address = (host.strip("[]"), int(port))
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(f"ingest cannot listen on {listen}: {error.strerror}") from error
