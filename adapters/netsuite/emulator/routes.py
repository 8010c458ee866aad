"""Which call of the REST services does what: records one by one, batches and other asynchronous calls, transforms, queries, metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.netsuite.emulator.batches import batch
from adapters.netsuite.emulator.catalog import CATALOG, catalog
from adapters.netsuite.emulator.decoding import Decoding, check_external_id, parse
from adapters.netsuite.emulator.derived import Derived
from adapters.netsuite.emulator.errors import Refused, invalid_request, nonexistent, not_emulated
from adapters.netsuite.emulator.exchange import Call, Reply, json_reply, window
from adapters.netsuite.emulator.fields import BY_PATH, Shape
from adapters.netsuite.emulator.jobs import JOBS, Jobs, refusal
from adapters.netsuite.emulator.merge import merged
from adapters.netsuite.emulator.saving import NOTHING_REPLACED, Saving
from adapters.netsuite.emulator.store import StoredRecord
from adapters.netsuite.emulator.suiteql import SuiteQL
from adapters.netsuite.emulator.transforms import INITIALIZED, TRANSFORMS, transformed
from adapters.netsuite.emulator.views import RECORDS, View, link, page

SUITEQL = "/services/rest/query/v1/suiteql"
SERVER_TIME = "/services/rest/system/v1/serverTime"


@dataclass(frozen=True, slots=True)
class Routes:
    """Answers calls; Refused is answered by the caller."""

    saving: Saving
    derived: Derived
    suiteql: SuiteQL
    jobs: Jobs

    def answer(self, call: Call, path: str) -> Reply:
        """`path` without a slash at its end."""
        if path == SUITEQL and call.method == "POST":
            return self._query(call)
        if path == SERVER_TIME and call.method == "GET":
            return json_reply(200, {"serverTime": self.saving.now().strftime("%Y-%m-%dT%H:%M:%SZ")})
        if path.startswith(JOBS + "/") and call.method == "GET":
            return self.jobs.answer(call.base, path[len(JOBS) + 1 :].split("/"))
        if path.startswith(CATALOG) and call.method == "GET":
            return catalog(self.saving.chart, call, path[len(CATALOG) + 1 :].split("/") if path != CATALOG else [])
        if not path.startswith(RECORDS + "/"):
            raise Refused("The requested resource does not exist.", "NONEXISTENT_ID", 404)
        parts = path[len(RECORDS) + 1 :].split("/")
        shape = BY_PATH.get(parts[0].lower())
        if shape is None:
            raise Refused(f"Record type '{parts[0]}' does not exist.", "NONEXISTENT_ID", 404)
        if not call.is_asynchronous:
            if call.is_collection:
                raise invalid_request("The header Prefer with the value respond-async is required for a batch.")
            return self._synchronously(call, shape, parts[1:])
        works = [self._later(one, shape, where) for one, where in batch(call, parts[1:])]
        return self.jobs.submit(works, call.headers.get("x-netsuite-idempotency-key", ""))

    def _later(self, call: Call, shape: Shape, parts: list[str]) -> Callable[[], Reply]:
        def work() -> Reply:
            try:
                return self._synchronously(call, shape, parts)
            except Refused as refused:
                return refusal(refused)

        return work

    def _synchronously(self, call: Call, shape: Shape, parts: list[str]) -> Reply:
        self.saving.hindrances.on_touch(shape.type)
        match call.method, parts:
            case "POST", []:
                decoding, given = self._decode(call, shape)
                return self._made(call, self.saving.create(shape, given), decoding)
            case "GET", []:
                return self._list(call, shape)
            case "GET", [key]:
                return self._show(call, self._find(shape, key))
            case "GET", [key, sublist] if sublist in shape.sublists:
                return self._show_sublist(call, self._find(shape, key), sublist)
            case "PATCH", [key]:
                before = self._find(shape, key)
                decoding, given = self._decode(call, shape)
                self.saving.update(shape, before, given, call.replaces)
                return self._done(decoding)
            case "PUT", [key] if key.startswith("eid:"):
                decoding, given = self._decode(call, shape)
                self.saving.upsert(shape, check_external_id(key[4:]), given, call.replaces)
                return self._done(decoding)
            case "DELETE", [key]:
                self.saving.delete(self._find(shape, key))
                return Reply(204, {}, b"")
            case "POST", [key, "!transform", target] if target.lower() in BY_PATH:
                return self._transform(call, self._find(shape, key), BY_PATH[target.lower()])
        raise Refused(f"The method {call.method} is not allowed here.", "INVALID_REQUEST", 405)

    def _find(self, shape: Shape, key: str) -> StoredRecord:
        by_external_id = key.startswith("eid:")
        find = self.saving.store.by_external_id if by_external_id else self.saving.store.get
        record = find(shape.group, key[4:] if by_external_id else key)
        if record is None or (record.type != shape.type and (by_external_id or shape.group != "transaction")):
            raise nonexistent()
        if record.type != shape.type:
            raise Refused("Error while accessing a resource. Transaction type specified is incorrect.")
        return record

    def _transform(self, call: Call, source: StoredRecord, target: Shape) -> Reply:
        decoding, given = self._decode(call, target)
        filled = transformed(TRANSFORMS, self.saving.books.ledger, source, target, given)
        return self._made(call, self.saving.create(target, merged(target, filled, given, call.replaces)), decoding)

    def initialized(self, source: Shape, key: str, target: Shape, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new record as GET would show it, filled in from that one and with `body` laid over it; nothing is stored."""
        self.saving.hindrances.on_touch(target.type)
        given = self.saving.decoding(strict=True).record(target, body)
        filled = transformed(INITIALIZED, self.saving.books.ledger, self._find(source, key), target, given)
        fields = merged(target, {"tranDate": self.saving.now().date().isoformat(), **filled}, given, NOTHING_REPLACED)
        return View(self.saving.store, self.saving.chart, "", expanded=True).fields(target, fields, "")

    def _decode(self, call: Call, shape: Shape) -> tuple[Decoding, dict[str, Any]]:
        unknown = call.replaces - shape.sublists.keys()
        if unknown:
            raise invalid_request(f"Invalid value of the query parameter 'replace': {', '.join(sorted(unknown))}.")
        strict = call.headers.get("x-netsuite-propertynamevalidation", "warning").lower() == "error"
        decoding = self.saving.decoding(strict=strict)
        return decoding, decoding.record(shape, parse(call.body))

    def _made(self, call: Call, record: StoredRecord, decoding: Decoding) -> Reply:
        return self._done(decoding, {"Location": f"{call.base}{RECORDS}/{record.type}/{record.id}"})

    def _done(self, decoding: Decoding, headers: Mapping[str, str] | None = None) -> Reply:
        if not decoding.dropped:
            return Reply(204, headers or {}, b"")
        # A name may hold what a header may not.
        dropped = ", ".join(ascii(name)[1:-1] for name in decoding.dropped)
        return Reply(204, {**(headers or {}), "X-NetSuite-Warning": f"Unknown properties were ignored: {dropped}"}, b"")

    def _show(self, call: Call, record: StoredRecord) -> Reply:
        return json_reply(200, self._view(call).record(record, self.derived.fields(record)))

    def _show_sublist(self, call: Call, record: StoredRecord, sublist: str) -> Reply:
        address = f"{call.base}{RECORDS}/{record.type}/{record.id}/{sublist}"
        lines = {**record.fields, **self.derived.fields(record)}.get(sublist, ())
        shown = self._view(call).sublist(BY_PATH[record.type.lower()].sublists[sublist], lines, address)
        return json_reply(200, shown, "collection")

    def _view(self, call: Call) -> View:
        asked = frozenset(name for name in call.query.get("fields", "").split(",") if name)
        flags = {name: call.query.get(name, "").lower() == "true" for name in ("expandSubResources", "simpleEnumFormat")}
        return View(self.saving.store, self.saving.chart, call.base, flags["expandSubResources"], flags["simpleEnumFormat"], asked)

    def _list(self, call: Call, shape: Shape) -> Reply:
        if "q" in call.query:
            raise not_emulated("the query parameter q")
        limit, offset = window(call)
        address = f"{call.base}{RECORDS}/{shape.type}"
        records = tuple(self.saving.store.of_type(shape.type))
        items = [{"links": [link(f"{address}/{record.id}")], "id": record.id} for record in records[offset : offset + limit]]
        return json_reply(200, {**page(items, address, len(records), offset), "items": items}, "collection")

    def _query(self, call: Call) -> Reply:
        if "transient" not in call.headers.get("prefer", "").lower():
            raise invalid_request("The header Prefer with the value transient is required.")
        limit, offset = window(call)
        rows = self.suiteql.rows(parse(call.body))
        items = [{"links": [], **row} for row in rows[offset : offset + limit]]
        return json_reply(200, {**page(items, f"{call.base}{SUITEQL}", len(rows), offset), "items": items}, "collection")
