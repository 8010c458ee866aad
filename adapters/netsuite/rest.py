"""NetSuiteBooks over the REST record service: look up, create, bring into line and compare by externalId."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from adapters.netsuite.batches import PATIENT, Batches, Polling
from adapters.netsuite.codec import Json, Known, compared, creation, dumps, loads, replacement
from adapters.netsuite.comparison import differences
from adapters.netsuite.currencies import Currencies
from adapters.netsuite.faults import failed, fault_of, is_duplicate, is_missing, unreadable
from adapters.netsuite.fields import RECORDS, STRICT, SUITEQL
from adapters.netsuite.holding import held_record
from adapters.netsuite.journals import Use, journals, line_of
from adapters.netsuite.matching import ITEM_BY_ID, ITEM_TYPES, by_field
from adapters.netsuite.transport import Reply, Transport
from core.held import HeldRecord
from core.outcome import CannotSync
from core.ports import Difference, Hit, Ids, Made, one_batch
from core.records import External, Internal, Numbered, Record, RecordType, Ref, key

JSON = {"Content-Type": "application/json"}
PAGE = 1000
OPEN_PERIODS = (
    "SELECT TO_CHAR(startdate, 'YYYY-MM-DD') AS startdate, TO_CHAR(enddate, 'YYYY-MM-DD') AS enddate FROM accountingperiod "
    "WHERE isquarter = 'F' AND isyear = 'F' AND closed = 'F' AND alllocked = 'F' ORDER BY startdate"
)
WHOLE = {"expandSubResources": "true"}
NO_QUERY: Mapping[str, str] = MappingProxyType({})
WRITTEN = (201, 204)  # the documented ones: a login page would be a 200


class RestBooks:
    """The port, over any transport. Thread-safe when the transport is."""

    def __init__(self, transport: Transport, polling: Polling = PATIENT) -> None:
        """`polling`: how the job of a batch is asked after."""
        self._transport = transport
        self._currencies = Currencies(self.query)
        self._batches = Batches(transport, self.query, polling)

    def find(self, ref: External) -> str | None:
        """See NetSuiteBooks."""
        found = self._read(ref, {"fields": "id"})
        return None if found is None else str(found["id"])

    def create(self, record: Record, ids: Ids) -> str | None:
        """See NetSuiteBooks."""
        ref = key(record)
        body = creation(record, self._known(record, ids))
        reply = self._transport.send("POST", f"{RECORDS}/{ref.type}", {}, dumps(body), {**STRICT, **JSON})
        if reply.status in WRITTEN:
            return _located(reply) or self._created(ref)
        if not _is_success(reply) and is_duplicate(fault_of(reply.status, reply.headers, reply.body)):
            return None
        raise _cannot(reply, ref)

    def create_many(self, records: Sequence[Record], ids: Ids) -> Sequence[Made]:
        """See NetSuiteBooks."""
        bodies: dict[str, Json] = {}
        made: dict[str, Made] = {}
        for record in one_batch(records):
            try:
                bodies[record.external_id] = creation(record, self._known(record, ids))
            except CannotSync as stopped:
                made[record.external_id] = stopped.failed
        if bodies:
            made |= self._batches.create(records[0].type, bodies)
        return [made[record.external_id] for record in records]

    def bring_into_line(self, record: Record, ids: Ids) -> None:
        """See NetSuiteBooks."""
        ref = key(record)
        body, sublists = replacement(record, self._known(record, ids))
        query = {"replace": ",".join(sublists)} if sublists else {}
        reply = self._transport.send("PUT", _address(ref), query, dumps(body), {**STRICT, **JSON})
        if reply.status not in WRITTEN:
            raise _cannot(reply, ref)

    def read(self, ref: External | Numbered) -> HeldRecord | None:
        """See NetSuiteBooks."""
        found = self._read(ref, WHOLE)
        return None if found is None else held_record(found, self._currencies.symbol_of)

    def holds(self, record_type: str, internal_id: str) -> bool:
        """See NetSuiteBooks. Items are asked for in SuiteQL, which knows them by id alone."""
        if record_type in ITEM_TYPES:
            return bool(self.query(ITEM_BY_ID.format(id=int(internal_id))))
        return self._read(Numbered(RecordType(record_type), internal_id), {"fields": "id"}) is not None

    def match(self, record: RecordType, field: str, value: str) -> Sequence[Hit]:
        """See NetSuiteBooks."""
        rows = self.query(by_field(record, field, value))
        return tuple(Hit(str(row["id"]), row.get("externalid") or "", row.get("name") or "") for row in rows)

    def give_external_id(self, record: RecordType, internal_id: str, external_id: str) -> None:
        """See NetSuiteBooks."""
        self._patch(Numbered(record, internal_id), {"externalId": external_id})

    def amend(self, record: Record, internal_id: str) -> None:
        """See NetSuiteBooks."""
        body, sublists = replacement(record, self._known(record, {}))
        self._patch(Numbered(record.type, internal_id), body, {"replace": ",".join(sublists)} if sublists else {})

    def compare(self, record: Record, ids: Ids) -> Sequence[Difference] | None:
        """See NetSuiteBooks."""
        held = self._read(key(record), WHOLE)
        if held is None:
            return None
        return tuple(differences(record.type, compared(record, self._known(record, ids)), held))

    def allow_currency(self, customer: Ref, currency: str) -> None:
        """See NetSuiteBooks. The currency list has no key, so a line is added and the others stay."""
        body = {"currencyList": {"items": [{"currency": {"id": self._currencies.id_of(currency)}}]}}
        reply = self._transport.send("PATCH", _customer_address(customer), {}, dumps(body), {**STRICT, **JSON})
        if reply.status not in WRITTEN:
            raise _cannot(reply, customer)

    def first_open_day(self, on_or_after: date) -> date | None:
        """See NetSuiteBooks."""
        for row in self.query(OPEN_PERIODS):
            if date.fromisoformat(row["enddate"]) >= on_or_after:
                return max(on_or_after, date.fromisoformat(row["startdate"]))
        return None

    def query(self, sql: str, params: Sequence[str] = ()) -> list[Mapping[str, str]]:
        """All rows of a SuiteQL query, keys in lower case; `params` stand for its question marks."""
        rows: list[Mapping[str, str]] = []
        while True:
            page = self._page({"q": sql, "params": params} if params else {"q": sql}, len(rows))
            rows += page["items"]
            if not (page.get("hasMore") and page["items"]):
                return rows

    def _page(self, asked: Mapping[str, Any], offset: int) -> Json:
        query = {"limit": str(PAGE), "offset": str(offset)}
        reply = self._transport.send("POST", SUITEQL, query, dumps(asked), {"Prefer": "transient", **JSON})
        if reply.status != 200:
            raise CannotSync(failed(fault_of(reply.status, reply.headers, reply.body)))
        page = _object(reply)
        if page is None or not isinstance(page.get("items"), list):
            raise CannotSync(unreadable())
        return page

    def _patch(self, ref: Numbered, body: Json, query: Mapping[str, str] = NO_QUERY) -> None:
        reply = self._transport.send("PATCH", _address(ref), query, dumps(body), {**STRICT, **JSON})
        if reply.status not in WRITTEN:
            raise _cannot(reply, ref)

    def _read(self, ref: External | Numbered, query: Mapping[str, str]) -> Json | None:
        reply = self._transport.send("GET", _address(ref), query, None, {})
        if reply.status != 200:
            if is_missing(fault_of(reply.status, reply.headers, reply.body)):
                return None
            raise _cannot(reply, ref)
        held = _object(reply)
        if held is None or not held.get("id"):
            raise CannotSync(unreadable(str(ref)))
        return held

    def _created(self, ref: External) -> str:
        """The id of a record that NetSuite says it made without saying where."""
        found = self.find(ref)
        if found is None:
            raise CannotSync(unreadable(str(ref), 204))
        return found

    def _known(self, record: Record, ids: Ids) -> Known:
        """NetSuite is asked only for what nothing else tells: currencies, once, and which line of a journal is meant."""
        lines = {journal: self._line(journal, record, use) for journal, use in journals(record) if journal in ids}
        return Known(ids, self._currencies.id_of, lines)

    def _line(self, journal: External, record: Record, use: Use) -> int:
        held = self._read(journal, WHOLE)
        return line_of(held or {}, journal, record, use)


def _address(ref: External | Numbered) -> str:
    if isinstance(ref, Numbered):
        return f"{RECORDS}/{ref.type}/{quote(ref.id, safe='')}"
    return f"{RECORDS}/{ref.type}/eid:{quote(ref.external_id, safe='')}"


def _customer_address(customer: Ref) -> str:
    return f"{RECORDS}/customer/{quote(customer.id, safe='')}" if isinstance(customer, Internal) else _address(customer)


def _is_success(reply: Reply) -> bool:
    return 200 <= reply.status < 300


def _cannot(reply: Reply, ref: Ref | Numbered) -> CannotSync:
    """For an answer that is no success, or a success that NetSuite's API does not give here."""
    if _is_success(reply):
        return CannotSync(unreadable(str(ref), reply.status))
    return CannotSync(failed(fault_of(reply.status, reply.headers, reply.body), str(ref)))


def _located(reply: Reply) -> str | None:
    """`.../record/v1/invoice/647` -> `647`."""
    location = next((value for name, value in reply.headers.items() if name.lower() == "location"), "")
    last = urlsplit(location).path.rpartition("/")[2]
    return last if last.isascii() and last.isdigit() else None


def _object(reply: Reply) -> Json | None:
    """The JSON object of an answer, None when it is none: cut short, a login page."""
    try:
        told: Any = loads(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return told if isinstance(told, dict) else None
