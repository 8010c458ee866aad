"""The lines of an Invoice or of a CreditMemo: what was sold, discounts, shipping and taxes, each its own line, with the item it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypedDict

from core.money import Money, exponent
from core.records import DiscountItem, Internal, ItemLine, ServiceSaleItem, TaxDetail, key
from core.rules.prices import balance_item, discount_item, line_item, negative_line_item, shipping_item, tax_item
from core.settings import Settings
from core.snapshot import Discount, InvoiceLine, Shipping, Tax

Item = ServiceSaleItem | DiscountItem


@dataclass(frozen=True, slots=True)
class Sold:
    """One line, the item that it needs, and, with SuiteTax, its taxes, which come on top of the line's amount."""

    item: Item
    line: ItemLine
    taxes: tuple[TaxDetail, ...] = ()

    @property
    def total(self) -> Money:
        return Money.total((self.line.amount, *(tax.tax_amount for tax in self.taxes)), self.line.amount.currency)


class Sublists(TypedDict):
    """What an Invoice or CreditMemo has of its lines."""

    item: tuple[ItemLine, ...]
    tax_details: tuple[TaxDetail, ...]
    tax_details_override: bool | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What Stripe's invoices and credit notes have in common."""

    currency: str
    lines: Sequence[InvoiceLine]
    discounts: Sequence[Discount] = ()
    shipping: Shipping | None = None


def bill_lines(bill: Bill, settings: Settings) -> list[Sold]:
    """In Stripe's order: lines, discounts, shipping, one line per tax rate; with SuiteTax the taxes are details of their lines."""
    taxes = _taxed(bill, settings) if settings.tax_policy == "line_item" else ()
    return [*_sold(bill, settings), *_discounted(bill, settings), *_shipped(bill, settings), *taxes]


def sublists(lines: Iterable[Sold]) -> Sublists:
    """The lines, each that is taxed with a reference (its number) that its tax details bear too."""
    lines = tuple(lines)
    if not any(each.taxes for each in lines):
        return {"item": tuple([each.line for each in lines]), "tax_details": (), "tax_details_override": None}
    items: list[ItemLine] = []
    details: list[TaxDetail] = []
    for number, each in enumerate(lines, 1):
        reference = str(number)
        items.append(replace(each.line, tax_details_reference=reference) if each.taxes else each.line)
        details += [replace(tax, tax_details_reference=reference) for tax in each.taxes]
    return {"item": tuple(items), "tax_details": tuple(details), "tax_details_override": True}


def total_of(lines: Iterable[Sold], currency: str) -> Money:
    """What the lines add up to, with their taxes."""
    return Money.total((each.total for each in lines), currency)


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


def by_account(lines: Iterable[Sold], settings: Settings) -> dict[Internal, Money]:
    """What the lines post to each income account; a non-posting discount, wherever it stands, lowers the account of the first item sold.
    The tax of tax details is taken to stand on accounts.tax_payable."""
    posted: dict[Internal, Money] = {}
    lines = tuple(lines)
    first = next((each.item.income_account for each in lines if isinstance(each.item, ServiceSaleItem)), None)
    for each in lines:
        sold = each.item.income_account if isinstance(each.item, ServiceSaleItem) else first
        account = sold or settings.accounts.need("income", "a discount on nothing that was sold")
        zero = Money.zero(each.line.amount.currency)
        posted[account] = posted.get(account, zero) + each.line.amount
        if each.total != each.line.amount:
            tax = settings.accounts.need("tax_payable", "the tax of what is reversed")
            posted[tax] = posted.get(tax, zero) + each.total - each.line.amount
    return posted


def credit_lines(of: Sequence[Sold], part: Money, otherwise: ServiceSaleItem, why: str) -> list[Sold]:
    """Lines that credit `part` of what `of` bills: its own lines when that is all of it, its one line when it has one,
    else one line of the item `otherwise`."""
    if part == total_of(of, part.currency):
        return list(of)
    if len(of) == 1 and not of[0].taxes:
        return [Sold(of[0].item, ItemLine(of[0].line.item, part, of[0].line.description))]
    return [Sold(otherwise, ItemLine(key(otherwise), part, why))]


def pro_rata(lines: Sequence[Sold], part: Money) -> list[Sold]:
    """Each line, and each tax of it, in proportion, to the minor unit: what rounding leaves goes to those with the largest remainders."""
    whole = total_of(lines, part.currency)
    if part == whole:
        return list(lines)
    given = [amount for each in lines for amount in (each.line.amount, *(tax.tax_amount for tax in each.taxes))]
    shares = [divmod(amount.minor * part.minor, whole.minor) for amount in given]
    left = part.minor - sum(share for share, _ in shares)
    richest = sorted(range(len(shares)), key=lambda at: -shares[at][1])[:left]
    amounts = iter([Money(share + (at in richest), part.currency) for at, (share, _) in enumerate(shares)])
    shared = [_sharing(each, next(amounts), amounts) for each in lines]
    return [each for each in shared if each.line.amount or each.taxes]


def _sharing(each: Sold, amount: Money, taxes: Iterator[Money]) -> Sold:
    """The line with its share; a tax with none is left out, the others are of that share."""
    details = [replace(tax, tax_amount=next(taxes), tax_basis=amount) for tax in each.taxes]
    line = replace(each.line, amount=amount, quantity=None, rate=None)
    return Sold(each.item, line, tuple(tax for tax in details if tax.tax_amount))


def _sold(bill: Bill, settings: Settings) -> Iterable[Sold]:
    for line in bill.lines:
        amount = _posted(line.amount, line.taxes, settings)
        if amount.minor < 0 and settings.invoices_negative_lines == "discount":
            discount = negative_line_item()
            yield Sold(discount, ItemLine(key(discount), amount, line.description), _details(line.taxes, amount, settings))
            continue
        item = line_item(line.price, settings, line)
        rate = _rate(line, amount)
        sold = ItemLine(key(item), amount, line.description, line.quantity if rate is not None else None, rate)
        yield Sold(item, sold, _details(line.taxes, amount, settings))


def _discounted(bill: Bill, settings: Settings) -> Iterable[Sold]:
    for discount in bill.discounts:
        item = discount_item(discount, settings)
        yield Sold(item, ItemLine(key(item), -discount.amount, discount.name))


def _shipped(bill: Bill, settings: Settings) -> Iterable[Sold]:
    if bill.shipping and bill.shipping.amount:
        item = shipping_item(settings)
        amount = _posted(bill.shipping.amount, bill.shipping.taxes, settings)
        yield Sold(item, ItemLine(key(item), amount, "Shipping"), _details(bill.shipping.taxes, amount, settings))


def _details(taxes: Iterable[Tax], of: Money, settings: Settings) -> tuple[TaxDetail, ...]:
    """With SuiteTax: a detail for each tax of a line of this amount, without taxes of nothing. Its reference is given with the line's number."""
    if settings.tax_policy != "tax_details":
        return ()
    return tuple(_detail(tax, of, settings) for tax in taxes if tax.amount)


def _detail(tax: Tax, of: Money, settings: Settings) -> TaxDetail:
    named = settings.tax_code_of(tax.rate_id)
    basis = of if tax.taxable is None else tax.taxable
    return TaxDetail("", Internal(named.code), basis, tax.percentage or Decimal(0), tax.amount, named.type or None)


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


def _posted(amount: Money, taxes: Sequence[Tax], settings: Settings) -> Money:
    """What a line posts: without the tax that gets its own line; where taxes are ignored with all of it, so that the total is Stripe's."""
    if not taxes:
        return amount
    if settings.tax_policy == "ignore":
        return amount + Money.total((tax.amount for tax in taxes if not tax.inclusive), amount.currency)
    return amount - Money.total((tax.amount for tax in taxes if tax.inclusive), amount.currency)


def _rate(line: InvoiceLine, amount: Money) -> Decimal | None:
    """The unit price in major units when quantity x rate is the amount exactly, else None: then the amount alone is sent."""
    if line.quantity is None or line.unit_amount is None:
        return None
    exact = line.unit_amount * line.quantity == amount.minor
    return line.unit_amount.scaleb(-exponent(amount.currency)) if exact else None
