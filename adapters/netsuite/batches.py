"""Many records of one type in few calls: batches of up to 100, carried out by NetSuite asynchronously and then read back.

Facts: Oracle help, article_0127092747 (batches), chapter_161251386312 (jobs), subsect_164494900632 (idempotency keys). A batch is a POST and
never a PUT: should NetSuite carry it out late or twice, what is there already refuses it, where a PUT would write over it. How late a job may be
carried out is not documented: one that is later than `netsuite.ambiguity_window_s` can still create a record that was given up meanwhile.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from adapters.netsuite.codec import Json, dumps, loads
from adapters.netsuite.faults import Fault, failed, fault_of, unreadable
from adapters.netsuite.fields import RECORDS, STRICT
from adapters.netsuite.transport import Reply, Transport
from core.outcome import CannotSync, Failed, Kind
from core.ports import Made
from core.records import External, RecordType

MOST = 100
SUBMITTED = 3  # times at most, with one key
MOST_AT_ONCE = 1000  # a page of SuiteQL, and what one IN takes
JOBS = "/services/rest/async/v1/job"
HEADERS = {**STRICT, "Content-Type": "application/vnd.oracle.resource+json; type=collection", "Prefer": "respond-async"}
KEY = "X-NetSuite-Idempotency-Key"
# Table, column of the type, NetSuite's code of the type; customers have a table of their own.
TABLES: Mapping[RecordType, tuple[str, str, str]] = {
    RecordType.CUSTOMER: ("customer", "", ""),
    RecordType.SERVICE_SALE_ITEM: ("item", "itemtype", "Service"),
    RecordType.DISCOUNT_ITEM: ("item", "itemtype", "Discount"),
    RecordType.INVOICE: ("transaction", "type", "CustInvc"),
    RecordType.CUSTOMER_PAYMENT: ("transaction", "type", "CustPymt"),
    RecordType.CASH_SALE: ("transaction", "type", "CashSale"),
    RecordType.CASH_REFUND: ("transaction", "type", "CashRfnd"),
    RecordType.CUSTOMER_DEPOSIT: ("transaction", "type", "CustDep"),
    RecordType.CREDIT_MEMO: ("transaction", "type", "CustCred"),
    RecordType.CUSTOMER_REFUND: ("transaction", "type", "CustRfnd"),
    RecordType.DEPOSIT: ("transaction", "type", "Deposit"),
    RecordType.JOURNAL_ENTRY: ("transaction", "type", "Journal"),
}
Query = Callable[[str, Sequence[str]], list[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Polling:
    """How a job is asked after: first after a while, then after pauses that double, until it has ended or too much time has gone by, in seconds."""

    first_s: float = 0.5
    cap_s: float = 15.0
    within_s: float = 900.0
    pause: Callable[[float], object] = time.sleep

    def turns(self) -> Iterator[None]:
        """Once for each time to ask; waits in between."""
        ends, next_s = time.monotonic() + self.within_s, self.first_s
        while True:
            self.pause(next_s)
            yield
            if time.monotonic() >= ends:
                return
            next_s = min(self.cap_s, 2 * next_s)


PATIENT = Polling()


@dataclass(frozen=True, slots=True)
class Batches:
    """Creates records; each one's end is judged by itself. `query` answers SuiteQL with the rows of strings."""

    transport: Transport
    query: Query
    polling: Polling

    def create(self, record_type: RecordType, bodies: Mapping[str, Json]) -> Mapping[str, Made]:
        """What became of each record, by its externalId. CannotSync when NetSuite could not be asked what it has: then nothing was sent."""
        made: dict[str, Made] = {}
        asked = list(bodies)
        for at in range(0, len(asked), MOST_AT_ONCE):
            made |= self._create(record_type, asked[at : at + MOST_AT_ONCE], bodies)
        return made

    def _create(self, record_type: RecordType, external_ids: Sequence[str], bodies: Mapping[str, Json]) -> Mapping[str, Made]:
        taken = self._rows(record_type, external_ids)
        missing = [one for one in external_ids if one.lower() not in taken]
        chunks = [missing[at : at + MOST] for at in range(0, len(missing), MOST)]
        ends: dict[str, Callable[[], Failed]] = {}
        for chunk in chunks:
            ends |= zip(chunk, self._carried_out(record_type, [bodies[one] for one in chunk]), strict=True)
        try:
            there = self._rows(record_type, missing) if missing else {}
        except CannotSync as stopped:
            unread = replace(stopped.failed, in_doubt=True)
            return {one: unread if one in ends else None for one in external_ids}
        return {one: self._judged(record_type, one, there, ends) for one in external_ids}

    def _judged(self, record_type: RecordType, one: str, there: Mapping[str, Mapping[str, str]], ends: Mapping[str, Any]) -> Made:
        """What is there now, and was not before, was made; else its task says why not. None: it was taken before."""
        if one not in ends:
            return None
        row = there.get(one.lower())
        _, column, code = TABLES[record_type]
        if row is not None and (not column or row.get(column) == code):
            return str(row["id"])
        ended: Failed = ends[one]()
        return replace(ended, record=str(External(record_type, one)))

    def _rows(self, record_type: RecordType, external_ids: Sequence[str]) -> dict[str, Mapping[str, str]]:
        """What holds these externalIds, by them in lower case: NetSuite compares them so."""
        table, column, _ = TABLES[record_type]
        columns = f"id, externalid, {column}" if column else "id, externalid"
        sql = f"SELECT {columns} FROM {table} WHERE externalid IN ({', '.join('?' * len(external_ids))})"  # noqa: S608 - names of ours
        return {row["externalid"].lower(): row for row in self.query(sql, external_ids)}

    def _carried_out(self, record_type: RecordType, bodies: Sequence[Json]) -> list[Callable[[], Failed]]:
        """Send a batch and wait for its end; for each record, what says why it is not there, if it is not."""
        try:
            job = self._submitted(record_type, dumps({"items": bodies}))
            for _ in self.polling.turns():
                if self._has_ended(job):
                    return [_Task(self.transport, f"{job}/task/{number}/result") for number in range(1, len(bodies) + 1)]
        except CannotSync as stopped:
            lost = stopped.failed
        else:
            lost = Failed(Kind.BUSY, f"NetSuite has not ended {job} in time", AGAIN, in_doubt=True)
        return [lambda: lost] * len(bodies)

    def _submitted(self, record_type: RecordType, body: bytes) -> str:
        """The address of the job. A call whose answer is lost is made again with the same key: NetSuite then does nothing and names the first job."""
        key = str(uuid.uuid4())
        stopped = CannotSync(unreadable(status=202))
        for _ in range(SUBMITTED):
            try:
                reply = self.transport.send("POST", f"{RECORDS}/{record_type}", {}, body, {**HEADERS, KEY: key})
            except CannotSync as lost:
                stopped = lost
                continue
            job = urlsplit(next((value for name, value in reply.headers.items() if name.lower() == "location"), "")).path
            if job.startswith(f"{JOBS}/") and (reply.status == 202 or _is_known(reply)):
                return job
            stopped = CannotSync(
                unreadable(status=202) if reply.status == 202 else failed(fault_of(reply.status, reply.headers, reply.body))
            )
            if not stopped.failed.in_doubt:
                break
        raise stopped

    def _has_ended(self, job: str) -> bool:
        """No answer is no end; CannotSync when NetSuite knows no such job, or will not tell."""
        try:
            reply = self.transport.send("GET", job, {}, None, {})
        except CannotSync:
            return False
        if reply.status == 200:
            return _object(reply).get("completed") is True
        told = failed(fault_of(reply.status, reply.headers, reply.body))
        if told.retryable:
            return False
        raise CannotSync(replace(told, in_doubt=True))


@dataclass(frozen=True, slots=True)
class _Task:
    """What NetSuite answers to one record of a batch that has ended."""

    transport: Transport
    path: str

    def __call__(self) -> Failed:
        try:
            reply = self.transport.send("GET", self.path, {}, None, {})
        except CannotSync as lost:
            return replace(lost.failed, in_doubt=True)
        fault = fault_of(reply.status, reply.headers, reply.body)
        if reply.status != 400 or not fault.code:  # it was made, and is not there; or it is this call that goes wrong, not the record
            return unreadable(status=reply.status)
        return failed(fault)


AGAIN = "It is read back when that can be known, and tried again where it is missing."


def _is_known(reply: Reply) -> bool:
    fault: Fault = fault_of(reply.status, reply.headers, reply.body)
    return fault.code == "IDEMPOTENCY_ERROR"


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        told: Any = loads(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) else {}
