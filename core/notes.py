"""What an operator says of a Stripe object after the fact: that it is a certain NetSuite record, or that it is excluded.

A note is read as if it stood in the object's metadata, where a merchant would have put it, and wins over what stands there: so one
machinery links and blocks, whoever says so. Notes are kept in the writer's store; nothing is written to Stripe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from core.metadata import (
    BLOCK,
    CASH_SALE_ID,
    CREDIT_MEMO_ID,
    CUSTOMER_DEPOSIT_ID,
    CUSTOMER_ID,
    CUSTOMER_PAYMENT_ID,
    CUSTOMER_REFUND_ID,
    DEPOSIT_ID,
    EXCLUDED,
    INVOICE_ID,
    ITEM_IDS,
    UNDONE,
)
from core.outcome import CannotSync, Failed, Kind
from core.ports import Clock, NetSuiteBooks, StripeReader
from core.snapshot import BalanceTransaction, Payout, Snapshot
from core.sources import StripeObject, id_of, objects_of

S = TypeVar("S", bound=Snapshot)

# By how an id begins: the NetSuite record types that its object may be, each with the metadata key that says so.
_SALE = {"customerPayment": CUSTOMER_PAYMENT_ID, "cashSale": CASH_SALE_ID, "customerDeposit": CUSTOMER_DEPOSIT_ID}
_REVERSAL = {"customerRefund": CUSTOMER_REFUND_ID, "creditMemo": CREDIT_MEMO_ID}
_ITEM = {record: key for key, record in ITEM_IDS.items()}
MAY_BE: Mapping[str, Mapping[str, str]] = {
    "cus": {"customer": CUSTOMER_ID},
    "price": _ITEM,
    "plan": _ITEM,
    "in": {"invoice": INVOICE_ID},
    "ch": _SALE,
    "py": _SALE,
    "re": _REVERSAL,
    "pyr": _REVERSAL,
    "dp": _REVERSAL,
    "du": _REVERSAL,
    "po": {"deposit": DEPOSIT_ID},
}
MAY_BE_EXCLUDED = (*MAY_BE, "cn")


@dataclass(frozen=True, slots=True)
class Note:
    """Of an object of an account ("" the own one): a metadata key and its value, "" to take the note away; why, and when."""

    stripe_id: str
    account: str
    key: str
    value: str
    because: str
    at: datetime


class Notes(Protocol):
    """The writer's store of notes. What was put survives a power loss when it returns."""

    def of(self, stripe_ids: Iterable[str], account: str = "") -> Mapping[str, Mapping[str, str]]:
        """The values by key of each of these objects that has any."""
        ...

    def put(self, note: Note) -> None:
        """Keep it in place of an older one of the same object and key; every one that was ever put stays in the history."""
        ...

    def seen(self, after: str, most: int) -> Iterable[str]:
        """The ids of the objects that were ever synced, in their order, after this one."""
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """A StripeReader whose snapshots bear the notes; `even_excluded`: it reads an object that is excluded as if it were not."""

    stripe: StripeReader
    notes: Notes
    even_excluded: bool = False

    def read(self, what: type[S], stripe_id: str, account: str = "") -> S:
        """See StripeReader. CannotSync with the code EXCLUDED when the object itself is excluded."""
        snapshot = self.stripe.read(what, stripe_id, account)
        ids = {stripe_id, *(id_of(each) for each in objects_of(snapshot)), *_sources(snapshot)}
        said = dict(self.notes.of(ids, account))
        if self.even_excluded and stripe_id in said:
            said[stripe_id] = {key: value for key, value in said[stripe_id].items() if key not in (EXCLUDED, UNDONE)}
        elif why := said.get(stripe_id, {}).get(EXCLUDED):
            raise CannotSync(Failed(Kind.BLOCKED, f"excluded: {why}", f"`exclude {stripe_id} --lift` takes that back.", code=EXCLUDED))
        return cast(S, _with(snapshot, said)) if said else snapshot


@dataclass(frozen=True, slots=True)
class Operators:
    """What an operator may say of an object; the object is synced so from the next time on."""

    notes: Notes
    books: NetSuiteBooks
    clock: Clock

    def relink(self, stripe_id: str, account: str, record: str, internal_id: str, because: str) -> Failed | None:
        """The object is that NetSuite record; internal id "" takes it back. Why not, if so."""
        kinds = MAY_BE.get(stripe_id.partition("_")[0], {})
        if record not in kinds:
            return _wrong(f"{stripe_id} is no {record}", f"It may be: {', '.join(kinds)}." if kinds else _KNOWN)
        if not internal_id and (undone := self._undone(stripe_id, account)):
            return undone
        if internal_id:
            if not (internal_id.isascii() and internal_id.isdigit()):
                return _wrong(
                    f"{internal_id!r} is no NetSuite internal id", "Give the digits that NetSuite shows as the record's internal id."
                )
            try:
                if not self.books.holds(record, internal_id):
                    return _wrong(f"NetSuite holds no {record} #{internal_id}", "Look the internal id up in NetSuite.")
            except CannotSync as stopped:
                return stopped.failed
        self.notes.put(Note(stripe_id, account, kinds[record], internal_id, because, self.clock.now()))
        return None

    def exclude(self, stripe_id: str, account: str, because: str, *, lift: bool = False) -> Failed | None:
        """The object is not synced any more, or with `lift` is again. What builds on it fails as blocked; its row in a payout stands in
        suspense. Why not, if so."""
        if stripe_id.partition("_")[0] not in MAY_BE_EXCLUDED:
            return _wrong(f"{stripe_id} is no id of an object that is synced", _KNOWN)
        if not because.strip():
            return _wrong("there is no reason", "Say why.")
        if lift and not self._is_linked(stripe_id, account) and (undone := self._undone(stripe_id, account)):
            return undone
        self.notes.put(Note(stripe_id, account, EXCLUDED, "" if lift else because.strip(), because.strip(), self.clock.now()))
        return None

    def _undone(self, stripe_id: str, account: str) -> Failed | None:
        """What was undone is not written again: its records stand in NetSuite, and what opposes them."""
        at = self.notes.of([stripe_id], account).get(stripe_id, {}).get(UNDONE)
        remedy = f"Book it in NetSuite by hand, say so by `relink {stripe_id} RECORD INTERNAL_ID`, then lift the exclusion."
        return _wrong(f"{stripe_id} was undone on {at[:10]}; it is not written again", remedy) if at else None

    def _is_linked(self, stripe_id: str, account: str) -> bool:
        """Whether an operator said which record it is."""
        keys = MAY_BE.get(stripe_id.partition("_")[0], {}).values()
        return any(key in keys for key in self.notes.of([stripe_id], account).get(stripe_id, {}))


_KNOWN = f"Ids begin with {', '.join(f'{each}_' for each in MAY_BE_EXCLUDED)}."


def _wrong(message: str, remedy: str) -> Failed:
    return Failed(Kind.REFUSED, message, remedy)


def _with(value: Any, said: Mapping[str, Mapping[str, str]]) -> Any:
    """The same with what was said of each object in it, as metadata."""
    if isinstance(value, tuple):
        return tuple(_with(each, said) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {each.name: _with(getattr(value, each.name), said) for each in fields(value)}
    if isinstance(value, StripeObject) and (notes := said.get(id_of(value))):
        changed["metadata"] = {**value.metadata, **dict(_metadata(notes))}
    if isinstance(value, BalanceTransaction) and (why := said.get(value.source_id, {}).get(EXCLUDED)):
        changed |= {"excluded": why, "undone": UNDONE in said[value.source_id]}
    return replace(value, **changed)


def _sources(snapshot: Snapshot) -> Iterator[str]:
    """What is behind the rows of a payout, and of those that it replaces."""
    if isinstance(snapshot, Payout):
        yield from (row.source_id for row in snapshot.balance_transactions)
        for each in snapshot.replaces:
            yield from _sources(each)


def _metadata(notes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from notes.items()
    if EXCLUDED in notes:
        yield BLOCK, "true"
