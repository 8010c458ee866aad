"""The words of the inbox: under which key an event's work is queued, what a delivery must repeat, what a pause holds and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.events import subject_of
from core.inbox import Event, EventState, Pause, Priority, oldest_first
from tests.given import at

EVENT = Event("evt_1", "charge.succeeded", at(2), livemode=True, subject_id="ch_1", account="acct_1")


def test_work_is_queued_under_one_object_of_one_account() -> None:
    assert (EVENT.object_key, replace(EVENT, account="").object_key) == ("acct_1/ch_1", "/ch_1")


@pytest.mark.parametrize("altered", [{"type": "charge.updated"}, {"subject_id": "ch_2"}, {"account": ""}, {"livemode": False}])
def test_a_delivery_of_the_same_id_names_the_same(altered: dict[str, object]) -> None:
    assert replace(EVENT, id="evt_2", created=at(3)).names == EVENT.names
    assert replace(EVENT, **altered).names != EVENT.names  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "held"),
    [
        (None, ["acct_1/ch_1", "acct_12/ch_1", "/ch_1"]),
        ("acct_1", ["acct_1/ch_1"]),
        ("", ["/ch_1"]),
    ],
)
def test_a_pause_holds_everything_or_one_account(account: str | None, held: list[str]) -> None:
    pause = Pause(account, "why", "ada", at(2))
    assert [key for key in ("acct_1/ch_1", "acct_12/ch_1", "/ch_1") if pause.holds(key)] == held


def test_pauses_are_told_in_the_order_in_which_they_began() -> None:
    first, later = Pause("b", "why", "ada", at(2)), Pause("a", "why", "ada", at(3))
    all_of_it = Pause(None, "why", "zoe", at(3))
    assert oldest_first([later, all_of_it, first]) == (first, all_of_it, later)
    second, of_bob = replace(later, account="b"), replace(later, who="bob")
    assert oldest_first([second, of_bob, later]) == (later, of_bob, second)


def test_states_and_priorities_by_name_and_order() -> None:
    assert [state.value for state in EventState] == ["waiting", "running", "synced", "ignored", "failed", "skipped"]
    assert [each.name for each in sorted(Priority)] == ["OPERATOR", "LIVE", "SCHEDULED", "BACKFILL"]


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("charge.succeeded", "charge"),
        ("charge.refunded", "refunds of a charge"),
        ("customer.updated", "customer"),
        ("coupon.created", ""),
        ("radar.early_fraud_warning.created", ""),
    ],
)
def test_the_subject_of_an_event_that_acts_or_may_act(event_type: str, subject: str) -> None:
    assert subject_of(event_type) == subject
