"""`make bench`: measures every row, prints one table, writes bench.json. ROW=name takes one group, ROUNDS=n so many rounds."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from tests.bench.disk import disk
from tests.bench.measure import Row
from tests.bench.rows import GROUPS
from tests.bench.run import Bench, run
from tests.bench.table import document, table

NAMES = [group.name for group in GROUPS]


@click.command()
@click.option("--row", "names", envvar="ROW", multiple=True, type=click.Choice(NAMES), help="Only this group; may be given again.")
@click.option("--rounds", envvar="ROUNDS", default=5, show_default=True, type=click.IntRange(1, 50), help="Rounds of each row.")
@click.option(
    "--seconds", envvar="SECONDS", default=2.0, show_default=True, type=click.FloatRange(0.1, 30), help="Length of one turn of load."
)
@click.option(
    "--disk",
    "kind",
    envvar="DISK",
    default="modelled",
    show_default=True,
    type=click.Choice(["modelled", "real"]),
    help="What fsync costs.",
)
@click.option(
    "--output", default="bench.json", show_default=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the figures go."
)
def main(names: tuple[str, ...], rounds: int, seconds: float, kind: str, output: Path) -> None:
    """Measure ratios: the product beside its floor and beside its peers, on loopback, both sides in the same run.

    Exits 0 whatever the ratios are; 1 when a row could not be measured for another reason than a missing tool.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers under measurement are stopped
    wanted = [group for group in GROUPS if not names or group.name in names]
    console, errors = Console(width=None if sys.stdout.isatty() else 160), Console(stderr=True)
    with disk(kind) as store, errors.status("starting") as status:
        bench = Bench(rounds, seconds, store)
        rows = list(run(wanted, bench, lambda name: status.update(f"measuring {name}, {rounds} rounds")))
        about = _about(bench)
    console.print(table(rows, title="  ·  ".join(about.values())))
    output.write_text(json.dumps(document(rows, about), indent=2) + "\n")
    sys.exit(_code(rows))


def _about(bench: Bench) -> dict[str, str]:
    return {
        "taken": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "rounds": f"{bench.rounds} rounds, the median decides",
        "disk": bench.disk.said,
    }


def _code(rows: list[Row]) -> int:
    return 1 if any(row.broken for row in rows) else 0


if __name__ == "__main__":
    main()
