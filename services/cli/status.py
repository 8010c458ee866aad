"""`status`, `pause` and `resume`: the whole inbox at a glance, and its brake."""

from __future__ import annotations

import getpass
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from core.inbox import EventState, Pause, Scheduled
from services.cli import output
from services.cli.config import settings
from services.cli.output import console, json_option, print_json
from services.cli.reach import inbox

OWN = "own"
account_option = click.option("--account", help=f"Only this Stripe account; `{OWN}` for the one of stripe.api_key.")


@click.command()
@json_option
@click.pass_obj
def status(file: Path | None, as_json: bool) -> None:
    """Count events by state; say how long the oldest has waited, and what is paused."""
    with inbox(settings(file, ())) as operator:
        stats = operator.stats()
    if as_json:
        lists = {"pauses": [pause_json(each) for each in stats.pauses], "schedules": [schedule_json(each) for each in stats.schedules]}
        print_json(asdict(stats) | lists)
        return
    made = output.table("state", "events")
    for state in EventState:
        made.add_row(state.value, str(getattr(stats, state.value)))
    console.print(made)
    if stats.oldest_waiting_s is not None:
        console.print(f"The oldest has waited for {stats.oldest_waiting_s:.0f} s.")
    if stats.last_sweep_s is not None:
        console.print(f"Stripe's event list was last swept {stats.last_sweep_s:.0f} s ago.")
    for each in stats.schedules:
        console.print(schedule_text(each), markup=False)
    for pause in stats.pauses:
        console.print(pause_text(pause), markup=False)


@click.command()
@click.option("--because", required=True, help="Why; kept and shown.")
@account_option
@json_option
@click.pass_obj
def pause(file: Path | None, because: str, account: str | None, as_json: bool) -> None:
    """Hand nothing on until `resume`, on every ingest that shares the store, and over restarts.

    Events are stored all the same. What is with the writer already ends as it ends.
    """
    if not because.strip():
        raise click.UsageError("--because needs a reason")
    config = settings(file, ())
    if account not in (None, OWN, *config.stripe_accounts):
        raise click.UsageError(f"the settings name no Stripe account {account}")
    with inbox(config) as operator:
        operator.pause(because.strip(), f"{getpass.getuser()}@{platform.node()}", _named(account))
    print_json({"paused": account or "all"}) if as_json else console.print(f"Nothing {_of(_named(account))}is handed on until resume.")


@click.command()
@account_option
@json_option
@click.pass_obj
def resume(file: Path | None, account: str | None, as_json: bool) -> None:
    """End the pause of an account, or every pause there is."""
    with inbox(settings(file, ())) as operator:
        resumed = operator.resume(_named(account))
    print_json({"resumed": resumed}) if as_json else console.print(f"{resumed} pause(s) ended.")


def schedule_json(each: Scheduled) -> dict[str, Any]:
    moments = {name: moment.isoformat() if moment else None for name, moment in asdict(each).items() if name.endswith("_at")}
    return {"name": each.name, "is_ok": each.is_ok, "said": each.said, **moments}


def schedule_text(each: Scheduled) -> str:
    if each.ended_at is None:
        return f"{each.name}: runs since {each.began_at.isoformat()}."
    due = f" Due again {each.due_at.isoformat()}." if each.due_at else ""
    return f"{each.name}: {'' if each.is_ok else 'NOT WELL, '}{each.ended_at.isoformat()}: {each.said}.{due}"


def pause_json(pause: Pause) -> dict[str, Any]:
    until = pause.until.isoformat() if pause.until else None
    return {"account": pause.account, "because": pause.because, "who": pause.who, "since": pause.since.isoformat(), "until": until}


def pause_text(pause: Pause) -> str:
    until = f", until {pause.until.isoformat()}" if pause.until else ""
    return f"PAUSED: nothing {_of(pause.account)}is handed on since {pause.since.isoformat()}{until} ({pause.who}: {pause.because})."


def _named(account: str | None) -> str | None:
    return "" if account == OWN else account


def _of(account: str | None) -> str:
    return "" if account is None else f"of account {account or OWN} "
