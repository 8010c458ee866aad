"""`storage copy`: from one machine's files to a database that several may share."""

from __future__ import annotations

from dataclasses import asdict

import click
from pydantic import ValidationError

from core.outcome import CannotSync
from services.cli.bars import Bars
from services.cli.output import Exit, Stop, console, json_option, print_json
from services.config import Embedded
from services.wiring import copy_storage


@click.group()
def storage() -> None:
    """Copy what both services keep from SQLite to PostgreSQL."""


@storage.command()
@click.option("--from", "source", required=True, help="Where it is: sqlite:///folder.")
@click.option(
    "--to", "target", envvar="STRIPE_NETSUITE_STORAGE__URL", required=True, help="Where it goes: postgresql://user@host/database."
)
@json_option
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy open work, settled history, links and sync records. Stop the services first. Begun again, it goes on where it stood.

    A password stands better in the variable STRIPE_NETSUITE_STORAGE__URL, which is taken when --to is not given, or in libpq's own
    PGPASSWORD or password file.
    """
    configs = (_storage("--from", source, "sqlite"), _storage("--to", target, "postgres"))
    try:
        with Bars() as bars:
            copied = copy_storage(*configs, bars.tell)
    except CannotSync as stopped:
        raise Stop(f"{stopped.failed.message} {stopped.failed.remedy}", Exit.WRONG_USE) from None
    if as_json:
        print_json({what: asdict(each) for what, each in copied.items()})
        return
    for what, each in copied.items():
        console.print(f"{what}: {each.copied} copied, {each.there} were there already")
    console.print("Set storage.url to the database now, and start the services on it.")


def _storage(option: str, url: str, kind: str) -> Embedded:
    try:
        config = Embedded(storage={"url": url})
    except ValidationError:
        config = None
    if config is None or config.storage.kind != kind:
        raise click.BadParameter("sqlite:///folder is wanted" if kind == "sqlite" else "postgresql://... is wanted", param_hint=option)
    return config
