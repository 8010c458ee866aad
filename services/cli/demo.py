"""`demo`: the main job, end to end, on loopback."""

from __future__ import annotations

import click

from services.cli.output import Exit, exits


@click.command()
@exits
def demo() -> int:
    """Run the main job end to end on loopback: sandboxes, ingest, writer, a merchant's fortnight, and the balance proof. No keys needed."""
    from services.demo import run

    return Exit.DONE if run() else Exit.SOME_FAILED
