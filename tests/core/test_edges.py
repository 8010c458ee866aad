"""At the edges of the rules: nothing is left, a part was paid before, Stripe leaves a field out, the last cent. Which records each leaves, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from core.held import Ask, Held, HeldApply, HeldRecord
from core.metadata import BLOCK
from core.outcome import CannotSync, Kind
from core.plan import Plan, page
from core.records import CustomerPayment, External, Internal, JournalEntry, Numbered, RecordType
from core.rules.charges import asks_of_charge, plan_charge
from core.rules.closing import settles
from core.rules.credit_notes import asks_of_credit_note, plan_credit_note
from core.rules.customers import asks_of_customer, plan_customer
from core.rules.disputes import asks_of_dispute, plan_dispute
from core.rules.invoices import asks_of_invoice, plan_invoice
from core.rules.refunds import asks_of_refunds, plan_refunds
from core.settings import Settings
from core.snapshot import Address, CreditNote, CreditNoteRefund, InvoicePayment, Snapshot
from tests.given import SETTINGS, at, charge, customer, dispute, invoice, invoiced, line, moved, price, refund, refunds, usd

GLOBAL = replace(SETTINGS, customers_policy="global", items_policy="global", accounts=replace(SETTINGS.accounts, receivable="120"))
RECEIVABLE = replace(SETTINGS, accounts=replace(SETTINGS.accounts, receivable="120"))
NO_BAD_DEBT = replace(GLOBAL, accounts=replace(GLOBAL.accounts, bad_debt=""))
OUTSIDE = replace(GLOBAL, invoices_out_of_band="115")
US = replace(GLOBAL, subsidiary="3")
CASH = replace(GLOBAL, charges_without_invoice="cash_sale")
AT_FIRST_SALE = replace(SETTINGS, customers_create_on="transaction", customers_update=("email", "comments"))

Rule = Callable[[Snapshot, Settings, Held], Plan]


def held(*refs: str) -> Held:
    """Records that NetSuite holds, as `type externalId`."""
    kinds = {text: External(RecordType(text.split()[0]), text.split()[1]) for text in refs}
    return Held({ref: HeldRecord("647") for ref in kinds.values()})


def brief(plan: Plan) -> list[str]:
    """What is written beside customers and items: day, amounts, and what it is applied to; why, where that is nothing."""
    said: list[str] = []
    for text in page(plan).splitlines():
        field, _, value = text.strip().partition(" ")
        if text.startswith(("upsert", "amend")):
            said.append(text[8:].replace("  ", " "))
        elif said and not text.startswith(" "):
            said.append("")
        elif said and said[-1] and field == "tran_date":
            said[-1] += f" on {value.strip()}"
        elif said and said[-1] and field == "apply":
            said[-1] += f" -> {value.split('doc ')[1].replace('  amount', '')}"
    return [text for text in said if text] or [plan.because]


OPEN = invoice(line("100.00"), total="100.00", amount_due=usd("100.00"), amount_paid=usd("0.00"))
VOID = replace(OPEN, status="void", voided_at=at(9))
GIVEN_UP = replace(OPEN, status="uncollectible", marked_uncollectible_at=at(12))
PAID_LATE = replace(GIVEN_UP, status="paid", paid_at=at(20), amount_paid=usd("100.00"))
OUT_OF_BAND = replace(OPEN, status="paid", paid_at=at(15), amount_paid=usd("100.00"))
BOOKED = "invoice in_1 100.00 USD on 2026-11-02"
BALANCE: dict[str, Any] = {"starting_balance": -2500, "ending_balance": 0, "amount_due": usd("75.00")}

INVOICES = [
    pytest.param(VOID, GLOBAL, held(), [BOOKED, "creditMemo in_1-void 100.00 USD on 2026-11-09 -> invoice in_1 100.00 USD"], id="voided"),
    pytest.param(replace(VOID, amount_paid=usd("100.00")), GLOBAL, held(), [BOOKED], id="voided when nothing was owed any more"),
    pytest.param(replace(VOID, amount_paid=usd("99.99")), GLOBAL, held(), [BOOKED, "creditMemo in_1-void 0.01 USD on 2026-11-09 -> invoice in_1 0.01 USD"], id="voided when a cent was owed"),
    pytest.param(replace(VOID, voided_at=None), GLOBAL, held(), [BOOKED, "creditMemo in_1-void 100.00 USD on 2026-11-02 -> invoice in_1 100.00 USD"], id="voided, Stripe does not say when: when it was finalised"),
    pytest.param(VOID, GLOBAL, held("creditMemo in_1-balance"), [BOOKED, "creditMemo in_1-void 100.00 USD on 2026-11-09 -> invoice in_1 100.00 USD"], id="voided, it used no balance after all"),
    pytest.param(replace(VOID, **BALANCE), GLOBAL, held(), [BOOKED, "creditMemo in_1-void 100.00 USD on 2026-11-09 -> invoice in_1 100.00 USD"], id="voided, the balance was never booked"),
    pytest.param(replace(VOID, **BALANCE), GLOBAL, held("creditMemo in_1-balance"), [BOOKED, "creditMemo in_1-void 75.00 USD on 2026-11-09 -> invoice in_1 75.00 USD"], id="voided, the balance was booked: its memo stays"),
    pytest.param(GIVEN_UP, GLOBAL, held(), [BOOKED, "creditMemo in_1-uncollectible 100.00 USD on 2026-11-12 -> invoice in_1 100.00 USD"], id="given up"),
    pytest.param(replace(GIVEN_UP, amount_paid=usd("100.00")), GLOBAL, held(), [BOOKED], id="given up when nothing was owed"),
    pytest.param(replace(GIVEN_UP, amount_paid=usd("99.99")), GLOBAL, held(), [BOOKED, "creditMemo in_1-uncollectible 0.01 USD on 2026-11-12 -> invoice in_1 0.01 USD"], id="given up when a cent was owed"),
    pytest.param(PAID_LATE, GLOBAL, held("creditMemo in_1-uncollectible"), [BOOKED, "journalEntry in_1-uncollectible-reversed 100.00 USD on 2026-11-20"], id="given up, then paid: all of it is owed again"),
    pytest.param(PAID_LATE, GLOBAL, Held({settles(PAID_LATE): HeldRecord("7", applied=(HeldApply(Internal("8"), usd("60.00")),))}), [BOOKED, "journalEntry in_1-uncollectible-reversed 60.00 USD on 2026-11-20"], id="a part was paid before it was given up: the rest"),
    pytest.param(PAID_LATE, GLOBAL, Held({settles(PAID_LATE): HeldRecord("7", applied=())}), [BOOKED, "journalEntry in_1-uncollectible-reversed 100.00 USD on 2026-11-20"], id="a person unapplied what gave it up: all of it"),
    pytest.param(OUT_OF_BAND, OUTSIDE, held(), [BOOKED, "customerPayment in_1-out-of-band 100.00 USD on 2026-11-15 -> invoice in_1 100.00 USD"], id="paid out of band"),
    pytest.param(replace(OUT_OF_BAND, paid_at=None), OUTSIDE, held(), [BOOKED, "customerPayment in_1-out-of-band 100.00 USD on 2026-11-02 -> invoice in_1 100.00 USD"], id="Stripe does not say when: when it was finalised"),
    pytest.param(replace(PAID_LATE, paid_at=None), OUTSIDE, held("creditMemo in_1-uncollectible"), [BOOKED, "journalEntry in_1-uncollectible-reversed 100.00 USD on 2026-11-02", "customerPayment in_1-out-of-band 100.00 USD on 2026-11-02 -> invoice in_1 100.00 USD"], id="given up before, and Stripe does not say when it was paid"),
    pytest.param(replace(OUT_OF_BAND, amount_paid=usd("0.01")), OUTSIDE, held(), [BOOKED, "customerPayment in_1-out-of-band 0.01 USD on 2026-11-15 -> invoice in_1 0.01 USD"], id="a cent of it"),
    pytest.param(replace(OUT_OF_BAND, payments=(InvoicePayment("canceled", usd("100.00"), charge(status="failed", captured=False)),)), OUTSIDE, held(), [BOOKED, "customerPayment in_1-out-of-band 100.00 USD on 2026-11-15 -> invoice in_1 100.00 USD"], id="after a card was refused"),
    pytest.param(replace(OPEN, payments=(InvoicePayment("open", usd("100.00"), charge()),)), GLOBAL, held(), [BOOKED], id="a payment that Stripe calls open is none yet"),
    pytest.param(replace(OPEN, payments=(InvoicePayment("paid", usd("100.00"), charge(balance_transaction=None)),)), GLOBAL, held(), [BOOKED], id="nor is one whose money has not moved"),
    pytest.param(replace(OPEN, payments=(InvoicePayment("paid", usd("100.00"), charge(metadata={BLOCK: "true"})),)), GLOBAL, held(), [BOOKED], id="nor one that is blocked"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "settings", "stands", "records"), INVOICES)
def test_what_an_invoice_leaves(given: Snapshot, settings: Settings, stands: Held, records: list[str]) -> None:
    assert brief(plan_invoice(given, settings, stands)) == records  # type: ignore[arg-type]


FAILED = charge("90.00", status="failed", failure_balance_transaction=moved("-90.00", day=7, category="charge_failure"))
BACK_AT_ONCE = refund("40.00", status="failed", failed_at=at(6))
NOTE = CreditNote("cn_1", "issued", "usd", usd("30.00"), at(8), invoice=OPEN, lines=(line("30.00"),), pre_payment=usd("30.00"))
LINKED = replace(NOTE, pre_payment=None, refunds=(CreditNoteRefund("re_1", usd("30.00"), at(5), "duplicate"),))
SALE = "customerPayment ch_1 90.00 USD on 2026-11-02"
TAKEN_BACK = [SALE, "customerRefund ch_1-failed 90.00 USD on 2026-11-07 -> customerPayment ch_1 90.00 USD"]

MONEY_BACK = [
    pytest.param(plan_charge, FAILED, GLOBAL, held("customerPayment ch_1"), TAKEN_BACK, id="a payment that failed after it was booked"),
    pytest.param(plan_charge, replace(FAILED, failure_balance_transaction=None), GLOBAL, held("customerPayment ch_1"), ["The charge failed; only successful payments are synced."], id="no money came back of it"),
    pytest.param(plan_refunds, refunds(FAILED, BACK_AT_ONCE), GLOBAL, held(), ["The charge failed before it was synced: neither it nor its refunds are in the books."], id="refunds of a payment that failed unseen"),
    pytest.param(plan_refunds, refunds(FAILED, BACK_AT_ONCE), GLOBAL, held("customerPayment ch_1"), ["journalEntry re_1-failed 40.00 USD on 2026-11-06", "customerRefund re_1 40.00 USD on 2026-11-05 -> journalEntry re_1-failed 40.00 USD", *TAKEN_BACK], id="a refund of it failed too: both are taken back"),
    pytest.param(plan_refunds, refunds(replace(FAILED, failure_balance_transaction=None), BACK_AT_ONCE), GLOBAL, held("customerPayment ch_1"), ["journalEntry re_1-failed 40.00 USD on 2026-11-06", "customerRefund re_1 40.00 USD on 2026-11-05 -> journalEntry re_1-failed 40.00 USD", SALE, "customerRefund ch_1-failed 90.00 USD on 2026-11-02 -> customerPayment ch_1 90.00 USD"], id="Stripe does not say when it failed: on its own day"),
    pytest.param(plan_refunds, refunds(charge("90.00"), refund("90.00")), GLOBAL, held(), [SALE, "customerRefund re_1 90.00 USD on 2026-11-05 -> customerPayment ch_1 90.00 USD"], id="a refund of exactly what was charged"),
    pytest.param(plan_refunds, refunds(charge("90.00", captured=False), refund("90.00")), GLOBAL, held(), ["The charge was never captured: its refund released an authorisation, no money moved."], id="of what was never captured"),
    pytest.param(plan_refunds, refunds(charge("90.00")), GLOBAL, held(), ["The charge has no refunds."], id="no refund at all"),
    pytest.param(plan_refunds, refunds(charge("90.00"), refund("90.00", status="canceled", has_balance_transaction=False)), GLOBAL, held(), ["Every refund of the charge failed or was cancelled before money moved."], id="cancelled before money moved"),
    pytest.param(plan_dispute, dispute("9.00", charge("90.00"), withdrawn=False), GLOBAL, held(), ["Stripe has withdrawn no funds for the dispute."], id="a dispute that took nothing"),
    pytest.param(plan_credit_note, NOTE, GLOBAL, held(), [BOOKED, "creditMemo cn_1 30.00 USD on 2026-11-08 -> invoice in_1 30.00 USD"], id="a credit note"),
    pytest.param(plan_credit_note, replace(NOTE, status="void", voided_at=None), GLOBAL, held("creditMemo cn_1"), [BOOKED, "journalEntry cn_1-reversed 30.00 USD on 2026-11-08", "creditMemo cn_1 30.00 USD on 2026-11-08 -> journalEntry cn_1-reversed 30.00 USD"], id="voided, Stripe does not say when: on its own day"),
    pytest.param(plan_credit_note, LINKED, GLOBAL, held("creditMemo re_1-memo"), ["creditMemo re_1-memo 30.00 USD on 2026-11-05"], id="of a refund that was booked before: its lines"),
    pytest.param(plan_credit_note, replace(LINKED, total=usd("31.00")), GLOBAL, held("creditMemo re_1-memo"), ["The credit note credits nothing that is not in NetSuite already, or comes with the balance when that is used."], id="of a refund and more: that refund's lines stay"),
    pytest.param(plan_credit_note, replace(LINKED, status="void"), GLOBAL, held("creditMemo re_1-memo", "creditMemo cn_1"), ["The credit note credits nothing that is not in NetSuite already, or comes with the balance when that is used."], id="voided, and its refund has a credit memo of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "settings", "stands", "records"), MONEY_BACK)
def test_what_money_back_leaves(rule: Rule, given: Snapshot, settings: Settings, stands: Held, records: list[str]) -> None:
    assert brief(rule(given, settings, stands)) == records


ENTRIES = [
    pytest.param(plan_invoice, PAID_LATE, held("creditMemo in_1-uncollectible"), US, id="a debt that is put back"),
    pytest.param(plan_credit_note, replace(NOTE, status="void"), held("creditMemo cn_1"), US, id="a voided credit note"),
    pytest.param(plan_refunds, refunds(charge("90.00"), BACK_AT_ONCE), held(), US, id="a refund that failed"),
    pytest.param(plan_refunds, refunds(charge("90.00"), BACK_AT_ONCE), held(), replace(US, charges_without_invoice="cash_sale"), id="a refund of a cash sale that failed"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "stands", "settings"), ENTRIES)
def test_an_entry_stands_in_the_subsidiary_of_the_settings(rule: Rule, given: Snapshot, stands: Held, settings: Settings) -> None:
    entries = [command.record for command in rule(given, settings, stands).writes if isinstance(command.record, JournalEntry)]
    assert [entry.subsidiary for entry in entries] == [Internal("3")]


@pytest.mark.parametrize(
    ("rule", "given", "settings", "stands", "words"),
    [
        pytest.param(plan_invoice, replace(VOID, lines=(line("60.00"), line("40.00")), amount_paid=usd("10.00")), GLOBAL, held(), "description voided", id="voided in part"),
        pytest.param(plan_invoice, replace(GIVEN_UP, lines=(line("60.00"), line("40.00")), amount_paid=usd("10.00")), NO_BAD_DEBT, held(), "description uncollectible", id="given up in part"),
        pytest.param(plan_invoice, replace(VOID, **BALANCE), GLOBAL, held("creditMemo in_1-balance"), "amount -25.00 USD  description Customer balance given back", id="the balance of a voided one"),
        pytest.param(plan_credit_note, replace(NOTE, reason="order_change", lines=(line("60.00"), line("40.00"))), GLOBAL, held(), "stripe-partial-refund  amount 30.00 USD  description order change", id="a credit note of a part, for a reason"),
        pytest.param(plan_credit_note, replace(NOTE, lines=(line("60.00"), line("40.00"))), GLOBAL, held(), "stripe-partial-refund  amount 30.00 USD  description credit note", id="for none"),
        pytest.param(plan_credit_note, replace(NOTE, reason="order_change"), GLOBAL, held(), "memo             Stripe: cn_1 order change\n", id="its memo, for a reason"),
        pytest.param(plan_credit_note, NOTE, GLOBAL, held(), "memo             Stripe: cn_1\n", id="its memo, for none"),
        pytest.param(plan_credit_note, LINKED, GLOBAL, held("creditMemo re_1-memo"), "memo             Stripe: re_1 duplicate\n", id="the memo of its refund's"),
    ],
)  # fmt: skip
def test_its_lines_and_memos_say_why(rule: Rule, given: Snapshot, settings: Settings, stands: Held, words: str) -> None:
    assert words in page(rule(given, settings, stands))


def test_a_balance_that_was_not_used_is_no_line_of_what_voids() -> None:
    assert "Customer balance" not in page(plan_invoice(VOID, GLOBAL, held("creditMemo in_1-balance")))


def test_a_voided_credit_note_brings_its_items_before_its_entry() -> None:
    note = replace(NOTE, status="void", lines=(line("30.00", price("price_2", "Router")),))
    verbs = [
        text
        for text in page(plan_credit_note(note, RECEIVABLE, held("creditMemo cn_1"))).splitlines()
        if text.startswith(("ensure", "upsert"))
    ]
    assert verbs == [
        "ensure  customer cus_1",
        "ensure  serviceSaleItem price_1",
        "upsert  invoice in_1  100.00 USD",
        "ensure  serviceSaleItem price_2",
        "upsert  journalEntry cn_1-reversed  30.00 USD",
        "upsert  creditMemo cn_1  30.00 USD",
    ]


NAMES_IT = charge("50.00", metadata={"netsuite_invoice_id": "900"})
DUE = Numbered(RecordType.INVOICE, "900")


@pytest.mark.parametrize(
    ("due", "applied"),
    [("80.00", ["50.00"]), ("50.00", ["50.00"]), ("20.00", ["20.00"]), ("0.01", ["0.01"])],
)
def test_a_payment_settles_of_the_invoice_that_it_names_what_is_due(due: str, applied: list[str]) -> None:
    stands = Held({DUE: HeldRecord("900", remaining=usd(due))})
    (payment,) = (each.record for each in plan_charge(NAMES_IT, GLOBAL, stands).writes if isinstance(each.record, CustomerPayment))
    assert [(line.doc, str(line.amount)) for line in payment.apply] == [(Internal("900"), f"{amount} USD") for amount in applied]


REFUSED = [
    pytest.param(plan_charge, NAMES_IT, Held({DUE: HeldRecord("900", remaining=usd("0.00"))}), Kind.REFUSED, "invoice #900 is already paid in NetSuite", "customerPayment ch_1", id="the invoice it names is paid"),
    pytest.param(plan_charge, NAMES_IT, Held({DUE: HeldRecord("900")}), Kind.REFUSED, "netsuite_invoice_id of ch_1 names invoice #900, which NetSuite does not hold", "", id="NetSuite does not say what is due of it"),
    pytest.param(plan_invoice, replace(OPEN, status="new"), held(), Kind.REFUSED, "Stripe says status 'new' of the invoice", "", id="a status nobody knows"),
    pytest.param(plan_invoice, replace(OPEN, finalized_at=None), held(), Kind.REFUSED, "the invoice is open but Stripe gives no finalisation time", "", id="no day"),
    pytest.param(plan_invoice, replace(OPEN, total=usd("99.00")), held(), Kind.REFUSED, "total differs: the lines add up to 100.00 USD, Stripe's total is 99.00 USD", "invoice in_1", id="a total that differs"),
    pytest.param(plan_credit_note, replace(NOTE, invoice=None), held(), Kind.REFUSED, "Stripe's credit note cn_1 names no invoice", "", id="a credit note of nothing"),
    pytest.param(plan_refunds, refunds(charge("90.00"), refund("9.00", status="requires_action", has_balance_transaction=False)), held(), Kind.NOT_READY, "refund re_1 is pending: no money has moved yet", "", id="a refund that the customer must act on"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "stands", "kind", "message", "record"), REFUSED)
def test_what_is_refused_names_the_record(rule: Rule, given: Snapshot, stands: Held, kind: Kind, message: str, record: str) -> None:
    with pytest.raises(CannotSync) as stopped:
        rule(given, GLOBAL, stands)
    failed = stopped.value.failed
    assert (failed.kind, failed.message, failed.record) == (kind, message, record)


CUSTOMERS = [
    pytest.param(AT_FIRST_SALE, held(), ["Customers are created with their first transaction (customers.create_on)."], id="not sold to yet"),
    pytest.param(AT_FIRST_SALE, held("customer cus_1"), ["customer cus_1"], id="sold to before: brought into line"),
    pytest.param(replace(AT_FIRST_SALE, customers_update=()), held("customer cus_1"), ["Customers are created with their first transaction (customers.create_on)."], id="unless settings leave it alone"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "stands", "records"), CUSTOMERS)
def test_a_customer_is_brought_into_line_only_where_it_stands(settings: Settings, stands: Held, records: list[str]) -> None:
    assert brief(plan_customer(customer(), settings, stands)) == records


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", ["company_name"]),
        ("email", ["email"]),
        ("phone", ["phone"]),
        ("address", ["address_book"]),
        ("comments", ["comments"]),
    ],
)
def test_what_stripe_may_own_of_a_customer(field: str, said: list[str]) -> None:
    of = customer(phone="1", address=Address("1 Way", "", "London", "", "N1", "GB"))
    text = page(plan_customer(of, replace(AT_FIRST_SALE, customers_update=(field,)), held("customer cus_1")))
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")] == said


def test_without_personal_data_only_the_stripe_id_is_brought_into_line() -> None:
    text = page(plan_customer(customer(), replace(AT_FIRST_SALE, personal_data="none"), held("customer cus_1")))
    assert ("comments         cus_1" in text, "email" in text) == (True, False)


@pytest.mark.parametrize(
    ("name", "metadata", "is_person"),
    [
        ("Ada Lovelace", {}, "yes"),
        ("Ada", {}, "no"),
        ("Ada", {"netsuite_last_name": "Lovelace"}, "yes"),
        ("Ada Lovelace", {"netsuite_last_name": ""}, "no"),
        ("Ada Lovelace", {"netsuite_first_name": ""}, "no"),
    ],
)
def test_a_person_has_both_names(name: str, metadata: dict[str, str], is_person: str) -> None:
    persons = replace(SETTINGS, customers_as_person=True)
    text = page(plan_customer(customer(name=name, metadata=metadata), persons))
    assert f"is_person        {is_person}\n" in text
    assert ("first_name" in text, "last_name" in text, "company_name" in text) == (
        (True, True, False) if is_person == "yes" else (False, False, True)
    )


WHOLE = Address("1 Analytical Way", "Flat 2", "Springfield", "IL", "62701", "us")
SAID_OF_WHOLE = "addr1 1 Analytical Way  addr2 Flat 2  city Springfield  state IL  zip 62701  country US"


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ({"address": WHOLE}, [f"label Billing  {SAID_OF_WHOLE}  default_billing yes"]),
        ({"shipping": WHOLE}, [f"label Shipping  {SAID_OF_WHOLE}  default_shipping yes"]),
        (
            {"address": WHOLE, "shipping": WHOLE},
            [f"label Billing and shipping  {SAID_OF_WHOLE}  default_billing yes  default_shipping yes"],
        ),
        ({}, []),
    ],
)
def test_an_address_is_told_whole(addresses: dict[str, Any], said: list[str]) -> None:
    text = page(plan_customer(replace(customer(), **addresses), SETTINGS))
    assert [line.removeprefix("  address_book     ") for line in text.splitlines() if "address_book" in line] == said


ASKS = [
    pytest.param(asks_of_charge(charge(), GLOBAL), ["customerPayment ch_1 remembered", "cashSale ch_1 remembered", "customerDeposit ch_1 remembered"], id="a sale: what was written for it before"),
    pytest.param(asks_of_charge(FAILED, GLOBAL), ["customerPayment ch_1", "cashSale ch_1", "customerDeposit ch_1"], id="a failed one: what stands for it"),
    pytest.param(asks_of_charge(NAMES_IT, GLOBAL), ["customerPayment ch_1 read", "invoice #900 read"], id="one that names an invoice: what is due"),
    pytest.param(asks_of_charge(invoiced("100.00"), GLOBAL), [], id="one that paid Stripe's invoice: nothing"),
    pytest.param(asks_of_invoice(PAID_LATE, GLOBAL), ["creditMemo in_1-uncollectible read"], id="given up, then paid: what it was given up by"),
    pytest.param(asks_of_invoice(replace(VOID, **BALANCE), GLOBAL), ["creditMemo in_1-balance"], id="voided: whether its balance was booked"),
    pytest.param(asks_of_invoice(VOID, GLOBAL), [], id="voided without a balance: nothing"),
    pytest.param(asks_of_invoice(GIVEN_UP, GLOBAL), [], id="given up: nothing"),
    pytest.param(asks_of_credit_note(replace(LINKED, invoice=PAID_LATE), GLOBAL), ["creditMemo cn_1", "creditMemo re_1-memo", "creditMemo in_1-uncollectible read"], id="a credit note: its memo, its refunds', its invoice's"),
    pytest.param(asks_of_credit_note(replace(NOTE, invoice=None), GLOBAL), ["creditMemo cn_1"], id="of no invoice: its memo"),
    pytest.param(asks_of_refunds(refunds(invoiced("100.00"), refund("9.00"), refund("5.00", "re_2", has_balance_transaction=False)), GLOBAL), ["customerPayment ch_1 read", "creditMemo re_1-memo", "customerRefund re_1 read"], id="refunds: of those whose money moved"),
    pytest.param(asks_of_dispute(dispute("9.00", invoiced("100.00")), GLOBAL), ["customerPayment ch_1 read", "creditMemo dp_1-memo", "customerRefund dp_1 read"], id="a dispute: as a refund"),
    pytest.param(asks_of_dispute(dispute("9.00", invoiced("100.00"), withdrawn=False), GLOBAL), [], id="one that took nothing: nothing"),
    pytest.param(asks_of_dispute(dispute("9.00", invoiced("100.00"), withdrawn=False, reinstated_at=at(20)), GLOBAL), ["customerPayment dp_1-reinstated remembered", "cashSale dp_1-reinstated remembered", "customerDeposit dp_1-reinstated remembered"], id="one that was won: what stood again before"),
    pytest.param(asks_of_customer(customer(), AT_FIRST_SALE), ["customer cus_1"], id="a customer: whether it stands"),
    pytest.param(asks_of_customer(customer(), replace(AT_FIRST_SALE, customers_update=())), [], id="unless it is left alone"),
    pytest.param(asks_of_customer(customer(), replace(AT_FIRST_SALE, customers_create_on="event")), [], id="or made by its events"),
    pytest.param(asks_of_customer(customer(), replace(AT_FIRST_SALE, customers_policy="global")), [], id="or all are one"),
]  # fmt: skip


@pytest.mark.parametrize(("asks", "said"), ASKS)
def test_what_a_rule_asks_of_netsuite(asks: Iterable[Ask], said: list[str]) -> None:
    assert [f"{ask.ref}{' read' if ask.read else ''}{' remembered' if ask.remembered else ''}" for ask in asks] == said
