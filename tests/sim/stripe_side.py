"""Stripe as the services meet it: a merchant's world that changes while it is read, an API with troubles, webhooks that get lost."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

from adapters.stripe.reading import Account, Object, Reading
from core.outcome import CannotSync, Failed, Kind
from services.sandbox.stripe.merchants import Family, play
from services.sandbox.stripe.merchants.merchant import Merchant
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.webhooks import signature_header
from services.sandbox.stripe.world import World
from tests.proof.world_reader import WorldReader
from tests.sim.plots import Plot
from tests.sim.scheduler import Process, Scheduler

SECRET = "whsec_of_the_simulation"
GAPS_S = (20.0, 60.0, 300.0, 600.0, 1200.0, 1800.0)
"""Stripe's growing gaps between deliveries of one event, shrunk as the merchant's days are."""
ACCEPTED_WITHIN_S = 30.0


class ReadTrouble(StrEnum):
    """What befalls one call to Stripe's API."""

    BUSY = "429"
    ERROR = "500"
    NO_ANSWER = "time-out"


class Delivery(StrEnum):
    """What befalls one webhook."""

    LOST = "lost for good"
    TWICE = "sent twice"
    HELD = "held back"
    UNANSWERED = "answer lost"


@dataclass(frozen=True, slots=True)
class StripeMood:
    """Shares of calls and of webhooks that meet each trouble."""

    reads: Mapping[ReadTrouble, float] = field(default_factory=dict)
    webhooks: Mapping[Delivery, float] = field(default_factory=dict)
    held_s: float = 1800.0


class SimReader(Reading):
    """The StripeReader of one writer process: each call of the API is a step, so the world may change between two."""

    def __init__(
        self,
        world: World,
        process: Process,
        mood: StripeMood,
        dice: random.Random,
        met: Counter[tuple[str, str, str]],
        is_calm: Callable[[], bool],
    ) -> None:
        self._world, self._process, self._mood, self._dice, self._met = WorldReader(world), process, mood, dice, met
        self._is_calm = is_calm

    def account(self, account: str) -> Account:
        return _Account(self._world.account(account), self)

    def called(self, what: str) -> None:
        """One call: it may fail, and the world may move on before it is answered."""
        self._process.step(f"reads {what}")
        for trouble, rate in self._mood.reads.items():
            if not self._is_calm() and self._dice.random() < rate:
                self._met[trouble.value, "stripe", "busy"] += 1
                self._process.scheduler.pause(20.0 if trouble is ReadTrouble.NO_ANSWER else 0.2)
                raise CannotSync(Failed(Kind.BUSY, f"Stripe did not answer ({trouble})", "It is tried again by itself."))


@dataclass(frozen=True, slots=True)
class _Account:
    of: Account
    reader: SimReader

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        self.reader.called(f"{collection}/{stripe_id}")
        return self.of.one(collection, stripe_id, *expand)

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        self.reader.called(collection)
        return self.of.every(collection, filters, *expand)


TRIES = 4
LEADS = 10
"""So many times as often as otherwise comes what a story is about, once there is something to build on."""


@dataclass(eq=False)
class Life:
    """A merchant's few days, act by act: what happens at which virtual moment. First the plot, if there is one, then what the dice say."""

    world: World
    seed: int
    families: frozenset[Family]
    leading: frozenset[Family]
    currencies: tuple[str, ...]
    days: int
    acts: int
    plot: Plot = ()
    calm_days: int = 5

    def moments(self) -> Iterator[Callable[[], None]]:
        """Each deed, in order."""
        merchant = Merchant(self.world, self.seed, self.families, self.currencies)
        merchant.set_pricing()
        able = [
            (family, weight * merchant.random.choice((1, 2, 4, 8)), act) for family, weight, act in play.ACTS if family in merchant.families
        ]
        first_of_all = [(weight, act) for _, weight, act in able]
        acts = [(weight * (LEADS if family in self.leading else 1), act) for family, weight, act in able]
        first = self.world.now.date() + timedelta(days=merchant.random.choice(play.FIRST_DAYS))
        days = max(self.days, len(self.plot))
        for number in range(days + self.calm_days):
            today, calm = first + timedelta(days=number), number - days
            yield lambda today=today, calm=calm: play.morning(merchant, today, pays_out=calm < self.calm_days - 2)  # type: ignore[misc]
            if number < len(self.plot):
                for act in self.plot[number]:
                    yield lambda act=act: self._something(merchant, [(1, act)])  # type: ignore[misc]
            if number < self.days:
                if not self.plot:
                    yield lambda: self._something(merchant, first_of_all)
                for _ in range(self.acts - 1):
                    yield lambda: self._something(merchant, acts)
            if calm >= 0:
                yield lambda: play.clear(merchant)
            yield lambda today=today: play.move_to(merchant, today, time(23, 59, 30))  # type: ignore[misc]

    def _something(self, merchant: Merchant, acts: Sequence[play.Weighed]) -> None:
        """What finds nothing to act upon is no act: draw again."""
        before = self.world.account.size
        for _ in range(TRIES):
            play.something(merchant, acts)
            if self.world.account.size > before:
                return


Post = Callable[[bytes, str, Callable[[int], None]], None]
"""Send a body with its signature to one of the ingests; it tells the status, or 0 when nobody answers."""


class Webhooks:
    """Every event to the endpoint, until it is taken, with the troubles of the mood."""

    def __init__(self, scheduler: Scheduler, mood: StripeMood, dice: random.Random, post: Post, met: Counter[tuple[str, str, str]]) -> None:
        self._scheduler, self._mood, self._dice, self._post = scheduler, mood, dice, post
        self.met = met
        self.bodies: dict[str, bytes] = {}
        self.under_way = 0
        self.calm = False

    def heard(self, event: Json) -> None:
        """An event has happened."""
        self.keep(event)
        times = 2 if self._meets(Delivery.TWICE) else 1
        for _ in range(0 if self._meets(Delivery.LOST) else times):
            held = self._dice.uniform(0, self._mood.held_s) if self._meets(Delivery.HELD) else self._dice.uniform(0.0, 2.0)
            self.later(held, event["id"])

    def keep(self, event: Json) -> None:
        """It stands in Stripe's list, whether or not it is ever delivered."""
        self.bodies[event["id"]] = json.dumps(event, separators=(",", ":")).encode()

    def later(self, seconds: float, event: str, tried: int = 0) -> None:
        """Deliver it then."""
        self.under_way += 1
        self._scheduler.after(seconds, lambda: self._deliver(event, tried))

    def _deliver(self, event: str, tried: int) -> None:
        body = self.bodies[event]
        header = signature_header(body, (SECRET,), int(self._scheduler.moment.timestamp()))
        told: list[int] = []

        def answered(status: int) -> None:
            if told:
                return
            told.append(status)
            self.under_way -= 1
            if (status != 200 or self._meets(Delivery.UNANSWERED)) and tried < len(GAPS_S):
                self.later(GAPS_S[tried] * self._dice.uniform(0.5, 1.5), event, tried + 1)

        self._scheduler.after(ACCEPTED_WITHIN_S, lambda: answered(0))
        self._post(body, header, answered)

    def _meets(self, trouble: Delivery) -> bool:
        met = not self.calm and self._dice.random() < self._mood.webhooks.get(trouble, 0.0)
        if met:
            self.met[trouble.value, "webhook", "-"] += 1
        return met


@dataclass(frozen=True, slots=True)
class Listed:
    """Stripe's own list of events, newest first, for the sweep."""

    webhooks: Webhooks

    def events(self, account: str, since: int, patience: object) -> Iterator[Sequence[bytes]]:
        bodies = list(self.webhooks.bodies.values())[::-1]
        yield from (bodies[start : start + 100] for start in range(0, len(bodies), 100))
