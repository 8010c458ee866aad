"""Whether an object is to be synced at all: its metadata may block it, the settings may want it allowed, or it may be too old."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime

from core.dating import day_of
from core.held import Ask, Held
from core.metadata import ALLOW, BLOCK, EXCLUDED, is_on
from core.outcome import Kind, cannot
from core.plan import Plan, Upsert
from core.records import key
from core.settings import Settings
from core.snapshot import Charge, CreditNote, Dispute, Invoice, Payout, Price, Refunds, Snapshot
from core.sources import id_of, objects_of


def check_control(snapshot: Snapshot, settings: Settings) -> None:
    """CannotSync(blocked) when the object, or one that it builds on, is blocked, or none of them is allowed where settings want that."""
    objects = tuple(objects_of(_without_what_builds_on_it(snapshot)))
    blocked = next((each for each in objects if is_on(each.metadata, BLOCK)), None)
    if blocked is not None and (why := blocked.metadata.get(EXCLUDED)):
        cannot(
            Kind.BLOCKED,
            f"{id_of(blocked)}, which it builds on, is excluded: {why}",
            f"Exclude this one too, or take that back with `exclude {id_of(blocked)} --lift`, and retry.",
        )
    if blocked is not None:
        cannot(
            Kind.BLOCKED,
            f"{BLOCK} is set on {id_of(blocked)}",
            f"Take {BLOCK} away in Stripe and retry, or skip the event.",
        )
    if settings.require_allow and not isinstance(snapshot, Payout | Price) and not any(is_on(each.metadata, ALLOW) for each in objects):
        cannot(
            Kind.BLOCKED,
            f"stripe.require_allow is on, and {ALLOW} is set neither on the object nor on what it builds on",
            f"Set {ALLOW} = true in Stripe on the object or its customer and retry, or skip the event.",
        )


def _without_what_builds_on_it(snapshot: Snapshot) -> Snapshot:
    """A blocked charge does not block the invoice that it paid; the invoice's rule leaves its payment out. Nor does a refund that an
    operator keeps out block the charge's others."""
    if isinstance(snapshot, Refunds):
        return replace(snapshot, refunds=tuple(each for each in snapshot.refunds if EXCLUDED not in each.metadata))
    return replace(snapshot, payments=()) if isinstance(snapshot, Invoice) else snapshot


def too_old(snapshot: Snapshot, settings: Settings) -> str:
    """Why the object is before the books begin (ledger.start_date), or ""."""
    happened = _day(snapshot, settings)
    if settings.start_date is None or happened is None or happened >= settings.start_date:
        return ""
    return f"It is of {happened}, before the books begin on {settings.start_date} (ledger.start_date)."


def check_begin(plan: Plan, settings: Settings, answer: Callable[[Iterable[Ask]], Held]) -> None:
    """CannotSync(refused) when the plan builds on a transaction of before the books begin that is not in NetSuite: nothing older is
    made, for whoever kept the books before may have booked it."""
    begin = settings.start_date
    if begin is None:
        return
    older = [key(each.record) for each in plan.commands if isinstance(each, Upsert) and (day := day_of(each.record)) and day < begin]
    held = answer(Ask(ref) for ref in older)
    missing = next((ref for ref in older if ref not in held), None)
    if missing:
        stripe_id = missing.external_id.partition("-")[0]
        cannot(
            Kind.REFUSED,
            f"{missing} is of before the books begin on {begin} (ledger.start_date) and is not in NetSuite",
            f"Resync {stripe_id} to bring it in, or name in Stripe's metadata the record that it is in NetSuite, then retry.",
            record=str(missing),
        )


def _day(snapshot: Snapshot, settings: Settings) -> date | None:
    moment = _moment(snapshot)
    return settings.day(moment) if moment else None


def _moment(snapshot: Snapshot) -> datetime | None:
    """When it happened; of refunds the last. Customers and prices have no date of their own."""
    match snapshot:
        case Invoice():
            return snapshot.finalized_at or snapshot.created
        case Refunds():
            return max((refund.created for refund in snapshot.refunds), default=snapshot.charge.created)
        case Charge() | Dispute() | Payout() | CreditNote():
            return snapshot.created
        case _:
            return None
