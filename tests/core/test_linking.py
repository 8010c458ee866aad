"""Records that stand in NetSuite already: named by metadata, found by matching, paid already, blocked. The given, then the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent
from typing import cast

import pytest

from adapters.netsuite.codec import dumps
from core.choices import Pair
from core.events import CHARGE, CUSTOMER, DISPUTE, INVOICE, PAYOUT, PRICE, REFUNDS, AnySubject, reason_to_ignore
from core.held import Ask, Held, HeldApply, HeldRecord, Titled
from core.inbox import Event
from core.linking import linked, links_of
from core.outcome import CannotSync, Failed, Ignored, Kind, Synced
from core.plan import Amend, Ensure, Linked, Plan, Require, Upsert, page
from core.records import Customer as NetSuiteCustomer
from core.records import CustomerPayment, External, Internal, Numbered, RecordType, ServiceSaleItem, key
from core.settings import Settings
from core.snapshot import Charge, Customer, Discount, Dispute, Invoice, Payout, Price, Refunds, Snapshot
from core.sync import Change
from tests.core.test_sync import World, event
from tests.given import SETTINGS, at, charge, customer, dispute, invoice, invoiced, line, moved, payout, price, refund, refunds, usd

SUBJECTS: Mapping[type[Snapshot], AnySubject] = {
    Charge: CHARGE,
    Customer: CUSTOMER,
    Dispute: DISPUTE,
    Invoice: INVOICE,
    Payout: PAYOUT,
    Price: PRICE,
    Refunds: REFUNDS,
}


class Given:
    """A Stripe of one object."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def read(self, what: type, stripe_id: str, account: str = "") -> Snapshot:
        return self.snapshot


def plan_page(snapshot: Snapshot, settings: Settings = SETTINGS, held: Held | None = None) -> str:
    """The whole way from the object to the page, with what NetSuite holds of what is asked."""

    def answer(asks: object) -> Held:
        asked = {ask.ref for ask in cast("list[Ask]", list(asks))}  # type: ignore[call-overload]
        return Held({ref: record for ref, record in held.records.items() if ref in asked}) if held else Held()

    subject = SUBJECTS[type(snapshot)]
    return page(subject.plan(Given(snapshot), "id", "", settings, answer))  # type: ignore[arg-type]


def lines(text: str) -> list[str]:
    return [each for each in text.splitlines() if not each.startswith(" ")]


LINKED_CUSTOMER = customer(metadata={"netsuite_customer_id": "42"})
MATCHING = replace(SETTINGS, customers_match=(Pair("metadata.crm_id", "accountnumber"), Pair("email", "email")))

CASES = [
    pytest.param(
        LINKED_CUSTOMER,
        SETTINGS,
        """
        # A Customer for the Stripe customer.
        linked  customer cus_1 is customer #42 (netsuite_customer_id of cus_1)
        """,
        id="a customer whose metadata names one is linked, not made",
    ),
    pytest.param(
        charge("29.00", of=LINKED_CUSTOMER),
        SETTINGS,
        """
        # The charge paid no Stripe invoice.
        linked  customer cus_1 is customer #42 (netsuite_customer_id of cus_1)
        upsert  customerPayment ch_1  29.00 USD
          customer         #42
          tran_date        2026-11-02
          currency         usd
          payment          29.00 USD
          account          #110
          memo             Stripe: ch_1
        """,
        id="a linked customer is named by internal id on all records",
    ),
    pytest.param(
        charge("29.00", metadata={"netsuite_customer_id": "42"}),
        SETTINGS,
        """
        # The charge paid no Stripe invoice.
        linked  customer ch_1 is customer #42 (netsuite_customer_id of ch_1)
        upsert  customerPayment ch_1  29.00 USD
          customer         #42
          tran_date        2026-11-02
          currency         usd
          payment          29.00 USD
          account          #110
          memo             Stripe: ch_1
        """,
        id="a charge says whose payment it is; the global customer stays who it is",
    ),
    pytest.param(
        invoiced("10.00", metadata={"netsuite_customer_id": "42", "netsuite_customer_payment_id": "77"}),
        SETTINGS,
        """
        # The charge paid an invoice.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
        ensure  serviceSaleItem price_1
          item_id          Pro plan (price_1)
          display_name     Pro plan
          income_account   #400
        upsert  invoice in_1  10.00 USD
          entity           customer cus_1
          tran_date        2026-11-02
          currency         usd
          item             item serviceSaleItem price_1  amount 10.00 USD  description Pro plan, November
          memo             Stripe: in_1
          other_ref_num    INV-0001
        linked  customerPayment ch_1 is customerPayment #77 (netsuite_customer_payment_id of ch_1)
        """,
        id="a linked payment is not made; the charge of a Stripe invoice is the invoice's customer's",
    ),
    pytest.param(
        charge("29.00", metadata={"netsuite_cash_sale_id": "78"}),
        SETTINGS,
        """
        # The charge paid no Stripe invoice.
        linked  cashSale ch_1 is cashSale #78 (netsuite_cash_sale_id of ch_1)
        """,
        id="a sale that stands in NetSuite as a cash sale, whatever the settings make of sales",
    ),
    pytest.param(
        refunds(charge("29.00", metadata={"netsuite_customer_deposit_id": "79"}), refund("9.00")),
        SETTINGS,
        """
        # Money went back to the customer.
        ensure  customer stripe-unallocated
          is_person        no
          currency         usd
          company_name     Stripe Unallocated Charges
        linked  customerDeposit ch_1 is customerDeposit #79 (netsuite_customer_deposit_id of ch_1)
        upsert  customerRefund re_1  9.00 USD
          customer         customer stripe-unallocated
          tran_date        2026-11-05
          currency         usd
          account          #110
          memo             Stripe: re_1 requested by customer
          deposit          doc #79  amount 9.00 USD
        """,
        id="a refund gives the deposit back that a person took",
    ),
    pytest.param(
        invoice(line("10.00"), total="10.00", metadata={"netsuite_invoice_id": "900"}),
        SETTINGS,
        """
        # The invoice is open: the customer owes it.
        linked  invoice in_1 is invoice #900 (netsuite_invoice_id of in_1)
        """,
        id="a linked invoice needs neither customer nor items",
    ),
    pytest.param(
        price(metadata={"netsuite_non_inventory_resale_item_id": "710"}),
        SETTINGS,
        """
        # An item for the price.
        linked  serviceSaleItem price_1 is nonInventoryResaleItem #710 (netsuite_non_inventory_resale_item_id of price_1)
        """,
        id="a price may be linked to an item of another type",
    ),
    pytest.param(
        payout("96.80", moved("100.00", "3.20"), metadata={"netsuite_deposit_id": "55"}),
        SETTINGS,
        """
        # The payout's Deposit stands in NetSuite already.
        linked  deposit po_1 is deposit #55 (netsuite_deposit_id of po_1)
        """,
        id="a payout whose Deposit a person made is linked",
    ),
    pytest.param(
        customer(metadata={"crm_id": " C-7 "}),
        MATCHING,
        """
        # A Customer for the Stripe customer.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
          or the one with  accountnumber = C-7
          or the one with  email = ada@example.com
        """,
        id="a customer is looked for by each pair in turn before one is made",
    ),
    pytest.param(
        customer(),
        replace(SETTINGS, customers_update=("email",)),
        """
        # A Customer for the Stripe customer.
        ensure  customer cus_1
          is_person        no
          currency         usd
          company_name     Ada Lovelace
          email            ada@example.com
          comments         cus_1
        amend   customer cus_1
          email            ada@example.com
        """,
        id="opted-in fields, and only those, are brought into line",
    ),
]


@pytest.mark.parametrize(("given", "settings", "expected"), CASES)
def test_the_plan_links(given: Snapshot, settings: Settings, expected: str) -> None:
    assert plan_page(given, settings) == dedent(expected).lstrip("\n")


def test_items_are_linked_line_by_line_and_a_coupon_by_its_own_metadata() -> None:
    given = invoice(
        line("60.00", metadata={"netsuite_service_resale_item_id": "801"}),
        line("40.00", id="il_2", of=price("price_2", metadata={"netsuite_service_sale_item_id": "802"})),
        line("10.00", id="il_3"),
        total="100.00",
        discounts=[Discount("TEN", "Ten", usd("10.00"), {"netsuite_discount_item_id": "803"})],
    )
    text = plan_page(given)
    assert [each for each in text.splitlines() if each.startswith("  item  ")] == [
        "  item             item #801  amount 60.00 USD  description Pro plan, November",
        "  item             item #802  amount 40.00 USD  description Pro plan, November",
        "  item             item serviceSaleItem price_1  amount 10.00 USD  description Pro plan, November",
        "  item             item #803  amount -10.00 USD  description Ten",
    ]
    assert [each for each in lines(text) if each.startswith("linked")] == [
        "linked  serviceSaleItem il_1 is serviceResaleItem #801 (netsuite_service_resale_item_id of il_1)",
        "linked  serviceSaleItem price_2 is serviceSaleItem #802 (netsuite_service_sale_item_id of price_2)",
        "linked  discountItem TEN is discountItem #803 (netsuite_discount_item_id of TEN)",
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            {"netsuite_customer_refund_id": "61", "netsuite_credit_memo_id": "62"},
            [
                "linked  creditMemo re_1-memo is creditMemo #62 (netsuite_credit_memo_id of re_1)",
                "linked  customerRefund re_1 is customerRefund #61 (netsuite_customer_refund_id of re_1)",
            ],
        ),
        (
            {"netsuite_customer_refund_id": "61"},
            ["linked  customerRefund re_1 is customerRefund #61 (netsuite_customer_refund_id of re_1)"],
        ),
        (
            {"netsuite_credit_memo_id": "62"},
            ["linked  creditMemo re_1-memo is creditMemo #62 (netsuite_credit_memo_id of re_1)", "upsert  customerRefund re_1  10.00 USD"],
        ),
    ],
    ids=["both", "the refund alone brings no credit of ours", "the credit memo alone is what our refund pays out"],
)
def test_a_refund_that_a_person_booked_is_linked(metadata: Mapping[str, str], expected: list[str]) -> None:
    text = plan_page(refunds(invoiced("10.00"), refund("10.00", metadata=metadata)))
    assert lines(text)[-len(expected) :] == expected
    assert "upsert  creditMemo" not in text
    if "netsuite_customer_refund_id" not in metadata:
        assert "  apply            doc #62  amount 10.00 USD" in text


def test_a_dispute_that_a_person_booked_is_linked() -> None:
    text = plan_page(dispute("10.00", charge("10.00"), metadata={"netsuite_customer_refund_id": "61"}))
    assert lines(text)[-1] == "linked  customerRefund dp_1 is customerRefund #61 (netsuite_customer_refund_id of dp_1)"


def test_the_payment_of_a_linked_invoice_is_applied_to_it() -> None:
    bill = invoiced("10.00").invoices[0]
    linked = replace(bill, invoice=replace(bill.invoice, metadata={"netsuite_invoice_id": "900"}))
    text = plan_page(charge("10.00", paid=[linked]))
    assert "  apply            doc #900  amount 10.00 USD" in text
    assert "upsert  invoice" not in text


def due(amount: str, internal_id: str = "900", entity: str = "42") -> HeldRecord:
    return HeldRecord(internal_id, Internal(entity), (), usd(amount))


def named(*invoices: tuple[str, HeldRecord]) -> Held:
    return Held({Titled(RecordType.INVOICE, name): record for name, record in invoices})


ONE = charge("30.00", metadata={"netsuite_invoice_id": "900"})
TWO = charge("30.00", metadata={"apply_to_invoices": "INV1, INV2"})
OF_ONE = Held({Numbered(RecordType.INVOICE, "900"): due("20.00")})


@pytest.mark.parametrize(
    ("given", "held", "because", "applied"),
    [
        (
            ONE,
            OF_ONE,
            "# The charge names what it paid: invoice #900. 10.00 USD more than was due stays unapplied.",
            ["doc #900  amount 20.00 USD"],
        ),
        (
            TWO,
            named(("INV1", due("20.00", "901")), ("INV2", due("50.00", "902"))),
            "# The charge names what it paid: invoice INV1, invoice INV2.",
            ["doc #901  amount 20.00 USD", "doc #902  amount 10.00 USD"],
        ),
        (
            TWO,
            named(("INV1", due("0.00", "901")), ("INV2", due("50.00", "902"))),
            "# The charge names what it paid: invoice INV1, invoice INV2.",
            ["doc #902  amount 30.00 USD"],
        ),
    ],
    ids=["one invoice, up to what is due", "several in their order", "one that is paid is passed over"],
)
def test_a_charge_names_the_invoices_it_pays(given: Charge, held: Held, because: str, applied: list[str]) -> None:
    text = plan_page(given, held=held)
    assert lines(text)[0] == because
    assert [each.removeprefix("  apply").strip() for each in text.splitlines() if each.startswith("  apply")] == applied
    assert "  customer         #42" in text, "a guest's payment is that of the invoice's customer"


@pytest.mark.parametrize(
    ("amount", "refunded"),
    [("10.00", "customerPayment ch_1"), ("10.01", "creditMemo re_1-memo")],
    ids=["what was left of the payment goes back", "more than that is credited first"],
)
def test_the_refund_of_a_charge_that_settled_netsuites_own_invoice(amount: str, refunded: str) -> None:
    text = plan_page(refunds(ONE, refund(amount)), held=OF_ONE)
    assert [each for each in text.splitlines() if each.startswith("  apply")][-1].endswith(f"doc {refunded}  amount {amount} USD")
    assert ("item serviceSaleItem stripe-partial-refund" in text) == (refunded == "creditMemo re_1-memo")
    assert text.count("  customer         #42") == 2


def test_what_a_payment_settles_already_counts_as_due_to_it() -> None:
    """Else the second look at the same charge would find nothing due and let the invoice go."""
    booked = HeldRecord("1200", Internal("42"), (HeldApply(Internal("900"), usd("20.00")),), usd("10.00"))
    held = Held({Numbered(RecordType.INVOICE, "900"): due("0.00"), External(RecordType.CUSTOMER_PAYMENT, "ch_1"): booked})
    assert plan_page(ONE, held=held) == plan_page(ONE, held=OF_ONE)


def stopped(given: Snapshot, settings: Settings = SETTINGS, held: Held | None = None) -> Failed:
    with pytest.raises(CannotSync) as stop:
        plan_page(given, settings, held)
    assert stop.value.failed.remedy
    return stop.value.failed


PAID = Held({Numbered(RecordType.INVOICE, "900"): due("0.00")})
BLOCKED = {"netsuite_block_integration": "true"}
ALLOWED = {"netsuite_allow_integration": "true"}
ASKING = replace(SETTINGS, require_allow=True)


@pytest.mark.parametrize(
    ("given", "settings", "held", "kind", "message"),
    [
        pytest.param(ONE, SETTINGS, PAID, Kind.REFUSED, "invoice #900 is already paid in NetSuite", id="a named invoice that is paid"),
        pytest.param(
            ONE,
            SETTINGS,
            None,
            Kind.REFUSED,
            "netsuite_invoice_id of ch_1 names invoice #900, which NetSuite does not hold",
            id="a named invoice that is not there",
        ),
        pytest.param(
            customer(metadata={"netsuite_customer_id": "ACME"}),
            SETTINGS,
            None,
            Kind.REFUSED,
            "netsuite_customer_id of cus_1 is no NetSuite internal id",
            id="a name where an internal id should stand",
        ),
        pytest.param(
            charge(metadata=BLOCKED), SETTINGS, None, Kind.BLOCKED, "netsuite_block_integration is set on ch_1", id="a blocked charge"
        ),
        pytest.param(
            refunds(charge(of=customer(metadata=BLOCKED)), refund("1.00")),
            SETTINGS,
            None,
            Kind.BLOCKED,
            "netsuite_block_integration is set on cus_1",
            id="what builds on a blocked customer",
        ),
        pytest.param(
            charge(),
            ASKING,
            None,
            Kind.BLOCKED,
            "stripe.require_allow is on, and netsuite_allow_integration is set neither on the object nor on what it builds on",
            id="what nobody allowed, where settings want that",
        ),
    ],
)
def test_the_plan_says_why_not(given: Snapshot, settings: Settings, held: Held | None, kind: Kind, message: str) -> None:
    failed = stopped(given, settings, held)
    assert (failed.kind, failed.message) == (kind, message)


@pytest.mark.parametrize("given", [charge(metadata=ALLOWED), charge(of=customer(metadata=ALLOWED)), price(), payout("1.00", moved("1.00"))])
def test_what_is_allowed_or_needs_no_leave_is_synced(given: Snapshot) -> None:
    assert plan_page(given, ASKING) == plan_page(given)


@pytest.mark.parametrize("off", ["", "false", "No", "0"])
def test_a_control_key_that_says_no_is_off(off: str) -> None:
    assert plan_page(charge(metadata={"netsuite_block_integration": off})) == plan_page(charge())


def test_a_second_payment_of_a_named_invoice_stays_unapplied_where_that_is_allowed() -> None:
    allowed = replace(ONE, metadata={**ONE.metadata, "netsuite_allow_duplicate": "true"})
    for text in (plan_page(allowed, held=PAID), plan_page(ONE, replace(SETTINGS, charges_allow_duplicate=True), PAID)):
        assert "  memo             Stripe: ch_1 invoice already paid in NetSuite" in text
        assert "  apply" not in text


def test_what_is_older_than_the_books_is_ignored_with_the_reason() -> None:
    settings = replace(SETTINGS, start_date=at(3).date())
    assert plan_page(charge(), settings) == "# It is of 2026-11-02, before the books begin on 2026-11-03 (ledger.start_date).\n"
    assert plan_page(customer(), settings) == plan_page(customer())


def test_what_builds_on_something_older_needs_that_in_netsuite_already() -> None:
    settings, given = replace(SETTINGS, start_date=at(3).date()), refunds(charge(), refund("1.00"))
    payment = External(RecordType.CUSTOMER_PAYMENT, "ch_1")
    assert stopped(given, settings, None).record == str(payment)
    assert plan_page(given, settings, Held({payment: HeldRecord("7")})) == plan_page(given)


def test_customer_updated_acts_only_when_opted_in() -> None:
    assert "never updated" in reason_to_ignore("customer.updated")
    assert reason_to_ignore("customer.updated", replace(SETTINGS, customers_update=("email",)).opted_in) == ""
    assert "Subscriptions" in reason_to_ignore("customer.subscription.updated", replace(SETTINGS, customers_update=("email",)).opted_in)


def post(world: World, record_type: str, **fields: object) -> str:
    """A record that a person made, without an externalId of ours; its internal id."""
    reply = world.netsuite.handle("POST", f"/services/rest/record/v1/{record_type}", {}, {}, dumps(fields))
    assert reply.status == 204, reply.body
    return reply.headers["Location"].rpartition("/")[2]


def person(world: World, name: str, email: str = "ada@example.com", **more: object) -> str:
    return post(world, "customer", isPerson=False, companyName=name, email=email, currency={"id": "1"}, **more)


def their_invoice(world: World, customer_id: str, amount: int, **more: object) -> str:
    item = post(world, "serviceSaleItem", itemId=f"Item {amount}", incomeAccount={"id": "400"})
    sold = {"items": [{"item": {"id": item}, "amount": amount}]}
    return post(world, "invoice", entity={"id": customer_id}, tranDate="2026-11-01", item=sold, **more)


def failed(outcome: object) -> Failed:
    assert isinstance(outcome, Failed)
    return outcome


class Told:
    """Books that count their calls."""

    def __init__(self, world: World) -> None:
        self.books, self.calls = world.books, 0

    def __getattr__(self, name: str) -> object:
        self.calls += 1
        return getattr(self.books, name)


def test_a_linked_customer_is_looked_up_once_and_then_costs_no_call() -> None:
    world = World(("ch_1", charge("29.00")))
    theirs = person(world, "ACME")
    world.stripe.held[Charge, "ch_1"] = charge("29.00", of=customer(metadata={"netsuite_customer_id": theirs}))
    assert world.sync.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=1)
    told = Told(world)
    assert world.on(told).event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=0)  # type: ignore[arg-type]
    assert told.calls == 0
    (payment,) = world.netsuite.records("customerPayment")
    assert payment.fields["customer"]["id"] == theirs
    assert [each.id for each in world.netsuite.records("customer")] == [theirs]


def test_a_linked_record_that_is_not_there_is_refused_with_key_and_id() -> None:
    world = World(("cus_1", customer(metadata={"netsuite_customer_id": "4242"})))
    told = failed(world.sync.event(event("customer.created", "cus_1")).outcome)
    assert (told.kind, told.message) == (
        Kind.REFUSED,
        "netsuite_customer_id of cus_1 names customer #4242, which NetSuite does not hold",
    )
    assert not world.netsuite.records("customer")


def test_a_linked_item_of_any_type_is_sold() -> None:
    world = World()
    theirs = post(world, "serviceSaleItem", itemId="Theirs", incomeAccount={"id": "400"})
    bill = invoice(line("10.00", of=price(metadata={"netsuite_service_resale_item_id": theirs})), total="10.00")
    world.stripe.held[Invoice, "in_1"] = bill
    assert world.sync.event(event("invoice.finalized", "in_1")).outcome == Synced(writes=2)
    assert [each.id for each in world.netsuite.records("serviceSaleItem")] == [theirs]


def test_a_charge_settles_the_invoice_that_it_names_by_number_and_again_without_a_change() -> None:
    world = World()
    theirs = person(world, "ACME")
    their_invoice(world, theirs, 20, tranId="INV77")
    world.stripe.held[Charge, "ch_1"] = charge("30.00", metadata={"apply_to_invoices": "inv77"})
    assert world.sync.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=1)
    assert world.sync.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=0)
    (settled,) = world.netsuite.records("invoice")
    assert settled.fields["amountRemaining"] == 0
    (payment,) = world.netsuite.records("customerPayment")
    assert (payment.fields["customer"]["id"], payment.fields["unapplied"]) == (theirs, 10)


def paid_by_hand() -> World:
    """Our invoice in_1 of 100, paid by a person in NetSuite; then Stripe's charge of it arrives."""
    world = World(("in_1", invoice(line("100.00"), total="100.00")), ("ch_1", invoiced("100.00")))
    world.sync.event(event("invoice.finalized", "in_1"))
    (bill,) = world.netsuite.records("invoice")
    applied = {"items": [{"doc": {"id": bill.id}, "apply": True, "amount": 100}]}
    entity = bill.fields["entity"]
    post(
        world, "customerPayment", customer=entity, payment=100, account={"id": "110"}, apply=applied, autoApply=False, currency={"id": "1"}
    )
    return world


def test_a_payment_of_an_invoice_that_is_paid_in_netsuite_is_not_written_and_says_so() -> None:
    world = paid_by_hand()
    told = failed(world.sync.event(event("charge.succeeded", "ch_1")).outcome)
    assert (told.kind, "invoice in_1 is already paid in NetSuite" in told.message) == (Kind.NOT_READY, True)
    assert "netsuite_allow_duplicate" in told.remedy
    assert len(world.netsuite.records("customerPayment")) == 1


def test_where_duplicates_are_allowed_it_stands_unapplied_and_the_next_look_costs_no_call() -> None:
    world = paid_by_hand()
    allowing = replace(world.sync, settings=replace(SETTINGS, charges_allow_duplicate=True))
    assert allowing.event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=1)
    assert world.netsuite.records("customerPayment")[1].fields["unapplied"] == 100
    told = Told(world)
    assert replace(allowing, books=told).event(event("charge.succeeded", "ch_1")).outcome == Synced(writes=0)  # type: ignore[arg-type]
    assert told.calls == 0


def matching(world: World) -> World:
    world.sync = replace(world.sync, settings=MATCHING)
    return world


def test_exactly_one_match_is_linked_and_given_our_external_id() -> None:
    world = matching(World(("cus_1", customer())))
    theirs = person(world, "ACME", email=" Ada@Example.com ")
    assert [diff.change for diff in world.sync.preview("cus_1")[0].diffs] == [Change.UNCHANGED]
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(writes=1)
    assert [(each.id, each.external_id) for each in world.netsuite.records("customer")] == [(theirs, "cus_1")]
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(writes=0)


def test_a_match_that_has_an_external_id_of_its_own_keeps_it() -> None:
    world = matching(World(("cus_1", customer())))
    person(world, "ACME", externalId="crm-7")
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(writes=0)
    assert [each.external_id for each in world.netsuite.records("customer")] == ["crm-7"]


def test_several_matches_are_ambiguous_and_listed_and_nothing_is_written() -> None:
    world = matching(World(("cus_1", customer())))
    both = [person(world, "ACME"), person(world, "ACME Ltd")]
    told = failed(world.sync.event(event("customer.created", "cus_1")).outcome)
    assert told.kind is Kind.AMBIGUOUS
    assert all(f"#{each}" in told.message for each in both)
    assert len(world.netsuite.records("customer")) == 2


def test_no_match_makes_the_customer_and_the_first_pair_that_finds_one_decides() -> None:
    world = matching(World(("cus_1", customer()), ("cus_2", customer("cus_2", metadata={"crm_id": "crm 9"}))))
    assert world.sync.event(event("customer.created", "cus_1")).outcome == Synced(writes=1)
    theirs = person(world, "Nine", email="", accountNumber="CRM 9")
    assert world.sync.event(event("customer.created", "cus_2")).outcome == Synced(writes=1)
    assert {each.external_id: each.id for each in world.netsuite.records("customer")}["cus_2"] == theirs


def test_an_item_is_matched_too() -> None:
    world = World(("price_1", price(metadata={"sku": "PRO-1"})))
    theirs = post(world, "serviceSaleItem", itemId="pro-1", incomeAccount={"id": "400"})
    world.sync = replace(world.sync, settings=replace(SETTINGS, items_match=(Pair("metadata.sku", "itemid"),)))
    assert world.sync.event(event("price.created", "price_1")).outcome == Synced(writes=1)
    assert [(each.id, each.external_id) for each in world.netsuite.records("serviceSaleItem")] == [(theirs, "price_1")]


def test_an_item_that_matches_nothing_is_the_one_that_its_metadata_names() -> None:
    world = World()
    theirs = post(world, "serviceSaleItem", itemId="theirs", incomeAccount={"id": "400"})
    world.stripe.held[Price, "price_1"] = price(metadata={"sku": "PRO-1", "netsuite_service_sale_item_id": theirs})
    world.sync = replace(world.sync, settings=replace(SETTINGS, items_match=(Pair("metadata.sku", "itemid"),)))
    assert [diff.change for diff in world.sync.preview("price_1")[0].diffs] == [Change.UNCHANGED]
    assert world.sync.event(event("price.created", "price_1")).outcome == Synced(writes=0)
    assert len(world.netsuite.records("serviceSaleItem")) == 1


def test_opted_in_fields_are_brought_into_line_and_nothing_else() -> None:
    world = World(("cus_1", customer()))
    world.sync.event(event("customer.created", "cus_1"))
    world.stripe.held[Customer, "cus_1"] = customer(email="ada@new.example", name="Renamed")
    assert isinstance(world.sync.event(event("customer.updated", "cus_1")).outcome, Ignored)
    opted = replace(world.sync, settings=replace(SETTINGS, customers_update=("email",)))
    assert opted.event(event("customer.updated", "cus_1")).outcome == Synced(writes=1)
    assert opted.event(event("customer.updated", "cus_1")).outcome == Synced(writes=0)
    (held,) = world.netsuite.records("customer")
    assert (held.fields["email"], held.fields["companyName"]) == ("ada@new.example", "Ada Lovelace")


def test_each_stripe_account_may_have_settings_of_its_own() -> None:
    world = World(("ch_1", charge("10.00")))
    other = replace(SETTINGS, accounts=replace(SETTINGS.accounts, undeposited_funds="690"))
    several = replace(world.sync, of_account={"acct_eu": other})
    of_eu = Event("evt_1", "charge.succeeded", at(2), livemode=False, subject_id="ch_1", account="acct_eu")
    report = several.event(of_eu)
    assert report.plan is not None
    assert "  account          #690" in page(report.plan)
    assert "  account          #110" in page(several.preview("ch_1")[0].plan)  # type: ignore[arg-type]


def test_what_is_older_than_the_books_comes_in_by_resync_and_backfill_alone() -> None:
    world = World(("ch_1", charge("10.00")), ("ch_1", refunds(charge("10.00"))))
    late = replace(world.sync, settings=replace(SETTINGS, start_date=at(3).date()))
    assert isinstance(late.event(event("charge.succeeded", "ch_1")).outcome, Ignored)
    assert late.resync("ch_1")[0].outcome == Synced(writes=2)
    assert late.event(event("backfill.charge", "ch_1")).outcome == Synced(0)
    assert isinstance(late.event(event("backfill.mandate", "ch_1")).outcome, Ignored)


# The machinery by itself: links in place of records.

ADA, ROUTER = NetSuiteCustomer("cus_1", is_person=False, currency="usd"), ServiceSaleItem("price_2", "Router", "Router", Internal("400"))
WHO = Linked(key(ADA), "42", "customer", "netsuite_customer_id", "cus_1")
SALE = CustomerPayment("ch_1", key(ADA), at(2).date(), "usd", usd("9.00"), Internal("110"))
WAITS = Failed(Kind.NOT_READY, "it waits", "Nothing to do.")
NEEDS = Require(External(RecordType.CUSTOMER_PAYMENT, "ch_9"), "ch_9")
EMAIL = Amend(NetSuiteCustomer("cus_1", is_person=None, currency=None, email="x"), ADA)


def test_what_is_linked_takes_the_place_of_what_would_be_made_and_all_else_stays() -> None:
    given = Plan((Ensure(ADA), Ensure(ROUTER), Upsert(SALE), NEEDS, EMAIL), "Why.", WAITS)
    said = linked(given, {key(ADA): WHO})
    assert said.commands == (WHO, Ensure(ROUTER), Upsert(replace(SALE, customer=Internal("42"))), NEEDS, EMAIL)
    assert (said.because, said.pending) == ("Why.", WAITS)
    assert linked(given, {}) is given


def test_what_only_a_linked_record_needed_is_not_made() -> None:
    by_hand = refunds(invoiced("100.00", line("60.00"), line("40.00")), refund("9.00", metadata={"netsuite_customer_refund_id": "7"}))
    verbs = lines(plan_page(by_hand))
    assert "linked  customerRefund re_1 is customerRefund #7 (netsuite_customer_refund_id of re_1)" in verbs
    assert not [each for each in verbs if "re_1-memo" in each or "stripe-partial-refund" in each]
    assert "ensure  serviceSaleItem price_1" in verbs, "the invoice needs that"
    ours = lines(plan_page(refunds(invoiced("100.00", line("60.00"), line("40.00")), refund("9.00"))))
    assert "ensure  serviceSaleItem stripe-partial-refund" in ours


DUE_OF = Numbered(RecordType.INVOICE, "900")


@pytest.mark.parametrize(
    ("metadata", "entity", "customer_said"),
    [
        ({"netsuite_customer_id": "42", "netsuite_invoice_id": "900"}, Internal("77"), "customer #42 (netsuite_customer_id of ch_1)"),
        ({"netsuite_invoice_id": "900"}, Internal("77"), "customer #77 (customer of invoice #900, by the metadata of ch_1)"),
        ({"netsuite_invoice_id": "900"}, None, ""),
    ],
)
def test_whose_payment_a_charge_is_that_names_an_invoice(metadata: dict[str, str], entity: Internal | None, customer_said: str) -> None:
    held = Held({DUE_OF: HeldRecord("900", entity=entity, remaining=usd("80.00"))})
    named = [each for each in lines(plan_page(charge("50.00", metadata=metadata), SETTINGS, held)) if each.startswith("linked")]
    assert named == ([f"linked  customer ch_1 is {customer_said}"] if customer_said else [])
    assert not links_of(charge("50.00", metadata={"netsuite_invoice_id": "900"}), SETTINGS, Held())
