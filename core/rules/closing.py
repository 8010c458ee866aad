"""The credit memos of an invoice's life: voided, given up, paid with the customer's balance; and the entry that opens it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.external_ids import balance_id, external_id, reversed_id, uncollectible_id, void_id
from core.held import Held
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Command, Ensure, Upsert
from core.records import Apply, CreditMemo, External, ItemLine, JournalEntry, JournalLine, RecordType, key
from core.rules.customers import customer_ref
from core.rules.invoice_lines import Sold, by_account, credit_lines, items_of, sublists, total_of
from core.rules.prices import bad_debt_item, balance_item, global_item
from core.settings import Settings
from core.snapshot import Invoice


def outstanding(invoice: Invoice) -> Money:
    """What the customer still owed when the invoice was closed: due, less what was paid."""
    return due(invoice) - (invoice.amount_paid or Money.zero(invoice.currency))


def voided(invoice: Invoice, lines: Sequence[Sold], settings: Settings, held: Held) -> Iterator[Command]:
    """A voided invoice stays; a credit memo dated the voiding day, applied to it, takes its income back: all of it, less the balance
    whose credit memo was booked before the voiding gave that balance back."""
    used = _balance_used(invoice)
    whole = outstanding(invoice) + used
    if whole.minor > 0:
        credit = credit_lines(lines, whole, global_item(settings), "voided")
        if used and balance_memo(invoice) in held:
            item = balance_item(settings)
            credit = [*credit, Sold(item, ItemLine(key(item), -used, "Customer balance given back"))]
        yield from _credit(void_id(invoice.id), invoice, credit, invoice.voided_at, "voided", settings)


def given_up(invoice: Invoice, lines: Sequence[Sold], settings: Settings) -> Iterator[Command]:
    """An uncollectible invoice: to bad debt when that account is set, else off its own items; or left open by setting."""
    part = outstanding(invoice)
    if settings.invoices_uncollectible == "credit" and part.minor > 0:
        credit = _given_up_lines(lines, part, settings)
        yield from _credit(uncollectible_id(invoice.id), invoice, credit, invoice.marked_uncollectible_at, "uncollectible", settings)


def settles(invoice: Invoice) -> External:
    """The credit memo that gave the invoice up."""
    return External(RecordType.CREDIT_MEMO, uncollectible_id(invoice.id))


def reopened(invoice: Invoice, lines: Sequence[Sold], settings: Settings, held: Held) -> Iterator[Command]:
    """Given up and then paid: Dr A/R with the customer, Cr what the credit memo debited; the payment is applied to that entry."""
    if invoice.status != "paid" or not invoice.marked_uncollectible_at or settles(invoice) not in held:
        return
    memo = f"Stripe: {invoice.id} uncollectible, then paid"
    amount = _given_up(invoice, held)
    receivable = settings.accounts.need("receivable", "an uncollectible invoice that was paid")
    back = by_account(_given_up_lines(lines, amount, settings), settings).items()
    entry = JournalEntry(
        external_id=reversed_id(uncollectible_id(invoice.id)),
        tran_date=settings.day(_moment(invoice, invoice.paid_at)),
        currency=invoice.currency,
        line=(
            JournalLine(receivable, debit=amount, entity=customer_ref(invoice.customer, settings), memo=memo),
            *(JournalLine(account, credit=part, memo=memo) for account, part in back),
        ),
        memo=memo,
        subsidiary=settings.subsidiary_ref,
    )
    yield Upsert(entry)


def debt(invoice: Invoice, paid_at: datetime, held: Held) -> External:
    """What a payment of the invoice is applied to: the invoice, or, when it came after that was given up, the entry that put the debt back."""
    given_up_at = invoice.marked_uncollectible_at
    if invoice.status == "paid" and given_up_at and paid_at > given_up_at and settles(invoice) in held:
        return External(RecordType.JOURNAL_ENTRY, reversed_id(uncollectible_id(invoice.id)))
    return External(RecordType.INVOICE, external_id(invoice.id))


def balance_used(invoice: Invoice, settings: Settings) -> Iterator[Command]:
    """The credit balance that was applied when the invoice was finalised: a credit memo of that part. Voiding gives the balance
    back in Stripe, so a voided invoice has none."""
    used = _balance_used(invoice)
    if invoice.status == "void" or not used:
        return
    item = balance_item(settings)
    lines = [Sold(item, ItemLine(key(item), used, "Customer balance"))]
    yield from _credit(balance_id(invoice.id), invoice, lines, invoice.finalized_at, "customer balance used", settings)


def balance_memo(invoice: Invoice) -> External:
    """The credit memo of the customer balance that the invoice used."""
    return External(RecordType.CREDIT_MEMO, balance_id(invoice.id))


def _balance_used(invoice: Invoice) -> Money:
    """The credit balance that was applied at finalisation; zero when there was none."""
    used = Money(invoice.ending_balance - invoice.starting_balance, invoice.currency)
    return used if used.minor > 0 and invoice.total.minor >= 0 else Money.zero(invoice.currency)


def credited_whole(external: str, invoice: Invoice, lines: Sequence[Sold], at: datetime, memo: str, settings: Settings) -> CreditMemo:
    """A credit memo of these lines of the invoice, applied to it."""
    return CreditMemo(
        external_id=external,
        entity=customer_ref(invoice.customer, settings),
        tran_date=settings.day(at),
        currency=invoice.currency,
        **sublists(lines),
        apply=(Apply(External(RecordType.INVOICE, external_id(invoice.id)), total_of(lines, invoice.currency)),),
        memo=memo,
        account=settings.accounts.receivable_or_default,
    )


def _credit(external: str, invoice: Invoice, lines: Sequence[Sold], at: datetime | None, why: str, settings: Settings) -> Iterator[Command]:
    yield from (Ensure(item) for item in items_of(lines))
    yield Upsert(credited_whole(external, invoice, lines, _moment(invoice, at), f"Stripe: {invoice.id} {why}", settings))


def _given_up_lines(lines: Sequence[Sold], part: Money, settings: Settings) -> Sequence[Sold]:
    if settings.accounts.bad_debt:
        item = bad_debt_item(settings)
        return [Sold(item, ItemLine(key(item), part, "uncollectible"))]
    return credit_lines(lines, part, global_item(settings), "uncollectible")


def _given_up(invoice: Invoice, held: Held) -> Money:
    """What the credit memo that gave the invoice up took off it: a part may have been paid before."""
    memo = held.get(settles(invoice))
    if memo is None or not memo.applied:
        return due(invoice)
    return Money.total((each.amount for each in memo.applied), invoice.currency)


def due(invoice: Invoice) -> Money:
    """What was to pay when the invoice was finalised, after balance and earlier credit notes."""
    return invoice.total if invoice.amount_due is None else invoice.amount_due


def finalised(invoice: Invoice) -> datetime:
    """When it became an invoice; CannotSync when Stripe does not say."""
    if invoice.finalized_at is None:
        cannot(Kind.REFUSED, f"the invoice is {invoice.status} but Stripe gives no finalisation time", "Report it with the invoice's id.")
    return invoice.finalized_at


def _moment(invoice: Invoice, at: datetime | None) -> datetime:
    return at or finalised(invoice)
