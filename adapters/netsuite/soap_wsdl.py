"""NetSuite's WSDL as zeep reads it: from a file, or once from the account's own address and then from the data folder."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError

from adapters.netsuite.faults import Fault, failed, unreachable
from adapters.netsuite.transport import Endpoint, session
from adapters.netsuite.xml import LARGEST, parse
from core.outcome import CannotSync, Failed, Kind

# The last one that Oracle plans; all SOAP ends with release 2028.2 (Oracle help, article_2104046421, section_N3418637).
VERSION = "2025_2"
PORT = f"/services/NetSuitePort_{VERSION}"
WSDL = f"/wsdl/v{VERSION}_0/netsuite.wsdl"
# What Oracle's own files name as their home: an account's files are at the account's address too.
ORACLE = "webservices.netsuite.com"
SETTINGS = zeep.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
FETCHING = zeep.Settings(forbid_dtd=True, forbid_entities=True)  # what it may fetch is _Fetched's business
REMEDY = f"Leave netsuite.wsdl empty, so that it comes from the account, or give the path of NetSuite's own netsuite.wsdl of {VERSION} with its XSDs."

XsdType = Any
"""A type of zeep's; its library tells no more."""


class Wsdl:
    """The types and messages of the one version that we speak, loaded with the first use (about a second). Thread-safe."""

    def __init__(self, load: Callable[[], zeep.Client]) -> None:
        """`load` may raise CannotSync, and is then called again with the next use."""
        self._load = load
        self._lock = threading.Lock()
        self._client: zeep.Client | None = None
        self._types: Mapping[str, XsdType] = {}

    @classmethod
    def of_file(cls, file: Path) -> Wsdl:
        """From a file and the XSDs that it names, all on this machine."""
        return cls(lambda: _client(str(file), _Files(), SETTINGS, f"netsuite.wsdl, {file.name},"))

    @classmethod
    def of_account(cls, endpoint: Endpoint, folder: Path, timeout_s: float = 120) -> Wsdl:
        """From the account's address; what was fetched once is read from `folder` ever after."""
        where = f"the WSDL at {endpoint.host}"

        def load() -> zeep.Client:
            with session(1) as alone:
                return _client(endpoint.base_url + WSDL, _Fetched(endpoint, folder, alone, timeout_s), FETCHING, where)

        return cls(load)

    def type(self, name: str) -> XsdType:
        """A complex type by its name alone, which no two of NetSuite's namespaces share among those that we use; KeyError for none."""
        self._loaded()
        return self._types[name]

    def message(self, operation: str, headers: Mapping[str, Any], arguments: Mapping[str, Any]) -> bytes:
        """The envelope of a call, without a passport; XML in UTF-8."""
        client = self._loaded()
        envelope = client.create_message(client.service, operation, _soapheaders=dict(headers) or None, **arguments)
        return etree.tostring(envelope)

    def _loaded(self) -> zeep.Client:
        with self._lock:
            if self._client is None:
                client = self._load()
                self._types = {kind.qname.localname: kind for kind in client.wsdl.types.types if kind.qname is not None}
                self._client = client
            return self._client


def _client(location: str, documents: zeep.Transport, settings: zeep.Settings, what: str) -> zeep.Client:
    try:
        client = zeep.Client(location, transport=documents, settings=settings)
        versions = {namespace for namespace in client.wsdl.types.namespaces if VERSION in (namespace or "")}
    except (ZeepError, OSError, ValueError) as error:
        message = f"{what} cannot be read as NetSuite's WSDL ({type(error).__name__})"
        raise CannotSync(Failed(Kind.MISCONFIGURED, message, REMEDY, field="netsuite.wsdl")) from None
    if not versions:
        raise CannotSync(Failed(Kind.MISCONFIGURED, f"{what} is not of the version {VERSION}", REMEDY, field="netsuite.wsdl"))
    return client


class _Files(zeep.Transport):
    """Reads from this machine alone."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep's

    def load(self, url: str) -> bytes:
        """The bytes of a file that the WSDL names."""
        path = Path(url.removeprefix("file://"))
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name} is too large")
        return path.read_bytes()


class _Fetched(zeep.Transport):
    """Reads from the account's own address, whatever host the WSDL names, and keeps each file."""

    def __init__(self, endpoint: Endpoint, folder: Path, alone: requests.Session, timeout_s: float) -> None:
        super().__init__(session=alone, timeout=timeout_s)  # type: ignore[no-untyped-call]  # zeep's
        self._endpoint = endpoint
        self._folder = folder / f"wsdl-{VERSION}-{re.sub(r'[^A-Za-z0-9.-]', '_', endpoint.host)}"
        self._timeout_s = timeout_s

    def load(self, url: str) -> bytes:
        """The bytes of a document; CannotSync when the account does not give it."""
        parts = urlsplit(url)
        if parts.hostname not in {ORACLE, urlsplit(self._endpoint.base_url).hostname} or parts.query:
            raise ValueError(f"the WSDL names a file at {parts.hostname}")
        kept = self._folder / re.sub(r"[^A-Za-z0-9._-]", "_", parts.path.strip("/"))
        if not kept.exists():
            text = self._fetch(parts.path)
            if VERSION not in parse(text).get("targetNamespace", ""):
                raise ValueError(f"{parts.path} is another page")
            self._keep(kept, text)
        return kept.read_bytes()

    def _fetch(self, path: str) -> bytes:
        try:
            reply = self.session.get(self._endpoint.base_url + path, timeout=self._timeout_s, allow_redirects=False)
        except requests.RequestException as error:
            raise CannotSync(unreachable(self._endpoint.host, sent=False, why=type(error).__name__)) from None
        if reply.status_code == 429 or reply.status_code >= 500:
            raise CannotSync(failed(Fault(reply.status_code)))
        if reply.status_code != 200:
            message = f"{self._endpoint.host} does not give {path} ({reply.status_code})"
            raise CannotSync(Failed(Kind.MISCONFIGURED, message, REMEDY, field="netsuite.wsdl"))
        return reply.content

    def _keep(self, file: Path, text: bytes) -> None:
        """Whole or not at all, also when two writers begin at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        half.write_bytes(text)
        half.replace(file)
