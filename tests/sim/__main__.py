"""Stories by number: `python -m tests.sim --seeds 5000` on every core; `--replay SEED` tells one of them step by step."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from multiprocessing import Pool

from core.events import TABLE, acting_subject
from tests.sim.run import Met, play
from tests.sim.swarm import EVERY_CELL

MOST_SHOWN = 5
MOST_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class Told:
    """What one seed came to."""

    seed: int
    wrong: Sequence[str]
    met: Met
    events: int
    steps: int
    types: frozenset[str]


def told(seed: int, *, log: bool = False) -> Told:
    story = play(seed, log=log)
    if log:
        print(*(story.scheduler.log or ()), sep="\n")
        print(f"swarm: {story.swarm}", f"trace: {story.trace}", sep="\n")
    return Told(seed, story.wrong, story.met, len(story.all), story.scheduler.steps, frozenset(event.type for event in story.all))


def stories(seeds: Sequence[int], processes: int) -> Iterator[Told]:
    """Every seed, in the order in which they end; told on a terminal as it goes."""
    with Pool(min(processes, len(seeds))) as pool:
        for done, one in enumerate(pool.imap_unordered(told, seeds, chunksize=4), 1):
            if sys.stderr.isatty() and done % 20 == 0:
                print(f"\r{done} of {len(seeds)}", end="", file=sys.stderr)
            yield one


def never_met(met: Met, types: AbstractSet[str]) -> list[str]:
    """The faults, by the port they befall, and the events that act, that no story met: such a run has proven nothing about them."""
    seen = {(fault, port) for fault, port, _ in met}
    faults = [f"never met: {fault} ({port})" for fault, port in EVERY_CELL if (fault, port) not in seen]
    return faults + [f"never met: {type_}" for type_ in sorted({row.type for row in TABLE if acting_subject(row.type)} - types)]


def shown(one: Told) -> str:
    more = len(one.wrong) - MOST_SENTENCES
    lines = [*one.wrong[:MOST_SENTENCES], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join([f"seed {one.seed}", *(f"  {line}" for line in lines), f"  again: python -m tests.sim --replay {one.seed}"])


def run(seeds: Sequence[int], processes: int, *, stop: bool, cells: bool) -> int:
    began, wrong, met = time.monotonic(), 0, Counter[tuple[str, str, str]]()
    events = steps = 0
    types: set[str] = set()
    for one in stories(seeds, processes):
        met, events, steps = met + one.met, events + one.events, steps + one.steps
        wrong += bool(one.wrong)
        types |= one.types
        if one.wrong and wrong <= MOST_SHOWN:
            print(shown(one), flush=True)
        if one.wrong and stop:
            return 1
    missing = never_met(met, types)
    print(*missing, sep="\n", end="\n" if missing else "")
    if cells:
        print(*(f"{times:8} {fault} / {port} / {ended}" for (fault, port, ended), times in sorted(met.items())), sep="\n")
    rate = len(seeds) / (time.monotonic() - began)
    print(f"sim: {len(seeds)} seeds, {wrong} with violations, {rate:.1f}/s ({events} events, {steps} steps, {sum(met.values())} faults)")
    return 1 if wrong else 3 if missing else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--replay", type=int, metavar="SEED", help="this one alone, step by step")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--stop", action="store_true", help="at the first violation")
    parser.add_argument("--cells", action="store_true", help="print how often each fault befell each port")
    given = parser.parse_args()
    if given.replay is not None:
        one = told(given.replay, log=True)
        print(shown(one) if one.wrong else f"seed {one.seed}: nothing wrong")
        return 1 if one.wrong else 0
    return run(range(given.first, given.first + given.seeds), given.processes, stop=given.stop, cells=given.cells)


if __name__ == "__main__":
    sys.exit(main())
