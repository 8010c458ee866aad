"""Fields that the settings fill: defaults, mappings, conditions, service periods, subsidiaries by rule, personal data left out."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.choices import Choice, Form
from core.mapping import fitting
from core.outcome import CannotSync, Kind
from core.records import ByExternalId, Internal
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
    wanted = {"reference": "internal id", "external_id": "externalId"}.get(form, form)
    assert (stopped.value.failed.kind, stopped.value.failed.message) == (Kind.REFUSED, f"metadata.x of ch_1 is no {wanted}")


def test_a_moments_day_is_the_ledgers() -> None:
    new_york = replace(SETTINGS, time_zone=timezone(timedelta(hours=-5)))
    choice = Choice(path="metadata.x", form="date")
    assert fitting(at(2, 3), choice, "ch_1", new_york) == date(2026, 11, 1)
    assert fitting("1793577600", choice, "ch_1", new_york) == date(2026, 11, 1)
