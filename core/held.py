"""What NetSuite holds of the records that a rule asked about: the third and last thing that a rule may depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core.money import Money
from core.records import External, Internal, Numbered, RecordType


@dataclass(frozen=True, slots=True)
class HeldApply:
    """So much of a payment, credit memo or refund is applied to the document of this internal id."""

    doc: Internal
    amount: Money


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that NetSuite holds. `entity`, its customer, `applied` and `remaining` (of an invoice: due; of a payment or credit memo: unapplied) are
    known only where the rule asked to have the record read, else None."""

    internal_id: str
    entity: Internal | None = None
    applied: tuple[HeldApply, ...] | None = None
    remaining: Money | None = None


@dataclass(frozen=True, slots=True)
class Titled:
    """A transaction by what a person calls it: its number (tranId), else its internal id."""

    type: RecordType
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


Asked = External | Numbered | Titled


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a rule: is the record there; with `read`, also what it is applied to. A record that is not ours is always read.

    `unless`: needs no answer when one of these is known to be there. `remembered`: from our own memory alone, NetSuite is not called."""

    ref: Asked
    read: bool = False
    unless: tuple[External, ...] = ()
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The answers, by record; a record that is not among them is not in NetSuite (or was not asked about)."""

    records: Mapping[Asked, HeldRecord] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, ref: Asked) -> bool:
        return ref in self.records

    def get(self, ref: Asked) -> HeldRecord | None:
        return self.records.get(ref)


NOTHING_HELD = Held()


def asks_nothing(*_: object) -> Iterable[Ask]:
    """The question of a rule that needs to know nothing of NetSuite."""
    return ()
