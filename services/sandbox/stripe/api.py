"""Stripe's HTTP as the connector, stripe-python and the Stripe CLI use it: objects, lists, expansions, changes, errors."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from services.sandbox.stripe.account import Account, StripeRefuses
from services.sandbox.stripe.expand import expanded
from services.sandbox.stripe.faults import Fault, Faults
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.lists import BELOW, RESOURCES, Query, Resource, found, one_page
from services.sandbox.stripe.replays import HEADER, Replays
from services.sandbox.stripe.shapes import API_VERSION, Json, copied
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes import WRITES


class Api:
    """One method per kind of address. Answers are made under the account's lock, so they show whole operations only."""

    def __init__(self, world: World, api_key: str, faults: Faults) -> None:
        self.world = world
        self.account: Account = world.account
        self._api_key = api_key
        self._faults = faults
        self._replays = Replays()

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/<resource>/<id>"""
        resource, key = self._resource(request), request.path_params["id"]
        return self._answer(request, lambda query: self._object(resource.kind, key, query))

    async def list(self, request: Request) -> Response:
        """GET /v1/<resource>"""
        resource = self._resource(request)
        return self._answer(request, lambda query: self._page(resource, request.url.path, query))

    async def below(self, request: Request) -> Response:
        """GET /v1/invoices/<id>/lines and the other lists of BELOW"""
        return self._answer(request, lambda query: self._below(request.path_params["id"], request.url.path, query))

    async def balance(self, request: Request) -> Response:
        """GET /v1/balance"""
        return self._answer(request, lambda _: self.world.ledger.balance())

    async def own_account(self, request: Request) -> Response:
        """GET /v1/account"""
        return self._answer(request, lambda _: copied(self.account.of("account", self.account.id)))

    async def write(self, request: Request) -> Response:
        """POST and DELETE of the addresses in WRITES: one request to the account, with all it causes."""
        body = await request.body()
        if (refused := self._refused(request)) is not None:
            return refused
        with self.account.lock:
            return self._replays.answer(request, body, lambda: self._tried(request, lambda: self._written(request, Form.of(body))))

    async def unknown(self, request: Request) -> Response:
        """Any other address or method."""
        message = f"Unrecognized request URL ({request.method}: {request.url.path})."
        return self._error(request, 404, "invalid_request_error", message)

    def _resource(self, request: Request) -> Resource:
        return RESOURCES[request.url.path.split("/")[2]]

    def _object(self, kind: str, key: str, query: Query) -> Json:
        query.known(set(), set())
        return expanded(self.account, copied(self.account.of(kind, key)), query.expand)

    def _page(self, resource: Resource, url: str, query: Query) -> Json:
        rows = found(self.account, resource, query)
        return expanded(self.account, one_page(rows, query, url, resource.kind), query.expand)

    def _below(self, key: str, url: str, query: Query) -> Json:
        query.known({"limit", "starting_after", "ending_before"}, set())
        _, _, owners, _, name = url.split("/")
        owner, kind, field, newest_first = BELOW[owners, name]
        self.account.of(owner, key)
        rows = self.account.listed(kind, field, key)
        return expanded(self.account, one_page(rows[::-1] if newest_first else rows, query, url, kind), query.expand)

    def _written(self, request: Request, form: Form) -> Json:
        route = request.scope["route"].path
        with self.account.request(key=request.headers.get(HEADER, "")):
            made = WRITES[request.method, route](self.world, request.path_params, form)
        return expanded(self.account, copied(made), form.list("expand"))

    def _answer(self, request: Request, read: Callable[[Query], Json]) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        return self._tried(request, lambda: read(Query.of(request.query_params.multi_items())))

    def _tried(self, request: Request, act: Callable[[], Json]) -> Response:
        try:
            with self.account.lock:
                body = act()
        except StripeRefuses as refusal:
            status = 404 if self._is_of_the_address(refusal, request) else refusal.status
            return self._error(request, status, refusal.kind, str(refusal), refusal.code, refusal.more)
        return self._response(request, 200, body)

    def _is_of_the_address(self, refusal: StripeRefuses, request: Request) -> bool:
        """Whether what is missing is the object of the address; what parameters name is the caller's mistake."""
        asked = request.path_params.get("id")
        return refusal.code == "resource_missing" and asked is not None and (request.method == "GET" or self.account.find(asked) is None)

    def _refused(self, request: Request) -> Response | None:
        key = _key(request.headers.get("authorization", ""))
        if key != self._api_key:
            message = "Invalid API Key provided." if key else "You did not provide an API key."
            return self._error(request, 401, "invalid_request_error", message)
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            message = f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION} alone."
            return self._error(request, 400, "invalid_request_error", message)
        account = request.headers.get("stripe-account", self.account.id)
        if account != self.account.id:
            message = f"The provided key does not have access to account '{account}' (or that account does not exist)."
            return self._error(request, 403, "invalid_request_error", message, "account_invalid")
        fault = self._faults.take(request.url.path)
        return self._fault(request, fault) if fault else None

    def _fault(self, request: Request, fault: Fault) -> Response:
        kind = "api_error" if fault.status >= 500 else "invalid_request_error"
        response = self._error(request, fault.status, kind, fault.message, fault.code)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response

    def _error(self, request: Request, status: int, kind: str, message: str, code: str = "", more: Json | None = None) -> Response:
        error = {"message": message, "type": kind} | ({"code": code} if code else {}) | (more or {})
        return self._response(request, status, {"error": error})

    def _response(self, request: Request, status: int, body: Json) -> Response:
        with self.account.lock:
            headers = {"Request-Id": self.account.ids.new("req"), "Stripe-Version": API_VERSION}
        if account := request.headers.get("stripe-account"):
            headers["Stripe-Account"] = account
        return Response(json.dumps(body), status, headers, media_type="application/json")


def _key(authorization: str) -> str:
    """Bearer, or Basic with the key as the user name and no password."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest
    try:
        return base64.b64decode(rest, validate=True).decode().removesuffix(":") if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
