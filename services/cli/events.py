"""`events`: what ingest has stored, where each stands, and an operator's retry and skip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from core.inbox import Attempt, EventState
from services.cli import output
from services.cli.config import settings
from services.cli.output import Exit, Stop, console, exits, json_option, print_json
from services.cli.reach import inbox
from services.cli.words import attempt_json, attempt_text, event_json, why

STATES = [str(state) for state in EventState]


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice(STATES), help="Only events in this state.")
@click.option("--type", "event_type", default="", help="Only events of this type.")
@click.option("--most", default=100, show_default=True, help="At most so many.")
@json_option
@click.pass_context
def events(context: click.Context, state: str | None, event_type: str, most: int, as_json: bool) -> None:
    """List stored events, newest first; or show, retry or skip some."""
    if context.invoked_subcommand is None:
        show_list(context.obj, state, event_type, most, as_json=as_json)


@events.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only events in this state.")
@click.option("--type", "event_type", default="", help="Only events of this type.")
@click.option("--most", default=100, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_(file: Path | None, state: str | None, event_type: str, most: int, as_json: bool) -> None:
    """List stored events, newest first."""
    show_list(file, state, event_type, most, as_json=as_json)


def show_list(file: Path | None, state: str | None, event_type: str, most: int, *, as_json: bool) -> None:
    with inbox(settings(file, ())) as operator:
        found = operator.list(EventState(state) if state else None, event_type, most)
    if as_json:
        print_json([event_json(stored) for stored in found])
        return
    made = output.table("event", "type", "object", "state", "why")
    for stored in found:
        made.add_row(stored.event.id, stored.event.type, stored.event.subject_id, str(stored.state), why(stored))
    console.print(made if found else "No such events.")


@events.command()
@click.argument("event_id")
@json_option
@click.pass_obj
@exits
def show(file: Path | None, event_id: str, as_json: bool) -> int:
    """Show one event, what became of it, and each try of its object."""
    with inbox(settings(file, ())) as operator:
        stored, attempts = operator.find(event_id), operator.attempts(event_id)
    if stored is None:
        raise Stop(f"no event {event_id} is stored", Exit.SOME_FAILED)
    if as_json:
        print_json(event_json(stored) | {"tries": [attempt_json(attempt) for attempt in attempts]})
    else:
        made = output.table("", "")
        for name, value in event_json(stored).items():
            if name != "failed" and value not in (None, ""):
                made.add_row(name, str(value))
        for name, value in (event_json(stored)["failed"] or {}).items():
            if value not in (None, "", 0):
                made.add_row(f"failed {name}", str(value))
        console.print(made)
        if attempts:
            console.print(_tries(attempts))
    return Exit.SOME_FAILED if stored.state is EventState.FAILED else Exit.DONE


def _tries(attempts: Sequence[Attempt]) -> Table:
    made = output.table("try", "token", "began", "took", "with", "how it ended")
    for tried in attempts:
        took = f"{(tried.ended_at - tried.started_at).total_seconds():.1f} s" if tried.ended_at else ""
        made.add_row(
            str(tried.number), str(tried.token), tried.started_at.isoformat(), took, ", ".join(tried.handed_on), attempt_text(tried)
        )
    return made


@events.command()
@click.argument("event_ids", nargs=-1)
@click.option("--failed", "all_failed", is_flag=True, help="Every failed event.")
@json_option
@click.pass_obj
def retry(file: Path | None, event_ids: tuple[str, ...], all_failed: bool, as_json: bool) -> None:
    """Make events due again now: those named, or every failed one."""
    if bool(event_ids) == all_failed:
        raise click.UsageError("name events, or say --failed")
    with inbox(settings(file, ())) as operator:
        retried = operator.retry_now(None if all_failed else list(event_ids))
    print_json({"retried": retried}) if as_json else console.print(f"{retried} event(s) are due again.")


@events.command()
@click.argument("event_ids", nargs=-1, required=True)
@click.option("--because", required=True, help="Why they need no sync; kept with them.")
@json_option
@click.pass_obj
def skip(file: Path | None, event_ids: tuple[str, ...], because: str, as_json: bool) -> None:
    """Settle open or failed events without syncing them."""
    if not because.strip():
        raise click.UsageError("--because needs a reason")
    with inbox(settings(file, ())) as operator:
        skipped = operator.skip(list(event_ids), because.strip())
    print_json({"skipped": skipped}) if as_json else console.print(f"{skipped} event(s) are skipped.")
