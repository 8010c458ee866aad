"""Stripe over its API: a StripeReader that reads raw JSON with Stripe's own client, at the pinned version."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from typing import Any
from urllib.parse import quote

import requests
import stripe
from requests.adapters import HTTPAdapter

from adapters.stripe.decoding import decode
from adapters.stripe.faults import failed, strange
from adapters.stripe.reading import Object, Reading
from core.outcome import CannotSync, Failed, Kind, cannot

API_VERSION = "2026-10-28.endive"
API_BASE = "https://api.stripe.com"
PAGE = 100  # the most that Stripe gives at once

Again = Callable[[Failed, int], bool]
"""Asked whether a list's page that Stripe could not give now is tried again, after how many tries; whoever answers has waited."""

# An id becomes a part of the path: an empty one would ask for the list, a dotted one for another path.
STRIPE_ID = re.compile(r"(?!\.+$)[^\s/?#%\\]+")


def never(_failed: Failed, _attempt: int) -> bool:
    """No second try but those of Stripe's client."""
    return False


class ApiReader(Reading):
    """Reads Stripe with one pool of kept-alive connections that threads share. Close it when done.

    Stripe's client retries connection errors, 409 and 5xx by itself `max_network_retries` times; 429 comes back as busy with Stripe's Retry-After.
    """

    def __init__(
        self, api_key: str, api_base: str = API_BASE, *, timeout_s: float = 30.0, max_network_retries: int = 2, connections: int = 16
    ) -> None:
        stripe.enable_telemetry = False
        # Below WARNING the client logs response bodies.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._session = _session(connections)
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            base_addresses={"api": (api_base or API_BASE).rstrip("/")},
            http_client=stripe.RequestsClient(timeout=timeout_s, session=self._session),
            max_network_retries=max_network_retries,
        )

    def account(self, account: str) -> ApiAccount:
        return ApiAccount(self._client, account)

    def close(self) -> None:
        self._session.close()


def _session(connections: int) -> requests.Session:
    """A session without cookies, its only state that threads would share, and with room for as many connections."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=connections))
    return session


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """The objects of one Stripe account, over the API."""

    client: stripe.StripeClient
    account: str

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        return self._get(f"/v1/{collection}/{quote(_checked(stripe_id), safe='')}", {"expand": expand}, collection, stripe_id)

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        return [row for page in self.pages(collection, filters, *expand) for row in page]

    def pages(self, collection: str, filters: Mapping[str, Any], *expand: str, again: Again = never) -> Iterator[list[Object]]:
        """The pages of a list, newest first. `again` is asked, with the failure and the number of the try, whether a page that could
        not be had now is tried again."""
        params = {**filters, "limit": PAGE, "expand": [f"data.{each}" for each in expand]}
        while True:
            page = self._patiently(collection, params, again)
            data = page.get("data")
            if not isinstance(data, list):
                raise CannotSync(strange(collection))
            yield data
            if not page.get("has_more"):
                return
            if not data or data[-1]["id"] == params.get("starting_after"):
                raise CannotSync(strange(collection))
            params["starting_after"] = data[-1]["id"]

    def _patiently(self, collection: str, params: Mapping[str, Any], again: Again) -> Object:
        for attempt in count(1):
            try:
                return self._get(f"/v1/{collection}", params, collection, "")
            except CannotSync as stopped:
                if stopped.failed.kind is not Kind.BUSY or not again(stopped.failed, attempt):
                    raise
        raise AssertionError("the tries do not end by themselves")

    def newest(self, collection: str) -> Object | None:
        """The newest object of a list, None when it is empty; CannotSync that names the right when the key lacks it."""
        data = self._get(f"/v1/{collection}", {"limit": 1}, collection, "").get("data")
        if not isinstance(data, list):
            raise CannotSync(strange(collection))
        return data[0] if data else None

    def change(self, collection: str, stripe_id: str, values: Mapping[str, Any], idempotency_key: str) -> None:
        """Change an object. CannotSync as of reading; a key without the right to write says so."""
        path = f"/v1/{collection}/{quote(_checked(stripe_id), safe='')}"
        options = {"stripe_account": self.account} if self.account else {}
        try:
            self.client.raw_request("post", path, **values, idempotency_key=idempotency_key, **options)
        except stripe.StripeError as error:
            raise CannotSync(failed(error, collection, stripe_id, self.account)) from None

    def _get(self, path: str, params: Mapping[str, Any], collection: str, stripe_id: str) -> Object:
        options = {"stripe_account": self.account} if self.account else {}
        asked = {key: value for key, value in params.items() if value}
        try:
            response = self.client.raw_request("get", path, **asked, **options)
        except stripe.StripeError as error:
            # `from None`: the client's error carries headers and the whole body, which must not reach a log.
            raise CannotSync(failed(error, collection, stripe_id, self.account)) from None
        answer = decode(response.body)
        if not isinstance(answer, dict):
            raise CannotSync(strange(f"{collection} {stripe_id}".strip()))
        return answer


def _checked(stripe_id: str) -> str:
    if not STRIPE_ID.fullmatch(stripe_id):
        cannot(Kind.REFUSED, f"{stripe_id!r} is not the id of a Stripe object", "Give the id as Stripe shows it.")
    return stripe_id
