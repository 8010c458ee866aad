"""One scenario with crashes at chosen steps: where it may crash is counted in a run without any."""

from __future__ import annotations

from dataclasses import replace

from core.events import acting_subject
from services.sandbox.stripe.shapes import Json
from tests.sim.netsuite import Trouble
from tests.sim.run import Simulation
from tests.sim.scenarios import ROWS, Variant
from tests.sim.scheduler import Process
from tests.sim.swarm import calm

STAGE_S = 240.0
GAP_S = 2.0


class Crashing(Simulation):
    """The process that takes the n-th step dies at it, for each n of `crashes`; with `again`, also when it comes to the same step anew."""

    def __init__(self, row: str, variant: Variant, crashes: tuple[int, ...] = (), *, again: bool = False, log: bool = False) -> None:
        super().__init__(1, replace(calm(), switches=0.0, in_flight=2), log=log)
        self.row, self.variant = row, variant
        self.points = 0
        self._crashes, self._twice = crashes, again
        self._told: list[str] = []
        self._once_more: set[tuple[str, str]] = set()
        if variant is Variant.HALF_DONE:
            self.wire.script = [Trouble.ANSWER_LOST, None, Trouble.LATE]

    def live(self) -> None:
        """Stage by stage; told in disorder, everything happens first."""
        for number, stage in enumerate(ROWS[self.row]):
            stage(self.world)
            if self.variant is not Variant.DISORDERED:
                self._tell()
                self.scheduler.run((number + 1) * STAGE_S)
        self._tell()
        self.scheduler.run(self.scheduler.now + STAGE_S)

    def heard(self, told: Json) -> None:
        """Only what acts: the rest is ingest's alone."""
        if acting_subject(told["type"]):
            self.note(told)
            self.webhooks.keep(told)
            self._told.append(told["id"])

    def at_step(self, process: Process, what: str) -> None:
        if self.is_calm:
            return
        self.points += 1
        step = (process.name, what)
        if self.points in self._crashes:
            if self._twice:
                self._once_more.add(step)
            process.crash()
        elif step in self._once_more:
            self._once_more.discard(step)
            process.crash()

    def _tell(self) -> None:
        told, self._told = self._told, []
        if self.variant is Variant.DISORDERED:
            told.reverse()
        for number, event in enumerate(told):
            for _ in range(2 if self.variant is Variant.REPEATED else 1):
                self.webhooks.later(number * GAP_S, event)
