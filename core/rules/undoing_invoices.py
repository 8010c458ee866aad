"""What was written for an invoice is taken back: a credit memo of all its lines settles what is open of it, and what opposes its own credit memos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.external_ids import balance_id, external_id, out_of_band_id, uncollectible_id, void_id
from core.held import Ask, Held
from core.money import Money
from core.plan import Plan, Upsert
from core.records import Apply, CreditMemo, CustomerPayment, External, Invoice, JournalEntry, Record, RecordType, key
from core.rules.closing import balance_memo, balance_used
from core.rules.invoices import asks_of_invoice, plan_invoice
from core.rules.opposing import WayBack, opposed_by
from core.rules.payments import payment_ref
from core.rules.undoing import Undoing, names, nothing_left, refuse, with_needs
from core.settings import Settings
from core.snapshot import Invoice as StripeInvoice

FIRST = "Undo the charges that paid it and its credit notes first; what else settles it, take off it in NetSuite. Then undo it again."
UNDONE = "The invoice is undone: {}a credit memo of all its lines settles {}."


def invoice_ref(invoice_id: str) -> External:
    return External(RecordType.INVOICE, external_id(invoice_id))


def asks_of_undone_invoice(invoice: StripeInvoice, settings: Settings) -> Iterable[Ask]:
    """How the invoice stands, whether it was taken back, what its own rule asks, and what was written that settles it."""
    yield from asks_of_invoice(invoice, settings)
    yield Ask(invoice_ref(invoice.id), read=True)
    yield Ask(opposed_by(invoice_ref(invoice.id)))
    yield from (Ask(ref, remembered=True) for ref in _settling(invoice))


def way_back_of_invoice(invoice: StripeInvoice, settings: Settings, held: Held, by: Undoing) -> WayBack:
    """Its own credit memos (voided, given up, balance used) are billed again, what was paid out of band is refunded, and a credit memo of
    all its lines settles all that. Only while nothing else settles it."""
    booked = plan_invoice(invoice, settings, held)
    own = _Own.of(invoice, booked, settings, held)
    if own is None or not any(line.amount for line in own.invoice.item):
        return nothing_left(f"{invoice_ref(invoice.id)} comes to nothing: there is nothing to undo.")
    opposing = by.opposing(invoice.id, settings)
    if opposed_by(key(own.invoice)) not in held:
        _settled_by_itself(own, invoice, held)
    billed = [opposing.billed_again(memo) for memo in own.memos]
    settles = [*(Apply(key(each), each.total) for each in billed), *(Apply(key(each), each.total) for each in own.entries)]
    left = own.invoice.total - Money.total((each.amount for each in settles), own.invoice.currency)
    if left:
        settles = [Apply(key(own.invoice), left), *settles]
    said = UNDONE.format(*(("what its credit memos credited is billed again, and ", "that") if billed else ("", "what is open of it")))
    way = [Upsert(own.invoice), *map(Upsert, own.memos), *map(Upsert, own.entries), *map(Upsert, billed)]
    for payment in own.outside:
        way += [Upsert(replace(payment, apply=())), Upsert(opposing.refunded(payment))]
    way.append(Upsert(opposing.credited(own.invoice, settles)))
    return WayBack(with_needs(said, booked, *way), (own.invoice, *own.memos, *own.outside))


@dataclass(frozen=True, slots=True)
class _Own:
    """What was written for an invoice alone: its credit memos, the entry that put the debt back of one that was given up, what was paid out
    of band."""

    invoice: Invoice
    memos: tuple[CreditMemo, ...]
    entries: tuple[JournalEntry, ...]
    outside: tuple[CustomerPayment, ...]

    @classmethod
    def of(cls, invoice: StripeInvoice, booked: Plan, settings: Settings, held: Held) -> _Own | None:
        """None when it was not booked at all."""
        records: dict[External, Record] = {key(command.record): command.record for command in booked.writes}
        if balance_memo(invoice) in held:  # of a voided one, too, whose rule does not say it any more
            used = (command for command in balance_used(replace(invoice, status="open"), settings) if isinstance(command, Upsert))
            records |= {key(command.record): command.record for command in used}
        found = [each for ref, each in records.items() if ref.external_id.partition("-")[0] == external_id(invoice.id)]
        whole = next((each for each in found if isinstance(each, Invoice)), None)
        if whole is None:
            return None
        memos = tuple(each for each in found if isinstance(each, CreditMemo))
        entries = tuple(each for each in found if isinstance(each, JournalEntry))
        return cls(whole, memos, entries, tuple(each for each in found if isinstance(each, CustomerPayment)))


def _settled_by_itself(own: _Own, invoice: StripeInvoice, held: Held) -> None:
    """CannotSync(refused) when something else than its own records settles it."""
    stands = held.get(key(own.invoice))
    lines = [*(line for memo in own.memos for line in memo.apply), *(line for payment in own.outside for line in payment.apply)]
    applied = (line.amount for line in lines if line.doc == key(own.invoice))
    settled = Money.total((*applied, *(entry.total for entry in own.entries)), own.invoice.currency)  # an entry opposes what gave it up
    if stands is None or stands.remaining is None or stands.remaining + settled != own.invoice.total:
        found = names(ref for ref in _settling(invoice) if ref in held) or "a record of NetSuite's own"
        refuse(f"{key(own.invoice)} is not open with all of {own.invoice.total - settled}: {found} may settle it", FIRST)


def _settling(invoice: StripeInvoice) -> Iterable[External]:
    yield from (payment_ref(paid.charge.id) for paid in invoice.payments if paid.charge)
    yield External(RecordType.CUSTOMER_PAYMENT, out_of_band_id(invoice.id))
    for memo in (void_id, uncollectible_id, balance_id):
        yield External(RecordType.CREDIT_MEMO, memo(invoice.id))
