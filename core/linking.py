"""Records that stand in NetSuite already, by the internal ids in Stripe's metadata: a plan then refers to them and makes none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from core.external_ids import credit_memo_id, external_id
from core.held import Held
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
    ITEM_IDS,
    internal_id,
)
from core.plan import Command, Ensure, Linked, Plan, Upsert
from core.plan import plan as planned
from core.records import CreditMemo, External, Internal, RecordType, ServiceSaleItem, key
from core.references import references
from core.rules.customers import customer_ref
from core.rules.payments import invoices_named
from core.settings import Settings
from core.snapshot import Charge, Customer, Discount, Dispute, Invoice, InvoiceLine, Payout, Price, Refund, Snapshot
from core.sources import StripeObject, id_of, objects_of

Links = Mapping[External, Linked]
"""What the plan calls a record -> the record that stands for it."""


def links_of(snapshot: Snapshot, settings: Settings, held: Held) -> Links:
    """Every link that the objects of a snapshot name; CannotSync(refused) when a value is no internal id."""
    found: dict[External, Linked] = {}
    for each in objects_of(snapshot):
        if each.metadata:
            for ref, link in _links(each):
                found.setdefault(ref, link)
    charge = snapshot if isinstance(snapshot, Charge) else getattr(snapshot, "charge", None)
    if charge is not None and not charge.invoices:
        found.update(_whose(charge, settings, held))
    return found


def linked(plan: Plan, links: Links) -> Plan:
    """The plan with every linked record in place of the one that it would have made, and without what only that one needed."""
    if not links:
        return plan
    written = [command.record for command in plan.writes]
    dropped = {key(record) for record in written if isinstance(record, CreditMemo) and _is_refunded_by_hand(record, links)}
    replaced = [record for record in written if key(record) in links or key(record) in dropped]
    wanted = {ref for record in written if record not in replaced for ref in references(record)}
    idle = {ref for record in replaced for ref in references(record)} - wanted
    matched_first = {key(command.record) for command in plan.commands if isinstance(command, Ensure) and _is_matched_first(command)}
    ids = {ref: Internal(link.internal_id) for ref, link in links.items() if ref not in matched_first}
    kept = (command for command in plan.commands if not _is_needless(command, idle, dropped))
    return replace(planned(plan.because, *(_linked(command, links, ids) for command in kept)), pending=plan.pending)


def deposit_link(snapshot: Snapshot) -> Plan | None:
    """The plan of a payout whose Deposit a person made: nothing else is looked at."""
    links = [link for _, link in _links(snapshot)] if isinstance(snapshot, Payout) else []
    return planned("The payout's Deposit stands in NetSuite already.", *links) if links else None


def _links(of: StripeObject) -> Iterator[tuple[External, Linked]]:
    match of:
        case Customer():
            yield from _one(of, CUSTOMER_ID, RecordType.CUSTOMER, external_id(of.id))
        case Invoice():
            yield from _one(of, INVOICE_ID, RecordType.INVOICE, external_id(of.id))
        case Charge():
            yield from _one(of, CUSTOMER_PAYMENT_ID, RecordType.CUSTOMER_PAYMENT, external_id(of.id))
            yield from _one(of, CASH_SALE_ID, RecordType.CASH_SALE, external_id(of.id))
            yield from _one(of, CUSTOMER_DEPOSIT_ID, RecordType.CUSTOMER_DEPOSIT, external_id(of.id))
        case Refund() | Dispute():
            yield from _one(of, CUSTOMER_REFUND_ID, RecordType.CUSTOMER_REFUND, external_id(of.id))
            yield from _one(of, CREDIT_MEMO_ID, RecordType.CREDIT_MEMO, credit_memo_id(of.id))
        case Payout():
            yield from _one(of, DEPOSIT_ID, RecordType.DEPOSIT, external_id(of.id))
        case Price() | InvoiceLine():
            for metadata_key, netsuite_type in ITEM_IDS.items():
                yield from _one(of, metadata_key, RecordType.SERVICE_SALE_ITEM, external_id(of.id), netsuite_type)
        case Discount():
            yield from _one(of, DISCOUNT_ITEM_ID, RecordType.DISCOUNT_ITEM, external_id(of.coupon_id))
        case _:
            pass


def _one(
    of: StripeObject, metadata_key: str, record: RecordType, external: str, netsuite_type: str = ""
) -> Iterator[tuple[External, Linked]]:
    found = internal_id(of.metadata, metadata_key, id_of(of))
    if found:
        ref = External(record, external)
        yield ref, Linked(ref, found, netsuite_type or record, metadata_key, id_of(of))


def _whose(charge: Charge, settings: Settings, held: Held) -> Iterator[tuple[External, Linked]]:
    """Whose payment a charge without a Stripe invoice is: the customer that it names, else that of the invoice that it names.

    Remembered as the charge's own: the customer that its other sales are booked to stays who it was."""
    ref, remembered = customer_ref(charge.customer, settings), External(RecordType.CUSTOMER, external_id(charge.id))
    named = internal_id(charge.metadata, CUSTOMER_ID, charge.id)
    if named:
        yield ref, Linked(remembered, named, RecordType.CUSTOMER, CUSTOMER_ID, charge.id)
        return
    for invoice in invoices_named(charge):
        found = held.get(invoice)
        if found and found.entity:
            yield ref, Linked(remembered, found.entity.id, RecordType.CUSTOMER, f"customer of {invoice}, by the metadata", charge.id)
            return


def _is_refunded_by_hand(memo: CreditMemo, links: Links) -> bool:
    """The credit memo of a refund that a person booked: what that refund pays out is theirs too."""
    refund = External(RecordType.CUSTOMER_REFUND, memo.external_id.removesuffix("-memo"))
    return memo.external_id.endswith("-memo") and refund in links and key(memo) not in links


def _is_matched_first(command: Ensure) -> bool:
    """An item is what it matches before it is what its metadata names; a customer is what his metadata names first."""
    return bool(command.matches) and isinstance(command.record, ServiceSaleItem)


def _is_needless(command: Command, idle: Collection[External], dropped: Collection[External]) -> bool:
    match command:
        case Ensure(record):
            return key(record) in idle
        case Upsert(record):
            return key(record) in dropped
        case _:
            return False


def _linked(command: Command, links: Links, ids: Mapping[External, Internal]) -> Command:
    if isinstance(command, Ensure | Upsert):
        named = links.get(key(command.record))
        if named and isinstance(command, Ensure) and _is_matched_first(command):
            return replace(command, named=named)
        if named:
            return named
        found: Command = _renamed(command, ids)
        return found
    return command


def _renamed(value: Any, ids: Mapping[External, Internal]) -> Any:
    """The same with every reference to a linked record by its internal id."""
    match value:
        case External():
            return ids.get(value, value)
        case tuple():
            return tuple(_renamed(each, ids) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {each.name: _renamed(getattr(value, each.name), ids) for each in fields(value)}
            return replace(value, **changed)
        case _:
            return value
