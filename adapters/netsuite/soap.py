"""NetSuiteBooks over SOAP: the bodies of the REST adapter in SOAP's types, every status judged by the one table of faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from adapters.netsuite.codec import Json, Known, compared, creation, one_line, replacement
from adapters.netsuite.comparison import differences
from adapters.netsuite.currencies import Currencies
from adapters.netsuite.faults import failed, is_missing, unreadable
from adapters.netsuite.holding import held_record
from adapters.netsuite.journals import Use, journals, line_of
from adapters.netsuite.matching import ITEM_TYPES, TABLES
from adapters.netsuite.soap_adding import Adding, numbered
from adapters.netsuite.soap_client import SEARCHED, SoapClient
from adapters.netsuite.soap_decoding import body_of, day_of
from adapters.netsuite.soap_encoding import LEFT_OUT, Encoding, days
from adapters.netsuite.soap_faults import fault_of_status, was_saved
from adapters.netsuite.xml import Element, child, text_of
from core.held import HeldRecord
from core.outcome import CannotSync
from core.ports import Difference, Hit, Ids, Made, may_match, one_batch
from core.records import External, Internal, Numbered, Record, RecordType, Ref, key


class SoapBooks:
    """The port, over any transport. Thread-safe when the transport is."""

    def __init__(self, client: SoapClient) -> None:
        self._client = client
        self._currencies = Currencies(lambda _: currency_rows(client))
        self._adding = Adding(client, self.find)

    def find(self, ref: External) -> str | None:
        """See NetSuiteBooks."""
        found = self._get(ref)
        return None if found is None else numbered(found, str(ref))

    def create(self, record: Record, ids: Ids) -> str | None:
        """See NetSuiteBooks."""
        return self._adding.one(key(record), self._new(record, ids))

    def create_many(self, records: Sequence[Record], ids: Ids) -> Sequence[Made]:
        """See NetSuiteBooks."""
        refused: dict[External, Made] = {}
        ready: dict[External, Any] = {}
        for record in one_batch(records):
            try:
                ready[key(record)] = self._new(record, ids)
            except CannotSync as stopped:
                refused[key(record)] = stopped.failed
        made = {**refused, **self._adding.many(ready)}
        return [made[key(record)] for record in records]

    def bring_into_line(self, record: Record, ids: Ids) -> None:
        """See NetSuiteBooks."""
        ref = key(record)
        body, _ = replacement(record, self._known(record, ids))
        answer = self._client.call("upsert", str(ref), record=self._encoding(record).encode(body, externalId=ref.external_id))
        if was_saved(answer):
            self._adding.after_saving(ref, answer)
        else:
            _succeeded(answer, ref)

    def read(self, ref: External | Numbered) -> HeldRecord | None:
        """See NetSuiteBooks."""
        found = self._read(ref)
        return None if found is None else held_record(found, self._currencies.symbol_of)

    def holds(self, record_type: str, internal_id: str) -> bool:
        """See NetSuiteBooks. Items are searched, for a search knows them by id alone."""
        if record_type not in ITEM_TYPES:
            return self._get(Numbered(RecordType(record_type), internal_id)) is not None
        return any(True for _ in self._client.search("ItemSearchBasic", internalId=self._client.references(internal_id)))

    def match(self, record: RecordType, field: str, value: str) -> Sequence[Hit]:
        """See NetSuiteBooks. What a search finds is looked at again: how it compares is NetSuite's own affair."""
        if record not in TABLES or not may_match(record, field):
            raise ValueError(f"{record} is not to be found by {field}")
        wanted = one_line(value).lower()
        found = (body_of(one, self._client.wsdl) for one in self._matching(record, field, one_line(value)))
        hits = [body for body in found if str(_lower(body).get(field.lower(), "")).strip().lower() == wanted]
        name = TABLES[record][1]
        return tuple(
            Hit(str(body["id"]), str(body.get("externalId", "")), str(_lower(body).get(name, "")))
            for body in sorted(hits, key=lambda body: int(body["id"]))
        )

    def give_external_id(self, record: RecordType, internal_id: str, external_id: str) -> None:
        """See NetSuiteBooks."""
        ref = Numbered(record, internal_id)
        self._update(ref, Encoding(self._client.wsdl, record).encode({}, internalId=internal_id, externalId=external_id))

    def amend(self, record: Record, internal_id: str) -> None:
        """See NetSuiteBooks."""
        body, _ = replacement(record, self._known(record, {}))
        self._update(Numbered(record.type, internal_id), self._encoding(record).encode(body, internalId=internal_id))

    def compare(self, record: Record, ids: Ids) -> Sequence[Difference] | None:
        """See NetSuiteBooks."""
        held = self._read(key(record))
        if held is None:
            return None
        wanted = compared(record, self._known(record, ids))
        owned = {name: value for name, value in wanted.items() if name not in LEFT_OUT.get(record.type, ())}
        return tuple(differences(record.type, owned, held))

    def allow_currency(self, customer: Ref, currency: str) -> None:
        """See NetSuiteBooks. The other currencies stay, for replaceAll is said to be false."""
        ref = Numbered(RecordType.CUSTOMER, customer.id) if isinstance(customer, Internal) else customer
        internal_id = self.find(ref) if isinstance(ref, External) else ref.id
        if internal_id is None:
            raise CannotSync(unreadable(str(customer), 404))
        body = {"currencyList": {"items": [{"currency": {"id": self._currencies.id_of(currency)}}]}}
        encoding = Encoding(self._client.wsdl, RecordType.CUSTOMER, replace=False)
        self._update(ref, encoding.encode(body, internalId=internal_id))

    def first_open_day(self, on_or_after: date) -> date | None:
        """See NetSuiteBooks."""
        no = {"searchValue": False}
        found = self._client.search("AccountingPeriodSearchBasic", isQuarter=no, isYear=no, closed=no, allLocked=no)
        for start, end in sorted((_day(period, "startDate"), _day(period, "endDate")) for period in found):
            if end >= on_or_after:
                return max(on_or_after, start)
        return None

    def _matching(self, record: RecordType, field: str, value: str) -> Iterator[Element]:
        wsdl = self._client.wsdl
        kind, searched = SEARCHED[record]
        spelled = {name.lower(): name for name, _ in wsdl.type(kind).elements}.get(field.lower())
        criteria = {"type": self._client.among(searched)} if searched and record is RecordType.INVOICE else {}
        if spelled:
            criteria[spelled] = wsdl.type("SearchStringField")(operator="is", searchValue=value)
        else:
            custom = wsdl.type("SearchStringCustomField")(scriptId=field, operator="is", searchValue=value)
            criteria["customFieldList"] = {"customField": [custom]}
        return self._client.search(kind, **criteria)

    def _encoding(self, record: Record) -> Encoding:
        return Encoding(self._client.wsdl, record.type, days(record))

    def _update(self, ref: External | Numbered, record: object) -> None:
        _succeeded(self._client.call("update", str(ref), record=record), ref)

    def _new(self, record: Record, ids: Ids) -> Any:
        return self._encoding(record).encode(creation(record, self._known(record, ids)), externalId=record.external_id)

    def _get(self, ref: External | Numbered) -> Element | None:
        answer = self._client.call("get", str(ref), baseRef=self._client.reference(ref))
        fault = fault_of_status(answer)
        if fault is not None:
            if is_missing(fault):
                return None
            raise CannotSync(failed(fault, str(ref)))
        found = child(answer, "record")
        if found is None:
            raise CannotSync(unreadable(str(ref)))
        return found

    def _read(self, ref: External | Numbered) -> Json | None:
        found = self._get(ref)
        if found is None:
            return None
        try:
            body = body_of(found, self._client.wsdl)
        except (ValueError, KeyError):
            raise CannotSync(unreadable(str(ref))) from None
        if "currency" not in body and "currencyName" in body:
            body["currency"] = {"id": self._currencies.id_of(str(body["currencyName"]))}
        return body

    def _known(self, record: Record, ids: Ids) -> Known:
        lines = {journal: self._line(journal, record, use) for journal, use in journals(record) if journal in ids}
        return Known(ids, self._currencies.id_of, lines)

    def _line(self, journal: External, record: Record, use: Use) -> int:
        return line_of(self._read(journal) or {}, journal, record, use)


def currency_rows(client: SoapClient) -> list[Mapping[str, str]]:
    """The account's currencies as SuiteQL would give them; by their names too, for a Deposit tells nothing else, and by their symbols last."""
    found = list(client.every("currency"))
    return [{"id": one.get("internalId", ""), "symbol": text_of(one, word)} for word in ("name", "symbol") for one in found]


def _succeeded(answer: Element, ref: Ref | Numbered) -> None:
    fault = fault_of_status(answer)
    if fault is not None:
        raise CannotSync(failed(fault, str(ref)))


def _day(element: Element, name: str) -> date:
    return date.fromisoformat(day_of(text_of(element, name)))


def _lower(body: Json) -> Json:
    return {name.lower(): value for name, value in body.items()}
