"""The simulation, a slice of it at each run of the tests: whatever goes wrong on the way, the books are right when it is calm again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim.__main__ import never_met
from tests.sim.plots import PLOTS
from tests.sim.regression_seeds import REGRESSIONS
from tests.sim.run import Simulation, play
from tests.sim.stores import disk
from tests.sim.swarm import calm, swarm_of

SEEDS, CHUNK = 500, 25


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK), ids=lambda first: f"seeds {first} to {first + CHUNK - 1}")
def test_whatever_goes_wrong_the_books_are_right_in_the_end(first: int) -> None:
    assert {story.seed: story.wrong for story in map(play, range(first, first + CHUNK)) if story.wrong} == {}


@pytest.mark.parametrize(("seed", "why"), [pytest.param(seed, why, id=why) for seed, why in REGRESSIONS])
def test_what_went_wrong_once_stays_right(seed: int, why: str) -> None:
    """Without a plot, too, as the first of them were told."""
    assert [play(seed, swarm).wrong for swarm in (swarm_of(seed), replace(swarm_of(seed), plot=""))] == [[], []]


def test_each_plot_is_told_and_comes_out_right() -> None:
    """Every flow of a few acts is met, whatever the dice make of the rest."""
    told = {(plot, seed): play(seed, replace(calm(), acts=1, plot=plot)) for plot in PLOTS for seed in range(2)}
    assert {which: story.wrong for which, story in told.items() if story.wrong} == {}
    happened = {event["type"] for story in told.values() for event in story.world.events}
    assert {
        "charge.captured",
        "charge.dispute.funds_withdrawn",
        "charge.expired",
        "charge.failed",
        "charge.refunded",
        "credit_note.created",
        "customer.deleted",
        "customer.subscription.deleted",
        "invoice.overpaid",
        "invoice.payment_failed",
        "payout.failed",
        "refund.failed",
    } <= happened
    memos = {record.external_id[:3] for story in told.values() for record in story.netsuite.records("creditMemo")}
    assert {"re_", "du_", "cn_"} <= memos


def test_without_faults_nothing_is_tried_twice() -> None:
    story = play(3, calm())
    assert story.wrong == []
    assert story.met == {}
    assert story.wire.mutating == sum(
        len(story.netsuite.records(kind)) for kind in ("customer", "serviceSaleItem", "customerPayment")
    ) + sum(
        len(story.netsuite.records(kind)) for kind in ("invoice", "creditMemo", "customerRefund", "deposit", "journalEntry", "discountItem")
    )


def test_the_same_seed_is_the_same_story_whatever_python_hashes() -> None:
    seeds = (1, 4, 7)
    told = f"from tests.sim.run import play; print(*(play(seed).trace for seed in {seeds}))"
    other = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert other.stdout.split() == [play(seed).trace for seed in seeds]


def test_sqlalchemys_own_execution_tells_the_same_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = (0, 2)
    straight = [play(seed).trace for seed in seeds]
    for purpose in ("ingest", "writer"):
        monkeypatch.setattr(disk(purpose), "connection", disk(purpose).sqlalchemys)
    assert [play(seed).trace for seed in seeds] == straight


def test_a_story_in_which_a_fault_or_an_event_never_came_says_so() -> None:
    missing = never_met(play(3, calm()).met, {"payout.paid"})
    assert "never met: crash (writer)" in missing
    assert "never met: payout.failed" in missing
    assert "never met: payout.paid" not in missing


@pytest.mark.parametrize("seeds", [range(2)], ids=["two"])
def test_a_seed_that_breaks_is_named(seeds: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(story: Simulation) -> None:
        raise LookupError(story.seed)

    monkeypatch.setattr(Simulation, "_safety", broken)
    assert [play(seed).wrong for seed in seeds] == [["crashed: LookupError: 0"], ["crashed: LookupError: 1"]]
