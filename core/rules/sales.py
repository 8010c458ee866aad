"""A charge that paid no invoice, by charges.without_invoice: a CustomerPayment, a CashSale or a CustomerDeposit; and how each goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from core.external_ids import external_id, failed_id, reinstated_id, reversed_id
from core.held import Ask, Held
from core.metadata import CASH_SALE_ID, CUSTOMER_DEPOSIT_ID, undone_at
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Command, Ensure, Upsert
from core.records import (
    Apply,
    CashRefund,
    CashSale,
    CustomerDeposit,
    CustomerRefund,
    External,
    ItemLine,
    JournalEntry,
    JournalLine,
    RecordType,
    key,
)
from core.rules.customers import customer_ref
from core.rules.payments import amount_of, invoices_named, memo_of, moved_at
from core.rules.prices import global_item
from core.settings import Settings
from core.snapshot import Charge, Refund

KINDS = (RecordType.CUSTOMER_PAYMENT, RecordType.CASH_SALE, RecordType.CUSTOMER_DEPOSIT)
BY_SETTING = {"cash_sale": RecordType.CASH_SALE, "customer_deposit": RecordType.CUSTOMER_DEPOSIT}
BY_KEY = {CASH_SALE_ID: RecordType.CASH_SALE, CUSTOMER_DEPOSIT_ID: RecordType.CUSTOMER_DEPOSIT}


def may_stand_for(charge_id: str) -> tuple[External, ...]:
    """The records of which one stands for a charge: NetSuite's one namespace of externalIds holds at most one of them."""
    return tuple(External(kind, external_id(charge_id)) for kind in KINDS)


def may_stand_again(dispute_id: str) -> tuple[External, ...]:
    """The same of a dispute that was won."""
    return tuple(External(kind, reinstated_id(dispute_id)) for kind in KINDS)


def one_of(refs: Sequence[External], *, remembered: bool = False) -> Iterator[Ask]:
    """Which of these records is there. At most one is, so the others need not be asked for once one is known."""
    for ref in refs:
        yield Ask(ref, unless=tuple(other for other in refs if other != ref), remembered=remembered)


def found_among(refs: Sequence[External], held: Held) -> External | None:
    return next((ref for ref in refs if ref in held), None)


def standing_for(charge: Charge, settings: Settings, held: Held) -> RecordType:
    """What stands for the charge: what a person named, else what it was booked as before, else what the settings say."""
    named = next((kind for name, kind in BY_KEY.items() if charge.metadata.get(name)), None)
    if named:
        return named
    if charge.invoices or invoices_named(charge):
        return RecordType.CUSTOMER_PAYMENT
    before = found_among(may_stand_for(charge.id), held)
    return before.type if before else BY_SETTING.get(settings.charges_without_invoice, RecordType.CUSTOMER_PAYMENT)


def cash_sale(charge: Charge, settings: Settings) -> Iterator[Command]:
    """Dr Undeposited Funds, Cr income: sold and paid at once, dated the day the money moved."""
    return sold_for_cash(external_id(charge.id), charge, amount_of(charge), moved_at(charge), memo_of(charge), settings)


def sold_for_cash(external: str, charge: Charge, amount: Money, at: datetime, memo: str, settings: Settings) -> Iterator[Command]:
    """A CashSale of this amount of what the charge sold."""
    item = global_item(settings)
    yield Ensure(item)
    yield Upsert(
        CashSale(
            external_id=external,
            entity=customer_ref(charge.customer, settings),
            tran_date=settings.day(at),
            currency=amount.currency,
            account=settings.accounts.need("undeposited_funds", "a CashSale"),
            item=(ItemLine(key(item), amount, charge.description),),
            memo=memo,
        )
    )


def customer_deposit(charge: Charge, settings: Settings) -> CustomerDeposit:
    """Dr Undeposited Funds, Cr Customer Deposits: the customer's money until a person bills what it is for."""
    return deposited(external_id(charge.id), charge, amount_of(charge), moved_at(charge), memo_of(charge), settings)


def cash_refund(external: str, amount: Money, at: datetime, memo: str, charge: Charge, settings: Settings) -> Iterator[Command]:
    """Dr income, Cr Undeposited Funds: a cash sale, or a part of it, goes back by the item that it sold."""
    item = global_item(settings)
    yield Ensure(item)
    yield Upsert(
        CashRefund(
            external_id=external,
            entity=customer_ref(charge.customer, settings),
            tran_date=settings.day(at),
            currency=amount.currency,
            account=settings.accounts.need("undeposited_funds", "a CashRefund"),
            item=(ItemLine(key(item), amount, charge.description),),
            memo=memo,
        )
    )


def deposit_refund(external: str, given_back: Sequence[Apply], at: datetime, memo: str, charge: Charge, settings: Settings) -> Upsert:
    """Dr Customer Deposits, Cr Undeposited Funds: what was deposited goes back."""
    return Upsert(
        CustomerRefund(
            external_id=external,
            customer=customer_ref(charge.customer, settings),
            tran_date=settings.day(at),
            currency=amount_of(charge).currency,
            account=settings.accounts.need("undeposited_funds", "a CustomerRefund"),
            ar_acct=settings.accounts.receivable_or_default,
            deposit=tuple(given_back),
            memo=memo,
        )
    )


def of_the_deposit(charge: Charge, amount: Money) -> tuple[Apply, ...]:
    """So much of the charge's own deposit."""
    return (Apply(deposit_ref(charge), amount),)


def deposit_ref(charge: Charge) -> External:
    return External(RecordType.CUSTOMER_DEPOSIT, external_id(charge.id))


def given_back(charge: Charge, refunds: Iterable[Refund]) -> Mapping[str, tuple[Apply, ...]]:
    """What each refund, and the failure of the charge itself, gives back of which deposits, by externalId. A deposit that was given back
    cannot be taken again, so the money of a refund that failed is a deposit of its own, which what comes later uses first. In the order
    in which it happened, so that nothing that comes later changes what was booked."""
    found, left = _dealt(charge, refunds)
    return {**found, failed_id(charge.id): _taken(left, amount_of(charge)) if charge.status == "failed" else ()}


def left_deposited(charge: Charge, refunds: Iterable[Refund]) -> tuple[Apply, ...]:
    """What none of these refunds gave back, or what came back since, of which deposits."""
    _, left = _dealt(charge, refunds)
    return _taken(left, amount_of(charge))


def _dealt(charge: Charge, refunds: Iterable[Refund]) -> tuple[dict[str, tuple[Apply, ...]], dict[External, Money]]:
    """What each refund gives back, and what is left in the end. The money of one that failed or was undone is a deposit of its own."""
    moved = [refund for refund in refunds if refund.has_balance_transaction]
    out = [(refund.created, False, refund) for refund in moved]
    back = [(at, True, refund) for refund in moved if (at := refund.failed_at or undone_at(refund.metadata))]
    left = {deposit_ref(charge): amount_of(charge)}
    found: dict[str, tuple[Apply, ...]] = {}
    waiting: list[Refund] = []
    for _, came_back, refund in sorted(out + back, key=lambda each: (each[0], each[1], each[2].id)):
        if came_back:
            again = failed_id(refund.id) if refund.failed_at else reversed_id(external_id(refund.id))
            left = {External(RecordType.CUSTOMER_DEPOSIT, again): refund.amount, **left}
        else:
            waiting.append(refund)
        while waiting and waiting[0].amount.minor <= sum(each.minor for each in left.values()):
            first = waiting.pop(0)
            found[external_id(first.id)] = _taken(left, first.amount)
    if waiting:
        remedy = "Look at the charge's refunds in Stripe's dashboard."
        cannot(Kind.REFUSED, f"{waiting[0].id} gives back {waiting[0].amount}, more than is left of the charge", remedy)
    return found, left


def deposited_again(refund: Refund, charge: Charge, settings: Settings) -> CustomerDeposit:
    """Dr Undeposited Funds, Cr Customer Deposits: the refund failed, its money is the customer's deposit again."""
    return deposited(
        failed_id(refund.id), charge, refund.amount, refund.failed_at or refund.created, f"Stripe: {refund.id} failed", settings
    )


def sold_again(refund: Refund, settings: Settings) -> JournalEntry:
    """Dr Undeposited Funds, Cr income: the CashRefund of a refund that failed is undone, the sale stands."""
    memo = f"Stripe: {refund.id} failed"
    return JournalEntry(
        external_id=failed_id(refund.id),
        tran_date=settings.day(refund.failed_at or refund.created),
        currency=refund.amount.currency,
        line=(
            JournalLine(settings.accounts.need("undeposited_funds", "a refund that failed"), debit=refund.amount, memo=memo),
            JournalLine(settings.accounts.need("income", "a refund that failed"), credit=refund.amount, memo=memo),
        ),
        memo=memo,
        subsidiary=settings.subsidiary_ref,
    )


def deposited(external: str, charge: Charge, amount: Money, at: datetime, memo: str, settings: Settings) -> CustomerDeposit:
    """A CustomerDeposit of this amount of the charge's customer."""
    return CustomerDeposit(
        external_id=external,
        customer=customer_ref(charge.customer, settings),
        tran_date=settings.day(at),
        currency=amount.currency,
        payment=amount,
        account=settings.accounts.need("undeposited_funds", "a CustomerDeposit"),
        memo=memo,
    )


def _taken(left: dict[External, Money], amount: Money) -> tuple[Apply, ...]:
    """So much of what is left, the first deposit first; what was taken is left no more."""
    taken = []
    for deposit in list(left):
        part = min(left[deposit], amount)
        if part:
            taken.append(Apply(deposit, part))
            left[deposit], amount = left[deposit] - part, amount - part
    return tuple(taken)
