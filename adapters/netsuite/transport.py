"""Carries a request to NetSuite and its answer back: logged in, over kept-alive connections, within the budget of calls in flight."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests_oauthlib import OAuth1
from urllib3.exceptions import NewConnectionError

from adapters.netsuite.budget import ALONE, Budget, Slots
from adapters.netsuite.faults import NO_ROOM, Fault, failed, fault_of, retry_after_s, unreachable
from adapters.netsuite.observing import OPEN, Gate, Observer, Seen, may_change, unobserved
from core.outcome import CannotSync

ACCOUNT = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)?")
CONNECT_TIMEOUT_S = 10.0
NO_ANSWER = 0
# NetSuite does not read it; proxies and the sandbox log it, and the audit trail holds it.
REQUEST_ID = "X-Request-ID"
# https://github.com/julbrs/netsuite-api-client/issues/26: it came after about a minute; the signature had grown old meanwhile, we think.
LATE_S = 30.0
LATE = "NetSuite refused the login only after a long wait, as it does when more calls wait than the account has room for"


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


class Login(Protocol):
    """Says of each request who sends it. Thread-safe."""

    def sign(self) -> AuthBase:
        """What signs one request; CannotSync when NetSuite gives no leave to."""
        ...

    def refused(self, used: AuthBase) -> None:
        """NetSuite answered 401 to what `used` signed; the call is tried once more."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How a call is repeated for which NetSuite has no room: `tries` in all, after a random part of a pause that doubles, in seconds."""

    tries: int = 5
    first_s: float = 0.5
    cap_s: float = 8.0

    def pause_s(self, tried: int, asked_s: int = 0) -> float:
        """Between half and all of the pause after the try number `tried`, never less than NetSuite asked for, within reason."""
        longest = min(self.cap_s, self.first_s * (1 << (tried - 1)))
        return max(longest * random.uniform(0.5, 1), min(asked_s, self.cap_s))  # noqa: S311 - to scatter threads, not to hide


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


StatusOf = Callable[[int, bytes], int]


def amounts_to(status: int, body: bytes) -> int:
    """The status that an answer of REST amounts to: want of room is 429, also where a refusal says so by its code alone."""
    says_so = status in (400, 403) and not NO_ROOM.isdisjoint(fault_of(status, {}, body).codes)
    return 429 if says_so else status


class HttpTransport:
    """Transport over HTTP, with any login."""

    def __init__(
        self,
        endpoint: Endpoint,
        login: TokenCredentials | Login,
        *,
        concurrency: int = 4,
        timeout_s: float = 120,
        patience: Patience = Patience(),
        observe: Observer = unobserved,
        late_s: float = LATE_S,
        status_of: StatusOf = amounts_to,
        gate: Gate = OPEN,
        slots: Slots = ALONE,
    ) -> None:
        """`status_of` reads what went wrong where the body says it: from an answer's status and body to the status it amounts to."""
        self._endpoint = endpoint
        self._status_of = status_of
        self._timeout = (min(CONNECT_TIMEOUT_S, timeout_s), timeout_s)
        self._patience = patience
        self._observe = observe
        self._late_s = late_s
        self._gate = gate
        self._session = session(concurrency)
        self._login = _TokenLogin(endpoint, login) if isinstance(login, TokenCredentials) else login
        self.budget = Budget(concurrency, slots=slots)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """One call; again, a few times, while NetSuite has no room for it, and once, signed anew, when it takes the login for invalid.

        Both are safe with a write: NetSuite then did nothing. CannotSync(busy) when there was no answer; 429 after the last try."""
        url = f"{self._endpoint.base_url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        tried, refused = 1, False
        while True:
            signed = self._login.sign()
            reply, is_late = self._call(requests.Request(method, url, data=body, headers=dict(headers), auth=signed), path)
            no_room = reply.status == 429 or is_late
            if reply.status == 401 and not is_late:
                if refused:
                    return reply
                refused = True
                self._login.refused(signed)
            elif not no_room or tried >= self._patience.tries:
                return _told(reply, is_late)
            else:
                time.sleep(self._patience.pause_s(tried, retry_after_s(reply.headers)))
                tried += 1

    def close(self) -> None:
        self._session.close()
        self._login.close()
        self.budget.close()

    def _call(self, request: requests.Request, path: str) -> tuple[Reply, bool]:
        """The answer, and whether it is a 401 that came as late as those for want of room."""
        with self.budget.place() as place:
            if may_change(str(request.method), path, request.headers) and (identity := self._gate.sending()):
                request.headers[REQUEST_ID] = identity
            started, status = time.monotonic(), NO_ANSWER
            try:
                response = self._session.send(self._session.prepare_request(request), timeout=self._timeout, allow_redirects=False)
                status = self._status_of(response.status_code, response.content)
                is_late = status == 401 and time.monotonic() - started >= self._late_s
                if status == 429 or is_late:
                    self.budget.had_no_room(place)
                else:
                    self.budget.had_room()
                return Reply(status, response.headers, response.content), is_late
            except requests.RequestException as error:
                sent = not isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) and not _never_connected(error)
                raise CannotSync(unreachable(self._endpoint.host, sent=sent, why=type(error).__name__)) from None
            finally:
                self._observe(Seen(str(request.method), path, status, time.monotonic() - started, place.queued_s))


def _never_connected(error: requests.RequestException) -> bool:
    """Nothing listens there, or the name is unknown: then nothing was sent."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectionError) and isinstance(reason, NewConnectionError)


def _told(reply: Reply, is_late: bool) -> Reply:
    """A 401 for want of room is no wrong login, which a person would have to mend."""
    if is_late:
        raise CannotSync(failed(Fault(429, text=LATE)))
    return reply


class _TokenLogin:
    """Login by OAuth 1.0a, HMAC-SHA256 (Oracle help, section_1534941088); each request has a nonce and the time of its own."""

    def __init__(self, endpoint: Endpoint, credentials: TokenCredentials) -> None:
        self._sign = signature(endpoint, credentials)

    def sign(self) -> AuthBase:
        return self._sign

    def refused(self, used: AuthBase) -> None:
        """Nothing to renew: the next request is signed anew anyway."""

    def close(self) -> None:
        pass


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


def session(concurrency: int) -> requests.Session:
    """No proxies, .netrc or certificates of the environment, no cookies: nothing but our login says who we are."""
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    pool = HTTPAdapter(pool_connections=1, pool_maxsize=concurrency, max_retries=0)
    made.mount("https://", pool)
    made.mount("http://", pool)
    return made
