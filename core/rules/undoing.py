"""What was written for a charge is taken back by a record that opposes it and settles it: its effect is nil, nothing stays open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Never

from core.external_ids import external_id, failed_id, reinstated_id, reversed_id, sale_id
from core.held import Ask, Held, HeldRecord
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Ensure, Plan, Upsert, nothing, plan
from core.records import Apply, CashSale, External, RecordType, key
from core.references import references
from core.rules.charges import applied_to, booked_invoices, own_invoice
from core.rules.customers import ensure_customer
from core.rules.opposing import Opposing, WayBack, opposed_by
from core.rules.payments import invoices_named, payer, payment_is_due, payment_of, payment_ref
from core.rules.prices import global_item
from core.rules.sales import cash_sale, customer_deposit, left_deposited, standing_for
from core.settings import Settings
from core.snapshot import Charge, Refunds

BY_HAND = "Reverse it in NetSuite by an entry of your own and `exclude` it."
BACK = (RecordType.CUSTOMER_REFUND, RecordType.CASH_REFUND)
"""What sends the money of a refund or a dispute back."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """When a person undoes it, and why."""

    at: datetime
    because: str

    def opposing(self, stripe_id: str, settings: Settings) -> Opposing:
        return Opposing(settings.day(self.at), f"Stripe: {stripe_id} undone: {self.because}")


def asks_of_undone_charge(of: Refunds, disputes: Iterable[str]) -> Iterable[Ask]:
    """How the payment stands, whether it was taken back, and what was written that builds on it or stands in its place."""
    yield Ask(payment_ref(of.charge.id), read=True)
    yield Ask(opposed_by(payment_ref(of.charge.id)))
    yield from (Ask(ref, remembered=True) for ref in _beside(of.charge))
    for stripe_id in (*(refund.id for refund in of.refunds), *disputes):
        yield from (Ask(ref, remembered=True) for ref in (*money_back(stripe_id), *came_back(stripe_id)))


def way_back_of_charge(of: Refunds, disputes: Iterable[str], settings: Settings, held: Held, by: Undoing) -> WayBack:
    """The payment lets its invoices go and is refunded from where it waits: Dr A/R, Cr Undeposited Funds."""
    charge = of.charge
    if charge.status == "failed" and any(ref in held for ref in money_back(failed_id(charge.id))):
        return nothing_left(f"The payment of {charge.id} failed and was taken back: there is nothing left to undo.")
    if not payment_is_due(charge) or invoices_named(charge):
        refuse(f"{charge.id} is booked in a way that `undo` does not know", BY_HAND)
    if on_it := [ref for each in (*(refund.id for refund in of.refunds), *disputes) for ref in still_back(each, held)]:
        refuse(f"{names(on_it)} pays {charge.id} back", "Undo that first, then this again.")
    opposing = by.opposing(charge.id, settings)
    match standing_for(charge, settings, held):
        case RecordType.CASH_SALE:
            return _cash_sale(charge, settings, opposing)
        case RecordType.CUSTOMER_DEPOSIT:
            return _deposit(of, disputes, settings, held, opposing)
        case _:
            return _payment(charge, settings, held, opposing)


def _cash_sale(charge: Charge, settings: Settings, opposing: Opposing) -> WayBack:
    """Dr income, Cr Undeposited Funds."""
    booked = plan("The cash sale of the charge.", ensure_customer(charge.customer, settings), *cash_sale(charge, settings))
    [sale] = (command.record for command in booked.writes if isinstance(command.record, CashSale))
    said = "The cash sale is undone: a cash refund of all its lines takes it back."
    return WayBack(with_needs(said, booked, Upsert(sale), Upsert(opposing.taken_back(sale))), (sale,), charge.id)


def _deposit(of: Refunds, disputes: Iterable[str], settings: Settings, held: Held, opposing: Opposing) -> WayBack:
    """Dr Customer Deposits, Cr Undeposited Funds: of the deposit, and of what came back of its refunds."""
    if taken := [ref for each in disputes for ref in money_back(each) if ref in held]:
        refuse(f"{names(taken)} gave back the customer deposit of {of.charge.id} once", BY_HAND)
    deposit = customer_deposit(of.charge, settings)
    back = opposing.given_back(deposit, left_deposited(of.charge, of.refunds), settings.accounts.receivable_or_default)
    booked = plan("The deposit of the charge.", ensure_customer(of.charge.customer, settings))
    said = "The customer deposit is undone: a refund of it takes it back."
    return WayBack(with_needs(said, booked, Upsert(deposit), Upsert(back)), (deposit,), of.charge.id)


def _payment(charge: Charge, settings: Settings, held: Held, opposing: Opposing) -> WayBack:
    invoices = booked_invoices(charge, settings)
    payment = payment_of(charge, invoices, settings, held)
    if opposed_by(key(payment)) not in held and _all_of(held.get(key(payment))) != payment.payment:
        refuse(
            f"a part of {key(payment)} was given back in NetSuite, or its amount was changed there",
            f"Undo what gave it back. Or: {BY_HAND}",
        )
    sale = own_invoice(charge, settings)
    own = [sale] if key(sale) in held else []
    way = plan(
        f"The payment is undone: it is unapplied, and refunded to where it came from{'; so is its own invoice' if own else ''}.",
        ensure_customer(payer(charge, invoices), settings),
        *(Ensure(global_item(settings)) for _ in own),
        Upsert(replace(payment, apply=())),
        Upsert(opposing.refunded(payment)),
        *(Upsert(each) for each in own),
        *(Upsert(opposing.credited(each, (Apply(key(each), each.total),))) for each in own),
    )
    return WayBack(way, (applied_to(payment, sale) if own else payment, *own), charge.id)


def money_back(stripe_id: str) -> tuple[External, ...]:
    """What may have sent the money of a refund or a dispute back."""
    return tuple(External(kind, external_id(stripe_id)) for kind in BACK)


def came_back(stripe_id: str) -> Iterable[External]:
    """What may have taken that back since: it was undone, it failed, it was won."""
    for kind in (RecordType.CUSTOMER_PAYMENT, RecordType.CASH_SALE, RecordType.CUSTOMER_DEPOSIT):
        yield External(kind, reversed_id(external_id(stripe_id)))
        yield External(kind, reinstated_id(stripe_id))
    yield External(RecordType.JOURNAL_ENTRY, failed_id(stripe_id))
    yield External(RecordType.CUSTOMER_DEPOSIT, failed_id(stripe_id))


def still_back(stripe_id: str, held: Held) -> Iterable[External]:
    """What sent money back and nothing has taken back since."""
    if not any(ref in held for ref in came_back(stripe_id)):
        yield from (ref for ref in money_back(stripe_id) if ref in held)


def with_needs(because: str, booked: Plan, *way: Upsert) -> Plan:
    """The way back, after the customers and items of what was booked that it names."""
    named = {ref for command in way for ref in references(command.record)}
    needed = (command for command in booked.commands if isinstance(command, Ensure) and key(command.record) in named)
    return plan(because, *needed, *way)


def names(refs: Iterable[External]) -> str:
    return ", ".join(str(ref) for ref in refs)


def refuse(message: str, remedy: str) -> Never:
    cannot(Kind.REFUSED, message, remedy)


def nothing_left(because: str) -> WayBack:
    return WayBack(nothing(because))


def _beside(charge: Charge) -> Iterable[External]:
    """What may stand for a charge in place of a payment, or beside it."""
    yield External(RecordType.CASH_SALE, external_id(charge.id))
    yield External(RecordType.CUSTOMER_DEPOSIT, external_id(charge.id))
    yield from money_back(failed_id(charge.id))
    yield External(RecordType.INVOICE, sale_id(charge.id))


def _all_of(payment: HeldRecord | None) -> Money | None:
    """What a payment settles, and what of it is left; None when NetSuite has none, or does not say."""
    if payment is None or payment.remaining is None:
        return None
    return payment.remaining + Money.total((each.amount for each in payment.applied or ()), payment.remaining.currency)
