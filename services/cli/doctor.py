"""`doctor`: are the settings complete, and do both sides let the connector do its work?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from services.cli import output
from services.cli.config import settings
from services.cli.output import Exit, console, exits, json_option, print_json
from services.doctor.check import Check, Grade, is_healthy
from services.doctor.examine import examine
from services.settings_file import BadSettings, Problem, load

STYLES = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.WRONG: "bold red"}


@click.command()
@json_option
@click.pass_obj
@exits
def doctor(file: Path | None, as_json: bool) -> int:
    """Check settings, rights and both sides; say what to mend. Reads only.

    Exit codes: 0 nothing is wrong (there may be warnings), 1 something is wrong, 3 a side cannot be reached.
    """
    config = settings(file, ())
    checks = tuple(examine(config, _missing(file)))
    if as_json:
        print_json({"ok": is_healthy(checks), "checks": [_row(check) for check in checks]})
    else:
        _show(checks)
    if not all(check.reached for check in checks):
        return Exit.UNREACHABLE
    return Exit.DONE if is_healthy(checks) else Exit.SOME_FAILED


def _missing(file: Path | None) -> tuple[Problem, ...]:
    try:
        load(file)
    except BadSettings as bad:
        return bad.problems
    return ()


def _row(check: Check) -> dict[str, object]:
    return {**asdict(check), "grade": str(check.grade)}


def _show(checks: tuple[Check, ...]) -> None:
    made = output.table("", "check", "", "found", "what to mend")
    side = ""
    for check in checks:
        made.add_row(
            "" if check.side == side else check.side, check.name, f"[{STYLES[check.grade]}]{check.grade}[/]", check.message, check.remedy
        )
        side = check.side
    console.print(made)
    counts = {grade: sum(check.grade is grade for check in checks) for grade in Grade}
    console.print(f"\n{counts[Grade.OK]} ok, {counts[Grade.WARNING]} to look at, {counts[Grade.WRONG]} wrong.")
