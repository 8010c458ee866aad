"""What refunds and disputes share: the money goes back. An invoiced charge: credit the invoice, refund the credit. Else: refund the payment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.external_ids import credit_memo_id, external_id
from core.held import Ask, Held
from core.money import Money
from core.plan import Command, Ensure, Upsert
from core.records import Apply, CreditMemo, CustomerRefund, External, ItemLine, RecordType, Ref, ServiceSaleItem, key
from core.rules.charges import booked_invoices, has_own_invoice, own_invoice
from core.rules.customers import customer_ref
from core.rules.invoice_lines import Sold, credit_lines, items_of, pro_rata, sublists
from core.rules.invoices import netsuite_invoice
from core.rules.payments import invoices_named, left_unapplied, payer, payment_of, payment_ref
from core.rules.prices import global_item
from core.rules.sales import cash_refund, deposit_refund, of_the_deposit, standing_for
from core.settings import Settings
from core.snapshot import Charge


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money that goes back: of which Stripe object, how much, when, why, the item that stands for it where no single line does, and which
    customer deposits it gives back, where that is not the charge's own alone."""

    stripe_id: str
    amount: Money
    at: datetime
    reason: str
    item: ServiceSaleItem
    deposits: tuple[Apply, ...] = ()

    @property
    def memo(self) -> str:
        return f"Stripe: {self.stripe_id} {self.reason}".strip()

    @property
    def credit(self) -> External:
        """Its credit memo, where the charge paid an invoice."""
        return External(RecordType.CREDIT_MEMO, credit_memo_id(self.stripe_id))


def asks_of_reversal(stripe_id: str, charge: Charge, settings: Settings) -> Iterable[Ask]:
    """How the payment stands in NetSuite now, and whether the reversal was booked before: what was booked stays as it is."""
    if charge.invoices or invoices_named(charge) or has_own_invoice(charge, settings):
        yield Ask(payment_ref(charge.id), read=True)
        credit = External(RecordType.CREDIT_MEMO, credit_memo_id(stripe_id))
        yield Ask(credit)
        yield Ask(External(RecordType.CUSTOMER_REFUND, external_id(stripe_id)), read=True, unless=(credit,))


def reverse(reversal: Reversal, charge: Charge, settings: Settings, held: Held, lines: Sequence[Sold] = ()) -> Iterable[Command]:
    """CreditMemo and CustomerRefund of it when the charge paid an invoice, else CustomerRefund of the payment; `lines` are those of the credit memo, where somebody wrote them.

    A person may have unapplied the payment since: then there is nothing to credit, and the payment itself is refunded.
    A cash sale goes back as a CashRefund, a customer deposit as a CustomerRefund of it."""
    ref, at = external_id(reversal.stripe_id), reversal.at
    match standing_for(charge, settings, held):
        case RecordType.CASH_SALE:
            memo = f"Stripe: {reversal.stripe_id} of {charge.id} {reversal.reason}".strip()
            yield from cash_refund(ref, reversal.amount, at, memo, charge, settings)
        case RecordType.CUSTOMER_DEPOSIT:
            deposits = reversal.deposits or of_the_deposit(charge, reversal.amount)
            yield deposit_refund(ref, deposits, at, reversal.memo, charge, settings)
        case _:
            yield from _reverse_payment(reversal, charge, settings, held, lines)


def _reverse_payment(reversal: Reversal, charge: Charge, settings: Settings, held: Held, lines: Sequence[Sold]) -> Iterable[Command]:
    lines = lines_credited(reversal, charge, settings, held, lines)
    if not lines:
        yield Upsert(refund_of(payment_ref(charge.id), reversal, charge, settings))
        return
    if theirs := _credits_of_others(reversal, held):
        yield Upsert(replace(refund_of(reversal.credit, reversal, charge, settings), apply=theirs))
        return
    yield from (Ensure(item) for item in items_of(lines))
    yield Upsert(_credit_memo(lines, reversal, charge, settings))
    yield Upsert(refund_of(reversal.credit, reversal, charge, settings))


def lines_credited(reversal: Reversal, charge: Charge, settings: Settings, held: Held, lines: Sequence[Sold] = ()) -> Sequence[Sold]:
    """What its credit memo credits; nothing when the payment itself is refunded."""
    settles = (
        bool(booked_invoices(charge, settings)) or has_own_invoice(charge, settings) or _settles_named(reversal, charge, settings, held)
    )
    if not settles or _unapplied_by_a_person(reversal, charge, held):
        return ()
    return lines or _credited(charge, reversal, settings)


def refund_of(doc: Ref, reversal: Reversal, charge: Charge, settings: Settings) -> CustomerRefund:
    """Dr A/R, Cr Undeposited Funds: the payout that takes the money back takes this refund as its member."""
    return CustomerRefund(
        external_id=external_id(reversal.stripe_id),
        customer=customer_ref(payer(charge, booked_invoices(charge, settings)), settings),
        tran_date=settings.day(reversal.at),
        currency=reversal.amount.currency,
        account=settings.accounts.need("undeposited_funds", "a CustomerRefund"),
        ar_acct=settings.accounts.receivable_or_default,
        apply=(Apply(doc, reversal.amount),),
        memo=reversal.memo,
    )


def _settles_named(reversal: Reversal, charge: Charge, settings: Settings, held: Held) -> bool:
    """The payment settles NetSuite's invoices that the charge names, and what is left of it is less than what goes back."""
    return bool(invoices_named(charge)) and left_unapplied(payment_of(charge, (), settings, held)) < reversal.amount


def _unapplied_by_a_person(reversal: Reversal, charge: Charge, held: Held) -> bool:
    """The payment stands in NetSuite, settles nothing, and this reversal has not been booked as a credit already."""
    payment = held.get(payment_ref(charge.id))
    return payment is not None and payment.applied == () and reversal.credit not in held


def _credits_of_others(reversal: Reversal, held: Held) -> tuple[Apply, ...]:
    """What the refund pays out in NetSuite, where it stands there and no credit memo of ours does: whoever kept the books before credited
    the sale under a name of his own, and it is not credited twice."""
    booked = held.get(External(RecordType.CUSTOMER_REFUND, external_id(reversal.stripe_id)))
    if booked is None or reversal.credit in held:
        return ()
    return tuple(Apply(line.doc, line.amount) for line in booked.applied or ())


def _credited(charge: Charge, reversal: Reversal, settings: Settings) -> list[Sold]:
    """The whole invoice back: its own lines. A part of a one-line invoice: that line. A part of several: by setting one line of the
    reversal's item, or each line in proportion."""
    lines = [line for paid in booked_invoices(charge, settings) for line in netsuite_invoice(paid.invoice, settings)[1]]
    if has_own_invoice(charge, settings):
        lines = [Sold(global_item(settings), line) for line in own_invoice(charge, settings).item]
    if not lines:  # an invoice of NetSuite's own
        return [Sold(reversal.item, ItemLine(key(reversal.item), reversal.amount, reversal.reason))]
    if settings.refunds_partial == "pro_rata":
        return pro_rata(lines, reversal.amount)
    return credit_lines(lines, reversal.amount, reversal.item, reversal.reason)


def _credit_memo(lines: Sequence[Sold], reversal: Reversal, charge: Charge, settings: Settings) -> CreditMemo:
    return CreditMemo(
        external_id=credit_memo_id(reversal.stripe_id),
        entity=customer_ref(payer(charge, booked_invoices(charge, settings)), settings),
        tran_date=settings.day(reversal.at),
        currency=reversal.amount.currency,
        **sublists(lines),
        memo=reversal.memo,
        account=settings.accounts.receivable_or_default,
    )
