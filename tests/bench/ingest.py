"""The product's ingest, whole, with a writer that takes a second per event, as NetSuite does. `python -m tests.bench.ingest PORT FILE`."""

from __future__ import annotations

import asyncio
import sys

from adapters.storage.inbox import SqliteInbox
from core.events import reason_to_ignore, subject_of
from core.inbox import Event
from core.outcome import Outcome, Synced
from services.ingest.app import WebhookEndpoint
from services.ingest.server import IngestServer
from tests.bench.events import SECRET


class TakesASecond:
    """Implements core.ports.Writer: so the dispatcher is busy all the time, and handing on takes its usual small part of the machine."""

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        await asyncio.sleep(1)
        return Synced(), ""


def serve(port: int, file: str) -> None:
    """Serve until SIGTERM."""
    inbox = SqliteInbox(file)
    endpoints = {"": WebhookEndpoint((SECRET,))}
    IngestServer(inbox, endpoints, TakesASecond, reason_to_ignore, subject_of, listen=f"127.0.0.1:{port}").run_forever()
    inbox.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
