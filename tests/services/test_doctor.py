"""The doctor, over real sockets: what it finds in a sound set-up and in broken ones, what it says to mend, and that it writes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.charts import ONE_WORLD_CHART
from services.cli import main
from services.config import Embedded
from services.doctor.check import Check, Grade, is_healthy
from services.doctor.examine import examine
from services.sandbox.netsuite import NetSuiteApp, netsuite_app
from services.sandbox.run import Sandbox
from services.sandbox.stripe.app import stripe_app
from services.sandbox.stripe.faults import Fault, Faults
from services.sandbox.stripe.world import World
from services.settings_file import Problem
from tests.services.loopback import served
from tests.services.test_cli import stripe_netsuite


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@contextmanager
def netsuite(app: NetSuiteApp, sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """The sandbox's settings, with another NetSuite."""
    with served(app) as address:
        yield merged(sandbox.settings(), netsuite={"base_url": address})


def merged(settings: Mapping[str, Any], **changes: dict[str, Any]) -> dict[str, Any]:
    return {name: {**settings.get(name, {}), **changes.get(name, {})} for name in {*settings, *changes}}


def findings(settings: Mapping[str, Any], *problems: Problem) -> dict[str, Check]:
    return {f"{check.side}: {check.name}": check for check in examine(Embedded(**settings), problems)}


def not_ok(found: Mapping[str, Check]) -> dict[str, Grade]:
    return {name: check.grade for name, check in found.items() if check.grade is not Grade.OK}


def test_a_sound_set_up_has_nothing_wrong_and_nothing_is_written(sandbox: Sandbox) -> None:
    found = findings(sandbox.settings())
    assert not_ok(found) == {"Stripe: stripe.api_key": Grade.WARNING}, "a key with all rights is more than is needed"
    assert is_healthy(list(found.values()))
    assert {
        "NetSuite: log-in",
        "NetSuite: clock",
        "NetSuite: accounts.income",
        "NetSuite: accounts.bank.usd",
        "NetSuite: posting period",
    } <= set(found)
    assert found["Stripe: right charge_read: charges"].message == "can be read"
    assert found["NetSuite: netsuite.concurrency"].message == "4 of the 5 that the account allows"
    assert not [call for call in sandbox.netsuite_app.calls.calls() if call.mutating]


def doctor(*args: str, **environment: str) -> Result:
    """The command in this process, with these variables."""
    return CliRunner().invoke(main, ["doctor", *args], env=environment)


def test_for_people_it_is_a_table_and_for_scripts_one_document(sandbox: Sandbox, tmp_path: Path) -> None:
    table = stripe_netsuite("doctor", cwd=tmp_path, **sandbox.environment())
    assert (table.returncode, table.stderr) == (0, "")
    assert "what to mend" in table.stdout
    assert "0 wrong" in table.stdout
    done = doctor("--json", **sandbox.environment())
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert {tuple(check) for check in told["checks"]} == {("side", "name", "grade", "message", "remedy", "reached")}
    assert "sk_test_sandbox" not in done.stdout + table.stdout


def test_with_oauth2_it_is_sound_too() -> None:
    with Sandbox(auth="oauth2") as sandbox:
        found = findings(sandbox.settings())
    assert not_ok(found) == {"Stripe: stripe.api_key": Grade.WARNING}
    assert found["NetSuite: log-in"].message == "SANDBOX, oauth2"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        pytest.param("STRIPE__API_KEY", "rk_test_other", "stripe.api_key", id="a key that Stripe does not know"),
        pytest.param("STRIPE__WEBHOOK_SECRETS", "", "stripe.webhook_secrets", id="no webhook secret"),
        pytest.param("NETSUITE__TOKEN_SECRET", "other", "log-in", id="a wrong token secret"),
        pytest.param("NETSUITE__ACCOUNT", "", "netsuite.account", id="no account"),
        pytest.param("ACCOUNTS__INCOME", "99999", "accounts.income", id="an account that does not exist"),
    ],
)
def test_a_broken_setting_is_named_with_what_to_mend_and_the_exit_code_is_1(sandbox: Sandbox, variable: str, value: str, name: str) -> None:
    done = doctor("--json", **{**sandbox.environment(), f"STRIPE_NETSUITE_{variable}": value})
    assert done.exit_code == 1, done.stderr
    wrong = {check["name"]: check for check in json.loads(done.stdout)["checks"] if check["grade"] == "wrong"}
    assert wrong[name]["remedy"]


@pytest.mark.parametrize("variable", ["NETSUITE__BASE_URL", "STRIPE__API_BASE"])
def test_a_side_that_cannot_be_reached_ends_with_exit_code_3(sandbox: Sandbox, variable: str) -> None:
    done = doctor("--json", **{**sandbox.environment(), f"STRIPE_NETSUITE_{variable}": "http://127.0.0.1:9"})
    assert done.exit_code == 3
    assert not all(check["reached"] for check in json.loads(done.stdout)["checks"])


def test_settings_that_cannot_be_read_end_with_exit_code_2() -> None:
    assert doctor(STRIPE_NETSUITE_NETSUITE__CONCURRENCY="0").exit_code == 2


def test_a_missing_right_of_the_key_is_named_and_the_others_are_looked_at(sandbox: Sandbox) -> None:
    faults = Faults()
    message = "The provided key 'rk_test_***' does not have the required permissions for this endpoint. Having the 'rak_payout_read' permission would allow it."
    faults.script(Fault("/v1/payouts", 403, code="", message=message))
    with served(stripe_app(World(1), "rk_test_narrow", faults)) as address:
        found = findings(merged(sandbox.settings(), stripe={"api_base": address, "api_key": "rk_test_narrow"}))
    assert not_ok(found) == {"Stripe: right payout_read: payouts": Grade.WRONG}
    assert "payout_read" in found["Stripe: right payout_read: payouts"].remedy


class Narrow:
    """A NetSuite whose role may not see records of one type."""

    def __init__(self, app: NetSuiteApp, record_type: str) -> None:
        self._app, self._path = app, f"/services/rest/record/v1/{record_type}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        detail = {"detail": "Your current role does not have permission to perform this action.", "o:errorCode": "USER_ERROR"}
        await JSONResponse({"title": "Bad Request", "status": 400, "o:errorDetails": [detail]}, 400)(scope, receive, send)


def test_a_right_that_the_role_lacks_is_named_and_the_rest_is_looked_at(sandbox: Sandbox) -> None:
    with served(Narrow(netsuite_app(NetSuite()), "customerRefund")) as address:
        found = findings(merged(sandbox.settings(), netsuite={"base_url": address}))
    assert not_ok(found) == {"Stripe: stripe.api_key": Grade.WARNING, "NetSuite: right: customerRefund": Grade.WRONG}
    assert "permission" in found["NetSuite: right: customerRefund"].remedy


def test_a_connected_account_that_the_key_may_not_read_is_named(sandbox: Sandbox) -> None:
    found = findings(merged(sandbox.settings(), stripe_accounts={"acct_other": {"name": "eu"}}))
    assert found["Stripe: stripe_accounts.acct_other"].grade is Grade.WRONG


@pytest.mark.parametrize(
    ("account", "value", "grade"),
    [
        pytest.param("undeposited_funds", "400", Grade.WRONG, id="undeposited funds that is an income account"),
        pytest.param("receivable", "110", Grade.WRONG, id="receivables that are none"),
        pytest.param("suspense", "120", Grade.WRONG, id="a suspense account that no deposit may post to"),
        pytest.param("payment_fees", "400", Grade.WARNING, id="fees on an income account"),
        pytest.param("tax_payable", "600", Grade.WARNING, id="tax on an expense account"),
        pytest.param("receivable", "120", Grade.OK, id="receivables"),
    ],
)
def test_an_account_of_a_type_that_does_not_fit_is_found(sandbox: Sandbox, account: str, value: str, grade: Grade) -> None:
    found = findings(merged(sandbox.settings(), accounts={account: value}))[f"NetSuite: accounts.{account}"]
    assert found.grade is grade
    assert value in found.message


def test_a_bank_account_of_a_currency_that_netsuite_does_not_have_is_found(sandbox: Sandbox) -> None:
    found = findings(merged(sandbox.settings(), accounts={"bank": {"usd": "101", "xxx": "102"}}))
    assert found["NetSuite: currencies"].grade is Grade.WRONG
    assert "xxx" in found["NetSuite: currencies"].message


@pytest.mark.parametrize(
    ("subsidiary", "grade"), [("", Grade.WRONG), ("9", Grade.WRONG), ("2", Grade.OK)], ids=["none", "one that is not there", "one that is"]
)
def test_a_oneworld_account_needs_a_subsidiary(sandbox: Sandbox, subsidiary: str, grade: Grade) -> None:
    with netsuite(netsuite_app(NetSuite(ONE_WORLD_CHART)), sandbox) as settings:
        found = findings(merged(settings, ledger={"subsidiary": subsidiary}))["NetSuite: ledger.subsidiary"]
    assert found.grade is grade


def test_what_a_stripe_account_has_of_its_own_is_looked_at_too(sandbox: Sandbox) -> None:
    own = {"api_key": "sk_test_sandbox", "subsidiary": "9", "accounts": {"payment_fees": "12345", "bank": {"eur": "400"}}}
    rules = ({"when": {"currency": "eur"}, "subsidiary": "8"},)
    with netsuite(netsuite_app(NetSuite(ONE_WORLD_CHART)), sandbox) as settings:
        found = findings({**merged(settings, ledger={"subsidiary": "1"}, stripe_accounts={"acct_2": own}), "subsidiaries": rules})
    assert not_ok(found) == {
        "Stripe: stripe.api_key": Grade.WARNING,
        "NetSuite: stripe_accounts.acct_2.accounts.payment_fees": Grade.WRONG,
        "NetSuite: stripe_accounts.acct_2.accounts.bank.eur": Grade.WRONG,
        "NetSuite: stripe_accounts.acct_2.subsidiary": Grade.WRONG,
        "NetSuite: subsidiaries, rule 1": Grade.WRONG,
    }
    assert found["Stripe: stripe_accounts.acct_2"].message == "can be read"


def test_any_other_account_needs_none(sandbox: Sandbox) -> None:
    assert findings(sandbox.settings())["NetSuite: ledger.subsidiary"].grade is Grade.OK
    found = findings(merged(sandbox.settings(), ledger={"subsidiary": "1"}))["NetSuite: ledger.subsidiary"]
    assert found.grade is Grade.WARNING


def test_a_closed_period_is_a_warning_with_the_first_open_day(sandbox: Sandbox) -> None:
    today = date.today()
    sandbox.netsuite.set_period(f"{today:%Y-%m}", is_open=False)
    found = findings(sandbox.settings())["NetSuite: posting period"]
    assert found.grade is Grade.WARNING
    assert f"{(today.replace(day=28) + timedelta(days=4)).replace(day=1)}" in found.message


@pytest.mark.parametrize(
    ("off_s", "grade"),
    [(0, Grade.OK), (-120, Grade.WARNING), (120, Grade.WARNING), (600, Grade.WRONG)],
    ids=["none", "behind", "ahead", "far"],
)
def test_a_clock_that_is_off_is_found_by_the_date_of_the_answer(off_s: int, grade: Grade) -> None:
    from adapters.netsuite.account import AccountInfo
    from adapters.netsuite.transport import Endpoint, HttpTransport
    from services.doctor.netsuite_side import NetSuiteSide
    from tests.contracts.test_netsuite_books import CREDENTIALS

    with served(netsuite_app(NetSuite())) as address:
        transport = HttpTransport(Endpoint.of("SANDBOX", address), CREDENTIALS)
        info = AccountInfo(transport, now=lambda: time.time() + off_s)
        info.currencies()
        [found] = NetSuiteSide(Embedded(), info, None, date.today())._clock()  # type: ignore[arg-type]
        transport.close()
    assert found.grade is grade


def test_when_the_log_in_is_refused_the_clock_is_looked_at_all_the_same(sandbox: Sandbox) -> None:
    found = findings(merged(sandbox.settings(), netsuite={"token_secret": "other"}))
    assert [name for name in found if name.startswith("NetSuite")] == ["NetSuite: log-in", "NetSuite: clock"]


def test_more_calls_at_once_than_the_account_allows_is_a_warning(sandbox: Sandbox) -> None:
    found = findings(merged(sandbox.settings(), netsuite={"concurrency": 9}))["NetSuite: netsuite.concurrency"]
    assert (found.grade, found.message) == (Grade.WARNING, "9, and the account allows 5")


@pytest.mark.parametrize(
    ("key", "account", "grade"),
    [
        ("rk_live_1", "1234567_SB1", Grade.WARNING),
        ("rk_live_1", "TSTDRV1234567", Grade.WARNING),
        ("rk_test_1", "1234567", Grade.WARNING),
        ("rk_test_1", "1234567-sb2", Grade.OK),
        ("rk_test_1", "1234567_RP", Grade.OK),
        ("rk_live_1", "1234567", Grade.OK),
    ],
)
def test_live_mode_belongs_to_a_production_account_and_test_mode_to_a_sandbox(key: str, account: str, grade: Grade) -> None:
    from services.doctor.netsuite_side import NetSuiteSide

    config = Embedded(stripe={"api_key": key}, netsuite={"account": account})
    [found] = NetSuiteSide(config, None, None, date.today())._mode()  # type: ignore[arg-type]
    assert found.grade is grade


def test_what_the_settings_lack_is_said_and_that_side_is_not_tried(sandbox: Sandbox) -> None:
    missing = Problem("netsuite.token_id", "is not set: it signs NetSuite calls")
    found = findings(sandbox.settings(), missing)
    assert found["settings: netsuite.token_id"].grade is Grade.WRONG
    assert "not tried" in found["NetSuite: log-in"].message
    assert found["Stripe: right charge_read: charges"].grade is Grade.OK
