"""The passport of a SOAP call: token-based authentication inside the envelope, HMAC-SHA256, good for one try (Oracle help, section_4395630653)."""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from lxml import etree
from requests import PreparedRequest
from requests.auth import AuthBase

from adapters.netsuite.soap_wsdl import VERSION
from adapters.netsuite.transport import Endpoint, TokenCredentials
from adapters.netsuite.xml import Element, parse

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = f"urn:messages_{VERSION}.platform.webservices.netsuite.com"
CORE = f"urn:core_{VERSION}.platform.webservices.netsuite.com"


def passport_signature(account: str, keys: TokenCredentials, nonce: str, timestamp: str) -> str:
    """What `account` (the realm) signs a passport with, in base 64."""
    signed = "&".join(quote(part, safe="") for part in (account, keys.consumer_key, keys.token_id, nonce, timestamp))
    key = f"{quote(keys.consumer_secret, safe='')}&{quote(keys.token_secret, safe='')}"
    return b64encode(hmac.digest(key.encode(), signed.encode(), sha256)).decode()


@dataclass(frozen=True, slots=True)
class PassportLogin:
    """Login by a passport; each try has a nonce and the time of its own."""

    endpoint: Endpoint
    keys: TokenCredentials

    def sign(self) -> AuthBase:
        """See Login."""
        return _Passport(self.endpoint.realm, self.keys)

    def refused(self, used: AuthBase) -> None:
        """Nothing to renew: the next try has a passport of its own anyway."""

    def close(self) -> None:
        """Nothing is held."""


class _Passport(AuthBase):
    def __init__(self, account: str, keys: TokenCredentials) -> None:
        self._account = account
        self._keys = keys

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if not isinstance(request.body, bytes):
            raise TypeError("a SOAP call has an envelope")
        envelope = parse(request.body)
        header = envelope.find(f"{{{SOAP}}}Header")
        if header is None:
            header = etree.Element(f"{{{SOAP}}}Header")
            envelope.insert(0, header)
        self._write(header)
        request.body = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
        return request

    def _write(self, header: Element) -> None:
        nonce, timestamp = secrets.token_hex(16), str(int(time.time()))
        passport = etree.SubElement(header, f"{{{MESSAGES}}}tokenPassport")
        for name, value in {
            "account": self._account,
            "consumerKey": self._keys.consumer_key,
            "token": self._keys.token_id,
            "nonce": nonce,
            "timestamp": timestamp,
        }.items():
            etree.SubElement(passport, f"{{{CORE}}}{name}").text = value
        signature = etree.SubElement(passport, f"{{{CORE}}}signature", {"algorithm": "HMAC-SHA256"})
        signature.text = passport_signature(self._account, self._keys, nonce, timestamp)
