"""The account's SOAP endpoint without HTTP and without login: an envelope in, an envelope out, the same books as REST behind it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

from adapters.netsuite.emulator.errors import Refused, not_emulated
from adapters.netsuite.emulator.exchange import Reply
from adapters.netsuite.emulator.hindrances import AfterSubmitFailed
from adapters.netsuite.emulator.rest import NetSuite
from adapters.netsuite.emulator.soap_initializing import initialized
from adapters.netsuite.emulator.soap_reading import Given, Malformed, record_of
from adapters.netsuite.emulator.soap_refusals import status_detail, unanswered
from adapters.netsuite.emulator.soap_search import Found, Search
from adapters.netsuite.emulator.soap_shapes import CORE, MESSAGES, ROW, TYPES
from adapters.netsuite.emulator.soap_writing import base_ref, envelope, failure, fault, record, records, response, rows, simple, success
from adapters.netsuite.emulator.views import RECORDS
from adapters.netsuite.xml import Element, child, children, local, text_of

XML = "text/xml; charset=utf-8"
# How many records one synchronous request may have (Oracle help, section_N3418637).
MOST = {"addList": 200, "updateList": 100, "upsertList": 100, "getList": 1000}
SMALLEST_PAGE, LARGEST_PAGE = 5, 1000
KEPT_SEARCHES = 100
STRICT = {"X-NetSuite-PropertyNameValidation": "error"}
PACIFIC = "America/Los_Angeles"
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class SoapEndpoint:
    """Answers operations. `zone` is the time zone of the user whose token it is, `limits` what governance says, by REST's names."""

    def __init__(self, netsuite: NetSuite, limits: Callable[[], Mapping[str, Any]], zone: str = PACIFIC) -> None:
        self._netsuite = netsuite
        self._limits = limits
        self._zone = ZoneInfo(zone)
        self._search = Search(netsuite)
        self._searches: dict[str, tuple[int, list[Found]]] = {}
        self._search_ids = itertools.count(1)
        self._operations: Mapping[str, Callable[[Element, Element | None], Element]] = {
            **dict.fromkeys(("add", "update", "upsert"), self._write),
            **dict.fromkeys(("addList", "updateList", "upsertList"), self._write_list),
            **dict.fromkeys(("get", "initialize"), self._show),
            **dict.fromkeys(("getList", "initializeList"), self._show_list),
            "getAll": self._get_all,
            "search": self._start_search,
            "searchMoreWithId": self._more,
            "getServerTime": self._server_time,
            "getAccountGovernanceInfo": self._governance,
            "getIntegrationGovernanceInfo": self._governance,
        }

    def handle(self, message: Element) -> Reply:
        """Answer one envelope: 200, or 500 with a fault."""
        operation = next(children(child(message, "Body")), None)
        if operation is None or etree.QName(operation).namespace != MESSAGES:
            return faulty("", "", "The body holds no operation of this version.")
        act = self._operations.get(local(operation))
        if act is None:
            return faulty("", "", unanswered(local(operation)))
        try:
            return Reply(200, {"Content-Type": XML}, envelope(act(operation, child(message, "Header"))))
        except Malformed as malformed:
            return faulty("", "", str(malformed))
        except TooMany as too_many:
            return faulty("exceededRecordCountFault", "MAX_RCRDS_EXCEEDED", str(too_many))

    def _write(self, operation: Element, _: Element | None) -> Element:
        name = local(operation)
        return response(name, "writeResponse", *self._written(name, child(operation, "record")))

    def _write_list(self, operation: Element, _: Element | None) -> Element:
        """Each record succeeds or fails alone, in the order of the request."""
        name = local(operation)
        given = _counted(name, list(children(operation, "record")))
        answers = [_inside("writeResponse", self._written(name.removesuffix("List"), one)) for one in given]
        return response(name, "writeResponseList", success(), *answers)

    def _written(self, operation: str, element: Element | None) -> list[Element]:
        """A status and a baseRef."""
        if element is None:
            raise Malformed("org.xml.sax.SAXException: a record is missing")
        try:
            given = record_of(element, self._zone)
        except Refused as refused:
            return [_refusal(refused)]
        record_type = given.type.shape.type
        try:
            internal_id = self._saved(operation, record_type, given)
        except Refused as refused:
            return [_refusal(refused), base_ref(record_type, given.internal_id, given.external_id)]
        return [success(), base_ref(record_type, internal_id, given.external_id)]

    def _saved(self, operation: str, record_type: str, given: Given) -> str:
        """What SOAP asks, as the REST call that asks the same; the internal id of the record."""
        body, path = dict(given.body), f"{RECORDS}/{record_type}"
        query = {"replace": ",".join(sorted(given.replaces))} if given.replaces else {}
        if operation == "add":
            method, query = "POST", {}
            body |= {"externalId": given.external_id} if given.external_id else {}
        elif operation == "upsert":
            if given.internal_id:
                raise Refused("You cannot set internalId with upsert.")
            if not given.external_id:
                raise Refused("You must set externalId with upsert.")
            method, path = "PUT", f"{path}/eid:{given.external_id}"
        else:
            method, path = "PATCH", f"{path}/{given.internal_id or f'eid:{given.external_id}'}"
            body |= {"externalId": given.external_id} if given.internal_id and given.external_id else {}
        reply = self._netsuite.attempt(method, path, query, STRICT, _encoder.encode(body))
        if "Location" in reply.headers:
            return reply.headers["Location"].rpartition("/")[2]
        return given.internal_id or str(self._shown(path, {"fields": "id"})["id"])

    def _show(self, operation: Element, _: Element | None) -> Element:
        name = local(operation)
        return response(name, "readResponse", *self._read(name, next(children(operation), None)))

    def _show_list(self, operation: Element, _: Element | None) -> Element:
        name = local(operation)
        asked = _counted(name, list(children(operation)))
        answers = [_inside("readResponse", self._read(name.removesuffix("List"), one)) for one in asked]
        return response(name, "readResponseList", success(), *answers)

    def _read(self, operation: str, asked: Element | None) -> list[Element]:
        """A status and, when there is one, the record: one that is held, or a new one."""
        if asked is None:
            raise Malformed(f"org.xml.sax.SAXException: the {operation} names no record")
        try:
            kind, body = self._held(asked) if operation == "get" else initialized(self._netsuite, asked)
        except Refused as refused:
            return [_refusal(refused)]
        return [success(), record(kind, body, self._zone, self._netsuite.chart.custom_fields)]

    def _held(self, ref: Element) -> Found:
        record_type = ref.get("type", "")
        kind = TYPES.get(record_type[:1].upper() + record_type[1:])
        key = ref.get("internalId") or f"eid:{ref.get('externalId', '')}"
        if kind is None:
            raise not_emulated(f"records of type {record_type}")
        return kind, self._shown(f"{RECORDS}/{record_type}/{key}", {"expandSubResources": "true"})

    def _shown(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        shown: Mapping[str, Any] = _decoder.decode(self._netsuite.attempt("GET", path, query, {}, b"").body)
        return shown

    def _get_all(self, operation: Element, _: Element | None) -> Element:
        asked = child(operation, "record")
        try:
            found = self._search.every("" if asked is None else asked.get("recordType", ""))
        except Refused as refused:
            return response("getAll", "getAllResult", _refusal(refused), where=CORE)
        return response("getAll", "getAllResult", success(), simple(CORE, "totalRecords", len(found)), self._listed(found), where=CORE)

    def _start_search(self, operation: Element, header: Element | None) -> Element:
        size = int(text_of(header, "searchPreferences", "pageSize") or LARGEST_PAGE)
        try:
            found = self._found(size, child(operation, "searchRecord"))
        except Refused as refused:
            return response("search", "searchResult", _refusal(refused), where=CORE)
        search_id = f"WEBSERVICES_SANDBOX_{next(self._search_ids)}"
        self._searches[search_id] = size, found
        for old in list(self._searches)[:-KEPT_SEARCHES]:
            del self._searches[old]
        return self._page("search", search_id, 1)

    def _found(self, size: int, criteria: Element | None) -> list[Found]:
        if not SMALLEST_PAGE <= size <= LARGEST_PAGE:
            raise Refused(f"The page size must be between {SMALLEST_PAGE} and {LARGEST_PAGE}.", "INVALID_SEARCH_PAGE_SIZE")
        if criteria is None:
            raise Refused("The search has no criteria.", "INVALID_SEARCH")
        return self._search.found(criteria)

    def _more(self, operation: Element, _: Element | None) -> Element:
        search_id, index = text_of(operation, "searchId"), int(text_of(operation, "pageIndex") or 0)
        size, found = self._searches.get(search_id, (1, []))
        if not 1 <= index <= -(-len(found) // size):
            refused = Refused("There is no such page of this search.", "INVALID_SEARCH_PAGE_INDEX")
            return response("searchMoreWithId", "searchResult", _refusal(refused), where=CORE)
        return self._page("searchMoreWithId", search_id, index)

    def _page(self, operation: str, search_id: str, index: int) -> Element:
        size, found = self._searches[search_id]
        numbers = {
            "totalRecords": len(found),
            "pageSize": size,
            "totalPages": -(-len(found) // size),
            "pageIndex": index,
            "searchId": search_id,
        }
        told = [simple(CORE, name, value) for name, value in numbers.items()]
        return response(operation, "searchResult", success(), *told, self._listed(found[(index - 1) * size : index * size]), where=CORE)

    def _listed(self, found: Sequence[Found]) -> Element:
        if any(kind is ROW for kind, _ in found):
            return rows(found, self._zone)
        return records([record(kind, body, self._zone, self._netsuite.chart.custom_fields, CORE) for kind, body in found])

    def _server_time(self, _: Element, __: Element | None) -> Element:
        now = datetime.now(UTC).astimezone(ZoneInfo(PACIFIC)).isoformat(timespec="milliseconds")
        return response("getServerTime", "getServerTimeResult", success(), simple(CORE, "serverTime", now), where=CORE)

    def _governance(self, operation: Element, _: Element | None) -> Element:
        """What REST says of the limits in one answer, SOAP says in two."""
        limits, name = self._limits(), local(operation)
        own = limits.get("integrationConcurrencyLimit")
        told = {
            "accountConcurrencyLimit": limits["accountConcurrencyLimit"],
            "unallocatedConcurrencyLimit": limits["accountUnallocatedConcurrencyLimit"],
        }
        if name == "getIntegrationGovernanceInfo":
            told = {"limitType": "_account"} if own is None else {"integrationConcurrencyLimit": own, "limitType": "_integrationSpecific"}
        return response(name, f"{name}Result", success(), *[simple(CORE, word, value) for word, value in told.items()], where=CORE)


class TooMany(Exception):
    """More records than one request may have: nothing of it is carried out."""


def _counted(operation: str, given: list[Element]) -> list[Element]:
    most = MOST.get(operation, len(given))
    if len(given) > most:
        raise TooMany(f"The maximum number of records ({most}) of a {operation} is exceeded: {len(given)}.")
    return given


def _inside(name: str, content: Sequence[Element]) -> Element:
    made = etree.Element(f"{{{MESSAGES}}}{name}")
    made.extend(content)
    return made


def _refusal(refused: Refused) -> Element:
    code, text = status_detail(refused.detail, refused.code)
    return failure(code, text, after_submit=isinstance(refused, AfterSubmitFailed))


def faulty(kind: str, code: str, text: str) -> Reply:
    """A fault, as SOAP 1.1 sends it."""
    return Reply(500, {"Content-Type": XML}, fault(kind, code, text))
