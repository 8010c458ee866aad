"""The executor, call by call: what costs a call and what does not, what is remembered, which way round is taken and which is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.memory import MemoryBooks
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from core.choices import Pair
from core.dating import Periods
from core.execute import Executor
from core.held import Ask
from core.intents import RESYNC, Act, Cause, Intent
from core.outcome import CannotSync, Failed, Kind, Synced
from core.plan import Amend, Command, Ensure, Linked, Match, Plan, Require, Upsert, record_checksum
from core.ports import Difference, Link
from core.records import (
    Customer,
    CustomerPayment,
    Deposit,
    DepositLine,
    External,
    Internal,
    Invoice,
    ItemLine,
    JournalEntry,
    JournalLine,
    Record,
    RecordType,
    ServiceSaleItem,
    key,
)
from core.settings import Settings
from core.snapshot import Charge
from core.snapshot import Customer as StripeCustomer
from core.snapshot import Invoice as StripeInvoice
from core.sync import Change
from core.writing import Writing
from tests.contracts.intents import WINDOW_S, Moving
from tests.core.test_doubt import World as Doubtful
from tests.core.test_doubt import is_unknown
from tests.core.test_linking import person, post
from tests.core.test_sync import World, event
from tests.given import SETTINGS, charge, customer, invoice, line, price, usd

DAY = date(2026, 11, 2)
ADA = Customer("cus_1", is_person=False, currency="usd", company_name="Ada Lovelace")
ITEM = ServiceSaleItem("price_1", "Pro plan", "Pro plan", Internal("400"))
PAID = CustomerPayment("ch_1", key(ADA), DAY, "usd", usd("9.00"), Internal("110"), memo="Stripe: ch_1")
BILL = Invoice("in_1", key(ADA), DAY, "usd", (ItemLine(key(ITEM), usd("9.00")),), memo="Stripe: in_1")
BANKED = Deposit("po_1", Internal("101"), DAY, "usd", other=(DepositLine(Internal("605"), usd("9.00"), "topup"),))
CAUSE = Cause("evt_1", "ch_1", "charge")


class Books(MemoryBooks):
    """NetSuite; every call is noted, and `refuses` says what is not carried out, as often as it is listed."""

    def __init__(self, netsuite: NetSuite) -> None:
        super().__init__(netsuite)
        self.calls: list[str] = []
        self.refuses: dict[str, list[Failed]] = {}
        self.opens: date | None = None
        self.total: str = ""  # what a Deposit comes to there, where it is not what it should be

    def _note(self, call: str, what: object) -> None:
        self.calls.append(f"{call} {what}")
        if left := self.refuses.get(call):
            raise CannotSync(left.pop(0))

    def create(self, record: Record, ids: Mapping[External, str]) -> str | None:
        self._note("create", key(record))
        return super().create(record, ids)

    def bring_into_line(self, record: Record, ids: Mapping[External, str]) -> None:
        self._note("bring into line", key(record))
        super().bring_into_line(record, ids)

    def allow_currency(self, customer: Any, currency: str) -> None:
        self._note("allow", f"{currency} for {customer}")

    def find(self, ref: External) -> str | None:
        self.calls.append(f"find {ref}")
        return super().find(ref)

    def compare(self, record: Record, ids: Mapping[External, str]) -> Any:
        self.calls.append(f"compare {key(record)}")
        return (Difference("total", self.total, "9.00"),) if self.total else super().compare(record, ids)

    def first_open_day(self, on_or_after: date) -> date | None:
        return self.opens


class Desk:
    """A NetSuite, the writer's memory and its store of intents."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.netsuite = NetSuite()
        self.books = Books(self.netsuite)
        self.records = MemorySyncRecords()
        self.clock = Moving()
        self.intents = MemoryIntents(self.records, self.clock.now, WINDOW_S)
        self.settings = settings

    def does(self, *commands: Command, cause: Cause = CAUSE) -> int:
        writing = Writing(self.books, self.intents, cause, lambda _: True)
        return Executor(self.books, self.records, self.settings, writing).execute(Plan(commands, "why"))

    def calls(self, *commands: Command, cause: Cause = CAUSE) -> list[str]:
        """Those that these commands cost now."""
        self.books.calls.clear()
        self.does(*commands, cause=cause)
        return list(self.books.calls)

    def knows(self, ref: External) -> Link | None:
        return self.records.links([ref]).get(ref)

    def forgets(self) -> None:
        self.records = MemorySyncRecords()
        self.intents = MemoryIntents(self.records, self.clock.now, WINDOW_S)


@pytest.fixture
def desk() -> Desk:
    return Desk()


SALE = (Ensure(ADA), Upsert(PAID))


def test_a_record_costs_one_call_once_and_none_while_it_stays_as_it_is(desk: Desk) -> None:
    assert desk.calls(*SALE) == ["create customer cus_1", "create customerPayment ch_1"]
    assert desk.calls(*SALE) == []
    known = desk.knows(key(PAID))
    assert known is not None
    assert known.checksum == record_checksum(PAID)


def test_a_change_costs_one_call_and_nothing_is_asked_first(desk: Desk) -> None:
    desk.does(*SALE)
    assert desk.calls(Ensure(ADA), Upsert(replace(PAID, memo="Stripe: ch_1 red"))) == ["bring into line customerPayment ch_1"]


def test_what_was_made_before_memory_began_is_found_under_its_external_id_and_remembered(desk: Desk) -> None:
    desk.does(*SALE)
    desk.forgets()
    assert desk.calls(*SALE) == [
        "create customer cus_1",
        "find customer cus_1",
        "create customerPayment ch_1",
        "find customerPayment ch_1",
        "compare customerPayment ch_1",
    ]
    assert desk.knows(key(ADA)) == Link(key(ADA), desk.netsuite.records("customer")[0].id, "")
    assert desk.calls(*SALE) == []


def test_what_differs_there_is_brought_into_line(desk: Desk) -> None:
    desk.does(*SALE)
    desk.forgets()
    assert desk.calls(Ensure(ADA), Upsert(replace(PAID, memo="Stripe: ch_1 red")))[-1] == "bring into line customerPayment ch_1"


def test_an_external_id_that_another_type_holds_is_a_persons_matter(desk: Desk) -> None:
    desk.does(Ensure(ADA), Ensure(ITEM), Upsert(replace(BILL, external_id="ch_1")))
    with pytest.raises(CannotSync, match="externalId ch_1 is taken in NetSuite, but by no customerPayment") as stopped:
        desk.does(*SALE)
    assert (stopped.value.failed.kind, stopped.value.failed.record) == (Kind.REFUSED, "customerPayment ch_1")
    assert desk.knows(key(PAID)) is None


def test_while_a_lost_call_may_yet_make_it_that_is_not_said(desk: Desk) -> None:
    desk.does(Ensure(ADA), Ensure(ITEM), Upsert(replace(BILL, external_id="ch_1")))
    desk.intents.begin(Intent(key(PAID), Act.CREATE, "", 0, CAUSE))
    with pytest.raises(CannotSync) as stopped:
        desk.does(*SALE)
    assert (stopped.value.failed.kind, stopped.value.failed.retry_after_s) == (Kind.NOT_READY, 5)


# What a person said.

NAMED = Linked(key(ADA), "", "customer", "netsuite_customer_id", "cus_1")


def theirs(desk: Desk, name: str, **more: object) -> str:
    world = World()
    world.netsuite = desk.netsuite
    return person(world, name, **more)  # type: ignore[arg-type]


def test_a_linked_record_is_remembered_as_found_and_looked_up_when_another_is_named(desk: Desk) -> None:
    first, second = theirs(desk, "ACME"), theirs(desk, "ACME Ltd")
    desk.does(replace(NAMED, internal_id=first))
    assert desk.knows(key(ADA)) == Link(key(ADA), first, "")
    desk.does(replace(NAMED, internal_id=second))
    assert desk.knows(key(ADA)) == Link(key(ADA), second, "")
    with pytest.raises(CannotSync, match="which NetSuite does not hold"):
        desk.does(replace(NAMED, internal_id="999"))
    assert desk.knows(key(ADA)) == Link(key(ADA), second, "")


def test_a_match_is_remembered_as_found(desk: Desk) -> None:
    first = theirs(desk, "ACME", externalId="crm-7")
    desk.does(Ensure(ADA, (Match("email", "ada@example.com"),)))
    assert desk.knows(key(ADA)) == Link(key(ADA), first, "")


def test_what_our_own_external_id_finds_comes_before_a_match(desk: Desk) -> None:
    desk.does(Ensure(ADA))
    desk.forgets()
    theirs(desk, "ACME")
    assert desk.calls(Ensure(ADA, (Match("email", "ada@example.com"),))) == ["find customer cus_1"]


def test_a_preview_takes_the_item_that_metadata_names_for_its_invoice_too() -> None:
    world = World()
    named = post(world, "serviceSaleItem", itemId="theirs", incomeAccount={"id": "400"})
    of = price(metadata={"sku": "PRO-1", "netsuite_service_sale_item_id": named})
    world.stripe.held[StripeInvoice, "in_1"] = invoice(line("10.00", of=of), total="10.00")
    world.sync = replace(world.sync, settings=replace(SETTINGS, items_match=(Pair("metadata.sku", "itemid"),)))
    assert isinstance(world.sync.event(event("invoice.finalized", "in_1")).outcome, Synced)
    afresh = replace(world.sync, records=MemorySyncRecords())
    assert {diff.change for diff in afresh.preview("in_1")[0].diffs} == {Change.UNCHANGED}


# Ways round a refusal.

CLOSED = Failed(Kind.PERIOD_CLOSED, "the period is closed", "Reopen it.")
NO_EURO = Failed(Kind.REFUSED, "no such currency", "Mend it.", field="currency")
HOLD = replace(SETTINGS, periods=Periods("hold"))
NOT_ADDED = replace(SETTINGS, customers_add_currency=False)
CREATED = "create customerPayment ch_1"

WAYS = [
    pytest.param(SETTINGS, [CLOSED], date(2026, 12, 1), [CREATED, CREATED], None, id="closed: the first open day"),
    pytest.param(SETTINGS, [CLOSED], None, [CREATED], CLOSED, id="none is open"),
    pytest.param(SETTINGS, [CLOSED, CLOSED], DAY, [CREATED], CLOSED, id="its own is called open: not asked twice"),
    pytest.param(HOLD, [CLOSED], date(2026, 12, 1), [CREATED], CLOSED, id="settings hold it"),
    pytest.param(SETTINGS, [NO_EURO], None, [CREATED, "allow usd for customer cus_1", CREATED], None, id="a currency that the customer lacks is added"),
    pytest.param(NOT_ADDED, [NO_EURO], None, [CREATED], NO_EURO, id="unless settings do not want that"),
    pytest.param(SETTINGS, [replace(NO_EURO, field="account")], None, [CREATED], replace(NO_EURO, field="account"), id="another field is refused"),
    pytest.param(SETTINGS, [replace(NO_EURO, kind=Kind.BUSY)], None, [CREATED], replace(NO_EURO, kind=Kind.BUSY), id="no answer about the currency is none"),
    pytest.param(SETTINGS, [CLOSED, NO_EURO], date(2026, 12, 1), [CREATED, CREATED, "allow usd for customer cus_1", CREATED], None, id="one after the other"),
    pytest.param(SETTINGS, [NO_EURO, CLOSED], date(2026, 12, 1), [CREATED, "allow usd for customer cus_1", CREATED, CREATED], None, id="the other way round"),
    pytest.param(SETTINGS, [CLOSED, NO_EURO, CLOSED], date(2026, 12, 1), [CREATED, CREATED, "allow usd for customer cus_1", CREATED], CLOSED, id="and no further"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "refusals", "opens", "calls", "ends"), WAYS)
def test_which_way_round_a_refusal_is_taken(
    settings: Settings, refusals: list[Failed], opens: date | None, calls: list[str], ends: Failed | None
) -> None:
    desk = Desk(settings)
    desk.does(Ensure(ADA))
    desk.books.calls.clear()
    desk.books.opens, desk.books.refuses["create"] = opens, list(refusals)
    if ends:
        with pytest.raises(CannotSync) as stopped:
            desk.does(*SALE)
        assert stopped.value.failed == ends
    else:
        desk.does(*SALE)
        known = desk.knows(key(PAID))
        assert known is not None
        assert known.checksum == record_checksum(PAID), "as it was wanted, not as it was moved"
    assert desk.books.calls == calls


def test_what_has_no_customer_has_no_currency_to_add(desk: Desk) -> None:
    desk.books.refuses["create"] = [NO_EURO]
    with pytest.raises(CannotSync) as stopped:
        desk.does(Upsert(BANKED))
    assert stopped.value.failed == NO_EURO


def test_a_change_of_a_record_whose_period_was_closed_since_moves_too(desk: Desk) -> None:
    desk.does(*SALE)
    desk.books.opens, desk.books.refuses["bring into line"] = date(2026, 12, 1), [CLOSED]
    desk.does(Ensure(ADA), Upsert(replace(PAID, memo="Stripe: ch_1 red")))
    [payment] = desk.netsuite.records("customerPayment")
    assert (payment.fields["tranDate"], payment.fields["memo"]) == ("2026-12-01", "Stripe: ch_1 Original transaction date: 2026-11-02 red")


def test_what_cannot_be_applied_yet_is_tried_later_and_else_said_as_it_is(desk: Desk) -> None:
    desk.does(Ensure(ADA))
    for refused, kind in ((replace(NO_EURO, field="apply.items[0]"), Kind.NOT_READY), (replace(NO_EURO, field="memo"), Kind.REFUSED)):
        desk.books.refuses["create"] = [refused]
        with pytest.raises(CannotSync) as stopped:
            desk.does(*SALE)
        assert stopped.value.failed.kind is kind


# By hand, nothing is taken for granted that can be looked up.


@pytest.mark.parametrize(("cause", "calls"), [(CAUSE, []), (replace(CAUSE, event_id=RESYNC), [CREATED])])
def test_what_somebody_deleted_is_made_again_when_a_person_asks(desk: Desk, cause: Cause, calls: list[str]) -> None:
    desk.does(*SALE)
    [payment] = desk.netsuite.records("customerPayment")
    assert desk.netsuite.handle("DELETE", f"/services/rest/record/v1/customerPayment/{payment.id}", {}, {}, b"").status == 204
    assert desk.calls(*SALE, cause=cause) == calls


def test_what_is_required_is_looked_up_and_waited_for(desk: Desk) -> None:
    needs = Require(key(PAID), "ch_1")
    with pytest.raises(CannotSync, match="customerPayment ch_1 is not in NetSuite yet") as stopped:
        desk.does(needs)
    failed = stopped.value.failed
    assert (failed.kind, failed.waits_for, failed.record) == (Kind.NOT_READY, "ch_1", "customerPayment ch_1")
    desk.does(*SALE)
    desk.forgets()
    assert desk.calls(needs) == ["find customerPayment ch_1"]


# Fields that Stripe owns of a customer.

EMAIL = Amend(Customer("cus_1", is_person=None, currency=None, email="ada@example.com"), replace(ADA, email="ada@example.com"))


def test_a_customer_that_was_made_so_is_not_amended(desk: Desk) -> None:
    world = World(("cus_1", customer()))
    world.sync = replace(world.sync, settings=replace(SETTINGS, customers_update=("email",)))
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(1)
    desk.does(Ensure(EMAIL.whole))
    assert desk.does(Ensure(EMAIL.whole), EMAIL) == 0
    assert desk.does(Ensure(ADA), EMAIL) == 0


def test_else_it_is_once(desk: Desk) -> None:
    desk.does(Ensure(ADA))
    assert (desk.does(Ensure(ADA), EMAIL), desk.does(Ensure(ADA), EMAIL)) == (1, 0)
    known = desk.knows(key(ADA))
    assert known is not None
    assert known.checksum == record_checksum(EMAIL.part)
    assert desk.netsuite.records("customer")[0].fields["email"] == "ada@example.com"


def amending() -> Doubtful:
    world = Doubtful(("cus_1", customer()))
    world.use_case = replace(world.use_case, settings=replace(SETTINGS, customers_update=("email",)))
    world.sync("customer.created", "cus_1")
    world.stripe.held[StripeCustomer, "cus_1"] = customer(email="ada@new.example")
    return world


@pytest.mark.parametrize("carried_out", ["before", "never", "later"])
def test_an_amendment_whose_answer_was_lost_is_made_again_and_certain_after_the_window(carried_out: str) -> None:
    world = amending()
    world.line.lose, world.line.after = "customer", carried_out
    assert isinstance(world.sync("customer.updated", "cus_1"), Failed)
    assert is_unknown(world.sync("customer.updated", "cus_1"), 960)
    assert world.line.netsuite.records("customer")[0].fields["email"] == "ada@new.example"
    world.line.deliver_late()
    world.clock.on(960)
    assert world.sync("customer.updated", "cus_1") == Synced(1)
    assert world.sync("customer.updated", "cus_1") == Synced(0)
    assert not world.intents.doubts([key(ADA)], Cause("", "", ""))


def test_a_customer_whose_answer_was_lost_and_who_is_there_is_not_sent_again() -> None:
    world = Doubtful(("ch_2", charge("29.00", "ch_2", of=customer())))
    world.line.lose = "customer"
    world.sync("charge.succeeded", "ch_2")
    world.line.writes.clear()
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 960)
    assert world.line.writes == ["POST customerPayment"]


def test_a_customer_in_doubt_whom_a_person_names_is_certain_after_the_window() -> None:
    world = Doubtful(("ch_2", charge("29.00", "ch_2", of=customer())))
    world.line.lose, world.line.after = "customer", "never"
    world.sync("charge.succeeded", "ch_2")
    desk = World()
    desk.netsuite = world.line.netsuite
    named = person(desk, "ACME")
    world.stripe.held[Charge, "ch_2"] = charge("29.00", "ch_2", of=customer(metadata={"netsuite_customer_id": named}))
    assert is_unknown(world.sync("charge.succeeded", "ch_2"), 960)
    world.clock.on(960)
    assert world.sync("charge.succeeded", "ch_2") == Synced(0)
    assert not world.intents.doubts([key(ADA)], Cause("", "", ""))


ENTRY = JournalEntry(
    "po_1", DAY, "usd", (JournalLine(Internal("101"), debit=usd("9.00")), JournalLine(Internal("110"), credit=usd("9.00"))), "Stripe: po_1"
)


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param((Ensure(ADA), Ensure(ITEM), Upsert(BILL)), id="an invoice"),
        pytest.param((Upsert(BANKED),), id="a deposit"),
        pytest.param((Upsert(ENTRY),), id="an entry"),
    ],
)
def test_every_kind_of_record_is_written_once(desk: Desk, commands: tuple[Command, ...]) -> None:
    assert (desk.does(*commands), desk.does(*commands)) == (len(commands), 0)
    desk.forgets()
    assert desk.does(*commands) == 0


# Looked up: what is remembered, what stands in a record's place, what is in doubt.

ENTRIES = replace(
    SETTINGS,
    accounts=replace(SETTINGS.accounts, receivable="120"),
    periods=Periods("next_open", {RecordType.CUSTOMER_PAYMENT: "journal"}),
)
THE_ENTRY = External(RecordType.JOURNAL_ENTRY, "ch_1")


def closed() -> Desk:
    """The payment stands as an entry."""
    desk = Desk(ENTRIES)
    desk.netsuite.set_period("2026-11", False)
    desk.books.opens = date(2026, 12, 1)
    desk.does(*SALE)
    assert [each.external_id for each in desk.netsuite.records("journalEntry")] == ["ch_1"]
    return desk


def looking(desk: Desk) -> Executor:
    return Executor(desk.books, desk.records, desk.settings, Writing(desk.books, desk.intents, CAUSE, lambda _: True))


def entry_id(desk: Desk) -> str:
    [entry] = desk.netsuite.records("journalEntry")
    return entry.id


def delete(desk: Desk, record: str) -> None:
    [found] = desk.netsuite.records(record)
    assert desk.netsuite.handle("DELETE", f"/services/rest/record/v1/{record}/{found.id}", {}, {}, b"").status == 204


@pytest.mark.parametrize("forgets", [False, True])
def test_a_rule_that_asks_for_a_record_is_told_of_the_entry_in_its_place(*, forgets: bool) -> None:
    desk = closed()
    if forgets:
        desk.forgets()
    for ask in (Ask(key(PAID), read=True), Ask(key(PAID))):
        held = looking(desk).answer([ask]).get(key(PAID))
        assert held is not None
        assert held.internal_id == entry_id(desk)
    assert looking(desk).answer([Ask(key(BILL), read=True), Ask(key(BILL))]).records == {}


def test_a_record_that_stands_itself_is_read_once(desk: Desk) -> None:
    desk.does(*SALE)
    held = looking(desk).answer([Ask(key(PAID), read=True)]).get(key(PAID))
    assert held is not None
    assert (held.applied, held.remaining) == ((), usd("9.00"))
    desk.books.calls.clear()
    assert looking(desk).answer([Ask(key(BILL), read=True)]).records == {}
    assert desk.books.calls == []


def test_what_is_asked_of_memory_alone_costs_no_call(desk: Desk) -> None:
    desk.does(*SALE)
    desk.forgets()
    desk.books.calls.clear()
    assert looking(desk).answer([Ask(key(PAID), remembered=True)]).records == {}
    assert desk.books.calls == []
    assert looking(desk).answer([Ask(key(PAID))]).get(key(PAID)) is not None
    assert desk.books.calls == ["find customerPayment ch_1"]


def test_of_several_of_which_one_is_there_the_others_are_not_asked_for(desk: Desk) -> None:
    desk.does(*SALE)
    cash = External(RecordType.CASH_SALE, "ch_1")
    desk.books.calls.clear()
    told = looking(desk).answer([Ask(key(PAID), unless=(cash,)), Ask(cash, unless=(key(PAID),))])
    assert (list(told.records), desk.books.calls) == ([key(PAID)], [])


def test_to_compare_a_record_it_is_not_looked_up_where_no_entry_can_stand_for_it(desk: Desk) -> None:
    desk.does(*SALE)
    desk.forgets()
    desk.books.calls.clear()
    reader = looking(desk)
    reader.prepare(Plan(SALE, "why"))
    assert reader.differences(PAID) == ()
    assert desk.books.calls == ["find customer cus_1", "compare customerPayment ch_1"]


def test_of_an_entry_the_postings_count_not_its_day_and_memo() -> None:
    desk = closed()
    address = f"/services/rest/record/v1/journalEntry/{entry_id(desk)}"
    assert desk.netsuite.handle("PATCH", address, {}, {}, b'{"memo": "seen by me", "tranDate": "2026-12-05"}').status == 204
    reader = looking(desk)
    reader.prepare(Plan(SALE, "why"))
    assert reader.differences(PAID) == []
    assert desk.does(*SALE) == 0
    assert [each.field for each in reader.differences(replace(PAID, payment=usd("8.00"))) or ()] != []
    delete(desk, "journalEntry")
    assert reader.differences(PAID) is None


def test_an_entry_is_not_taken_for_the_record_itself() -> None:
    desk = closed()
    desk.forgets()
    assert desk.does(*SALE) == 0
    assert (desk.knows(key(PAID)), desk.knows(THE_ENTRY)) == (None, Link(THE_ENTRY, entry_id(desk), record_checksum(PAID)))
    assert desk.calls(*SALE) == []


def doubtful(desk: Desk, ref: External) -> None:
    """A call that writes this got no answer, 16 minutes ago."""
    desk.intents.begin(Intent(ref, Act.BRING_INTO_LINE, "", 0, CAUSE))
    desk.clock.on(WINDOW_S)


def test_after_a_lost_call_a_record_is_read_and_what_is_gone_is_made_again(desk: Desk) -> None:
    desk.does(*SALE)
    doubtful(desk, key(PAID))
    assert desk.calls(*SALE) == ["find customerPayment ch_1", "compare customerPayment ch_1"]
    assert desk.calls(*SALE) == []
    delete(desk, "customerPayment")
    doubtful(desk, key(PAID))
    assert desk.calls(*SALE)[-1] == "create customerPayment ch_1"


def test_so_is_the_entry_in_its_place() -> None:
    desk = closed()
    delete(desk, "journalEntry")
    doubtful(desk, key(PAID))
    desk.netsuite.set_period("2026-11", True)
    desk.does(*SALE)
    assert [each.external_id for each in desk.netsuite.records("customerPayment")] == ["ch_1"]


def test_what_a_lost_call_left_and_nobody_asks_for_is_remembered_as_found_and_shown(desk: Desk) -> None:
    desk.does(*SALE)
    doubtful(desk, key(PAID))
    with pytest.raises(CannotSync, match="customerPayment ch_1 stands in NetSuite by a call whose answer was lost") as stopped:
        desk.does(Ensure(ADA))
    assert (stopped.value.failed.kind, stopped.value.failed.record) == (Kind.REFUSED, "customerPayment ch_1")
    known = desk.knows(key(PAID))
    assert known is not None
    assert known.checksum == ""
    assert desk.does(Ensure(ADA)) == 0


def test_a_deposits_external_id_may_be_taken_too(desk: Desk) -> None:
    desk.does(Ensure(ADA), Ensure(ITEM), Upsert(replace(BILL, external_id="po_1")))
    with pytest.raises(CannotSync, match="externalId po_1 is taken in NetSuite, but by no deposit"):
        desk.does(Upsert(BANKED))


RENAMED = replace(BANKED, memo="x")


@pytest.mark.parametrize("known", [False, True])
def test_a_deposit_that_comes_to_another_total_is_no_success_until_it_does_not(desk: Desk, *, known: bool) -> None:
    if known:
        desk.does(Upsert(BANKED))
    desk.books.total = "8.00"
    for _ in range(2):
        with pytest.raises(CannotSync, match=r"total differs: deposit po_1 comes to 8\.00 in NetSuite, the payout is 9\.00") as stopped:
            desk.does(Upsert(RENAMED))
        assert (stopped.value.failed.kind, stopped.value.failed.record) == (Kind.REFUSED, "deposit po_1")
        remembered = desk.knows(key(BANKED))
        assert remembered is not None
        assert remembered.checksum == "", "not that it is as it should be"
    desk.books.total = ""
    desk.does(Upsert(RENAMED))
    assert desk.calls(Upsert(RENAMED)) == []


def test_only_a_deposit_is_read_back(desk: Desk) -> None:
    desk.books.total = "8.00"
    assert desk.calls(*SALE) == ["create customer cus_1", "create customerPayment ch_1"]


def test_an_amendment_in_doubt_is_made_again_though_memory_says_it_is_so_and_is_certain_then(desk: Desk) -> None:
    desk.does(Ensure(ADA), EMAIL)
    assert desk.does(EMAIL) == 0
    doubtful(desk, key(ADA))
    assert desk.does(EMAIL) == 1
    assert not desk.intents.doubts([key(ADA)], CAUSE)
    assert desk.does(EMAIL) == 0
