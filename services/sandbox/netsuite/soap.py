"""SOAP over HTTP: the port of the one version, the WSDL where the sandbox has one, every message checked against it then."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from lxml import etree
from starlette.requests import Request

from adapters.netsuite.emulator import NetSuite, Reply
from adapters.netsuite.emulator.soap import SoapEndpoint, faulty
from adapters.netsuite.emulator.soap_reading import type_name
from adapters.netsuite.emulator.soap_shapes import FAULTS as FAULT_TYPES
from adapters.netsuite.emulator.soap_shapes import MESSAGES, TYPES, VERSION
from adapters.netsuite.xml import Element, child, children, local, parse
from services.sandbox.netsuite.calls import Call
from services.sandbox.netsuite.governance import Governance
from services.sandbox.netsuite.passport import Passports
from services.sandbox.netsuite.tba import Credentials
from services.sandbox.netsuite.wires import LOGIN

PORTS = "/services/NetSuitePort_"
WSDL = f"/wsdl/v{VERSION}_0/"
WRITES = ("add", "update", "upsert", "delete")
# Which fault says what REST says by a status (Oracle help, section_N3539420), and its code.
FAULTS = {
    401: ("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", LOGIN),
    429: ("exceededConcurrentRequestLimitFault", "WS_REQUEST_BLOCKED", "SuiteTalk concurrent request limit exceeded. Request blocked."),
    500: ("unexpectedErrorFault", "UNEXPECTED_ERROR", ""),
    503: ("unexpectedErrorFault", "ACCT_TEMP_UNAVAILABLE", ""),
}


class SoapWire:
    """The SOAP endpoint as a wire of the account. `wsdl` is the folder of NetSuite's own WSDL, None when there is none."""

    def __init__(
        self, netsuite: NetSuite, governance: Governance, credentials: Credentials, now: Callable[[], float], wsdl: Path | None
    ) -> None:
        self._endpoint = SoapEndpoint(netsuite, governance.answer)
        self._passports = Passports(credentials, now)
        self._documents = wsdl
        self._schema = None if wsdl is None else schema_of(wsdl)

    def call(self, request: Request, body: bytes) -> Call:
        """The operation stands for the method; the record type is that of its first record."""
        try:
            operation = next(children(child(parse(body), "Body")), None)
        except ValueError:
            operation = None
        name = "" if operation is None else local(operation)
        first = next(children(operation), None)
        kind = "" if first is None else (type_name(first) if first.get("type") is None else first.get("type", ""))
        return Call(name, request.url.path, kind[:1].lower() + kind[1:], 0, name.removesuffix("List") in WRITES, 0.0)

    def refusal(self, request: Request, body: bytes) -> tuple[Reply, str] | None:
        """A version that is not spoken, what is no message of the WSDL's, a passport that does not hold."""
        version = request.url.path.removeprefix(PORTS)
        if version != VERSION:
            text = f"The version {version} of the SOAP web services endpoint is not supported; this sandbox speaks {VERSION}."
            return faulty("invalidVersionFault", "UNSUPPORTED_WS_VERSION", text), "unknown version"
        try:
            message = parse(body)
            self._check(message)
        except ValueError as malformed:
            return faulty("", "", f"org.xml.sax.SAXException: {malformed}"), f"malformed: {malformed}"
        refusal = self._passports.refusal(message)
        return (self.error(401, LOGIN, ""), refusal) if refusal else None

    def handle(self, request: Request, body: bytes) -> Reply:
        """The account's answer; ValueError when it breaks the WSDL, which would be this sandbox's own mistake."""
        reply = self._endpoint.handle(parse(body))
        self._check(parse(reply.body))
        return reply

    def error(self, status: int, detail: str, code: str) -> Reply:
        """See Wire."""
        kind, soap_code, text = FAULTS[status]
        return faulty(kind, soap_code, text or detail)

    def document(self, path: str) -> bytes | None:
        """A file of the WSDL; None when the sandbox has none of that name."""
        if self._documents is None or not path.startswith(WSDL):
            return None
        file = (self._documents / path.removeprefix(WSDL)).resolve()
        return file.read_bytes() if file.is_file() and file.is_relative_to(self._documents.resolve()) else None

    def _check(self, message: Element) -> None:
        if self._schema is not None:
            check(self._schema, message)


@cache
def schema_of(folder: Path) -> etree.XMLSchema:
    """The schema of every message, from the folder of a WSDL."""
    spoken = {MESSAGES, FAULT_TYPES, *(kind.namespace for kind in TYPES.values())}
    found = {etree.parse(file).getroot().get("targetNamespace", ""): file.name for file in folder.glob("xsd/*.xsd")}
    names = {namespace: name for namespace, name in found.items() if namespace in spoken}
    imports = "".join(f'<import namespace="{namespace}" schemaLocation="{name}"/>' for namespace, name in names.items())
    text = f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'
    return etree.XMLSchema(etree.fromstring(text, base_url=str((folder / "xsd" / "all.xsd").resolve())))


def check(schema: etree.XMLSchema, message: Element) -> None:
    """ValueError for the first thing in an envelope's header, body or fault that breaks the schema."""
    fault = child(message, "Body", "Fault", "detail")
    parts = [*children(child(message, "Header")), *(children(fault) if fault is not None else children(child(message, "Body")))]
    for part in parts:
        alone = etree.fromstring(etree.tostring(part))
        if not schema.validate(alone):
            raise ValueError(f"Invalid element in {local(part)}: {schema.error_log.last_error}")
