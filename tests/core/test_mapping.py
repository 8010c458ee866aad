"""Fields that the settings fill: defaults, mappings, conditions, service periods, subsidiaries by rule, personal data left out."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from core.choices import Choice, FieldRule, Form
from core.mapping import fitting, mapped
from core.outcome import CannotSync, Kind
from core.plan import Amend, Plan, Require, Upsert
from core.records import ByExternalId, Customer, CustomerPayment, CustomerRefund, Internal, JournalEntry, Record, RecordType, key
from core.settings import Settings
from core.snapshot import Address, Snapshot
from core.sources import Scalar
from services.field_rules import field_rule_problems, field_rules
from tests.core.test_linking import plan_page
from tests.core.test_sync import World, event
from tests.given import SETTINGS, at, charge, customer, invoice, invoiced, line, moved, payout, price, refund, refunds, tax, usd


def filled(toml: str, of: Settings = SETTINGS) -> Settings:
    """The settings with these defaults and mappings, which must be right."""
    given = tomllib.loads(toml)
    tables = given.get("defaults", {}), given.get("mappings", {})
    assert field_rule_problems(*tables) == []
    return replace(of, fields=field_rules(*tables))


def fields_of(text: str, record: str) -> dict[str, str]:
    """The header fields of one record of a page."""
    found: dict[str, str] = {}
    inside = False
    for each in text.splitlines():
        if not each.startswith(" "):
            inside = f" {record}  " in f"{each}  "
        elif inside:
            name, _, value = each.strip().partition(" ")
            found[name] = value.strip()
    return found


SOLD = charge("10.00", metadata={"channel": "Web", "company_id": "77", "signed": "1793620800"}, description="T-shirt")


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        pytest.param('[defaults.customerPayment]\nclass = "5"', {"class": "#5"}, id="a default, a reference by internal id"),
        pytest.param('[defaults.customerPayment]\nclass = "eid:retail"', {"class": "eid:retail"}, id="a reference by externalId"),
        pytest.param("[defaults.customerPayment]\ncustbody_auto = true", {"custbody_auto": "yes"}, id="a box that is ticked"),
        pytest.param("[defaults.customerPayment]\ncustbody_rate = 1.25", {"custbody_rate": "1.25"}, id="a number is exact"),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_company = "metadata.company_id"', {"custbody_company": "77"}, id="a path in the metadata"
        ),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_company = { from = "metadata.company_id", as = "reference" }',
            {"custbody_company": "#77"},
            id="a path that holds an internal id",
        ),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_company = { from = "metadata.company_id", as = "external_id" }',
            {"custbody_company": "eid:77"},
            id="a path that holds an externalId",
        ),
        pytest.param(
            '[mappings.customerPayment]\nlocation = "metadata.company_id"', {"location": "#77"}, id="a standard field takes its own form"
        ),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_signed = { from = "metadata.signed", as = "date" }',
            {"custbody_signed": "2026-11-02"},
            id="a Unix time is a date",
        ),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_made = { from = "created", as = "date" }',
            {"custbody_made": "2026-11-02"},
            id="a moment is its day in the ledger's zone",
        ),
        pytest.param(
            '[mappings.customerPayment]\ncustbody_gross = { from = "amount", as = "number" }',
            {"custbody_gross": "10"},
            id="an amount in major units",
        ),
        pytest.param('[mappings.customerPayment]\nmemo = "description"', {"memo": "T-shirt"}, id="a field of ours otherwise filled"),
        pytest.param('[mappings.customerPayment]\nmemo = ""', {"memo": ""}, id="a field of ours taken away"),
        pytest.param(
            '[defaults.customerPayment]\nclass = "5"\n[mappings.customerPayment]\nclass = "metadata.company_id"',
            {"class": "#77"},
            id="a mapping beats a default",
        ),
        pytest.param(
            '[defaults.customerPayment]\nclass = "5"\n[mappings.customerPayment]\nclass = "metadata.nothing"',
            {"class": "#5"},
            id="a mapping that finds nothing leaves the default",
        ),
        pytest.param(
            '[defaults.customerPayment]\nclass = "5"\n[mappings.customerPayment]\nclass = ""',
            {"class": ""},
            id="a mapping takes a default away",
        ),
        pytest.param(
            '[defaults.customerPayment]\nclass = [{ when = { currency = "eur" }, value = "1" }, { when = { "metadata.channel" = "web" }, value = "2" }, '
            '{ value = "3" }]',
            {"class": "#2"},
            id="the first choice whose conditions hold, case aside",
        ),
        pytest.param(
            '[defaults.customerPayment]\nclass = { when = { metadata = { channel = "shop" } }, value = "1" }',
            {"class": ""},
            id="no choice fits",
        ),
    ],
)
def test_a_payment_is_filled(toml: str, expected: dict[str, str]) -> None:
    found = fields_of(plan_page(SOLD, filled(toml)), "customerPayment ch_1")
    assert {name: found.get(name, "") for name in expected} == expected


def test_each_record_of_a_plan_is_filled_from_its_own_object() -> None:
    """Whichever event brings the invoice, it is filled the same."""
    settings = filled(
        '[mappings.invoice]\ncustbody_of = "id"\n[mappings.customerPayment]\ncustbody_of = "id"\n[mappings.customer]\ncustentity_of = "id"'
    )
    of_charge, of_refund = plan_page(invoiced(), settings), plan_page(refunds(invoiced(), refund("1.00")), settings)
    for text in (of_charge, of_refund):
        assert fields_of(text, "invoice in_1")["custbody_of"] == "in_1"
        assert fields_of(text, "customerPayment ch_1")["custbody_of"] == "ch_1"
        assert fields_of(text, "customer cus_1")["custentity_of"] == "cus_1"


def test_the_second_record_of_an_object_is_filled_from_it_too_and_a_refund_may_look_at_its_charge() -> None:
    settings = filled(
        '[mappings.creditMemo]\ncustbody_why = "reason"\n[mappings.customerRefund]\ncustbody_channel = "charge.metadata.channel"'
    )
    text = plan_page(refunds(invoiced("10.00", metadata={"channel": "web"}), refund("10.00")), settings)
    assert fields_of(text, "creditMemo re_1-memo")["custbody_why"] == "requested_by_customer"
    assert fields_of(text, "customerRefund re_1")["custbody_channel"] == "web"


def test_what_stands_for_no_object_gets_defaults_alone() -> None:
    settings = filled('[defaults.customer]\ncategory = "9"\n[mappings.customer]\ncustentity_id = "id"')
    found = fields_of(plan_page(charge(), settings), "customer stripe-unallocated")
    assert (found["category"], "custentity_id" in found) == ("#9", False)


def items(text: str) -> list[str]:
    return [each.strip() for each in text.splitlines() if each.startswith("  item  ")]


def test_lines_are_filled_each_from_its_own() -> None:
    settings = filled(
        '[defaults.invoice.item]\ndepartment = "2"\n[mappings.invoice.item]\ncustcol_sku = "price.metadata.sku"\ndescription = "metadata.said"'
    )
    bill = invoice(
        line("60.00", of=price(metadata={"sku": "A"}), taxes=[tax("5.00")]),
        line("40.00", of=price("price_2"), metadata={"said": "Set-up"}),
        total="105.00",
    )
    assert items(plan_page(bill, settings)) == [
        "item             item serviceSaleItem price_1  amount 60.00 USD  description Pro plan, November  department #2  custcol_sku A",
        "item             item serviceSaleItem price_2  amount 40.00 USD  description Set-up  department #2",
        "item             item serviceSaleItem txr_1  amount 5.00 USD  description Sales Tax 8.25%  department #2",
    ]


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("UTC", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "custcol_from 2026-11-01  custcol_to 2026-11-30"),
        (
            "Asia/Tokyo",
            datetime(2026, 10, 31, 15, tzinfo=UTC),
            datetime(2026, 11, 30, 15, tzinfo=UTC),
            "custcol_from 2026-11-01  custcol_to 2026-11-30",
        ),
        ("UTC", at(2), at(2), "custcol_from 2026-11-02  custcol_to 2026-11-02"),
    ],
    ids=["the end is inclusive", "in the ledger's zone", "a moment is one day"],
)
def test_a_line_names_its_service_period(zone: str, start: datetime, end: datetime, expected: str) -> None:
    settings = replace(SETTINGS, time_zone=ZoneInfo(zone), service_start_field="custcol_from", service_end_field="custcol_to")
    (said,) = items(plan_page(invoice(line("10.00", period_start=start, period_end=end), total="10.00"), settings))
    assert said.endswith(expected)


def test_the_subsidiary_is_that_of_the_first_rule_that_fits() -> None:
    rules = (Choice(Internal("3"), when=(("metadata.region", "eu"),)), Choice(Internal("4"), when=(("currency", "usd"),)))
    settings = replace(SETTINGS, subsidiary="1", subsidiaries=rules)
    assert fields_of(plan_page(customer(metadata={"region": "EU"}), settings), "customer cus_1")["subsidiary"] == "#3"
    assert fields_of(plan_page(customer(), settings), "customer cus_1")["subsidiary"] == "#4"
    assert fields_of(plan_page(customer(currency="gbp"), settings), "customer cus_1")["subsidiary"] == "#1"
    owed = payout("-5.00", moved("-5.00", category="refund", source="re_1"))
    assert fields_of(plan_page(owed, replace(settings, payouts_on_invalid="hold")), "journalEntry po_1")["subsidiary"] == "#4"


HOME = Address("1 Analytical Way", "", "London", "", "N1", "GB")
PERSONAL = ("Ada", "Lovelace", "ada@example.com", "+44", "Analytical")


@pytest.mark.parametrize("as_person", [False, True])
def test_without_personal_data_no_name_e_mail_phone_or_address_is_written(as_person: bool) -> None:
    mapping = '[mappings.customer]\ncustentity_mail = "email"\n[mappings.customerPayment]\ncustbody_who = "customer.name"\ncustbody_of = "customer.id"'
    settings = filled(mapping, replace(SETTINGS, personal_data="none", customers_as_person=as_person, customers_update=("email", "name")))
    ada = customer(phone="+44 1", address=HOME)
    for given in (ada, charge(of=ada), invoice(line("1.00"), total="1.00", of=ada)):
        text = plan_page(given, settings)
        assert not [word for word in PERSONAL if word in text]
        assert fields_of(text, "customer cus_1")["company_name"] == "cus_1"
        assert "amend" not in text
    assert fields_of(plan_page(charge(of=ada), settings), "customerPayment ch_1")["custbody_of"] == "cus_1"
    assert "Stripe Unallocated Charges" in plan_page(charge(), settings)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[mappings.customerPayment]\nclass = "metadata.channel"', "metadata.channel of ch_1 is no internal id"),
        ('[mappings.customerPayment]\ncustbody_at = { from = "metadata.channel", as = "date" }', "metadata.channel of ch_1 is no date"),
        ('[mappings.customerPayment]\ncustbody_n = { from = "metadata.channel", as = "number" }', "metadata.channel of ch_1 is no number"),
        (
            '[mappings.customerPayment]\ncustbody_b = { from = "metadata.channel", as = "boolean" }',
            "metadata.channel of ch_1 is no boolean",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_path_and_not_repeated(toml: str, message: str) -> None:
    with pytest.raises(CannotSync) as stop:
        plan_page(SOLD, filled(toml))
    assert (stop.value.failed.kind, stop.value.failed.message) == (Kind.REFUSED, message)


@pytest.mark.parametrize(
    ("toml", "where", "message"),
    [
        ("[defaults.purchaseOrder]\nclass = 1", ("defaults", "purchaseOrder"), "is no record that we write"),
        ("[defaults.invoice]\nclas = 1", ("defaults", "invoice", "clas"), "is no field of invoice that settings may fill"),
        ("[defaults.invoice]\ncustentity_x = 1", ("defaults", "invoice", "custentity_x"), "nor a custom one"),
        ("[defaults.invoice]\ntotal = 1", ("defaults", "invoice", "total"), "is no field of invoice"),
        ("[defaults.invoice.item]\ncustbody_x = 1", ("defaults", "invoice", "item", "custbody_x"), "is no field of invoice lines"),
        ('[defaults.invoice]\nclass = "Retail"', ("defaults", "invoice", "class"), "takes an internal id, or an externalId"),
        ('[defaults.invoice]\nstartDate = "soon"', ("defaults", "invoice", "startDate"), "takes a date"),
        ('[mappings.invoice]\nmemo = "metadata"', ("mappings", "invoice", "memo"), "'metadata' is no path"),
        ('[mappings.invoice]\nmemo = "lines.id"', ("mappings", "invoice", "memo"), "'lines.id' is no path"),
        ('[mappings.invoice]\nmemo = "customer.shoe_size"', ("mappings", "invoice", "memo"), "'customer.shoe_size' is no path"),
        ('[mappings.invoice]\nmemo = { from = "number", form = "date" }', ("mappings", "invoice", "memo"), "has form"),
        ('[mappings.invoice]\nmemo = { from = "number", value = "x" }', ("mappings", "invoice", "memo"), "either from (a path) or value"),
        ('[mappings.invoice]\nmemo = { from = "number", as = "colour" }', ("mappings", "invoice", "memo"), "as is one of text, number"),
        ('[mappings.invoice]\nmemo = { when = { colour = "red" }, value = "x" }', ("mappings", "invoice", "memo"), "'colour' is no path"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_place(toml: str, where: tuple[str, ...], message: str) -> None:
    given: dict[str, Any] = tomllib.loads(toml)
    ((found, said),) = field_rule_problems(given.get("defaults", {}), given.get("mappings", {}))
    assert found == where
    assert message in said


@pytest.mark.parametrize("given", [SOLD, customer(), price(), invoiced(), payout("1.00", moved("1.00"))])
def test_without_such_settings_a_plan_stays_as_it_is(given: Snapshot) -> None:
    assert plan_page(given, replace(SETTINGS, fields=())) == plan_page(given, filled("[defaults.creditMemo]\nclass = 1"))


def test_custom_fields_and_columns_stand_in_netsuite() -> None:
    settings = filled(
        '[mappings.invoice]\ncustbody_channel = "metadata.channel"\n[mappings.invoice.item]\ncustcol_service_start = { from = "period_start", as = "date" }\n[mappings.customer]\ncustentity_stripe_id = "id"'
    )
    world = World(("in_1", invoice(line("10.00", period_start=at(1)), total="10.00", metadata={"channel": "web"})))
    sync = replace(world.sync, settings=settings)
    sync.event(event("invoice.finalized", "in_1"))
    (held,) = world.netsuite.records("invoice")
    assert (held.fields["custbody_channel"], str(held.fields["item"][0]["custcol_service_start"])) == ("web", "2026-11-01")
    assert world.netsuite.records("customer")[0].fields["custentity_stripe_id"] == "cus_1"
    assert not any(diff.fields for diff in sync.preview("in_1")[0].diffs)


def test_a_changed_mapping_is_brought_into_line() -> None:
    world = World(("ch_1", SOLD))
    world.sync.event(event("charge.succeeded", "ch_1"))
    mapped = replace(world.sync, settings=filled('[mappings.customerPayment]\ncustbody_channel = "metadata.channel"'))
    assert mapped.event(event("charge.succeeded", "ch_1")).outcome.writes == 1  # type: ignore[union-attr]
    assert world.netsuite.records("customerPayment")[0].fields["custbody_channel"] == "Web"
    assert mapped.event(event("charge.succeeded", "ch_1")).outcome.writes == 0  # type: ignore[union-attr]


FITTING = [
    ("text", " red ", "red"),
    ("text", True, "true"),
    ("text", False, "false"),
    ("text", usd("1.50"), "1.50"),
    ("text", Decimal("1.5000"), "1.5000"),
    ("text", Decimal("1E+3"), "1000"),
    ("text", date(2026, 11, 2), "2026-11-02"),
    ("text", at(2), "2026-11-02T12:00:00+00:00"),
    ("text", 7, "7"),
    ("number", "1.25", Decimal("1.25")),
    ("number", usd("1.50"), Decimal("1.50")),
    ("number", 7, Decimal(7)),
    ("number", "seven", None),
    ("number", "NaN", None),
    ("number", "Infinity", None),
    ("boolean", "TRUE", True),
    ("boolean", "false", False),
    ("boolean", True, True),
    ("boolean", "yes", None),
    ("reference", "42", Internal("42")),
    ("reference", "٤٢", None),
    ("reference", "INV-7", None),
    ("external_id", "retail", ByExternalId("retail")),
    ("date", "2026-11-02", date(2026, 11, 2)),
    ("date", "1793620800", date(2026, 11, 2)),
    ("date", 1793620800, date(2026, 11, 2)),
    ("date", "20261102", date(2026, 11, 2)),
    ("date", "999999999", date(2001, 9, 9)),
    ("date", at(2, 23), date(2026, 11, 2)),
    ("date", date(2026, 11, 2), date(2026, 11, 2)),
    ("date", "soon", None),
    ("date", "99999999999999999", None),
    ("date", "9" * 30, None),
]


@pytest.mark.parametrize(("form", "said", "value"), FITTING)
def test_a_value_takes_the_form_of_its_field_or_is_refused(form: Form, said: Scalar, value: object) -> None:
    choice = Choice(path="metadata.x", form=form)
    if value is not None:
        assert fitting(said, choice, "ch_1", SETTINGS) == value
        return
    with pytest.raises(CannotSync) as stopped:
        fitting(said, choice, "ch_1", SETTINGS)
    wanted = {"reference": "internal id"}.get(form, form)
    assert (stopped.value.failed.kind, stopped.value.failed.message) == (Kind.REFUSED, f"metadata.x of ch_1 is no {wanted}")


def test_a_moments_day_is_the_ledgers() -> None:
    new_york = replace(SETTINGS, time_zone=timezone(timedelta(hours=-5)))
    choice = Choice(path="metadata.x", form="date")
    assert fitting(at(2, 3), choice, "ch_1", new_york) == date(2026, 11, 1)
    assert fitting("1793577600", choice, "ch_1", new_york) == date(2026, 11, 1)


CLASS = FieldRule(RecordType.CUSTOMER_PAYMENT, "class", (Choice(Internal("5")),))
ADA = Customer("cus_1", is_person=False, currency="usd", company_name="Ada", email="ada@example.com")
SALE = CustomerPayment("ch_1", key(ADA), date(2026, 11, 2), "usd", usd("9.00"), Internal("110"))


def test_what_is_written_where_an_invoice_is_paid_already_is_filled_too() -> None:
    (command,) = mapped(Plan((Upsert(SALE, replace(SALE, memo="x")),), "Why."), SOLD, replace(SETTINGS, fields=(CLASS,))).commands
    assert isinstance(command, Upsert)
    assert [each.fields for each in (command.record, command.instead) if each] == [(("class", Internal("5")),)] * 2
    (alone,) = mapped(Plan((Upsert(SALE),), "Why."), SOLD, replace(SETTINGS, fields=(CLASS,))).commands
    assert cast(Upsert, alone).instead is None


def test_of_a_customer_that_is_brought_into_line_what_is_personal_is_left_out() -> None:
    amend = Amend(Customer("cus_1", is_person=None, currency=None, email="x", comments="cus_1"), ADA)
    needs = Require(key(SALE), "ch_1")
    none = replace(SETTINGS, personal_data="none", fields=(FieldRule(RecordType.CUSTOMER, "custentity_x", (Choice("1"),)),))
    said = mapped(Plan((amend, needs), "Why."), customer(), none).commands
    part = Customer("cus_1", is_person=None, currency=None, comments="cus_1")
    whole = Customer("cus_1", is_person=False, currency="usd", company_name="cus_1", fields=(("custentity_x", "1"),))
    assert said == (Amend(part, whole), needs)
    assert mapped(Plan((amend, needs), "Why."), customer(), replace(SETTINGS, fields=(CLASS,))).commands == (amend, needs)


LINE_CLASS = FieldRule(RecordType.INVOICE, "class", (Choice(Internal("5")),), on_lines=True)
PERIODS = replace(SETTINGS, service_start_field="startDate", service_end_field="endDate")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (at(2), at(9), "Pro plan, November  startDate 2026-11-02  endDate 2026-11-08"),
        (at(2), at(2), "Pro plan, November  startDate 2026-11-02  endDate 2026-11-02"),
        (at(2), None, "Pro plan, November"),
        (None, at(9), "Pro plan, November"),
    ],
)
def test_a_line_without_both_ends_has_no_service_period(start: datetime | None, end: datetime | None, said: str) -> None:
    text = plan_page(invoice(line("9.00", period_start=start, period_end=end), total="9.00"), PERIODS)
    assert [each.partition("description ")[2] for each in text.splitlines() if each.startswith("  item ")] == [said]


def test_lines_of_another_record_and_of_what_takes_the_invoice_back_are_not_its_lines() -> None:
    sold = line("9.00", period_start=at(2), period_end=at(9))
    void = invoice(sold, total="9.00", status="void", voided_at=at(9), amount_due=usd("9.00"), amount_paid=usd("0.00"))
    both = plan_page(void, replace(PERIODS, fields=(LINE_CLASS,)))
    found = [each.partition("description ")[2] for each in both.splitlines() if each.startswith("  item ")]
    assert found == ["Pro plan, November  startDate 2026-11-02  endDate 2026-11-08  class #5", "Pro plan, November"]


def test_the_invoice_of_a_sale_without_one_has_lines_that_no_stripe_line_stands_for() -> None:
    own = replace(PERIODS, charges_without_invoice="invoice", fields=(LINE_CLASS,))
    found = [each for each in plan_page(SOLD, own).splitlines() if each.startswith("  item ")]
    assert [each.partition("description ")[2] for each in found] == ["T-shirt  class #5"]


IN_EUROPE, ELSEWHERE = Choice(Internal("3"), when=(("metadata.region", "EU"),)), Choice(Internal("1"))
ENTRY = JournalEntry("in_1-uncollectible-reversed", date(2026, 11, 2), "usd", ())
HIS = customer(metadata={"region": "eu"})
BILLED = invoice(line("9.00"), total="9.00", of=HIS)


@pytest.mark.parametrize(
    ("record", "of", "rules", "subsidiary"),
    [
        pytest.param(ADA, HIS, (IN_EUROPE, ELSEWHERE), "3", id="the first rule that fits"),
        pytest.param(ADA, customer(), (IN_EUROPE, ELSEWHERE), "1", id="else the next"),
        pytest.param(ADA, customer(), (IN_EUROPE,), None, id="else that of the settings"),
        pytest.param(ENTRY, BILLED, (IN_EUROPE,), "3", id="an entry by its customer"),
        pytest.param(ENTRY, replace(BILLED, customer=customer(), metadata={"region": "EU"}), (IN_EUROPE,), "3", id="or by its own object"),
        pytest.param(ENTRY, replace(BILLED, customer=None), (IN_EUROPE,), None, id="which may have none"),
        pytest.param(
            ENTRY,
            replace(BILLED, customer=None, metadata={"region": "EU"}),
            (Choice(Internal("3"), when=(("metadata.region", ""),)),),
            None,
            id="nobody says nothing",
        ),
        pytest.param(replace(ADA, external_id="stripe-unallocated"), HIS, (ELSEWHERE,), None, id="what stands for no object keeps its own"),
        pytest.param(ADA, HIS, (Choice("3"),), None, id="what is no internal id is none"),
    ],
)
def test_in_which_subsidiary_a_record_stands(record: Record, of: Snapshot, rules: tuple[Choice, ...], subsidiary: str | None) -> None:
    (command,) = mapped(Plan((Upsert(record),), "Why."), of, replace(SETTINGS, subsidiaries=rules)).commands
    assert cast(Customer, cast(Upsert, command).record).subsidiary == (Internal(subsidiary) if subsidiary else None)


def test_no_other_record_has_a_subsidiary_by_rule() -> None:
    (command,) = mapped(Plan((Upsert(SALE),), "Why."), charge("9.00"), replace(SETTINGS, subsidiaries=(ELSEWHERE,))).commands
    assert command == Upsert(SALE)


PATHS = [
    ("description", "T-shirt"),
    ("customer.email", None),
    ("customer.name", None),
    ("customer.description", None),
    ("customer.metadata.name", "crm"),
    ("metadata.email", "kept"),
]


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_what_is_personal_is_mapped_nowhere_where_settings_want_none(path: str, value: str | None) -> None:
    of = charge("9.00", description="T-shirt", of=customer(description="a person", metadata={"name": "crm"}), metadata={"email": "kept"})
    rule = FieldRule(RecordType.CUSTOMER_PAYMENT, "custbody_x", (Choice(path=path),))
    for settings in (SETTINGS, replace(SETTINGS, personal_data="none")):
        (command,) = mapped(Plan((Upsert(SALE),), "Why."), of, replace(settings, fields=(rule,))).commands
        said = dict(cast(CustomerPayment, cast(Upsert, command).record).fields).get("custbody_x")
        assert said == value if settings.personal_data == "none" else said is not None


@pytest.mark.parametrize(("path", "is_kept"), [("charge.customer.email", False), ("charge.metadata.email", True)])
def test_nor_behind_a_refund(path: str, *, is_kept: bool) -> None:
    of = refunds(charge("9.00", of=customer(), metadata={"email": "kept"}), refund("9.00"))
    back = CustomerRefund("re_1", key(ADA), date(2026, 11, 2), "usd", Internal("110"))
    rule = FieldRule(RecordType.CUSTOMER_REFUND, "custbody_x", (Choice(path=path),))
    (command,) = mapped(Plan((Upsert(back),), "Why."), of, replace(SETTINGS, personal_data="none", fields=(rule,))).commands
    assert bool(cast(CustomerRefund, cast(Upsert, command).record).fields) is is_kept


def test_nor_of_the_customer_itself_but_for_its_metadata() -> None:
    rules = [FieldRule(RecordType.CUSTOMER, f"custentity_{path[-4:]}", (Choice(path=path),)) for path in ("email", "metadata.name")]
    settings = replace(SETTINGS, personal_data="none", fields=tuple(rules))
    person = Customer("cus_1", is_person=True, currency="usd", first_name="Ada", last_name="Lovelace", phone="1", comments="cus_1")
    (command,) = mapped(Plan((Upsert(person),), "Why."), customer(metadata={"name": "crm"}), settings).commands
    told = Customer("cus_1", is_person=False, currency="usd", company_name="cus_1", comments="cus_1", fields=(("custentity_name", "crm"),))
    assert command == Upsert(told)


OWN = [
    (replace(SALE, memo="mine"), "memo", Choice(None), {"memo": ""}),
    (replace(SALE, memo="mine"), "memo", Choice("x"), {"memo": "x"}),
    (SALE, "dueDate", Choice("x"), {"fields": (("dueDate", "x"),)}),
    (SALE, "class", Choice(None), {}),
    (replace(ADA, comments="cus_1"), "comments", Choice(None), {"comments": None}),
]


@pytest.mark.parametrize(("record", "name", "choice", "said"), OWN)
def test_a_field_that_the_record_has_is_replaced_or_emptied_any_other_joins(
    record: Record, name: str, choice: Choice, said: dict[str, Any]
) -> None:
    settings = replace(SETTINGS, fields=(FieldRule(record.type, name, (choice,)),))
    (command,) = mapped(Plan((Upsert(record),), "Why."), charge("9.00"), settings).commands
    assert command == Upsert(replace(record, **said))


def test_a_condition_on_what_is_not_said_wants_nothing_and_no_case_matters() -> None:
    rule = FieldRule(
        RecordType.CUSTOMER_PAYMENT,
        "class",
        (Choice(Internal("5"), when=(("metadata.vip", ""), ("status", "SUCCEEDED"))), Choice(Internal("6"))),
    )
    for metadata, said in (({}, "5"), ({"vip": "yes"}, "6")):
        (command,) = mapped(Plan((Upsert(SALE),), "Why."), charge("9.00", metadata=metadata), replace(SETTINGS, fields=(rule,))).commands
        assert cast(CustomerPayment, cast(Upsert, command).record).fields == (("class", Internal(said)),)
