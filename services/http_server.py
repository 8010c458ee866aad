"""An ASGI application on a port, in a thread of this process: how the sandboxes are served."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from socket import socket

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Says when it is ready or has given up; leaves the process's signals to the command that runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Sequence[socket] | None = None) -> None:
        try:
            await super().startup()
        finally:
            self.ready.set()


class HttpServer:
    """Serves `app` at `listen` (`host:port`; port 0 takes a free one) between start() and stop()."""

    def __init__(self, app: ASGIApp, listen: str) -> None:
        host, _, port = listen.rpartition(":")
        config = uvicorn.Config(
            app, host=host, port=int(port), log_level="error", access_log=False, server_header=False, lifespan="off", ws="none"
        )
        self._listen = listen
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=f"http-{listen}", daemon=True)

    def _run(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # uvicorn's way of saying that the address is taken
            self._server.ready.set()

    def start(self) -> str:
        """The address that it serves. OSError when it cannot listen there."""
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            raise OSError(f"cannot listen on {self._listen}: is another one running there?")
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
