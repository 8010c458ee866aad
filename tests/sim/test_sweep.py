"""A slice of the crash sweep at each run of the tests; all of it is `make sweep`."""

from __future__ import annotations

import pytest

from core.events import TABLE, Sync
from tests.sim.scenarios import ROWS, Variant
from tests.sim.sweep import SCENARIOS, Scenario, swept, told

A_FEW: tuple[tuple[Scenario, int], ...] = (
    (("customer.created", Variant.NEW), 2),
    (("charge.succeeded", Variant.HALF_DONE), 6),
    (("charge.refunded of an invoice", Variant.DISORDERED), 40),
    (("payout.paid", Variant.REPEATED), 40),
)


@pytest.mark.parametrize(("scenario", "every"), A_FEW, ids=lambda each: " ".join(each) if isinstance(each, tuple) else f"every {each}.")
def test_wherever_a_process_dies_the_books_are_right_in_the_end(scenario: Scenario, every: int) -> None:
    done = swept(scenario, every, pairs=1)
    assert done.wrong == []
    assert done.single == done.again > 3


@pytest.mark.parametrize("row", ROWS)
def test_every_scenario_is_right_without_a_crash(row: str) -> None:
    assert {variant: story.wrong for variant in (Variant.NEW, Variant.HALF_DONE) if (story := told((row, variant))).wrong} == {}


def test_there_is_a_scenario_for_each_acting_row_of_the_specification() -> None:
    rows = {row.type for row in TABLE if isinstance(row, Sync) and not row.added}
    assert rows == {row.partition(" of ")[0] for row in ROWS}
    assert len(SCENARIOS) >= 60
