"""What NetSuite's errors mean for a sync: one table from its status, code and text to a kind of failure and a remedy.

REST answers nearly every business failure with 400 and o:errorCode USER_ERROR or INVALID_CONTENT, so code and text decide together.
Codes and meanings: Oracle help, section_N3539978; texts as integrators recorded them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from core.outcome import Failed, Kind

LONGEST_TEXT = 2000


class _Detail(msgspec.Struct):
    detail: str = ""
    code: str = msgspec.field(default="", name="o:errorCode")
    path: str = msgspec.field(default="", name="o:errorPath")


class _Body(msgspec.Struct):
    """https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1545141395.html; the code may also stand on top."""

    title: str = ""
    code: str = msgspec.field(default="", name="o:errorCode")
    details: list[_Detail] = msgspec.field(default_factory=list, name="o:errorDetails")


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is no success. `text` is NetSuite's own, "" when what answered does not speak as NetSuite does."""

    status: int
    code: str = ""
    text: str = ""
    path: str = ""
    retry_after_s: int = 0

    @property
    def codes(self) -> frozenset[str]:
        """The code, and those that scripts and old interfaces write into the text."""
        return frozenset({self.code, *re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", self.text)} - {""})


@dataclass(frozen=True, slots=True)
class Row:
    """A fault of one of the statuses, with one of the codes, or with the words in its text."""

    kind: Kind
    remedy: str
    codes: frozenset[str] = field(default_factory=frozenset)
    words: str = ""
    statuses: frozenset[int] = field(default_factory=frozenset)

    def meets(self, fault: Fault) -> bool:
        said = bool(self.words) and re.search(self.words, fault.text, re.IGNORECASE) is not None
        return said or fault.status in self.statuses or not self.codes.isdisjoint(fault.codes)


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_ROOM = _codes(
    "CONCURRENCY_LIMIT_EXCEEDED WS_REQUEST_BLOCKED WS_CONCUR_SESSION_DISALLWD EXCEEDED_MAX_CONCUR_RQST SSS_REQUEST_LIMIT_EXCEEDED "
    "EXCEEDED_CONCURRENT_REQUEST_LIMIT"
)
AGAIN = "It is tried again by itself."
LOGIN = (
    "Check the account id, the consumer and token keys or the client id and certificate, the role and this machine's clock; "
    "NetSuite's Login Audit Trail (Setup > Users/Roles) names the reason."
)

# The first row that meets the fault counts.
TABLE: tuple[Row, ...] = (
    Row(
        Kind.BUSY,
        f"{AGAIN} If it goes on, lower netsuite.concurrency or see what else uses the account's concurrency limit.",
        NO_ROOM,
        statuses=frozenset({429}),
    ),
    Row(
        Kind.BUSY,
        f"{AGAIN} NetSuite is in maintenance, or has locked the account after failed logins: look at status.netsuite.com.",
        _codes("ACCT_TEMP_UNAVAILABLE"),
        r"scheduled maintenance|company database is offline",
    ),
    Row(
        Kind.BUSY,
        f"{AGAIN} If it goes on, give NetSuite's support the error id.",
        _codes("UNEXPECTED_ERROR"),
        statuses=frozenset({408, *range(500, 600)}),
    ),
    Row(
        Kind.BUSY,
        AGAIN,
        _codes("RCRD_HAS_BEEN_CHANGED RCRD_EDITED_SINCE_RETRIEVED ACCT_PRDS_BEING_ADDED SESSION_TIMED_OUT"),
        r"ConcurrentModificationException|NullPointerException|IllegalStateException|NLDatabaseOfflineException|CacheUnavailableException"
        r"|Session invalidation is in progress|The Connection Pool is not intialized|record has been changed",
    ),
    Row(
        Kind.MISCONFIGURED,
        LOGIN,
        _codes("INVALID_LOGIN INVALID_LOGIN_ATTEMPT INVALID_LOGIN_CREDENTIALS USER_DISABLED"),
        statuses=frozenset({401}),
    ),
    Row(
        Kind.PERIOD_CLOSED,
        "Open the accounting period in NetSuite and retry, or record it by hand in an open period and skip the event.",
        _codes("VALID_PRD_REQD TRAN_PERIOD_CLOSED TRANS_EDIT_DISALLWD TRAN_PRD_CLOSED"),
        r"open,? posting period|\bperiods?\b.{0,60}\b(closed|locked)\b|\b(closed|locked)\b.{0,20}\bperiod\b",
    ),
    Row(
        Kind.MISCONFIGURED,
        "Give the integration's role the permission that the text names, or switch the feature on, and retry.",
        _codes("INSUFFICIENT_PERMISSION PERMISSION_VIOLATION WS_PERMISSION_REQD WS_FEATURE_REQD FEATURE_DISABLED"),
        r"does not have permission|do not have permission|record type '[^']*' does not exist",
        frozenset({403}),
    ),
    Row(
        Kind.AMBIGUOUS,
        "Merge the records in NetSuite, or clear the externalId of all but one, and retry.",
        words=r"matched more than one record",
    ),
    Row(
        Kind.REFUSED,
        "Another record has this name: give it the externalId of this one, or rename it, and retry.",
        _codes("UNIQUE_CUST_ID_REQD UNIQUE_CUST_EMAIL_REQD UNIQUE_RCRD_ID_REQD UNIQUE_ITEMID_REQD DUP_ITEM DUP_NAME"),
        r"uniqueness error|with (this|that|the same) (name|id|email)",
    ),
    Row(
        Kind.REFUSED,
        "Another record holds this externalId: find it in NetSuite and clear its externalId, then retry.",
        _codes("DUP_RCRD DUP_ENTITY"),
        r"(record|entity) already exists",
    ),
    Row(
        Kind.REFUSED,
        "What the field refers to is missing, inactive or not usable with this subsidiary, customer or currency: mend it or its setting, and retry.",
        _codes("INVALID_KEY_OR_REF INVALID_RCRD_REF SSS_INVALID_ID"),
        r"invalid \w* ?reference|invalid id reference key",
    ),
    Row(
        Kind.REFUSED,
        "It was deleted in NetSuite, or is of another type: resync what it came from, then retry.",
        _codes("NONEXISTENT_ID RCRD_DSNT_EXIST RCRD_DELETED_SINCE_RETRIEVED TRANSACTION_DELETED"),
        r"transaction type specified is incorrect",
    ),
    Row(
        Kind.REFUSED,
        "Give the field a value that NetSuite takes; a field that only your account demands needs a default in its form.",
        _codes("INVALID_FLD_VALUE DATA_REQD VALID_LINE_ITEM_REQD"),
        r"please enter value|enter a value for|invalid field value",
    ),
    Row(
        Kind.REFUSED,
        "Shorten the text in Stripe to the length that NetSuite names, and resync.",
        _codes("EXCEEDED_MAX_FIELD_LENGTH"),
        r"maximum number of characters|exceeds the maximum",
    ),
    Row(
        Kind.REFUSED,
        "More would be applied than is due or was paid: see in NetSuite what else is applied to these records, mend it, and retry.",
        _codes("INVALID_AMT TRANS_APPLIED_AMTS_UNBALNCD TRANS_UNBALNCD"),
        r"amount applied",
    ),
    Row(
        Kind.REFUSED,
        "Customer, account and transaction must share the currency: add the currency to the customer or mend the account's setting, and retry.",
        _codes("TRANS_FORGN_CRNCY_MISMATCH INVALID_CUR"),
    ),
    Row(
        Kind.REFUSED,
        "A posting period was set on the form or by a script and does not hold the date: leave it to NetSuite, and retry.",
        _codes("DATE_PRD_MISMATCH"),
    ),
    Row(
        Kind.REFUSED,
        "A workflow or an approval locks the record: release it in NetSuite, and retry.",
        _codes("RCRD_LOCKED_BY_WF"),
        r"locked by a user defined workflow",
    ),
    Row(
        Kind.REFUSED,
        "The transaction is too large for one call: record it by hand, and skip the event.",
        _codes("EXCEEDED_RQST_SIZE_LIMIT MAX_RCRDS_EXCEEDED"),
        statuses=frozenset({413}),
    ),
    Row(
        Kind.MISCONFIGURED,
        "Set netsuite.account to the account id as NetSuite shows it; without netsuite.base_url the address is derived from it.",
        statuses=frozenset(range(300, 400)),
    ),
)
OTHERWISE = Row(Kind.REFUSED, "Mend in NetSuite or Stripe what the text names, then retry.")
UNREADABLE = Row(Kind.BUSY, f"{AGAIN} If it goes on, check netsuite.account, netsuite.base_url and any proxy on the way.")


def fault_of(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """Read an answer that is no success; a body that is no error of NetSuite's leaves code and text empty."""
    asked_s = retry_after_s(headers)
    try:
        told = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Fault(status, retry_after_s=asked_s)
    first = next((detail for detail in told.details if detail.code), _Detail())
    text = " ".join(detail.detail for detail in told.details if detail.detail) or told.title
    path = next((detail.path for detail in told.details if detail.path), "")
    return Fault(status, first.code or told.code, text[:LONGEST_TEXT], path, asked_s)


def retry_after_s(headers: Mapping[str, str]) -> int:
    """How long the other side asks to be left alone, in seconds; 0 when it does not say, or says it as a date."""
    asked = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(asked) if asked.isascii() and asked.isdigit() else 0


def failed(fault: Fault, record: str = "") -> Failed:
    """What the fault means; NetSuite's own text, code and path are kept as they are. `record` is `type externalId`."""
    otherwise = OTHERWISE if fault.text else UNREADABLE
    row = next((row for row in TABLE if row.meets(fault)), otherwise)
    message = fault.text or f"NetSuite answered {fault.status} without saying why"
    if row is UNREADABLE:
        return unreadable(record, fault.status)
    in_doubt = fault.status == 408 or fault.status >= 500 or "UNEXPECTED_ERROR" in fault.codes  # it may have been carried out all the same
    return Failed(row.kind, message, row.remedy, fault.code, fault.path, record, retry_after_s=fault.retry_after_s, in_doubt=in_doubt)


def is_duplicate(fault: Fault) -> bool:
    """The record was not written because its externalId is taken."""
    taken = not fault.codes.isdisjoint({"DUP_RCRD", "DUP_ENTITY"}) or bool(
        re.search(r"this (record|entity) already exists", fault.text, re.IGNORECASE)
    )
    return fault.status < 500 and taken and "matched more than one" not in fault.text.lower()


def is_missing(fault: Fault) -> bool:
    """NetSuite itself says that it has no such record, or none of this type. A 404 of a proxy says no such thing."""
    if "Record type" in fault.text:
        return False
    nonexistent = fault.status == 404 and not fault.codes.isdisjoint({"NONEXISTENT_ID", "RCRD_DSNT_EXIST"})
    return nonexistent or (fault.status == 400 and "transaction type specified is incorrect" in fault.text.lower())


def unreadable(record: str = "", status: int = 200) -> Failed:
    """An answer cut short, a login page, a proxy's page."""
    message = f"What answered for NetSuite ({status}) is not its API's JSON"
    return Failed(Kind.BUSY, message, UNREADABLE.remedy, record=record, in_doubt=True)


def unreachable(host: str, *, sent: bool, why: str) -> Failed:
    """No answer at all; when the request may have been sent, NetSuite may yet carry it out."""
    doubt = " after the request was sent, so it may or may not have been carried out" if sent else ""
    message = f"NetSuite at {host} gave no answer{doubt} ({why})"
    return Failed(Kind.BUSY, message, f"{AGAIN} Check the network and netsuite.account when it goes on.", in_doubt=sent)
