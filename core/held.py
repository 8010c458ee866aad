"""What NetSuite holds of the records that a rule asked about: the third and last thing that a rule may depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core.money import Money
from core.records import External, Internal


@dataclass(frozen=True, slots=True)
class HeldApply:
    """So much of a payment, credit memo or refund is applied to the document of this internal id."""

    doc: Internal
    amount: Money


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that NetSuite holds. `applied` and `remaining` (of an invoice: due; of a payment or credit memo: unapplied) are
    known only where the rule asked to have the record read, else None."""

    internal_id: str
    applied: tuple[HeldApply, ...] | None = None
    remaining: Money | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a rule: is the record there; with `read`, also what it is applied to."""

    ref: External
    read: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The answers, by record; a record that is not among them is not in NetSuite (or was not asked about)."""

    records: Mapping[External, HeldRecord] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, ref: External) -> bool:
        return ref in self.records

    def get(self, ref: External) -> HeldRecord | None:
        return self.records.get(ref)


NOTHING_HELD = Held()


def asks_nothing(*_: object) -> Iterable[Ask]:
    """The question of a rule that needs to know nothing of NetSuite."""
    return ()
