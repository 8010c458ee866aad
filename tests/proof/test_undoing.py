"""What was written for a merchant is undone, the newest first: then NetSuite's books are as if nothing had ever been written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.storage.notes import MemoryNotes
from adapters.stripe.trail import TrailReader
from core.notes import Noted
from core.outcome import Failed, Synced
from core.undo import Undo
from services.sandbox.stripe.merchants import EVERY, Family
from services.sandbox.stripe.shapes import Json
from tests.proof.run import POLICIES, Story, WorldClock
from tests.proof.world_reader import WorldReader

NEWEST_FIRST = ("payout", "dispute", "refund", "credit_note", "charge", "invoice")
"""Each kind after those that build on it."""


ONE_CURRENCY = EVERY - {Family.CURRENCIES}
"""Of a payout's Deposit with payments of another currency NetSuite alone knows what exchange gained or lost: that is not undone."""


class NotPaidOut(Story):
    """No payout is ever told of."""

    def _heard(self, told: Json) -> None:
        if not told["type"].startswith("payout."):
            Story._heard(self, told)

    def _books_differ(self) -> Iterator[str]:
        """The reference knows of the payouts."""
        yield from ()


def undo_of(story: Story) -> Undo:
    reader, notes = WorldReader(story.world), MemoryNotes(story.core.records)  # type: ignore[arg-type]
    core = replace(story.core, stripe=Noted(reader, notes))
    return Undo(core, Noted(reader, notes, even_excluded=True), TrailReader(reader), notes, WorldClock(story.world))


def undone(story: Story) -> Iterator[tuple[str, str]]:
    """Everything is undone, and again, and every event comes again; what of it was refused or written, and why."""
    undo, account = undo_of(story), story.world.account
    for kind in NEWEST_FIRST:
        for stripe_id in [each["id"] for each in sorted(account.listed(kind), key=lambda one: one["created"], reverse=True)]:
            first = undo.carry_out(stripe_id, "", "all of it").outcome
            if isinstance(first, Failed):
                yield stripe_id, first.message
            elif (again := undo.carry_out(stripe_id, "", "all of it").outcome) not in (Synced(0), first):
                yield stripe_id, f"again it ended {again}"
    before = story.transport.mutating
    for event in {(each.type, each.subject_id): each for each in story.heard}.values():
        undo.use_case.event(event)
        if story.transport.mutating != before:
            yield event.subject_id, f"{event.type} wrote again"
            before = story.transport.mutating


def left(story: Story) -> list[object]:
    """What was refused, what the accounts hold and what is open after a merchant's story was undone."""
    story.play()
    assert story.balances(), "nothing was written"
    refused = list(undone(story))
    return [*refused, *((key, net) for key, net in story.balances().items() if net), *story.netsuite.open_receivables()]


@pytest.mark.parametrize("first", range(0, 20, 5), ids=lambda first: f"seeds {first} to {first + 4}")
def test_when_all_is_undone_every_account_is_at_zero(first: int) -> None:
    assert {seed: found for seed in range(first, first + 5) if (found := left(Story(seed, ONE_CURRENCY)))} == {}


@pytest.mark.parametrize("policy", [name for name in POLICIES if name])
def test_whatever_the_accountant_chose_every_account_is_at_zero(policy: str) -> None:
    assert {seed: found for seed in range(2) if (found := left(Story(seed, ONE_CURRENCY, policy=policy)))} == {}


def test_in_every_currency_what_no_payout_took_is_undone() -> None:
    assert {seed: found for seed in range(5) if (found := left(NotPaidOut(seed)))} == {}
