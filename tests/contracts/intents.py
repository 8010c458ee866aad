"""What every store of intents promises. A subclass gives `intents`, `records` and a `clock` that it can move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.intents import Act, Cause, Doubt, Ending, Intent, Intents
from core.ports import Link, SyncRecords
from core.records import External, RecordType

CAUSE = Cause("evt_1", "ch_1", "charge", "plan", "settings")
PAYMENT = External(RecordType.CUSTOMER_PAYMENT, "ch_1")
JOURNAL = External(RecordType.JOURNAL_ENTRY, "ch_1")
CUSTOMER = External(RecordType.CUSTOMER, "ch_1")
WRITE = Intent(PAYMENT, Act.CREATE, "c0ffee", 1, CAUSE)
OTHERS = Cause("evt_2", "re_9", "refunds of a charge")
WINDOW_S = 960


class Moving:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def on(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Moving:
    return Moving()


class IntentsContract:
    """The promises of core.ports.Intents, for a store that counts a window of 960 s."""

    def test_what_is_under_way_is_in_doubt_for_the_whole_window(self, intents: Intents, clock: Moving) -> None:
        number = intents.begin(WRITE)
        assert intents.doubts([PAYMENT], OTHERS) == [Doubt(number, PAYMENT, CAUSE, WINDOW_S, under_way=True)]
        clock.on(959.5)
        assert [doubt.left_s for doubt in intents.doubts([PAYMENT], OTHERS)] == [1]
        clock.on(0.5)
        assert [doubt.left_s for doubt in intents.doubts([PAYMENT], OTHERS)] == [0]

    @pytest.mark.parametrize("ending", [Ending.WRITTEN, Ending.REFUSED])
    def test_an_answer_leaves_no_doubt(self, intents: Intents, ending: Ending) -> None:
        intents.end(intents.begin(WRITE), ending)
        assert list(intents.doubts([PAYMENT], CAUSE)) == []

    def test_with_the_end_the_link_is_remembered(self, intents: Intents, records: SyncRecords) -> None:
        link = Link(PAYMENT, "647", "c0ffee")
        intents.end(intents.begin(WRITE), Ending.WRITTEN, link)
        assert records.links([PAYMENT]) == {PAYMENT: link}

    def test_no_answer_leaves_the_doubt_and_remembers_nothing(self, intents: Intents, records: SyncRecords) -> None:
        number = intents.begin(WRITE)
        intents.end(number, Ending.UNKNOWN)
        assert intents.doubts([PAYMENT], OTHERS) == [Doubt(number, PAYMENT, CAUSE, WINDOW_S)]
        assert records.links([PAYMENT]) == {}

    def test_a_doubt_is_of_the_externalid_within_its_namespace(self, intents: Intents) -> None:
        number = intents.begin(WRITE)
        assert [doubt.number for doubt in intents.doubts([JOURNAL], OTHERS)] == [number]
        assert list(intents.doubts([CUSTOMER], OTHERS)) == []

    def test_a_doubt_is_told_to_the_subject_that_wrote_whatever_its_plan_says_now(self, intents: Intents) -> None:
        number = intents.begin(WRITE)
        assert [doubt.number for doubt in intents.doubts([], replace(CAUSE, event_id="evt_3", plan="another"))] == [number]
        assert list(intents.doubts([], replace(CAUSE, subject="refunds of a charge"))) == []
        assert list(intents.doubts([], OTHERS)) == []

    def test_only_what_was_proven_is_certain(self, intents: Intents) -> None:
        first, second = intents.begin(WRITE), intents.begin(WRITE)
        intents.end(second, Ending.UNKNOWN)
        intents.certain([first])
        assert [doubt.number for doubt in intents.doubts([PAYMENT], CAUSE)] == [second]
        intents.certain([second])
        intents.certain([])
        assert list(intents.doubts([PAYMENT], CAUSE)) == []

    def test_numbers_are_not_given_twice(self, intents: Intents) -> None:
        first = intents.begin(WRITE)
        intents.end(first, Ending.WRITTEN)
        assert intents.begin(WRITE) > first
