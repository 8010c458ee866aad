"""What REST refuses with a path and few codes, as SOAP says it: a code of the WSDL's StatusDetailCodeType and a text."""

from __future__ import annotations

import re

from adapters.netsuite.emulator.soap_shapes import OPERATIONS
from adapters.netsuite.emulator.transforms import NOTHING_LEFT

PREFIX = "Error while accessing a resource. "
# Codes with which the account's own texts begin. INVLAID_DISCOUNT_MARKUP is in the help and not in the WSDL.
LED = re.compile(r"(?P<code>[A-Z]+(?:_[A-Z]+)+): (?P<text>.*)", re.DOTALL)
NOT_IN_THE_WSDL = frozenset({"INVLAID_DISCOUNT_MARKUP"})
REFERENCE = re.compile(r"Invalid reference key (?P<key>.*) for (?P<field>\w+)\.")
CODES: tuple[tuple[str, str], ...] = (
    ("This entity already exists", "DUP_ENTITY"),
    ("This record already exists", "DUP_RCRD"),
    (r"Invalid \w+ reference key", "INVALID_KEY_OR_REF"),
    ("You have entered an Invalid Field Value|Invalid value for the resource", "INVALID_FLD_VALUE"),
    ("Amount applied", "INVALID_AMT"),
    ("Unknown property", "INVALID_FLD_VALUE"),
    ("The record instance does not exist|Transaction type specified", "RCRD_DSNT_EXIST"),
    ("Record type", "INVALID_RCRD_TYPE"),
    (NOTHING_LEFT, "INVALID_INITIALIZE_REF"),
)
# What a refusal of this sandbox's SOAP side says itself.
_SAID = (
    "INVALID_RCRD_TYPE UNEXPECTED_ERROR INVALID_SEARCH INVALID_SEARCH_PAGE_SIZE INVALID_SEARCH_PAGE_INDEX INITIALIZE_ARG_REQD "
    "INVALID_INITIALIZE_ARG INVALID_INITIALIZE_AUXREF INVALID_INITIALIZE_REF"
)
SAID = frozenset(_SAID.split())


def status_detail(detail: str, code: str) -> tuple[str, str]:
    """The code and the message of a statusDetail, from REST's detail and o:errorCode."""
    text = detail.removeprefix(PREFIX)
    if told := REFERENCE.match(text):
        text = f"Invalid {told['field']} reference key {told['key']}."
    if led := LED.match(text):
        return ("USER_ERROR", text) if led["code"] in NOT_IN_THE_WSDL else (led["code"], led["text"])
    found = next((soap for words, soap in CODES if re.match(words, text)), "")
    if found == "RCRD_DSNT_EXIST":
        text = "That record does not exist."
    return found or (code if code in SAID else "USER_ERROR"), text


def unanswered(operation: str) -> str:
    """Why an operation is not carried out."""
    if operation not in OPERATIONS:
        return f"There is no operation {operation}."
    return f"This sandbox does not emulate the operation {operation}."
