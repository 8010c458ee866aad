"""Write-back: the NetSuite internal id of a record that we made goes into the metadata of its Stripe object, where settings want it.

The keys are those by which a merchant links records, so what we wrote ourselves must not be taken for a person's word: a record
that a person named is never written again. Our own keys are left out before anything looks at a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from core.events import SUBJECTS
from core.external_ids import credit_memo_id, external_id
from core.metadata import (
    CASH_SALE_ID,
    CREDIT_MEMO_ID,
    CUSTOMER_DEPOSIT_ID,
    CUSTOMER_ID,
    CUSTOMER_PAYMENT_ID,
    CUSTOMER_REFUND_ID,
    DEPOSIT_ID,
    DISCOUNT_ITEM_ID,
    INVOICE_ID,
)
from core.outcome import CannotSync, Failed, Synced
from core.ports import StripeReader, StripeWriter, SyncRecords
from core.records import External, RecordType
from core.snapshot import Charge, Customer, Discount, Dispute, Invoice, Payout, Price, Refund, Snapshot
from core.sources import StripeObject, id_of, objects_of
from core.sync import Report

S = TypeVar("S", bound=Snapshot)

_SALE = {
    RecordType.CUSTOMER_PAYMENT: CUSTOMER_PAYMENT_ID,
    RecordType.CASH_SALE: CASH_SALE_ID,
    RecordType.CUSTOMER_DEPOSIT: CUSTOMER_DEPOSIT_ID,
}
ITEM_ID = "netsuite_service_sale_item_id"
# Of each object: Stripe's name of it, and the metadata key of each record that it becomes.
WRITTEN: Mapping[type, tuple[str, Mapping[RecordType, str]]] = {
    Customer: ("customer", {RecordType.CUSTOMER: CUSTOMER_ID}),
    Price: ("price", {RecordType.SERVICE_SALE_ITEM: ITEM_ID}),
    Discount: ("coupon", {RecordType.DISCOUNT_ITEM: DISCOUNT_ITEM_ID}),
    Invoice: ("invoice", {RecordType.INVOICE: INVOICE_ID}),
    Charge: ("charge", _SALE),
    Refund: ("refund", {RecordType.CUSTOMER_REFUND: CUSTOMER_REFUND_ID, RecordType.CREDIT_MEMO: CREDIT_MEMO_ID}),
    Dispute: ("dispute", {RecordType.CUSTOMER_REFUND: CUSTOMER_REFUND_ID, RecordType.CREDIT_MEMO: CREDIT_MEMO_ID}),
    Payout: ("payout", {RecordType.DEPOSIT: DEPOSIT_ID}),
}


@dataclass(frozen=True, slots=True)
class OwnKeysLeftOut:
    """A StripeReader whose snapshots do not show the metadata that we wrote ourselves."""

    stripe: StripeReader
    records: SyncRecords

    def read(self, what: type[S], stripe_id: str, account: str = "") -> S:
        """See StripeReader."""
        snapshot = self.stripe.read(what, stripe_id, account)
        named = {ref: value for each in objects_of(snapshot) for key, ref in _keys(each) if (value := each.metadata.get(key))}
        if not named:
            return snapshot
        links = self.records.links(named)
        ours = {ref for ref, link in links.items() if link.checksum and link.internal_id == named[ref]}
        return cast(S, _without(snapshot, ours)) if ours else snapshot


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Writes ids back after a sync that wrote something to NetSuite. Never more than an annotation: when it fails, the sync stands."""

    stripe: StripeReader
    writer: StripeWriter
    records: SyncRecords

    def after(self, report: Report, stripe_id: str, account: str) -> Failed | None:
        """Name on each object of the subject what it became, where nothing is named yet; why it could not be done, if so."""
        subject = next((each for each in SUBJECTS if each.name == report.subject), None)
        if subject is None or not isinstance(report.outcome, Synced) or not report.outcome.writes:
            return None
        try:
            for each in objects_of(self.stripe.read(subject.reads, stripe_id, account)):
                self._annotate(each, account)
        except CannotSync as stopped:
            return stopped.failed
        return None

    def _annotate(self, of: StripeObject, account: str) -> None:
        free = {ref: key for key, ref in _keys(of) if not of.metadata.get(key)}
        links = self.records.links(free)
        values = {free[ref]: link.internal_id for ref, link in links.items()}
        if values:
            self.writer.annotate(WRITTEN[type(of)][0], id_of(of), account, values)


def _keys(of: StripeObject) -> Iterator[tuple[str, External]]:
    """Each metadata key of an object with the record that it names."""
    _, keys = WRITTEN.get(type(of), ("", {}))
    for record, key in keys.items():
        name = id_of(of)
        yield key, External(record, credit_memo_id(name) if record is RecordType.CREDIT_MEMO else external_id(name))


def _without(value: Any, ours: set[External]) -> Any:
    """The same without our keys on any object in it."""
    if isinstance(value, tuple):
        return tuple(_without(each, ours) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {each.name: _without(getattr(value, each.name), ours) for each in fields(value)}
    if type(value) in WRITTEN:
        keys = {key for key, ref in _keys(cast(StripeObject, value)) if ref in ours}
        metadata = getattr(value, "metadata", {})
        changed["metadata"] = {key: each for key, each in metadata.items() if key not in keys}
    return replace(value, **changed)
