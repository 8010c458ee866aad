"""What every durable inbox promises. A subclass gives `inbox`, made with `clock.now`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.inbox import OTHER_SIDE, Arrival, Attempt, Event, EventState, Pause, Priority, Scheduled, Stats, Work
from core.outcome import Failed, Ignored, Kind, Outcome, Synced
from services.ingest.inbox import Inbox

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOT_READY = Failed(Kind.NOT_READY, "waiting for something", "Nothing to do.")
BUSY = Failed(Kind.BUSY, "no room", "wait")
REFUSED = Failed(Kind.REFUSED, "a value is wrong", "mend it", code="INVALID_VALUE", field="entity")

TO_THE_FIRST_SCHEMA = (
    "DROP TABLE schedule",
    "DROP TABLE pause",
    "DROP TABLE attempt",
    "ALTER TABLE work_item DROP COLUMN claimed_at",
    "DROP TABLE mark",
    "ALTER TABLE work_item DROP COLUMN owner",
)
"""What takes back each migration of ingest's store."""


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def event(event_id: str, subject_id: str = "ch_1", event_type: str = "charge.succeeded", account: str = "") -> Event:
    return Event(event_id, event_type, NOON - timedelta(seconds=5), livemode=False, subject_id=subject_id, account=account)


def waits_for(stripe_id: str) -> Failed:
    return Failed(Kind.NOT_READY, f"{stripe_id} is not there yet", "wait", waits_for=stripe_id)


class DurableInboxContract:
    """The promises of core.inbox.DurableInbox."""

    box: Inbox
    time: Clock

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture(autouse=True)
    def _given(self, inbox: Inbox, clock: Clock) -> None:
        self.box, self.time = inbox, clock

    def arrive(self, *events: Event, ignored: str = "", priority: Priority = Priority.LIVE) -> Sequence[bool]:
        return self.box.accept([Arrival(each, b'{"id":"x"}', self.time.now(), ignored, priority) for each in events])

    def claim_one(self, lease_s: float = 60) -> Work:
        [work] = self.box.claim(1, lease_s)
        return work

    def state(self, event_id: str) -> EventState:
        stored = self.box.find(event_id)
        assert stored
        return stored.state

    def test_an_event_is_stored_once_however_often_it_comes(self) -> None:
        assert list(self.arrive(event("evt_1"))) == [True]
        assert list(self.arrive(event("evt_1"), event("evt_2"), event("evt_2"))) == [False, True, False]
        assert self.box.stats().waiting == 2
        assert self.box.altered == 0

    def test_of_two_bodies_with_one_id_the_first_stands_and_the_second_is_counted(self) -> None:
        self.arrive(event("evt_1", "ch_1"))
        assert list(self.arrive(event("evt_1", "ch_2"))) == [False]
        stored = self.box.find("evt_1")
        assert stored
        assert stored.event == event("evt_1", "ch_1")
        assert self.box.altered == 1
        assert [work.object_key for work in self.box.claim(9, 60)] == ["/ch_1"]

    def test_an_ignored_arrival_is_settled_at_once_and_queues_nothing(self) -> None:
        self.arrive(event("evt_1"), ignored="not in the event table")
        stored = self.box.find("evt_1")
        assert stored
        assert (stored.state, stored.reason, stored.settled_at) == (EventState.IGNORED, "not in the event table", NOON)
        assert not self.box.claim(9, 60)
        assert self.box.stats() == Stats(ignored=1)

    def test_what_was_never_stored_is_not_found(self) -> None:
        assert self.box.find("evt_1") is None

    def test_a_claim_holds_the_open_events_of_one_object_oldest_first(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"), event("evt_3"))
        works = {work.object_key: work for work in self.box.claim(9, 60)}
        assert [each.id for each in works["/ch_1"].events] == ["evt_1", "evt_3"]
        assert works["/ch_1"].attempt == 1
        assert [each.id for each in works["/ch_2"].events] == ["evt_2"]

    def test_objects_of_two_accounts_are_two_objects(self) -> None:
        self.arrive(event("evt_1", account="acct_1"), event("evt_2", account="acct_2"))
        assert {work.object_key for work in self.box.claim(9, 60)} == {"acct_1/ch_1", "acct_2/ch_1"}

    def test_a_claim_takes_at_most_what_was_asked_the_longest_due_first(self) -> None:
        for number in (3, 1, 2):
            self.arrive(event(f"evt_{number}", f"ch_{number}"))
            self.time.forward(1)
        assert [work.object_key for work in self.box.claim(2, 60)] == ["/ch_3", "/ch_1"]

    def test_a_claimed_object_is_not_claimed_again_while_its_lease_holds(self) -> None:
        self.arrive(event("evt_1"))
        self.claim_one(lease_s=60)
        self.arrive(event("evt_2"))
        self.time.forward(59)
        assert not self.box.claim(9, 60)
        assert self.state("evt_1") is EventState.RUNNING

    def test_a_lapsed_lease_frees_the_object_and_the_late_answer_changes_nothing(self) -> None:
        self.arrive(event("evt_1"))
        late = self.claim_one(lease_s=60)
        self.time.forward(61)
        again = self.claim_one()
        assert (again.attempt, again.token > late.token) == (2, True)
        assert not self.box.settle(late, Synced(1))
        assert not self.box.settle_part(late, [("evt_1", Synced(1))])
        assert not self.box.retry(late, BUSY, self.time.now())
        assert self.state("evt_1") is EventState.RUNNING
        assert self.box.settle(again, Synced(1))

    def test_a_token_never_comes_back_even_after_the_object_was_done_and_came_anew(self) -> None:
        self.arrive(event("evt_1"))
        first = self.claim_one()
        self.box.settle(first, Synced(1))
        self.arrive(event("evt_2"))
        second = self.claim_one()
        assert second.token > first.token
        assert not self.box.settle(first, Synced(1), [("evt_2", Synced(1))])
        assert self.state("evt_2") is EventState.RUNNING

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            pytest.param(Synced(2), EventState.SYNCED, id="synced"),
            pytest.param(Ignored("it is a draft"), EventState.IGNORED, id="ignored, with the reason"),
            pytest.param(REFUSED, EventState.FAILED, id="failed, with what to do"),
        ],
    )
    def test_settled_events_end_as_the_outcome(self, outcome: Synced | Ignored | Failed, state: EventState) -> None:
        self.arrive(event("evt_1"), event("evt_2"))
        self.time.forward(3)
        assert self.box.settle(self.claim_one(), outcome)
        for event_id in ("evt_1", "evt_2"):
            stored = self.box.find(event_id)
            assert stored
            assert (stored.state, stored.settled_at, stored.attempts) == (state, NOON + timedelta(seconds=3), 1)
            assert stored.reason == (outcome.because if isinstance(outcome, Ignored) else "")
            assert stored.failed == (outcome if isinstance(outcome, Failed) else None)
        assert not self.box.claim(9, 60)
        assert self.box.next_due() is None

    def test_events_may_end_each_in_its_own_way(self) -> None:
        self.arrive(event("evt_1"), event("evt_2"))
        self.box.settle(self.claim_one(), Synced(1), [("evt_2", REFUSED)])
        assert (self.state("evt_1"), self.state("evt_2")) == (EventState.SYNCED, EventState.FAILED)

    def test_what_arrived_during_the_run_makes_the_object_due_at_once_as_new(self) -> None:
        self.arrive(event("evt_1"))
        work = self.claim_one()
        self.arrive(event("evt_2"))
        assert self.box.settle(work, Synced(1))
        again = self.claim_one()
        assert ([each.id for each in again.events], again.attempt) == (["evt_2"], 1)

    def test_a_part_may_be_settled_while_the_rest_stays_claimed(self) -> None:
        self.arrive(event("evt_1"), event("evt_2"))
        work = self.claim_one()
        assert self.box.settle_part(work, [("evt_1", Synced(1))])
        assert not self.box.claim(9, 60)
        assert self.box.retry(work, BUSY, self.time.now())
        assert [each.id for each in self.claim_one().events] == ["evt_2"]
        assert self.state("evt_1") is EventState.SYNCED

    def test_a_resting_object_is_due_again_at_its_moment_and_tells_why_it_rests(self) -> None:
        self.arrive(event("evt_1"))
        later = NOON + timedelta(seconds=30)
        assert self.box.retry(self.claim_one(), BUSY, later)
        stored = self.box.find("evt_1")
        assert stored
        assert (stored.state, stored.failed, stored.due_at) == (EventState.WAITING, BUSY, later)
        assert self.box.next_due() == later
        self.time.forward(29)
        assert not self.box.claim(9, 60)
        self.time.forward(1)
        assert self.claim_one().attempt == 2

    def test_a_new_event_may_bring_what_an_object_waits_for_so_it_is_due_at_once(self) -> None:
        self.arrive(event("evt_1"))
        self.box.retry(self.claim_one(), NOT_READY, NOON + timedelta(hours=1))
        assert not self.box.claim(9, 60)
        self.arrive(event("evt_2"))
        work = self.claim_one()
        assert ([each.id for each in work.events], work.attempt) == (["evt_1", "evt_2"], 2)

    def test_one_that_came_while_it_was_tried_counts_too(self) -> None:
        self.arrive(event("evt_1"))
        work = self.claim_one()
        self.arrive(event("evt_2"))
        self.box.retry(work, NOT_READY, NOON + timedelta(hours=1))
        assert [each.id for each in self.claim_one().events] == ["evt_1", "evt_2"]

    def test_a_new_event_does_not_shorten_the_rest_of_a_busy_one(self) -> None:
        self.arrive(event("evt_1"))
        self.box.retry(self.claim_one(), BUSY, NOON + timedelta(seconds=30))
        self.arrive(event("evt_2"))
        assert not self.box.claim(9, 60)
        self.time.forward(30)
        assert ([each.id for each in self.claim_one().events]) == ["evt_1", "evt_2"]

    def test_a_new_event_revives_the_failed_ones_of_its_object(self) -> None:
        self.arrive(event("evt_1"), event("evt_other", "ch_2"))
        for work in self.box.claim(9, 60):
            self.box.settle(work, REFUSED)
        self.arrive(event("evt_2"))
        work = self.claim_one()
        assert ([each.id for each in work.events], work.attempt) == (["evt_1", "evt_2"], 1)
        self.box.settle(work, Synced(1))
        assert (self.state("evt_1"), self.state("evt_other")) == (EventState.SYNCED, EventState.FAILED)

    def test_an_ignored_event_revives_nothing(self) -> None:
        self.arrive(event("evt_1"))
        self.box.settle(self.claim_one(), REFUSED)
        self.arrive(event("evt_2"), ignored="not in the event table")
        assert self.state("evt_1") is EventState.FAILED

    def test_what_waits_for_an_id_is_woken_by_it_and_only_by_it(self) -> None:
        self.arrive(event("evt_1", "ch_1"), event("evt_2", "ch_2"), event("evt_3", "ch_3"))
        for work, missing in zip(self.box.claim(9, 600), ("in_1", "in_1", "in_2"), strict=True):
            self.box.retry(work, waits_for(missing), NOON + timedelta(hours=1))
        assert self.box.wake(["in_1"]) == 2
        assert self.box.wake(["in_1", ""]) == 0
        assert len(self.box.claim(9, 60)) == 2

    def test_a_running_object_is_not_woken(self) -> None:
        self.arrive(event("evt_1"))
        self.box.retry(self.claim_one(), waits_for("in_1"), NOON)
        self.claim_one()
        assert self.box.wake(["in_1"]) == 0
        assert not self.box.claim(9, 60)

    def test_better_classes_go_first(self) -> None:
        for priority in (Priority.BACKFILL, Priority.LIVE, Priority.OPERATOR):
            self.arrive(event(f"evt_{priority}", f"ch_{priority}"), priority=priority)
            self.time.forward(1)
        assert [work.object_key for work in self.box.claim(9, 60)] == ["/ch_0", "/ch_1", "/ch_3"]

    def test_the_last_class_does_not_starve(self) -> None:
        self.arrive(*(event(f"evt_{number}", f"ch_{number}") for number in range(20)))
        self.arrive(event("evt_back", "ch_back"), priority=Priority.BACKFILL)
        assert "/ch_back" in [self.claim_one().object_key for _ in range(10)]

    def test_released_leases_are_due_at_once(self) -> None:
        self.arrive(event("evt_1"))
        work = self.claim_one(lease_s=600)
        assert self.box.release() == 1
        assert not self.box.settle(work, Synced(1))
        assert self.claim_one().token > work.token

    def test_an_operator_sees_the_newest_first_by_state_and_type(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "cus_1", "customer.created"))
        self.arrive(event("evt_3", "acct_1", "account.updated"), ignored="no")
        assert [stored.event.id for stored in self.box.list()] == ["evt_3", "evt_2", "evt_1"]
        assert [stored.event.id for stored in self.box.list(most=1)] == ["evt_3"]
        assert [stored.event.id for stored in self.box.list(EventState.WAITING)] == ["evt_2", "evt_1"]
        assert [stored.event.id for stored in self.box.list(EventState.WAITING, "customer.created")] == ["evt_2"]

    def test_an_operators_retry_opens_named_events_whatever_they_were_with_all_tries_anew(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"), event("evt_3", "ch_3"))
        resting, failing, synced = self.box.claim(9, 60)
        self.box.retry(resting, BUSY, NOON + timedelta(hours=1))
        self.box.settle(failing, REFUSED)
        self.box.settle(synced, Synced(1))
        assert self.box.retry_now(["evt_1", "evt_2", "evt_3", "evt_unknown"]) == 3
        assert [work.attempt for work in self.box.claim(9, 60)] == [1, 1, 1]

    def test_an_operators_retry_goes_before_what_waits(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"))
        self.time.forward(1)
        self.box.retry_now(["evt_2"])
        assert self.claim_one().object_key == "/ch_2"

    def test_an_operators_retry_leaves_alone_what_runs(self) -> None:
        self.arrive(event("evt_1"))
        work = self.claim_one()
        assert self.box.retry_now(["evt_1"]) == 0
        assert self.box.settle(work, Synced(1))

    def test_all_failed_events_may_be_retried_at_once(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"), event("evt_3", "ch_3"))
        outcomes: tuple[Outcome, ...] = (REFUSED, REFUSED, Synced(1))
        for work, outcome in zip(self.box.claim(9, 60), outcomes, strict=True):
            self.box.settle(work, outcome)
        assert self.box.retry_now(None) == 2
        assert self.box.stats().waiting == 2
        assert self.box.retry_now(None) == 0

    def test_skipped_events_end_with_the_reason_and_their_object_is_not_tried_any_more(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"), event("evt_3", "ch_3"))
        failing, synced, _ = self.box.claim(9, 60)
        self.box.settle(failing, REFUSED)
        self.box.settle(synced, Synced(1))
        assert self.box.skip(["evt_1", "evt_2", "evt_3", "evt_unknown"], "recorded by hand") == 2
        stored = self.box.find("evt_1")
        assert stored
        assert (stored.state, stored.reason) == (EventState.SKIPPED, "recorded by hand")
        self.time.forward(61)
        assert not self.box.claim(9, 60)

    def test_skipping_what_runs_makes_its_answer_stale(self) -> None:
        self.arrive(event("evt_1"))
        work = self.claim_one()
        assert self.box.skip(["evt_1"], "by hand") == 1
        assert not self.box.settle(work, Synced(1))
        assert self.state("evt_1") is EventState.SKIPPED

    def test_the_counts_and_the_age_of_the_oldest_follow_every_move(self) -> None:
        assert self.box.stats() == Stats()
        self.arrive(*(event(f"evt_{number}", f"ch_{number}") for number in range(5)))
        self.arrive(event("evt_ignored"), ignored="no")
        self.time.forward(10)
        synced, failing, skipped, _ = self.box.claim(4, 60)
        self.box.settle(synced, Synced(1))
        self.box.settle(failing, REFUSED)
        self.box.skip([skipped.events[0].id], "by hand")
        assert self.box.stats() == Stats(waiting=1, running=1, synced=1, ignored=1, failed=1, skipped=1, oldest_waiting_s=10.0)

    def test_each_try_is_kept_with_its_answer_the_newest_first(self) -> None:
        self.arrive(event("evt_1"), event("evt_2"))
        first = self.claim_one()
        self.time.forward(2)
        self.box.retry(first, BUSY, NOON + timedelta(seconds=30), ["evt_2"])
        self.time.forward(28)
        second = self.claim_one()
        started = Attempt(1, first.token, NOON, NOON + timedelta(seconds=2), BUSY, handed_on=("evt_2",))
        running = Attempt(2, second.token, NOON + timedelta(seconds=30))
        assert list(self.box.attempts("evt_1")) == [running, started]
        self.time.forward(1)
        self.box.settle(second, Synced(2), [("evt_1", Ignored("nothing to do"))], ["evt_1", "evt_2"])
        ended = replace(running, ended_at=NOON + timedelta(seconds=31), outcome=Synced(2), handed_on=("evt_1", "evt_2"))
        assert list(self.box.attempts("evt_2")) == [ended, started]
        assert list(self.box.attempts("evt_2", most=1)) == [ended]
        assert not self.box.attempts("evt_unknown")

    def test_tries_from_before_an_event_came_and_after_it_was_settled_are_none_of_its_own(self) -> None:
        self.arrive(event("evt_1"))
        self.box.retry(self.claim_one(), BUSY, NOON)
        self.arrive(event("evt_2"))
        assert not self.box.attempts("evt_2")
        self.box.settle(self.claim_one(), REFUSED)
        self.time.forward(1)
        self.arrive(event("evt_3"), ignored="no")
        self.box.skip(["evt_1"], "by hand")
        self.box.retry_now(["evt_2"])
        self.time.forward(1)
        self.box.settle(self.claim_one(), Synced(1))
        assert [each.outcome for each in self.box.attempts("evt_1")] == [REFUSED, BUSY]
        assert [each.outcome for each in self.box.attempts("evt_2")] == [Synced(1), REFUSED]
        assert not self.box.attempts("evt_3")

    def test_a_try_that_nobody_answered_in_time_is_kept_and_so_is_what_the_answer_was_when_it_comes_late(self) -> None:
        self.arrive(event("evt_1"))
        lapsed = self.claim_one(lease_s=60)
        self.time.forward(61)
        again = self.claim_one()
        kept = Attempt(1, lapsed.token, NOON, NOON + timedelta(seconds=61))
        assert list(self.box.attempts("evt_1"))[1:] == [kept]
        self.time.forward(1)
        assert not self.box.settle(lapsed, Synced(1), handed_on=["evt_1"])
        late = replace(kept, ended_at=NOON + timedelta(seconds=62), outcome=Synced(1), late=True, handed_on=("evt_1",))
        assert list(self.box.attempts("evt_1"))[1:] == [late]
        assert not self.box.retry(lapsed, BUSY, NOON)
        assert self.box.release() == 1
        assert [(each.token, each.outcome, each.late) for each in self.box.attempts("evt_1")] == [
            (again.token, None, False),
            (lapsed.token, Synced(1), True),
        ]

    def test_a_try_whose_events_an_operator_skips_meanwhile_is_kept(self) -> None:
        self.arrive(event("evt_1"), event("evt_2"))
        work = self.claim_one()
        self.box.skip(["evt_1"], "by hand")
        self.box.settle_part(work, [("evt_2", Synced(1))])
        assert [each.outcome for each in self.box.attempts("evt_1")] == [None]
        assert not self.box.settle(work, Synced(1))
        assert [(each.outcome, each.late) for each in self.box.attempts("evt_2")] == [(Synced(1), True)]

    def test_tries_are_forgotten_after_their_time(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2"))
        old, young = self.box.claim(2, 60)
        self.box.retry(old, BUSY, NOON + timedelta(days=999))
        self.time.forward(30 * 86_400)
        self.box.settle(young, Synced(1))
        self.time.forward(61 * 86_400)
        for _ in range(100):
            self.box.claim(1, 60)
        assert not self.box.attempts("evt_1")
        assert [each.outcome for each in self.box.attempts("evt_2")] == [Synced(1)]

    def test_while_it_is_paused_events_are_stored_and_nothing_is_claimed(self) -> None:
        self.arrive(event("evt_1"))
        running = self.claim_one()
        self.box.pause("the books are being closed", "me")
        self.time.forward(1)
        self.arrive(event("evt_2", "ch_2"), event("evt_3"))
        assert not self.box.claim(9, 60)
        assert self.box.next_due() is None
        assert self.box.settle(running, Synced(1)), "what runs ends as it ends"
        assert not self.box.claim(9, 60)
        assert self.box.stats().pauses == (Pause(None, "the books are being closed", "me", NOON),)
        assert self.box.resume() == 1
        assert self.box.resume() == 0
        assert self.box.stats() == Stats(waiting=2, synced=1, oldest_waiting_s=0.0)
        assert {work.object_key for work in self.box.claim(9, 60)} == {"/ch_2", "/ch_1"}

    def test_an_account_may_be_paused_alone(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2", account="acct_1"), event("evt_3", "ch_3", account="acct_12"))
        self.box.pause("its books are being closed", "me", "acct_1")
        self.arrive(event("evt_4", "ch_4", account="acct_1"), event("evt_5", "ch_2", account="acct_1"))
        assert {work.object_key for work in self.box.claim(9, 60)} == {"/ch_1", "acct_12/ch_3"}
        assert not self.box.claim(9, 60)
        assert self.box.resume("") == 0
        assert self.box.resume("acct_1") == 1
        assert {work.object_key: len(work.events) for work in self.box.claim(9, 60)} == {"acct_1/ch_2": 2, "acct_1/ch_4": 1}

    def test_pauses_of_several_accounts_end_one_by_one_or_all_together(self) -> None:
        self.arrive(event("evt_1"), event("evt_2", "ch_2", account="acct_1"), event("evt_3", "ch_3", account="acct_2"))
        self.box.pause("a", "me", "")
        self.time.forward(1)
        self.box.pause("b", "me", "acct_1")
        self.box.pause("b, as it were", "you", "acct_1")
        self.time.forward(1)
        self.box.pause("c", "me", "acct_2")
        assert [(each.account, each.because) for each in self.box.stats().pauses] == [
            ("", "a"),
            ("acct_1", "b, as it were"),
            ("acct_2", "c"),
        ]
        assert not self.box.claim(9, 60)
        assert self.box.resume("acct_1") == 1
        assert [work.object_key for work in self.box.claim(9, 60)] == ["acct_1/ch_2"]
        assert self.box.resume() == 2
        assert {work.object_key for work in self.box.claim(9, 60)} == {"/ch_1", "acct_2/ch_3"}

    def test_after_a_pause_each_goes_in_its_own_class_again(self) -> None:
        self.arrive(event("evt_1"), priority=Priority.BACKFILL)
        self.arrive(event("evt_2", "ch_2"))
        self.box.pause("wait", "me", "")
        assert not self.box.claim(9, 60)
        self.arrive(event("evt_3", "ch_2"), priority=Priority.BACKFILL)
        assert not self.box.claim(9, 60)
        self.box.resume("")
        assert [work.object_key for work in self.box.claim(9, 60)] == ["/ch_2", "/ch_1"]

    def test_a_paused_batch_is_not_under_way(self) -> None:
        self.arrive(event("backfill_a_1", "ch_1", "backfill.charge"), event("backfill_a_2", "ch_2", "backfill.charge"))
        self.claim_one()
        for account in (None, ""):
            self.box.pause("wait", "me", account)
            self.box.claim(9, 60)
            assert self.box.tally("backfill_a_", ["backfill.charge"], NOON) == (Stats(waiting=1, running=1), 1)
            self.box.resume()

    def test_when_the_other_side_asks_for_it_all_is_held_off_and_goes_on_by_itself(self) -> None:
        self.arrive(event("evt_1"))
        self.box.hold_off(30, "scheduled maintenance")
        self.time.forward(10)
        self.box.hold_off(5, "no room")
        assert self.box.stats().pauses == (Pause(None, "no room", OTHER_SIDE, NOON, NOON + timedelta(seconds=30)),)
        assert not self.box.claim(9, 60)
        assert self.box.next_due() == NOON + timedelta(seconds=30)
        self.time.forward(20)
        assert self.box.stats().pauses == ()
        assert self.claim_one().object_key == "/ch_1"
        self.box.hold_off(10, "no room")
        assert self.box.stats().pauses == (Pause(None, "no room", OTHER_SIDE, NOON + timedelta(seconds=30), NOON + timedelta(seconds=40)),)

    def test_an_operator_may_lift_it_and_his_own_pause_outlasts_it(self) -> None:
        self.arrive(event("evt_1"))
        self.box.hold_off(30, "no room")
        self.box.pause("by hand", "me")
        self.time.forward(31)
        assert not self.box.claim(9, 60)
        assert self.box.next_due() is None
        self.box.hold_off(30, "no room")
        assert self.box.resume() == 2
        assert self.claim_one().object_key == "/ch_1"

    def test_scheduled_work_is_one_process_turn_when_it_is_due(self) -> None:
        turn = self.box.take_turn("sweep", 3600, 300)
        assert turn is not None
        assert self.box.take_turn("sweep", 3600, 300) is None
        assert self.box.take_turn("other", 3600, 300) is not None
        self.time.forward(200)
        assert self.box.keep_turn("sweep", turn, 300)
        self.time.forward(200)
        assert self.box.take_turn("sweep", 3600, 300) is None, "it was kept"
        assert self.box.end_turn("sweep", turn, "nothing was missed", is_ok=True, again_s=3600)
        ended = NOON + timedelta(seconds=400)
        due = ended + timedelta(seconds=3600)
        assert self.box.stats().schedules[1] == Scheduled("sweep", NOON, ended, ended, is_ok=True, said="nothing was missed", due_at=due)
        self.time.forward(3599)
        assert self.box.take_turn("sweep", 3600, 300) is None
        assert self.box.take_turn("sweep", 3599, 300) is not None, "the interval was shortened meanwhile"

    def test_scheduled_work_that_goes_wrong_is_due_sooner_and_tells_when_it_last_went_well(self) -> None:
        for is_ok, again_s in ((True, 60), (False, 300)):
            turn = self.box.take_turn("sweep", 60, 300)
            assert turn is not None
            self.box.end_turn("sweep", turn, "so", is_ok=is_ok, again_s=again_s)
            self.time.forward(60)
        assert self.box.take_turn("sweep", 60, 300) is None
        failed = NOON + timedelta(seconds=60)
        assert self.box.stats().schedules == (
            Scheduled("sweep", failed, failed, NOON, is_ok=False, said="so", due_at=failed + timedelta(seconds=300)),
        )
        self.time.forward(240)
        assert self.box.take_turn("sweep", 60, 300) is not None

    def test_of_scheduled_work_that_died_another_takes_the_turn_and_the_late_end_counts_for_nothing(self) -> None:
        died = self.box.take_turn("sweep", 60, 300)
        assert died is not None
        self.time.forward(300)
        turn = self.box.take_turn("sweep", 60, 300)
        assert turn is not None
        assert not self.box.keep_turn("sweep", died, 300)
        assert not self.box.end_turn("sweep", died, "late", is_ok=True, again_s=60)
        [running] = self.box.stats().schedules
        assert (running.ended_at, running.said) == (None, "")
        assert self.box.end_turn("sweep", turn, "done", is_ok=True, again_s=60)

    def test_a_mark_is_what_was_noted_last(self) -> None:
        assert self.box.mark("backfill/charge") == ""
        self.box.set_mark("backfill/charge", "2026-02")
        self.box.set_mark("backfill/price", "2026-01")
        self.box.set_mark("backfill/charge", "2026-03")
        assert (self.box.mark("backfill/charge"), self.box.mark("backfill/price")) == ("2026-03", "2026-01")

    def test_a_batch_is_counted_by_how_its_ids_begin_and_what_rests_is_not_under_way(self) -> None:
        batch = [event(f"backfill_a_{number}", f"ch_{number}", "backfill.charge") for number in range(4)]
        self.arrive(*batch, priority=Priority.BACKFILL)
        self.arrive(event("backfill_ab_1", "ch_8", "backfill.charge"), event("backfill_a_9", "ch_9"))
        resting, failing, _ = [work for work in self.box.claim(9, 60) if work.object_key in ("/ch_0", "/ch_1", "/ch_2")]
        self.box.retry(resting, BUSY, NOON + timedelta(hours=1))
        self.box.settle(failing, REFUSED)
        within = NOON + timedelta(minutes=1)
        assert self.box.tally("backfill_a_", ["backfill.charge"], within) == (Stats(waiting=1, running=2, failed=1), 2)
        assert self.box.tally("backfill_a_", ["backfill.charge"], NOON + timedelta(hours=1)) == (Stats(waiting=1, running=2, failed=1), 3)
        assert self.box.tally("backfill_none_", ["backfill.charge"], within) == (Stats(), 0)

    def test_many_callers_at_once_each_get_their_own_answer(self) -> None:
        def caller(number: int) -> tuple[list[bool], list[bool]]:
            mine = [event(f"evt_{number}_{index}", f"ch_{index}") for index in range(5)]
            return list(self.arrive(*mine)), list(self.arrive(*mine, event(f"evt_{number}_new")))

        with ThreadPoolExecutor(16) as callers:
            answers = list(callers.map(caller, range(40)))
        assert answers == [([True] * 5, [False] * 5 + [True])] * 40
        assert self.box.stats().waiting == 40 * 6

    def test_no_object_is_claimed_twice_however_many_ask(self) -> None:
        self.arrive(*(event(f"evt_{number}", f"ch_{number}") for number in range(60)))
        with ThreadPoolExecutor(8) as claimers:
            claims = list(claimers.map(lambda _: self.box.claim(4, 60), range(24)))
        keys = [work.object_key for works in claims for work in works]
        assert len(keys) == len(set(keys)) == 60
