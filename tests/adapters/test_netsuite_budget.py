"""How many calls may be in flight: fewer when NetSuite has no room, slowly more again, never above the setting, first come, first served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adapters.netsuite.budget import RAISED_AFTER_S, Budget, Place


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.0005)


def refused(budget: Budget, times: int = 1) -> int:
    """The limit after so many calls, one after another, met no room."""
    for _ in range(times):
        with budget.place() as place:
            budget.had_no_room(place)
    return budget.usage.limit


def full(budget: Budget) -> int:
    """The limit after a call went well while all places were taken."""
    with ExitStack() as taken:
        for _ in range(budget.usage.limit):
            taken.enter_context(budget.place())
        budget.had_room()
    return budget.usage.limit


@pytest.mark.parametrize(("most", "limits"), [(5, [3, 2, 1, 1]), (4, [2, 1, 1]), (1, [1, 1]), (20, [14, 9, 6, 4, 3, 2, 1])])
def test_each_refusal_lowers_the_limit_by_three_tenths_but_one_call_may_always_go(most: int, limits: list[int]) -> None:
    budget = Budget(most)
    assert [refused(budget) for _ in limits] == limits


def test_calls_that_set_out_together_lower_the_limit_once() -> None:
    budget = Budget(5)
    with ExitStack() as taken:
        for place in [taken.enter_context(budget.place()) for _ in range(5)]:
            budget.had_no_room(place)
    assert budget.usage.limit == 3


def test_the_limit_rises_by_one_call_after_a_quiet_time_and_never_above_the_setting() -> None:
    budget = Budget(4, clock=(clock := Clock()))
    refused(budget, 3)
    limits = []
    for _ in range(6):
        clock.now += RAISED_AFTER_S
        limits.append(full(budget))
    assert limits == [2, 3, 4, 4, 4, 4]


def test_before_the_quiet_time_is_over_it_does_not_rise() -> None:
    budget = Budget(4, clock=(clock := Clock()))
    refused(budget)
    clock.now += RAISED_AFTER_S - 0.1
    assert full(budget) == 2


def test_a_refusal_begins_the_quiet_time_anew() -> None:
    budget = Budget(5, clock=(clock := Clock()))
    with budget.place() as first, budget.place() as second:
        budget.had_no_room(first)
        clock.now += RAISED_AFTER_S - 1
        budget.had_no_room(second)
    clock.now += RAISED_AFTER_S - 1
    assert full(budget) == 3


def test_success_while_places_are_free_says_nothing_about_more() -> None:
    budget = Budget(5, clock=(clock := Clock()))
    refused(budget)
    clock.now += 10 * RAISED_AFTER_S
    with budget.place():
        budget.had_room()
    assert budget.usage.limit == 3


def test_a_raised_limit_that_proves_too_high_falls_back_to_what_held() -> None:
    budget = Budget(5, clock=(clock := Clock()))
    assert refused(budget, 2) == 2
    clock.now += RAISED_AFTER_S
    assert full(budget) == 3
    assert refused(budget) == 2


def test_places_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    budget, order = Budget(1), list[int]()

    def call(number: int) -> None:
        with budget.place():
            order.append(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(20)]
    with budget.place():
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda waiting=waiting: budget.usage.waiting == waiting)  # type: ignore[misc]
    for thread in threads:
        thread.join(10)
    assert order == list(range(20))


def test_the_time_in_the_queue_is_told() -> None:
    budget = Budget(1, clock=(clock := Clock()))
    waited: list[float] = []

    def call() -> None:
        with budget.place() as place:
            waited.append(place.queued_s)

    with budget.place() as first:
        thread = threading.Thread(target=call)
        thread.start()
        wait_until(lambda: budget.usage.waiting == 1)
        clock.now += 7
    thread.join(10)
    assert (first.queued_s, waited) == (0, [7])


def test_a_call_that_fails_gives_its_place_back() -> None:
    budget = Budget(1)
    for _ in range(3):
        with pytest.raises(OSError, match="lost"), budget.place():
            raise OSError("lost")
    assert budget.usage.in_flight == 0


def test_there_is_no_budget_for_nothing() -> None:
    with pytest.raises(ValueError, match="one call"):
        Budget(0)


@settings(deadline=None, max_examples=40)
@given(most=st.integers(1, 8), calls=st.lists(st.booleans(), min_size=1, max_size=60))
def test_many_threads_are_never_above_the_setting_and_all_have_their_turn(most: int, calls: list[bool]) -> None:
    budget, lock = Budget(most), threading.Lock()
    in_flight, highest, done = 0, 0, 0

    def call(has_room: bool) -> None:
        nonlocal in_flight, highest, done
        with budget.place() as place:
            with lock:
                in_flight += 1
                highest = max(highest, in_flight)
            budget.had_room() if has_room else budget.had_no_room(place)
            with lock:
                in_flight -= 1
                done += 1

    threads = [threading.Thread(target=call, args=(has_room,)) for has_room in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert highest <= most
    assert done == len(calls)
    assert (budget.usage.in_flight, budget.usage.waiting) == (0, 0)


class AnyHistory(RuleBasedStateMachine):
    """Whatever NetSuite answers, in whatever order and time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.budget = Budget(6, clock=self.clock)
        self.taken: list[tuple[ExitStack, Place]] = []

    @precondition(lambda self: len(self.taken) < self.budget.usage.limit)
    @rule()
    def call(self) -> None:
        stack = ExitStack()
        self.taken.append((stack, stack.enter_context(self.budget.place())))

    @precondition(lambda self: self.taken)
    @rule(has_room=st.booleans(), seconds=st.floats(0, 40))
    def answer(self, has_room: bool, seconds: float) -> None:
        stack, place = self.taken.pop(0)
        self.clock.now += seconds
        before = self.budget.usage.limit
        self.budget.had_room() if has_room else self.budget.had_no_room(place)
        assert self.budget.usage.limit - before in ((0, 1) if has_room else range(-before, 1))
        stack.close()

    @invariant()
    def the_limit_keeps_its_bounds_and_the_count_is_right(self) -> None:
        assert 1 <= self.budget.usage.limit <= 6
        assert self.budget.usage.in_flight == len(self.taken)

    def teardown(self) -> None:
        for stack, _ in self.taken:
            stack.close()


TestAnyHistory = AnyHistory.TestCase
