"""The arithmetic of an invoice: discount shared out over the lines, tax per line, totals that follow from the lines."""

from __future__ import annotations

from collections.abc import Sequence
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


def take_off(lines: Sequence[Json], discount: str, total: int) -> None:
    """Write one discount on the whole invoice into its lines."""
    for line, amount in zip(lines, shared_out(total, [line["amount"] for line in lines]), strict=True):
        line["discount_amounts"] = [{"amount": amount, "discount": discount}]
        line["pretax_credit_amounts"] = [{"amount": amount, "discount": discount, "type": "discount"}]


def levy(lines: Sequence[Json], rate: Json) -> None:
    """Write a tax into each line, on what the discount left of it; an inclusive tax is part of it already."""
    percentage = Decimal(str(rate["percentage"]))
    for line in lines:
        base = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
        divisor = 100 + percentage if rate["inclusive"] else Decimal(100)
        amount = rounded(base * percentage / divisor)
        line["taxes"] = [invoices.tax(rate, amount, base - amount if rate["inclusive"] else base)]


def totals(lines: Sequence[Json], rate: Json | None) -> Json:
    """The invoice's own fields, from its lines alone."""
    subtotal = sum(line["amount"] for line in lines)
    taxes = [tax for line in lines for tax in line["taxes"]]
    discounts = [one for line in lines for one in line["discount_amounts"]]
    discount, tax = sum(one["amount"] for one in discounts), sum(one["amount"] for one in taxes)
    inclusive = rate is not None and rate["inclusive"]
    total = subtotal - discount + (0 if inclusive else tax)
    before_tax = subtotal - (tax if inclusive else 0)
    off = [{"amount": discount, "discount": discounts[0]["discount"]}] if discounts else []
    return {
        "amount_due": total,
        "amount_remaining": total,
        "subtotal": subtotal,
        "subtotal_excluding_tax": before_tax,
        "total": total,
        "total_discount_amounts": off,
        "total_excluding_tax": total - tax,
        "total_pretax_credit_amounts": [one | {"type": "discount"} for one in off],
        "total_taxes": [invoices.tax(rate, tax, sum(one["taxable_amount"] for one in taxes))] if rate and taxes else [],
    }
