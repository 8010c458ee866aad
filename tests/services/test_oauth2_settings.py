"""The settings of OAuth 2.0: what is needed, and all that is wrong with the keys at once."""

from __future__ import annotations

import os
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli import main
from services.config import Config
from services.sandbox.run import Sandbox
from services.settings_file import BadSettings, Problem, load
from tests.adapters.signing_keys import ec_key, in_file, rsa_key
from tests.services.test_cli import SCRIPT, said, stripe_netsuite


def problems_of(file: Path) -> dict[str, list[Problem]]:
    with pytest.raises(BadSettings) as bad:
        load(file)
    found: dict[str, list[Problem]] = {}
    for problem in bad.value.problems:
        found.setdefault(problem.key, []).append(problem)
    return found


def settings(folder: Path, netsuite: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(f'[netsuite]\naccount = "1234567_SB1"\n{netsuite}\n')
    return file


LOG_IN = ("consumer_key", "consumer_secret", "token_id", "token_secret", "client_id", "certificate_id", "private_key_file")


@pytest.mark.parametrize(("auth", "needed"), [("tba", LOG_IN[:4]), ("oauth2", LOG_IN[4:])])
def test_each_log_in_needs_its_own_settings_only(tmp_path: Path, auth: str, needed: tuple[str, ...]) -> None:
    found = problems_of(settings(tmp_path, f'auth = "{auth}"'))
    assert {f"netsuite.{key}" for key in LOG_IN} & set(found) == {f"netsuite.{key}" for key in needed}


def test_two_certificates_may_be_given_while_they_roll(tmp_path: Path) -> None:
    old, new = in_file(tmp_path / "old.pem", rsa_key()), in_file(tmp_path / "new.pem", ec_key())
    file = settings(tmp_path, f'auth = "oauth2"\nclient_id = "c"\ncertificate_id = "one, two"\nprivate_key_file = "{old}, {new}"')
    assert not {key for key in problems_of(file) if key.startswith("netsuite.")}
    given = Config(netsuite={"certificate_id": "one, two", "private_key_file": f"{old}, {new}"}).netsuite
    assert (given.certificate_ids, given.private_key_files) == (("one", "two"), (old, new))


def test_everything_wrong_with_the_keys_is_reported_at_once_with_the_line(tmp_path: Path) -> None:
    short = in_file(tmp_path / "short.pem", rsa_key(1024))
    file = settings(
        tmp_path, f'auth = "oauth2"\nconcurrency = 0\ncertificate_id = "one"\nprivate_key_file = "{tmp_path}/none.pem, {short}"'
    )
    found = problems_of(file)
    assert {"netsuite.client_id", "netsuite.concurrency", "netsuite.private_key_file"} <= set(found)
    messages = [problem.message for problem in found["netsuite.private_key_file"]]
    assert len(messages) == 3
    for said_so in ("1 certificate id(s) and 2", "none.pem cannot be read", "1024 bits"):
        assert any(said_so in message for message in messages)
    assert {problem.line for problem in found["netsuite.private_key_file"]} == {6}


def test_the_sandboxs_own_settings_are_complete_and_the_key_is_for_this_user_alone(tmp_path: Path) -> None:
    with Sandbox(auth="oauth2") as sandbox:
        done = stripe_netsuite("config", "check", "--json", cwd=tmp_path, **sandbox.environment())
        assert said(done)["problems"] == []
        assert sandbox.private_key_file.stat().st_mode & 0o777 == 0o600
        file = sandbox.private_key_file
    assert not file.exists(), "it goes with the sandbox"


def test_the_served_sandbox_prints_settings_that_log_in_by_oauth2(tmp_path: Path) -> None:
    command = [*SCRIPT, "serve", "sandbox", "--auth", "oauth2"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_NETSUITE_")}
    environment = {**clean, "STRIPE_NETSUITE_SANDBOX__LISTEN": "127.0.0.1:0"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        lines = list(takewhile(lambda line: line != "ready", map(str.strip, serving.stdout)))
        printed = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        done = CliRunner().invoke(main, ["doctor", "--json"], env=printed)
        serving.terminate()
        assert serving.wait(20) == 0
    assert done.exit_code == 0, done.output
    assert "SANDBOX, oauth2" in done.stdout
    assert not Path(printed["STRIPE_NETSUITE_NETSUITE__PRIVATE_KEY_FILE"]).exists()
