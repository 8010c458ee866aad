"""Creations that wait for room become one batch; each thread is told of its own record, and asked before it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.netsuite.combining import Combining
from core.outcome import CannotSync, Failed, Kind
from core.ports import Ids, Made
from core.records import DiscountItem, Record
from tests.adapters.netsuite_records import coupon

REFUSED = Failed(Kind.REFUSED, "no", "mend it")
LOST = Failed(Kind.BUSY, "lost", "wait", in_doubt=True)


def coupon_of(name: str) -> DiscountItem:
    return replace(coupon, external_id=name, item_id=f"Coupon {name}")


class Account:
    """Creates what it is asked for, once `open` is set; remembers how it was asked. Names tell what becomes of a record."""

    def __init__(self, enough: int, room: int = 1, most: int = 100) -> None:
        self.open = threading.Event()
        self.came = threading.Semaphore(0)
        self.calls: list[list[str]] = []
        self.asked: set[str] = set()
        self.combining = Combining(self.one, self.many, self, lambda: room, enough, most)

    def one(self, record: Record, ids: Ids) -> str | None:
        self.came.release()
        assert self.open.wait(10)
        self.calls.append([record.external_id])
        return f"#{record.external_id}"

    def many(self, records: Sequence[Record], ids: Ids) -> Sequence[Made]:
        self.calls.append([record.external_id for record in records])
        if any(record.external_id == "crash" for record in records):
            raise ZeroDivisionError
        if any(record.external_id == "unasked" for record in records):
            raise CannotSync(REFUSED)
        ends: dict[str, Made] = {"taken": None, "refused": REFUSED, "lost": LOST}
        return [ends.get(record.external_id, f"#{record.external_id}") for record in records]

    def sending(self) -> str:
        name = threading.current_thread().name
        if name == "fenced":
            raise CannotSync(REFUSED)
        self.asked.add(name)
        return name

    def create(self, *names: str) -> list[Future[str | None]]:
        """Ask for these one after another, each on a thread of its name; the first one takes the only place."""
        made: list[Future[str | None]] = []
        for at, name in enumerate(names):
            future: Future[str | None] = Future()
            threading.Thread(target=_settle, args=(future, lambda name=name: self.combining.create(coupon_of(name), {})), name=name).start()
            if at == 0:
                assert self.came.acquire(timeout=10)
            else:
                _until(lambda at=at: len(self.combining._waiting) == at)  # type: ignore[misc]
            made.append(future)
        self.open.set()
        return made


def _settle(future: Future[str | None], call: Callable[[], str | None]) -> None:
    try:
        future.set_result(call())
    except BaseException as stopped:  # noqa: BLE001 - told to whoever waits
        future.set_exception(stopped)


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if holds():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it never came to hold")


def test_while_there_is_room_each_record_is_a_call_of_its_own() -> None:
    account = Account(enough=2, room=8)
    account.open.set()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda at: account.combining.create(coupon_of(f"C{at}"), {}), range(8)))
    assert made == [f"#C{at}" for at in range(8)]


def test_what_waits_is_created_together_and_told_to_each() -> None:
    account = Account(enough=3)
    made = account.create("first", "a", "b", "c")
    assert [one.result(10) for one in made] == ["#first", "#a", "#b", "#c"]
    assert account.calls == [["first"], ["a", "b", "c"]]
    assert account.asked == {"b", "c"}, "the one that sends is asked by the transport"


def test_too_few_are_created_one_by_one() -> None:
    account = Account(enough=4)
    assert [one.result(10) for one in account.create("first", "a", "b")] == ["#first", "#a", "#b"]
    assert account.calls == [["first"], ["a"], ["b"]]


def test_each_is_told_its_own_end() -> None:
    _, good, taken, refused, lost = Account(enough=2).create("first", "good", "taken", "refused", "lost")
    assert (good.result(10), taken.result(10)) == ("#good", None)
    for future, failed in ((refused, REFUSED), (lost, LOST)):
        with pytest.raises(CannotSync) as stopped:
            future.result(10)
        assert stopped.value.failed is failed


def test_what_must_not_be_sent_any_more_is_left_out() -> None:
    account = Account(enough=2)
    _, good, fenced, other = account.create("first", "good", "fenced", "other")
    assert (good.result(10), other.result(10)) == ("#good", "#other")
    with pytest.raises(CannotSync):
        fenced.result(10)
    assert account.calls[1] == ["good", "other"]


@pytest.mark.parametrize(("name", "raised"), [("unasked", CannotSync), ("crash", RuntimeError)])
def test_when_the_batch_fails_as_a_whole_so_does_each_and_the_next_have_their_turn(name: str, raised: type[Exception]) -> None:
    account = Account(enough=2)
    _, leads, follows = account.create("first", "leads", name)
    with pytest.raises((CannotSync, ZeroDivisionError)):
        leads.result(10)
    with pytest.raises(raised):
        follows.result(10)
    assert account.combining.create(coupon_of("next"), {}) == "#next"


@pytest.mark.parametrize(("most", "calls"), [(100, [1, 100, 20]), (25, [1, 25, 25, 25, 25] + [1] * 20)], ids=["REST", "SOAP"])
def test_a_batch_has_so_many_records_at_most_however_many_make_one(most: int, calls: list[int]) -> None:
    account = Account(enough=2 if most == 100 else 26, most=most)
    made = account.create("first", *(f"C{at}" for at in range(120)))
    assert [one.result(10) for one in made[1:]] == [f"#C{at}" for at in range(120)]
    assert [len(call) for call in account.calls] == calls
