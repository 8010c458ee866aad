"""Every command of `stripe-netsuite`, each in the file of its own kind; help alone imports nothing heavy."""

from __future__ import annotations

from pathlib import Path

import click

from services import __version__
from services.cli.config import config
from services.cli.demo import demo
from services.cli.events import events, status
from services.cli.plans import plan, resync
from services.cli.serve import serve
from services.cli.table import table

DEFAULT_FILE = "stripe-netsuite.toml"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
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


for command in (serve, demo, table, plan, resync, events, status, config):
    main.add_command(command)
