"""A payout of more lines than a Deposit may have is several, whose sum is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.metadata import DEPOSIT_ID
from core.outcome import Kind, cannot
from core.records import Deposit, DepositLine, DepositPayment

MOST_LINES = 5_000  # Oracle help, section_N3658677: lines per transaction
Line = DepositPayment | DepositLine


def parts_of(whole: Deposit) -> Sequence[Deposit]:
    """Several Deposits, each positive as NetSuite wants it: every line, the largest first, goes to the part that has least so far,
    what takes away to the part that has most. CannotSync when the lines that take away leave too little for each."""
    lines: list[tuple[Line, int]] = [(line, line.amount.minor) for line in whole.payment]
    lines += [(line, line.amount.minor) for line in whole.other]
    lines += [(line, -line.amount.minor) for line in whole.cashback]
    count = -(-len(lines) // MOST_LINES)
    if count <= 1:
        return (whole,)
    dealt: list[list[Line]] = [[] for _ in range(count)]
    sums = [0] * count
    for line, amount in sorted(lines, key=lambda each: (each[1] < 0, -abs(each[1]))):
        open_parts = [at for at in range(count) if len(dealt[at]) < MOST_LINES]
        to = (min if amount > 0 else max)(open_parts, key=lambda at: sums[at])
        dealt[to].append(line)
        sums[to] += amount
    if min(sums) <= 0:
        cannot(
            Kind.REFUSED,
            f"the payout has {len(lines)} lines, a Deposit at most {MOST_LINES}, and they cannot be dealt out so that each of {count} Deposits is positive",
            f"Book it in NetSuite and put the Deposit's internal id under {DEPOSIT_ID} on the payout in Stripe, then retry; or skip the event.",
            record=f"deposit {whole.external_id}",
        )
    return [_part(whole, at, dealt[at]) for at in range(count)]


def _part(whole: Deposit, at: int, lines: Sequence[Line]) -> Deposit:
    """So many lines of the whole, in its order."""
    mine = {id(line) for line in lines}
    return replace(
        whole,
        external_id=whole.external_id + (f"-{at + 1}" if at else ""),
        payment=tuple(line for line in whole.payment if id(line) in mine),
        other=tuple(line for line in whole.other if id(line) in mine),
        cashback=tuple(line for line in whole.cashback if id(line) in mine),
    )
