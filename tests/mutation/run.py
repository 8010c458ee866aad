"""A run: which mutants, what became of each, and the table at the end."""

from __future__ import annotations

import ast
import json
import multiprocessing
import random
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType

from tests.mutation.forked import AT_IMPORT, Suite, Verdict, Warm, compiled, imported_anew, load, warmed
from tests.mutation.operators import Mutant, mutants

ROOT = Path(__file__).parents[2]
# The quick ones that say what the core does; the event table is the README's.
TESTS = ("tests/core", "tests/plans", "tests/test_house.py::test_the_readmes_tables_are_the_generated_ones")
EXPLAINED = Path(__file__).parent / "explained.toml"

LAST = Path("build/mutation.json")  # what survived the last run
FEW = 10  # tests that show that a fork without a mutant passes
Named = tuple[str, str, str, int]  # file, where, change, nth


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mutants: of the files that begin with `only`, at most `sample` of them drawn with `seed`, for at most `seconds`;
    `quick`: only what is inside functions; `again`: only what survived the last run."""

    only: Sequence[str] = ("core",)
    sample: int = 0
    seed: int = 0
    seconds: float = 0.0
    quick: bool = False
    again: bool = False
    root: Path = ROOT
    tests: Sequence[str] = TESTS
    explained: Path = EXPLAINED

    def files(self) -> list[Path]:
        found = {
            path
            for prefix in self.only
            for path in (self.root / prefix).parent.rglob("*.py")
            if str(path).startswith(str(self.root / prefix))
        }
        return sorted(found)

    def chosen(self) -> set[Named] | None:
        if self.again:
            return {(file, where, change, nth) for file, where, change, nth in json.loads((self.root / LAST).read_text())}
        if not self.sample:
            return None
        names = [name for path in self.files() for name, _, _ in each_of(path, self.root)]
        return set(random.Random(self.seed).sample(names, min(self.sample, len(names))))


def each_of(path: Path, root: Path = ROOT) -> Iterator[tuple[Named, Mutant, ast.Module]]:
    """Every mutant of a file by name, while the tree holds it."""
    tree = ast.parse(path.read_text())
    for mutant in mutants(tree):
        yield (str(path.relative_to(root)), mutant.where, mutant.change, mutant.nth), mutant, tree


def explained(path: Path = EXPLAINED) -> Mapping[Named, str]:
    """The mutants that change nothing, each with its reason."""
    rows = tomllib.loads(path.read_text()).get("equivalent", []) if path.exists() else []
    return {(row["file"], row["where"], row["change"], row.get("nth", 1)): row["because"] for row in rows}


@dataclass(frozen=True, slots=True)
class Met:
    """What became of a mutant, which stands in that line, and the test that killed it."""

    name: Named
    line: int
    verdict: Verdict
    by: str = ""


@dataclass(slots=True)
class Run:
    """One run: this process imports nothing of ours; its warmed-up child meets what it can and leaves the rest to it."""

    wanted: Wanted
    heard: Callable[[Met], None]
    until: float = 0.0

    def all(self) -> list[Met]:
        """Each mutant that was met; `heard` is told of each as soon as it is."""
        self.until = time.monotonic() + (self.wanted.seconds or 1e9)
        mine, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(target=self._warm, args=(theirs,))
        child.start()
        theirs.close()
        met: list[Met] = []
        suite, left = Suite(), set[Named]()
        with suppress(EOFError):
            while True:
                match mine.recv():
                    case Met() as one:
                        met.append(one)
                        self.heard(one)
                    case Suite() as suite, left:
                        pass
        child.join()
        if child.exitcode:
            raise SystemExit(child.exitcode)
        for one in self._anew(suite, set() if self.wanted.quick else left):
            met.append(one)
            self.heard(one)
        (self.wanted.root / LAST).parent.mkdir(exist_ok=True)
        (self.wanted.root / LAST).write_text(
            json.dumps([one.name for one in met if one.verdict in {Verdict.SURVIVED, Verdict.NOT_REACHED}])
        )
        return met

    def _warm(self, tell: Connection) -> None:
        tests = [str(self.wanted.root / each) for each in self.wanted.tests]
        raise SystemExit(warmed(tests, self.wanted.files(), lambda warm: tell.send((warm.suite, self._meet(warm, tell)))))

    def _meet(self, warm: Warm, tell: Connection) -> set[Named]:
        """Meet what the tests run; what survives and ran at import too is left, as is what ran at import alone."""
        left: set[Named] = set()
        for path in self.wanted.files():
            _unharmed(*warm.verdict(_as_it_is(path), list(warm.items)[:FEW]))
        known = explained(self.wanted.explained)
        for path, name, mutant, tree, killers in self._each():
            ran = warm.suite.reaching(str(path), mutant.lines)
            tests = warm.suite.in_order(ran, killers)
            verdict, by = warm.verdict(compiled(tree, path), tests) if tests and name not in known else (Verdict.NOT_REACHED, "")
            if name in known:
                tell.send(Met(name, mutant.lines.start, Verdict.EXPLAINED))
            elif verdict is not Verdict.KILLED and AT_IMPORT in ran:
                left.add(name)
            else:
                tell.send(Met(name, mutant.lines.start, verdict, by))
                _to_the_front(by, killers)
        return left

    def _anew(self, suite: Suite, left: set[Named]) -> Iterator[Met]:
        """Those that killed others of the file first, by themselves: then only their modules are imported."""
        load(suite.libraries if left else ())
        for path in {path for path, name, *_ in self._each() if name in left}:
            _unharmed(*imported_anew(path, _as_it_is(path), list(suite.took_s)[:FEW]))
        killers: list[str] = []
        for path, name, mutant, tree, _ in self._each():
            if name in left:
                code = compiled(tree, path)
                tests = suite.in_order(suite.reaching(str(path), mutant.lines), ()) or list(suite.took_s)
                verdict, by = imported_anew(path, code, killers[:FEW]) if killers else (Verdict.SURVIVED, "")
                if verdict is Verdict.SURVIVED:
                    verdict, by = imported_anew(path, code, tests)
                _to_the_front(by, killers)
                yield Met(name, mutant.lines.start, verdict, by)

    def _each(self) -> Iterator[tuple[Path, Named, Mutant, ast.Module, list[str]]]:
        chosen = self.wanted.chosen()
        for path in self.wanted.files():
            killers: list[str] = []
            for name, mutant, tree in each_of(path, self.wanted.root):
                if time.monotonic() < self.until and (chosen is None or name in chosen):
                    yield path, name, mutant, tree, killers


def _unharmed(verdict: Verdict, by: str) -> None:
    """A fork without any mutant passes; else every verdict would be worth nothing."""
    if verdict is not Verdict.SURVIVED:
        raise RuntimeError(f"a fork without a mutant fails: {by}")


def _as_it_is(path: Path) -> CodeType:
    return compiled(ast.parse(path.read_text()), path)


def _to_the_front(test: str, killers: list[str]) -> None:
    if test:
        with suppress(ValueError):
            killers.remove(test)
        killers.insert(0, test)
