"""Each refund of a charge sends its money back once."""

from __future__ import annotations

from collections.abc import Iterable

from core.external_ids import external_id
from core.held import NOTHING_HELD, Held
from core.money import Money
from core.outcome import Kind, cannot
from core.plan import Absent, Command, Plan, nothing, plan
from core.records import External, RecordType
from core.rules.charges import charge_commands
from core.rules.prices import partial_refund_item
from core.rules.reversals import Reversal, reverse
from core.settings import Settings
from core.snapshot import Charge, Refund, Refunds


def plan_refunds(of: Refunds, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.refunded and refund.*: for every refund that moved money, credit the invoice or refund the payment."""
    if not of.refunds:
        return nothing("The charge has no refunds.")
    if not of.charge.captured:
        return nothing("The charge was never captured: its refund released an authorisation, no money moved.")
    moved = [refund for refund in of.refunds if refund.has_balance_transaction and refund.status not in ("failed", "canceled")]
    undone = [command for refund in of.refunds if refund.status in ("failed", "canceled") for command in _must_be_absent(refund)]
    if not moved and not undone:
        return _nothing_moved(of)
    _no_more_than_was_charged(of.charge, moved)
    sent_back = [command for refund in moved for command in _refund(refund, of.charge, settings)]
    if not moved:
        return plan("A refund failed: it must not stand in NetSuite.", *undone)
    return plan("Money went back to the customer.", *charge_commands(of.charge, settings), *sent_back, *undone)


def _refund(refund: Refund, charge: Charge, settings: Settings) -> Iterable[Command]:
    reason = refund.reason.replace("_", " ")
    return reverse(Reversal(refund.id, refund.amount, refund.created, reason, partial_refund_item(settings)), charge, settings)


def _nothing_moved(of: Refunds) -> Plan:
    pending = [refund.id for refund in of.refunds if refund.status in ("pending", "requires_action")]
    if not pending:
        return nothing("Every refund of the charge failed or was cancelled before money moved.")
    return cannot(
        Kind.NOT_READY,
        f"refund {pending[0]} is pending: no money has moved yet",
        "Nothing to do: it is tried again by itself and when Stripe says that the refund succeeded.",
    )


def _must_be_absent(refund: Refund) -> Iterable[Command]:
    """A refund that failed before it was synced is nothing; one that fails afterwards must be undone."""
    if refund.has_failure_balance_transaction:
        yield Absent(External(RecordType.CUSTOMER_REFUND, external_id(refund.id)), "A refund that fails after it was synced")


def _no_more_than_was_charged(charge: Charge, refunds: Iterable[Refund]) -> None:
    total = Money.total((refund.amount for refund in refunds), charge.amount_captured.currency)
    if charge.amount_captured < total:
        cannot(
            Kind.REFUSED, f"refunds of {total} exceed the charge of {charge.amount_captured}", "Look at the charge in Stripe's dashboard."
        )
