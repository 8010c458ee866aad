"""`plan` and `resync`: what NetSuite should hold for a Stripe id, shown or made so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from stripe_netsuite.v1 import writer_pb2

from adapters.writer.messages import from_outcome
from core.outcome import Failed
from services.cli.config import settings
from services.cli.output import Exit, console, exits, json_option, print_json
from services.cli.reach import writer
from services.cli.words import CHANGES, outcome_text, result_json

MARKS = {"create": "+", "update": "~", "unchanged": "="}


@click.command()
@click.argument("stripe_id")
@click.option("--account", default="", help="The connected account's id.")
@json_option
@click.pass_obj
@exits
def plan(file: Path | None, stripe_id: str, account: str, as_json: bool) -> int:
    """Dry run: print the plan of a Stripe id and its differences against NetSuite. Nothing is written."""
    with writer(settings(file, ())) as asked:
        results = list(asked.resync(stripe_id, account=account, dry_run=True).results)
    if as_json:
        print_json({"stripe_id": stripe_id, "results": [result_json(result) for result in results]})
    else:
        for result in results:
            show(result)
    return exit_code(results)


@click.command()
@click.argument("stripe_ids", nargs=-1, required=True)
@click.option("--account", default="", help="The connected account's id.")
@click.option("--plan-checksum", default="", help="Write only if the plan is still the one that has this checksum.")
@json_option
@click.pass_obj
@exits
def resync(file: Path | None, stripe_ids: tuple[str, ...], account: str, plan_checksum: str, as_json: bool) -> int:
    """Sync Stripe objects again as they stand now, whatever happened before."""
    done: dict[str, list[writer_pb2.SubjectResult]] = {}
    with writer(settings(file, ())) as asked:
        for stripe_id in stripe_ids:
            done[stripe_id] = list(asked.resync(stripe_id, account=account, plan_checksum=plan_checksum).results)
            if not as_json:
                for result in done[stripe_id]:
                    console.print(f"{stripe_id}  {result.subject}: {outcome_text(from_outcome(result.outcome))}", markup=False)
    if as_json:
        print_json([{"stripe_id": each, "results": [result_json(result) for result in results]} for each, results in done.items()])
    return exit_code([result for results in done.values() for result in results])


def show(result: writer_pb2.SubjectResult) -> None:
    """The plan, and what it changes; or why there is none."""
    outcome = from_outcome(result.outcome)
    console.print(f"[bold]{result.subject}[/]", end="")
    if isinstance(outcome, Failed):
        console.print(f"  {outcome_text(outcome)}", markup=False)
        console.print(f"  What to do: {outcome.remedy}\n", markup=False)
        return
    console.print(f"  plan {result.plan_checksum[:12]}")
    console.print(result.plan, markup=False, end="")
    for diff in result.diffs:
        change = CHANGES[diff.change]
        console.print(f"{MARKS[change]} {diff.record_type} {diff.external_id}: {change}", markup=False)
        for field in diff.fields:
            console.print(f"    {field.field}: {field.holds or '(nothing)'} -> {field.wants or '(nothing)'}", markup=False)
    console.print()


def exit_code(results: Sequence[writer_pb2.SubjectResult]) -> int:
    """1 when any of them failed."""
    return Exit.SOME_FAILED if any(result.outcome.WhichOneof("result") == "failed" for result in results) else Exit.DONE
