"""SOAP in tests: NetSuite's own WSDL beside the repository, and books behind a sandbox that checks every message against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.soap_client import SoapClient
from adapters.netsuite.soap_faults import rest_status
from adapters.netsuite.soap_login import PassportLogin
from adapters.netsuite.soap_wsdl import Wsdl
from adapters.netsuite.transport import Endpoint, HttpTransport, Patience, TokenCredentials
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, NetSuiteApp, netsuite_app
from services.wiring_netsuite import _of_file
from tests.services.loopback import served
from tests.shared import SHARED

FOLDER = SHARED / "netsuite" / "wsdl" / "2025_2-derived"
FILE = FOLDER / "netsuite.wsdl"
needs_wsdl = pytest.mark.skipif(not FOLDER.is_dir(), reason="NetSuite's WSDL is not beside the repository: SOAP is not tested")
QUICK = Patience(tries=2, first_s=0.001)


def wsdl() -> Wsdl:
    """Loaded once in a process, as the product does: it takes a second."""
    return _of_file(str(FILE))


@contextmanager
def soap_client_at(address: str) -> Iterator[SoapClient]:
    """A client of the sandbox at this address, with every call logged in."""
    login = SANDBOX_CREDENTIALS
    keys = TokenCredentials(login.consumer_key, login.consumer_secret, login.token, login.token_secret)
    endpoint = Endpoint.of(login.account, address)
    transport = HttpTransport(endpoint, PassportLogin(endpoint, keys), concurrency=4, timeout_s=10, patience=QUICK, status_of=rest_status)
    try:
        yield SoapClient(transport, wsdl())
    finally:
        transport.close()


@contextmanager
def soap_client(app: NetSuiteApp) -> Iterator[SoapClient]:
    """A client of the app over a real port."""
    with served(app) as address, soap_client_at(address) as client:
        yield client


@contextmanager
def soap_books(netsuite: NetSuite, limit: int = 5) -> Iterator[SoapBooks]:
    """The books of an account over SOAP."""
    with soap_client(netsuite_app(netsuite, concurrency_limit=limit, wsdl=FOLDER)) as client:
        yield SoapBooks(client)
