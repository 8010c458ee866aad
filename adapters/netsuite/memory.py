"""NetSuiteBooks on a NetSuite account in memory: the same code as over HTTP, without the wire."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from adapters.netsuite.batches import Polling
from adapters.netsuite.bookings import RestLedger
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply

AT_ONCE = Polling(first_s=0, cap_s=0)


class InProcessTransport:
    """Hands each call to the account itself."""

    def __init__(self, netsuite: NetSuite) -> None:
        self._netsuite = netsuite

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """See Transport."""
        answer = self._netsuite.handle(method, unquote(path), query, headers, body or b"")
        return Reply(answer.status, answer.headers, answer.body)


class MemoryLedger(RestLedger):
    """The reconciliation's memory adapter."""

    def __init__(self, netsuite: NetSuite) -> None:
        super().__init__(InProcessTransport(netsuite))


class MemoryBooks(RestBooks):
    """The port's memory adapter."""

    def __init__(self, netsuite: NetSuite, polling: Polling = AT_ONCE) -> None:
        super().__init__(InProcessTransport(netsuite), polling)
        self.netsuite = netsuite
