"""Who keeps the promises of NetSuiteBooks: memory, and over real HTTP REST, with signed requests and with tokens of OAuth 2.0, and SOAP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.netsuite.batches import Polling
from adapters.netsuite.certificates import Certificate
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.memory import MemoryBooks
from adapters.netsuite.oauth2 import CertificateLogin
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, Login, Patience, Reply, TokenCredentials
from services.sandbox.netsuite import CERTIFICATE_ID, CLIENT_ID, SANDBOX_CREDENTIALS, NetSuiteApp, netsuite_app
from tests.contracts.netsuite_books import NetSuiteBooksContract
from tests.services.loopback import served
from tests.soap import needs_wsdl, soap_books

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

AT_ONCE = Polling(first_s=0.0, cap_s=0.01, within_s=5)
QUICK = Patience(tries=2, first_s=0.001)


LogIn = Callable[[NetSuiteApp, Endpoint], TokenCredentials | Login]


def by_signature(_app: NetSuiteApp, _endpoint: Endpoint) -> TokenCredentials:
    """Token-based authentication."""
    return CREDENTIALS


def by_certificate(app: NetSuiteApp, endpoint: Endpoint) -> CertificateLogin:
    """OAuth 2.0 with the key pair of the sandbox."""
    key = load_pem_private_key(app.oauth2.private_key().encode(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return CertificateLogin(endpoint, CLIENT_ID, [Certificate(CERTIFICATE_ID, "ES256", key)])


@contextmanager
def over_http(netsuite: NetSuite, limit: int, log_in: LogIn = by_signature) -> Iterator[RestBooks]:
    """The books behind a real port, with every request logged in."""
    app = netsuite_app(netsuite, concurrency_limit=limit)
    with served(app) as address:
        endpoint = Endpoint.of(SANDBOX_CREDENTIALS.account, address)
        transport = HttpTransport(endpoint, log_in(app, endpoint), concurrency=4, timeout_s=10, patience=QUICK)
        try:
            yield RestBooks(transport, AT_ONCE)
        finally:
            transport.close()


@pytest.mark.xdist_group("soap")
@needs_wsdl
class TestSoapBooksOverHttp(NetSuiteBooksContract):
    NO_ROOM = "WS_REQUEST_BLOCKED"
    WRONG_REFERENCE = "INVALID_KEY_OR_REF"

    @pytest.fixture
    def books(self, netsuite: NetSuite) -> Iterator[SoapBooks]:
        with soap_books(netsuite, limit=5) as books:
            yield books

    @pytest.fixture
    def crowded(self, netsuite: NetSuite) -> Iterator[SoapBooks]:
        with soap_books(netsuite, limit=0) as books:
            yield books


class TestRestBooksOverHttp(NetSuiteBooksContract):
    @pytest.fixture
    def books(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, limit=5) as books:
            yield books

    @pytest.fixture
    def crowded(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, limit=0) as books:
            yield books


class TestRestBooksWithOAuth2(NetSuiteBooksContract):
    @pytest.fixture
    def books(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, 5, by_certificate) as books:
            yield books

    @pytest.fixture
    def crowded(self, netsuite: NetSuite) -> Iterator[RestBooks]:
        with over_http(netsuite, 0, by_certificate) as books:
            yield books
