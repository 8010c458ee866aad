"""Every crash there is: `python -m tests.sim.sweep` dies at each step of each scenario, once, and once more at the same step while it recovers."""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pool

from tests.sim.crashing import Crashing
from tests.sim.scenarios import ROWS, Variant

Scenario = tuple[str, Variant]
SCENARIOS: tuple[Scenario, ...] = tuple(itertools.product(ROWS, Variant))
MOST_SHOWN = 10


@dataclass(slots=True)
class Swept:
    """What became of one scenario: how many points it has, how many runs had one crash, the same crash twice, or two crashes."""

    scenario: Scenario
    points: int = 0
    single: int = 0
    again: int = 0
    pairs: int = 0
    wrong: list[str] = field(default_factory=list)


def told(scenario: Scenario, crashes: tuple[int, ...] = (), *, again: bool = False) -> Crashing:
    """One run, to its end; what breaks is a violation too."""
    story = Crashing(*scenario, crashes, again=again)
    try:
        story.play()
    except Exception as crash:  # noqa: BLE001 - whatever it is, the point must be named and the others go on
        story.wrong.append(f"crashed: {type(crash).__name__}: {crash}")
    return story


def swept(scenario: Scenario, every: int = 1, pairs: int = 0) -> Swept:
    """The scenario without a crash, then each `every`-th point of it, then so many pairs of points."""
    clean = told(scenario)
    done = Swept(scenario, clean.points)
    _note(done, clean, "without a crash")
    for point in range(1, clean.points + 1, every):
        done.single += 1
        _note(done, told(scenario, (point,)), f"crash at {point}")
        done.again += 1
        _note(done, told(scenario, (point,), again=True), f"crash at {point} and again there")
    dice = random.Random(f"pairs of {scenario}")
    for _ in range(pairs):
        first = dice.randint(1, clean.points)
        pair = (first, first + dice.randint(1, max(1, clean.points)))
        done.pairs += 1
        _note(done, told(scenario, pair), f"crashes at {pair[0]} and {pair[1]}")
    return done


def _note(done: Swept, story: Crashing, what: str) -> None:
    row, variant = done.scenario
    done.wrong += [f"{row}, {variant}, {what}: {sentence}" for sentence in story.wrong]


def sweep(scenarios: Sequence[Scenario], every: int, pairs: int, processes: int) -> Iterator[Swept]:
    with Pool(processes) as pool:
        yield from pool.imap_unordered(partial(swept, every=every, pairs=pairs), scenarios)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim.sweep", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so many-th point")
    parser.add_argument("--pairs", type=int, default=20, help="double crashes sampled in each scenario")
    parser.add_argument("--row", help="the scenarios of this row alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    scenarios = [scenario for scenario in SCENARIOS if given.row in (None, scenario[0])]
    began, all_of = time.monotonic(), Swept(("", Variant.NEW))
    for done in sweep(scenarios, given.every, given.pairs, given.processes):
        print(*done.wrong[: max(0, MOST_SHOWN - len(all_of.wrong))], sep="\n", end="\n" if done.wrong else "", flush=True)
        all_of.points += done.points
        all_of.single, all_of.again, all_of.pairs = all_of.single + done.single, all_of.again + done.again, all_of.pairs + done.pairs
        all_of.wrong += done.wrong
    took = time.monotonic() - began
    print(
        f"sweep: {len(scenarios)} scenarios, {all_of.points} points, {all_of.single} crashes, {all_of.again} crashed again at the same step, "
        f"{all_of.pairs} pairs, {len(all_of.wrong)} violations, {took:.0f} s"
    )
    return 1 if all_of.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
