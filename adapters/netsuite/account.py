"""What a NetSuite account says of itself, for checks before anything is written: accounts, currencies, subsidiaries, limits, its clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import msgspec

from adapters.netsuite.faults import failed, fault_of
from adapters.netsuite.fields import RECORDS
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply, Transport
from core.outcome import CannotSync
from core.records import RecordType

# https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/article_0625010817.html: for administrators only.
GOVERNANCE = "/services/rest/system/v1/governanceLimits"


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """A general-ledger account; `type` in SuiteQL's words, as Bank, AcctRec, OthCurrAsset."""

    id: str
    name: str
    type: str


class _Limits(msgspec.Struct):
    account: int | None = msgspec.field(default=None, name="accountConcurrencyLimit")
    integration: int | None = msgspec.field(default=None, name="integrationConcurrencyLimit")


class AccountInfo:
    """Reads only; every method raises CannotSync as the books do."""

    def __init__(self, transport: Transport, now: Callable[[], float] = time.time) -> None:
        self._transport = _Dated(transport, now)
        self._books = RestBooks(self._transport)

    @property
    def skew_s(self) -> float | None:
        """By how many seconds NetSuite's clock was ahead of ours in its last answer, be it a refusal; None when it told no time."""
        return self._transport.skew_s

    def currencies(self) -> frozenset[str]:
        """ISO symbols in lower case. The smallest call that tells whether the log-in works."""
        return frozenset(row["symbol"].lower() for row in self._books.query("SELECT id, symbol FROM currency"))

    def accounts(self) -> Mapping[str, LedgerAccount]:
        """The chart of accounts by internal id."""
        rows = self._books.query("SELECT id, acctnumber, fullname, accttype FROM account")
        return {row["id"]: LedgerAccount(row["id"], row.get("fullname", ""), row["accttype"]) for row in rows}

    def subsidiaries(self) -> Sequence[str] | None:
        """Internal ids; None when the account has none to choose from (not OneWorld), or does not show them."""
        try:
            return tuple(row["id"] for row in self._books.query("SELECT id, name FROM subsidiary"))
        except CannotSync as stopped:
            if stopped.failed.retryable:
                raise
            return None

    def may_read(self, record_type: RecordType) -> None:
        """CannotSync with NetSuite's text when the role may not see records of this type."""
        reply = self._transport.send("GET", f"{RECORDS}/{record_type}", {"limit": "1"}, None, {})
        if reply.status != 200:
            raise CannotSync(failed(fault_of(reply.status, reply.headers, reply.body)))

    def concurrency_limit(self) -> int | None:
        """Calls that the account, or this integration, may have in flight; None when the role may not know."""
        reply = self._transport.send("GET", GOVERNANCE, {}, None, {})
        if reply.status != 200:
            return None
        try:
            limits = msgspec.json.decode(reply.body, type=_Limits)
        except msgspec.DecodeError:
            return None
        return min((limit for limit in (limits.account, limits.integration) if limit), default=None)


class _Dated:
    """A transport that keeps how far the other side's clock is from ours."""

    def __init__(self, transport: Transport, now: Callable[[], float]) -> None:
        self._transport = transport
        self._now = now
        self.skew_s: float | None = None

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        before = self._now()
        reply = self._transport.send(method, path, query, body, headers)
        after = self._now()
        try:
            told = next(value for name, value in reply.headers.items() if name.lower() == "date")
            self.skew_s = parsedate_to_datetime(told).timestamp() - (before + after) / 2
        except (StopIteration, ValueError):
            self.skew_s = None
        return reply
