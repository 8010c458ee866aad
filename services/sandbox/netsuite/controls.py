"""The sandbox's own questions under /sandbox: which calls came, what the books say, periods, exchange rates, faults, limits, and what a
user does in NetSuite's own screens (GET, POST, PATCH and DELETE under /sandbox/records). No credentials needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.views import RECORDS
from services.sandbox.netsuite.calls import CallLog
from services.sandbox.netsuite.faults import Fault, Faults
from services.sandbox.netsuite.governance import Governance, Limits

_encoder = msgspec.json.Encoder(decimal_format="string")


class Period(msgspec.Struct, forbid_unknown_fields=True):
    """`month` is YYYY-MM."""

    month: str
    open: bool


class Rate(msgspec.Struct, forbid_unknown_fields=True):
    """From `day` on one `currency` is worth `rate` of `base`; ISO symbols, the rate a decimal string or number."""

    currency: str
    base: str
    day: date
    rate: Decimal


class Queue(msgspec.Struct, forbid_unknown_fields=True):
    """Asynchronous calls are carried out `delay_s` seconds after they were submitted."""

    delay_s: float


def controls(netsuite: NetSuite, calls: CallLog, faults: Faults, governance: Governance) -> Sequence[Route]:
    """The routes; amounts in answers are decimal strings, in the account's currencies, `base_lines` by subsidiary in its base currency."""

    async def all_calls(_: Request) -> Response:
        return _json({"calls": calls.calls()})

    async def forget_calls(_: Request) -> Response:
        calls.clear()
        return _done()

    async def trial_balance(_: Request) -> Response:
        told = {"lines": netsuite.trial_balance(), "open_receivables": netsuite.open_receivables()}
        base = {one: netsuite.base_trial_balance(one) for one in netsuite.chart.subsidiaries}
        return _json({**told, "base_lines": base, "undeposited_funds": netsuite.undeposited_funds()})

    async def rate(request: Request) -> Response:
        given = msgspec.json.decode(await request.body(), type=Rate)
        netsuite.set_rate(given.currency, given.base, given.day, given.rate)
        return _done()

    async def period(request: Request) -> Response:
        given = msgspec.json.decode(await request.body(), type=Period)
        netsuite.set_period(given.month, given.open)
        return _done()

    async def by_a_user(request: Request) -> Response:
        path = f"{RECORDS}/{request.path_params['path']}"
        answer = netsuite.handle(request.method, path, dict(request.query_params), {}, await request.body())
        return Response(answer.body or None, answer.status, media_type="application/json")

    return [
        *_pace(netsuite, governance),
        *_troubles(faults),
        Route("/sandbox/records/{path:path}", by_a_user, methods=["GET", "POST", "PATCH", "DELETE"]),
        Route("/sandbox/calls", all_calls, methods=["GET"]),
        Route("/sandbox/calls", forget_calls, methods=["DELETE"]),
        Route("/sandbox/trial-balance", trial_balance, methods=["GET"]),
        Route("/sandbox/periods", _told(period), methods=["PUT"]),
        Route("/sandbox/rates", _told(rate), methods=["PUT"]),
    ]


def _troubles(faults: Faults) -> Sequence[Route]:
    """What is to go wrong."""

    async def fault(request: Request) -> Response:
        faults.script(msgspec.json.decode(await request.body(), type=Fault))
        return _done()

    async def forget_faults(_: Request) -> Response:
        faults.clear()
        return _done()

    return [
        Route("/sandbox/faults", _told(fault), methods=["POST"]),
        Route("/sandbox/faults", forget_faults, methods=["DELETE"]),
    ]


def _pace(netsuite: NetSuite, governance: Governance) -> Sequence[Route]:
    """How many calls there is room for, and when asynchronous ones are carried out."""

    async def limits(request: Request) -> Response:
        governance.limits = msgspec.json.decode(await request.body(), type=Limits)
        return _done()

    async def usage(_: Request) -> Response:
        return _json({"limits": governance.limits, "in_flight": governance.in_flight, "highest": governance.highest})

    async def jobs(request: Request) -> Response:
        netsuite.jobs.delay_s = msgspec.json.decode(await request.body(), type=Queue).delay_s
        return _done()

    return [
        Route("/sandbox/governance", usage, methods=["GET"]),
        Route("/sandbox/governance", _told(limits), methods=["PUT"]),
        Route("/sandbox/jobs", _told(jobs), methods=["PUT"]),
    ]


Endpoint = Callable[[Request], Awaitable[Response]]


def _told(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with bad input answered by 400 and what is wrong with it."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (ValueError, msgspec.MsgspecError) as refusal:
            return _json({"error": str(refusal)}, 400)

    return answer


def _json(value: Any, status: int = 200) -> Response:
    return Response(_encoder.encode(value), status, media_type="application/json")


def _done() -> Response:
    return Response(status_code=204)
