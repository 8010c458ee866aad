"""A dispute that took money sends it back once; an inquiry moves nothing; won or lost adds nothing here (the payout holds the rest)."""

from __future__ import annotations

from collections.abc import Iterable

from core.held import NOTHING_HELD, Ask, Held
from core.plan import Plan, nothing, plan
from core.rules.charges import asks_of_charge, charge_commands
from core.rules.prices import dispute_item
from core.rules.reversals import Reversal, asks_of_reversal, reverse
from core.settings import Settings
from core.snapshot import Dispute


def plan_dispute(dispute: Dispute, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.dispute.created, .funds_withdrawn, .updated: one CreditMemo and CustomerRefund per dispute, whichever event comes first."""
    if dispute.status.startswith("warning_"):
        return nothing("The dispute is an inquiry: no money has moved.")
    if not dispute.withdrawn:
        return nothing("Stripe has withdrawn no funds for the dispute.")
    reason = f"dispute: {dispute.reason.replace('_', ' ')}"
    back = reverse(Reversal(dispute.id, dispute.amount, dispute.created, reason, dispute_item(settings)), dispute.charge, settings, held)
    return plan("The bank took the disputed money back.", *charge_commands(dispute.charge, settings, held), *back)


def asks_of_dispute(dispute: Dispute, settings: Settings) -> Iterable[Ask]:
    yield from asks_of_charge(dispute.charge, settings)
    if dispute.withdrawn:
        yield from asks_of_reversal(dispute.id, dispute.charge, settings)
