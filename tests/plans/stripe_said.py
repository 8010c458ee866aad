"""What Stripe says, in an accountant's words: every object of a case's merchant, a line each, with the figures that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from core.money import Money
from services.sandbox.stripe.shapes import Json
from tests.plans.scene import Scene

MOST_SHOWN = 10


def told(s: Scene) -> Iterator[str]:
    """Every object of the merchant's that a figure of the case comes from."""
    for kind, say in SAID.items():
        for each in s.world.account.listed(kind):
            yield from (line for line in say(s, each) if line)


def _at(seconds: int | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if seconds else ""


def _money(amount: int, currency: str) -> str:
    return str(Money(amount, currency))


def _worded(*parts: object) -> str:
    return "  ".join(str(part) for part in parts if part)


def _metadata(of: Json) -> str:
    return "metadata " + ", ".join(f"{key} = {value}" for key, value in of["metadata"].items()) if of.get("metadata") else ""


def _customer(s: Scene, of: Json) -> Iterator[str]:
    if of.get("deleted"):
        yield f"customer {of['id']}  deleted"
        return
    address = _place(of["address"])
    shipping = _place(of["shipping"]["address"]) if of["shipping"] else ""
    names = _worded(of["name"], of["email"], of["description"], of["phone"], of["currency"], address, shipping and f"ships to {shipping}")
    yield _worded(f"customer {of['id']}", names, _metadata(of))


def _place(address: Mapping[str, Any] | None) -> str:
    return ", ".join(str(part) for part in address.values() if part) if address else ""


def _price(s: Scene, of: Json) -> Iterator[str]:
    """A price of an invoice is told by its line; here what is said of it besides."""
    if of["metadata"] or not s.world.account.listed("line_item"):
        name = s.world.account.of("product", of["product"])["name"]
        yield _worded(f"price {of['id']}", name, _money(of["unit_amount"], of["currency"]), "" if of["active"] else "inline", _metadata(of))


def _coupon(s: Scene, of: Json) -> Iterator[str]:
    off = f"{of['percent_off']} % off" if of["percent_off"] else f"{_money(of['amount_off'], of['currency'])} off"
    yield _worded(f"coupon {of['id']}", of["name"], off, _metadata(of))


def _rate(s: Scene, of: Json) -> Iterator[str]:
    yield _worded(f"tax rate {of['id']}", f"{of['display_name']} {of['percentage']:g} %", "inclusive" if of["inclusive"] else "exclusive")


def _invoice(s: Scene, of: Json) -> Iterator[str]:
    cur, moments = of["currency"], of["status_transitions"]
    dates = (f"{name.removesuffix('_at')} {_at(moments[name])}" for name in moments if moments[name])
    due = "" if of["amount_due"] == of["total"] else f"{_money(of['amount_due'], cur)} due"
    balance = (
        f"customer balance {of['starting_balance']} -> {of['ending_balance']}"
        if of["ending_balance"] not in (None, of["starting_balance"])
        else ""
    )
    paid = f"{_money(of['amount_paid'], cur)} paid" if 0 < of["amount_paid"] < of["total"] else ""
    outside = f"{_money(of['amount_paid_off_stripe'], cur)} outside Stripe" if of.get("amount_paid_off_stripe") else ""
    over = f"{_money(of['amount_overpaid'], cur)} overpaid" if of.get("amount_overpaid") else ""
    by = f"due by {_at(of['due_date'])}" if of["due_date"] else ""
    head = _worded(_money(of["total"], cur), due, paid, outside, over, balance, of["status"], *dates, by)
    yield _worded(f"invoice {of['id']}", of["number"], head, _metadata(of))
    lines = s.world.account.listed("line_item", "invoice", of["id"])
    yield from (f"  {_line(each)}" for each in lines[:MOST_SHOWN])
    if len(lines) > MOST_SHOWN:
        yield f"  ... {len(lines)} lines in all"
    for off in of["total_discount_amounts"] or ():
        yield f"  less {_money(off['amount'], cur)}  {s.held(off['discount'])['source']['coupon']}"
    if of["shipping_cost"]:
        yield f"  shipping {_money(of['shipping_cost']['amount_subtotal'], cur)}"
    for tax in of["total_taxes"] or ():
        yield f"  {tax['tax_behavior']} tax {_money(tax['amount'], cur)}  {tax['tax_rate_details']['tax_rate']}"


def _line(of: Json) -> str:
    """One line of an invoice."""
    unit, count = of["pricing"]["unit_amount_decimal"], of["quantity"]
    start, end = _at(of["period"]["start"])[:10], _at(of["period"]["end"])[:10]
    period = "" if start == end else f"from {start} to {end}"
    times = f"{count} x {unit}" if count != 1 else ""
    sold = of["pricing"]["price_details"]["price"]
    return _worded(of["id"], _money(of["amount"], of["currency"]), times, of["description"], sold, period, _metadata(of))


def _charge(s: Scene, of: Json) -> Iterator[str]:
    cur = of["currency"]
    captured = f"{_money(of['amount_captured'], cur)} captured" if of["amount_captured"] not in (of["amount"], 0) else ""
    row = s.held(of["balance_transaction"]) if of["balance_transaction"] else None
    moved = "no balance transaction yet" if row is None else f"moved {_at(row['created'])}"
    settled = f"settled as {_money(row['amount'], row['currency'])}" if row and row["currency"] != cur else ""
    pays = [each["invoice"] for each in s.world.account.listed("invoice_payment", "payment.payment_intent", of["payment_intent"])]
    paid = f"of {', '.join(pays)}" if pays else of["customer"] or "of a guest"
    held = "" if of["captured"] or of["status"] != "succeeded" else "only authorised"
    about = "" if pays else of["description"]
    sent = f"sent on to {of['transfer_data']['destination']}" if of["transfer_data"] else ""
    made_for = f"on behalf of {of['on_behalf_of']}" if of["on_behalf_of"] else sent
    words = (captured, of["status"], held, paid, made_for, about, moved, settled, _metadata(of))
    yield _worded(f"charge {of['id']}", _money(of["amount"], cur), *words)


def _refund(s: Scene, of: Json) -> Iterator[str]:
    moved = "" if of["balance_transaction"] else "no balance transaction yet"
    amount = _money(of["amount"], of["currency"])
    yield _worded(f"refund {of['id']}", amount, of["status"], f"of {of['charge']}", of["reason"], _at(of["created"]), moved, _metadata(of))


def _dispute(s: Scene, of: Json) -> Iterator[str]:
    rows = [f"{row['reporting_category']} {_money(row['amount'], row['currency'])}" for row in of["balance_transactions"]]
    amount = _money(of["amount"], of["currency"])
    yield _worded(f"dispute {of['id']}", amount, of["status"], f"of {of['charge']}", of["reason"], _at(of["created"]), *rows, _metadata(of))


def _note(s: Scene, of: Json) -> Iterator[str]:
    cur = of["currency"]
    parts = {"on the open invoice": of["pre_payment_amount"], "out of band": of["out_of_band_amount"]}
    given = [f"{_money(amount, cur)} {where}" for where, amount in parts.items() if amount]
    given += [f"{_money(each['amount_refunded'], cur)} by {each['refund']}" for each in of["refunds"]]
    given += ["to the customer's balance"] if of["customer_balance_transaction"] else []
    yield _worded(
        f"credit note {of['id']}", _money(of["total"], cur), of["status"], f"of {of['invoice']}", *given, of["reason"], _at(of["created"])
    )
    for line in s.world.account.listed("credit_note_line_item", "credit_note", of["id"]):
        yield f"  {_worded(_money(line['amount'], cur), line['description'], line.get('invoice_line_item'))}"


def _payout(s: Scene, of: Json) -> Iterator[str]:
    kind = "" if of["automatic"] else f"manual, {of['method']}"
    listed = "" if of["reconciliation_status"] in ("completed", "not_applicable") else f"reconciliation {of['reconciliation_status']}"
    head = (
        f"payout {of['id']}",
        _money(of["amount"], of["currency"]),
        of["status"],
        kind,
        listed,
        f"arrives {_at(of['arrival_date'])[:10]}",
    )
    yield _worded(*head, _metadata(of))
    for row in s.world.account.listed("balance_transaction", "payout", of["id"])[:MOST_SHOWN]:
        if row["source"] != of["id"]:
            fees = (f"{_money(fee['amount'], row['currency'])} {fee['type']} ({fee['description']})" for fee in row["fee_details"])
            yield f"  {_worded(row['id'], row['reporting_category'], _money(row['amount'], row['currency']), row['source'], *fees)}"


SAID: Mapping[str, Callable[[Scene, Json], Iterator[str]]] = {
    "customer": _customer,
    "price": _price,
    "coupon": _coupon,
    "tax_rate": _rate,
    "invoice": _invoice,
    "charge": _charge,
    "refund": _refund,
    "credit_note": _note,
    "dispute": _dispute,
    "payout": _payout,
}
