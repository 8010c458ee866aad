"""One round: a merchant at work, strikes all the while, then calm, and the verdict."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import grpc

from adapters.writer.operator import IngestClient
from core.inbox import EventState
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.merchants import EVERY, Family, play_merchant
from services.sandbox.stripe.world import World
from tests.bench.measure import CannotRun
from tests.chaos.cast import Actor, Cast, on_stage
from tests.chaos.verdict import wrong

# Labels by which a merchant keeps objects out make events fail as they should; here whatever fails is wrong.
FAMILIES = EVERY - {Family.METADATA}
CURRENCIES = ("usd", "eur", "gbp", "jpy")
BETWEEN_STRIKES_S, DOWN_S, FROZEN_S = (0.5, 5.0), (0.0, 1.0), (0.2, 8.0)
SHARE_OF_FREEZES = 0.3
SETTLES_WITHIN_S = 180.0
LOOK_S = 1.0
MOST_LISTED = 1000


@dataclass(slots=True)
class Told:
    """What a round came to. `wrong` are sentences; `strikes` what was done to whom, by the second of the round."""

    seed: int
    events: int = 0
    settled_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    strikes: list[tuple[float, str]] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = Counter(strike.split()[0] for _, strike in self.strikes)
        verdict = f"{len(self.wrong)} WRONG" if self.wrong else "0 lost, 0 doubled, every balance exact"
        done = f"{self.events} events, {kinds['kill']} kills, {kinds['freeze']} freezes, settled {self.settled_s:.0f} s after the last"
        return f"seed {self.seed}: {done}: {verdict}"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a round is played on: how long it lasts, where things are stored, and how many of each service there are."""

    seconds: float
    storage: Callable[[Path], str]
    ingests: int = 1
    writers: int = 1


def play_round(seed: int, stage: Stage) -> Told:
    """The same seed does the same at Stripe and strikes in the same order; when what is struck is where, no seed decides."""
    told = Told(seed)
    with tempfile.TemporaryDirectory(prefix="stripe-netsuite-chaos-") as name:
        folder = Path(name)
        try:
            with on_stage(seed, folder, stage.storage(folder), stage.ingests, stage.writers) as cast:
                _struck(cast, told, stage.seconds)
                _judge(cast, told)
        except CannotRun as stopped:
            told.wrong.append(str(stopped))
        if told.wrong:
            told.wrong += [f"{log.stem} said last: {line}" for log in sorted(folder.glob("*.log")) for line in _last_lines(log)]
    return told


def _struck(cast: Cast, told: Told, seconds: float) -> None:
    """The merchant's days, spread over the time, and meanwhile the strikes; at the end all are up and thawed."""
    began, over = time.monotonic(), threading.Event()
    strikes = threading.Thread(target=_strike, args=(cast.actors, told, began, over), name="strikes", daemon=True)
    strikes.start()
    try:
        days = list(_days(World(told.seed), told.seed))
        for number, _ in enumerate(_days(cast.sandbox.world, told.seed), 1):
            time.sleep(max(0.0, began + seconds * number / len(days) - time.monotonic()))
    finally:
        over.set()
        strikes.join()
    told.events = len(cast.sandbox.world.events)


def _days(world: World, seed: int) -> Iterator[date]:
    """Every other seed is the demo's wide fortnight, whose proof is known; the others are merchants of any kind."""
    if seed % 2 == 0:
        return play_fortnight(world, seed, wide=True)
    return play_merchant(world, seed, "large", CURRENCIES, FAMILIES)


def _strike(actors: tuple[Actor, ...], told: Told, began: float, over: threading.Event) -> None:
    chance = random.Random(f"strikes of {told.seed}")
    while not over.wait(chance.uniform(*BETWEEN_STRIKES_S)):
        victim = chance.choice(actors)
        for actor in actors:
            actor.look_after()
        if chance.random() < SHARE_OF_FREEZES:
            told.strikes.append((time.monotonic() - began, f"freeze {victim.name}"))
            victim.freeze()
            over.wait(chance.uniform(*FROZEN_S))
            victim.thaw()
        else:
            told.strikes.append((time.monotonic() - began, f"kill {victim.name}"))
            victim.kill()
            over.wait(chance.uniform(*DOWN_S))
            victim.start()


def _judge(cast: Cast, told: Told) -> None:
    for actor in cast.actors:
        actor.await_healthy()
    began = time.monotonic()
    with closing(IngestClient(cast.operator)) as operator:
        stuck = _unsettled(cast, operator, began + SETTLES_WITHIN_S)
        told.settled_s = time.monotonic() - began
        told.wrong += [sentence for actor in cast.actors for sentence in actor.ended]
        told.wrong += [f"not settled after {SETTLES_WITHIN_S:.0f} s: {sentence}" for sentence in stuck]
        told.wrong += wrong(cast.sandbox, operator, proven=told.seed % 2 == 0)


def _unsettled(cast: Cast, operator: IngestClient, until: float) -> list[str]:
    """Wait for it; what rests after many failed tries is tried again at once, by the operator's own command. What is still open at the end."""
    while True:
        with suppress(grpc.RpcError):
            stats, delivered = operator.stats(), cast.sandbox.webhooks.flush(LOOK_S)
            if delivered and not stats.waiting and not stats.running:
                return []
            resting = [each for each in operator.list(EventState.WAITING, most=MOST_LISTED) if each.attempts]
            if time.monotonic() > until:
                return [f"{stats}", *(f"{each.event.type} {each.event.subject_id}: {each.reason or each.failed}" for each in resting[:20])]
            operator.retry_now([each.event.id for each in resting])
        if time.monotonic() > until:
            return ["the operator's door of ingest does not answer"]
        time.sleep(LOOK_S)


def _last_lines(log: Path, most: int = 8) -> list[str]:
    return [line[:300] for line in log.read_text(errors="replace").splitlines()[-most:]]
