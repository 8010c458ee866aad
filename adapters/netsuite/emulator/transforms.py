"""What REST's transform and SOAP's initialize fill in: a payment of an invoice, a credit memo of its lines, a refund of what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.errors import not_emulated, user_error
from adapters.netsuite.emulator.fields import Shape
from adapters.netsuite.emulator.ledger import Ledger
from adapters.netsuite.emulator.store import StoredRecord

Fields = dict[str, Any]
NOTHING_LEFT = "You have entered an invalid default value for this record initialize operation."
LINE = ("item", "quantity", "rate", "amount", "description", "price", "class", "department", "location", "line")


def transformed(pairs: Pairs, ledger: Ledger, source: StoredRecord, target: Shape, given: Mapping[str, Any]) -> Fields:
    """The fields of the new record before the body is laid over them; Refused when the pair is none of `pairs`."""
    make = pairs.get((source.type, target.type))
    if make is None:
        raise not_emulated(f"the transform of {source.type} into {target.type}")
    found = ledger.find(source.id)
    return make(source, ledger.remaining(found) if found else Decimal(0), given)


def _sale(source: StoredRecord, _left: Decimal, _given: Mapping[str, Any]) -> Fields:
    return {"entity": {"id": source.id}, **_same(source)}


def _payment(source: StoredRecord, _left: Decimal, _given: Mapping[str, Any]) -> Fields:
    return {"customer": {"id": source.id}, **_same(source)}


def _credit(source: StoredRecord, _left: Decimal, _given: Mapping[str, Any]) -> Fields:
    """The lines of an invoice or a cash sale; what a credit memo is applied to, the body says."""
    lines = [{name: line[name] for name in LINE if name in line} for line in source.fields["item"]]
    return {**_same(source, "entity", "account"), "createdFrom": {"id": source.id}, "item": lines}


def _settlement(source: StoredRecord, left: Decimal, given: Mapping[str, Any]) -> Fields:
    """All that is due; of a lesser payment in the body, that much. Refused when nothing is due."""
    _something(left)
    paid = given.get("payment", left)
    line = {"doc": {"id": source.id}, "apply": True, "amount": min(paid, left)}
    fields = {"customer": source.fields["entity"], "arAcct": source.fields["account"], "payment": left, "apply": [line]}
    return {**_same(source), **fields}


def _refund(source: StoredRecord, left: Decimal, _given: Mapping[str, Any]) -> Fields:
    line = {"doc": {"id": source.id}, "apply": True, "amount": left}
    return {**_same(source, "customer", "arAcct"), "account": source.fields["account"], "apply": [line]}


def _refund_of_credit(source: StoredRecord, left: Decimal, _given: Mapping[str, Any]) -> Fields:
    """All of a credit memo that is not applied. Refused when nothing is left."""
    _something(left)
    line = {"doc": {"id": source.id}, "apply": True, "amount": left}
    return {**_same(source), "customer": source.fields["entity"], "arAcct": source.fields["account"], "apply": [line]}


def _application(source: StoredRecord, left: Decimal, _given: Mapping[str, Any]) -> Fields:
    """Of a customer deposit; what it is applied to, the body says. Refused when nothing is left."""
    _something(left)
    return {**_same(source, "customer"), "deposit": {"id": source.id}}


def _something(left: Decimal) -> None:
    if not left:
        raise user_error(NOTHING_LEFT)


def _same(source: StoredRecord, *names: str) -> Fields:
    return {name: source.fields[name] for name in (*names, "currency", "subsidiary") if name in source.fields}


Pairs = Mapping[tuple[str, str], Callable[[StoredRecord, Decimal, Mapping[str, Any]], Fields]]
_BOTH: Pairs = {
    ("customer", "invoice"): _sale,
    ("customer", "customerPayment"): _payment,
    ("invoice", "creditMemo"): _credit,
    ("invoice", "customerPayment"): _settlement,
    ("customerDeposit", "depositApplication"): _application,
    ("cashSale", "cashRefund"): _credit,
}
# What REST transforms (REST API Browser 2021.1), and what SOAP initializes (Oracle help, section_N3508536): source, then target.
TRANSFORMS: Pairs = {**_BOTH, ("customerPayment", "customerRefund"): _refund}
INITIALIZED: Pairs = {
    **_BOTH,
    ("customer", "creditMemo"): _sale,
    ("customer", "customerRefund"): _payment,
    ("creditMemo", "customerRefund"): _refund_of_credit,
}
