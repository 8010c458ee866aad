"""The product's webhook server alone, without dispatcher: what accepting costs. `python -m tests.bench.ingest PORT FILE`."""

from __future__ import annotations

import sys

import uvicorn

from adapters.storage.inbox import SqliteInbox
from core.events import reason_to_ignore
from services.ingest.app import IngestApp, WebhookEndpoint
from tests.bench.events import SECRET


def serve(port: int, file: str) -> None:
    """Serve until SIGTERM."""
    inbox = SqliteInbox(file)
    app = IngestApp(inbox, {"": WebhookEndpoint((SECRET,))}, reason_to_ignore)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        server_header=False,
        backlog=2048,
        log_level="warning",
    )
    inbox.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
