"""What was written for a payout is taken back by journal entries: what it held is in Undeposited Funds again, line by line, and out of the bank."""

from __future__ import annotations

from collections.abc import Iterable

from core.external_ids import external_id
from core.held import Ask, Held
from core.plan import Upsert, plan
from core.records import Deposit, JournalEntry, key
from core.rules.opposing import WayBack
from core.rules.payout_lines import booked_as
from core.rules.payout_parts import MOST_LINES
from core.rules.payouts import as_entry, asks_of_payout, plan_payout
from core.rules.undoing import BY_HAND, Undoing, nothing_left, refuse
from core.settings import Settings
from core.snapshot import Payout

FAILED = ("failed", "canceled")


def asks_of_undone_payout(payout: Payout, settings: Settings) -> Iterable[Ask]:
    yield Ask(booked_as(payout), remembered=True)
    yield from asks_of_payout(payout, settings)


def way_back_of_payout(payout: Payout, settings: Settings, held: Held, by: Undoing) -> WayBack:
    """An entry for each Deposit and each entry of the payout, with every line on its other side, the last written first. What a Deposit held
    stays deposited in NetSuite: its money waits as a line of the entry instead."""
    own = [each.record for each in plan_payout(payout, settings, held).writes if _is_of(each.record.external_id, payout)]
    booked = [each for each in own if isinstance(each, Deposit | JournalEntry)]
    if booked_as(payout) in held and booked_as(payout) not in {key(each) for each in booked}:
        refuse(f"Stripe does not say any more what {payout.id} held", BY_HAND)
    if not booked:
        return nothing_left(f"{payout.id} comes to nothing: there is nothing to undo.")
    for each in booked:
        _is_in_one_currency(each)
    opposing = by.opposing(payout.id, settings)
    entries = [each if isinstance(each, JournalEntry) else as_entry(each, settings) for each in booked]
    if long := [key(each) for each in entries if len(each.line) > MOST_LINES]:
        refuse(f"{long[0]} would have more than the {MOST_LINES} lines that NetSuite takes", BY_HAND)
    way = plan(
        "The payout is undone by the same lines on their other side; what it held waits in Undeposited Funds as lines of that entry.",
        *(Upsert(each) for each in booked),
        *(Upsert(opposing.turned(each)) for each in reversed(entries)),
    )
    return WayBack(way, tuple(booked), payout.id if payout.status in FAILED else "")


def _is_of(external: str, payout: Payout) -> bool:
    return external.partition("-")[0] == external_id(payout.id)


def _is_in_one_currency(booked: Deposit | JournalEntry) -> None:
    """CannotSync(refused) when NetSuite booked a gain or loss of exchange with it, on an account that only NetSuite knows."""
    if isinstance(booked, Deposit) and (other := [line.doc for line in booked.payment if line.converted]):
        said = f"{key(booked)} took {other[0]} out of Undeposited Funds in another currency than its own; no entry puts that back"
        refuse(said, BY_HAND)
