"""Golden plans: each page beside this file is what an accountant may hold us to. `pytest --rewrite-plans` writes them anew; read the diff.

A case plays a merchant of the Stripe sandbox (whose objects are checked against Stripe's schema), has the connector's own reader read them, and
executes the plan on the NetSuite emulator: so the page also says what is posted, and that NetSuite takes it."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from core.events import TABLE, Ignore, Sync
from core.inbox import Event
from tests.plans.golden import HERE, NEED_NO_SYNC, SAMPLES, Case, body, page_of, same_as_golden
from tests.plans.index import CASES, ROWS
from tests.plans.scene import Scene
from tests.plans.telling import ended

SECTIONS = (
    *("1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"),
    *("3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "4.1", "4.2", "4.3"),
    *(f"5.{number}" for number in range(1, 18)),
)


@pytest.mark.parametrize(("row", "case"), CASES, ids=[case.golden.stem for _, case in CASES])
def test_the_page_is_the_golden_one(row: str, case: Case, request: pytest.FixtureRequest) -> None:
    same_as_golden(case.golden, page_of(case, row), request)


def test_every_event_that_needs_no_sync_says_why(request: pytest.FixtureRequest) -> None:
    s = Scene()
    rows = [name for row in TABLE if isinstance(row, Ignore) for name in (row.type, *row.also)]
    said = [(name, s.core.event(Event("evt_1", name, s.world.now, livemode=False, subject_id="x_1")).outcome) for name in rows]
    same_as_golden(NEED_NO_SYNC, "".join(f"{name}  {ended(outcome)}\n" for name, outcome in said), request)


def test_every_acting_event_has_a_golden() -> None:
    assert {row.type for row in TABLE if isinstance(row, Sync)} <= {case.event for _, case in CASES}


def test_every_section_of_the_specification_is_in_the_index() -> None:
    listed = {where.strip() for row in ROWS for where in row.where.split(",")}
    assert set(SECTIONS) - listed == set()


def test_every_row_has_its_goldens_or_says_where_it_is_shown_or_that_it_is_not_built() -> None:
    silent = [row.given for row in ROWS if not (row.cases or row.shown_by or row.not_built)]
    assert not silent
    assert not [row.given for row in ROWS if bool(row.then) == bool(row.not_built)], "a row says what is done, or that it is not built"


def test_no_golden_is_orphaned_and_no_two_cases_share_one() -> None:
    names = Counter(case.golden.name for _, case in CASES)
    assert [name for name, times in names.items() if times > 1] == []
    samples = {f"{name}__of_the_sample_account.plan" for name in SAMPLES}
    assert {*names, *samples, NEED_NO_SYNC.name} == {path.name for path in HERE.glob("*.plan")}


def test_no_two_goldens_say_the_same_without_a_reason() -> None:
    twins: dict[str, list[Case]] = defaultdict(list)
    for _, case in CASES:
        twins[body(case.golden.read_text())].append(case)
    same = [cases for cases in twins.values() if len(cases) > 1]
    assert not [[case.golden.name for case in cases] for cases in same if not any(case.twin for case in cases)]
    assert not [case.golden.name for cases in twins.values() for case in cases if case.twin and len(cases) == 1], "a reason for no twin"
