"""The benchmark's own arithmetic, its table, and one row measured in a hurry."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import stripe
from rich.console import Console

from adapters.storage.inbox import SqliteInbox
from tests.bench import events
from tests.bench.backlog import fill
from tests.bench.disk import Disk
from tests.bench.measure import CannotRun, Goal, NotAvailable, Row, Side, alternate, at_least, at_most, figure
from tests.bench.occupancy import Stay, busy_share, connections, elapsed_s, most_at_once, rate
from tests.bench.rows import GROUPS
from tests.bench.run import Bench, Group, run
from tests.bench.table import document, table
from tests.bench.timing import per_call_us

ROW = Row("accept", "accepts/s ÷ the floor's", at_least(0.8))
MEASURED = replace(ROW, ratios=(0.5, 0.9, 1.1), sides=(Side("ingest", "/s", (4000.0, 9000.0, 10000.0)),))


def printed(rows: Sequence[Row]) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(table(rows, "head"))
    return console.export_text()


def test_the_sides_take_turns_and_the_first_to_go_changes_every_round() -> None:
    order: list[str] = []
    alternate(3, lambda: order.append("ours"), lambda: order.append("other"))
    assert order == ["ours", "other", "other", "ours", "ours", "other"]


def test_a_ratio_is_taken_within_its_round() -> None:
    ours, other = iter((1.0, 30.0)), iter((2.0, 10.0))
    assert alternate(2, lambda: next(ours), lambda: next(other)).ratios(float) == (0.5, 3.0)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        pytest.param(at_least(0.8), 0.8, True, id="at least is met by the bound itself"),
        pytest.param(at_least(0.8), 0.79, False, id="at least is missed below it"),
        pytest.param(at_most(2), 2.0, True, id="at most is met by the bound itself"),
        pytest.param(at_most(2), 2.01, False, id="at most is missed above it"),
    ],
)
def test_goal(goal: Goal, value: float, met: bool) -> None:
    assert replace(ROW, goal=goal, ratios=(value,)).met is met


def test_the_median_decides_not_the_mean() -> None:
    assert MEASURED.value == 0.9
    assert MEASURED.met


@pytest.mark.parametrize(("value", "shown"), [(0.8, "0.8"), (13.0, "13"), (0.02345, "0.0234"), (12345.6, "12,346"), (123.4, "123")])
def test_a_figure_shows_three_digits(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_the_table_shows_ratio_range_goal_and_both_sides() -> None:
    text = printed([MEASURED])
    for part in ("accept", "0.9", "0.5 - 1.1", ">= 0.8", "met", "ingest 9,000 (4,000 - 10,000) /s"):
        assert part in text


def test_a_missed_goal_is_said_so() -> None:
    assert "NOT MET" in printed([replace(MEASURED, goal=at_least(1.0))])


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        pytest.param(NotAvailable("no Node here"), False, id="a tool that is missing is nobody's fault"),
        pytest.param(CannotRun("it answered 500"), True, id="a side that answers wrongly is a fault"),
    ],
)
def test_a_row_that_cannot_run_stays_in_the_table_with_the_reason(tmp_path: Path, error: CannotRun, broken: bool) -> None:
    def measure(bench: Bench) -> Sequence[Row]:
        raise error

    rows = list(run([Group("accept", [ROW], measure)], Bench(1, 0.1, Disk(tmp_path, "", 1.0)), lambda name: None))
    assert [(row.name, row.value, row.broken) for row in rows] == [("accept", None, broken)]
    assert f"not available: {error}" in printed(rows)


def test_the_document_is_plain_json_with_every_round() -> None:
    kept = json.loads(json.dumps(document([MEASURED], {"disk": "real"})))
    assert kept["about"] == {"disk": "real"}
    assert kept["rows"][0]["ratios"] == [0.5, 0.9, 1.1]
    assert kept["rows"][0]["met"] is True


def test_every_group_names_its_rows_and_no_name_stands_twice() -> None:
    names = [row.name for group in GROUPS for row in group.rows]
    assert len(names) == len(set(names)) > 0
    assert all(row.name.split()[0] in (group.name, group.name.removesuffix("s")) for group in GROUPS for row in group.rows)


def test_the_events_of_the_load_are_signed_unique_and_4096_bytes_long() -> None:
    bodies = events.bodies(50)
    assert {len(body) for body in bodies} == {4096}
    read = [stripe.Webhook.construct_event(body, events.signature(body), events.SECRET) for body in bodies]
    assert len({event.id for event in read}) == len({event.data.object["id"] for event in read}) == 50


def test_one_row_in_a_hurry(tmp_path: Path) -> None:
    """The row `plan`, one round: both sides give times, and the ratio is theirs."""
    group = next(group for group in GROUPS if group.name == "plan")
    rows = list(run([group], Bench(1, 0.1, Disk(tmp_path, "", 1.0)), lambda name: None))
    assert [row.name for row in rows] == [row.name for row in group.rows]
    for row in rows:
        ours, other = (side.figures[0] for side in row.sides)
        assert row.ratios == (ours / other,)


def test_slots_are_busy_while_calls_are_in_them_and_a_call_that_follows_another_is_not_beside_it() -> None:
    stays = [Stay(0, 1, "a"), Stay(1, 2, "a"), Stay(0.5, 1.5, "b")]
    assert (elapsed_s(stays), busy_share(stays, 2), most_at_once(stays), connections(stays)) == (2, 0.75, 2, 2)
    assert rate([Stay(at, at + 1, "a") for at in range(10)], 2) == 1


def test_a_backlog_is_stored_by_the_inbox_itself(tmp_path: Path) -> None:
    fill(tmp_path / "store" / "ingest.db", 25)
    with closing(SqliteInbox(tmp_path / "store" / "ingest.db")) as inbox:
        assert inbox.stats().waiting == 25
        assert len(inbox.claim(8, 60)) == 8


def test_the_timer_runs_every_input() -> None:
    seen: list[int] = []
    assert per_call_us(seen.append, [1, 2, 3], at_least_s=1e-9) > 0
    assert seen[:4] == [1, 1, 2, 3]
