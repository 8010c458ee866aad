"""THE EVENT TABLE: one row per Stripe event, in the order of the specification; nothing else lists event names.

An event is a doorbell: it names a subject, the subject is read afresh, and the subject's one rule says what NetSuite should
hold. The webhook subscription, the README's table and the tests are read from here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from core.admission import check_begin, check_control, too_old
from core.held import Ask, Held, asks_nothing
from core.linking import deposit_link, linked, links_of
from core.mapping import mapped
from core.plan import Plan, nothing
from core.ports import StripeReader
from core.records import External
from core.rules.charges import asks_of_charge, plan_charge
from core.rules.credit_notes import asks_of_credit_note, plan_credit_note
from core.rules.customers import asks_of_customer, plan_customer
from core.rules.disputes import asks_of_dispute, plan_dispute
from core.rules.invoices import asks_of_invoice, plan_invoice
from core.rules.payouts import asks_of_payout, plan_payout
from core.rules.prices import plan_price
from core.rules.refunds import asks_of_refunds, plan_refunds
from core.settings import Settings
from core.snapshot import Charge, CreditNote, Customer, Dispute, Invoice, Payout, Price, Refunds, Snapshot

S = TypeVar("S", bound=Snapshot)


@dataclass(frozen=True, slots=True)
class Subject(Generic[S]):
    """A Stripe noun that we sync: its name, how the ids that name it start, what we read of it, the rule it follows, and what
    the rule asks of NetSuite before it can say."""

    name: str
    prefixes: tuple[str, ...]
    reads: type[S]
    rule: Callable[[S, Settings, Held], Plan]
    asks: Callable[[S, Settings], Iterable[Ask]] = asks_nothing

    def plan(self, stripe: StripeReader, stripe_id: str, account: str, settings: Settings, answer: Callable[[Iterable[Ask]], Held]) -> Plan:
        """Read the subject as it stands now, let `answer` say what NetSuite holds of what the rule asks, and ask the rule; then put in
        what a person linked, and the fields that settings name. CannotSync(blocked) when metadata or settings bar it."""
        snapshot = stripe.read(self.reads, stripe_id, account)
        check_control(snapshot, settings)
        if why := too_old(snapshot, settings):
            return nothing(why)
        if by_a_person := deposit_link(snapshot):
            return by_a_person
        held = answer(self.asks(snapshot, settings))
        said = linked(self.rule(snapshot, settings, held), links_of(snapshot, settings, held))
        check_begin(said, settings, answer)
        return replace(mapped(said, snapshot, settings), reckons_with=tuple(ref for ref in held.records if isinstance(ref, External)))


CHARGE = Subject("charge", ("ch_", "py_"), Charge, plan_charge, asks_of_charge)
REFUNDS = Subject("refunds of a charge", ("ch_", "py_", "re_", "pyr_"), Refunds, plan_refunds, asks_of_refunds)
DISPUTE = Subject("dispute", ("dp_", "du_"), Dispute, plan_dispute, asks_of_dispute)
CUSTOMER = Subject("customer", ("cus_",), Customer, plan_customer, asks_of_customer)
PRICE = Subject("price", ("price_", "plan_"), Price, plan_price)
INVOICE = Subject("invoice", ("in_", "inpay_"), Invoice, plan_invoice, asks_of_invoice)
CREDIT_NOTE = Subject("credit note", ("cn_",), CreditNote, plan_credit_note, asks_of_credit_note)
PAYOUT = Subject("payout", ("po_",), Payout, plan_payout, asks_of_payout)

AnySubject = (
    Subject[Charge]
    | Subject[Refunds]
    | Subject[Dispute]
    | Subject[Customer]
    | Subject[Price]
    | Subject[Invoice]
    | Subject[CreditNote]
    | Subject[Payout]
)
SUBJECTS: tuple[AnySubject, ...] = (CUSTOMER, PRICE, INVOICE, CHARGE, REFUNDS, DISPUTE, CREDIT_NOTE, PAYOUT)

BACKFILL = "backfill."
"""How the types of our own events begin, by which an operator asks for what happened before; no event of Stripe's is of such a type."""

BACKFILLED: dict[str, AnySubject] = {
    "customer": CUSTOMER,
    "price": PRICE,
    "invoice": INVOICE,
    "charge": CHARGE,
    "refund": REFUNDS,
    "dispute": DISPUTE,
    "credit_note": CREDIT_NOTE,
    "payout": PAYOUT,
}
"""What can be asked for so, by Stripe's name of the object, in an order in which records build on each other."""


@dataclass(frozen=True, slots=True)
class Sync:
    """An acting row: the subject it names, and what NetSuite holds afterwards. `also` are other spellings; `added`: not in the original table."""

    type: str
    subject: AnySubject
    sentence: str
    also: tuple[str, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """A row that stands for "considered, and nothing happens", and why. `subject`: what it names where the settings opt in to it."""

    type: str
    sentence: str
    also: tuple[str, ...] = ()
    added: bool = False
    subject: AnySubject | None = None


Row = Sync | Ignore

# fmt: off
TABLE: tuple[Row, ...] = (
    Ignore("account.updated", "The account itself has no record."),
    Ignore("account.application.deauthorized", "Connected applications have no record."),
    Ignore("account.external_account.created", "The account's bank accounts are named in the settings."),
    Ignore("account.external_account.deleted", "The account's bank accounts are named in the settings."),
    Ignore("account.external_account.updated", "The account's bank accounts are named in the settings."),
    Ignore("application_fee.created", "Application fees are lines of the payout that holds them."),
    Ignore("application_fee.refunded", "Application fees are lines of the payout that holds them."),
    Ignore("application_fee.refund.updated", "Application fees are lines of the payout that holds them."),
    Ignore("balance.available", "The balance is seen through payouts."),
    Sync("charge.captured", CHARGE, "CustomerPayment; Invoice too, when the charge paid one; Customer, when missing."),
    Sync("charge.failed", CHARGE, "Nothing: only successful payments are synced. One that fails after it was synced is taken back."),
    Sync("charge.refunded", REFUNDS, "Once per refund on the charge: CustomerRefund of the payment; when invoiced, CreditMemo and CustomerRefund of it."),
    Sync("charge.succeeded", CHARGE, "CustomerPayment; Invoice too, when the charge paid one; Customer, when missing."),
    Sync("charge.updated", CHARGE, "As charge.succeeded: the balance transaction of a delayed payment arrives with it."),
    Ignore("charge.dispute.closed", "Disputed funds are a line of the payout that holds them, or, where disputes.when_won wants it, stand again.", subject=DISPUTE),
    Sync("charge.dispute.created", DISPUTE, "For the disputed amount: CustomerRefund of the payment; when invoiced, CreditMemo and CustomerRefund of it."),
    Ignore("charge.dispute.funds_reinstated", "Reinstated funds are a line of the payout that holds them, or, where disputes.when_won wants it, stand again.", subject=DISPUTE),
    Sync("charge.dispute.funds_withdrawn", DISPUTE, "The same CreditMemo and CustomerRefund as charge.dispute.created: one set per dispute."),
    Sync("charge.dispute.updated", DISPUTE, "As charge.dispute.created or charge.dispute.funds_reinstated, by the dispute's present state."),
    Ignore("coupon.created", "A coupon is synced only with an invoice that uses it, as a DiscountItem."),
    Ignore("coupon.deleted", "No record in NetSuite is ever inactivated or deleted."),
    Ignore("coupon.updated", "A coupon is synced only with an invoice that uses it, as a DiscountItem."),
    Sync("customer.created", CUSTOMER, "By settings: a Customer is created; or nothing, when the global customer is on; or an existing one is linked, by matching or metadata."),
    Ignore("customer.deleted", "No record in NetSuite is ever inactivated or deleted."),
    Ignore("customer.updated", "A Customer is created once and never updated afterwards, but for the fields that customers.update names.", subject=CUSTOMER),
    Ignore("customer.discount.created", "Discounts are seen through the invoices that use them."),
    Ignore("customer.discount.deleted", "Discounts are seen through the invoices that use them."),
    Ignore("customer.discount.updated", "Discounts are seen through the invoices that use them."),
    Ignore("customer.source.created", "Payment sources have no record."),
    Ignore("customer.source.deleted", "Payment sources have no record."),
    Ignore("customer.source.updated", "Payment sources have no record."),
    Ignore("customer.subscription.created", "Subscriptions are seen through their invoices."),
    Ignore("customer.subscription.deleted", "Subscriptions are seen through their invoices."),
    Ignore("customer.subscription.trial_will_end", "Subscriptions are seen through their invoices."),
    Ignore("customer.subscription.updated", "Subscriptions are seen through their invoices."),
    Ignore("invoice.created", "Only finalised invoices are synced."),
    Sync("invoice.payment_succeeded", INVOICE, "Customer and Invoice, each invoice item as a ServiceSaleItem; CustomerPayment applied to the invoice."),
    Sync("invoice.payment_failed", INVOICE, "Customer and Invoice; it stays open until it is paid."),
    Sync("invoice.updated", INVOICE, "What touches the general ledger is brought into line."),
    Ignore("invoice.item.created", "Invoice items are seen through their invoices.", also=("invoiceitem.created",)),
    Ignore("invoice.item.deleted", "Invoice items are seen through their invoices.", also=("invoiceitem.deleted",)),
    Ignore("invoice.item.updated", "Invoice items are seen through their invoices.", also=("invoiceitem.updated",)),
    Sync("price.created", PRICE, "By settings: a ServiceSaleItem is created; or nothing, when the global item is on; or an existing item is linked, by matching or metadata."),
    Ignore("price.deleted", "An item's status may carry the account's own logic; it is left alone."),
    Ignore("price.updated", "An item is created once and never updated afterwards."),
    Ignore("product.created", "Only the prices under a product are synced."),
    Ignore("product.updated", "Only the prices under a product are synced."),
    Sync("payout.created", PAYOUT, "What it holds is checked; nothing is written."),
    Sync("payout.failed", PAYOUT, "Nothing while there is no Deposit; a Deposit already made is reversed."),
    Sync("payout.paid", PAYOUT, "What it holds is checked, then the Deposit is created."),
    Ignore("payout.reversed", "Stripe's name for it today is payout.canceled, which has its own row."),
    Sync("payout.updated", PAYOUT, "The payout is synced if it has not been already."),

    Sync("refund.created", REFUNDS, "As charge.refunded, which it belongs to.", added=True),
    Sync("refund.updated", REFUNDS, "As charge.refunded: a pending refund that succeeds arrives with it.", added=True),
    Sync("refund.failed", REFUNDS, "Nothing when no money had moved; else the refund is undone, and its credit stays.", added=True),
    Sync("charge.refund.updated", REFUNDS, "As refund.updated, its present name.", added=True),
    Sync("invoice.finalized", INVOICE, "Customer and Invoice; it stays open until it is paid.", added=True),
    Sync("invoice.paid", INVOICE, "As invoice.payment_succeeded; also when it was marked paid out of band.", added=True),
    Sync("invoice.voided", INVOICE, "CreditMemo applied to the invoice.", added=True),
    Sync("invoice.marked_uncollectible", INVOICE, "CreditMemo applied to the invoice, to bad debt where that account is set.", added=True),
    Sync("invoice.overpaid", INVOICE, "By the invoice's present state.", added=True),
    Sync("invoice_payment.paid", INVOICE, "As invoice.payment_succeeded: one of the invoice's payments.", added=True),
    Sync("credit_note.created", CREDIT_NOTE, "CreditMemo, applied to the open invoice or paid out by its refunds.", added=True),
    Sync("credit_note.updated", CREDIT_NOTE, "As credit_note.created.", added=True),
    Sync("credit_note.voided", CREDIT_NOTE, "Nothing when it had not been synced; else an entry reverses it.", added=True),
    Sync("payout.reconciliation_completed", PAYOUT, "As payout.paid: Stripe can list now what the payout holds.", added=True),
    Sync("payout.canceled", PAYOUT, "Nothing while there is no Deposit; a Deposit already made is reversed.", added=True),
    Ignore("charge.expired", "An authorisation that expires moved no money.", added=True),
    Ignore("topup.canceled", "Top-ups are lines of the payout that holds them.", added=True),
    Ignore("topup.created", "Top-ups are lines of the payout that holds them.", added=True),
    Ignore("topup.failed", "Top-ups are lines of the payout that holds them.", added=True),
    Ignore("topup.reversed", "Top-ups are lines of the payout that holds them.", added=True),
    Ignore("topup.succeeded", "Top-ups are lines of the payout that holds them.", added=True),
    Ignore("transfer.created", "Transfers are lines of the payout that holds them.", added=True),
    Ignore("transfer.reversed", "Transfers are lines of the payout that holds them.", added=True),
    Ignore("transfer.updated", "Transfers are lines of the payout that holds them.", added=True),
)
# fmt: on

BY_TYPE: dict[str, Row] = {name: row for row in TABLE for name in (row.type, *row.also)}


def row_for(event_type: str) -> Row | None:
    """The row of an event type in any of its spellings; None when the table has none."""
    return BY_TYPE.get(event_type)


def is_backfill(event_type: str) -> bool:
    """Whether an operator asked for it, also if it is from before the books begin."""
    return event_type.startswith(BACKFILL)


def acting_subject(event_type: str, opted_in: Collection[str] = ()) -> AnySubject | None:
    """The subject that an event of this type makes us sync; None when it makes us sync nothing. `opted_in`: types that settings want."""
    if is_backfill(event_type):
        return BACKFILLED.get(event_type.removeprefix(BACKFILL))
    row = row_for(event_type)
    return row.subject if isinstance(row, Sync) or (row and row.type in opted_in) else None


def reason_to_ignore(event_type: str, opted_in: Collection[str] = ()) -> str:
    """Why an event of Stripe's of this type needs no sync; "" when it does. Our own backfill events are none of Stripe's."""
    match row_for(event_type):
        case None:
            return "not in the event table"
        case Ignore(type=known, sentence=sentence) if known not in opted_in:
            return sentence
        case _:
            return ""


def subject_of(event_type: str) -> str:
    """The subject's name of an event type that acts, or may act; events of one object and one subject ask for the same thing."""
    row = row_for(event_type)
    return row.subject.name if row and row.subject else ""


def subjects_of_id(stripe_id: str) -> Iterator[AnySubject]:
    """Every subject that a Stripe id may stand for, in the order in which they build on each other."""
    return (subject for subject in SUBJECTS if stripe_id.startswith(subject.prefixes))
