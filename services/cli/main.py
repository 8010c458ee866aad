"""Every command of `stripe-netsuite`; a command's file is imported when it is called, so that help costs nothing."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from services import __version__

DEFAULT_FILE = "stripe-netsuite.toml"
# Command -> the file in this folder that holds it, in the order of --help.
COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "table": "table",
    "plan": "plans",
    "resync": "plans",
    "backfill": "backfill",
    "events": "events",
    "status": "status",
    "pause": "status",
    "resume": "status",
    "storage": "storage",
    "config": "config",
    "doctor": "doctor",
    "reconcile": "reconcile",
    "audit": "audit",
    "drift": "after",
    "relink": "after",
    "exclude": "after",
    "undo": "after",
}
HELP = {
    "serve": "Run a service until SIGTERM or Ctrl-C.",
    "demo": "Run the main job end to end on loopback; no keys needed.",
    "table": "Print the event table: what each Stripe event does in NetSuite.",
    "plan": "Dry run: the plan of a Stripe id and its differences against NetSuite.",
    "resync": "Sync Stripe objects again as they stand now.",
    "backfill": "Sync what was created in Stripe between two days.",
    "events": "List, show, retry and skip stored events.",
    "status": "Count events by state; tell what is paused.",
    "pause": "Hand nothing on until resume; events are stored all the same.",
    "resume": "End a pause, or every one.",
    "storage": "Copy what both services keep from SQLite to PostgreSQL.",
    "config": "Check the settings, or print an example of them.",
    "reconcile": "Hold a payout, or the whole balance, against what NetSuite holds.",
    "audit": "Check or show the trail of all requests that may have changed NetSuite.",
    "drift": "Compare what NetSuite holds with what it should hold, field by field.",
    "relink": "Say that a Stripe id is a certain NetSuite record.",
    "exclude": "Keep a Stripe object out from now on, with a reason.",
    "undo": "Take back what was written for a Stripe id, by opposite records; a dry run without --do.",
    "doctor": "Check settings, rights and both sides; say what to mend.",
}


class Commands(click.Group):
    """Knows its commands by name and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"services.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(HELP.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="stripe-netsuite")
@click.option(
    "--config",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="STRIPE_NETSUITE_CONFIG",
    help=f"The settings file.  [default: {DEFAULT_FILE}, when it exists]",
)
@click.pass_context
def main(context: click.Context, file: Path | None) -> None:
    """Turns Stripe's events into NetSuite's records.

    Exit codes: 0 done, 1 some subject failed, 2 wrong use or settings, 3 a service cannot be reached.
    """
    context.obj = file or (Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None)
