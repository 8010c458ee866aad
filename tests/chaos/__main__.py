"""`python -m tests.chaos --minutes 5 --storage sqlite`: rounds of chaos until the time is over; a line each, and what differs."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click

from tests.chaos.round import Stage, Told, play_round
from tests.postgres import cluster, emptied

ROUND_S = 40.0


@click.command(help=__doc__)
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0.1, 24 * 60), help="How long new rounds are begun.")
@click.option("--storage", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the first round; every round adds one.")
@click.option("--seconds", default=ROUND_S, show_default=True, type=click.FloatRange(1, 3600), help="Of strikes, in each round.")
@click.option("--writers", type=click.IntRange(1, 2), help="How many writers.  [default: 2 on PostgreSQL, 1 on SQLite]")
def main(minutes: float, storage: str, seed: int, seconds: float, writers: int | None) -> None:
    until, differing, events, strikes = time.monotonic() + minutes * 60, 0, 0, 0
    with ExitStack() as stack:
        stage = _stage(stack, storage, seconds, writers)
        number = seed
        while number == seed or time.monotonic() < until:
            told = play_round(number, stage)
            _tell(told)
            differing, events, strikes, number = differing + bool(told.wrong), events + told.events, strikes + len(told.strikes), number + 1
    print(f"chaos: {number - seed} rounds on {storage}, {differing} differences ({events} events, {strikes} strikes)")
    sys.exit(1 if differing else 0)


def _stage(stack: ExitStack, storage: str, seconds: float, writers: int | None) -> Stage:
    """On SQLite one of each; PostgreSQL is shared by two ingests and two writers."""
    if storage == "sqlite":
        if writers == 2:
            raise click.UsageError("a SQLite file has one owner: two writers need --storage postgresql")
        return Stage(seconds, _sqlite)
    url = stack.enter_context(cluster())
    return Stage(seconds, lambda _: emptied(url), ingests=2, writers=writers or 2)


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/store"


def _tell(told: Told) -> None:
    print(told, flush=True)
    for sentence in told.wrong:
        print(f"  {sentence}")
    if told.wrong:
        print("  strikes: " + ", ".join(f"{at:.1f} s {what}" for at, what in told.strikes), flush=True)


if __name__ == "__main__":
    main()
