"""The command line as people and scripts use it: exit codes, --json, settings reported all at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click
import pytest
from click.testing import CliRunner

from core.inbox import EventState
from services.cli import main
from services.demo import Connector
from tests.stories.conftest import Start, start

__all__ = ["start"]

SCRIPT = [sys.executable, "-m", "services.cli"]


def stripe_netsuite(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_NETSUITE_")}
    return subprocess.run([*SCRIPT, *args], cwd=cwd, env={**clean, **environment}, capture_output=True, text=True, timeout=60, check=False)


def said(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_the_table_is_printed_for_people_and_as_json(tmp_path: Path) -> None:
    assert "charge.refunded" in stripe_netsuite("table", cwd=tmp_path).stdout
    rows = said(stripe_netsuite("table", "--json", cwd=tmp_path))
    assert len([row for row in rows if row["origin"] == "user"]) == 52
    assert {"type", "also", "acting", "subject", "sentence", "origin"} == set(rows[0])


@pytest.mark.parametrize("command", [["serve", "ingest"], ["serve", "writer"], ["serve", "all"], ["config", "check"]])
def test_with_settings_missing_nothing_starts_and_each_is_named(command: list[str], tmp_path: Path) -> None:
    done = stripe_netsuite(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert "STRIPE_NETSUITE_STRIPE__API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_wrong_setting_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "stripe-netsuite.toml"
    file.write_text(
        '[netsuite]\nconcurrency = 0\naccount = "12 34"\n\n[ledger]\ntime_zone = "Mars/Olympus"\n\n[stripe]\napi_key = "sk_live_never"\nkeys = 1\n'
    )
    done = stripe_netsuite("config", "check", "--json", cwd=tmp_path)
    assert done.returncode == 2
    problems = {problem["key"]: problem for problem in said(done)["problems"]}
    assert {"netsuite.concurrency", "netsuite.account", "ledger.time_zone", "stripe.api_key", "stripe.keys", "accounts.income"} <= set(
        problems
    )
    assert (problems["netsuite.concurrency"]["line"], problems["ledger.time_zone"]["line"], problems["stripe.keys"]["line"]) == (2, 6, 10)
    assert "secret" in problems["stripe.api_key"]["message"]
    assert "sk_live_never" not in done.stdout + done.stderr


def test_the_example_is_a_file_that_loads(tmp_path: Path) -> None:
    (tmp_path / "stripe-netsuite.toml").write_text(stripe_netsuite("config", "example", cwd=tmp_path).stdout)
    problems = said(stripe_netsuite("config", "check", "--json", cwd=tmp_path))["problems"]
    assert {problem["message"].split(":")[0] for problem in problems} == {"is not set"}


def test_the_schema_is_a_json_schema_of_every_section() -> None:
    for options in ([], ["--json"]):
        schema = json.loads(CliRunner().invoke(main, ["config", "schema", *options]).stdout)
        assert {"stripe", "netsuite", "accounts", "ingest", "writer", "tls"} <= set(schema["properties"])
    assert "[tls]" in json.loads(CliRunner().invoke(main, ["config", "example", "--json"]).stdout)["example"]


# What runs until it is stopped has no document to print.
RUNS_ON = {"serve"}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


def test_every_command_takes_json() -> None:
    found = dict(commands(cast("click.Group", main)))
    assert ("events", "retry") in found
    without = {
        path for path, command in found.items() if path[0] not in RUNS_ON and "as_json" not in {each.name for each in command.params}
    }
    assert without == set()


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("rk_test_1\n")
    problems = said(stripe_netsuite("config", "check", "--json", cwd=tmp_path, STRIPE_NETSUITE_STRIPE__API_KEY_FILE=str(tmp_path / "key")))[
        "problems"
    ]
    assert "stripe.api_key" not in {problem["key"] for problem in problems}


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert stripe_netsuite("dance", cwd=tmp_path).returncode == 2
    assert stripe_netsuite("events", "retry", cwd=tmp_path).returncode == 2


def test_status_says_when_no_service_can_be_reached(tmp_path: Path) -> None:
    done = stripe_netsuite(
        "status", cwd=tmp_path, STRIPE_NETSUITE_STORAGE__URL=f"sqlite:///{tmp_path}/none", STRIPE_NETSUITE_INGEST__OPERATOR="127.0.0.1:1"
    )
    assert done.returncode == 3
    assert "no ingest runs" in done.stderr


def environment(connector: Connector) -> dict[str, str]:
    """The settings of a script beside a running connector."""
    return {
        **connector.sandbox.environment(),
        "STRIPE_NETSUITE_STORAGE__URL": connector.config.storage.url,
        "STRIPE_NETSUITE_INGEST__OPERATOR": connector.config.ingest.operator,
        "STRIPE_NETSUITE_INGEST__WRITER": connector.config.ingest.writer,
    }


def test_an_operators_day_with_running_services(start: Start, tmp_path: Path) -> None:
    connector = start()
    charge = connector.sandbox.world.charges.pay(2900, customer=None, description="Web shop order")
    connector.settle()
    here = environment(connector)

    status = said(stripe_netsuite("status", "--json", cwd=tmp_path, **here))
    assert (status["waiting"], status["running"], status["failed"], status["oldest_waiting_s"]) == (0, 0, 0, None)
    assert status["synced"] >= 1

    [synced] = said(stripe_netsuite("events", "--state", "synced", "--type", "charge.succeeded", "--json", cwd=tmp_path, **here))
    assert synced["subject_id"] == charge
    shown = said(stripe_netsuite("events", "show", synced["id"], "--json", cwd=tmp_path, **here))
    assert shown["state"] == "synced"
    assert [(tried["outcome"]["state"], tried["handed_on"]) for tried in shown["tries"]] == [("synced", [synced["id"]])]

    plan = said(stripe_netsuite("plan", charge, "--json", cwd=tmp_path, **here))
    assert [diff["change"] for diff in plan["results"][0]["diffs"]] == ["unchanged", "unchanged"]
    [resynced] = said(stripe_netsuite("resync", charge, "--json", cwd=tmp_path, **here))
    assert resynced["results"][0]["outcome"] == {"state": "synced", "writes": 0}

    assert stripe_netsuite("resync", "ch_404", cwd=tmp_path, **here).returncode == 1
    assert "gone" in stripe_netsuite("plan", "ch_404", cwd=tmp_path, **here).stdout


def test_a_failed_event_is_skipped_with_a_reason(start: Start, tmp_path: Path) -> None:
    connector = start()
    connector.sandbox.world.charges.pay(2900, customer=None, metadata={"netsuite_block_integration": "true"})
    connector.settle()
    here = environment(connector)
    failed = [stored.event.id for stored in connector.inbox.list(EventState.FAILED)]
    assert failed
    shown = stripe_netsuite("events", "show", failed[0], cwd=tmp_path, **here)
    assert shown.returncode == 1
    assert "how it ended" in shown.stdout
    assert said(stripe_netsuite("events", "skip", *failed, "--because", "booked by hand", "--json", cwd=tmp_path, **here)) == {
        "skipped": len(failed)
    }
    skipped = connector.inbox.find(failed[0])
    assert skipped is not None
    assert (skipped.state, skipped.reason) == (EventState.SKIPPED, "booked by hand")


def test_handing_on_is_paused_and_resumed_with_a_word_on_why(start: Start, tmp_path: Path) -> None:
    connector = start()
    here = environment(connector)
    assert stripe_netsuite("pause", "--because", " ", cwd=tmp_path, **here).returncode == 2
    assert stripe_netsuite("pause", "--because", "x", "--account", "acct_unknown", cwd=tmp_path, **here).returncode == 2
    assert said(stripe_netsuite("pause", "--because", "the books are [closed]", "--json", cwd=tmp_path, **here)) == {"paused": "all"}
    [pause] = said(stripe_netsuite("status", "--json", cwd=tmp_path, **here))["pauses"]
    assert (pause["account"], pause["because"], pause["until"]) == (None, "the books are [closed]", None)
    assert "@" in pause["who"]
    shown = " ".join(stripe_netsuite("status", cwd=tmp_path, **here).stdout.split())
    assert "PAUSED: nothing is handed on" in shown
    assert "the books are [closed]" in shown
    assert said(stripe_netsuite("resume", "--account", "own", "--json", cwd=tmp_path, **here)) == {"resumed": 0}
    assert said(stripe_netsuite("resume", "--json", cwd=tmp_path, **here)) == {"resumed": 1}


def test_without_services_the_commands_open_the_store(start: Start, tmp_path: Path) -> None:
    connector = start()
    connector.sandbox.world.charges.pay(2900, customer=None)
    connector.settle()
    here = {**environment(connector), "STRIPE_NETSUITE_INGEST__OPERATOR": "127.0.0.1:1"}
    done = stripe_netsuite("status", "--json", cwd=tmp_path, **here)
    assert done.returncode == 3, "the running ingest holds the file alone"
    assert "another process" in done.stderr
