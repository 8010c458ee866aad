"""`table`: the event table."""

from __future__ import annotations

import click

from core.events import TABLE, Row, Sync
from services.cli import output
from services.cli.output import console, json_option, print_json


@click.command()
@json_option
def table(as_json: bool) -> None:
    """Print the event table: what each Stripe event does in NetSuite."""
    if as_json:
        print_json([_row(row) for row in TABLE])
        return
    made = output.table("event", "subject", "what happens", "")
    for row in TABLE:
        style = "default" if isinstance(row, Sync) else "dim"
        name = ", ".join((row.type, *row.also))
        made.add_row(
            name,
            row.subject.name if isinstance(row, Sync) else "–",
            row.sentence,
            "added" if row.added else "",
            style=style,
        )
    console.print(made)
    acting = sum(isinstance(row, Sync) for row in TABLE)
    console.print(
        f"\n{len(TABLE)} events: {acting} act, {len(TABLE) - acting} are ignored. Any other event is ignored: not in the event table."
    )


def _row(row: Row) -> dict[str, object]:
    return {
        "type": row.type,
        "also": list(row.also),
        "acting": isinstance(row, Sync),
        "subject": row.subject.name if isinstance(row, Sync) else None,
        "sentence": row.sentence,
        "origin": "added" if row.added else "user",
    }
