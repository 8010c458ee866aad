"""Carries a signed request to NetSuite and its answer back: one kept-alive session, never more calls in flight than allowed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1

from adapters.netsuite.faults import unreachable
from core.outcome import CannotSync

ACCOUNT = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)?")
CONNECT_TIMEOUT_S = 10.0
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """One request to NetSuite. `path` begins with /services/rest/ and is percent-encoded, `query` is not."""

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """The answer, whatever its status; CannotSync(busy) when there was none. Thread-safe."""
        ...


@dataclass(frozen=True, slots=True)
class TokenCredentials:
    """Token-based authentication: an integration record's consumer and a user's token."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token_id: str = field(repr=False)
    token_secret: str = field(repr=False)


Observer = Callable[[str, str, int, float], None]


def _unobserved(_method: str, _path: str, _status: int, _seconds: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account's API is, and the realm that its signatures name."""

    base_url: str
    realm: str

    @classmethod
    def of(cls, account: str, base_url: str = "") -> Endpoint:
        """From the account id as NetSuite shows it, `1234567_SB1`; ValueError when it is none, or the address is not safe."""
        if not ACCOUNT.fullmatch(account):
            raise ValueError(f"netsuite.account is no NetSuite account id: {account!r}")
        host = account.lower().replace("_", "-")
        base = (base_url or f"https://{host}.suitetalk.api.netsuite.com").rstrip("/")
        parts = urlsplit(base)
        if not parts.hostname or parts.path or parts.query or parts.username:
            raise ValueError("netsuite.base_url is a scheme and a host, as https://1234567.suitetalk.api.netsuite.com")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise ValueError("netsuite.base_url must be https, unless it is on this machine")
        return cls(base, account.upper().replace("-", "_"))

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpTransport:
    """Transport over HTTP with OAuth 1.0a, HMAC-SHA256 (Oracle help, section_1534941088)."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: TokenCredentials,
        *,
        concurrency: int = 4,
        timeout_s: float = 120,
        observe: Observer = _unobserved,
    ) -> None:
        self._endpoint = endpoint
        self._timeout = (min(CONNECT_TIMEOUT_S, timeout_s), timeout_s)
        self._slots = threading.BoundedSemaphore(concurrency)
        self._observe = observe
        self._session = _session(concurrency)
        self._sign = signature(endpoint, credentials)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """One call; a second one, signed anew, when NetSuite takes the login for invalid: it then did nothing, and says so of late nonces, too."""
        reply = self._call(method, path, query, body, headers)
        return self._call(method, path, query, body, headers) if reply.status == 401 else reply

    def close(self) -> None:
        self._session.close()

    def _call(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        url = f"{self._endpoint.base_url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        with self._slots:
            started, status = time.monotonic(), NO_ANSWER
            try:
                response = self._session.request(
                    method, url, data=body, headers=dict(headers), auth=self._sign, timeout=self._timeout, allow_redirects=False
                )
                status = response.status_code
                return Reply(status, response.headers, response.content)
            except requests.RequestException as error:
                sent = not isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError)
                raise CannotSync(unreachable(self._endpoint.host, sent=sent, why=type(error).__name__)) from None
            finally:
                self._observe(method, path, status, time.monotonic() - started)


def signature(endpoint: Endpoint, credentials: TokenCredentials) -> OAuth1:
    """Signs each request with a nonce and the time of its own; the realm stands in the header and not in what is signed."""
    return OAuth1(
        credentials.consumer_key,
        credentials.consumer_secret,
        credentials.token_id,
        credentials.token_secret,
        signature_method="HMAC-SHA256",
        realm=endpoint.realm,
    )


def _session(concurrency: int) -> requests.Session:
    """No proxies, .netrc or certificates of the environment, no cookies: nothing but our signature says who we are."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    pool = HTTPAdapter(pool_connections=1, pool_maxsize=concurrency, max_retries=0)
    session.mount("https://", pool)
    session.mount("http://", pool)
    return session
