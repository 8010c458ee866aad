"""`config check|example|schema`: the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from services.cli.output import Exit, console, errors, exits, json_option, print_json
from services.config import Config
from services.settings_file import BOTH, BadSettings, Role, example, load


def settings(file: Path | None, roles: Sequence[Role] = BOTH) -> Config:
    """The settings for a command, or the end of it: every problem printed, exit code 2."""
    try:
        return load(file, roles)
    except BadSettings as bad:
        report(bad)
        raise SystemExit(int(Exit.WRONG_USE)) from None


def report(bad: BadSettings) -> None:
    """All problems at once, each with its key, line and variable."""
    errors.print(f"[red]error:[/] {len(bad.problems)} problem(s) in the settings ({bad.file or 'no settings file'}); nothing was started")
    for problem in bad.problems:
        errors.print(f"  {problem}", markup=False)


@click.group()
def config() -> None:
    """Check the settings, or print an example of them."""


@config.command()
@click.pass_obj
@json_option
@exits
def check(file: Path | None, as_json: bool) -> int:
    """Check all settings and report everything that is missing or wrong."""
    try:
        load(file)
    except BadSettings as bad:
        if as_json:
            rows = [{"key": each.key, "line": each.line, "message": each.message, "variable": each.variable} for each in bad.problems]
            print_json({"ok": False, "file": bad.file, "problems": rows})
        else:
            report(bad)
        return Exit.WRONG_USE
    if as_json:
        print_json({"ok": True, "file": str(file or ""), "problems": []})
    else:
        console.print("The settings are complete.")
    return Exit.DONE


@config.command("example")
@json_option
def example_(as_json: bool) -> None:
    """Print a settings file with every key, its default and a sentence."""
    print_json({"example": example()}) if as_json else click.echo(example(), nl=False)


@config.command()
@json_option
def schema(as_json: bool) -> None:  # noqa: ARG001 - one document either way
    """Print the JSON schema of the settings file; it is a JSON document with or without --json."""
    print_json(Config.model_json_schema())
