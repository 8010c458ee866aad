"""`audit`: the trail of all requests that may have changed NetSuite, checked and shown; read beside the running writer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from adapters.storage.audit import Head
from core.outcome import CannotSync
from services.cli import output
from services.cli.config import settings
from services.cli.output import Exit, Stop, console, exits, json_option, print_json
from services.wiring import audit_trail

SHOWN = ("seq", "time", "act", "record_type", "external_id", "outcome", "event_id", "request_id")


@click.group()
def audit() -> None:
    """Check or show the audit trail."""


@audit.command()
@click.option("--anchor", help="A head that an earlier check printed, as 1234:<hash>: the trail must still hold it.")
@json_option
@click.pass_obj
@exits
def verify(file: Path | None, anchor: str | None, as_json: bool) -> int:
    """Check every row; print the head, to be written down where nobody who can write the store can change it.

    Exit codes: 0 nothing is wrong, 1 the trail was tampered with, 3 it cannot be read.
    """
    try:
        known = Head.of(anchor) if anchor else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--anchor") from None
    try:
        with audit_trail(settings(file, ())) as trail:
            head, wrong = trail.head(), trail.verify(known)
    except CannotSync as stopped:
        raise Stop(f"{stopped.failed.message} {stopped.failed.remedy}", Exit.UNREACHABLE) from None
    if as_json:
        print_json({"ok": not wrong, "rows": head.seq, "head": str(head), "wrong": wrong})
    else:
        console.print(
            f"The audit trail is broken: {wrong}." if wrong else f"{head.seq} rows, nothing is wrong. Head: {head}", soft_wrap=True
        )
    return Exit.SOME_FAILED if wrong else Exit.DONE


@audit.command()
@click.argument("wanted")
@json_option
@click.pass_obj
def show(file: Path | None, wanted: str, as_json: bool) -> None:
    """Show the rows of a Stripe id, an event, a request or an externalId, oldest first."""
    try:
        with audit_trail(settings(file, ())) as trail:
            rows = [{**row, "time": datetime.fromtimestamp(row["at"] / 1e6, UTC).isoformat()} for row in trail.of(wanted)]
    except CannotSync as stopped:
        raise Stop(f"{stopped.failed.message} {stopped.failed.remedy}", Exit.UNREACHABLE) from None
    if as_json:
        print_json(rows)
        return
    made = output.table(*SHOWN)
    for row in rows:
        made.add_row(*(str(row[name]) for name in SHOWN))
    console.print(made if rows else "No such rows.")
