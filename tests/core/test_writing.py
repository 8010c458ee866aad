"""Every mutating call: the intent before it, its end after it; and what is in doubt until it is proven, second by second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from core.intents import Cause, Doubt, Ending, Intent
from core.outcome import CannotSync, Failed, Kind
from core.plan import record_checksum
from core.ports import Link, NetSuiteBooks
from core.records import Customer, CustomerPayment, External, Internal, RecordType, key
from core.writing import Writing, unknown
from tests.given import at, usd

CAUSE = Cause("evt_1", "ch_1", "charge")
ADA = Customer("cus_1", is_person=False, currency="usd")
PAID = CustomerPayment("ch_1", key(ADA), at(2).date(), "usd", usd("9.00"), Internal("110"))
MOVED = replace(PAID, memo="moved")
OTHER = External(RecordType.CUSTOMER_REFUND, "re_1")


class Store:
    """The store of intents, as the writer speaks to it."""

    def __init__(self, doubts: Sequence[Doubt] = ()) -> None:
        self.said: list[str] = []
        self.held = doubts
        self.asked: list[External] = []

    def begin(self, intent: Intent) -> int:
        self.said.append(f"begin {intent.act} {intent.ref} {_names(intent.checksum)} {intent.token} {intent.cause.stripe_id}")
        return 7

    def end(self, number: int, ending: Ending, link: Link | None = None) -> None:
        self.said.append(f"end {number} {ending}{f' {link.ref} #{link.internal_id} {_names(link.checksum)}' if link else ''}")

    def doubts(self, refs: Iterable[External], cause: Cause) -> Sequence[Doubt]:
        self.asked = [*refs]
        return self.held

    def certain(self, numbers: Iterable[int]) -> None:
        self.said.append(f"certain {sorted(numbers)}")


def _names(checksum: str) -> str:
    return {record_checksum(PAID): "paid", record_checksum(MOVED): "moved", record_checksum(ADA): "ada", "sum": "sum"}[checksum]


class Books:
    """NetSuite: what each call answers, or why not."""

    def __init__(self, answer: Any = None, refused: Failed | None = None, there: Sequence[External] = ()) -> None:
        self.answer, self.refused, self.there = answer, refused, there
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*given: object) -> Any:
            self.calls.append((name, *given))
            if self.refused:
                raise CannotSync(self.refused)
            return self.answer

        return call

    def find(self, ref: External) -> str | None:
        return "9" if ref in self.there else None


def writing(store: Store, books: Books, *, owns: bool = True) -> Writing:
    return Writing(cast(NetSuiteBooks, books), cast(Any, store), CAUSE, lambda _: owns, token=3)


CALLS = [
    pytest.param(lambda w: w.create(MOVED, {}, PAID), "create customerPayment ch_1 paid", ("create", MOVED, {}), id="create"),
    pytest.param(lambda w: w.bring_into_line(MOVED, {}, Link(key(PAID), "8", "sum"), PAID), "bring into line customerPayment ch_1 paid", ("bring_into_line", MOVED, {}), id="bring into line"),
    pytest.param(lambda w: w.amend(ADA, Link(key(ADA), "8", "sum")), "amend customer cus_1 ada", ("amend", ADA, "8"), id="amend"),
    pytest.param(lambda w: w.allow_currency(key(ADA), "eur", PAID), "add currency customerPayment ch_1 paid", ("allow_currency", key(ADA), "eur"), id="allow a currency"),
    pytest.param(lambda w: w.give_external_id(ADA, "8"), "give externalId customer cus_1 ada", ("give_external_id", RecordType.CUSTOMER, "8", "cus_1"), id="give our externalId"),
]  # fmt: skip
ENDS = {
    "create": " customerPayment ch_1 #8 paid",
    "bring_into_line": " customerPayment ch_1 #8 sum",
    "amend": " customer cus_1 #8 sum",
    "allow_currency": "",
    "give_external_id": "",
}


@pytest.mark.parametrize(("call", "intent", "sent"), CALLS)
def test_each_call_is_stored_before_it_is_made_and_its_end_after(call: Any, intent: str, sent: tuple[object, ...]) -> None:
    store, books = Store(), Books("8")
    told = writing(store, books)
    call(told)
    assert store.said == [f"begin {intent} 3 ch_1", f"end 7 written{ENDS[str(sent[0])]}"]
    assert (books.calls, told.writes) == ([sent], 1)


@pytest.mark.parametrize(("call", "intent", "sent"), CALLS)
@pytest.mark.parametrize(("in_doubt", "ends"), [(True, "unknown"), (False, "refused")])
def test_a_refusal_ends_it_a_lost_answer_leaves_it_unknown(call: Any, intent: str, sent: object, *, in_doubt: bool, ends: str) -> None:
    store = Store()
    told = writing(store, Books(refused=Failed(Kind.BUSY, "no answer", "Wait.", in_doubt=in_doubt)))
    with pytest.raises(CannotSync, match="no answer"):
        call(told)
    assert (store.said, told.writes) == ([f"begin {intent} 3 ch_1", f"end 7 {ends}"], 0)


def test_an_external_id_that_is_taken_wrote_nothing() -> None:
    store = Store()
    told = writing(store, Books(None))
    assert told.create(PAID, {}, PAID) is None
    assert (store.said[1], told.writes) == ("end 7 refused", 0)
    assert writing(Store(), Books("8")).create(PAID, {}, PAID) == Link(key(PAID), "8", record_checksum(PAID))


def test_what_answers_nothing_is_written_all_the_same() -> None:
    told = writing(Store(), Books(None))
    told.amend(ADA, Link(key(ADA), "8", "sum"))
    told.give_external_id(ADA, "8")
    assert told.writes == 2


def doubt(number: int, left_s: int, ref: External | None = None, *, under_way: bool = False) -> Doubt:
    return Doubt(number, ref or key(PAID), CAUSE, left_s, under_way)


def looked_at(*doubts: Doubt, there: Sequence[External] = (), owns: bool = True) -> tuple[Writing, Store]:
    store = Store(doubts)
    told = writing(store, Books(there=there), owns=owns)
    told.look_at([key(PAID)])
    assert store.asked == [key(PAID)]
    return told, store


@pytest.mark.parametrize(
    ("doubts", "retry_after_s"),
    [
        pytest.param([], None, id="nothing is in doubt"),
        pytest.param([doubt(1, 0)], None, id="its time has passed"),
        pytest.param([doubt(1, 900, OTHER)], None, id="another record is"),
        pytest.param([doubt(1, 900)], 900, id="a lost call: when its time has passed"),
        pytest.param([doubt(1, 900, under_way=True)], 5, id="one under way: soon"),
        pytest.param([doubt(1, 3, under_way=True)], 3, id="or when its time has passed, if that is sooner"),
        pytest.param([doubt(1, 900, under_way=True), doubt(2, 100)], 900, id="the newest call counts"),
    ],
)
def test_that_netsuite_has_no_such_record_is_believed_once_no_call_may_make_it(doubts: list[Doubt], retry_after_s: int | None) -> None:
    told, _ = looked_at(*doubts)
    if retry_after_s is None:
        told.is_absent(key(PAID))
        return
    with pytest.raises(CannotSync) as stopped:
        told.is_absent(key(PAID))
    assert (stopped.value.failed.kind, stopped.value.failed.retry_after_s) == (Kind.NOT_READY, retry_after_s)


def test_a_record_is_in_doubt_whoever_would_hold_its_external_id() -> None:
    told, _ = looked_at(doubt(1, 900))
    entry = External(RecordType.JOURNAL_ENTRY, "ch_1")
    assert [told.in_doubt(ref) for ref in (key(PAID), entry, OTHER)] == [True, True, False]


ENDED = [
    pytest.param([], [], [], "", [], id="nothing is in doubt"),
    pytest.param([doubt(1, 0)], [key(PAID)], [key(PAID)], "", ["certain [1]"], id="read since: certain"),
    pytest.param([doubt(1, 0)], [key(PAID)], [], "", [], id="planned and not read: still in doubt"),
    pytest.param([doubt(1, 0)], [], [], "", ["certain [1]"], id="nobody asks for it, and it is not there"),
    pytest.param([doubt(1, 900)], [key(PAID)], [key(PAID)], "customerPayment ch_1 is in doubt", [], id="its time has not passed"),
    pytest.param([doubt(1, 0), doubt(2, 900, OTHER)], [key(PAID)], [key(PAID)], "customerRefund re_1 is in doubt", ["certain [1]"], id="one of two"),
]  # fmt: skip


@pytest.mark.parametrize(("doubts", "planned", "asserted", "message", "said"), ENDED)
def test_how_a_sync_concludes(
    doubts: list[Doubt], planned: list[External], asserted: list[External], message: str, said: list[str]
) -> None:
    told, store = looked_at(*doubts)
    told.asserted += asserted
    forgotten: list[External] = []
    if message:
        with pytest.raises(CannotSync, match=message):
            told.conclude(planned, (), forgotten.append)
    else:
        told.conclude(planned, (), forgotten.append)
    assert (store.said, forgotten) == (said, [])


@pytest.mark.parametrize(
    ("ref", "reckoned", "owns", "stops", "forgets"),
    [
        pytest.param(key(PAID), [], True, True, True, id="its owner stops"),
        pytest.param(key(PAID), [OTHER], True, True, True, id="also when the rule found another"),
        pytest.param(key(PAID), [], False, False, True, id="who does not own it goes on"),
        pytest.param(key(ADA), [], True, False, True, id="a customer is no money"),
        pytest.param(key(PAID), [key(PAID)], True, False, False, id="what the rule found and reckons with is asked for"),
    ],
)
def test_what_stands_there_and_nobody_asks_for_is_forgotten(
    ref: External, reckoned: list[External], *, owns: bool, stops: bool, forgets: bool
) -> None:
    told, store = looked_at(doubt(1, 0, ref), there=[ref], owns=owns)
    forgotten: list[External] = []
    if stops:
        with pytest.raises(CannotSync, match="stands in NetSuite by a call whose answer was lost, and ch_1 does not ask for it any more"):
            told.conclude([], reckoned, forgotten.append)
    else:
        told.conclude([], reckoned, forgotten.append)
    assert (store.said, forgotten) == (["certain [1]"], [ref] if forgets else [])


def test_a_subject_waits_for_the_last_of_its_doubts() -> None:
    failed = unknown([doubt(1, 100), doubt(2, 900, OTHER), doubt(3, 500)])
    assert (failed.kind, failed.record, failed.retry_after_s) == (Kind.NOT_READY, "customerRefund re_1", 900)
    assert failed.message == "customerRefund re_1 is in doubt: a call that writes it got no answer, and NetSuite may still carry it out"
