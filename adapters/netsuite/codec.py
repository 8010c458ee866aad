"""Record -> the JSON that NetSuite's REST record service takes, exact to the last digit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from adapters.netsuite.fields import AUTO_APPLY, CUSTOM_PRICE, GIVEN_ONCE, MANY_SUBSIDIARIES, SUBLISTS
from core.money import CurrencyMismatch, Money
from core.ports import Ids
from core.records import (
    Address,
    Apply,
    ByExternalId,
    Deposit,
    DepositLine,
    DepositPayment,
    External,
    Internal,
    ItemLine,
    JournalLine,
    Record,
    TaxDetail,
)
from core.references import documents

Json = dict[str, Any]
Line = Address | Apply | DepositLine | DepositPayment | ItemLine | JournalLine | TaxDetail

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_LINE_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")


def dumps(value: object) -> bytes:
    """JSON in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(value)


def loads(text: bytes) -> Any:
    """JSON with every number that has a point or exponent as a Decimal; msgspec.DecodeError or UnicodeDecodeError when it is none."""
    return _decoder.decode(text)


def camel(name: str) -> str:
    """`tran_date` -> `tranDate`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True)
class Known:
    """NetSuite's own names for what a body refers to.

    `lines` is which line of a journal entry is applied to or deposited."""

    ids: Ids
    currency_id: Callable[[str], str]
    lines: Mapping[External, int] = field(default_factory=dict)


def creation(record: Record, known: Known) -> Json:
    """The body of a POST."""
    _need_documents(record, known.ids)
    body = _Encoding(record, known).body()
    empty = [name for name in SUBLISTS[record.type] if not body[name]["items"]]
    return {"externalId": record.external_id, **{name: value for name, value in body.items() if name not in empty}}


def replacement(record: Record, known: Known) -> tuple[Json, Sequence[str]]:
    """The body of a PUT by externalId, and which sublists it replaces: also those that are to become empty."""
    _need_documents(record, known.ids)
    body = desired(record, known)
    return body, [name for name in SUBLISTS[record.type] if name in body]


def desired(record: Record, known: Known) -> Json:
    """Every field we own as NetSuite would hold it; a reference of unknown internal id stands by its externalId."""
    body = _Encoding(record, known).body()
    sublists = SUBLISTS[record.type]
    once, shown_in = GIVEN_ONCE.get(record.type, ("", ""))
    left_alone = {once, shown_in} if once and body[once]["items"] else {once}
    owned = {name: value for name, value in body.items() if name not in left_alone}
    return {name: value for name, value in owned.items() if name not in sublists or value["items"] or sublists[name].owned_when_empty}


def compared(record: Record, known: Known) -> Json:
    """The same to compare with; what a Deposit comes to as well, for NetSuite reckons with its members as it holds them."""
    total = {"total": record.total.decimal} if isinstance(record, Deposit) else {}
    return {**desired(record, known), **total}


def _need_documents(record: Record, ids: Ids) -> None:
    missing = [str(ref) for ref in documents(record) if ref not in ids]
    if missing:
        raise KeyError(f"{record.type} {record.external_id} needs the internal id of {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class _Encoding:
    record: Record
    known: Known

    def body(self) -> Json:
        """Without the externalId; every sublist is there, be it empty. None and "" are not ours and left out."""
        body: Json = {}
        for name in (one.name for one in fields(self.record) if one.name != "external_id"):
            body |= self._field(name, getattr(self.record, name))
        if self.record.type in AUTO_APPLY:
            body["autoApply"] = False
        return body

    def _field(self, name: str, value: Any) -> Json:
        match name, value:
            case "fields", tuple():
                return self._configured(value)
            case "currency", str():
                return {"currency": {"id": self.known.currency_id(value)}}
            case "currency_list", tuple():
                listed = [{"currency": {"id": self.known.currency_id(code)}} for code in value]
                return {"currencyList": {"items": listed}} if listed else {}
            case _, tuple():
                return {camel(name): {"items": [self._line(line) for line in value]}}
            case "subsidiary", Internal(internal_id) if self.record.type in MANY_SUBSIDIARIES:
                return {"subsidiary": {"items": [{"id": internal_id}]}}
            case _:
                return {camel(name): self._value(value)} if _is_ours(value) else {}

    def _configured(self, given: Sequence[tuple[str, Any]]) -> Json:
        """Custom fields and defaults, under the names that the settings give them."""
        return {name: self._value(value) for name, value in given if _is_ours(value)}

    def _line(self, line: Line) -> Json:
        match line:
            case Address():
                return _address(line)
            case Apply():
                return {
                    "doc": self._value(line.doc),
                    **self._journal_line("line", line.doc),
                    "apply": True,
                    "amount": self._value(line.amount),
                }
            case DepositPayment():
                worth = {"paymentAmount": self._value(line.amount)} if line.converted else {}
                return {"id": self._line_id(line.doc), **self._journal_line("lineId", line.doc), "deposit": True, **worth}
            case ItemLine():
                price = {} if line.rate is None else {"price": {"id": CUSTOM_PRICE}}
                return {**self._plain(line), **price}
            case TaxDetail():
                return {**self._plain(line), "taxDetailsReference": {"id": line.tax_details_reference}}
            case DepositLine() | JournalLine():
                return self._plain(line)

    def _plain(self, line: ItemLine | DepositLine | JournalLine | TaxDetail) -> Json:
        body: Json = {}
        for name in (one.name for one in fields(line)):
            body |= self._field(name, getattr(line, name))
        return body

    def _journal_line(self, name: str, doc: External | Internal) -> Json:
        return {name: self.known.lines[doc]} if isinstance(doc, External) and doc in self.known.lines else {}

    def _line_id(self, document: External) -> int | str:
        """A deposit's payment line is named by the number of the transaction it deposits."""
        return int(self.known.ids[document]) if document in self.known.ids else document.external_id

    def _value(self, value: object) -> Any:
        match value:
            case Money():
                return self._amount(value)
            case External():
                return {"id": self.known.ids[value]} if value in self.known.ids else {"externalId": value.external_id}
            case Internal():
                return {"id": value.id}
            case ByExternalId():
                return {"externalId": value.external_id}
            case date():
                return value.isoformat()
            case bool() | Decimal() | int():
                return value
            case str():
                return one_line(value)
            case _:
                raise TypeError(f"no NetSuite field holds {value!r}")

    def _amount(self, money: Money) -> Decimal:
        currency = getattr(self.record, "currency", money.currency)
        if money.currency != currency:
            raise CurrencyMismatch(f"{self.record.type} {self.record.external_id} is in {currency}, but holds {money}")
        return money.decimal


def _is_ours(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not one_line(value))


def one_line(text: str) -> str:
    """The text without line breaks: REST wants them escaped in a way of its own (Oracle help, subsect_1544786455), and no field needs them."""
    return _LINE_BREAKS.sub(" ", text).strip()


def _address(address: Address) -> Json:
    parts: Mapping[str, str] = {name: one_line(getattr(address, name)) for name in ("addr1", "addr2", "city", "state", "zip")}
    where: Json = {name: part for name, part in parts.items() if part}
    if address.country:
        where["country"] = {"id": address.country}
    label = {"label": one_line(address.label)} if one_line(address.label) else {}
    return {
        **label,
        "defaultBilling": address.default_billing,
        "defaultShipping": address.default_shipping,
        "addressBookAddress": where,
    }
