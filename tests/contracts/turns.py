"""What all turns promise. A subclass gives `turns`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from core.ports import Turns
from core.records import External, RecordType

WAIT_S = 10
INVOICE, PAYMENT, ITEM = (
    External(RecordType.INVOICE, "in_1"),
    External(RecordType.CUSTOMER_PAYMENT, "ch_1"),
    External(RecordType.SERVICE_SALE_ITEM, "price_1"),
)


class TurnsContract:
    """The promises of core.ports.Turns."""

    def test_whoever_is_alone_has_missed_nothing(self, turns: Turns) -> None:
        mark = turns.mark()
        with turns.take([INVOICE, PAYMENT], mark) as turn:
            assert not turn.moved

    def test_what_another_held_since_the_mark_has_moved(self, turns: Turns) -> None:
        mark = turns.mark()
        with turns.take([INVOICE], mark):
            pass
        with turns.take([PAYMENT, INVOICE], mark) as turn:
            assert turn.moved
        with turns.take([INVOICE], turns.mark()) as turn:
            assert not turn.moved

    def test_what_another_still_held_at_the_mark_has_moved(self, turns: Turns) -> None:
        """It may have written after we read."""
        with turns.take([INVOICE], turns.mark()):
            mark = turns.mark()
        with turns.take([PAYMENT], mark) as turn:
            assert not turn.moved
        with turns.take([PAYMENT, INVOICE], mark) as turn:
            assert turn.moved

    def test_tokens_grow(self, turns: Turns) -> None:
        tokens = []
        for _ in range(3):
            with turns.take([INVOICE], turns.mark()) as turn:
                tokens.append(turn.token)
        assert tokens == sorted(set(tokens))

    def test_one_waits_for_the_other_and_strangers_do_not(self, turns: Turns) -> None:
        holds, may_go, order = Event(), Event(), []

        def first() -> None:
            with turns.take([INVOICE, PAYMENT], turns.mark()):
                holds.set()
                assert may_go.wait(WAIT_S)
                order.append("first")

        def second() -> None:
            with turns.take([PAYMENT], turns.mark()):
                order.append("second")

        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(first)
            assert holds.wait(WAIT_S)
            other = threads.submit(second)
            with turns.take([ITEM], turns.mark()):
                may_go.set()
            one.result(WAIT_S)
            other.result(WAIT_S)
        assert order == ["first", "second"]

    def test_what_ended_in_an_error_is_given_back(self, turns: Turns) -> None:
        with pytest.raises(ZeroDivisionError), turns.take([INVOICE], turns.mark()):
            assert 1 // 0
        with turns.take([INVOICE], turns.mark()):
            pass
