"""`relink`, `exclude`, `undo` and `drift`: an operator's hand after the fact, and what became of NetSuite's records since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from stripe_netsuite.v1 import outcome_pb2, writer_pb2

from adapters.writer.messages import failed_from_proto, from_outcome
from core.events import BACKFILLED
from core.outcome import Failed, Kind
from services.cli.backfill import A_DAY, kinds_of, known, span
from services.cli.bars import Bars
from services.cli.config import settings
from services.cli.output import Exit, Stop, console, exits, json_option, print_json
from services.cli.plans import exit_code, show
from services.cli.reach import Resync, writer
from services.cli.words import outcome_json, outcome_text, result_json
from services.config import Config

PAGE = 500


@click.command()
@click.argument("stripe_id")
@click.argument("record_type")
@click.argument("internal_id", default="")
@click.option("--account", default="", help="The connected account's id.")
@click.option("--because", default="", help="Why; kept with it.")
@click.option("--lift", is_flag=True, help="Take it back: the object is synced by itself again.")
@json_option
@click.pass_obj
@exits
def relink(
    file: Path | None, stripe_id: str, record_type: str, internal_id: str, account: str, because: str, lift: bool, as_json: bool
) -> int:
    """Say that a Stripe id is a NetSuite record: RECORD_TYPE as customerPayment, and its internal id. It is then linked, never written.

    It counts from the next sync on: `plan ID` shows what that would do, `resync ID` does it.
    """
    if bool(internal_id) == lift:
        raise click.UsageError("give an internal id, or say --lift")
    request = writer_pb2.RelinkObjectRequest(
        stripe_id=stripe_id, account=account, record_type=record_type, internal_id=internal_id, because=because
    )
    with writer(settings(file, ())) as asked:
        answer = asked.relink(request)
    said = (
        f"{stripe_id} is {record_type} #{internal_id}" if internal_id else f"{stripe_id} is no {record_type} by an operator's word any more"
    )
    return _end(
        answer.failed if answer.HasField("failed") else None, {"stripe_id": stripe_id, "record_type": record_type}, said, as_json=as_json
    )


@click.command()
@click.argument("stripe_id")
@click.option("--because", required=True, help="Why; kept with it.")
@click.option("--account", default="", help="The connected account's id.")
@click.option("--lift", is_flag=True, help="Take it back: the object is synced again.")
@json_option
@click.pass_obj
@exits
def exclude(file: Path | None, stripe_id: str, because: str, account: str, lift: bool, as_json: bool) -> int:
    """Keep a Stripe object out from now on: its events end ignored with the reason, what builds on it fails as blocked, and its row in
    a payout stands in suspense. What was written stays.
    """
    request = writer_pb2.ExcludeObjectRequest(stripe_id=stripe_id, account=account, because=because, lift=lift)
    with writer(settings(file, ())) as asked:
        answer = asked.exclude(request)
    said = f"{stripe_id} is {'no longer ' if lift else ''}excluded"
    return _end(answer.failed if answer.HasField("failed") else None, {"stripe_id": stripe_id, "excluded": not lift}, said, as_json=as_json)


@click.command()
@click.argument("stripe_id")
@click.option("--because", required=True, help="Why; kept with it, and written into the memo.")
@click.option("--account", default="", help="The connected account's id.")
@click.option("--do", "carry_out", is_flag=True, help="Write it; else the plan is shown alone.")
@click.option("--checksum", default="", help="With --do: only if the plan is still the one that has this checksum.")
@json_option
@click.pass_obj
@exits
def undo(file: Path | None, stripe_id: str, because: str, account: str, carry_out: bool, checksum: str, as_json: bool) -> int:
    """Take back what was written for a charge, an invoice, a refund, a dispute, a credit note or a payout, by records of today that oppose
    and settle it, and exclude the object.

    Nothing is deleted. What something else builds on is refused, with what stands in the way.
    """
    if checksum and not carry_out:
        raise click.UsageError("--checksum goes with --do")
    request = writer_pb2.UndoObjectRequest(
        stripe_id=stripe_id, account=account, because=because, carry_out=carry_out, plan_checksum=checksum
    )
    with writer(settings(file, ())) as asked:
        result = asked.undo(request).result
    if as_json:
        print_json({"stripe_id": stripe_id, "done": carry_out, "result": result_json(result)})
    elif carry_out:
        outcome = from_outcome(result.outcome)
        console.print(f"{stripe_id}  {outcome_text(outcome)}{f'. {outcome.remedy}' if isinstance(outcome, Failed) else ''}", markup=False)
    else:
        show(result)
        console.print(f"checksum {result.plan_checksum}\nNothing was written; --do writes it." if result.plan else "Nothing was written.")
    return exit_code([result])


@click.command()
@click.argument("stripe_ids", nargs=-1)
@click.option("--from", "first", type=A_DAY, help="What was created in Stripe from this day on, in the ledger's time zone, synced or not.")
@click.option("--to", "last", type=A_DAY, help="To the end of this day.")
@click.option("--types", default="", help=f"With --from: only these, comma separated: {', '.join(BACKFILLED)}.")
@click.option("--account", default="", help="The connected account's id.")
@json_option
@click.pass_obj
@exits
def drift(
    file: Path | None, stripe_ids: tuple[str, ...], first: datetime | None, last: datetime | None, types: str, account: str, as_json: bool
) -> int:
    """Compare what NetSuite holds with what Stripe's objects ask for now, field by field: those named, every one that was created between
    two days (the dry run of a period), or every one ever synced.

    Nothing is written. Exit code 1 when anything differs, is missing in NetSuite, or cannot be compared.
    """
    if bool(first) != bool(last) or (stripe_ids and first) or (types and not first):
        raise click.UsageError("name objects, or days by --from and --to, perhaps with --types")
    config = settings(file, ())
    found: list[dict[str, Any]] = []
    seen = 0
    with writer(config) as asked, Bars() as bars:
        whole = (
            _created(asked, config, first.date(), last.date(), types, account)
            if first and last
            else ((account, each) for each in _all(asked))
        )
        for of, stripe_id in ((account, each) for each in stripe_ids) if stripe_ids else whole:
            seen += 1
            bars.tell("objects compared", seen, len(stripe_ids) or None)
            results = asked.resync(stripe_id, account=of, dry_run=True).results
            found += [{"stripe_id": stripe_id, **row} for result in results for row in _drifted(result, is_named=bool(stripe_ids))]
    if as_json:
        print_json({"compared": seen, "drift": found})
    else:
        for row in found:
            _show(row)
        console.print(
            f"{seen} objects compared; {len(found)} differ."
            if found
            else f"{seen} objects compared; NetSuite holds them all as they should be."
        )
    return Exit.SOME_FAILED if found else Exit.DONE


def _all(asked: Resync) -> Iterator[str]:
    after = ""
    while ids := list(asked.objects(writer_pb2.ListObjectsRequest(after=after, most=PAGE)).stripe_ids):
        yield from ids
        after = ids[-1]


def _created(asked: Resync, config: Config, first: date, last: date, types: str, account: str) -> Iterator[tuple[str, str]]:
    """Account and id of everything that was created in these days, once."""
    since, until = span(config, first, last)
    for of in (known(account, config),) if account else ("", *config.stripe_accounts):
        seen: set[str] = set()
        for kind in kinds_of(types) or BACKFILLED:
            for page in asked.created(writer_pb2.ListCreatedRequest(kind=kind, account=of, since=since, until=until)):
                if page.HasField("failed"):
                    failed = failed_from_proto(page.failed)
                    raise Stop(f"{failed.message}. {failed.remedy}", Exit.UNREACHABLE if failed.kind is Kind.BUSY else Exit.SOME_FAILED)
                yield from ((of, each) for each in dict.fromkeys(page.stripe_ids) if each not in seen)
                seen.update(page.stripe_ids)


def _drifted(result: writer_pb2.SubjectResult, *, is_named: bool) -> Iterator[dict[str, Any]]:
    """The records of a subject that differ; why there is nothing to compare. What another account has is not asked for by name."""
    outcome = from_outcome(result.outcome)
    if isinstance(outcome, Failed):
        if is_named or outcome.kind is not Kind.GONE:
            yield {"subject": result.subject, "failed": outcome_json(outcome), "text": outcome_text(outcome)}
        return
    for diff in result_json(result)["diffs"]:
        if diff["change"] != "unchanged":
            yield {"subject": result.subject, **diff}


def _show(row: dict[str, Any]) -> None:
    if "failed" in row:
        console.print(f"{row['stripe_id']}  {row['subject']}: {row['text']}", markup=False)
        return
    missing = "is not in NetSuite" if row["change"] == "create" else "differs"
    console.print(f"{row['stripe_id']}  {row['record_type']} {row['external_id']} {missing}", markup=False)
    for field in row["fields"]:
        console.print(
            f"    {field['field']}: NetSuite holds {field['holds'] or '(nothing)'}, wanted is {field['wants'] or '(nothing)'}", markup=False
        )


def _end(failed: outcome_pb2.Failed | None, names: dict[str, Any], said: str, *, as_json: bool) -> int:
    why = failed_from_proto(failed) if failed is not None else None
    if as_json:
        print_json({**names, "failed": outcome_json(why) if why else None})
    else:
        console.print(f"{why.message}. {why.remedy}" if why else f"{said}.", markup=False)
    return Exit.SOME_FAILED if why else Exit.DONE
