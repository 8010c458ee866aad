"""Ingest in a process of its own, for the tests that kill it: prints its port when it accepts. Arguments: the store's file, and how
the writer answers: `synced`, or `never`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from adapters.storage.inbox import SqliteInbox
from core.inbox import Event
from core.outcome import Outcome, Synced
from services.ingest.server import IngestServer
from tests.services.ingest_world import ENDPOINTS, FakeWriter, ignoring, subject


class NeverAnswers(FakeWriter):
    """What it is asked stays in flight."""

    async def sync(self, event: Event, deadline_s: float) -> tuple[Outcome, str]:
        await asyncio.sleep(deadline_s)
        return Synced(0), ""


def main() -> None:
    inbox = SqliteInbox(Path(sys.argv[1]))
    writer = NeverAnswers if sys.argv[2] == "never" else FakeWriter
    server = IngestServer(inbox, ENDPOINTS, writer, ignoring, subject)
    server.run_forever(lambda: print(server.port, flush=True))
    inbox.close()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
