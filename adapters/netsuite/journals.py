"""Which line of a journal entry a payment, a refund or a deposit means: its receivable, or its money in Undeposited Funds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.outcome import CannotSync, Failed, Kind
from core.records import Apply, CreditMemo, CustomerPayment, CustomerRefund, Deposit, DepositPayment, External, Record, RecordType

Json = Mapping[str, Any]
Use = Apply | DepositPayment


def journals(record: Record) -> Iterator[tuple[External, Use]]:
    """The journal entries that the record applies to or deposits, and what it says of each."""
    uses: tuple[Use, ...] = ()
    match record:
        case CustomerPayment() | CreditMemo() | CustomerRefund():
            uses = record.apply
        case Deposit():
            uses = record.payment
        case _:
            pass
    for use in uses:
        if isinstance(use.doc, External) and use.doc.type is RecordType.JOURNAL_ENTRY:
            yield use.doc, use


def line_of(held: Json, journal: External, user: Record, use: Use) -> int:
    """The number of the line that is meant, in the journal as GET shows it; CannotSync(refused) when none is, or several are."""
    lines: Sequence[Json] = held.get("line", {}).get("items", ())
    fits = _receivables(lines, user) if isinstance(use, Apply) else _waiting(lines, use)
    if len(fits) != 1 or not isinstance(fits[0].get("line"), int):
        what = "receivable of a customer" if isinstance(use, Apply) else f"line of {use.amount} in Undeposited Funds"
        message = f"{journal} should have one {what} in NetSuite, and has {len(fits)}"
        remedy = "Look at the journal entry in NetSuite: undo what was changed there by hand, then retry."
        raise CannotSync(Failed(Kind.REFUSED, message, remedy, field="line", record=str(journal)))
    number: int = fits[0]["line"]
    return number


def _receivables(lines: Sequence[Json], user: Record) -> Sequence[Json]:
    """A line of receivables names a customer. A refund pays back a credit, a payment or credit memo settles a debit."""
    side = "credit" if isinstance(user, CustomerRefund) else "debit"
    return [line for line in lines if line.get("entity") and line.get(side)]


def _waiting(lines: Sequence[Json], use: DepositPayment) -> Sequence[Json]:
    """Debits of a journal come into a deposit as money, credits go out of it; where several do, the ones that are no customer's."""
    fits = [line for line in lines if line.get("debit" if use.amount.minor > 0 else "credit")]
    return fits if len(fits) == 1 else [line for line in fits if not line.get("entity")]
