"""Credit note and its lines."""

from __future__ import annotations

from collections.abc import Sequence

from services.sandbox.stripe.shapes import Json, fields, listing


def credit_note(new_id: str, created: int, *, invoice: Json, number: str, lines: Sequence[Json], shown: int) -> Json:
    """https://docs.stripe.com/api/credit_notes/object: its totals follow from the lines; who gets the money is filled in after."""
    discounts = _summed([one for line in lines for one in line["discount_amounts"]], "discount")
    taxes = _taxes([tax for line in lines for tax in line["taxes"]])
    subtotal, discount = sum(line["amount"] for line in lines), sum(one["amount"] for one in discounts)
    inclusive = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    total = subtotal - discount + sum(tax["amount"] for tax in taxes) - inclusive
    return {
        "id": new_id,
        "object": "credit_note",
        "amount": total,
        "amount_shipping": 0,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "discount_amount": discount,
        "discount_amounts": discounts,
        "effective_at": created,
        "invoice": invoice["id"],
        "lines": listing(list(lines[:shown]), f"/v1/credit_notes/{new_id}/lines") | {"has_more": len(lines) > shown},
        "livemode": False,
        "metadata": {},
        "number": number,
        "pdf": f"https://pay.stripe.com/credit_notes/{new_id}/pdf",
        "post_payment_amount": 0,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [one | {"type": "discount"} for one in discounts],
        "refunds": [],
        "status": "issued",
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inclusive,
        "total": total,
        "total_excluding_tax": total - sum(tax["amount"] for tax in taxes),
        "total_taxes": taxes,
        "type": "pre_payment",
    } | fields("customer_account customer_balance_transaction memo out_of_band_amount reason shipping_cost voided_at")


def line(new_id: str, *, amount: int, description: str, quantity: int | None, discounts: list[Json], taxes: list[Json]) -> Json:
    """https://docs.stripe.com/api/credit_notes/line_item: `amount` is before discounts and holds inclusive tax."""
    return {
        "id": new_id,
        "object": "credit_note_line_item",
        "amount": amount,
        "description": description,
        "discount_amount": sum(one["amount"] for one in discounts),
        "discount_amounts": discounts,
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [one | {"type": "discount"} for one in discounts],
        "quantity": quantity,
        "tax_rates": [],
        "taxes": taxes,
        "type": "custom_line_item",
    } | fields("unit_amount unit_amount_decimal")


def _summed(parts: Sequence[Json], by: str) -> list[Json]:
    sums: dict[str, int] = {}
    for one in parts:
        sums[one[by]] = sums.get(one[by], 0) + one["amount"]
    return [{"amount": amount, by: name} for name, amount in sums.items()]


def _taxes(taxes: Sequence[Json]) -> list[Json]:
    sums: dict[str, Json] = {}
    for tax in taxes:
        before = sums.setdefault(tax["tax_rate_details"]["tax_rate"], {**tax, "amount": 0, "taxable_amount": 0})
        before |= {name: before[name] + tax[name] for name in ("amount", "taxable_amount")}
    return list(sums.values())
