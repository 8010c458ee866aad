"""The CustomerPayment of a charge: when it is due, and how it looks. Charges, invoices, refunds and disputes all build on it."""

from __future__ import annotations

from core.external_ids import external_id
from core.held import NOTHING_HELD, Held
from core.records import Apply, CustomerPayment, External, RecordType
from core.rules.closing import debt
from core.rules.customers import customer_ref
from core.settings import Settings
from core.snapshot import Charge, Customer, PaidInvoice


def payment_is_due(charge: Charge) -> bool:
    """A CustomerPayment needs a charge that succeeded, was captured, and has a balance transaction."""
    return charge.status == "succeeded" and charge.captured and charge.balance_transaction is not None


def payment_ref(charge_id: str) -> External:
    return External(RecordType.CUSTOMER_PAYMENT, external_id(charge_id))


def payer(charge: Charge, invoices: tuple[PaidInvoice, ...]) -> Customer | None:
    """Whose payment it is: the invoice's customer where one was paid (a payment applies to its own customer's invoices only)."""
    return invoices[0].invoice.customer if invoices else charge.customer


def payment_of(charge: Charge, invoices: tuple[PaidInvoice, ...], settings: Settings, held: Held = NOTHING_HELD) -> CustomerPayment:
    """Dr Undeposited Funds, Cr A/R with what was captured, dated the day the money moved, applied to what it paid."""
    amount = charge.amount if charge.status == "failed" else charge.amount_captured
    moved = charge.balance_transaction.created if charge.balance_transaction else charge.created
    return CustomerPayment(
        external_id=external_id(charge.id),
        customer=customer_ref(payer(charge, invoices), settings),
        tran_date=settings.day(moved),
        currency=amount.currency,
        payment=amount,
        account=settings.accounts.need("undeposited_funds", "a CustomerPayment"),
        ar_acct=settings.accounts.receivable_or_default,
        memo=_memo(charge, invoices),
        apply=tuple(Apply(debt(paid.invoice, held), paid.amount) for paid in invoices if paid.amount),
    )


def _memo(charge: Charge, invoices: tuple[PaidInvoice, ...]) -> str:
    described = charge.description if not invoices else ""
    return f"Stripe: {charge.id} {described}".strip()
