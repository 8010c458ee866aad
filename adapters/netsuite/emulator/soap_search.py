"""The searches that the sandbox answers over SOAP: a text that is so, a type, internal ids, the open periods; any other is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from adapters.netsuite.emulator.errors import Refused, not_emulated
from adapters.netsuite.emulator.fields import SHAPES, TRANSACTION
from adapters.netsuite.emulator.ledger import Posting
from adapters.netsuite.emulator.rest import NetSuite
from adapters.netsuite.emulator.soap_reading import type_name
from adapters.netsuite.emulator.soap_shapes import ROW, TYPES, SoapType
from adapters.netsuite.emulator.store import StoredRecord
from adapters.netsuite.emulator.views import RECORDS
from adapters.netsuite.soap_words import ACCOUNT_TYPE
from adapters.netsuite.xml import Element, child, children, local, text_of

Json = Mapping[str, Any]
Found = tuple[SoapType, Json]
_decoder = msgspec.json.Decoder(float_hook=Decimal)
TEXTS = frozenset(
    {"email", "entityId", "companyName", "altName", "phone", "accountNumber", "url", "itemId", "displayName", "upcCode", "tranId"}
)
# The WSDL's TransactionType and ItemType.
KINDS: Mapping[str, Mapping[str, str]] = {
    "CustomerSearchBasic": {"": "customer"},
    "ItemSearchBasic": {"_service": "serviceSaleItem", "_discount": "discountItem"},
    "TransactionSearchBasic": {
        "_journal" if name == "journalEntry" else f"_{name}": name for name, shape in SHAPES.items() if shape.group == TRANSACTION
    },
}


@dataclass(frozen=True, slots=True)
class Search:
    """Searches one account."""

    netsuite: NetSuite

    def found(self, criteria: Element) -> list[Found]:
        """All records found, oldest first; Refused for what is not emulated."""
        kind = type_name(criteria)
        asked = {local(one): one for one in children(criteria)}
        if kind == "TransactionSearchAdvanced":
            return [(ROW, row) for row in self._rows(criteria)]
        if kind in KINDS:
            return [self._shown(record) for record in self._records(kind, asked)]
        set_up: Mapping[str, Callable[[], Iterator[Json]]] = {
            "AccountSearchBasic": self._accounts,
            "SubsidiarySearchBasic": self._subsidiaries,
            "AccountingPeriodSearchBasic": self._periods,
        }
        if kind not in set_up:
            raise not_emulated(f"searches of the type {kind}")
        if kind != "AccountingPeriodSearchBasic" and asked:
            raise not_emulated(f"the criterion {next(iter(asked))} of {kind}")
        if kind == "AccountingPeriodSearchBasic" and {name: text_of(one, "searchValue") for name, one in asked.items()} != _OPEN:
            raise not_emulated("searches of periods other than for the open months")
        return [(TYPES[kind.removesuffix("SearchBasic")], body) for body in set_up[kind]()]

    def _rows(self, search: Element) -> Iterator[Json]:
        """The lines of one account, with the columns asked for."""
        asked = {local(one): one for one in children(child(search, "criteria", "basic"))}
        account = [value.get("internalId", "") for value in children(asked.get("account"), "searchValue")]
        columns = {local(one) for one in children(child(search, "columns", "basic"))}
        posting = text_of(asked.get("posting"), "searchValue") in {"true", "1"}
        if asked.keys() != {"account", "posting"} or len(account) != 1 or not posting or columns - ROW.elements.keys():
            raise not_emulated("searches for lines other than the posting ones of one account")
        for transaction in self.netsuite.transactions():
            for posting_line in transaction.postings:
                if posting_line.account == account[0]:
                    shown = _line(posting_line)
                    yield {name: shown[name] for name in columns & shown.keys()}

    def every(self, record_type: str) -> list[Found]:
        """What getAll gives."""
        if record_type != "currency":
            raise not_emulated(f"getAll of {record_type}")
        return [(TYPES["Currency"], body) for body in self._currencies()]

    def _records(self, kind: str, asked: Mapping[str, Element]) -> Iterator[StoredRecord]:
        wanted = [value.text or "" for value in children(asked.get("type"), "searchValue")]
        unknown = [word for word in wanted if word not in KINDS[kind]]
        if unknown:
            raise not_emulated(f"searches for {', '.join(unknown)}")
        for word, record_type in KINDS[kind].items():
            if not wanted or word in wanted:
                self.netsuite.attempt("GET", f"{RECORDS}/{record_type}", {"limit": "1"}, {}, b"")  # whether the role may see such
                yield from (record for record in self.netsuite.records(record_type) if _fits(record, asked))

    def _shown(self, record: StoredRecord) -> Found:
        reply = self.netsuite.attempt("GET", f"{RECORDS}/{record.type}/{record.id}", {}, {}, b"")
        return TYPES[record.type[0].upper() + record.type[1:]], _decoder.decode(reply.body)

    def _currencies(self) -> Iterator[Json]:
        chart = self.netsuite.chart
        for one in chart.currencies.values():
            yield {
                "id": one.id,
                "name": one.symbol,
                "symbol": one.symbol,
                "isBaseCurrency": one.id == chart.base_currency,
                "exchangeRate": one.rate,
            }

    def _accounts(self) -> Iterator[Json]:
        for one in self.netsuite.chart.accounts.values():
            yield {"id": one.id, "acctType": ACCOUNT_TYPE[one.type], "acctNumber": one.number, "acctName": one.name}

    def _subsidiaries(self) -> Iterator[Json]:
        chart = self.netsuite.chart
        if not chart.is_one_world:
            raise Refused("The feature 'Subsidiaries' required to access this page is not enabled in this account.", "FEATURE_DISABLED")
        for one in chart.subsidiaries.values():
            parent = {"parent": {"id": one.parent}} if one.parent else {}
            yield {"id": one.id, "name": one.name, **parent, "currency": {"id": one.base_currency}}

    def _periods(self) -> Iterator[Json]:
        for number, (start, end) in enumerate(self.netsuite.open_months(), 1):
            shown = {name: value == "true" for name, value in _OPEN.items()}
            yield {"id": str(number), "periodName": f"{start:%b %Y}", "startDate": start.isoformat(), "endDate": end.isoformat(), **shown}


def _line(posting: Posting) -> Json:
    """A side in the base currency, the amount in the transaction's own."""
    side = "debitAmount" if posting.base > 0 or (not posting.base and posting.amount > 0) else "creditAmount"
    return {"currency": {"id": posting.currency}, "fxAmount": posting.amount, side: abs(posting.base)}


_OPEN = dict.fromkeys(("isQuarter", "isYear", "closed", "allLocked"), "false")


def _fits(record: StoredRecord, asked: Mapping[str, Element]) -> bool:
    return all(name == "type" or _meets(record, name, one) for name, one in asked.items())


def _meets(record: StoredRecord, name: str, one: Element) -> bool:
    if name == "internalId" and one.get("operator") == "anyOf":
        return record.id in {value.get("internalId") for value in children(one, "searchValue")}
    if name == "customFieldList":
        return all(_meets(record, field.get("scriptId", ""), field) for field in children(one, "customField"))
    if one.get("operator") != "is" or (name not in TEXTS and not name.startswith("cust")):
        raise not_emulated(f"the criterion {name}, {one.get('operator')}")
    held = record.fields.get(name)
    value = child(one, "searchValue")
    return held is not None and value is not None and str(held).strip().lower() == (value.text or "").strip().lower()
