"""The account's two wires, REST and SOAP: how each says what is asked, who asks, and that something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
from starlette.requests import Request

from adapters.netsuite.emulator import NetSuite, Reply
from adapters.netsuite.emulator.errors import error_body
from services.sandbox.netsuite.calls import Call
from services.sandbox.netsuite.governance import Governance
from services.sandbox.netsuite.oauth2 import OAuth2
from services.sandbox.netsuite.tba import Credentials, TokenAuthentication

GOVERNANCE = "/services/rest/system/v1/governanceLimits"
RECORDS = "/services/rest/record/v1/"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
    "Setup > Users/Roles > User Management > View Login Audit Trail."
)


class Wire(Protocol):
    """One protocol of the account. A request's body has been read."""

    def call(self, request: Request, body: bytes) -> Call:
        """What is asked, for the log and the faults."""
        ...

    def refusal(self, request: Request, body: bytes) -> tuple[Reply, str] | None:
        """The answer to who may not ask, and why for the log; None for who may."""
        ...

    def handle(self, request: Request, body: bytes) -> Reply:
        """The account's answer."""
        ...

    def error(self, status: int, detail: str, code: str) -> Reply:
        """An answer that is none of the account's own: 401, 429, 500, 503 as REST numbers them."""
        ...


class RestWire:
    """The REST services: the address says what is asked, a header who asks."""

    def __init__(
        self, netsuite: NetSuite, governance: Governance, oauth2: OAuth2, credentials: Credentials, now: Callable[[], float]
    ) -> None:
        self._netsuite = netsuite
        self._governance = governance
        self._oauth2 = oauth2
        self._authentication = TokenAuthentication(credentials, now)

    def call(self, request: Request, body: bytes) -> Call:
        """See Wire."""
        path = request.url.path
        record_type = path[len(RECORDS) :].split("/")[0] if path.startswith(RECORDS) else ""
        return Call(request.method, path, record_type, 0, bool(record_type) and request.method in WRITES, 0.0)

    def refusal(self, request: Request, body: bytes) -> tuple[Reply, str] | None:
        """By a token of OAuth 2.0 or a signature of OAuth 1.0, whichever the call brings."""
        authorization = request.headers.get("authorization", "")
        if authorization.lower().startswith("bearer"):
            return self._oauth2.refusal(authorization)
        refusal = self._authentication.refusal(request.method, address_of(request), authorization)
        return (self.error(401, LOGIN, "INVALID_LOGIN"), refusal) if refusal else None

    def handle(self, request: Request, body: bytes) -> Reply:
        """See Wire."""
        if request.url.path == GOVERNANCE:
            return Reply(200, {"Content-Type": "application/json"}, msgspec.json.encode(self._governance.answer()))
        return self._netsuite.handle(request.method, request.url.path, dict(request.query_params), dict(request.headers), body)

    def error(self, status: int, detail: str, code: str) -> Reply:
        """Oracle's printed sample of a 429 lacks a comma; its odd o:errorCode at the top is kept."""
        body = {**error_body(status, detail, code), **({"o:errorCode": "USER_ERROR"} if status == 429 else {})}
        return Reply(status, {"Content-Type": "application/vnd.oracle.resource+json; type=error"}, msgspec.json.encode(body))


def address_of(request: Request) -> str:
    """The address as the caller wrote and signed it, percent-encodings and all."""
    query = request.scope["query_string"].decode("latin-1")
    address = f"{request.url.scheme}://{request.headers.get('host', '')}{request.scope['raw_path'].decode('latin-1')}"
    return f"{address}?{query}" if query else address
