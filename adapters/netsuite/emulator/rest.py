"""A NetSuite account in memory that answers the REST record service: method, path and body in, status, headers and body out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart, Periods, Preferences
from adapters.netsuite.emulator.bookkeeping import Bookkeeping
from adapters.netsuite.emulator.charts import SANDBOX_CHART
from adapters.netsuite.emulator.completion import Completion
from adapters.netsuite.emulator.decoding import Decoding, check_external_id, claim_external_id, parse
from adapters.netsuite.emulator.derived import Derived, OpenItem, UndepositedItem
from adapters.netsuite.emulator.errors import Refused, error_body, invalid_request, nonexistent, not_emulated
from adapters.netsuite.emulator.exchange import Call, Reply, json_reply, window
from adapters.netsuite.emulator.fields import BY_PATH, TRANSACTION, Shape
from adapters.netsuite.emulator.ledger import Ledger, Transaction, TrialBalanceLine
from adapters.netsuite.emulator.merge import merged
from adapters.netsuite.emulator.posting import Poster
from adapters.netsuite.emulator.rates import Rates
from adapters.netsuite.emulator.rules import Rules
from adapters.netsuite.emulator.store import Store, StoredRecord
from adapters.netsuite.emulator.suiteql import SuiteQL
from adapters.netsuite.emulator.views import RECORDS, View, page

SUITEQL = "/services/rest/query/v1/suiteql"
STANDARD = Preferences()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class NetSuite:
    """Double-entry books behind NetSuite's own API. Thread-safe: one call at a time, nothing of a refused call stays."""

    def __init__(
        self, chart: Chart = SANDBOX_CHART, preferences: Preferences = STANDARD, *, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """`now` in UTC."""
        self.chart = chart
        self._now = now
        self._preferences = preferences
        self._lock = threading.RLock()
        self._store = Store()
        self._periods = Periods()
        self._ledger = Ledger()
        self._rates = Rates(chart)
        self._rules = Rules(chart, self._store, self._ledger, self._periods, preferences)
        self._books = Bookkeeping(self._store, self._ledger, Poster(chart, self._store, self._ledger), self._rules)
        self._derived = Derived(chart, self._store, self._ledger)
        self._suiteql = SuiteQL(chart, self._store, self._periods)

    def handle(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request. `path` begins with /services/rest/ and is not percent-encoded any more."""
        call = Call(method.upper(), query, {name.lower(): value for name, value in headers.items()}, body)
        try:
            with self._lock:
                return self._route(call, path.rstrip("/"))
        except Refused as refused:
            body_ = error_body(refused.status, refused.detail, refused.code, refused.path)
            return json_reply(refused.status, body_, "error")

    def set_period(self, month: str, is_open: bool) -> None:
        """Open or close the accounting period of a month, YYYY-MM; ValueError when it is not one."""
        with self._lock:
            self._periods.set(month, is_open)

    def set_rate(self, currency: str, base: str, day: date, rate: Decimal) -> None:
        """From that day on one `currency` is worth `rate` of `base` (ISO symbols); what is posted keeps its rate. ValueError for no such."""
        ids = {one.symbol: one.id for one in self.chart.currencies.values()}
        if currency not in ids or base not in ids:
            raise ValueError(f"no such currency: {currency if currency not in ids else base}")
        with self._lock:
            self._rates.set(ids[currency], ids[base], day, rate)

    def records(self, record_type: str) -> Sequence[StoredRecord]:
        """The stored records of a type, oldest first, with the fields that NetSuite computes."""
        with self._lock:
            found = tuple(self._store.of_type(record_type))
            return tuple(replace(record, fields={**record.fields, **self._derived.fields(record)}) for record in found)

    def trial_balance(self) -> Sequence[TrialBalanceLine]:
        """The balance of every account in every currency it was posted in."""
        with self._lock:
            return self._ledger.trial_balance(self.chart)

    def base_trial_balance(self, subsidiary: str = "") -> Sequence[TrialBalanceLine]:
        """The balance of every account of a subsidiary (the root when none is named) in its base currency."""
        with self._lock:
            return self._ledger.base_trial_balance(self.chart, subsidiary or self.chart.subsidiary)

    def transactions(self) -> Sequence[Transaction]:
        """Every transaction with its G/L impact, oldest first."""
        with self._lock:
            return tuple(self._ledger.all())

    def undeposited_funds(self) -> Sequence[UndepositedItem]:
        """What waits in Undeposited Funds for a deposit, oldest first."""
        with self._lock:
            return self._derived.undeposited()

    def open_receivables(self) -> Sequence[OpenItem]:
        """Invoices still due, payments and credit memos not wholly used, oldest first."""
        with self._lock:
            return self._derived.open_items()

    def _route(self, call: Call, path: str) -> Reply:
        if "respond-async" in call.headers.get("prefer", ""):
            raise not_emulated("asynchronous calls")
        if path == SUITEQL and call.method == "POST":
            return self._query(call)
        if not path.startswith(RECORDS + "/"):
            raise Refused("The requested resource does not exist.", "NONEXISTENT_ID", 404)
        parts = path[len(RECORDS) + 1 :].split("/")
        shape = BY_PATH.get(parts[0].lower())
        if shape is None:
            raise Refused(f"Record type '{parts[0]}' does not exist.", "NONEXISTENT_ID", 404)
        match call.method, parts[1:]:
            case "POST", []:
                return self._create(call, shape)
            case "GET", []:
                return self._list(call, shape)
            case "GET", [key]:
                return self._show(call, self._find(shape, key))
            case "GET", [key, sublist] if sublist in shape.sublists:
                return self._show_sublist(call, self._find(shape, key), sublist)
            case "PATCH", [key]:
                return self._update(call, shape, self._find(shape, key))
            case "PUT", [key] if key.startswith("eid:"):
                return self._upsert(call, shape, check_external_id(key[4:]))
            case "DELETE", [key]:
                return self._delete(self._find(shape, key))
            case _, [_, transform, *_] if transform == "!transform":
                raise not_emulated("transforms")
        raise Refused(f"The method {call.method} is not allowed here.", "INVALID_REQUEST", 405)

    def _find(self, shape: Shape, key: str) -> StoredRecord:
        by_external_id = key.startswith("eid:")
        find = self._store.by_external_id if by_external_id else self._store.get
        record = find(shape.group, key[4:] if by_external_id else key)
        if record is None or (record.type != shape.type and (by_external_id or shape.group != "transaction")):
            raise nonexistent()
        if record.type != shape.type:
            raise Refused("Error while accessing a resource. Transaction type specified is incorrect.")
        return record

    def _create(self, call: Call, shape: Shape) -> Reply:
        decoding, given = self._decode(call, shape)
        record = self._save(shape, None, merged(shape, {}, given, frozenset()))
        return self._done(decoding, {"Location": f"{call.base}{RECORDS}/{shape.type}/{record.id}"})

    def _upsert(self, call: Call, shape: Shape, external_id: str) -> Reply:
        decoding, given = self._decode(call, shape)
        if given.setdefault("externalId", external_id) != external_id:
            raise invalid_request("The externalId of the body is not the one of the address.")
        before = self._store.by_external_id(shape.group, external_id)
        if before is not None and before.type == shape.type:
            given["externalId"] = before.external_id
            self._save(shape, before, merged(shape, before.fields, given, call.replaces))
        else:
            self._save(shape, None, merged(shape, {}, given, frozenset()))
        return self._done(decoding, {})

    def _update(self, call: Call, shape: Shape, before: StoredRecord) -> Reply:
        decoding, given = self._decode(call, shape)
        self._save(shape, before, merged(shape, before.fields, given, call.replaces))
        return self._done(decoding, {})

    def _decode(self, call: Call, shape: Shape) -> tuple[Decoding, dict[str, Any]]:
        unknown = call.replaces - shape.sublists.keys()
        if unknown:
            raise invalid_request(f"Invalid value of the query parameter 'replace': {', '.join(sorted(unknown))}.")
        strict = call.headers.get("x-netsuite-propertynamevalidation", "warning").lower() == "error"
        decoding = Decoding(self._store, self.chart, strict)
        return decoding, decoding.record(shape, parse(call.body))

    def _save(self, shape: Shape, before: StoredRecord | None, fields: dict[str, Any]) -> StoredRecord:
        """Complete, check and store; nothing is stored of what is refused."""
        external_id = claim_external_id(self._store, shape, fields, before.id if before else "")
        now = self._now()
        internal_id = before.id if before else self._store.next_id(shape.group)
        completion = Completion(self.chart, self._store, self._ledger, self._rates, self._preferences, now.date())
        completion.complete(shape, internal_id, fields, before.fields if before else None)
        record = StoredRecord(shape.type, internal_id, external_id, fields, before.created if before else now, now)
        if shape.group == TRANSACTION:
            self._books.book(shape.type, internal_id, fields)
        else:
            self._rules.may_become(record, before)
        self._store.put(record)
        return record

    def _done(self, decoding: Decoding, headers: Mapping[str, str]) -> Reply:
        if not decoding.dropped:
            return Reply(204, headers, b"")
        # A name may hold what a header may not.
        dropped = ", ".join(ascii(name)[1:-1] for name in decoding.dropped)
        return Reply(204, {**headers, "X-NetSuite-Warning": f"Unknown properties were ignored: {dropped}"}, b"")

    def _delete(self, record: StoredRecord) -> Reply:
        self._rules.may_delete(record)
        if record.group == TRANSACTION:
            self._ledger.remove(record.id)
        self._store.remove(record)
        return Reply(204, {}, b"")

    def _show(self, call: Call, record: StoredRecord) -> Reply:
        return json_reply(200, self._view(call).record(record, self._derived.fields(record)))

    def _show_sublist(self, call: Call, record: StoredRecord, sublist: str) -> Reply:
        address = f"{call.base}{RECORDS}/{record.type}/{record.id}/{sublist}"
        lines = {**record.fields, **self._derived.fields(record)}.get(sublist, ())
        shown = self._view(call).sublist(BY_PATH[record.type.lower()].sublists[sublist], lines, address)
        return json_reply(200, shown, "collection")

    def _view(self, call: Call) -> View:
        asked = frozenset(name for name in call.query.get("fields", "").split(",") if name)
        flags = {name: call.query.get(name, "").lower() == "true" for name in ("expandSubResources", "simpleEnumFormat")}
        return View(self._store, self.chart, call.base, flags["expandSubResources"], flags["simpleEnumFormat"], asked)

    def _list(self, call: Call, shape: Shape) -> Reply:
        if "q" in call.query:
            raise not_emulated("the query parameter q")
        limit, offset = window(call)
        address = f"{call.base}{RECORDS}/{shape.type}"
        records = tuple(self._store.of_type(shape.type))
        items = [
            {"links": [{"rel": "self", "href": f"{address}/{record.id}"}], "id": record.id} for record in records[offset : offset + limit]
        ]
        shown = {**page(items, address, len(records), offset), "items": items}
        return json_reply(200, shown, "collection")

    def _query(self, call: Call) -> Reply:
        if "transient" not in call.headers.get("prefer", "").lower():
            raise invalid_request("The header Prefer with the value transient is required.")
        limit, offset = window(call)
        rows = self._suiteql.rows(parse(call.body))
        items = [{"links": [], **row} for row in rows[offset : offset + limit]]
        return json_reply(200, {**page(items, f"{call.base}{SUITEQL}", len(rows), offset), "items": items}, "collection")
