"""`backfill`: what happened before the connector ran enters behind live work, month by month, and is followed to its end."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import click
from google.protobuf.timestamp_pb2 import Timestamp
from stripe_netsuite.v1 import ingest_pb2

from adapters.writer.messages import failed_from_proto, to_timestamp
from core.events import BACKFILLED
from core.outcome import Kind
from services.cli.bars import Bars
from services.cli.config import settings
from services.cli.output import Exit, Stop, console, exits, json_option, print_json
from services.cli.reach import Backfills, backfills
from services.cli.words import outcome_json
from services.config import Config

STATES = ("waiting", "running", "synced", "ignored", "failed", "skipped")
LOOK_EVERY_S = 1.0
SHARE = 20
"""Looking at a large backfill takes its time in ingest's store; it rests so many times as long in between."""

A_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=A_DAY, help="The first day, in the ledger's time zone, as 2026-01-01.")
@click.option("--to", "last", type=A_DAY, help="The last day.")
@click.option("--types", default="", help=f"Only these, comma separated: {', '.join(BACKFILLED)}.")
@click.option("--account", default="", help="Only this connected account.  [default: every account of the settings]")
@click.option("--again", is_flag=True, help="Store objects anew that an earlier backfill of these days has stored.")
@click.option("--missed", is_flag=True, help="Instead: the events of Stripe's list, the last 30 days, that were never delivered.")
@click.option("--no-wait", is_flag=True, help="Only store; do not wait until all is synced.")
@json_option
@click.pass_obj
@exits
def backfill(
    file: Path | None,
    first: datetime | None,
    last: datetime | None,
    types: str,
    account: str,
    again: bool,
    missed: bool,
    no_wait: bool,
    as_json: bool,
) -> int:
    """Sync what was created in Stripe between two days, also from before the books begin. Begun again, it goes on where it stood.

    Objects are synced behind live events, in an order in which they build on each other. With --missed, Stripe's event list is swept
    for what was never delivered; ingest does that by itself every ingest.sweep_every_s seconds, from where it stood.
    """
    config = settings(file, ())
    if missed:
        if first or last or types or account or again or no_wait:
            raise click.UsageError("--missed stands alone")
        return _sweep(config, as_json=as_json)
    if not first or not last:
        raise click.UsageError("--from and --to are needed, or --missed")
    request = _request(config, first.date(), last.date(), types, account, again=again)
    with backfills(config) as (asked, runs), Bars() as bars:
        queued = _store(asked, request, bars)
        if runs and not no_wait:
            _follow(asked, request.name, bars)
        tally = asked.tally(request.name)
    counts = {state: int(getattr(tally, state)) for state in STATES}
    if as_json:
        print_json({"name": request.name, "queued": queued.queued, "there": queued.there, **counts})
    else:
        console.print(f"{queued.queued} objects stored now, {queued.there} were stored already (backfill {request.name}).")
        console.print("  ".join(f"{state} {count}" for state, count in counts.items() if count) or "Nothing was created in these days.")
        if not runs and counts["waiting"]:
            console.print("No ingest runs: they are synced when it does.")
    return Exit.SOME_FAILED if counts["failed"] else Exit.DONE


def _sweep(config: Config, *, as_json: bool) -> int:
    step = ingest_pb2.SweepEventsResponse()
    with backfills(config) as (asked, _), Bars() as bars:
        for step in asked.sweep():
            bars.tell("events of Stripe's list", step.seen, None)
    failed = failed_from_proto(step.failed) if step.HasField("failed") else None
    if as_json:
        print_json({"seen": step.seen, "missed": step.missed, "failed": outcome_json(failed) if failed else None})
    else:
        console.print(f"{step.seen} events looked at; {step.missed} that ask for a sync had never been delivered, and are stored now.")
        if failed:
            console.print(f"{failed.message}. {failed.remedy}", markup=False)
    return Exit.SOME_FAILED if failed else Exit.DONE


def _request(config: Config, first: date, last: date, types: str, account: str, *, again: bool) -> ingest_pb2.BackfillObjectsRequest:
    since, until = span(config, first, last)
    name = f"{first:%Y%m%d}_{last:%Y%m%d}" + (f"_again{datetime.now(UTC):%Y%m%d%H%M%S}" if again else "")
    return ingest_pb2.BackfillObjectsRequest(
        name=name,
        kinds=kinds_of(types),
        account=known(account, config),
        since=since,
        until=until,
    )


def span(config: Config, first: date, last: date) -> tuple[Timestamp, Timestamp]:
    """From the beginning of the first day to the end of the last one, in the ledger's time zone."""
    if last < first:
        raise click.UsageError("--to is before --from")
    zone = config.rules().time_zone
    return to_timestamp(datetime.combine(first, clock(), zone)), to_timestamp(datetime.combine(last + timedelta(days=1), clock(), zone))


def kinds_of(types: str) -> list[str]:
    """The kinds of Stripe's objects that --types names; none when it names none."""
    kinds = [kind.strip().replace("-", "_") for kind in types.split(",") if kind.strip()]
    if unknown := set(kinds) - set(BACKFILLED):
        raise click.UsageError(f"--types are of {', '.join(BACKFILLED)}; not {', '.join(sorted(unknown))}")
    return kinds


def known(account: str, config: Config) -> str:
    """An account that the settings name, "" for every one."""
    if account and account not in config.stripe_accounts:
        raise click.UsageError(f"the settings name no Stripe account {account}")
    return account


def _store(asked: Backfills, request: ingest_pb2.BackfillObjectsRequest, bars: Bars) -> ingest_pb2.BackfillObjectsResponse:
    """List and store; the last step. Ends the command when Stripe's lists cannot be read."""
    step = ingest_pb2.BackfillObjectsResponse()
    for step in asked.backfill(request):
        bars.tell("listing Stripe", step.done, step.of)
    if step.HasField("failed"):
        failed = failed_from_proto(step.failed)
        code = Exit.UNREACHABLE if failed.kind is Kind.BUSY else Exit.SOME_FAILED
        raise Stop(f"{failed.message}. {failed.remedy} Begun again, the backfill goes on where it stood.", code)
    return step


def _follow(asked: Backfills, name: str, bars: Bars) -> None:
    """Wait until nothing of it is under way; what rests for longer is not waited for."""
    while True:
        started = time.monotonic()
        tally = asked.tally(name)
        done = tally.synced + tally.ignored + tally.failed + tally.skipped
        bars.tell("syncing", done, done + tally.waiting + tally.running)
        if not tally.under_way:
            return
        time.sleep(max(LOOK_EVERY_S, SHARE * (time.monotonic() - started)))
