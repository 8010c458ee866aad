"""What every NetSuiteBooks promises: one record per externalId, brought into line and never doubled, and refusals as data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.hindrances import Hindrance, What
from core.money import Money
from core.outcome import CannotSync, Failed, Kind
from core.ports import Difference, NetSuiteBooks
from core.records import Apply, Customer, DepositPayment, External, Internal, ItemLine, JournalLine, Numbered, Record, RecordType, key
from tests.adapters.netsuite_records import (
    CUSTOMER,
    INVOICE,
    JOURNAL,
    PAYMENT,
    RECEIVABLE,
    REFUND,
    SALES,
    ada,
    cash_refund,
    cash_sale,
    coupon,
    credit,
    customer_deposit,
    deposit,
    deposit_refund,
    invoice,
    journal,
    payment,
    plan_item,
    refund,
    usd,
)

FLOW: tuple[Record, ...] = (ada, plan_item, coupon, invoice, payment, credit, refund, deposit)

refunded_journal = replace(refund, external_id="re_2", apply=(Apply(JOURNAL, usd("20")),))
deposited_journal = replace(deposit, payment=(DepositPayment(JOURNAL, usd("20")),), other=(), cashback=())
JOURNAL_FLOW: tuple[Record, ...] = (ada, journal, refunded_journal, deposited_journal)

SALES_FLOW: tuple[Record, ...] = (
    *(ada, plan_item, cash_sale, cash_refund, customer_deposit, deposit_refund),
    replace(
        deposit,
        payment=tuple(
            DepositPayment(key(each), amount)
            for each, amount in (
                (cash_sale, usd("29")),
                (cash_refund, usd("-9")),
                (customer_deposit, usd("50")),
                (deposit_refund, usd("-20")),
            )
        ),
        other=(),
        cashback=(),
    ),
)


def written(books: NetSuiteBooks, *records: Record) -> dict[External, str]:
    """The internal ids of these records, created one after another."""
    ids: dict[External, str] = {}
    for record in records:
        internal_id = books.create(record, ids)
        assert internal_id is not None, key(record)
        ids[key(record)] = internal_id
    return ids


def refusal(books: NetSuiteBooks, record: Record, ids: Mapping[External, str]) -> Failed:
    with pytest.raises(CannotSync) as stopped:
        books.create(record, ids)
    assert books.find(key(record)) is None, "a refused record is not there"
    return stopped.value.failed


class NetSuiteBooksContract:
    """Its subclasses give the books of an empty account in the sandbox's chart, and books that have no room for a call.

    NetSuite's own codes differ from protocol to protocol; what they mean does not."""

    NO_ROOM = "CONCURRENCY_LIMIT_EXCEEDED"
    WRONG_REFERENCE = "INVALID_CONTENT"

    @pytest.fixture
    def netsuite(self) -> NetSuite:
        return NetSuite()

    @pytest.fixture
    @abstractmethod
    def books(self, netsuite: NetSuite) -> NetSuiteBooks: ...

    @pytest.fixture
    @abstractmethod
    def crowded(self, netsuite: NetSuite) -> NetSuiteBooks: ...

    def test_with_every_period_open_a_day_is_its_own_first_open_day(self, books: NetSuiteBooks) -> None:
        assert books.first_open_day(date(2026, 11, 2)) == date(2026, 11, 2)

    def test_what_was_never_written_is_not_found(self, books: NetSuiteBooks) -> None:
        assert [books.find(External(record_type, "x_1")) for record_type in RecordType] == [None] * len(RecordType)

    def test_what_is_created_is_found_by_its_external_id_and_type(self, books: NetSuiteBooks) -> None:
        ids = written(books, *FLOW)
        assert {ref: books.find(ref) for ref in ids} == ids
        assert books.find(External(RecordType.CREDIT_MEMO, "in_1")) is None

    def test_creating_twice_writes_once(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, *FLOW)
        before = netsuite.trial_balance()
        assert [books.create(record, ids) for record in FLOW] == [None] * len(FLOW)
        assert [len(netsuite.records(record.type)) for record in FLOW] == [1] * len(FLOW)
        assert netsuite.trial_balance() == before

    def test_creating_at_the_same_time_writes_once(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: books.create(ada, {}), range(8)))
        assert sorted(one is None for one in made) == [False] + [True] * 7
        assert len(netsuite.records("customer")) == 1

    def test_many_are_created_in_their_order_and_those_whose_external_id_is_taken_are_told(
        self, books: NetSuiteBooks, netsuite: NetSuite
    ) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        before = netsuite.records("invoice")
        others = [replace(invoice, external_id=f"in_{number}") for number in (3, 2)]
        third, taken, second = books.create_many([others[0], replace(invoice, memo="other"), others[1]], ids)
        assert [third, taken, second] == [books.find(key(others[0])), None, books.find(key(others[1]))]
        assert netsuite.records("invoice")[: len(before)] == before, "what was there is as it was"
        assert books.create_many([], ids) == []

    def test_more_are_created_than_one_call_takes(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        made = books.create_many([replace(coupon, external_id=f"C{number}", item_id=f"Coupon {number}") for number in range(203)], {})
        assert len(set(made)) == 203
        assert [record.id for record in netsuite.records("discountItem")] == list(made)

    def test_of_many_one_that_fails_stops_no_other_and_says_why(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, ada, plan_item, coupon)
        wrong = replace(invoice, external_id="in_2", account=Internal("999"))
        unknown = replace(invoice, external_id="in_3", currency="xau", item=())
        first, second, third, last = books.create_many([invoice, wrong, unknown, replace(invoice, external_id="in_4")], ids)
        assert [first, last] == [books.find(INVOICE), books.find(External(RecordType.INVOICE, "in_4"))]
        assert isinstance(second, Failed)
        assert isinstance(third, Failed)
        assert (second.kind, second.record, second.in_doubt) == (Kind.REFUSED, str(key(wrong)), False)
        assert (third.kind, third.field) == (Kind.REFUSED, "currency")
        assert len(netsuite.records("invoice")) == 2

    def test_of_many_one_that_a_script_fails_after_it_was_saved_is_there(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        netsuite.hindrances.add(Hindrance(What.AFTER_SUBMIT_FAILED, external_id="C2"))
        coupons = [replace(coupon, external_id=f"C{number}", item_id=f"Coupon {number}") for number in (1, 2, 3)]
        assert books.create_many(coupons, {}) == [books.find(key(each)) for each in coupons]

    @pytest.mark.parametrize("records", [(ada, coupon), (coupon, coupon)], ids=["two types", "one twice"])
    def test_what_is_not_of_one_batch_is_not_taken(self, books: NetSuiteBooks, records: tuple[Record, ...]) -> None:
        with pytest.raises(ValueError, match="of one type, and each is there once"):
            books.create_many(records, {})

    def test_an_external_id_that_another_type_of_transaction_holds_is_taken(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        taken = replace(payment, external_id="in_1")
        assert books.create(taken, ids) is None
        assert books.create_many([taken], ids) == [None]
        assert books.find(key(taken)) is None

    def test_bringing_into_line_creates_what_is_missing(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon)
        books.bring_into_line(invoice, ids)
        assert books.find(INVOICE) is not None
        assert books.compare(invoice, ids) == ()

    def test_bringing_into_line_replaces_the_lines_and_never_appends(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, *FLOW)
        other = replace(deposit, cashback=(replace(deposit.cashback[0], amount=usd("4")), replace(deposit.cashback[0], amount=usd("1"))))
        for record in (*FLOW, other, other):
            books.bring_into_line(record, ids)
        for record in (*FLOW[:-1], other):
            assert books.compare(record, ids) == (), key(record)
        assert balances(netsuite)["Payment Processing Fees"] == 5

    def test_bringing_into_line_takes_away_what_is_applied_no_more(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice, payment)
        unapplied = replace(payment, apply=())
        assert [difference.field for difference in books.compare(unapplied, ids) or ()] == ["apply[0]"]
        books.bring_into_line(unapplied, ids)
        assert books.compare(unapplied, ids) == ()

    def test_bringing_into_line_moves_a_payment_to_another_invoice(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice, payment)
        other = replace(invoice, external_id="in_2")
        ids |= {key(other): str(books.create(other, ids))}
        moved = replace(payment, apply=(Apply(key(other), usd("90")),))
        books.bring_into_line(moved, ids)
        assert books.compare(moved, ids) == ()
        remains = [held.remaining for ref in (INVOICE, key(other)) if (held := books.read(ref)) is not None]
        assert remains == [usd("90"), usd("0")], "the first invoice is open again"

    def test_bringing_into_line_leaves_fields_that_are_not_ours(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        books.bring_into_line(replace(invoice, memo="", due_date=None, other_ref_num=None), ids)
        assert books.compare(invoice, ids) == ()

    @pytest.mark.parametrize("record", FLOW, ids=lambda record: record.type)
    def test_comparing_a_record_as_we_wrote_it_finds_nothing(self, books: NetSuiteBooks, record: Record) -> None:
        ids = written(books, *FLOW)
        assert books.compare(record, ids) == ()

    def test_comparing_tells_each_field_that_differs(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        (first, discount) = invoice.item
        wanted = replace(
            invoice, memo="Stripe: in_1, edited", tran_date=date(2026, 3, 9), item=(replace(first, description="Pro"), discount)
        )
        found = books.compare(wanted, ids)
        assert found == (
            Difference("tranDate", "2026-03-01", "2026-03-09"),
            Difference("item[0].description", "Pro plan", "Pro"),
            Difference("memo", "Stripe: in_1", "Stripe: in_1, edited"),
        )

    def test_comparing_what_is_missing_says_so(self, books: NetSuiteBooks) -> None:
        assert books.compare(ada, {}) is None

    def test_comparing_takes_a_reference_that_is_not_there_yet_for_a_difference(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice, payment)
        elsewhere = replace(payment, apply=(Apply(External(RecordType.INVOICE, "in_9"), usd("90")),))
        found = books.compare(elsewhere, ids)
        assert found is not None
        assert [difference.field for difference in found] == ["apply[0]", "apply[1]"]

    def test_the_whole_way_from_customer_to_deposit_is_in_the_trial_balance(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        written(books, *FLOW)
        assert balances(netsuite) == {
            "Checking USD": Decimal("73.45"),
            "Accounts Receivable": Decimal("-5.00"),
            "Sales": Decimal("-70.00"),
            "Dispute Reversals": Decimal("-1.50"),
            "Payment Processing Fees": Decimal("3.05"),
        }

    @pytest.mark.parametrize("record", [journal, refunded_journal, deposited_journal], ids=lambda record: record.type)
    def test_a_journal_is_kept_refunded_and_deposited_by_its_lines(self, books: NetSuiteBooks, record: Record) -> None:
        ids = written(books, *JOURNAL_FLOW)
        assert books.find(key(record)) == ids[key(record)]
        assert books.compare(record, ids) == ()
        books.bring_into_line(record, ids)
        assert books.compare(record, ids) == ()

    @pytest.mark.parametrize("record", SALES_FLOW[2:], ids=lambda record: key(record).external_id)
    def test_cash_sales_and_customer_deposits_are_kept_given_back_and_paid_out(self, books: NetSuiteBooks, record: Record) -> None:
        ids = written(books, *SALES_FLOW)
        assert books.compare(record, ids) == ()
        books.bring_into_line(record, ids)
        assert books.compare(record, ids) == ()

    def test_what_they_move_is_in_the_trial_balance(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, *SALES_FLOW)
        books.bring_into_line(replace(deposit_refund, memo="Stripe: re_3, edited"), ids)
        assert balances(netsuite) == {
            "Checking USD": Decimal("50.00"),
            "Customer Deposits": Decimal("-30.00"),
            "Sales": Decimal("-20.00"),
        }

    def test_what_a_journal_moves_is_in_the_trial_balance(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        written(books, *JOURNAL_FLOW)
        assert balances(netsuite) == {"Checking USD": Decimal("20.00"), "Undeposited Funds": Decimal("-20.00")}
        assert netsuite.open_receivables() == ()

    def test_a_payment_settles_a_journals_debit(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        owed = replace(journal, line=(JournalLine(RECEIVABLE, debit=usd("20"), entity=CUSTOMER), JournalLine(SALES, credit=usd("20"))))
        paid = replace(payment, payment=usd("20"), apply=(Apply(JOURNAL, usd("20")),))
        ids = written(books, ada, owed, paid)
        assert netsuite.open_receivables() == ()
        assert books.compare(paid, ids) == ()

    def test_a_journal_without_the_line_that_is_meant_is_refused_by_name(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, journal)
        failed = refusal(books, replace(payment, payment=usd("20"), apply=(Apply(JOURNAL, usd("20")),)), ids)
        assert (failed.kind, failed.record, failed.field) == (Kind.REFUSED, str(JOURNAL), "line")

    def test_a_journal_that_does_not_balance_is_refused(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada)
        first, second = journal.line
        assert refusal(books, replace(journal, line=(replace(first, debit=usd("21")), second)), ids).kind is Kind.REFUSED

    def test_a_payment_of_another_currency_is_deposited_at_what_it_was_converted_to(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        netsuite.set_rate("EUR", "USD", date(2026, 3, 1), Decimal("1.2"))
        buyer = replace(ada, external_id="cus_eu", currency="eur")
        paid = replace(payment, customer=key(buyer), currency="eur", payment=Money(10_000, "eur"), apply=())
        banked = replace(deposit, payment=(DepositPayment(PAYMENT, usd("118"), converted=True),), other=(), cashback=())
        ids = written(books, buyer, paid, banked)
        assert books.compare(banked, ids) == ()
        worth = {line.name: line.debit - line.credit for line in netsuite.base_trial_balance() if line.debit != line.credit}
        assert worth == {"Checking USD": Decimal(118), "Accounts Receivable": Decimal(-120), "Realized Gain/Loss": Decimal(2)}
        other = replace(banked, payment=(DepositPayment(PAYMENT, usd("119"), converted=True),))
        amount, total = Difference("payment[0].paymentAmount", "118.00", "119.00"), Difference("total", "118.00", "119.00")
        assert books.compare(other, ids) == (amount, total)
        books.bring_into_line(other, ids)
        assert books.compare(other, ids) == ()

    def test_a_customer_without_the_currency_is_refused_with_the_field(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada)
        failed = refusal(books, replace(payment, currency="eur", payment=Money(100, "eur"), apply=()), ids)
        assert (failed.kind, failed.field) == (Kind.REFUSED, "currency")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            pytest.param(replace(invoice, account=Internal("999")), "account", id="an account"),
            pytest.param(
                replace(plan_item, external_id="price_2", income_account=Internal("999")), "incomeAccount", id="an income account"
            ),
            pytest.param(
                replace(invoice, item=(ItemLine(External(RecordType.SERVICE_SALE_ITEM, "price_9"), usd("1")),)), "item", id="an item"
            ),
            pytest.param(replace(invoice, entity=External(RecordType.CUSTOMER, "cus_9")), "entity", id="a customer"),
            pytest.param(replace(payment, account=Internal("999")), "account", id="a payment's account"),
            pytest.param(
                replace(deposit, payment=(), cashback=(replace(deposit.cashback[0], account=Internal("999")),)),
                "account",
                id="a fee account",
            ),
        ],
    )
    def test_a_wrong_reference_is_refused_with_its_field(self, books: NetSuiteBooks, wrong: Record, field: str) -> None:
        ids = written(books, ada, plan_item, coupon)
        failed = refusal(books, wrong, {**ids, INVOICE: "1"} if wrong.type is RecordType.CUSTOMER_PAYMENT else ids)
        assert failed.kind is Kind.REFUSED
        assert failed.field.rpartition(".")[2] == field
        assert (failed.code, failed.record) == (self.WRONG_REFERENCE, str(key(wrong)))
        assert "reference" in failed.message

    def test_a_wrong_document_is_refused(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon, invoice, payment)
        twice = replace(deposit, payment=(DepositPayment(REFUND, usd("5")),))
        assert refusal(books, twice, {**ids, REFUND: "99999"}).kind is Kind.REFUSED

    def test_applying_more_than_is_due_is_refused(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        failed = refusal(books, replace(payment, apply=(Apply(INVOICE, usd("90.01")),)), ids)
        assert failed.kind is Kind.REFUSED
        assert balances(netsuite) == {"Accounts Receivable": Decimal("90.00"), "Sales": Decimal("-90.00")}

    def test_a_payment_is_deposited_once(self, books: NetSuiteBooks) -> None:
        ids = written(books, *FLOW)
        again = replace(deposit, external_id="po_2", payment=(DepositPayment(PAYMENT, usd("95")),))
        failed = refusal(books, again, ids)
        assert (failed.kind, "reference" in failed.message) == (Kind.REFUSED, True)

    def test_two_items_of_one_name_are_refused_and_not_taken_for_the_same(self, books: NetSuiteBooks) -> None:
        written(books, plan_item)
        failed = refusal(books, replace(plan_item, external_id="price_2"), {})
        assert (failed.kind, failed.field) == (Kind.REFUSED, "itemId")

    def test_an_unknown_currency_is_refused_by_name(self, books: NetSuiteBooks) -> None:
        failed = refusal(books, replace(ada, currency="xau"), {})
        assert (failed.kind, failed.field, "XAU" in failed.message) == (Kind.REFUSED, "currency", True)

    def test_a_closed_period_is_told_from_other_refusals(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, ada, plan_item, coupon)
        netsuite.set_period("2026-03", is_open=False)
        assert refusal(books, invoice, ids).kind is Kind.PERIOD_CLOSED
        netsuite.set_period("2026-03", is_open=True)
        assert books.create(invoice, ids) is not None

    def test_a_closed_period_stops_a_change_that_posts_and_no_other(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, ada, plan_item, coupon, invoice)
        netsuite.set_period("2026-03", is_open=False)
        books.bring_into_line(replace(invoice, memo="Stripe: in_1, seen"), ids)
        with pytest.raises(CannotSync) as stopped:
            books.bring_into_line(replace(invoice, item=invoice.item[:1]), ids)
        assert stopped.value.failed.kind is Kind.PERIOD_CLOSED

    def test_a_record_is_held_by_its_internal_id_and_type(self, books: NetSuiteBooks) -> None:
        ids = written(books, *FLOW)
        assert all(books.holds(ref.type, internal_id) for ref, internal_id in ids.items())
        assert not any(books.holds(ref.type, "999999") for ref in ids)
        assert not books.holds("customerPayment", ids[INVOICE]), "the invoice's id is no payment's"

    def test_an_item_is_held_by_its_internal_id_whatever_its_type(self, books: NetSuiteBooks) -> None:
        ids = written(books, plan_item)
        assert books.holds("nonInventoryResaleItem", ids[key(plan_item)])

    def test_a_record_is_read_by_its_internal_id_as_by_its_external_id(self, books: NetSuiteBooks) -> None:
        ids = written(books, *FLOW)
        for ref in (INVOICE, PAYMENT):
            assert books.read(Numbered(ref.type, ids[ref])) == books.read(ref) != None  # noqa: E711 - and there is something to read
        held = books.read(INVOICE)
        assert held is not None
        assert held.entity == Internal(ids[CUSTOMER])
        assert books.read(Numbered(RecordType.INVOICE, "999999")) is None

    @pytest.mark.parametrize("value", ["jenny@example.com", " JENNY@example.COM "])
    def test_a_match_is_of_the_whole_value_case_and_blanks_aside(self, books: NetSuiteBooks, value: str) -> None:
        jenny, other = (
            replace(ada, email="Jenny@Example.com"),
            replace(ada, external_id="cus_2", company_name="Other", email="xjenny@example.com"),
        )
        ids = written(books, jenny, other)
        (hit,) = books.match(RecordType.CUSTOMER, "email", value)
        assert (hit.internal_id, hit.external_id) == (ids[key(jenny)], jenny.external_id)
        assert hit.name

    def test_every_match_is_told_and_none_is_none(self, books: NetSuiteBooks) -> None:
        both = [replace(ada, external_id=f"cus_{at}", company_name=f"Twin {at}", email="twin@example.com") for at in (1, 2)]
        ids = written(books, *both)
        assert [hit.internal_id for hit in books.match(RecordType.CUSTOMER, "email", "twin@example.com")] == list(ids.values())
        assert books.match(RecordType.CUSTOMER, "email", "nobody@example.com") == ()

    @pytest.mark.parametrize("value", ["O'Hara & Co", "' OR '1'='1", "%", "_"])
    def test_a_value_is_a_value_whatever_stands_in_it(self, books: NetSuiteBooks, value: str) -> None:
        ids = written(books, ada, replace(ada, external_id="cus_2", company_name="O'Hara & Co"))
        found = [hit.internal_id for hit in books.match(RecordType.CUSTOMER, "companyname", value)]
        assert found == ([ids[External(RecordType.CUSTOMER, "cus_2")]] if value == "O'Hara & Co" else [])

    def test_an_invoice_is_found_by_its_number_and_no_other_transaction_is(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        ids = written(books, *FLOW)
        number = str(netsuite.records("invoice")[0].fields["tranId"])
        assert [hit.internal_id for hit in books.match(RecordType.INVOICE, "tranid", number)] == [ids[INVOICE]]

    @pytest.mark.parametrize("field", ["isinactive", "email) = '' OR (1", "custbody_x", "", "EMAIL"])
    def test_only_checked_fields_are_searched(self, books: NetSuiteBooks, field: str) -> None:
        with pytest.raises(ValueError, match="is not to be found by"):
            books.match(RecordType.CUSTOMER, field, "x")

    def test_a_record_without_an_external_id_is_given_ours(self, books: NetSuiteBooks, netsuite: NetSuite) -> None:
        body = b'{"companyName": "Theirs", "isPerson": false, "currency": {"id": "1"}, "email": "their@example.com"}'
        netsuite.handle("POST", "/services/rest/record/v1/customer", {}, {}, body)
        (hit,) = books.match(RecordType.CUSTOMER, "email", "their@example.com")
        assert hit.external_id == ""
        books.give_external_id(RecordType.CUSTOMER, hit.internal_id, "cus_9")
        assert books.find(External(RecordType.CUSTOMER, "cus_9")) == hit.internal_id

    def test_amending_changes_the_fields_that_are_named_and_leaves_the_rest(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada)
        part = Customer(ada.external_id, is_person=None, currency=None, email="new@example.com")
        books.amend(part, ids[CUSTOMER])
        assert books.compare(replace(ada, email="new@example.com"), ids) == ()

    def test_custom_fields_are_written_under_their_own_names_and_compared(self, books: NetSuiteBooks) -> None:
        ids = written(books, ada, plan_item, coupon)
        named = replace(invoice, fields=(("custbody_channel", "web"), ("custbody_stripe_created", date(2026, 3, 1))))
        assert books.create(named, ids) is not None
        assert books.compare(named, ids) == ()
        assert books.compare(replace(named, fields=(("custbody_channel", "shop"),)), ids) == (
            Difference("custbody_channel", "web", "shop"),
        )

    def test_no_room_is_busy(self, crowded: NetSuiteBooks, netsuite: NetSuite) -> None:
        calls: tuple[Callable[[], object], ...] = (
            lambda: crowded.find(CUSTOMER),
            lambda: crowded.create(coupon, {}),
            lambda: crowded.bring_into_line(coupon, {}),
        )
        for call in calls:
            with pytest.raises(CannotSync) as stopped:
                call()
            assert (stopped.value.failed.kind, stopped.value.failed.code) == (Kind.BUSY, self.NO_ROOM)
        assert not netsuite.records("discountItem")


def balances(netsuite: NetSuite) -> Mapping[str, Decimal]:
    """Debit balance by account name, credits negative; even accounts are left out."""
    lines = {line.name: line.debit - line.credit for line in netsuite.trial_balance()}
    return {name: amount for name, amount in lines.items() if amount}
