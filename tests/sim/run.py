"""One story per seed: a merchant's days through both services, with everything that can go wrong; then calm, and all must be right."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

from adapters.netsuite.emulator import NetSuite
from adapters.storage.schema import Purpose
from core.events import acting_subject
from core.inbox import Event
from core.outcome import Kind
from services.ingest.backfill import Lists
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from tests.proof.run import CHART, SETTINGS
from tests.sim.invariants import Watch
from tests.sim.loop import SimLoop
from tests.sim.netsuite import LATEST_S, Wire
from tests.sim.plots import PLOTS
from tests.sim.scheduler import Process, Scheduler
from tests.sim.services import Eye, IngestProcess, Stub, WriterProcess
from tests.sim.stores import disk
from tests.sim.stripe_side import Life, Listed, SimReader, Webhooks
from tests.sim.swarm import Swarm, swarm_of
from tests.sim.turns import virtual_time
from tests.sim.verdict import verdict

HOUR_S = 3600.0
AMBIGUITY_WINDOW_S = 960.0
"""netsuite.ambiguity_window_s."""
LIVENESS_S = 48 * HOUR_S
Met = Counter[tuple[str, str, str]]
"""How often a fault befell a port, and how it ended."""


class Simulation:
    """A story, told to its end by `play`. `wrong` are sentences, none when everything held."""

    def __init__(self, seed: int, swarm: Swarm | None = None, *, log: bool = False) -> None:
        self.seed, self.swarm = seed, swarm or swarm_of(seed)
        self.wrong: list[str] = []
        self.met: Met = Counter()
        self.all: list[Event] = []
        self.trace = ""
        self.is_calm = False
        self._writers_rest_until = 0.0
        self._closed = ""
        self.dice = random.Random(f"faults of {seed}")
        self.scheduler = Scheduler(f"order of {seed}")
        self.scheduler.log = [] if log else None
        self.scheduler.switches = self.swarm.switches
        self.scheduler.at_step = self.at_step
        self.world = World(seed)
        self.netsuite = NetSuite(CHART, now=lambda: self.scheduler.moment)
        self.watch = Watch(self.scheduler)
        self.wire = Wire(self.netsuite, self.scheduler, self.swarm.netsuite, self.dice, self.met)
        self.wire.watchers.append(self.watch.call)
        self.webhooks = Webhooks(self.scheduler, self.swarm.stripe, self.dice, self._post, self.met)
        self.world.listen(self.heard)
        self.writers: dict[int, WriterProcess] = {}
        self.ingests: dict[int, IngestProcess] = {}
        self._newest_claims: dict[str, int] = {}
        self._every_ingest: list[IngestProcess] = []
        self.eye = Eye(self)

    def play(self) -> None:
        """To the end."""
        with quiet(), virtual_time(self.scheduler):
            disk("ingest").empty()
            disk("writer").empty()
            try:
                self._safety()
                self._liveness()
                self.wrong += dict.fromkeys(self.watch.wrong)
                self.wrong += verdict(self)
            finally:
                self.trace = self.scheduler.trace
                self._close()

    def _close(self) -> None:
        self.scheduler.close()
        for ingest in self._every_ingest:
            ingest.alive = False
            ingest.loop.close()

    # The two phases

    def _safety(self) -> None:
        for number in range(self.swarm.writers):
            self._start_writer(number)
        for number in range(self.swarm.ingests):
            self._start_ingest(number)
        self.live()

    def live(self) -> None:
        """The merchant's days, each deed at a moment of its own."""
        swarm = self.swarm
        plot = PLOTS[swarm.plot] if swarm.plot else ()
        life = Life(self.world, self.seed, swarm.families, swarm.leading, swarm.currencies, swarm.days, swarm.acts, plot)
        moments = [0.0]
        for deed in life.moments():
            moments.append(moments[-1] + self.dice.uniform(0.0, 2 * self.swarm.pace_s))
            self.scheduler.run(moments[-1])
            deed()
            self._mishaps(len(moments))
        self.scheduler.run(moments[-1] + self.dice.choice((60.0, HOUR_S)))

    def _mishaps(self, deeds: int) -> None:
        """What happens once in a story at most."""
        if self.swarm.closes_a_period and deeds == 8:
            self.met["period closed", "netsuite", "-"] += 1
            self._closed = f"{self.world.now:%Y-%m}"
            self.netsuite.set_period(self._closed, is_open=False)
        if self.swarm.loses_a_store and deeds == 6:
            purpose: Purpose = "ingest" if self.dice.random() < 0.5 else "writer"
            backup = disk(purpose).backup()
            self.scheduler.after(self.dice.uniform(1, 600), lambda: self._restore(purpose, backup))

    def _restore(self, purpose: Purpose, backup: bytes) -> None:
        """Whoever has the store open is stopped first."""
        if not self.is_calm:
            self.met["store restored", purpose, "-"] += 1
            if purpose == "writer":  # what it had sent and not stored is certain only when nothing of it can be carried out any more
                self._writers_rest_until = self.scheduler.now + AMBIGUITY_WINDOW_S
                self.scheduler.at(self._writers_rest_until, self.watch.unseen.clear)
            else:
                self._newest_claims.clear()  # tokens begin again where the backup stood
            for process in list((self.ingests if purpose == "ingest" else self.writers).values()):
                process.crash()
            disk(purpose).restore(backup)

    def _liveness(self) -> None:
        """No more faults; whatever is down is started, the sweep brings whatever Stripe gave up; then all must come to rest."""
        self.is_calm = self.wire.calm = self.webhooks.calm = True
        self.scheduler.note("calm")
        end = self.scheduler.now + LIVENESS_S
        self.scheduler.run(self.scheduler.now + 120.0)
        next(iter(self.ingests.values())).sweep(cast(Lists, Listed(self.webhooks)))
        self._rest_by(end)
        self._reopen()
        self.scheduler.run(self.scheduler.now + LATEST_S)  # what NetSuite still carries out late
        self._rest_by(end)

    def _reopen(self) -> None:
        """What NetSuite does not change in a closed period (a refund in another currency that failed since) waits for a person, who opens
        it and has it tried again. What is new never waits: it goes to the first open day."""
        stuck = [
            one.event.id
            for one in self.eye.stored().values()
            if one.failed and one.failed.kind is Kind.PERIOD_CLOSED and "G/L impact cannot change" in one.failed.message
        ]
        if stuck and self._closed:
            self.met["period reopened", "netsuite", "-"] += 1
            self.netsuite.set_period(self._closed, is_open=True)
            self.eye.inbox.retry_now(stuck)

    def _rest_by(self, end: float) -> None:
        """Go on until nothing is open and nothing on its way."""
        while self.scheduler.now < end:
            self.scheduler.run(self.scheduler.now + 60.0)
            if not self.webhooks.under_way:
                stats = self.eye.inbox.stats()
                if not stats.waiting + stats.running:
                    return

    # What happens

    def heard(self, told: Json) -> None:
        """An event has happened."""
        if self.swarm.tells_all or acting_subject(told["type"]):
            self.note(told)
            self.webhooks.heard(told)

    def note(self, told: Json) -> None:
        """It must be settled in the end."""
        moment = datetime.fromtimestamp(told["created"], UTC)
        self.all.append(Event(told["id"], told["type"], moment, told["livemode"], told["data"]["object"].get("id", "")))

    def _post(self, body: bytes, header: str, answered: Callable[[int], None]) -> None:
        living = [ingest for ingest in self.ingests.values() if ingest.alive]
        if living:
            self.dice.choice(living).post(body, header, lambda status: answered(self._checked(status, body)))
        else:
            answered(0)

    def _checked(self, status: int, body: bytes) -> int:
        """I-08: what is acknowledged is stored."""
        event = json.loads(body)["id"]
        if status == 200 and not disk("ingest").holds(event):
            self.wrong.append(f"I-08: {event} is acknowledged and not stored")
        return status

    def at_step(self, process: Process, what: str) -> None:
        """A process may die here, or stand still for a while."""
        if self.is_calm:
            return
        role = process.name.split()[0]
        if self.dice.random() < self.swarm.crashes:
            self.met["crash", role, kind(what)] += 1
            process.crash()
        elif self.dice.random() < self.swarm.zombies and not what.startswith(("sends", "has the answer")):
            self.met["stands still", role, kind(what)] += 1
            process.paused_until = self.scheduler.now + self.dice.uniform(5.0, 900.0)

    def _start_writer(self, number: int) -> None:
        if self.scheduler.now < self._writers_rest_until:  # the store was restored after its start had been set
            self.scheduler.at(self._writers_rest_until, lambda: self._start_writer(number))
            return
        writer = WriterProcess(
            f"writer {number}",
            self.scheduler,
            wire=self.wire,
            reader=self._reader,
            disk=disk("writer"),
            settings=SETTINGS,
            watched=self.watch.synced,
            shared=self.swarm.writers > 1,
        )
        writer.when_crashed += [
            lambda: self.watch.died(writer),
            lambda: self._again(lambda: self._start_writer(number), self._writers_rest_until),
        ]
        self.writers[number] = writer

    def _start_ingest(self, number: int) -> None:
        ingest = IngestProcess(
            f"ingest {number}",
            self.scheduler,
            disk=disk("ingest"),
            stub=self._stub,
            in_flight=self.swarm.in_flight,
            dice=self.dice,
            alone=self.swarm.ingests == 1,
        )
        ingest.when_crashed.append(lambda: self._again(lambda: self._start_ingest(number)))
        self.ingests[number] = ingest
        self._every_ingest.append(ingest)

    def _again(self, start: Callable[[], None], not_before: float = 0.0) -> None:
        self.scheduler.at(max(self.scheduler.now + self.dice.choice((0.5, 5.0, 60.0)), not_before), start)

    def _reader(self, process: Process) -> SimReader:
        return SimReader(self.world, process, self.swarm.stripe, self.dice, self.met, lambda: self.is_calm)

    def _stub(self, loop: SimLoop) -> Stub:
        troubles, dice, newest = self.swarm.wire, self.dice, self._newest_claims
        return Stub(loop, self.scheduler, lambda: list(self.writers.values()), troubles, dice, self.met, lambda: self.is_calm, newest)


def kind(what: str) -> str:
    """A step without the names in it."""
    return " ".join(word.partition("/")[0] for word in what.split()[:3])


@contextmanager
def quiet() -> Iterator[None]:
    """The services say a line for each fault: here there are thousands."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def play(seed: int, swarm: Swarm | None = None, *, log: bool = False) -> Simulation:
    """The story of a seed, told to its end; what breaks is a difference too."""
    story = Simulation(seed, swarm, log=log)
    try:
        story.play()
    except Exception as crash:  # noqa: BLE001 - whatever it is, the seed must be named and the others go on
        story.wrong.append(f"crashed: {type(crash).__name__}: {crash}")
    return story
