"""What the writer is about to do to NetSuite, in the words in which it is stored before it is done.

NetSuite carries out a request that it has received although the connection dies, and may do so for 15 minutes after
(Oracle help, section_1540364662 and section_4078474279). So a call whose answer was lost leaves its record in doubt: unknown until that time has
passed and the record has been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.ports import Link
from core.records import External

RESYNC = "resync"
"""The event of a sync that no event asked for, but a person."""

AMBIGUITY_WINDOW_S = 960
"""How long a lost call stays unknown, unless the settings say otherwise: NetSuite's own 15 minutes and one more."""


class Act(StrEnum):
    """What a mutating call does to its record."""

    CREATE = "create"
    BRING_INTO_LINE = "bring into line"
    AMEND = "amend"
    ADD_CURRENCY = "add currency"
    GIVE_EXTERNAL_ID = "give externalId"


class Ending(StrEnum):
    """What is known of a mutating call: it was carried out, it was not, or nobody knows yet."""

    WRITTEN = "written"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call is made: the event (or "resync"), the Stripe object and the subject that is synced, and the checksums of the plan
    and of the settings that made it."""

    event_id: str
    stripe_id: str
    subject: str
    plan: str = ""
    settings: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person asked for it: then nothing is taken for granted that can be looked up."""
        return self.event_id == RESYNC


@dataclass(frozen=True, slots=True)
class Intent:
    """A mutating call that is about to be made. `checksum` names what the record shall be; `token` is the turn's and fences it."""

    ref: External
    act: Act
    checksum: str
    token: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Doubt:
    """A record that a call may or may not have changed. `left_s`: so many seconds it cannot be proven yet; 0: what NetSuite holds now
    is what it will hold. `under_way`: the call was not ended; it still runs, or who made it is gone."""

    number: int
    ref: External
    cause: Cause
    left_s: int
    under_way: bool = False

    def is_of(self, ref: External) -> bool:
        """Whether this is the record, or one that would hold its externalId in its stead."""
        return self.ref.external_id == ref.external_id and self.ref.group is ref.group

    def is_of_subject(self, cause: Cause) -> bool:
        """Whether the call was made for this subject of this Stripe object."""
        return (self.cause.stripe_id, self.cause.subject) == (cause.stripe_id, cause.subject)


class Intents(Protocol):
    """What the writer is about to do to NetSuite. What a method wrote survives a power loss when it returns."""

    def begin(self, intent: Intent) -> int:
        """Store that the call is about to be made; its number. CannotSync(busy): the turn has lapsed, or nothing can be stored; then
        the call must not be made."""
        ...

    def end(self, number: int, ending: Ending, link: Link | None = None) -> None:
        """Store how the call ended, and with it which record it wrote. One that is never ended leaves its record in doubt, as does
        UNKNOWN."""
        ...

    def doubts(self, refs: Iterable[External], cause: Cause) -> Sequence[Doubt]:
        """The calls whose end is not known: to these records, or for this subject of this Stripe object."""
        ...

    def certain(self, numbers: Iterable[int]) -> None:
        """These doubts are no more: their records were read, and are as they should be."""
        ...
