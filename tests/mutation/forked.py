"""A warmed-up test process, forked for every mutant.

The tests run once, under coverage: so it is known which of them run a line, and how long each takes. A mutant inside a function then takes its place in a
fork of that process, where only the tests that run its line are run, the quickest first, and those that killed its neighbours before all.
What runs while a module is imported (tables, defaults) cannot be put in place afterwards: such a mutant is imported anew, in a fork that has
only the libraries."""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import mmap
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest
from _pytest.runner import runtestprotocol

ROOMS = ("core", "adapters", "services", "tests")
ARGUMENTS = ("-qq", "--no-summary", "--tb=native", "--assert=plain", "-x", "-n", "0", "-p", "no:cacheprovider", "-o", "timeout=0")
AT_IMPORT = ""  # coverage's context outside every test
CPU_S, WALL_S = 2.0, 60.0  # what a test may take beside ten times what it took without a mutant
MEMORY = 3 << 30


class Verdict(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    NOT_REACHED = "not reached"
    EXPLAINED = "explained"


@dataclass(slots=True)
class Suite:
    """What the tests are without a mutant: which run a line of a file, how long each takes, and who killed last."""

    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)

    def reaching(self, path: str, lines: range) -> set[str]:
        return {test for line in lines for test in self.lines[path].get(line, ())}

    def in_order(self, tests: set[str], killers: Sequence[str]) -> list[str]:
        known = {test: number for number, test in enumerate(killers)}
        return sorted(tests - {AT_IMPORT}, key=lambda test: (known.get(test, len(known)), self.took_s[test], test))


@dataclass(slots=True)
class Warm:
    """The plugin that takes over when all tests are collected: it measures them, then calls `then` instead of running them."""

    sources: Sequence[Path]
    watch: coverage.Coverage
    then: Callable[[Warm], None]
    suite: Suite = field(default_factory=Suite)
    items: dict[str, pytest.Item] = field(default_factory=dict)
    functions: dict[tuple[str, str, int], list[FunctionType]] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed or not session.items:
            pytest.exit("the tests could not be collected", 3)
        self.items = {item.nodeid: item for item in session.items}
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            self.watch.switch_context(item.nodeid)
            started = time.process_time()
            reports = runtestprotocol(item, nextitem=following, log=False)
            self.suite.took_s[item.nodeid] = time.process_time() - started
            if failed := [report for report in reports if report.failed]:
                pytest.exit(f"{item.nodeid} fails without any mutant:\n{failed[0].longreprtext}", 3)
        self.watch.stop()
        self._learn()
        gc.freeze()  # a fork shares what is there, and collects nothing of it
        self.then(self)
        return True

    def _learn(self) -> None:
        data = self.watch.get_data()
        self.suite.lines = {str(path): data.contexts_by_lineno(str(path)) for path in self.sources}
        self.suite.libraries = [name for name in sys.modules if name.partition(".")[0] not in (*ROOMS, "__main__")]
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in self.suite.lines:
                self.functions.setdefault(_name(each.__code__), []).append(each)

    def verdict(self, code: CodeType, tests: Sequence[str]) -> tuple[Verdict, str]:
        """And the test that killed it."""
        return _forked(lambda tell: self._meet(code, tests, tell), tests)

    def _meet(self, code: CodeType, tests: Sequence[str], tell: Callable[[int], None]) -> bool:
        for each in functions(code):
            for function in self.functions.get(_name(each), ()):
                function.__code__ = each
        for number, test in enumerate(tests):
            tell(number)
            signal.setitimer(signal.ITIMER_PROF, CPU_S + 10 * self.suite.took_s[test])
            signal.setitimer(signal.ITIMER_REAL, WALL_S)
            if any(report.failed for report in runtestprotocol(self.items[test], nextitem=None, log=False)):
                return False
        return True


def warmed(tests: Sequence[str], sources: Sequence[Path], then: Callable[[Warm], None]) -> int:
    """Collect and measure the tests in this process, which must not have imported a source yet; then call `then`. pytest's exit code."""
    watch = coverage.Coverage(data_file=None, include=[str(path) for path in sources], config_file=False)
    watch.start()
    return int(pytest.main([*ARGUMENTS, *tests], plugins=[Warm(sources, watch, then)]))


@dataclass(slots=True)
class Teller:
    """The plugin that tells which test failed."""

    tests: Sequence[str]
    tell: Callable[[int], None]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid in self.tests:
            self.tell(self.tests.index(report.nodeid))


def imported_anew(path: Path, code: CodeType, tests: Sequence[str]) -> tuple[Verdict, str]:
    """The verdict of these tests on a mutant of what runs while its module is imported, and the test that killed it, "" when it could not
    even be imported."""

    def meet(tell: Callable[[int], None]) -> bool:
        was = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
            return code if loader.path == str(path) else was(loader, name)

        SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
        signal.setitimer(signal.ITIMER_PROF, 10 * CPU_S + 10 * len(tests))
        signal.setitimer(signal.ITIMER_REAL, 5 * WALL_S)
        return pytest.main([*ARGUMENTS, *tests], plugins=[Teller(tests, tell)]) == pytest.ExitCode.OK

    return _forked(meet, tests)


def load(libraries: Sequence[str]) -> None:
    """Import what is not ours, so that a fork need not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("hypothesis", *libraries):
            with suppress(Exception):
                importlib.import_module(name)


def functions(code: CodeType) -> Iterator[CodeType]:
    """The outermost functions of a module, those of its classes too."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from (each,) if each.co_flags & inspect.CO_OPTIMIZED else functions(each)


def compiled(tree: ast.Module, path: Path) -> CodeType:
    return compile(tree, str(path), "exec", dont_inherit=True)


def _name(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _forked(meet: Callable[[Callable[[int], None]], bool], tests: Sequence[str]) -> tuple[Verdict, str]:
    """Run `meet` in a fork; False, an exception or a signal (a loop without end, no memory left) is a mutant killed."""
    at = mmap.mmap(-1, 4)  # the number of the test that is on, from 1
    if not (child := os.fork()):
        survived = False
        with suppress(BaseException):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            survived = meet(lambda number: at.__setitem__(slice(0, 4), (number + 1).to_bytes(4, "little")))
        os._exit(0 if survived else 1)
    _, status = os.waitpid(child, 0)
    if status == 0:
        return Verdict.SURVIVED, ""
    number = int.from_bytes(at[:4], "little")
    return Verdict.KILLED, tests[number - 1] if number else ""
