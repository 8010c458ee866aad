"""Login to NetSuite by OAuth 2.0 client credentials: a certificate signs an assertion, which buys a token for an hour of calls.

Oracle help, section_162755359851 (token endpoint), section_162790605110 and section_162686838198 (the assertion).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import jwt
import msgspec
import requests
from requests.auth import AuthBase

from adapters.netsuite.certificates import Certificate
from adapters.netsuite.faults import failed, fault_of, unreachable, unreadable
from adapters.netsuite.transport import CONNECT_TIMEOUT_S, Endpoint, session
from core.outcome import CannotSync, Failed, Kind

log = logging.getLogger(__name__)

TOKEN = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - an address
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "rest_webservices"
ASSERTED_FOR_S = 600  # NetSuite takes up to an hour; so much, that clocks may differ
RENEWED_BEFORE_S = 300  # or a tenth of its life, when that is shorter
TRIED_AGAIN_S = 30
REFUSED = (
    "Check netsuite.client_id, netsuite.certificate_id and that the key is the certificate's; that the certificate is neither expired nor "
    "revoked (Setup > Integration > OAuth 2.0 Client Credentials Setup), and this machine's clock. A sandbox refresh clears the set-up."
)


@dataclass(frozen=True, slots=True)
class Bearer(AuthBase):
    """A token that signs requests until `ends`, to be renewed from `renew_at` on (Unix time, seconds)."""

    token: str = field(repr=False)
    ends: float
    renew_at: float

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: int | str = 3600


class _Denied(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class CertificateLogin:
    """Login of HttpTransport. Thread-safe: one thread renews the token, the others wait for it, or go on with the old one while it holds.

    While certificates roll there are two: the one that worked last is tried first, the next when NetSuite refuses it."""

    def __init__(
        self,
        endpoint: Endpoint,
        client_id: str,
        certificates: Sequence[Certificate],
        *,
        timeout_s: float = 120,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._endpoint = endpoint
        self._client_id = client_id
        self._certificates = list(certificates)
        self._timeout = (min(CONNECT_TIMEOUT_S, timeout_s), timeout_s)
        self._now = now
        self._session = session(1)
        self._renewing = threading.Lock()
        self._bearer: Bearer | None = None
        self._tries = 0
        self._failed: Failed | None = None
        self._rest_until = 0.0

    def sign(self) -> AuthBase:
        """A token that still holds; CannotSync(misconfigured) when NetSuite grants none, (busy) when it does not answer."""
        held, tries, now = self._bearer, self._tries, self._now()
        if held is None or now >= held.ends:
            with self._renewing:
                return self._renewed(tries)
        if now >= max(held.renew_at, self._rest_until) and self._renewing.acquire(blocking=False):
            try:
                return self._renewed(tries)
            except CannotSync as stopped:
                log.warning("the token is not renewed yet, the old one holds for %.0f s: %s", held.ends - now, stopped.failed.message)
                self._rest_until = now + TRIED_AGAIN_S
            finally:
                self._renewing.release()
        return held

    def refused(self, used: AuthBase) -> None:
        """The token does not hold any more, whatever its end says: the next request has a new one."""
        with self._renewing:
            if self._bearer is used:
                self._bearer = None

    def close(self) -> None:
        self._session.close()

    def _renewed(self, tries: int) -> Bearer:
        """A new token; what another thread has found out in the meantime, be it a token or a refusal, holds for all who waited."""
        if self._bearer is not None and self._now() < self._bearer.renew_at:
            return self._bearer
        if self._tries != tries and self._failed is not None:
            raise CannotSync(self._failed)
        self._tries += 1
        try:
            self._bearer, self._failed = self._granted(), None
        except CannotSync as stopped:
            self._failed = stopped.failed
            raise
        return self._bearer

    def _granted(self) -> Bearer:
        refusals: list[str] = []
        for certificate in tuple(self._certificates):
            answer = self._ask(certificate)
            if isinstance(answer, Bearer):
                self._certificates.sort(key=lambda each: each is not certificate)
                return answer
            refusals.append(f"{certificate.id}: {answer}")
        raise CannotSync(Failed(Kind.MISCONFIGURED, f"NetSuite refused the OAuth 2.0 login ({'; '.join(refusals)})", REFUSED))

    def _ask(self, certificate: Certificate) -> Bearer | str:
        """The token, or NetSuite's word for why this certificate gets none."""
        now = self._now()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(certificate, now),
        }
        try:
            reply = self._session.post(self._endpoint.base_url + TOKEN, data=form, timeout=self._timeout, allow_redirects=False)
        except requests.RequestException as error:
            raise CannotSync(unreachable(self._endpoint.host, sent=False, why=type(error).__name__)) from None
        if reply.status_code != 200:
            return _refusal(reply)
        try:
            granted = msgspec.json.decode(reply.content, type=_Granted)
            life_s = int(granted.expires_in)
            return Bearer(granted.access_token, now + life_s, now + life_s - min(RENEWED_BEFORE_S, life_s // 10))
        except (msgspec.DecodeError, ValueError):
            raise CannotSync(unreadable()) from None

    def _assertion(self, certificate: Certificate, now: float) -> str:
        claims = {
            "iss": self._client_id,
            "scope": [SCOPE],
            "aud": self._endpoint.base_url + TOKEN,
            "iat": int(now),
            "exp": int(now) + ASSERTED_FOR_S,
        }
        return jwt.encode(claims, certificate.key, certificate.algorithm, {"kid": certificate.id})


def _refusal(reply: requests.Response) -> str:
    """The `error` of https://www.rfc-editor.org/rfc/rfc6749#section-5.2; CannotSync when it is no refusal of the certificate."""
    fault = fault_of(reply.status_code, reply.headers, reply.content)
    if reply.status_code not in (400, 401, 403):
        raise CannotSync(failed(fault))
    try:
        denied = msgspec.json.decode(reply.content, type=_Denied)
    except (msgspec.DecodeError, UnicodeDecodeError):
        denied = _Denied()
    return " ".join(part for part in (denied.error, denied.error_description) if part) or fault.text or f"status {reply.status_code}"
