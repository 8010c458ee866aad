"""What a deposit takes out of Undeposited Funds, in whatever currency it waits there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart
from adapters.netsuite.emulator.errors import invalid_value, missing, user_error
from adapters.netsuite.emulator.ledger import Ledger, Member, Posting, Transaction, Waiting

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Members:
    """The `payment` lines of the deposit that is being `made`."""

    chart: Chart
    ledger: Ledger
    made: Transaction
    lines: Sequence[Mapping[str, Any]]

    @property
    def members(self) -> tuple[Member, ...]:
        """Each with its amount in the deposit's currency; Refused when a line does not wait, or its amount is not known."""
        return tuple(self._member(index, line) for index, line in enumerate(self.lines))

    def _member(self, index: int, line: Mapping[str, Any]) -> Member:
        path = f"payment.items[{index}]"
        held = self.ledger.find(str(line.get("id")))
        waiting = held.waits(line.get("lineId") or 0) if held else None
        if held is None or waiting is None or held.subsidiary != self.made.subsidiary:
            raise user_error(f"Invalid id reference key {line.get('id')}.", f"{path}.id")
        amount: Decimal | None = line.get("paymentAmount")
        if held.currency == self.made.currency:
            if amount not in (None, waiting.amount):
                raise invalid_value(amount, "paymentAmount", f"{path}.paymentAmount")
            amount = waiting.amount
        elif amount is None:
            raise missing("Payment Amount")
        side = -1 if waiting.amount < 0 else 1
        return Member(held.id, waiting.line, side * abs(amount), f"{path}.id")

    def postings(self) -> Iterator[Posting]:
        """What leaves Undeposited Funds leaves it as it came in: in its currency and at its worth. Against the deposit's own currency and rate
        that is the realised gain or loss; between two currencies both legs go through that account."""
        for member in self.members:
            held = self.ledger.transaction(member.doc)
            yield from self._leaves(held, member, held.waits(member.line))

    def _leaves(self, held: Transaction, member: Member, waiting: Waiting | None) -> Iterator[Posting]:
        if waiting is None:
            return
        exchange, now = self.chart.exchange, self.made.worth.of(member.amount)
        yield Posting(self.chart.undeposited_funds, held.currency, -waiting.amount, -waiting.base)
        if held.currency != self.made.currency:
            yield Posting(exchange, held.currency, waiting.amount, waiting.base)
            yield Posting(exchange, self.made.currency, -member.amount, -now)
        elif held.worth != self.made.worth:
            yield Posting(exchange, held.currency, ZERO, waiting.base - now)
