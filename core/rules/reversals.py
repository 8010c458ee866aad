"""What refunds and disputes share: the money goes back. An invoiced charge: credit the invoice, refund the credit. Else: refund the payment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.external_ids import credit_memo_id, external_id
from core.money import Money
from core.plan import Command, Ensure, Upsert
from core.records import Apply, CreditMemo, CustomerRefund, External, ItemLine, ServiceSaleItem, key
from core.rules.charges import booked_invoices
from core.rules.customers import customer_ref
from core.rules.invoices import netsuite_invoice
from core.rules.payments import payer, payment_ref
from core.settings import Settings
from core.snapshot import Charge, PaidInvoice


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money that goes back: of which Stripe object, how much, when, why, and the item that stands for it where no single line does."""

    stripe_id: str
    amount: Money
    at: datetime
    reason: str
    item: ServiceSaleItem

    @property
    def memo(self) -> str:
        return f"Stripe: {self.stripe_id} {self.reason}".strip()


def reverse(reversal: Reversal, charge: Charge, settings: Settings) -> Iterable[Command]:
    """CreditMemo and CustomerRefund of it when the charge paid an invoice, else CustomerRefund of the payment."""
    invoices = booked_invoices(charge, settings)
    if not invoices:
        yield Upsert(_refund_of(payment_ref(charge.id), reversal, charge, settings))
        return
    credit, items = _credit(invoices, reversal, charge, settings)
    yield from (Ensure(item) for item in items)
    yield Upsert(credit)
    yield Upsert(_refund_of(key(credit), reversal, charge, settings))


def _refund_of(doc: External, reversal: Reversal, charge: Charge, settings: Settings) -> CustomerRefund:
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


def _credit(
    invoices: tuple[PaidInvoice, ...], reversal: Reversal, charge: Charge, settings: Settings
) -> tuple[CreditMemo, list[ServiceSaleItem]]:
    """The whole invoice back: its own lines. A part of a one-line invoice: that line. A part of several: one line of the reversal's item."""
    invoice, _ = netsuite_invoice(invoices[0].invoice, settings)
    items: list[ServiceSaleItem] = []
    if len(invoices) == 1 and reversal.amount == invoice.total:
        lines = invoice.item
    elif len(invoices) == 1 and len(invoice.item) == 1:
        lines = (ItemLine(invoice.item[0].item, reversal.amount, invoice.item[0].description),)
    else:
        items = [reversal.item]
        lines = (ItemLine(key(reversal.item), reversal.amount, reversal.reason),)
    credit = CreditMemo(
        external_id=credit_memo_id(reversal.stripe_id),
        entity=customer_ref(payer(charge, invoices), settings),
        tran_date=settings.day(reversal.at),
        currency=reversal.amount.currency,
        item=lines,
        memo=reversal.memo,
        account=settings.accounts.receivable_or_default,
    )
    return credit, items
