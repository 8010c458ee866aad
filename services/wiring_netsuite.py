"""NetSuite's side of the wiring: the transport with its log-in, and what speaks to NetSuite over it, REST or SOAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.netsuite.account import AccountInfo
from adapters.netsuite.bookings import RestLedger
from adapters.netsuite.budget import Slots
from adapters.netsuite.certificates import read_certificates
from adapters.netsuite.combining import CombiningBooks
from adapters.netsuite.oauth2 import CertificateLogin
from adapters.netsuite.observing import Gate
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, Login, TokenCredentials
from core.ports import NetSuiteBooks
from core.statements import NetSuiteLedger
from services.config import Config
from services.writer.metrics import WriterMetrics

if TYPE_CHECKING:
    from adapters.netsuite.soap_account import SoapAccountInfo
    from adapters.netsuite.soap_client import SoapClient
    from adapters.netsuite.soap_wsdl import Wsdl


def _login(config: Config, endpoint: Endpoint) -> TokenCredentials | Login:
    given = config.netsuite
    if given.auth == "oauth2":
        certificates = read_certificates(given.certificate_ids, given.private_key_files)
        return CertificateLogin(endpoint, given.client_id, certificates, timeout_s=given.timeout_s)
    return TokenCredentials(
        consumer_key=given.consumer_key.get_secret_value(),
        consumer_secret=given.consumer_secret.get_secret_value(),
        token_id=given.token_id.get_secret_value(),
        token_secret=given.token_secret.get_secret_value(),
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks the writer's store before a call that may change something; who only reads needs no store."""

    intents: Callable[[], Gate]

    def sending(self) -> str:
        return self.intents().sending()


def netsuite_transport(config: Config, metrics: WriterMetrics, intents: Callable[[], Gate], slots: Slots) -> HttpTransport:
    """Signed calls within the budget."""
    given = config.netsuite
    endpoint = Endpoint.of(given.account, given.base_url)
    soap: dict[str, Any] = {}
    login = _login(config, endpoint)
    if given.protocol == "soap":
        if not isinstance(login, TokenCredentials):
            raise ValueError("SOAP knows token-based authentication only")
        from adapters.netsuite.soap_faults import rest_status
        from adapters.netsuite.soap_login import PassportLogin

        login, soap = PassportLogin(endpoint, login), {"status_of": rest_status}
    transport = HttpTransport(
        endpoint,
        login,
        concurrency=given.concurrency,
        timeout_s=given.timeout_s,
        observe=metrics.called,
        gate=_Asking(intents),
        slots=slots,
        **soap,
    )
    metrics.watch(lambda: transport.budget.usage)
    return transport


def _soap(config: Config, transport: HttpTransport) -> SoapClient:
    """Zeep is loaded by those alone who speak SOAP, and the WSDL with the first call."""
    from adapters.netsuite.soap_client import SoapClient

    given = config.netsuite
    endpoint = Endpoint.of(given.account, given.base_url)
    return SoapClient(transport, _of_file(given.wsdl) if given.wsdl else _of_account(endpoint, config.storage.files, given.timeout_s))


@cache
def _of_file(path: str) -> Wsdl:
    """One for all that speak SOAP in this process: it is a second's work and 68 MB."""
    from adapters.netsuite.soap_wsdl import Wsdl

    return Wsdl.of_file(Path(path).expanduser())


@cache
def _of_account(endpoint: Endpoint, folder: Path, timeout_s: float) -> Wsdl:
    from adapters.netsuite.soap_wsdl import Wsdl

    return Wsdl.of_account(endpoint, folder, timeout_s)


def netsuite_books(config: Config, transport: HttpTransport, intents: Callable[[], Gate]) -> NetSuiteBooks:
    """NetSuite's records, over the protocol of the settings."""
    enough = config.netsuite.batch_from
    load = _Asking(intents), lambda: transport.budget.usage.limit, enough
    if config.netsuite.protocol == "rest":
        return CombiningBooks(transport, *load) if enough else RestBooks(transport)
    from adapters.netsuite.soap import SoapBooks
    from adapters.netsuite.soap_combining import CombiningSoapBooks

    client = _soap(config, transport)
    return CombiningSoapBooks(client, *load) if enough else SoapBooks(client)


def netsuite_account_info(config: Config, transport: HttpTransport) -> AccountInfo | SoapAccountInfo:
    """What the account says of itself."""
    if config.netsuite.protocol == "rest":
        return AccountInfo(transport)
    from adapters.netsuite.soap_account import SoapAccountInfo

    return SoapAccountInfo(_soap(config, transport))


def netsuite_ledger(config: Config, transport: HttpTransport) -> NetSuiteLedger:
    """What NetSuite holds, for reconciliation."""
    if config.netsuite.protocol == "rest":
        return RestLedger(transport)
    from adapters.netsuite.soap_ledger import SoapLedger

    return SoapLedger(_soap(config, transport))
