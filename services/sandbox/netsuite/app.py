"""The emulated NetSuite as an ASGI application: authentication, governance and faults in front, the account behind."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.netsuite.emulator import NetSuite, Reply
from services.sandbox.netsuite.calls import Call, CallLog
from services.sandbox.netsuite.controls import controls
from services.sandbox.netsuite.faults import Fault, Faults, Trouble
from services.sandbox.netsuite.governance import Governance, Limits
from services.sandbox.netsuite.oauth2 import TOKEN, OAuth2
from services.sandbox.netsuite.soap import PORTS, SoapWire
from services.sandbox.netsuite.tba import SANDBOX_CREDENTIALS, Credentials
from services.sandbox.netsuite.wires import LOGIN, RestWire, Wire, address_of

SERVICES = "/services/rest/"
SLOW = frozenset({Trouble.DELAY, Trouble.LOGIN_REFUSED})
MAINTENANCE = "Your account is temporarily unavailable due to scheduled maintenance. Try again later."


@dataclass(frozen=True, slots=True)
class Lost:
    """The caller gets no answer; `reply` is what it would have been, None when the call was never carried out."""

    reply: Reply | None


class NetSuiteApp:
    """An ASGI application; `calls`, `faults` and `governance` are open to tests in the same process, and to every endpoint of the account."""

    def __init__(
        self,
        netsuite: NetSuite,
        credentials: Credentials,
        concurrency_limit: int,
        latency_s: float,
        now: Callable[[], float],
        wsdl: Path | None,
    ) -> None:
        self.netsuite = netsuite
        self.calls = CallLog()
        self.faults = Faults(netsuite.hindrances)
        self.oauth2 = OAuth2(credentials.account, now)
        self.governance = Governance(Limits(concurrency_limit))
        self._rest = RestWire(netsuite, self.governance, self.oauth2, credentials, now)
        self._soap = SoapWire(netsuite, self.governance, credentials, now, wsdl)
        self._latency_s = latency_s
        self._error_ids = itertools.count(1)
        self._controls: ASGIApp = Starlette(routes=controls(netsuite, self.calls, self.faults, self.governance))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path.startswith(SERVICES):
            await self._answer(self._rest, Request(scope, receive), send)
        elif path.startswith(PORTS):
            await self._answer(self._soap, Request(scope, receive), send)
        elif (document := self._soap.document(path)) is not None:
            await Response(document, media_type="text/xml")(scope, receive, send)
        else:
            await self._controls(scope, receive, send)

    async def _answer(self, wire: Wire, request: Request, send: Send) -> None:
        """Every call counts while it is in flight, from its headers to the end of its answer; asking for a token is none."""
        started = time.perf_counter()
        with nullcontext(enter_result=True) if request.url.path == TOKEN else self.governance.call() as has_room:
            body = await request.body()
            call = wire.call(request, body)
            answer, note = await self._carry_out(wire, call, request, body) if has_room else await self._no_room(wire)
            status = answer.status if isinstance(answer, Reply) else 0
            self.calls.add(
                replace(
                    call,
                    status=status,
                    seconds=time.perf_counter() - started,
                    note=note,
                    request_id=request.headers.get("x-request-id", ""),
                )
            )
            await (_send(answer, request, send) if isinstance(answer, Reply) else _hang_up(send))

    async def _no_room(self, wire: Wire) -> tuple[Reply, str]:
        if late_s := self.governance.limits.late_401_s:
            await asyncio.sleep(late_s)
            return wire.error(401, LOGIN, "INVALID_LOGIN"), "over the concurrency limit, late"
        return _busy(wire), "over the concurrency limit"

    async def _carry_out(self, wire: Wire, call: Call, request: Request, body: bytes) -> tuple[Reply | Lost, str]:
        if call.path == TOKEN and call.method == "POST":
            return self.oauth2.token(address_of(request).partition("?")[0], body)
        refused = wire.refusal(request, body)
        if refused:
            return refused
        fault = self.faults.take(call)
        await asyncio.sleep(self._latency_s + (fault.seconds if fault and fault.trouble in SLOW else 0))
        if fault is None:
            return wire.handle(request, body), ""
        return self._troubled(wire, fault, request, body), f"fault: {fault.trouble}"

    def _troubled(self, wire: Wire, fault: Fault, request: Request, body: bytes) -> Reply | Lost:
        match fault.trouble:
            case Trouble.BUSY:
                return _busy(wire)
            case Trouble.ERROR_AFTER:
                wire.handle(request, body)
                return self._unexpected(wire)
            case Trouble.ERROR:
                return self._unexpected(wire)
            case Trouble.MAINTENANCE:
                return wire.error(503, MAINTENANCE, "ACCT_TEMP_UNAVAILABLE")
            case Trouble.NOT_FOUND:
                return wire.error(404, "The record instance does not exist. Provide a valid record instance ID.", "NONEXISTENT_ID")
            case Trouble.LOGIN_REFUSED:
                return wire.error(401, LOGIN, "INVALID_LOGIN")
            case Trouble.DROP_BEFORE:
                return Lost(None)
            case Trouble.DROP_AFTER:
                return Lost(wire.handle(request, body))
            case Trouble.LATE_COMMIT:
                asyncio.get_running_loop().call_later(fault.seconds, wire.handle, request, body)
                return Lost(None)
            case _:
                return wire.handle(request, body)

    def _unexpected(self, wire: Wire) -> Reply:
        return wire.error(500, f"An unexpected error occurred. Error ID: sandbox{next(self._error_ids):06}", "UNEXPECTED_ERROR")


def netsuite_app(
    netsuite: NetSuite,
    credentials: Credentials = SANDBOX_CREDENTIALS,
    concurrency_limit: int = 5,
    latency_s: float = 0.0,
    now: Callable[[], float] = time.time,
    wsdl: Path | None = None,
) -> NetSuiteApp:
    """The account behind real HTTP. At most `concurrency_limit` calls at once, the rest get 429; each takes `latency_s` at least.

    `wsdl` is the folder of NetSuite's own WSDL of the version spoken: it is served then, and every SOAP message checked against it."""
    return NetSuiteApp(netsuite, credentials, concurrency_limit, latency_s, now, wsdl)


def _busy(wire: Wire) -> Reply:
    return wire.error(429, "Concurrent request limit exceeded. Request blocked.", "CONCURRENCY_LIMIT_EXCEEDED")


async def _send(reply: Reply, request: Request, send: Send) -> None:
    response = Response(reply.body, reply.status, dict(reply.headers))
    if reply.status == HTTPStatus.NO_CONTENT:
        response = Response(None, reply.status, dict(reply.headers))
    await response(request.scope, request.receive, send)


async def _hang_up(send: Send) -> None:
    """Promise a byte and never send it: whatever server runs this must close the connection, and the caller has no answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1"), (b"connection", b"close")]})
