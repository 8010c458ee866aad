"""Where things are kept, as the settings say it: both databases, and a password that stands nowhere it should not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.config import Embedded
from services.settings_file import BadSettings, load
from tests.services.test_cli import stripe_netsuite

SECRET_URL = "postgresql://connector:geheim@db.example/books"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        pytest.param("", "sqlite", id="nothing: a folder of the user's"),
        pytest.param("sqlite:///var/books", "sqlite", id="a folder"),
        pytest.param("postgresql://connector@db.example:5432/books?sslmode=require", "postgres", id="a database"),
        pytest.param("memory://", "memory", id="nowhere"),
    ],
)
def test_an_address_says_where_things_are_kept(url: str, kind: str) -> None:
    storage = Embedded(storage={"url": url}).storage
    assert storage.kind == kind
    assert storage.has_one_owner == (kind != "postgres")


@pytest.mark.parametrize("url", [SECRET_URL, "postgresql://db.example/books?user=connector&password=geheim"])
def test_a_password_must_not_stand_in_the_file(tmp_path: Path, url: str) -> None:
    file = tmp_path / "stripe-netsuite.toml"
    file.write_text(f'[storage]\nurl = "{url}"\n')
    with pytest.raises(BadSettings) as bad:
        load(file, ())
    assert [(problem.key, problem.line) for problem in bad.value.problems] == [("storage.url", 2)]
    assert "geheim" not in str(bad.value.problems[0])


def test_an_address_without_a_password_may_stand_there(tmp_path: Path) -> None:
    file = tmp_path / "stripe-netsuite.toml"
    file.write_text('[storage]\nurl = "postgresql://connector@db.example/books"\n')
    assert load(file, ()).storage.kind == "postgres"


def test_the_address_may_come_from_a_file_of_its_own_as_secrets_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text(SECRET_URL + "\n")
    monkeypatch.setenv("STRIPE_NETSUITE_STORAGE__URL_FILE", str(tmp_path / "url"))
    (tmp_path / "key").write_text("rk_test_1")
    monkeypatch.setenv("STRIPE_NETSUITE_STRIPE__API_KEY_FILE", str(tmp_path / "key"))
    assert load(None, ()).storage.url == SECRET_URL
    assert load(None, ()).stripe.api_key.get_secret_value() == "rk_test_1"


def test_a_database_out_of_reach_ends_the_command_with_a_sentence_and_without_the_password(tmp_path: Path) -> None:
    url = "postgresql://connector:geheim@127.0.0.1:1/books"
    done = stripe_netsuite("status", cwd=tmp_path, STRIPE_NETSUITE_STORAGE__URL=url, STRIPE_NETSUITE_INGEST__OPERATOR="127.0.0.1:1")
    assert done.returncode == 3
    assert "cannot be used" in done.stderr
    assert "geheim" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.xdist_group("postgres")
def test_without_services_the_commands_open_the_database(tmp_path: Path, postgres_url: str) -> None:
    operator = {"STRIPE_NETSUITE_INGEST__OPERATOR": "127.0.0.1:1"}
    done = stripe_netsuite("status", "--json", cwd=tmp_path, STRIPE_NETSUITE_STORAGE__URL=postgres_url, **operator)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["waiting"] == 0
