"""Who keeps the promises of NetSuiteBooks: memory, and REST over real HTTP with signed requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.memory import MemoryBooks
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, Patience, Reply, TokenCredentials
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, netsuite_app
from tests.contracts.netsuite_books import NetSuiteBooksContract
from tests.services.loopback import served

NO_ROOM = {"o:errorDetails": [{"detail": "Concurrent request limit exceeded.", "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}]}


class Crowded:
    """A transport to an account that has no room for any call."""

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        return Reply(429, {"Content-Type": "application/vnd.oracle.resource+json; type=error"}, msgspec.json.encode(NO_ROOM))


class TestMemoryBooks(NetSuiteBooksContract):
    @pytest.fixture
    def books(self, netsuite: NetSuite) -> MemoryBooks:
        return MemoryBooks(netsuite)

    @pytest.fixture
    def crowded(self) -> RestBooks:
        return RestBooks(Crowded())


CREDENTIALS = TokenCredentials(
    SANDBOX_CREDENTIALS.consumer_key, SANDBOX_CREDENTIALS.consumer_secret, SANDBOX_CREDENTIALS.token, SANDBOX_CREDENTIALS.token_secret
)

QUICK = Patience(tries=2, first_s=0.001)


@contextmanager
def over_http(netsuite: NetSuite, limit: int) -> Iterator[RestBooks]:
    """The books behind a real port, with every request signed."""
    with served(netsuite_app(netsuite, concurrency_limit=limit)) as address:
        transport = HttpTransport(
            Endpoint.of(SANDBOX_CREDENTIALS.account, address), CREDENTIALS, concurrency=4, timeout_s=10, patience=QUICK
        )
        try:
            yield RestBooks(transport)
        finally:
            transport.close()


class TestRestBooksOverHttp(NetSuiteBooksContract):
    @pytest.fixture
    def books(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, limit=5) as books:
            yield books

    @pytest.fixture
    def crowded(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, limit=0) as books:
            yield books
