"""Merchants by the hundred, their events in disorder: the books are those of the independent reference, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.sandbox.stripe.merchants import EVERY, Family
from tests.proof import run
from tests.proof.regression_seeds import REGRESSIONS
from tests.proof.run import POLICIES, SETTINGS, play, smallest, stories

SEEDS, CHUNK = 200, 10
A_SALE, A_REVERSAL = frozenset({Family.CARDS}), frozenset({Family.CARDS, Family.DISPUTES, Family.FEES})


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK), ids=lambda first: f"seeds {first} to {first + CHUNK - 1}")
def test_whatever_a_merchant_did_the_books_are_right_to_the_minor_unit(first: int) -> None:
    assert {story.seed: story.wrong for story in stories(range(first, first + CHUNK)) if story.wrong} == {}


@pytest.mark.parametrize("policy", [name for name in POLICIES if name])
def test_whatever_the_accountant_chose_the_books_are_right_to_the_minor_unit(policy: str) -> None:
    assert {story.seed: story.wrong for story in stories(range(20), policy=policy) if story.wrong} == {}


@pytest.mark.parametrize("family", Family)
def test_each_family_alone_is_right_to_the_minor_unit(family: Family) -> None:
    assert {story.seed: story.wrong for story in stories(range(3), frozenset({family})) if story.wrong} == {}


@pytest.mark.parametrize(("seed", "families"), [pytest.param(seed, families, id=why) for seed, families, why in REGRESSIONS])
def test_what_was_wrong_once_stays_right(seed: int, families: frozenset[Family]) -> None:
    assert play(seed, families).wrong == []


@pytest.fixture
def wrong_dispute_fees() -> Iterator[None]:
    """A connector that books what banks take for disputes as Stripe's own fees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "SETTINGS", replace(SETTINGS, accounts=replace(SETTINGS.accounts, dispute_fees="601")))
        yield


@pytest.mark.usefixtures("wrong_dispute_fees")
def test_a_connector_that_books_wrongly_is_found_out() -> None:
    [seed, *_] = [seed for seed in range(30) if play(seed, A_REVERSAL).wrong]
    wrong = play(seed, A_REVERSAL).wrong
    assert [sentence.split(":")[0] for sentence in wrong] == ["dispute_fees usd", "stripe_fees usd"]
    assert smallest(seed, A_REVERSAL) == {Family.DISPUTES}


def test_a_choice_that_the_connector_does_not_follow_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POLICIES", dict.fromkeys(POLICIES, SETTINGS))
    assert all(play(1, A_SALE, policy=policy).wrong for policy in ("cash sales", "customer deposits"))


def test_an_event_that_fails_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SETTINGS", replace(SETTINGS, accounts=replace(SETTINGS.accounts, undeposited_funds="")))
    assert any("undeposited_funds is not set" in sentence for sentence in play(1, A_SALE).wrong)


def test_every_event_is_told_at_least_once_and_some_twice() -> None:
    told = [play(seed) for seed in range(5)]
    assert all(story.delivered > story.events > 0 for story in told)


def test_the_same_seed_tells_the_same_story() -> None:
    first, second = play(7), play(7)
    assert (first.events, first.delivered, first.balances()) == (second.events, second.delivered, second.balances())


def test_the_families_together_have_every_kind_of_event_and_row_that_books_differently() -> None:
    kinds = {row["reporting_category"] for story in stories(range(40), EVERY) for row in story.world.account.listed("balance_transaction")}
    assert kinds >= {
        "charge",
        "charge_failure",
        "dispute",
        "dispute_reversal",
        "fee",
        "other_adjustment",
        "partial_capture_reversal",
        "payout",
        "payout_reversal",
        "refund",
        "refund_failure",
        "risk_reserved_funds",
        "topup",
        "transfer",
    }
