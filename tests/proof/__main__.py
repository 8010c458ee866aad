"""The proof at length: `python -m tests.proof --seeds 10000` on every core; one line when it holds, the smallest story when it does not."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing import Pool

from services.sandbox.stripe.merchants import EVERY, Family
from tests.proof.run import POLICIES, Size, play, smallest

Found = tuple[int, list[str], int]
"""A seed, what is wrong with its books, and how many events it had."""
# A difference is shrunk by playing again and again: the first few tell enough.
MOST_SHOWN = 5


def proven(seed: int, families: frozenset[Family], size: Size, policy: str) -> Found:
    """Play one seed. A crash is a difference too."""
    try:
        story = play(seed, families, size, policy)
    except Exception as crash:  # noqa: BLE001 - whatever it is, the seed must be named and the others go on
        return seed, [f"crashed: {type(crash).__name__}: {crash}"], 0
    return seed, story.wrong, story.events


def shown(seed: int, wrong: Sequence[str], families: frozenset[Family], size: Size, policy: str) -> str:
    """What differs, and the fewest families that still show a difference with this seed."""
    fewest = smallest(seed, families, size, policy)
    named = "all" if fewest == EVERY else ", ".join(sorted(fewest))
    return "\n".join(
        [
            f"seed {seed}",
            *(f"  {sentence}" for sentence in wrong),
            f"  smallest: --seed {seed} --size {size} --families '{named}' --policy '{policy}'",
        ]
    )


def progress(found: Iterator[Found], count: int) -> Iterator[Found]:
    """The same, told on a terminal as it goes."""
    for done, one in enumerate(found, 1):
        if sys.stderr.isatty() and done % 20 == 0:
            print(f"\r{done} of {count}", end="", file=sys.stderr)
        yield one
    if sys.stderr.isatty():
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)


def families_of(names: str) -> frozenset[Family]:
    return EVERY if names == "all" else frozenset(Family(name.strip()) for name in names.split(","))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--families", type=families_of, default=EVERY, metavar="NAME,...", help=f"of: {', '.join(sorted(Family))}; or all")
    parser.add_argument("--policy", choices=sorted(POLICIES), default="", help="what the accountant chose otherwise")
    parser.add_argument("--size", choices=("small", "large"), default="small")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args()


def main() -> int:
    given = arguments()
    seeds = range(given.first, given.first + given.seeds) if given.seed is None else range(given.seed, given.seed + 1)
    began, events, differing = time.monotonic(), 0, 0
    with Pool(min(given.processes, len(seeds))) as pool:
        found = pool.imap_unordered(partial(proven, families=given.families, size=given.size, policy=given.policy), seeds, chunksize=4)
        for seed, wrong, count in progress(found, len(seeds)):
            events += count
            differing += bool(wrong)
            if wrong and differing <= MOST_SHOWN:
                print(shown(seed, wrong, given.families, given.size, given.policy), flush=True)
    rate = len(seeds) / (time.monotonic() - began)
    print(f"proof: {len(seeds)} seeds, {differing} differences, {rate:.0f}/s ({events} events)")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
