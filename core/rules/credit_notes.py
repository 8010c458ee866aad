"""Credit notes: seen, and said to be missing."""

from __future__ import annotations

from core.held import NOTHING_HELD, Held
from core.outcome import CannotSync, not_built
from core.plan import Plan
from core.settings import Settings
from core.snapshot import CreditNote


def plan_credit_note(credit_note: CreditNote, _settings: Settings, _held: Held = NOTHING_HELD) -> Plan:
    """credit_note.*: CreditMemo of the credit note."""
    raise CannotSync(not_built(f"A credit note ({credit_note.status})"))
