"""A Stripe over real HTTP for the reader's tests: the memory adapter's objects in pages, and scripted answers in their place."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.stripe.memory import MemoryStripe
from core.outcome import CannotSync

KEY = "rk_test_reader"


@dataclass
class StripeApi:
    """What it holds, what was asked of it (path with query, headers), and the answers to give first."""

    stripe: MemoryStripe
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)
    script: list[Response] = field(default_factory=list)

    def app(self) -> ASGIApp:
        return Starlette(routes=[Route("/v1/{path:path}", self._answer)])

    def paths(self) -> list[str]:
        return [each.partition("?")[0] for each in self.asked]

    async def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        self.headers.append(dict(request.headers))
        self.peers.add(request.client)
        return self.script.pop(0) if self.script else self._from_memory(request)

    def _from_memory(self, request: Request) -> Response:
        collection, *rest = request.path_params["path"].split("/")
        expand = tuple(value for key, value in request.query_params.multi_items() if key.startswith("expand["))
        if any(path.count(".") > 3 for path in expand):
            return stripe_error(400, "You cannot expand more than 4 levels of a property")
        stripe = self.stripe.account(request.headers.get("stripe-account", ""))
        try:
            if rest[1:] == ["lines"]:
                return self._page(request, stripe.every(f"invoices/{rest[0]}/lines", {}, *_of_rows(expand)))
            if rest:
                return JSONResponse(stripe.one(collection, rest[0], *expand))
            return self._page(request, stripe.every(collection, _filters(request), *_of_rows(expand)))
        except CannotSync as stopped:
            return stripe_error(404, stopped.failed.message, code="resource_missing")

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> Response:
        limit = int(request.query_params.get("limit", 10))
        after = request.query_params.get("starting_after")
        start = next((index + 1 for index, row in enumerate(rows) if row["id"] == after), 0)
        page = rows[start : start + limit]
        return JSONResponse({"object": "list", "data": page, "has_more": start + limit < len(rows), "url": request.url.path})


def stripe_error(status: int, message: str = "", headers: dict[str, str] | None = None, **error: str) -> Response:
    """An error in Stripe's shape."""
    body = {"error": {"type": "invalid_request_error", "message": message, **error}}
    return Response(json.dumps(body), status, headers, "application/json")


def _of_rows(expand: tuple[str, ...]) -> tuple[str, ...]:
    assert all(path.startswith("data.") for path in expand), expand
    return tuple(path.removeprefix("data.") for path in expand)


def _filters(request: Request) -> dict[str, Any]:
    """`payment[type]=x` and `ids[0]=y` as Stripe reads them."""
    filters: dict[str, Any] = {}
    for key, value in request.query_params.multi_items():
        name, _, inner = key.rstrip("]").partition("[")
        if name in ("limit", "starting_after", "expand"):
            continue
        if inner.isdigit():
            filters.setdefault(name, []).append(value)
        elif inner:
            filters.setdefault(name, {})[inner] = value
        else:
            filters[name] = value
    return filters


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve on a free port of loopback; the listening socket takes connections before the server does, so nobody waits."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"
