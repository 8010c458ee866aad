"""Records that NetSuite holds and that we did not make: which one is meant, what is said when none or several are, what is due of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Never, cast

import pytest

from core.existing import as_held, gone, in_turn_with, later, matched, not_held, paid_already, taken, titled
from core.held import HeldApply, HeldRecord, Titled
from core.metadata import DUPLICATE
from core.outcome import CannotSync, Failed, Kind
from core.plan import Ensure, Linked, Match, Upsert, record_checksum
from core.ports import Hit, Link, NetSuiteBooks
from core.records import Apply, CreditMemo, Customer, CustomerPayment, External, Internal, Numbered, RecordType, Ref, key
from tests.given import at, usd

DAY = at(2).date()
WHO = External(RecordType.CUSTOMER, "cus_1")
ADA = Customer("cus_1", is_person=False, currency="usd", company_name="Ada")
BILL = External(RecordType.INVOICE, "in_1")


class Books:
    """What NetSuite answers."""

    def __init__(
        self, hits: Mapping[str, Sequence[Hit]] | None = None, held: Mapping[Any, HeldRecord] | None = None, there: Sequence[str] = ()
    ) -> None:
        self.hits, self.held, self.there = hits or {}, held or {}, there
        self.asked: list[str] = []

    def match(self, record: RecordType, field: str, value: str) -> Sequence[Hit]:
        self.asked.append(f"{record} {field} {value}")
        return self.hits.get(value, ())

    def read(self, ref: External | Numbered) -> HeldRecord | None:
        return self.held.get(ref)

    def holds(self, record_type: str, internal_id: str) -> bool:
        return f"{record_type} {internal_id}" in self.there


def on(books: Books) -> NetSuiteBooks:
    return cast(NetSuiteBooks, books)


def refused(call: Callable[[], object]) -> Failed:
    with pytest.raises(CannotSync) as stopped:
        call()
    return stopped.value.failed


def hits(*ids: str) -> list[Hit]:
    return [Hit(each, "", f"No. {each}") for each in ids]


CRM, MAIL = Match("accountnumber", "7"), Match("email", "ada@example.com")


@pytest.mark.parametrize(
    ("found", "hit", "asked"),
    [
        ({}, None, ["customer accountnumber 7", "customer email ada@example.com"]),
        ({"7": hits("5")}, "5", ["customer accountnumber 7"]),
        ({"ada@example.com": hits("6")}, "6", ["customer accountnumber 7", "customer email ada@example.com"]),
        ({"7": hits("5"), "ada@example.com": hits("6", "8")}, "5", ["customer accountnumber 7"]),
    ],
)
def test_the_first_field_that_finds_one_decides(found: dict[str, list[Hit]], hit: str | None, asked: list[str]) -> None:
    books = Books(found)
    told = matched(on(books), ADA, [CRM, MAIL])
    assert (told.internal_id if told else None, books.asked) == (hit, asked)


def test_several_are_listed_ten_at_most_and_a_person_decides() -> None:
    failed = refused(lambda: matched(on(Books({"7": hits("5", "6")})), ADA, [CRM]))
    assert failed.kind is Kind.AMBIGUOUS
    assert failed.message == f"2 records in NetSuite have the accountnumber of cus_1: {hits('5')[0]}, {hits('6')[0]}"
    assert failed.record == "customer cus_1"
    many = refused(lambda: matched(on(Books({"7": hits(*map(str, range(100, 111)))})), ADA, [CRM]))
    assert "#109" in many.message
    assert "#110" not in many.message


DUE = HeldRecord("900", remaining=usd("9.00"))


@pytest.mark.parametrize(
    ("name", "found", "held", "is_there"),
    [
        pytest.param("INV-7", {"INV-7": hits("900")}, {Numbered(RecordType.INVOICE, "900"): DUE}, True, id="by its number"),
        pytest.param("900", {}, {Numbered(RecordType.INVOICE, "900"): DUE}, True, id="else by its internal id"),
        pytest.param("INV-8", {}, {Numbered(RecordType.INVOICE, "INV-8"): DUE}, False, id="which is of digits"),
        pytest.param("٩", {}, {Numbered(RecordType.INVOICE, "٩"): DUE}, False, id="those of ASCII"),
        pytest.param("901", {}, {}, False, id="nothing"),
    ],
)
def test_a_transaction_by_what_a_person_calls_it(
    name: str, found: dict[str, list[Hit]], held: dict[Any, HeldRecord], *, is_there: bool
) -> None:
    books = Books(found, held)
    assert titled(on(books), Titled(RecordType.INVOICE, name)) == (DUE if is_there else None)
    assert books.asked == [f"invoice tranid {name}"]


def test_a_number_that_several_have_is_ambiguous() -> None:
    failed = refused(lambda: titled(on(Books({"INV-7": hits(*map(str, range(100, 111)))})), Titled(RecordType.INVOICE, "INV-7")))
    assert (failed.kind, failed.remedy) == (Kind.AMBIGUOUS, "Put the internal id of the right one in place of the number, then retry.")
    two = refused(lambda: titled(on(Books({"INV-7": hits("5", "6")})), Titled(RecordType.INVOICE, "INV-7")))
    assert two.kind is Kind.AMBIGUOUS
    assert failed.message.startswith("11 records are invoice INV-7: ")
    assert ("#109" in failed.message, "#110" in failed.message) == (True, False)


@pytest.mark.parametrize(
    ("known", "asked"),
    [({}, BILL), ({BILL: Link(BILL, "7", "sum")}, BILL), ({BILL: Link(BILL, "7", "")}, Numbered(RecordType.INVOICE, "7"))],
)
def test_what_was_found_and_never_written_is_asked_for_by_its_internal_id(known: dict[External, Link], asked: object) -> None:
    assert as_held(BILL, known) == asked


def payment(*applied: tuple[Ref, str]) -> CustomerPayment:
    lines = tuple(Apply(doc, usd(amount)) for doc, amount in applied)
    return CustomerPayment("ch_1", WHO, DAY, "usd", usd("9.00"), Internal("110"), apply=lines)


def test_what_we_wrote_once_and_netsuite_holds_no_more_is_gone() -> None:
    entry = External(RecordType.JOURNAL_ENTRY, "in_2")
    memo = CreditMemo("cn_1", WHO, DAY, "usd", ())
    known = {
        key(ADA): Link(key(ADA), "1", "sum"),
        key(memo): Link(key(memo), "2", ""),
        key(payment()): Link(key(payment()), "3", "sum"),
        entry: Link(entry, "4", "sum"),
    }
    written = (Ensure(ADA), Upsert(memo), Upsert(payment()), Upsert(payment()), Upsert(replace(memo, external_id="in_2")))
    assert gone(on(Books()), written, known) == [key(ADA), key(payment()), entry]
    assert gone(on(Books(there=["customer 1", "journalEntry 4"])), written, known) == [key(payment())]
    assert gone(on(Books()), (), known) == []


REFUSED = Failed(Kind.REFUSED, "NetSuite said no", "Look.", field="apply.items[0]")
OURS, THEIRS = Numbered(RecordType.INVOICE, "7"), Numbered(RecordType.INVOICE, "900")
KNOWN = {BILL: Link(BILL, "7", "sum")}
MINE = {**KNOWN, key(payment()): Link(key(payment()), "8", "sum")}
IN_EURO = HeldRecord("900", remaining=replace(usd("1.00"), currency="eur"))

PAID = [
    pytest.param(payment((BILL, "9.00")), KNOWN, {OURS: HeldRecord("7", remaining=usd("8.99"))}, Kind.NOT_READY, "invoice in_1 is already paid in NetSuite: 8.99 USD of it is due, the payment would settle 9.00 USD", id="ours: it may come free"),
    pytest.param(payment((BILL, "9.00")), KNOWN, {OURS: HeldRecord("7", remaining=usd("9.00"))}, None, "", id="just enough is due"),
    pytest.param(payment((Internal("900"), "9.00")), {}, {THEIRS: HeldRecord("900", remaining=usd("0.00"))}, Kind.REFUSED, "#900 is already paid in NetSuite: 0.00 USD of it is due, the payment would settle 9.00 USD", id="NetSuite's own: a person looks"),
    pytest.param(payment((BILL, "9.00")), {}, {}, None, "", id="one that we do not know"),
    pytest.param(payment((BILL, "9.00")), KNOWN, {}, None, "", id="one that NetSuite does not hold"),
    pytest.param(payment((BILL, "9.00")), KNOWN, {OURS: HeldRecord("7")}, None, "", id="of which it does not say what is due"),
    pytest.param(payment((Internal("900"), "9.00")), {}, {THEIRS: IN_EURO}, None, "", id="or in another currency"),
    pytest.param(payment((Internal("900"), "1.00"), (BILL, "8.00")), KNOWN, {THEIRS: IN_EURO, OURS: HeldRecord("7", remaining=usd("7.00"))}, Kind.NOT_READY, "invoice in_1 is already paid in NetSuite: 7.00 USD of it is due, the payment would settle 8.00 USD", id="the second of two"),
    pytest.param(payment((BILL, "9.00")), MINE, {OURS: HeldRecord("7", remaining=usd("4.00")), key(payment()): HeldRecord("8", applied=(HeldApply(Internal("7"), usd("5.00")),))}, None, "", id="what it settles itself is due to it"),
    pytest.param(payment((BILL, "9.00")), MINE, {OURS: HeldRecord("7", remaining=usd("4.00")), key(payment()): HeldRecord("8", applied=(HeldApply(Internal("7"), usd("4.99")),))}, Kind.NOT_READY, "invoice in_1 is already paid in NetSuite: 8.99 USD of it is due, the payment would settle 9.00 USD", id="and no more"),
    pytest.param(payment((BILL, "9.00")), MINE, {OURS: HeldRecord("7", remaining=usd("4.00")), key(payment()): HeldRecord("8")}, Kind.NOT_READY, "invoice in_1 is already paid in NetSuite: 4.00 USD of it is due, the payment would settle 9.00 USD", id="unless NetSuite does not say"),
    pytest.param(payment((BILL, "9.00")), KNOWN, {OURS: HeldRecord("7", remaining=usd("4.00")), key(payment()): HeldRecord("8", applied=(HeldApply(Internal("7"), usd("5.00")),))}, Kind.NOT_READY, "invoice in_1 is already paid in NetSuite: 4.00 USD of it is due, the payment would settle 9.00 USD", id="or it was never written"),
    pytest.param(payment((External(RecordType.JOURNAL_ENTRY, "in_1"), "9.00")), {External(RecordType.JOURNAL_ENTRY, "in_1"): Link(BILL, "7", "sum")}, {Numbered(RecordType.JOURNAL_ENTRY, "7"): HeldRecord("7", remaining=usd("0.00"))}, None, "", id="an entry is no invoice"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "known", "held", "kind", "message"), PAID)
def test_why_netsuite_refused_a_payment(
    record: CustomerPayment, known: dict[External, Link], held: dict[Any, HeldRecord], kind: Kind | None, message: str
) -> None:
    told = paid_already(on(Books(held=held)), record, REFUSED, known)
    assert ((told.kind, told.message) if told else (None, "")) == (kind, message)
    if told:
        assert (told.remedy, told.record, told.field) == (DUPLICATE, "customerPayment ch_1", REFUSED.field)


def test_it_is_not_looked_for_behind_another_refusal() -> None:
    held = {OURS: HeldRecord("7", remaining=usd("0.00"))}
    assert paid_already(on(Books(held=held)), payment((BILL, "9.00")), replace(REFUSED, kind=Kind.BUSY), KNOWN) is None
    memo = CreditMemo("cn_1", WHO, DAY, "usd", (), apply=(Apply(BILL, usd("9.00")),))
    assert paid_already(on(Books(held=held)), memo, REFUSED, KNOWN) is None


@pytest.mark.parametrize(
    ("refused_as", "kind"),
    [
        (REFUSED, Kind.NOT_READY),
        (replace(REFUSED, field="apply"), Kind.NOT_READY),
        (replace(REFUSED, field="memo"), Kind.REFUSED),
        (replace(REFUSED, kind=Kind.BUSY), Kind.BUSY),
    ],
)
def test_what_cannot_be_applied_now_may_be_later(refused_as: Failed, kind: Kind) -> None:
    told = later(refused_as)
    assert (told.kind, told.message, told.field) == (kind, refused_as.message, refused_as.field)
    assert (told.remedy == refused_as.remedy) == (kind is refused_as.kind)


def test_two_plans_take_turns_where_they_look_for_one_customer_or_settle_one_invoice() -> None:
    assert list(in_turn_with(ADA, [CRM])) == [External(RecordType.CUSTOMER, "accountnumber = 7")]
    assert list(in_turn_with(payment((BILL, "1.00"), (Internal("900"), "8.00")))) == [External(RecordType.INVOICE, "#900")]
    assert list(in_turn_with(CreditMemo("cn_1", WHO, DAY, "usd", (), apply=(Apply(Internal("900"), usd("9.00")),)))) == []


NAMED = Linked(WHO, "42", "customer", "netsuite_customer_id", "cus_1")


@pytest.mark.parametrize(
    ("call", "message", "remedy", "record"),
    [
        (lambda: not_held(NAMED), "netsuite_customer_id of cus_1 names customer #42, which NetSuite does not hold", "Mend netsuite_customer_id on cus_1 in Stripe, or take it away, then retry.", "customer #42"),
        (lambda: taken(BILL), "externalId in_1 is taken in NetSuite, but by no invoice", "Find the record that holds this externalId in NetSuite and clear it there, then retry.", "invoice in_1"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_record_that_is_not_the_one(call: Callable[[], Never], message: str, remedy: str, record: str) -> None:
    assert refused(call) == Failed(Kind.REFUSED, message, remedy, record=record)


def test_a_checksum_names_a_record() -> None:
    assert record_checksum(ADA) == record_checksum(replace(ADA))
    assert record_checksum(ADA) != record_checksum(replace(ADA, email="ada@example.com"))
