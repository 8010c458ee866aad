"""What a seed draws before its story begins: which faults there are, how often, and how small the knobs are."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from services.sandbox.stripe.merchants import EVERY, Family
from services.sandbox.stripe.merchants.family import with_needs
from tests.sim.netsuite import Mood, Trouble
from tests.sim.plots import PLOTS
from tests.sim.stripe_side import Delivery, ReadTrouble, StripeMood

RATES = (0.0, 0.0, 0.02, 0.1, 0.25)
SHARE_OF_PLOTS = 0.6
LABELS = frozenset({Family.METADATA})  # what a person bars waits for a person: tests/proof has it


class WireTrouble(StrEnum):
    """What befalls one call from ingest to the writer."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    TWICE = "carried out twice"


Fault = TypeVar("Fault", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Swarm:
    """A seed's own mix. `leading`: the families that the story is about; the others are there because they build on them.
    `plot`: what it begins with (of plots.py), if anything. `tells_all`: the endpoint is told of every event, as one that subscribes to all
    types, and not of those alone that act."""

    families: frozenset[Family]
    leading: frozenset[Family]
    currencies: tuple[str, ...]
    days: int
    acts: int
    tells_all: bool
    writers: int
    ingests: int
    in_flight: int
    switches: float
    netsuite: Mood
    stripe: StripeMood
    wire: Mapping[WireTrouble, float]
    crashes: float
    zombies: float
    closes_a_period: bool
    loses_a_store: bool
    pace_s: float
    plot: str = ""


def calm(families: frozenset[Family] = EVERY - LABELS, currencies: tuple[str, ...] = ("usd", "jpy", "kwd")) -> Swarm:
    """No fault at all, and one of everything."""
    return Swarm(families, families, currencies, 1, 5, True, 1, 1, 4, 0.0, Mood(), StripeMood(), {}, 0.0, 0.0, False, False, 20.0)


def swarm_of(seed: int) -> Swarm:
    """The mix of a seed."""
    dice = random.Random(f"swarm of {seed}")
    some = sorted(EVERY - LABELS)
    leading = frozenset(dice.sample(some, dice.randint(1, 3)))
    currencies = tuple(dice.sample(("usd", "eur", "jpy", "kwd"), 2))
    return Swarm(
        families=with_needs(leading) | {Family.CARDS},
        leading=leading,
        currencies=("usd", *(one for one in currencies if one != "usd")),
        days=1,
        acts=dice.choice((1, 1, 2, 2, 3, 4)),
        tells_all=dice.random() < 0.25,
        writers=dice.choice((1, 2, 2)),
        ingests=dice.choice((1, 1, 2)),
        in_flight=dice.choice((1, 4, 8)),
        switches=dice.choice((0.1, 0.5, 0.9)),
        netsuite=Mood(_rates(dice, Trouble), timeout_s=dice.choice((10.0, 60.0, 120.0)), slowest_s=dice.choice((0.5, 2.0, 10.0))),
        stripe=StripeMood(_rates(dice, ReadTrouble, 0.3), _rates(dice, Delivery), dice.choice((10.0, 600.0, 1800.0))),
        wire=_rates(dice, WireTrouble, 0.3),
        crashes=dice.choice((0.0, 0.001, 0.005, 0.02)),
        zombies=dice.choice((0.0, 0.0, 0.002, 0.01)),
        closes_a_period=dice.random() < 0.2,
        loses_a_store=dice.random() < 0.15,
        pace_s=dice.choice((1.0, 20.0, 120.0)),
        plot=dice.choice(list(PLOTS)) if dice.random() < SHARE_OF_PLOTS else "",
    )


def _rates(dice: random.Random, faults: Iterable[Fault], share: float = 0.35) -> dict[Fault, float]:
    """Some of the faults, each with a rate of its own."""
    return {fault: rate for fault in faults if dice.random() < share and (rate := dice.choice(RATES))}


OVERTAKEN = "overtaken by a newer claim"
"""A call of an older claim that comes to a writer after one of a newer claim of the same object did."""

EVERY_CELL: tuple[tuple[str, str], ...] = (
    *((trouble.value, port) for trouble in Trouble for port in ("read", "write") if (trouble, port) != (Trouble.CHANGED, "read")),
    *((trouble.value, "stripe") for trouble in ReadTrouble),
    *((trouble.value, "webhook") for trouble in Delivery),
    *((trouble.value, "rpc") for trouble in WireTrouble),
    (OVERTAKEN, "rpc"),
    *((mishap, role) for mishap in ("crash", "stands still") for role in ("writer", "ingest")),
    ("period closed", "netsuite"),
    ("store restored", "ingest"),
    ("store restored", "writer"),
)
"""Every fault by the port that it befalls: a long run in which one never came proves nothing about it."""
