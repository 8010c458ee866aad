"""Which of Stripe's objects make a snapshot whole: the same for the API and for memory.

Costs in calls: a customer, price or credit note 1; a charge without an invoice 1 or 2; an invoice 3, and 1 for each distinct tax rate and
each charge that paid it; a charge with an invoice 2 and the invoice's 3; a dispute as its charge; refunds the charge's and 1;
a payout 1, 1 per hundred rows, and 1 per row of a refund that failed. Expansions reach four levels at most, so products come in one list of ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

from adapters.stripe import invoice_snapshots, snapshots
from adapters.stripe.fields import Fields, refuse
from core.money import Money
from core.outcome import CannotSync, Kind
from core.snapshot import (
    Charge,
    CreditNote,
    Customer,
    Dispute,
    Invoice,
    InvoicePayment,
    PaidInvoice,
    Payout,
    Price,
    Refunds,
    Snapshot,
)

S = TypeVar("S", bound=Snapshot)
Object = dict[str, Any]

MOST_IDS = 100  # https://docs.stripe.com/api/products/list: `ids` does not page, and a page holds a hundred
OF_CHARGE = ("customer", "balance_transaction", "failure_balance_transaction")
OVER = ("failed", "canceled")
OF_PAYOUT = ("balance_transaction", "failure_balance_transaction")
OF_CREDIT_NOTE = ("discount_amounts.discount.source.coupon", "refunds.refund")
OF_INVOICE = ("customer", "total_discount_amounts.discount.source.coupon", "payments.data.payment.payment_intent")


class Account(Protocol):
    """The objects of one Stripe account. What is given belongs to the caller, who may change it."""

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        """The object of a collection such as `charges`. CannotSync: gone, busy, misconfigured."""
        ...

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        """Every page of a list; each of `expand` starts at the object."""
        ...


class Reading:
    """A StripeReader over anything that can show an account's objects."""

    def account(self, account: str) -> Account:
        """The objects of this connected account, of the own one for ""."""
        raise NotImplementedError

    def read(self, what: type[S], stripe_id: str, account: str = "") -> S:
        """See core.ports.StripeReader."""
        return cast(S, READ[what](self.account(account), stripe_id))


def _customer(stripe: Account, stripe_id: str) -> Customer:
    return snapshots.customer(stripe.one("customers", stripe_id))


def _price(stripe: Account, stripe_id: str) -> Price:
    return snapshots.price(stripe.one("prices", stripe_id, "product"))


def _credit_note(stripe: Account, stripe_id: str) -> CreditNote:
    raw = stripe.one("credit_notes", stripe_id, *OF_CREDIT_NOTE)
    return _whole_note(stripe, raw, invoice_snapshots.invoice(_whole_invoice(stripe, Fields(raw, "credit_note").reference("invoice"))))


def _whole_note(stripe: Account, raw: Object, of: Invoice) -> CreditNote:
    if raw["lines"]["has_more"]:
        raw["lines"] = {"data": stripe.every(f"credit_notes/{raw['id']}/lines", {}), "has_more": False}
    _name_tax_rates(stripe, raw["lines"]["data"])
    return invoice_snapshots.credit_note(raw, of)


def _invoice(stripe: Account, stripe_id: str) -> Invoice:
    """By its own id, or by that of one of its payments: what invoice_payment.paid points at."""
    if stripe_id.startswith("inpay_"):
        stripe_id = Fields(stripe.one("invoice_payments", stripe_id), "invoice_payment").reference("invoice")
    raw = _whole_invoice(stripe, stripe_id)
    return invoice_snapshots.invoice(raw, _payments(stripe, raw))


def _charge(stripe: Account, stripe_id: str) -> Charge:
    return _with_invoices(stripe, stripe.one("charges", stripe_id, *OF_CHARGE))


def _refunds(stripe: Account, stripe_id: str) -> Refunds:
    charge_id = _charge_of_refund(stripe, stripe_id) if stripe_id.startswith(("re_", "pyr_")) else stripe_id
    charge = _charge(stripe, charge_id)
    rows = stripe.every("refunds", {"charge": charge_id}, "failure_balance_transaction")
    return snapshots.refunds(charge, rows, [note for paid in charge.invoices for note in _notes_of(stripe, paid.invoice)])


def _notes_of(stripe: Account, invoice: Invoice) -> list[CreditNote]:
    """The invoice's credit notes that paid something out: their refunds are theirs."""
    paid_out = [raw["id"] for raw in stripe.every("credit_notes", {"invoice": invoice.id}) if raw.get("refunds")]
    return [_whole_note(stripe, stripe.one("credit_notes", note, *OF_CREDIT_NOTE), invoice) for note in paid_out]


def _charge_of_refund(stripe: Account, stripe_id: str) -> str:
    charge_id = Fields(stripe.one("refunds", stripe_id), "refund").reference("charge")
    if not charge_id:
        refuse(f"Stripe's refund {stripe_id} is not of a charge", "Record it by hand and skip the event.", "charge")
    return charge_id


def _dispute(stripe: Account, stripe_id: str) -> Dispute:
    raw = stripe.one("disputes", stripe_id, *(f"charge.{each}" for each in OF_CHARGE))
    return snapshots.dispute(raw, _with_invoices(stripe, raw.get("charge") or {}))


def _payout(stripe: Account, stripe_id: str) -> Payout:
    """Only of an automatic payout that is reconciled, or that came to nothing, can Stripe say what is inside; else the rows are not
    asked for."""
    raw = stripe.one("payouts", stripe_id, *OF_PAYOUT)
    known = snapshots.payout(raw)
    if not known.automatic or (known.reconciliation_status != "completed" and known.status not in OVER):
        return known
    rows = stripe.every("balance_transactions", {"payout": stripe_id}, "source")
    for refund in snapshots.failed_refunds(rows):
        refund["charge"] = stripe.one("charges", refund["charge"])
    came_back = [row["source"]["id"] for row in rows if row.get("reporting_category") == "payout_reversal" and row.get("source")]
    return snapshots.payout(raw, rows, [_payout(stripe, each) for each in came_back if each != stripe_id])


def _with_invoices(stripe: Account, raw: Object) -> Charge:
    """The charge and what it paid. Only a succeeded charge pays, and only a payment intent leads to an invoice:
    Stripe cannot list invoice payments by charge."""
    given = Fields(raw, "charge")
    intent = given.reference("payment_intent")
    if given.text("status") != "succeeded" or not intent:
        return snapshots.charge(raw)
    rows = stripe.every("invoice_payments", {"payment": {"type": "payment_intent", "payment_intent": intent}})
    payer = snapshots.customer_of(given)
    return snapshots.charge(raw, [_paid(stripe, row, invoice_id, payer) for invoice_id, row in _one_each(rows).items()], payer)


def _one_each(rows: list[Object]) -> dict[str, Object]:
    """The invoice payment that counts for each invoice. charge.succeeded may precede invoice_payment.paid, so an open one
    counts when none is paid yet; a canceled one never does."""
    chosen: dict[str, Object] = {}
    for status in ("paid", "open"):
        for row in rows:
            if row.get("status") == status:
                chosen.setdefault(Fields(row, "invoice_payment").reference("invoice"), row)
    return chosen


def _paid(stripe: Account, row: Object, invoice_id: str, payer: Customer | None) -> PaidInvoice:
    raw = _whole_invoice(stripe, invoice_id)
    settles = invoice_snapshots.settling(raw).get(row["id"])
    return PaidInvoice(invoice_snapshots.invoice(raw, known=payer), settles or invoice_snapshots.payment_amount(row))


def _whole_invoice(stripe: Account, stripe_id: str) -> Object:
    raw = stripe.one("invoices", stripe_id, *OF_INVOICE)
    if (raw.get("shipping_cost") or {}).get("amount_tax"):
        raw["shipping_cost"] = stripe.one("invoices", stripe_id, "shipping_cost.taxes")["shipping_cost"]
    raw["lines"] = stripe.every(f"invoices/{stripe_id}/lines", {}, "pricing.price_details.price")
    _name_products(stripe, raw["lines"])
    _name_tax_rates(stripe, raw["lines"])
    return raw


def _payments(stripe: Account, raw: Object) -> list[InvoicePayment]:
    listed = raw.get("payments") or {"data": [], "has_more": True}
    rows = listed["data"]
    if listed["has_more"]:
        rows = stripe.every("invoice_payments", {"invoice": raw["id"]}, "payment.payment_intent")
    settles = invoice_snapshots.settling({**raw, "payments": {"data": rows}})
    return [_payment(stripe, row, settles.get(row["id"])) for row in rows if row.get("status") != "canceled"]


def _payment(stripe: Account, row: Object, settles: Money | None) -> InvoicePayment:
    """With the charge behind it once the money came; out-of-band money has none."""
    given = Fields(row, "invoice_payment")
    payment = given.child("payment")
    intent = payment.child("payment_intent") if payment else None
    done = given.text("status") == "paid" or (intent is not None and intent.text("status") == "succeeded")
    charge_id = intent.reference("latest_charge") if intent else payment.reference("charge") if payment else ""
    charge = snapshots.charge(stripe.one("charges", charge_id, *OF_CHARGE)) if done and charge_id else None
    return invoice_snapshots.invoice_payment(row, charge, settles)


def _name_products(stripe: Account, lines: list[Object]) -> None:
    """Put the products into the lines' prices, as if they had been expanded (a fifth level, which Stripe refuses)."""
    prices = [price for line in lines if isinstance(price := _price_of(line), dict) and isinstance(price.get("product"), str)]
    wanted = list(dict.fromkeys(price["product"] for price in prices))
    found = {product["id"]: product for product in _products(stripe, wanted)}
    for price in prices:
        price["product"] = found.get(price["product"], price["product"])


def _products(stripe: Account, wanted: list[str]) -> list[Object]:
    """Those that Stripe still has."""
    if len(wanted) == 1:
        found = _unless_gone(stripe, "products", wanted[0])
        return [found] if found else []
    parts = [wanted[start : start + MOST_IDS] for start in range(0, len(wanted), MOST_IDS)]
    return [product for part in parts for product in stripe.every("products", {"ids": part})]


def _unless_gone(stripe: Account, collection: str, stripe_id: str) -> Object | None:
    """An object that only gives a name: the amounts are what is booked, with or without it."""
    try:
        return stripe.one(collection, stripe_id)
    except CannotSync as stopped:
        if stopped.failed.kind is not Kind.GONE:
            raise
        return None


def _price_of(line: Object) -> Any:
    return ((line.get("pricing") or {}).get("price_details") or {}).get("price")


def _name_tax_rates(stripe: Account, lines: list[Object]) -> None:
    """Put the tax rates into the lines' taxes: Stripe gives their ids alone and cannot expand them."""
    details = [detail for line in lines for tax in line.get("taxes") or () if (detail := tax.get("tax_rate_details"))]
    rates: dict[str, Object | str] = {}
    for detail in details:
        rate = detail.get("tax_rate")
        if isinstance(rate, str):
            detail["tax_rate"] = rates[rate] if rate in rates else rates.setdefault(rate, _tax_rate(stripe, rate))


def _tax_rate(stripe: Account, rate_id: str) -> Object | str:
    return _unless_gone(stripe, "tax_rates", rate_id) or rate_id


READ: Mapping[type[Any], Callable[[Account, str], Snapshot]] = {
    Customer: _customer,
    Price: _price,
    Invoice: _invoice,
    Charge: _charge,
    Refunds: _refunds,
    Dispute: _dispute,
    Payout: _payout,
    CreditNote: _credit_note,
}
