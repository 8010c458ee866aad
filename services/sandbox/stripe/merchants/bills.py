"""What can happen to bills: invoices of every kind of line, subscriptions, payments in parts, credit notes, the customer's balance."""

from __future__ import annotations

from typing import Any

from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.invoices import Line, Shipping
from services.sandbox.stripe.merchants.family import Family
from services.sandbox.stripe.merchants.merchant import Merchant
from services.sandbox.stripe.shapes import Json


def bill(m: Merchant) -> str:
    """One to three lines of catalogue prices, perhaps a coupon and a tax; final."""
    currency = invoiced(m)
    lines = [Line(m.price(currency), m.random.randint(1, 3)) for _ in range(m.random.randint(1, 3))]
    how: dict[str, Any] = {"coupon": m.coupon() if m.chance(0.3) else None, "tax_rate": m.rate() if m.chance(0.4) else None}
    return _final(m, currency, lines, **how)


def bill_of_many_kinds(m: Merchant) -> str:
    """Inline prices, lines below zero, coupons on lines, several coupons, shipping."""
    currency = invoiced(m)
    lines = [Line(m.price(currency), coupons=(m.coupon(),) if m.chance(0.5) else ())]
    lines.append(Line(product=m.product, unit_amount=m.amount(), currency=currency, description="As agreed"))
    if m.chance(0.5):
        lines.append(Line(product=m.product, unit_amount=-m.amount(), currency=currency, description="Less what was promised"))
    if m.chance(0.2):
        lines += [Line(product=m.product, unit_amount=29, quantity=count, currency=currency) for count in range(1, 11)]
    shipping = Shipping(m.amount(), (m.rate(),) if m.chance(0.5) else ()) if m.chance(0.4) else None
    coupons = [m.coupon() for _ in range(m.random.randint(0, 2))]
    return _final(m, currency, lines, shipping=shipping, coupons=coupons, tax_rate=m.rate() if m.chance(0.4) else None)


def bill_a_trifle(m: Merchant) -> str:
    """Too small to charge: it waits for the next one."""
    currency = invoiced(m)
    return _final(m, currency, [Line(product=m.product, unit_amount=29, currency=currency)])


def pay(m: Merchant) -> None:
    if invoice := m.one("invoice", asks):
        m.world.invoices.pay(invoice, balance_later=m.chance(0.1))


def fail_to_pay(m: Merchant) -> None:
    if invoice := m.one("invoice", asks):
        m.world.invoices.fail_payment(invoice)


def describe(m: Merchant) -> None:
    if invoice := m.one("invoice", lambda one: one["status"] in ("open", "paid")):
        m.world.invoices.describe(invoice, "As discussed")


def pay_by_debit(m: Merchant) -> None:
    if invoice := m.one("invoice", lambda one: asks(one) and one["currency"] == "usd"):
        m.world.invoices.debit(invoice)


def pay_a_part(m: Merchant) -> None:
    if invoice := m.one("invoice", asks):
        m.world.invoices.pay_part(invoice, m.part(m.world.account.of("invoice", invoice)["amount_remaining"]))


def overpay(m: Merchant) -> None:
    if invoice := m.one("invoice", asks):
        m.world.invoices.pay_part(invoice, m.world.account.of("invoice", invoice)["amount_remaining"] + m.amount())


def adjust_balance(m: Merchant) -> None:
    currency = invoiced(m)
    m.world.balance.adjust(m.customer(currency), m.amount() * m.random.choice((-1, -1, 1)), currency)


def end_an_invoice(m: Merchant) -> None:
    invoices = m.world.invoices
    if invoice := m.one("invoice", asks):
        m.random.choice((invoices.void, invoices.mark_uncollectible, invoices.pay_out_of_band))(invoice)


def pay_what_was_written_off(m: Merchant) -> None:
    if invoice := m.one("invoice", lambda one: one["status"] == "uncollectible"):
        m.world.invoices.pay(invoice)


def subscribe(m: Merchant) -> None:
    currency = invoiced(m)
    trial = m.chance(0.25)
    tax = m.rate() if m.chance(0.3) else None
    m.world.subscriptions.start(m.customer(currency), m.price(currency, recurring=True), tax_rate=tax, trial=trial)


def renew(m: Merchant) -> None:
    if subscription := m.one("subscription", goes_on):
        m.world.subscriptions.renew(subscription)


def switch(m: Merchant) -> None:
    if subscription := m.one("subscription", goes_on):
        currency = m.world.account.of("subscription", subscription)["currency"]
        m.world.subscriptions.switch(subscription, m.price(currency, recurring=True), m.random.choice((10, 33, 50, 99)))


def cancel_subscription(m: Merchant) -> None:
    if subscription := m.one("subscription", goes_on):
        m.world.subscriptions.cancel(subscription)


def credit(m: Merchant) -> None:
    """On an open invoice, or on one that was paid, the money back in any way."""
    if not (invoice := m.one("invoice", creditable)):
        return
    found = m.world.account.of("invoice", invoice)
    lines = [line for line in m.world.account.listed("line_item", "invoice", invoice) if line["amount"] > 0]
    if not lines:
        return
    line = m.random.choice(lines)
    amount = m.part(line["amount"]) if m.chance(0.7) else line["amount"]
    if found["status"] == "open":
        m.world.credit_notes.create(invoice, [Credited(amount, line["id"])], reason="order_change")
    elif m.chance(0.3):
        m.world.credit_notes.create(invoice, [Credited(amount)], _back(m, amount))
    else:
        m.world.credit_notes.create(invoice, [Credited(amount, line["id"])], _back(m, _total_of(m, line, amount)))


def credit_a_refund(m: Merchant) -> None:
    """A credit note for a refund that was made before."""
    invoices = m.world.account.listed("invoice_payment")
    paid = {m.world.invoices.payments.intent(one)["latest_charge"]: one["invoice"] for one in invoices if one["status"] == "paid"}
    if found := m.one("refund", lambda one: one["charge"] in paid):
        refund = m.world.account.of("refund", found)
        m.world.credit_notes.create(paid[refund["charge"]], [Credited(refund["amount"])], Back(existing=found))


def credit_note_moves(m: Merchant) -> None:
    """Voided while its invoice is open, else only described."""
    of = m.world.account.of
    if note := m.one("credit_note", lambda one: one["status"] == "issued" and of("invoice", one["invoice"])["status"] == "open"):
        m.world.credit_notes.void(note)
    elif note := m.one("credit_note"):
        m.world.credit_notes.describe(note, "As agreed by telephone")


def _back(m: Merchant, total: int) -> Back:
    first = m.part(total)
    ways = (Back(refund=total), Back(balance=total), Back(out_of_band=total), Back(refund=first, balance=total - first))
    return m.random.choice(ways)


def _total_of(m: Merchant, line: Json, amount: int) -> int:
    """What a credit of the line will come to: the preview of https://docs.stripe.com/api/credit_notes/preview."""
    return m.world.credit_notes.total(line["invoice"], [Credited(amount, line["id"])])


def _final(m: Merchant, currency: str, lines: list[Line], **how: Any) -> str:
    made = m.world.invoices.create(m.customer(currency), lines, **how)
    m.world.invoices.finalize(made)
    return made


def invoiced(m: Merchant) -> str:
    """A currency that invoices are made in: with taxes, dinars would not end in a zero."""
    return m.random.choice([currency for currency in m.currencies if currency != "kwd"] or ["usd"])


def asks(invoice: Json) -> bool:
    return bool(invoice["status"] == "open")


def goes_on(subscription: Json) -> bool:
    return bool(subscription["status"] != "canceled")


def creditable(invoice: Json) -> bool:
    return bool(invoice["status"] == "open" or (invoice["status"] == "paid" and invoice["amount_paid"] > 0))


ACTS = (
    (Family.INVOICES, 5, bill),
    (Family.INVOICES, 8, pay),
    (Family.INVOICES, 1, fail_to_pay),
    (Family.INVOICES, 1, describe),
    (Family.LINES, 4, bill_of_many_kinds),
    (Family.LINES, 2, pay),
    (Family.PARTIAL_PAYMENTS, 5, pay_a_part),
    (Family.PARTIAL_PAYMENTS, 1, pay),
    (Family.CUSTOMER_BALANCE, 2, adjust_balance),
    (Family.CUSTOMER_BALANCE, 1, overpay),
    (Family.CUSTOMER_BALANCE, 1, bill_a_trifle),
    (Family.INVOICE_ENDS, 3, end_an_invoice),
    (Family.INVOICE_ENDS, 6, pay_what_was_written_off),
    (Family.SUBSCRIPTIONS, 3, subscribe),
    (Family.SUBSCRIPTIONS, 5, renew),
    (Family.SUBSCRIPTIONS, 6, switch),
    (Family.SUBSCRIPTIONS, 1, cancel_subscription),
    (Family.SUBSCRIPTIONS, 2, pay),
    (Family.CREDIT_NOTES, 6, credit),
    (Family.CREDIT_NOTES, 3, credit_a_refund),
    (Family.CREDIT_NOTES, 6, credit_note_moves),
    (Family.DELAYED, 1, pay_by_debit),
)
