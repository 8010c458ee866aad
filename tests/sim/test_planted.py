"""Every planted bug still finds its place, so that `make planted` tries it; two of them are tried at each run of the tests."""

from __future__ import annotations

import ast

import pytest

from tests.sim.bugs import BUGS, FAMILIES, Bug, By
from tests.sim.planted import ROOT, how, patched, plant


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_stands_in_the_code_exactly_once_and_is_python(bug: Bug) -> None:
    ast.parse(patched(bug))
    assert bug.caught_by == By.SIM or (ROOT / bug.caught_by).exists()


def test_there_are_enough_and_no_two_alike() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 100
    assert {family for family, bugs in FAMILIES.items() if len(bugs) < 8} == set()


@pytest.mark.parametrize("name", ["fees twice", "one-sided tolerance"])
def test_a_planted_bug_is_caught(name: str) -> None:
    [bug] = [bug for bug in BUGS if bug.name == name]
    assert plant(bug).caught


def test_a_run_that_could_not_begin_has_caught_nothing() -> None:
    assert how(BUGS[0], 2, "seed 1\n") == how(BUGS[0], 1, "Traceback ...") == how(BUGS[0], 0, "") == ""
