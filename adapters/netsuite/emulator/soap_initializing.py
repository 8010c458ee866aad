"""SOAP's initialize: a new record filled in from one that is there, shown and not stored; `add` takes it then."""

from __future__ import annotations

from typing import Any

from adapters.netsuite.emulator.errors import Refused, not_emulated
from adapters.netsuite.emulator.rest import NetSuite
from adapters.netsuite.emulator.soap_search import Found
from adapters.netsuite.emulator.soap_shapes import TYPES
from adapters.netsuite.emulator.transforms import INITIALIZED
from adapters.netsuite.xml import Element, child, text_of

# The one auxiliary reference that is known here: the A/R account of a customer's payment (Oracle help, section_N3508536).
TAKES_ACCOUNT = ("customer", "customerPayment")


def initialized(netsuite: NetSuite, asked: Element) -> Found:
    """The new record that an `initializeRecord` asks for, without an id. Refused."""
    target, reference = text_of(asked, "type"), child(asked, "reference")
    if child(asked, "referenceList") is not None:
        raise not_emulated("initialize with a list of references")
    if reference is None:
        raise Refused("The record to initialize from is missing.", "INITIALIZE_ARG_REQD")
    source = reference.get("type", "")
    if target not in {each for _, each in INITIALIZED}:
        raise Refused(f"This sandbox initializes no records of type {target}.", "INVALID_INITIALIZE_ARG")
    if (source, target) not in INITIALIZED:
        raise Refused(f"This sandbox initializes no {target} from a {source or 'record without a type'}.", "INVALID_INITIALIZE_REF")
    key = reference.get("internalId") or f"eid:{reference.get('externalId', '')}"
    body = netsuite.initialized(source, key, target, _given((source, target), child(asked, "auxReference")))
    return TYPES[target[0].upper() + target[1:]], body


def _given(pair: tuple[str, str], extra: Element | None) -> dict[str, Any]:
    if extra is None:
        return {}
    if pair != TAKES_ACCOUNT or extra.get("type") != "arAccount":
        raise Refused(f"An auxReference of type {extra.get('type')} means nothing here.", "INVALID_INITIALIZE_AUXREF")
    account = extra.get("internalId")
    return {"arAcct": {"id": account} if account else {"externalId": extra.get("externalId", "")}}
