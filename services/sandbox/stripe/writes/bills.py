"""Invoices, their items, subscriptions and credit notes."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import StripeRefuses
from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.form import Form
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes.write import Write

Keys = Mapping[str, str]


def create_item(world: World, _: Keys, form: Form) -> Json:
    item = world.items.create(
        form.needed("customer"),
        amount=form.whole("amount"),
        currency=(form.text("currency") or "usd").lower(),
        price=form.inner("pricing").text("price"),
        quantity=form.whole("quantity") or 1,
        description=form.text("description"),
        metadata=form.texts("metadata"),
    )
    return world.account.of("invoiceitem", item)


def create_invoice(world: World, _: Keys, form: Form) -> Json:
    """Of the items that wait for it. An empty draft that is filled afterwards is not offered."""
    customer, collected = form.needed("customer"), form.text("collection_method")
    waiting = world.items.pending(customer) if form.text("pending_invoice_items_behavior") == "include" else []
    if not waiting:
        raise StripeRefuses(
            "invoice_no_customer_line_items",
            "The sandbox makes an invoice of waiting items: create invoiceitems, then pending_invoice_items_behavior=include.",
        )
    days = form.whole("days_until_due")
    if collected == "send_invoice" and days is None:
        raise StripeRefuses("parameter_missing", "If collection_method is send_invoice, days_until_due is needed.")
    invoice = world.invoices.create(
        customer,
        [world.items.line(item) for item in waiting],
        description=form.text("description"),
        metadata=form.texts("metadata"),
        days_until_due=days,
    )
    for item in waiting:
        world.account.change(item, invoice=invoice)
    return _invoice(world, invoice)


def delete_invoice(world: World, keys: Keys, _: Form) -> Json:
    """A draft only; its items go with it."""
    invoice = keys["id"]
    customer = world.account.living("invoice", invoice)["customer"]
    stub = world.invoices.drafts.discard(invoice)
    for item in world.account.listed("invoiceitem", "customer", customer):
        if item["invoice"] == invoice:
            world.account.change(item, invoice=None)
            world.items.delete(item["id"])
    return stub


def pay_invoice(world: World, keys: Keys, form: Form) -> Json:
    """Finalises a draft first, as Stripe does."""
    invoice = keys["id"]
    if world.account.of("invoice", invoice)["status"] == "draft":
        world.invoices.finalize(invoice)
    if form.flag("paid_out_of_band"):
        world.invoices.pay_out_of_band(invoice)
    else:
        world.intents.pay_invoice(invoice, form.text("payment_method"))
    return _invoice(world, invoice)


def send_invoice(world: World, keys: Keys, _: Form) -> Json:
    """Nothing is sent; Stripe finalises a draft by it."""
    found = world.account.of("invoice", keys["id"])
    if found["status"] == "draft":
        world.invoices.finalize(keys["id"])
    world.account.emit("invoice.sent", found)
    return found


def finalize_invoice(world: World, keys: Keys, _: Form) -> Json:
    world.invoices.finalize(keys["id"])
    return _invoice(world, keys["id"])


def void_invoice(world: World, keys: Keys, _: Form) -> Json:
    world.invoices.void(keys["id"])
    return _invoice(world, keys["id"])


def write_off(world: World, keys: Keys, _: Form) -> Json:
    world.invoices.mark_uncollectible(keys["id"])
    return _invoice(world, keys["id"])


def create_subscription(world: World, _: Keys, form: Form) -> Json:
    """One price, once. The first invoice is paid at once; a card that is declined leaves the subscription incomplete."""
    rows, customer, days = form.rows("items"), form.needed("customer"), form.whole("trial_period_days") or 0
    for row in rows:
        row.known(("price", "quantity"))
    if len(rows) != 1 or (rows[0].whole("quantity") or 1) != 1:
        raise StripeRefuses("parameter_invalid", "The sandbox's subscriptions have one item of quantity one.")
    named = form.text("default_payment_method")
    method = world.methods.take(named) if named else world.methods.default_of(customer)
    if method is None and not days:
        raise StripeRefuses("resource_missing", "This customer has no attached payment source or default payment method.")
    subscription, invoice = world.subscriptions.start(customer, rows[0].needed("price"), trial_days=days, metadata=form.texts("metadata"))
    if world.account.of("invoice", invoice)["status"] == "open":
        try:
            world.intents.pay_invoice(invoice, method)
        except StripeRefuses as refusal:
            if refusal.kind != "card_error":
                raise
        else:
            world.subscriptions.activate(subscription)
    return world.account.of("subscription", subscription)


def cancel_subscription(world: World, keys: Keys, _: Form) -> Json:
    world.subscriptions.cancel(keys["id"])
    return world.account.of("subscription", keys["id"])


def create_credit_note(world: World, _: Keys, form: Form) -> Json:
    rows = form.rows("lines")
    credited = [_credited(row) for row in rows] or [Credited(form.amount())]
    back = Back(form.whole("refund_amount") or 0, "", form.whole("credit_amount") or 0, form.whole("out_of_band_amount") or 0)
    note = world.credit_notes.create(
        form.needed("invoice"),
        credited,
        None if back == Back() else back,
        reason=form.text("reason"),
        memo=form.text("memo"),
        metadata=form.texts("metadata"),
    )
    return world.account.of("credit_note", note)


def void_credit_note(world: World, keys: Keys, _: Form) -> Json:
    world.credit_notes.void(keys["id"])
    return world.account.of("credit_note", keys["id"])


def _credited(row: Form) -> Credited:
    if row.needed("type") == "custom_line_item":
        row.known(("description", "quantity", "type", "unit_amount"))
        return Credited(row.amount("unit_amount") * (row.whole("quantity") or 1), description=row.needed("description"))
    row.known(("amount", "invoice_line_item", "type"))
    return Credited(row.amount(), row.needed("invoice_line_item"))


def _invoice(world: World, invoice: str) -> Json:
    return world.account.of("invoice", invoice)


WRITES: Mapping[tuple[str, str], Write] = {
    ("POST", "/v1/invoiceitems"): Write(create_item, "amount currency customer description metadata pricing quantity"),
    ("DELETE", "/v1/invoiceitems/{id}"): Write(lambda world, keys, _: world.items.delete(keys["id"])),
    ("POST", "/v1/invoices"): Write(
        create_invoice, "auto_advance collection_method customer days_until_due description metadata pending_invoice_items_behavior"
    ),
    ("DELETE", "/v1/invoices/{id}"): Write(delete_invoice),
    ("POST", "/v1/invoices/{id}/finalize"): Write(finalize_invoice, "auto_advance"),
    ("POST", "/v1/invoices/{id}/pay"): Write(pay_invoice, "off_session paid_out_of_band payment_method"),
    ("POST", "/v1/invoices/{id}/send"): Write(send_invoice),
    ("POST", "/v1/invoices/{id}/void"): Write(void_invoice),
    ("POST", "/v1/invoices/{id}/mark_uncollectible"): Write(write_off),
    ("POST", "/v1/subscriptions"): Write(
        create_subscription, "customer default_payment_method items metadata payment_behavior trial_period_days trial_settings"
    ),
    ("DELETE", "/v1/subscriptions/{id}"): Write(cancel_subscription),
    ("POST", "/v1/credit_notes"): Write(
        create_credit_note, "amount credit_amount invoice lines memo metadata out_of_band_amount reason refund_amount"
    ),
    ("POST", "/v1/credit_notes/{id}/void"): Write(void_credit_note),
}
