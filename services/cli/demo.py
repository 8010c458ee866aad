"""`demo`: the main job, end to end, on loopback."""

from __future__ import annotations

import click

from services.cli.output import Exit, console, exits, json_option, print_json


@click.command()
@json_option
@exits
def demo(as_json: bool) -> int:
    """Run the main job end to end on loopback: sandboxes, ingest, writer, a merchant's fortnight, and the balance proof. No keys needed.

    With --json what is told goes to stderr.
    """
    from services.demo import run

    console.stderr = as_json
    ok = run()
    if as_json:
        print_json({"ok": ok})
    return Exit.DONE if ok else Exit.SOME_FAILED
