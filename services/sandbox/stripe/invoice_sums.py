"""The arithmetic of an invoice: discounts shared out over the lines, taxes per line, totals that follow from lines and shipping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.sandbox.stripe.shapes import Json, invoices
from services.sandbox.stripe.shapes.ledger import rounded


def discounted(coupon: Json, subtotal: int) -> int:
    """What the coupon takes off, never more than there is."""
    if coupon["percent_off"] is not None:
        return rounded(subtotal * Decimal(str(coupon["percent_off"])) / 100)
    return int(min(coupon["amount_off"], subtotal))


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """The total in whole parts, in proportion to the weights: the parts sum to it exactly."""
    whole = sum(weights)
    parts = [total * weight // whole if whole else 0 for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole) if whole else 0, at))
    for at in remainders[: total - sum(parts)]:
        parts[at] += 1
    return parts


def left_after_discounts(line: Json) -> int:
    """The line's amount less what its discounts took off so far."""
    return int(line["amount"] - sum(one["amount"] for one in line["discount_amounts"]))


def take_off(lines: Sequence[Json], discount: str, coupon: Json) -> None:
    """Write one discount into those of the lines that can be discounted; prorations and negative lines cannot."""
    open_lines = [line for line in lines if line["discountable"]]
    left = [left_after_discounts(line) for line in open_lines]
    for line, amount in zip(open_lines, shared_out(discounted(coupon, sum(left)), left), strict=True):
        line["discount_amounts"].append({"amount": amount, "discount": discount})
        line["pretax_credit_amounts"].append({"amount": amount, "discount": discount, "type": "discount"})


def tax_of(base: int, rate: Json) -> tuple[int, int]:
    """The tax on an amount and the taxable part of it; an inclusive tax is part of the amount already."""
    percentage = Decimal(str(rate["percentage"]))
    amount = rounded(base * percentage / (100 + percentage if rate["inclusive"] else Decimal(100)))
    return amount, base - amount if rate["inclusive"] else base


def levy(line: Json, rates: Iterable[Json]) -> None:
    """Write each tax into the line, on what the discounts left of it."""
    base = left_after_discounts(line)
    for rate in rates:
        line["taxes"].append(invoices.tax(rate, *tax_of(base, rate)))


def exclusive_tax(holder: Json) -> int:
    """What the taxes of a line add to its amount."""
    return sum(tax["amount"] for tax in holder["taxes"] if tax["tax_behavior"] == "exclusive")


def totals(lines: Sequence[Json], item_discounts: frozenset[str], shipping: Json | None, shipping_taxes: Sequence[Json]) -> Json:
    """The invoice's own fields. `subtotal` has the discounts of single lines in it already, as Stripe says; shipping it has not."""
    sums, taxes = _by_discount(lines), [tax for line in lines for tax in line["taxes"]]
    taxes += [invoices.tax(one["rate"], one["amount"], one["taxable_amount"]) for one in shipping_taxes]
    inclusive = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    tax = sum(tax["amount"] for tax in taxes)
    before = sum(line["amount"] for line in lines)
    subtotal = before - sum(amount for name, amount in sums.items() if name in item_discounts)
    shipped = shipping["amount_subtotal"] if shipping else 0
    total = before - sum(sums.values()) + shipped + tax - inclusive
    off = [{"amount": amount, "discount": name} for name, amount in sums.items()]
    return {
        "amount_due": max(total, 0),
        "amount_remaining": max(total, 0),
        "amount_shipping": shipped,
        "shipping_cost": shipping,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal
        - sum(one["amount"] for line in lines for one in line["taxes"] if one["tax_behavior"] == "inclusive"),
        "total": total,
        "total_discount_amounts": off,
        "total_excluding_tax": total - tax,
        "total_pretax_credit_amounts": [one | {"type": "discount"} for one in off],
        "total_taxes": _by_rate(taxes),
    }


def _by_discount(lines: Sequence[Json]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in (one for line in lines for one in line["discount_amounts"]):
        sums[one["discount"]] = sums.get(one["discount"], 0) + one["amount"]
    return sums


def _by_rate(taxes: Sequence[Json]) -> list[Json]:
    sums: dict[str, Json] = {}
    for tax in taxes:
        rate = tax["tax_rate_details"]["tax_rate"]
        if rate in sums:
            sums[rate] |= {name: sums[rate][name] + tax[name] for name in ("amount", "taxable_amount")}
        else:
            sums[rate] = {**tax}
    return list(sums.values())
