"""Stripe's JSON as snapshots: pure, one function per object of the pinned API version, numbers parsed as int or Decimal.

An expandable field may be an id or the object; what cannot be known from an id alone stays empty. Invoices have their own module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.stripe.fields import Fields, Json
from core.snapshot import (
    Address,
    BalanceTransaction,
    Charge,
    CreditNote,
    Customer,
    Dispute,
    FeeDetail,
    PaidInvoice,
    Payout,
    Price,
    Refund,
    Refunds,
)

# How ids start, for a balance transaction whose source came as an id. https://docs.stripe.com/api/balance_transactions/object
SOURCES = {
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "dp": "dispute",
    "du": "dispute",
    "po": "payout",
    "tr": "transfer",
    "trr": "transfer_reversal",
    "tu": "topup",
    "fee": "application_fee",
    "fr": "fee_refund",
}


def customer(raw: Json) -> Customer:
    return _customer(Fields(raw, "customer"))


def _customer(given: Fields) -> Customer:
    return Customer(
        id=given.need_text("id"),
        deleted=given.flag("deleted"),
        name=given.text("name"),
        email=given.text("email"),
        description=given.text("description"),
        phone=given.text("phone"),
        currency=given.text("currency"),
        address=_address(given.child("address")),
        shipping=_address(shipping.child("address")) if (shipping := given.child("shipping")) else None,
        metadata=given.metadata(),
    )


def price(raw: Json) -> Price:
    return price_of(Fields(raw, "price"))


def price_of(given: Fields) -> Price:
    """A price, with the name of its product when that came expanded and is not deleted."""
    product = given.child("product")
    return Price(
        id=given.need_text("id"),
        product_id=given.reference("product"),
        product_name=product.text("name") if product else "",
        currency=given.need_text("currency"),
        nickname=given.text("nickname"),
        inline=_inline(given),
        metadata=given.metadata(),
    )


def charge(raw: Json, invoices: Sequence[PaidInvoice] = (), known: Customer | None = None) -> Charge:
    """A charge and the invoices that it paid; `known`: its customer, where that was read already."""
    given = Fields(raw, "charge")
    currency = given.need_text("currency")
    return Charge(
        id=given.need_text("id"),
        status=given.need_text("status"),
        captured=given.flag("captured"),
        amount=given.money("amount", currency),
        amount_captured=given.money("amount_captured", currency),
        created=given.moment("created"),
        customer=customer_of(given, known),
        balance_transaction=_balance_transaction(row) if (row := given.child("balance_transaction")) else None,
        failure_balance_transaction=_balance_transaction(row) if (row := given.child("failure_balance_transaction")) else None,
        failure_message=given.text("failure_message"),
        description=given.text("description"),
        connected=given.reference("on_behalf_of") or (sent.reference("destination") if (sent := given.child("transfer_data")) else ""),
        invoices=tuple(invoices),
        metadata=given.metadata(),
    )


def balance_transaction(raw: Json) -> BalanceTransaction:
    return _balance_transaction(Fields(raw, "balance_transaction"))


def refund(raw: Json, credit_note: CreditNote | None = None) -> Refund:
    given = Fields(raw, "refund")
    came_back = given.child("failure_balance_transaction")
    return Refund(
        id=given.need_text("id"),
        status=given.need_text("status"),
        amount=given.money("amount", given.need_text("currency")),
        created=given.moment("created"),
        reason=given.text("reason"),
        has_balance_transaction=bool(given.reference("balance_transaction")),
        failed_at=came_back.moment("created") if came_back else None,
        credit_note=credit_note,
        metadata=given.metadata(),
    )


def refunds(of: Charge, rows: Sequence[Json], notes: Sequence[CreditNote] = ()) -> Refunds:
    """A charge and its refunds, oldest first, so that a resync posts them in the order in which they happened; each with the
    credit note among `notes` that it belongs to."""
    of_note = {paid_out.refund_id: note for note in notes for paid_out in note.refunds if note.status == "issued"}
    found = (refund(row, of_note.get(str(row.get("id")))) for row in rows)
    return Refunds(of, tuple(sorted(found, key=lambda each: (each.created, each.id))))


def dispute(raw: Json, of: Charge) -> Dispute:
    given = Fields(raw, "dispute")
    rows = [_balance_transaction(row) for row in given.children("balance_transactions")]
    return Dispute(
        id=given.need_text("id"),
        status=given.need_text("status"),
        amount=given.money("amount", given.need_text("currency")),
        created=given.moment("created"),
        charge=of,
        reason=given.text("reason"),
        withdrawn=any(row.reporting_category == "dispute" and row.amount.minor < 0 for row in rows),
        reinstated_at=max(
            (row.created for row in rows if row.reporting_category == "dispute_reversal" and row.amount.minor > 0), default=None
        ),
        metadata=given.metadata(),
    )


def payout(raw: Json, rows: Sequence[Json] = (), replaces: Sequence[Payout] = ()) -> Payout:
    """A payout and the rows it pays out, as Stripe lists them; the payout's own rows (their source is the payout) are left out."""
    given = Fields(raw, "payout")
    automatic = given.flag("automatic")
    inside = (balance_transaction(row) for row in rows)
    return Payout(
        id=given.need_text("id"),
        status=given.need_text("status"),
        amount=given.money("amount", given.need_text("currency")),
        arrival_date=given.moment("arrival_date").date(),
        created=given.moment("created"),
        automatic=automatic,
        fee=own.money("fee", own.need_text("currency")) if (own := given.child("balance_transaction")) else None,
        failed_at=back.moment("created") if (back := given.child("failure_balance_transaction")) else None,
        reconciliation_status=given.text("reconciliation_status") or ("completed" if automatic else "not_applicable"),
        description=given.text("description"),
        balance_transactions=tuple(row for row in inside if row.source_id != given.text("id")),
        replaces=tuple(replaces),
        metadata=given.metadata(),
    )


def failed_refunds(rows: Sequence[Json]) -> list[dict[str, Any]]:
    """The refunds behind a payout's rows that failed, whose charge is named by its id alone: whether that failed too decides if there is
    anything to pay out."""
    sources = [row.get("source") for row in rows if row.get("reporting_category") in ("refund", "refund_failure")]
    return [
        one
        for one in sources
        if isinstance(one, dict) and one.get("status") in ("failed", "canceled") and isinstance(one.get("charge"), str)
    ]


def customer_of(given: Fields, known: Customer | None = None) -> Customer | None:
    """The customer of an object: whole when expanded, the bare id otherwise, None for a guest; `known` when it is that one."""
    stripe_id = given.reference("customer")
    if known and stripe_id == known.id:
        return known
    if expanded := given.child("customer"):
        return _customer(expanded)
    return Customer(stripe_id) if stripe_id else None


def _address(given: Fields | None) -> Address | None:
    if given is None:
        return None
    return Address(*(given.text(key) for key in ("line1", "line2", "city", "state", "postal_code", "country")))


def _inline(given: Fields) -> bool:
    """Was this price made with an invoice line (`price_data`, or an amount alone)?

    Stripe does not say so. What it does say: such a price is one-time and inactive from birth, and `price_data` can give it
    no nickname, lookup key, metadata, tiers, custom amount or transformation. A bare one-time catalogue price that was
    archived looks the same and counts as inline; a nickname tells them apart.
    """
    own = ("nickname", "lookup_key", "metadata", "custom_unit_amount", "tiers_mode", "transform_quantity")
    return given.raw("active") is False and given.text("type") == "one_time" and not any(given.raw(key) for key in own)


def _balance_transaction(given: Fields) -> BalanceTransaction:
    currency = given.need_text("currency")
    source = given.child("source")
    source_id = given.reference("source")
    return BalanceTransaction(
        id=given.need_text("id"),
        type=given.need_text("type"),
        reporting_category=given.need_text("reporting_category"),
        amount=given.money("amount", currency),
        fee=given.money("fee", currency),
        net=given.money("net", currency),
        created=given.moment("created"),
        source_id=source_id,
        source_object=source.text("object") if source else SOURCES.get(source_id.partition("_")[0], ""),
        source_status=source.text("status") if source else "",
        charge_id=source.reference("charge") if source else "",
        charge_status=of_charge.text("status") if source and (of_charge := source.child("charge")) else "",
        description=given.text("description"),
        converted=given.decimal("exchange_rate") is not None,
        fee_details=tuple(_fee_detail(fee) for fee in given.children("fee_details")),
    )


def _fee_detail(given: Fields) -> FeeDetail:
    return FeeDetail(given.need_text("type"), given.money("amount", given.need_text("currency")), given.text("description"))
