"""The passport of a SOAP call as NetSuite checks it: these credentials, now, for the first time, and no other login beside it."""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

from adapters.netsuite.xml import Element, child, text_of
from services.sandbox.netsuite.tba import SKEW_S, Credentials

PARTS = ("account", "consumerKey", "token", "nonce", "timestamp")


class Passports:
    """Says of each envelope whether it may come in (Oracle help, section_4395630653, section_1509544929)."""

    def __init__(self, credentials: Credentials, now: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._now = now
        self._nonces: dict[str, float] = {}

    def refusal(self, envelope: Element) -> str:
        """Why the call is refused, for the sandbox's log; "" when it is good."""
        header = child(envelope, "Header")
        passport = child(header, "tokenPassport")
        if passport is None:
            return "no tokenPassport"
        if child(header, "applicationInfo") is not None or child(header, "passport") is not None:
            return "Ambiguous authentication: tokenPassport with applicationInfo or passport"
        given = {name: text_of(passport, name) for name in PARTS}
        return self._wrong(given) or self._forged(given, passport) or self._replayed(given["nonce"])

    def _wrong(self, given: dict[str, str]) -> str:
        known = self._credentials
        expected = {"account": known.account, "consumerKey": known.consumer_key, "token": known.token}
        wrong = [name for name, value in expected.items() if given[name] != value]
        if wrong:
            return f"wrong {', '.join(wrong)}"
        nonce, timestamp = given["nonce"], given["timestamp"]
        if not (6 <= len(nonce) <= 64 and nonce.isascii() and nonce.isalnum()):
            return "nonce is not 6 to 64 letters and digits"
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20) or abs(int(timestamp) - self._now()) > SKEW_S:
            return "timestamp outside five minutes of the clock"
        return ""

    def _forged(self, given: dict[str, str], passport: Element) -> str:
        signature = child(passport, "signature")
        if signature is None or signature.get("algorithm") != "HMAC-SHA256":
            return "no signature by HMAC-SHA256"
        signed = "&".join(quote(given[name], safe="") for name in PARTS)
        key = f"{quote(self._credentials.consumer_secret, safe='')}&{quote(self._credentials.token_secret, safe='')}"
        good = b64encode(hmac.digest(key.encode(), signed.encode(), sha256)).decode()
        return "" if hmac.compare_digest(good, (signature.text or "").strip()) else "wrong signature"

    def _replayed(self, nonce: str) -> str:
        """A nonce counts as used once its signature was good; those too old to pass the clock are forgotten."""
        now = self._now()
        if nonce in self._nonces:
            return "nonce used before"
        while self._nonces and next(iter(self._nonces.values())) < now - 2 * SKEW_S:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[nonce] = now
        return ""
