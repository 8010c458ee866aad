"""Bugs planted one by one in a copy of the house: `python -m tests.sim.planted` runs what must catch each, and fails when one survives."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path

from tests.sim.bugs import FAMILIES, Bug, By

ROOT = Path(__file__).parents[2]
TAKEN = ("core", "adapters", "services", "protos", "tests", "pyproject.toml", "README.md")
LIMIT_S = 900


@dataclass(frozen=True, slots=True)
class Planted:
    """What became of a bug: how it was caught, "" when it survived, and how long that took."""

    bug: Bug
    caught: str
    took_s: float
    said: str = ""


def patched(bug: Bug) -> str:
    """The file with the bug in it. ValueError when the piece does not stand there exactly once."""
    text = (ROOT / bug.file).read_text()
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.name}: {bug.file} holds the piece {text.count(bug.old)} times, not once: bring the bug up to date")
    return text.replace(bug.old, bug.new)


def plant(bug: Bug) -> Planted:
    """In a copy of its own, so that several can be tried at once."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        house = Path(folder)
        for name in TAKEN:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, house / name)
        (house / bug.file).write_text(patched(bug))
        began = time.monotonic()
        try:
            ran = subprocess.run(command(bug), cwd=house, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=_env(house))
            caught, said = how(bug, ran.returncode, ran.stdout), (ran.stdout + ran.stderr)[-600:]
        except subprocess.TimeoutExpired:
            caught, said = "", f"no end within {LIMIT_S} s"
    return Planted(bug, caught, time.monotonic() - began, said)


def command(bug: Bug) -> list[str]:
    if bug.caught_by == By.SIM:
        return [sys.executable, "-m", "tests.sim", "--seeds", str(bug.seeds), "--processes", "1", "--stop"]
    return [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-k", "not postgres", bug.caught_by]


def how(bug: Bug, code: int, said: str) -> str:
    """The seed or the test that caught it; a run that could not even begin has caught nothing."""
    found = re.search(r"^seed (\d+)$" if bug.caught_by == By.SIM else r"^(?:FAILED|ERROR) (\S+::.+?)(?: - .*)?$", said, re.MULTILINE)
    return f"{'seed ' if bug.caught_by == By.SIM else ''}{found[1]}" if code == 1 and found else ""


def _env(house: Path) -> dict[str, str]:
    """The copy's own packages, before those of this house."""
    return {**os.environ, "PYTHONPATH": f"{house}{os.pathsep}{house / 'protos'}", "PYTHONDONTWRITEBYTECODE": "1"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim.planted", description=__doc__)
    parser.add_argument("--only", default="", help="bugs whose name holds this")
    parser.add_argument("--family", choices=FAMILIES, help="the bugs of this family alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    family = {bug.name: name for name, bugs in FAMILIES.items() for bug in bugs if name == (given.family or name)}
    bugs = [bug for bugs in FAMILIES.values() for bug in bugs if bug.name in family and given.only in bug.name]
    caught: Counter[str] = Counter({family[bug.name]: 0 for bug in bugs})
    with ThreadPool(given.processes) as pool:
        for planted in pool.imap_unordered(plant, bugs):
            caught[family[planted.bug.name]] += bool(planted.caught)
            print(f"{planted.caught or 'SURVIVED':<60.60} {planted.took_s:5.0f} s  {planted.bug.name}", flush=True)
            if not planted.caught:
                print(*(f"    {line}" for line in planted.said.splitlines()[-6:]), sep="\n", flush=True)
    for name, number in caught.items():
        print(f"{number:4} of {sum(family[bug.name] == name for bug in bugs)} caught: {name}")
    survived = len(bugs) - caught.total()
    print(f"planted: {len(bugs)} bugs, {caught.total()} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
