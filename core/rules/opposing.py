"""The record that opposes another: the same customer, accounts, lines and amounts on the other side, so that together they come to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.external_ids import reversed_id
from core.plan import Plan
from core.records import (
    Apply,
    CashRefund,
    CashSale,
    CreditMemo,
    CustomerDeposit,
    CustomerPayment,
    CustomerRefund,
    External,
    Internal,
    Invoice,
    JournalEntry,
    Record,
    RecordType,
    key,
)

OPPOSITE = {
    RecordType.INVOICE: RecordType.CREDIT_MEMO,
    RecordType.CREDIT_MEMO: RecordType.INVOICE,
    RecordType.CUSTOMER_PAYMENT: RecordType.CUSTOMER_REFUND,
    RecordType.CUSTOMER_REFUND: RecordType.CUSTOMER_PAYMENT,
    RecordType.CASH_SALE: RecordType.CASH_REFUND,
    RecordType.CASH_REFUND: RecordType.CASH_SALE,
}


def opposed_by(ref: External) -> External:
    """What opposes this record."""
    return External(OPPOSITE[ref.type], reversed_id(ref.external_id))


@dataclass(frozen=True, slots=True)
class WayBack:
    """What is to be written. `stands`: the records that it opposes, as they were written, which nobody may have changed since; `moved`: the
    Stripe object whose money it puts back, which no payout may have taken."""

    plan: Plan
    stands: tuple[Record, ...] = ()
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Opposing:
    """The day and the memo of what opposes."""

    day: date
    memo: str

    def credited(self, invoice: Invoice, settles: Sequence[Apply]) -> CreditMemo:
        """Every line of an invoice."""
        return CreditMemo(
            external_id=reversed_id(invoice.external_id),
            entity=invoice.entity,
            tran_date=self.day,
            currency=invoice.currency,
            item=invoice.item,
            apply=tuple(settles),
            memo=self.memo,
            account=invoice.account,
            tax_details=invoice.tax_details,
            tax_details_override=invoice.tax_details_override,
        )

    def billed_again(self, credit: CreditMemo) -> Invoice:
        """Every line of a credit memo."""
        return Invoice(
            external_id=reversed_id(credit.external_id),
            entity=credit.entity,
            tran_date=self.day,
            currency=credit.currency,
            item=credit.item,
            memo=self.memo,
            account=credit.account,
            tax_details=credit.tax_details,
            tax_details_override=credit.tax_details_override,
        )

    def refunded(self, payment: CustomerPayment) -> CustomerRefund:
        """The whole payment, from where it waits: Dr A/R, Cr Undeposited Funds."""
        return CustomerRefund(
            external_id=reversed_id(payment.external_id),
            customer=payment.customer,
            tran_date=self.day,
            currency=payment.currency,
            account=payment.account,
            ar_acct=payment.ar_acct,
            apply=(Apply(key(payment), payment.payment),),
            memo=self.memo,
        )

    def paid_again(self, refund: CustomerRefund, settles: Sequence[Apply] = ()) -> CustomerPayment:
        """The whole refund: Dr Undeposited Funds, Cr A/R."""
        return CustomerPayment(
            external_id=reversed_id(refund.external_id),
            customer=refund.customer,
            tran_date=self.day,
            currency=refund.currency,
            payment=refund.total,
            account=refund.account,
            apply=tuple(settles),
            memo=self.memo,
            ar_acct=refund.ar_acct,
        )

    def deposited_again(self, refund: CustomerRefund) -> CustomerDeposit:
        """What a refund gave back of customer deposits is a deposit of its own again: Dr Undeposited Funds, Cr Customer Deposits."""
        return CustomerDeposit(
            external_id=reversed_id(refund.external_id),
            customer=refund.customer,
            tran_date=self.day,
            currency=refund.currency,
            payment=refund.total,
            account=refund.account,
            memo=self.memo,
        )

    def given_back(self, deposit: CustomerDeposit, parts: Sequence[Apply], receivable: Internal | None) -> CustomerRefund:
        """The whole of a customer deposit, of these parts: Dr Customer Deposits, Cr Undeposited Funds."""
        return CustomerRefund(
            external_id=reversed_id(deposit.external_id),
            customer=deposit.customer,
            tran_date=self.day,
            currency=deposit.currency,
            account=deposit.account,
            ar_acct=receivable,
            deposit=tuple(parts),
            memo=self.memo,
        )

    def turned(self, entry: JournalEntry) -> JournalEntry:
        """Each line of an entry on its other side."""
        lines = tuple(replace(line, debit=line.credit, credit=line.debit) for line in entry.line)
        return JournalEntry(reversed_id(entry.external_id), self.day, entry.currency, lines, self.memo, entry.subsidiary)

    def sold_again(self, back: CashRefund) -> CashSale:
        """Every line of a cash refund."""
        return CashSale(reversed_id(back.external_id), back.entity, self.day, back.currency, back.account, back.item, self.memo)

    def taken_back(self, sale: CashSale) -> CashRefund:
        """Every line of a cash sale."""
        return CashRefund(reversed_id(sale.external_id), sale.entity, self.day, sale.currency, sale.account, sale.item, self.memo)
