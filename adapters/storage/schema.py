"""The stores' schemas, version by version: which this program knows, and how an older one is brought up to date (Alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from core.outcome import Kind, cannot

Purpose = Literal["ingest", "writer"]

VERSION_TABLE = "schema_version"
MIGRATIONS = Path(__file__).parent / "migrations"


def known(purpose: Purpose) -> list[str]:
    """The versions of a service's schema, oldest first, by their files: Alembic itself is loaded only when there is work for it."""
    return sorted(path.name[1:5] for path in (MIGRATIONS / purpose).glob("v*.py"))


def check(where: str, purpose: Purpose, version: str) -> None:
    """CannotSync (misconfigured) when a newer program has written `where`."""
    newest = known(purpose)[-1]
    if version > newest:
        text = f"{where} was written by a newer version (schema {version}; this one knows {newest})."
        cannot(Kind.MISCONFIGURED, text, "Run the newer version, or restore the backup of before the upgrade.")


def upgrade(connection: Connection, purpose: Purpose, to: str = "head", *, stands_at: str = "") -> None:
    """Bring the schema up to date, or make it, within the transaction of `connection`. `stands_at`: its version, when nothing in it
    says so."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / purpose))
    config.set_main_option("path_separator", "newline")
    config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
    if stands_at:
        command.stamp(config, stands_at)
    command.upgrade(config, to)
