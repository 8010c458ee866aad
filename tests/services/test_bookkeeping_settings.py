"""What the accountant may set, from the file to the rules: matches, mappings, several Stripe accounts; each mistake with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dependency_injector import providers

from adapters.stripe.accounts import AccountsReader
from adapters.stripe.api import ApiReader
from core.choices import Choice, Pair
from core.records import Internal, RecordType
from services.config import Config
from services.settings_file import BadSettings, load
from services.wiring import Ingest, Writer

COMPLETE = """
[netsuite]
account = "1234567_SB1"
[accounts]
undeposited_funds = "110"
income = "400"
payment_fees = "600"
dispute_fees = "604"
suspense = "690"
bank.usd = "101"
"""
SECRETS = {
    "STRIPE__API_KEY": "rk_test_own",
    "STRIPE__WEBHOOK_SECRETS": "whsec_own",
    "NETSUITE__CONSUMER_KEY": "a",
    "NETSUITE__CONSUMER_SECRET": "b",
    "NETSUITE__TOKEN_ID": "c",
    "NETSUITE__TOKEN_SECRET": "d",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"STRIPE_NETSUITE_{name}", value)


def settings(tmp_path: Path, more: str) -> Config:
    file = tmp_path / "stripe-netsuite.toml"
    file.write_text(COMPLETE + more)
    return load(file)


def problems(tmp_path: Path, more: str) -> dict[str, tuple[int, str]]:
    """What is wrong, by key: the line counted from the first of `more`, and the message."""
    with pytest.raises(BadSettings) as bad:
        settings(tmp_path, more)
    before = COMPLETE.count("\n")
    return {problem.key: (problem.line - before, problem.message) for problem in bad.value.problems}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"email"', (Pair("email", "email"),)),
        ('{ stripe = "metadata.crm_id", netsuite = "entityId" }', (Pair("metadata.crm_id", "entityid"),)),
        (
            '[{ stripe = "metadata.crm_id", netsuite = "custentity_crm" }, "email"]',
            (Pair("metadata.crm_id", "custentity_crm"), Pair("email", "email")),
        ),
        ("[]", ()),
    ],
)
def test_matches_are_a_word_a_pair_or_several(tmp_path: Path, given: str, expected: tuple[Pair, ...]) -> None:
    assert settings(tmp_path, f"[customers]\nmatch = {given}\n").rules().customers_match == expected


@pytest.mark.parametrize(
    ("more", "key", "line", "message"),
    [
        ('[customers]\nmatch = "shoe_size"\n', "customers.match", 2, "'shoe_size' is no path of Stripe's object"),
        (
            '[customers]\nmatch = { stripe = "email", netsuite = "isinactive" }\n',
            "customers.match",
            2,
            "NetSuite is not searched by 'isinactive'",
        ),
        ('[customers]\nupdate = ["shoe_size"]\n', "customers.update.0", 1, "Input should be 'name', 'email'"),
        ('[ledger]\n\nstart_date = "soon"\n', "ledger.start_date", 3, "a date is wanted, as 2026-01-01"),
        ('[periods]\ninvoice = "journal"\ncash_sale = "journal"\n', "periods.cash_sale", 3, "no journal entry can stand for cash_sale"),
        ('[periods]\ndeposit = "journal"\n', "periods.deposit", 2, "possible for invoice, customer_payment, credit_memo and journal_entry"),
        ('[periods]\ndefault = "journal"\n', "periods.default", 2, "the default is hold or next_open"),
        ('[invoices]\nservice_start_field = "startDate"\n', "invoices.service_start_field", 2, "String should match pattern"),
        ('[defaults.invoice]\nmemo = "x"\nclas = 5\n', "defaults.invoice.clas", 3, "is no field of invoice"),
        ('[mappings.invoice.item]\ncustcol_a = "price.colour"\n', "mappings.invoice.item.custcol_a", 2, "'price.colour' is no path"),
        ("[mappings.bill]\nmemo = 1\n", "mappings.bill", 1, "is no record that we write"),
        ('[[subsidiaries]]\nwhen = { colour = "red" }\nsubsidiary = "3"\n', "subsidiaries", 1, "'colour' is no path"),
        (
            '[stripe_accounts.acct_1]\napi_key = "sk_live_never"\n',
            "stripe_accounts.acct_1.api_key",
            2,
            "is a secret and must not stand in the file",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, more: str, key: str, line: int, message: str) -> None:
    found = problems(tmp_path, more)
    assert list(found) == [key]
    assert found[key][0] == line
    assert message in found[key][1]
    assert "sk_live_never" not in str(found)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "[defaults.invoice]\nclas = 1\nmemmo = 2\n[mappings.bill]\nmemo = 1\n")) == 3


def test_what_is_set_reaches_the_rules(tmp_path: Path) -> None:
    rules = settings(
        tmp_path,
        '[ledger]\nstart_date = 2026-03-01\n[stripe]\nrequire_allow = true\n[charges]\nallow_duplicate = true\n[customers]\nupdate = ["email"]\n'
        '[invoices]\nservice_end_field = "custcol_end"\n[privacy]\npersonal_data = "none"\n[defaults.deposit]\nclass = "5"\n'
        '[[subsidiaries]]\nwhen = { "metadata.region" = "eu" }\nsubsidiary = "3"\n',
    ).rules()
    assert (rules.start_date, rules.require_allow, rules.charges_allow_duplicate) == (date(2026, 3, 1), True, True)
    assert (rules.customers_update, rules.service_end_field, rules.personal_data) == (("email",), "custcol_end", "none")
    assert rules.subsidiaries == (Choice(Internal("3"), when=(("metadata.region", "eu"),)),)
    assert [(rule.record, rule.field, rule.choices[0].value) for rule in rules.fields] == [(RecordType.DEPOSIT, "class", Internal("5"))]


SEVERAL = """
[stripe_accounts.acct_Eu1]
name = "eu"
subsidiary = "3"
accounts.undeposited_funds = "111"
accounts.bank.eur = "102"
[stripe_accounts.acct_2]
name = "us"
"""


def test_a_stripe_account_says_what_differs_and_the_rest_is_common(tmp_path: Path) -> None:
    config = settings(tmp_path, SEVERAL)
    own = config.rules_by_account()
    assert list(own) == ["acct_Eu1"]
    accounts = own["acct_Eu1"].accounts
    assert (own["acct_Eu1"].subsidiary, accounts.undeposited_funds, accounts.income) == ("3", "111", "400")
    assert dict(accounts.bank) == {"usd": "101", "eur": "102"}
    assert config.rules().accounts.undeposited_funds == "110"


def test_an_accounts_secrets_come_from_the_environment_and_its_webhook_and_reader_use_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_NETSUITE_STRIPE_ACCOUNTS__ACCT_EU1__API_KEY", "rk_test_eu")
    monkeypatch.setenv("STRIPE_NETSUITE_STRIPE_ACCOUNTS__ACCT_EU1__WEBHOOK_SECRETS", "whsec_eu, whsec_eu2")
    config = settings(tmp_path, SEVERAL)
    assert set(config.stripe_accounts) == {"acct_Eu1", "acct_2"}
    endpoints = Ingest(config=providers.Object(config)).endpoints()
    assert {name: (each.account, each.secrets) for name, each in endpoints.items()} == {
        "": ("", ("whsec_own",)),
        "eu": ("acct_Eu1", ("whsec_eu", "whsec_eu2")),
        "us": ("acct_2", ("whsec_own",)),
    }
    reader = Writer(config=providers.Object(config)).stripe()
    assert isinstance(reader, AccountsReader)
    reader.close()


def test_with_one_key_there_is_one_reader(tmp_path: Path) -> None:
    reader = Writer(config=providers.Object(settings(tmp_path, SEVERAL))).stripe()
    assert isinstance(reader, ApiReader)
    reader.close()


def test_the_writer_has_the_settings_of_each_account_and_ingest_what_they_opt_in_to(tmp_path: Path) -> None:
    config = settings(tmp_path, SEVERAL + '[customers]\nupdate = ["email"]\n[storage]\nurl = "memory://"\n')
    use_case = Writer(config=providers.Object(config)).use_case()
    assert use_case.settings_for("acct_Eu1").subsidiary == "3"
    assert use_case.settings_for("acct_2") == use_case.settings_for("") == config.rules()
    reasons = Ingest(config=providers.Object(config)).reasons()
    assert (reasons("customer.updated"), bool(reasons("customer.deleted"))) == ("", True)
