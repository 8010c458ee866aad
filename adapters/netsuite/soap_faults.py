"""What SOAP's faults and statuses say, in the words of the one table of faults: a status as REST gives it, a code, a text, a field."""

from __future__ import annotations

import re

from adapters.netsuite.faults import LONGEST_TEXT, Fault
from adapters.netsuite.xml import Element, child, children, local, parse, text_of

# Oracle help, section_N3539420, and the WSDL's faults: what REST would answer.
STATUS_OF_FAULT = {
    "exceededConcurrentRequestLimitFault": 429,
    "exceededRequestLimitFault": 429,
    "exceededUsageLimitFault": 429,
    "invalidCredentialsFault": 401,
    "invalidAccountFault": 401,
    "invalidSessionFault": 401,
    "insufficientPermissionFault": 403,
    "exceededRecordCountFault": 413,
    "exceededRequestSizeFault": 413,
    "invalidVersionFault": 400,
    "asyncFault": 400,
    "unexpectedErrorFault": 500,
}
STATUS_OF_CODE = {
    "RCRD_DSNT_EXIST": 404,
    "UNEXPECTED_ERROR": 500,
    "WS_REQUEST_BLOCKED": 429,
    "WS_CONCUR_SESSION_DISALLWD": 429,
}
# SOAP names no path: the text names the field, in words that are known.
FIELD = (
    re.compile(r"invalid (?P<field>\w+) reference key", re.IGNORECASE),
    re.compile(r"following field: (?P<field>\w+)", re.IGNORECASE),
    re.compile(r"set a value for element (?P<field>\w+)", re.IGNORECASE),
)
APPLIED = re.compile(r"amount applied|credit to refund", re.IGNORECASE)
APPLIED_CODES = frozenset({"INVALID_AMT", "TRANS_APPLIED_AMTS_UNBALNCD"})
FIELD_OF_CODE = {
    "DUP_ITEM": "itemId",
    "INVALID_CUR": "currency",
    "TRANS_FORGN_CRNCY_MISMATCH": "currency",
    "INVALID_AUTOAPPLY_VALUE": "autoApply",
}


def rest_status(status: int, body: bytes) -> int:
    """The status that REST would have answered with, for the answer to a SOAP call: 429 no room, 401 not logged in."""
    return status if status != 500 else fault_of_answer(status, body).status


def fault_of_answer(status: int, body: bytes) -> Fault:
    """An answer that is no success; code and text are empty when it is no fault of NetSuite's."""
    try:
        found = child(parse(body), "Body", "Fault")
    except ValueError:
        return Fault(status)
    if found is None:
        return Fault(status)
    kind = next((one for one in children(child(found, "detail")) if local(one) in STATUS_OF_FAULT), None)
    text = text_of(kind, "message") or text_of(found, "faultstring")
    if kind is not None:
        return Fault(STATUS_OF_FAULT[local(kind)], text_of(kind, "code"), text[:LONGEST_TEXT])
    # A fault that is about what was asked says so in its code: what cannot be read will not be read the next time either.
    asked = re.search(r"userException|Client", text_of(found, "faultcode"))
    return Fault(400 if asked else 500, text=text[:LONGEST_TEXT])


def fault_of_status(response: Element) -> Fault | None:
    """What the status of one record says; None when it is a success."""
    status = child(response, "status")
    if status is not None and status.get("isSuccess") in {"true", "1"}:
        return None
    details = [one for one in children(status, "statusDetail") if one.get("type", "ERROR") == "ERROR"]
    code = next((code for one in details if (code := text_of(one, "code"))), "")
    text = " ".join(text for one in details if (text := text_of(one, "message")))[:LONGEST_TEXT]
    return Fault(STATUS_OF_CODE.get(code, 400), code, text, _field(code, text))


def was_saved(response: Element) -> bool:
    """NetSuite says that the record was saved and that what runs after saving, a script or a workflow, then failed."""
    details = children(child(response, "status"), "statusDetail")
    return any(text_of(one, "afterSubmitFailed") in {"true", "1"} for one in details)


def _field(code: str, text: str) -> str:
    if code in APPLIED_CODES or APPLIED.search(text):
        return "apply"
    found = next((match["field"] for pattern in FIELD if (match := pattern.search(text))), "")
    return found or FIELD_OF_CODE.get(code, "")
