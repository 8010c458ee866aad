"""OAuth 2.0 client credentials as NetSuite checks them: a signed assertion buys a token, the token is good for an hour of calls.

Documented (Oracle help, section_162755359851, section_162790605110, subsect_158521885412): the address, the form, the assertion's header and
claims, PS and ES algorithms alone, an hour's life, the answers to a token that is wrong or malformed. Guessed: which of RFC 6749's error
words goes with which mistake in an assertion.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.netsuite.emulator import Reply

TOKEN = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - an address
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
CLAIMS = ("iss", "scope", "aud", "iat", "exp")
SCOPE = "rest_webservices"
LONGEST_S = 3600
SKEW_S = 300  # a guess: as for token-based authentication
CLIENT_ID = "sandbox-client-id"
CERTIFICATE_ID = "sandbox-certificate"
BEARER = re.compile(r"Bearer +[A-Za-z0-9._~+/=-]+", re.IGNORECASE)

PublicKey = RSAPublicKey | EllipticCurvePublicKey


class Denied(Exception):
    """The token request is denied; the text is for the sandbox's log, the caller learns the word alone."""

    def __init__(self, error: str, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.error, self.status = error, status


class OAuth2:
    """The mapping page and the token endpoint of one account. `certificates` are the public keys by certificate id, open to tests."""

    def __init__(self, account: str, now: Callable[[], float] = time.time, life_s: int = 3600) -> None:
        self.account = account
        self.life_s = life_s
        self.certificates: dict[str, PublicKey] = {}
        self._now = now
        self._secret = secrets.token_bytes(32)
        self._tokens = itertools.count(1)
        self._revoked_up_to = 0
        self._own_key: EllipticCurvePrivateKey | None = None

    def private_key(self) -> str:
        """The PEM of the key pair that the sandbox makes for its users, once; its certificate is CERTIFICATE_ID."""
        if self._own_key is None:
            self._own_key = generate_private_key(SECP256R1())
            self.certificates[CERTIFICATE_ID] = self._own_key.public_key()
        return self._own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def revoke(self) -> None:
        """Every token granted so far ceases to hold, as when the integration's setup is changed."""
        self._revoked_up_to = next(self._tokens)

    def token(self, address: str, body: bytes) -> tuple[Reply, str]:
        """Answer a request for a token at `address`, the token endpoint's as the caller wrote it; and why it was denied, for the log."""
        try:
            self._check(address, body)
        except Denied as denied:
            headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            return Reply(denied.status, headers, msgspec.json.encode({"error": denied.error})), str(denied)
        now = int(self._now())
        claims = {"sub": "1;1", "scope": [SCOPE], "iss": self.account, "iat": now, "exp": now + self.life_s, "jti": str(next(self._tokens))}
        granted = {"access_token": jwt.encode(claims, self._secret, "HS256"), "expires_in": str(self.life_s), "token_type": "bearer"}
        return Reply(200, {"Content-Type": "application/json", "Cache-Control": "no-store"}, msgspec.json.encode(granted)), ""

    def refusal(self, authorization: str) -> tuple[Reply, str] | None:
        """None when the token is good; else the documented answer, and why, for the log."""
        if not BEARER.fullmatch(authorization):
            return self._refused(400, "invalid_request", "The request is malformed."), "malformed Authorization header"
        token = authorization.split()[1]
        try:
            claims = jwt.decode(token, self._secret, ["HS256"], options={"verify_exp": False, "verify_iat": False})
        except jwt.InvalidTokenError:
            return self._refused(401, "invalid_token", "Invalid login attempt."), "not a token of ours"
        if self._now() >= claims["exp"]:
            return self._refused(401, "invalid_token", "Invalid login attempt."), "the token has expired"
        if int(claims["jti"]) <= self._revoked_up_to:
            return self._refused(401, "invalid_token", "Invalid login attempt."), "the token was revoked"
        return None

    def _refused(self, status: int, error: str, description: str) -> Reply:
        said = f'Bearer realm="{self.account}", error="{error}", error_description="{description}"'
        return Reply(status, {"WWW-Authenticate": said}, b"")

    def _check(self, address: str, body: bytes) -> None:
        form = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
        if form.get("grant_type") != "client_credentials":
            raise Denied("unsupported_grant_type" if form.get("grant_type") else "invalid_request", "grant_type is not client_credentials")
        if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
            raise Denied("invalid_request", "client_assertion_type or client_assertion is missing or wrong")
        self._check_claims(self._claims(form["client_assertion"], address))

    def _claims(self, assertion: str, address: str) -> Mapping[str, Any]:
        """What the assertion says, its signature and audience being good."""
        try:
            header = jwt.get_unverified_header(assertion)
            algorithm = str(header.get("alg"))
            if algorithm not in ALGORITHMS:
                raise Denied("invalid_request", f"algorithm {algorithm} is not accepted")
            key = self.certificates.get(header.get("kid", ""))
            if key is None:
                raise Denied("invalid_client", "no certificate has this kid", 401)
            if isinstance(key, RSAPublicKey) != algorithm.startswith("PS"):
                raise Denied("invalid_client", f"{algorithm} does not go with the certificate's kind of key", 401)
            options = {"require": list(CLAIMS), "verify_exp": False, "verify_iat": False}
            claims: Mapping[str, Any] = jwt.decode(assertion, key, [algorithm], audience=address, options=options)  # type: ignore[arg-type]
        except jwt.PyJWTError as error:
            raise Denied("invalid_client", f"assertion: {error}", 401) from None
        return claims

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        now, issued, expires = self._now(), claims["iat"], claims["exp"]
        if claims["iss"] != CLIENT_ID:
            raise Denied("invalid_client", "no integration has this client id", 401)
        if SCOPE not in (claims["scope"] if isinstance(claims["scope"], list) else str(claims["scope"]).split(",")):
            raise Denied("invalid_scope", f"{SCOPE} is not asked for")
        if not isinstance(issued, int | float) or not isinstance(expires, int | float) or not issued < expires <= issued + LONGEST_S:
            raise Denied("invalid_request", "exp is not within an hour after iat")
        if expires <= now or issued > now + SKEW_S:
            raise Denied("invalid_grant", "the assertion has expired or is of the future")
