"""The settings of SOAP: what goes with it, what does not, where its WSDL comes from; and the doctor, who looks over SOAP then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.netsuite.emulator.hindrances import Hindrance, What
from services.config import Config
from services.doctor.check import Grade
from services.sandbox.run import Sandbox
from tests.services.test_doctor import findings, merged, not_ok
from tests.services.test_oauth2_settings import problems_of, settings
from tests.soap import FILE, FOLDER, needs_wsdl


def test_soap_with_oauth2_is_refused_with_the_line_and_what_to_do(tmp_path: Path) -> None:
    (problem,) = problems_of(settings(tmp_path, 'protocol = "soap"\nauth = "oauth2"'))["netsuite.auth"]
    assert problem.line == 4
    assert "token-based authentication only" in problem.message


def test_soap_needs_what_tokens_need_and_nothing_else(tmp_path: Path) -> None:
    found = problems_of(settings(tmp_path, 'protocol = "soap"'))
    assert {key for key in found if key.startswith("netsuite.")} == {
        f"netsuite.{key}" for key in ("consumer_key", "consumer_secret", "token_id", "token_secret")
    }


def test_a_wsdl_that_is_no_file_is_named_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(settings(tmp_path, f'protocol = "soap"\nwsdl = "{tmp_path}"'))["netsuite.wsdl"]
    assert (problem.line, "netsuite.wsdl itself" in problem.message) == (4, True)


def test_a_field_that_soap_does_not_have_is_told_as_the_settings_load(tmp_path: Path) -> None:
    given = '[defaults.creditMemo]\nterms = "4"\nmemo = "x"\n'
    assert "defaults.creditMemo.terms" in problems_of(settings(tmp_path, f'protocol = "soap"\n{given}'))
    assert "defaults.creditMemo.terms" not in problems_of(settings(tmp_path, given))


def test_files_are_kept_beside_sqlite_and_else_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    kept = {url: Config(storage={"url": url}).storage.files for url in ("", "sqlite:///here", "postgresql://me@host/db", "memory://")}
    own = tmp_path / "stripe-netsuite"
    assert kept == {"": own, "sqlite:///here": Path("here"), "postgresql://me@host/db": own, "memory://": own}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(protocol="soap", wsdl=FOLDER) as running:
        yield running


@needs_wsdl
@pytest.mark.xdist_group("soap")
class TestTheDoctorOverSoap:
    """The same look, through other calls."""

    def test_it_finds_a_sound_set_up_sound_and_says_that_soap_ends(self, sandbox: Sandbox, tmp_path: Path) -> None:
        given = merged(sandbox.settings(), storage={"url": f"sqlite:///{tmp_path}"})
        found = findings(given)
        assert not_ok(found) == {"Stripe: stripe.api_key": Grade.WARNING, "NetSuite: netsuite.protocol": Grade.WARNING}
        assert found["NetSuite: log-in"].message == "SANDBOX, tba, over SOAP"
        assert found["NetSuite: clock"].message == "agrees with NetSuite's"
        assert found["NetSuite: netsuite.concurrency"].message == "4 of the 5 that the account allows"
        assert found["NetSuite: accounts.income"].message == "400 Sales (Income)"
        assert {call.method for call in sandbox.netsuite_app.calls.calls()} == {
            "getServerTime",
            "getAll",
            "search",
            "getAccountGovernanceInfo",
            "getIntegrationGovernanceInfo",
        }
        assert list(tmp_path.glob("wsdl-2025_2-*/*netsuite.wsdl")), "the WSDL came from the account and is kept"

    @pytest.mark.parametrize(
        ("changes", "name", "said"),
        [
            pytest.param({"netsuite": {"token_secret": "other"}}, "NetSuite: log-in", "Invalid login attempt", id="a wrong secret"),
            pytest.param({"netsuite": {"wsdl": __file__}}, "NetSuite: log-in", "cannot be read as NetSuite's WSDL", id="no WSDL"),
            pytest.param({"accounts": {"income": "101"}}, "NetSuite: accounts.income", "(Bank)", id="a wrong type of account"),
        ],
    )
    def test_what_is_wrong_is_named(self, sandbox: Sandbox, changes: dict[str, dict[str, str]], name: str, said: str) -> None:
        given = merged(
            sandbox.settings(),
            netsuite={"wsdl": str(FILE), **changes.get("netsuite", {})},
            accounts=changes.get("accounts", {}),
        )
        found = findings(given)
        assert found[name].grade is Grade.WRONG
        assert said in found[name].message
        assert found[name].remedy

    def test_a_type_that_the_role_may_not_see_is_named(self, sandbox: Sandbox) -> None:
        sandbox.netsuite.hindrances.add(Hindrance(What.NO_PERMISSION, "deposit"))
        found = findings(merged(sandbox.settings(), netsuite={"wsdl": str(FILE)}))
        wrong = {name: check.message for name, check in found.items() if check.grade is Grade.WRONG}
        assert wrong == {"NetSuite: right: deposit": "Your current role does not have permission to perform this action."}
