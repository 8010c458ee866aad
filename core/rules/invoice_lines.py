"""The lines of an Invoice or of a CreditMemo: what was sold, discounts, shipping and taxes, each its own line, with the item it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.money import Money, exponent
from core.records import DiscountItem, Internal, ItemLine, ServiceSaleItem, key
from core.rules.prices import balance_item, discount_item, line_item, negative_line_item, shipping_item, tax_item
from core.settings import Settings
from core.snapshot import Discount, InvoiceLine, Shipping, Tax

Item = ServiceSaleItem | DiscountItem


@dataclass(frozen=True, slots=True)
class Sold:
    """One line and the item that it needs."""

    item: Item
    line: ItemLine


@dataclass(frozen=True, slots=True)
class Bill:
    """What Stripe's invoices and credit notes have in common."""

    currency: str
    lines: Sequence[InvoiceLine]
    discounts: Sequence[Discount] = ()
    shipping: Shipping | None = None


def bill_lines(bill: Bill, settings: Settings) -> list[Sold]:
    """In Stripe's order: lines, discounts, shipping, one line per tax rate."""
    taxes = _taxed(bill, settings) if settings.tax_policy == "line_item" else ()
    return [*_sold(bill, settings), *_discounted(bill), *_shipped(bill, settings), *taxes]


def at_zero(lines: Iterable[Sold]) -> list[Sold]:
    """The same lines with nothing to pay: how an invoice of a negative total stands in the books."""
    return [Sold(each.item, replace(each.line, amount=Money.zero(each.line.amount.currency), rate=None, quantity=None)) for each in lines]


def debit_balance_line(amount: Money, settings: Settings) -> Sold:
    """What the customer owed already when the invoice was finalised: a line of it."""
    item = balance_item(settings)
    return Sold(item, ItemLine(key(item), amount, "Customer balance"))


def items_of(lines: Iterable[Sold]) -> list[Item]:
    """Each item once, in the order of the lines."""
    return list(dict.fromkeys(each.item for each in lines))


def by_account(lines: Iterable[Sold]) -> dict[Internal, Money]:
    """What the lines post to each income account; a non-posting discount lowers the account of the first item sold."""
    posted: dict[Internal, Money] = {}
    first: Internal | None = None
    for each in lines:
        account = each.item.income_account if isinstance(each.item, ServiceSaleItem) else first or Internal("")
        first = first or account
        posted[account] = posted.get(account, Money.zero(each.line.amount.currency)) + each.line.amount
    return posted


def credit_lines(of: Sequence[Sold], part: Money, otherwise: ServiceSaleItem, why: str) -> list[Sold]:
    """Lines that credit `part` of what `of` bills: its own lines when that is all of it, its one line when it has one,
    else one line of the item `otherwise`."""
    if part == Money.total((each.line.amount for each in of), part.currency):
        return list(of)
    if len(of) == 1:
        return [Sold(of[0].item, ItemLine(of[0].line.item, part, of[0].line.description))]
    return [Sold(otherwise, ItemLine(key(otherwise), part, why))]


def pro_rata(lines: Sequence[Sold], part: Money) -> list[Sold]:
    """Each line in proportion, to the minor unit: what rounding leaves goes to the lines with the largest remainders."""
    whole = Money.total((each.line.amount for each in lines), part.currency)
    if part == whole:
        return list(lines)
    shares = [divmod(each.line.amount.minor * part.minor, whole.minor) for each in lines]
    left = part.minor - sum(share for share, _ in shares)
    richest = sorted(range(len(shares)), key=lambda at: -shares[at][1])[:left]
    amounts = [share + (at in richest) for at, (share, _) in enumerate(shares)]
    return [
        Sold(each.item, replace(each.line, amount=Money(amount, part.currency), quantity=None, rate=None))
        for each, amount in zip(lines, amounts, strict=True)
        if amount
    ]


def _sold(bill: Bill, settings: Settings) -> Iterable[Sold]:
    for line in bill.lines:
        amount = _posted(line.amount, line.taxes, settings)
        if amount.minor < 0 and settings.invoices_negative_lines == "discount":
            discount = negative_line_item()
            yield Sold(discount, ItemLine(key(discount), amount, line.description))
            continue
        item = line_item(line.price, settings, line)
        rate = _rate(line, amount)
        yield Sold(item, ItemLine(key(item), amount, line.description, line.quantity if rate is not None else None, rate))


def _discounted(bill: Bill) -> Iterable[Sold]:
    for discount in bill.discounts:
        item = discount_item(discount)
        yield Sold(item, ItemLine(key(item), -discount.amount, discount.name))


def _shipped(bill: Bill, settings: Settings) -> Iterable[Sold]:
    if bill.shipping and bill.shipping.amount:
        item = shipping_item(settings)
        yield Sold(item, ItemLine(key(item), _posted(bill.shipping.amount, bill.shipping.taxes, settings), "Shipping"))


def _taxed(bill: Bill, settings: Settings) -> Iterable[Sold]:
    """One line per tax rate; taxes of nothing leave no line."""
    by_rate: dict[str, list[Tax]] = {}
    for tax in _taxes(bill):
        by_rate.setdefault(tax.rate_id, []).append(tax)
    for taxes in by_rate.values():
        amount = Money.total((tax.amount for tax in taxes), bill.currency)
        if amount:
            item = tax_item(taxes[0], settings)
            yield Sold(item, ItemLine(key(item), amount, taxes[0].name))


def _taxes(bill: Bill) -> Iterable[Tax]:
    yield from (tax for line in bill.lines for tax in line.taxes)
    yield from bill.shipping.taxes if bill.shipping else ()


def _posted(amount: Money, taxes: Iterable[Tax], settings: Settings) -> Money:
    """What a line posts: without the tax that gets its own line; where taxes are ignored with all of it, so that the total is Stripe's."""
    if settings.tax_policy == "ignore":
        return amount + Money.total((tax.amount for tax in taxes if not tax.inclusive), amount.currency)
    return amount - Money.total((tax.amount for tax in taxes if tax.inclusive), amount.currency)


def _rate(line: InvoiceLine, amount: Money) -> Decimal | None:
    """The unit price in major units when quantity x rate is the amount exactly, else None: then the amount alone is sent."""
    if line.quantity is None or line.unit_amount is None:
        return None
    exact = line.unit_amount * line.quantity == amount.minor
    return line.unit_amount.scaleb(-exponent(amount.currency)) if exact else None
