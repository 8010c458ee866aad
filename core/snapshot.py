"""What Stripe said when we looked: the part of each object that a rule reads, at the pinned API version.

Amounts are Money, moments are aware UTC datetimes, ids are Stripe's. Field names are Stripe's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from core.money import Money

Metadata = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """https://docs.stripe.com/api/customers/object#customer_object-address; `country` is ISO 3166-1 alpha-2."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """https://docs.stripe.com/api/customers/object. Of a deleted customer Stripe gives the id alone."""

    id: str
    deleted: bool = False
    name: str = ""
    email: str = ""
    description: str = ""
    phone: str = ""
    currency: str = ""
    address: Address | None = None
    shipping: Address | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Price:
    """https://docs.stripe.com/api/prices/object, with its product's name. `inline`: made with an invoice line, one-time and inactive from birth."""

    id: str
    product_id: str
    product_name: str
    currency: str
    nickname: str = ""
    inline: bool = False
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of a line, of the shipping or of the invoice. `inclusive`: the line's amount holds it already; `taxable`: what it is of."""

    rate_id: str
    name: str
    amount: Money
    inclusive: bool
    percentage: Decimal | None = None
    taxable: Money | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """What one coupon took off the whole invoice; `amount` is positive."""

    coupon_id: str
    name: str
    amount: Money
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """https://docs.stripe.com/api/invoice-line-item/object. `amount` is before discounts and with inclusive tax;
    `unit_amount` is in minor units and may have a fraction; the period's end is exclusive, as Stripe gives it."""

    id: str
    amount: Money
    description: str = ""
    price: Price | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    proration: bool = False
    taxes: tuple[Tax, ...] = ()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shipping:
    """The invoice's shipping cost before exclusive tax."""

    amount: Money
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """https://docs.stripe.com/api/invoices/object, all lines listed. `status` is draft, open, paid, uncollectible or void."""

    id: str
    status: str
    currency: str
    total: Money
    number: str = ""
    customer: Customer | None = None
    lines: tuple[InvoiceLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    shipping: Shipping | None = None
    amount_due: Money | None = None
    amount_paid: Money | None = None
    starting_balance: int = 0
    ending_balance: int = 0
    created: datetime | None = None
    finalized_at: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    marked_uncollectible_at: datetime | None = None
    due_date: datetime | None = None
    payments: tuple[InvoicePayment, ...] = ()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoicePayment:
    """https://docs.stripe.com/api/invoice-payment/object, of an invoice and the charge that paid it (empty when paid without one).

    `amount` is what was paid, or what is asked for while the payment is open."""

    status: str
    amount: Money
    charge: Charge | None = None


@dataclass(frozen=True, slots=True)
class FeeDetail:
    """https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-fee_details"""

    type: str
    amount: Money
    description: str = ""


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """https://docs.stripe.com/api/balance_transactions/object: Stripe's ledger line, in settlement currency; net = amount - fee.

    `source_status` is the present status of the charge, refund or dispute behind it; `charge_id` is the charge of a refund or dispute, and
    `charge_status` its present status, which is read of a refund that failed alone.

    `converted`: the source was in another currency (Stripe gives an exchange_rate, from which nothing is ever computed).

    `excluded`: why an operator keeps what is behind it out, "" when nobody does; `undone`: what was written for it was taken back."""

    id: str
    type: str
    reporting_category: str
    amount: Money
    fee: Money
    net: Money
    created: datetime
    source_id: str = ""
    source_object: str = ""
    source_status: str = ""
    charge_id: str = ""
    charge_status: str = ""
    description: str = ""
    converted: bool = False
    excluded: str = ""
    undone: bool = False
    fee_details: tuple[FeeDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """An invoice and how much of it a charge paid."""

    invoice: Invoice
    amount: Money


@dataclass(frozen=True, slots=True)
class Charge:
    """https://docs.stripe.com/api/charges/object. `status` is succeeded, pending or failed; `invoices` is what it paid.

    `connected`: the account that it was made for (Connect), "" when for nobody else: https://docs.stripe.com/connect/charges."""

    id: str
    status: str
    captured: bool
    amount: Money
    amount_captured: Money
    created: datetime
    customer: Customer | None = None
    balance_transaction: BalanceTransaction | None = None
    failure_balance_transaction: BalanceTransaction | None = None
    failure_message: str = ""
    description: str = ""
    connected: str = ""
    invoices: tuple[PaidInvoice, ...] = ()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refund:
    """https://docs.stripe.com/api/refunds/object. `status` is pending, requires_action, succeeded, failed or canceled.

    `failed_at`: when the money of a refund that had moved came back; `credit_note`: the one that the refund belongs to."""

    id: str
    status: str
    amount: Money
    created: datetime
    reason: str = ""
    has_balance_transaction: bool = False
    failed_at: datetime | None = None
    credit_note: CreditNote | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refunds:
    """A charge and every refund on it: what charge.refunded points at."""

    charge: Charge
    refunds: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """https://docs.stripe.com/api/disputes/object. A status that starts with `warning_` is an inquiry: no money has moved.

    `amount` is in the charge's presentment currency; `withdrawn` and `reinstated_at` say which balance transactions exist."""

    id: str
    status: str
    amount: Money
    created: datetime
    charge: Charge
    reason: str = ""
    withdrawn: bool = False
    reinstated_at: datetime | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payout:
    """https://docs.stripe.com/api/payouts/object with the balance transactions it pays out (its own row left out).

    `status` is pending, in_transit, paid, failed or canceled; `reconciliation_status` is completed once Stripe can list the rows;
    `fee` is what an instant payout cost; `replaces` are the failed or cancelled payouts whose money came back into this one."""

    id: str
    status: str
    amount: Money
    arrival_date: date
    created: datetime
    automatic: bool = True
    fee: Money | None = None
    failed_at: datetime | None = None
    reconciliation_status: str = "completed"
    description: str = ""
    balance_transactions: tuple[BalanceTransaction, ...] = ()
    replaces: tuple[Payout, ...] = ()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreditNoteRefund:
    """A refund that a credit note paid out, and how much of it; when and why the refund was made, where it was read."""

    refund_id: str
    amount: Money
    created: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CreditNote:
    """https://docs.stripe.com/api/credit_notes/object. `status` is issued or void; `total` is what it credits in all:
    `pre_payment` lowers what is due, the rest was paid out by `refunds`, out of band, or to the customer's balance."""

    id: str
    status: str
    currency: str
    total: Money
    created: datetime
    number: str = ""
    reason: str = ""
    memo: str = ""
    voided_at: datetime | None = None
    invoice: Invoice | None = None
    lines: tuple[InvoiceLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    pre_payment: Money | None = None
    out_of_band: Money | None = None
    refunds: tuple[CreditNoteRefund, ...] = ()
    to_customer_balance: bool = False
    metadata: Metadata = field(default_factory=dict)


Snapshot = Customer | Price | Invoice | Charge | Refunds | Dispute | Payout | CreditNote
