"""What is not said is empty: no snapshot, record or outcome claims anything of itself. And what the settings are where nobody chose."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC
from types import ModuleType

import pytest

from core import held, inbox, intents, outcome, plan, ports, records, snapshot
from core.choices import Choice, FieldRule
from core.dating import Periods
from core.inbox import Priority
from core.intents import AMBIGUITY_WINDOW_S, RESYNC, Cause, Doubt
from core.money import Money, exponent
from core.outcome import RETRY, Failed, Ignored, Kind, Synced, weightiest
from core.records import External, RecordGroup, RecordType
from core.rules.payout_lines import ACCOUNT_BY_CATEGORY, ACCOUNT_BY_FEE
from core.settings import Accounts, Settings, TaxCode

# Every default that says something: these, and no more.
SAID = {
    "Arrival.priority": Priority.LIVE,
    "DiscountItem.non_posting": True,
    "Payout.automatic": True,
    "Payout.reconciliation_status": "completed",
}
NOTHING: tuple[object, ...] = (None, "", 0, False, ())


def defaults(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, kind in vars(module).items():
        if inspect.isclass(kind) and is_dataclass(kind) and kind.__module__ == module.__name__:
            for field in fields(kind):
                if field.default is not MISSING or field.default_factory is not MISSING:
                    yield f"{name}.{field.name}", _default(field)


def _default(field: Field[object]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


@pytest.mark.parametrize("module", [snapshot, records, held, plan, ports, intents, inbox, outcome], ids=lambda each: each.__name__)
def test_what_is_not_said_is_empty(module: ModuleType) -> None:
    says = {name: value for name, value in defaults(module) if value not in NOTHING and value != {}}
    assert says == {name: value for name, value in SAID.items() if name.split(".")[0] in vars(module)}


CHOSEN = {
    "time_zone": UTC,
    "subsidiary": "",
    "default_currency": "usd",
    "customers_policy": "per_customer",
    "customers_create_on": "event",
    "customers_as_person": False,
    "customers_entity_id": "numbered",
    "customers_add_currency": True,
    "items_policy": "per_price",
    "invoices_zero": "skip",
    "invoices_negative_lines": "rate",
    "invoices_coupons": "per_coupon",
    "invoices_uncollectible": "credit",
    "invoices_out_of_band": "",
    "tax_policy": "line_item",
    "tax_code": TaxCode("", ""),
    "tax_codes": {},
    "charges_without_invoice": "unapplied",
    "refunds_partial": "item",
    "disputes_when_won": "income_line",
    "payouts_on_invalid": "suspense",
    "payouts_manual": "transfer",
    "periods": Periods("next_open", {}),
    "start_date": None,
    "require_allow": False,
    "personal_data": "full",
    "customers_match": (),
    "customers_update": (),
    "items_match": (),
    "charges_allow_duplicate": False,
    "service_start_field": "",
    "service_end_field": "",
    "fields": (),
    "subsidiaries": (),
}


def test_what_the_settings_are_where_nobody_chose() -> None:
    settings = Settings(Accounts())
    assert {name: getattr(settings, name) for name in CHOSEN} == CHOSEN
    assert {field.name for field in fields(Settings)} == {"accounts", *CHOSEN}
    assert {getattr(Accounts(), field.name) for field in fields(Accounts) if field.name != "bank"} == {""}
    assert dict(Accounts().bank) == {}
    assert (Choice(), FieldRule(RecordType.INVOICE, "memo", ()).on_lines) == (Choice(None, "", "text", ()), False)


@pytest.mark.parametrize(
    ("settings", "touches"),
    [
        ({}, False),
        ({"fields": (FieldRule(RecordType.INVOICE, "memo", ()),)}, True),
        ({"subsidiaries": (Choice("3"),)}, True),
        ({"service_start_field": "startDate"}, True),
        ({"service_end_field": "endDate"}, True),
        ({"personal_data": "none"}, True),
    ],
)
def test_a_plan_is_gone_through_once_more_only_where_settings_name_a_field(settings: dict[str, object], *, touches: bool) -> None:
    assert Settings(Accounts(), **settings).touches_fields is touches  # type: ignore[arg-type]


WON = {"charge.dispute.closed", "charge.dispute.funds_reinstated"}


@pytest.mark.parametrize(
    ("settings", "types"),
    [
        ({}, set()),
        ({"customers_update": ("email",)}, {"customer.updated"}),
        ({"customers_update": ("email",), "customers_policy": "global"}, set()),
        ({"disputes_when_won": "reinstate"}, WON),
        ({"disputes_when_won": "reinstate", "customers_update": ("email",)}, {"customer.updated", *WON}),
    ],
)
def test_which_events_act_because_the_settings_say_so(settings: dict[str, object], types: set[str]) -> None:
    assert Settings(Accounts(), **settings).opted_in == types  # type: ignore[arg-type]


def test_settings_are_named_by_what_they_say() -> None:
    assert Settings(Accounts()).checksum == Settings(Accounts()).checksum
    assert Settings(Accounts()).checksum != Settings(Accounts(), subsidiary="3").checksum


DECIMALS = {
    0: "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf",
    2: "usd eur gbp isk ugx huf twd",
    3: "bhd jod kwd omr tnd",
}  # fmt: skip


@pytest.mark.parametrize(("decimals", "currencies"), DECIMALS.items())
def test_how_many_decimals_a_currency_has(decimals: int, currencies: str) -> None:
    assert {currency: exponent(currency) for currency in currencies.split()} == dict.fromkeys(currencies.split(), decimals)
    assert Money(12345, currencies.split(maxsplit=1)[0]).decimal.as_tuple().exponent == -decimals


RETRIED = {
    Kind.BUSY: (2, 300, 60),
    Kind.NOT_READY: (5, 3600, 200),
    Kind.REFUSED: (0, 0, 1),
    Kind.PERIOD_CLOSED: (0, 0, 1),
    Kind.MISCONFIGURED: (0, 0, 1),
    Kind.GONE: (0, 0, 1),
    Kind.AMBIGUOUS: (0, 0, 1),
    Kind.BLOCKED: (0, 0, 1),
}


def test_how_each_kind_of_failure_is_tried_again() -> None:
    assert {kind: (policy.first_s, policy.cap_s, policy.attempts) for kind, policy in RETRY.items()} == RETRIED
    assert set(RETRIED) == set(Kind)
    assert {kind for kind in Kind if Failed(kind, "what", "do").retryable} == {Kind.BUSY, Kind.NOT_READY}
    assert [kind.value for kind in Kind] == [kind.name.lower() for kind in Kind]


@pytest.mark.parametrize(("kind", "retry_after_s", "holds_all"), [(Kind.BUSY, 1, True), (Kind.BUSY, 0, False), (Kind.NOT_READY, 60, False)])
def test_a_side_that_says_when_it_has_room_again_holds_all(kind: Kind, retry_after_s: int, *, holds_all: bool) -> None:
    assert Failed(kind, "what", "do", retry_after_s=retry_after_s).holds_all is holds_all


def test_of_several_that_ended_together_the_failure_counts() -> None:
    failed = Failed(Kind.BUSY, "what", "do")
    assert weightiest([Synced(1), failed, Ignored("why")]) is failed
    assert weightiest([Ignored("why"), Synced(1)]) == Synced(1)
    assert weightiest([Ignored("why")]) == Ignored("why")


def test_a_person_who_asks_is_told_from_an_event() -> None:
    assert (Cause(RESYNC, "ch_1", "charge").by_hand, Cause("evt_1", "ch_1", "charge").by_hand) == (True, False)
    assert (RESYNC, AMBIGUITY_WINDOW_S) == ("resync", 16 * 60)


POSTS_TO = {
    "stripe_fees": "fee tax",
    "network_fees": "network_cost",
    "application_fees": "platform_earning platform_earning_refund",
    "dispute_reversals": "dispute_reversal",
    "adjustments": "other_adjustment risk_reserved_funds connect_reserved_funds payment_network_reserve_hold payment_network_reserve_release"
    " reserve_hold reserve_release topup topup_reversal payout_minimum_balance_hold payout_minimum_balance_release transfer transfer_reversal"
    " connect_collection_transfer advance advance_funding anticipation_repayment",
    "suspense": "payment_that_never_settled",
}


def test_which_account_each_row_and_each_fee_of_a_payout_posts_to() -> None:
    assert {kind: account for account, kinds in POSTS_TO.items() for kind in kinds.split()} == ACCOUNT_BY_CATEGORY
    assert ACCOUNT_BY_FEE == {
        "stripe_fee": "payment_fees",
        "tax": "payment_fees",
        "application_fee": "application_fees",
        "payment_method_passthrough_fee": "network_fees",
    }


GROUPS = {
    RecordGroup.ENTITY: "customer",
    RecordGroup.ITEM: "serviceSaleItem discountItem",
    RecordGroup.TRANSACTION: "invoice creditMemo customerPayment customerRefund cashSale cashRefund customerDeposit deposit journalEntry",
}


def test_records_by_netsuites_names_and_the_namespace_of_their_external_ids() -> None:
    names = {name: group for group, several in GROUPS.items() for name in several.split()}
    assert {record.value: External(record, "x").group for record in RecordType} == names
    assert {group.value for group in RecordGroup} == {"entity", "item", "transaction"}


@pytest.mark.parametrize(
    ("ref", "is_of"),
    [
        ("customerPayment ch_1", True),
        ("journalEntry ch_1", True),
        ("customerPayment ch_2", False),
        ("customer ch_1", False),
    ],
)
def test_a_lost_call_leaves_what_holds_its_external_id_in_doubt_whatever_its_type(ref: str, *, is_of: bool) -> None:
    cause = Cause("evt_1", "ch_1", "charge")
    doubt = Doubt(1, External(RecordType.CUSTOMER_PAYMENT, "ch_1"), cause, 0)
    assert doubt.is_of(External(RecordType(ref.split(maxsplit=1)[0]), ref.split()[1])) is is_of


def test_a_call_was_made_for_one_subject_of_one_object() -> None:
    doubt = Doubt(1, External(RecordType.CUSTOMER, "cus_1"), Cause("evt_1", "ch_1", "charge"), 0)
    others = [Cause("evt_2", "ch_1", "charge"), Cause("evt_1", "ch_2", "charge"), Cause("evt_1", "ch_1", "refunds of a charge")]
    assert [doubt.is_of_subject(cause) for cause in others] == [True, False, False]
