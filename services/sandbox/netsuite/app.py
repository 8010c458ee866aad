"""The emulated NetSuite as an ASGI application: authentication, governance and faults in front, the account behind."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.netsuite.emulator import NetSuite, Reply
from adapters.netsuite.emulator.errors import error_body
from services.sandbox.netsuite.calls import Call, CallLog
from services.sandbox.netsuite.controls import controls
from services.sandbox.netsuite.faults import Fault, Faults, Trouble
from services.sandbox.netsuite.governance import Governance, Limits
from services.sandbox.netsuite.oauth2 import TOKEN, OAuth2
from services.sandbox.netsuite.tba import SANDBOX_CREDENTIALS, Credentials, TokenAuthentication

SERVICES = "/services/rest/"
GOVERNANCE = "/services/rest/system/v1/governanceLimits"
RECORDS = "/services/rest/record/v1/"
SLOW = frozenset({Trouble.DELAY, Trouble.LOGIN_REFUSED})
MAINTENANCE = "Your account is temporarily unavailable due to scheduled maintenance. Try again later."
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
    "Setup > Users/Roles > User Management > View Login Audit Trail."
)


@dataclass(frozen=True, slots=True)
class Lost:
    """The caller gets no answer; `reply` is what it would have been, None when the call was never carried out."""

    reply: Reply | None


class NetSuiteApp:
    """An ASGI application; `calls`, `faults` and `governance` are open to tests in the same process, and to every endpoint of the account."""

    def __init__(
        self, netsuite: NetSuite, credentials: Credentials, concurrency_limit: int, latency_s: float, now: Callable[[], float]
    ) -> None:
        self.netsuite = netsuite
        self.calls = CallLog()
        self.faults = Faults(netsuite.hindrances)
        self.oauth2 = OAuth2(credentials.account, now)
        self._authentication = TokenAuthentication(credentials, now)
        self.governance = Governance(Limits(concurrency_limit))
        self._latency_s = latency_s
        self._error_ids = itertools.count(1)
        self._controls: ASGIApp = Starlette(routes=controls(netsuite, self.calls, self.faults, self.governance))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(SERVICES):
            await self._answer(Request(scope, receive), send)
        else:
            await self._controls(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> None:
        """Every call counts while it is in flight, from its headers to the end of its answer; asking for a token is none."""
        started = time.perf_counter()
        call = _call(request)
        with nullcontext(enter_result=True) if call.path == TOKEN else self.governance.call() as has_room:
            answer, note = await self._carry_out(call, request) if has_room else await self._no_room()
            status = answer.status if isinstance(answer, Reply) else 0
            self.calls.add(replace(call, status=status, seconds=time.perf_counter() - started, note=note))
            await (_send(answer, request, send) if isinstance(answer, Reply) else _hang_up(send))

    async def _no_room(self) -> tuple[Reply, str]:
        if late_s := self.governance.limits.late_401_s:
            await asyncio.sleep(late_s)
            return _login_refused(), "over the concurrency limit, late"
        return _busy(), "over the concurrency limit"

    async def _carry_out(self, call: Call, request: Request) -> tuple[Reply | Lost, str]:
        if call.path == TOKEN and call.method == "POST":
            return self.oauth2.token(_url(request).partition("?")[0], await request.body())
        refused = self._refused(call, request)
        if refused:
            return refused
        body = await request.body()
        fault = self.faults.take(call)
        await asyncio.sleep(self._latency_s + (fault.seconds if fault and fault.trouble in SLOW else 0))
        if fault is None:
            return self._handle(request, body), ""
        return self._troubled(fault, request, body), f"fault: {fault.trouble}"

    def _refused(self, call: Call, request: Request) -> tuple[Reply, str] | None:
        """By a token of OAuth 2.0 or a signature of OAuth 1.0, whichever the call brings."""
        authorization = request.headers.get("authorization", "")
        if authorization.lower().startswith("bearer"):
            return self.oauth2.refusal(authorization)
        refusal = self._authentication.refusal(call.method, _url(request), authorization)
        return (_login_refused(), refusal) if refusal else None

    def _handle(self, request: Request, body: bytes) -> Reply:
        if request.url.path == GOVERNANCE:
            return Reply(200, {"Content-Type": "application/json"}, msgspec.json.encode(self.governance.answer()))
        return self.netsuite.handle(request.method, request.url.path, dict(request.query_params), dict(request.headers), body)

    def _troubled(self, fault: Fault, request: Request, body: bytes) -> Reply | Lost:
        match fault.trouble:
            case Trouble.BUSY:
                return _busy()
            case Trouble.ERROR_AFTER:
                self._handle(request, body)
                return self._unexpected()
            case Trouble.ERROR:
                return self._unexpected()
            case Trouble.MAINTENANCE:
                return _error(503, MAINTENANCE, "ACCT_TEMP_UNAVAILABLE")
            case Trouble.LOGIN_REFUSED:
                return _login_refused()
            case Trouble.DROP_BEFORE:
                return Lost(None)
            case Trouble.DROP_AFTER:
                return Lost(self._handle(request, body))
            case Trouble.LATE_COMMIT:
                asyncio.get_running_loop().call_later(fault.seconds, self._handle, request, body)
                return Lost(None)
            case _:
                return self._handle(request, body)

    def _unexpected(self) -> Reply:
        return _error(500, f"An unexpected error occurred. Error ID: sandbox{next(self._error_ids):06}", "UNEXPECTED_ERROR")


def netsuite_app(
    netsuite: NetSuite,
    credentials: Credentials = SANDBOX_CREDENTIALS,
    concurrency_limit: int = 5,
    latency_s: float = 0.0,
    now: Callable[[], float] = time.time,
) -> NetSuiteApp:
    """The account behind real HTTP. At most `concurrency_limit` calls at once, the rest get 429; each takes `latency_s` at least."""
    return NetSuiteApp(netsuite, credentials, concurrency_limit, latency_s, now)


def _call(request: Request) -> Call:
    path = request.url.path
    record_type = path[len(RECORDS) :].split("/")[0] if path.startswith(RECORDS) else ""
    return Call(request.method, path, record_type, 0, bool(record_type) and request.method in WRITES, 0.0)


def _url(request: Request) -> str:
    """The address as the caller wrote and signed it, percent-encodings and all."""
    query = request.scope["query_string"].decode("latin-1")
    address = f"{request.url.scheme}://{request.headers.get('host', '')}{request.scope['raw_path'].decode('latin-1')}"
    return f"{address}?{query}" if query else address


def _error(status: int, detail: str, code: str) -> Reply:
    body = msgspec.json.encode(error_body(status, detail, code))
    return Reply(status, {"Content-Type": "application/vnd.oracle.resource+json; type=error"}, body)


def _login_refused() -> Reply:
    return _error(401, LOGIN, "INVALID_LOGIN")


def _busy() -> Reply:
    """Oracle's printed sample lacks a comma; its odd o:errorCode at the top is kept."""
    body = {
        **error_body(429, "Concurrent request limit exceeded. Request blocked.", "CONCURRENCY_LIMIT_EXCEEDED"),
        "o:errorCode": "USER_ERROR",
    }
    return Reply(429, {"Content-Type": "application/vnd.oracle.resource+json; type=error"}, msgspec.json.encode(body))


async def _send(reply: Reply, request: Request, send: Send) -> None:
    response = Response(reply.body, reply.status, dict(reply.headers))
    if reply.status == HTTPStatus.NO_CONTENT:
        response = Response(None, reply.status, dict(reply.headers))
    await response(request.scope, request.receive, send)


async def _hang_up(send: Send) -> None:
    """Promise a byte and never send it: whatever server runs this must close the connection, and the caller has no answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1"), (b"connection", b"close")]})
