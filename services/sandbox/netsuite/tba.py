"""Token-based authentication as NetSuite checks it: OAuth 1.0a, HMAC-SHA256, the realm outside the signature, nonces used once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import urlsplit

from oauthlib.common import unquote
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha256
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header

# Oracle help, section_1534941088: "the timestamp must be within plus or minus five minutes of the server time".
SKEW_S = 300


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an integration and its access token consist of; `account` is the realm."""

    account: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


SANDBOX_CREDENTIALS = Credentials(
    account="SANDBOX",
    consumer_key="sandbox-consumer-key",
    consumer_secret="sandbox-consumer-secret",  # noqa: S106  the sandbox's own, known to all
    token="sandbox-token",  # noqa: S106
    token_secret="sandbox-token-secret",  # noqa: S106
)


class TokenAuthentication:
    """Says of each call whether it is signed by these credentials, now, and for the first time."""

    def __init__(self, credentials: Credentials, now: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._now = now
        self._nonces: dict[str, float] = {}

    def refusal(self, method: str, url: str, authorization: str) -> str:
        """Why the call is refused, for the sandbox's log; "" when it is good. `url` is absolute, as the caller sent it."""
        try:
            given = {name: unquote(value) for name, value in parse_authorization_header(authorization)}
        except ValueError:
            return "no OAuth 1.0 Authorization header"
        return self._wrong(given) or self._forged(method, url, authorization, given) or self._replayed(given)

    def _wrong(self, given: Mapping[str, str]) -> str:
        expected = {
            "realm": self._credentials.account,
            "oauth_consumer_key": self._credentials.consumer_key,
            "oauth_token": self._credentials.token,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        wrong = [name for name, value in expected.items() if given.get(name) != value]
        if wrong:
            return f"wrong {', '.join(wrong)}"
        timestamp = given.get("oauth_timestamp", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20) or abs(int(timestamp) - self._now()) > SKEW_S:
            return "timestamp outside five minutes of the clock"
        return ""

    def _forged(self, method: str, url: str, authorization: str, given: Mapping[str, str]) -> str:
        headers = {"Authorization": authorization}
        try:
            signed = collect_parameters(uri_query=urlsplit(url).query, headers=headers, exclude_oauth_signature=True, with_realm=False)
            request = SimpleNamespace(params=signed, uri=url, http_method=method, signature=given.get("oauth_signature", ""))
            good = verify_hmac_sha256(request, self._credentials.consumer_secret, self._credentials.token_secret)
        except ValueError as malformed:
            return f"malformed address: {malformed}"
        return "" if good else "wrong signature"

    def _replayed(self, given: Mapping[str, str]) -> str:
        """A nonce counts as used once its signature was good; those too old to pass the clock are forgotten."""
        nonce, now = given.get("oauth_nonce", ""), self._now()
        if not nonce or nonce in self._nonces:
            return "nonce missing or used before"
        while self._nonces and next(iter(self._nonces.values())) < now - 2 * SKEW_S:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[nonce] = now
        return ""
