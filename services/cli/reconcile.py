"""`reconcile`: a payout against its Deposit, or Stripe's whole balance against Undeposited Funds, to the minor unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from stripe_netsuite.v1 import writer_pb2

from adapters.writer.messages import failed_from_proto
from core.money import Money
from services.cli import output
from services.cli.config import settings
from services.cli.output import Exit, console, exits, json_option, print_json
from services.cli.reach import writer
from services.cli.words import outcome_json, outcome_text


@click.command()
@click.argument("payout", default="")
@click.option("--balance", is_flag=True, help="The whole balance of every Stripe account of the settings, instead of a payout.")
@click.option("--account", default="", help="The connected account of the payout.")
@json_option
@click.pass_obj
@exits
def reconcile(file: Path | None, payout: str, balance: bool, account: str, as_json: bool) -> int:
    """Hold Stripe's money against what NetSuite holds, row by row. Nothing is written.

    Exit codes: 0 there is no difference, 1 there is one, or no statement can be made.
    """
    if bool(payout) == balance:
        raise click.UsageError("name a payout, or say --balance")
    if balance and account:
        raise click.UsageError("--balance is of every account; --account goes with a payout")
    with writer(settings(file, ())) as asked:
        answer = asked.reconcile(payout, account)
    failed = failed_from_proto(answer.failed) if answer.HasField("failed") else None
    rows = [_row(row) for row in answer.rows]
    if as_json:
        print_json(
            {
                "payout": payout,
                "says": answer.says,
                "rows": rows,
                "differences": _differences(answer),
                "failed": outcome_json(failed) if failed else None,
            }
        )
    elif failed:
        console.print(f"{outcome_text(failed)}\n  What to do: {failed.remedy}", markup=False)
    else:
        _show(answer, rows)
    return Exit.SOME_FAILED if failed or any(row.stripe_minor != row.netsuite_minor for row in answer.rows) else Exit.DONE


def _row(row: writer_pb2.ReconciledRow) -> dict[str, Any]:
    stripe, netsuite = Money(row.stripe_minor, row.currency), Money(row.netsuite_minor, row.currency)
    amounts = {"stripe": stripe, "netsuite": netsuite, "difference": netsuite - stripe}
    shown = {name: f"{amount.decimal:f}" for name, amount in amounts.items()}
    return {"name": row.name, "record": row.record, "currency": row.currency, **shown, "says": row.says}


def _differences(answer: writer_pb2.ReconcileResponse) -> int:
    return sum(row.stripe_minor != row.netsuite_minor for row in answer.rows)


def _show(answer: writer_pb2.ReconcileResponse, rows: list[dict[str, Any]]) -> None:
    console.print(answer.says, markup=False)
    made = output.table("Stripe's", "NetSuite's", "", "Stripe", "NetSuite", "difference", "")
    for column in made.columns[3:6]:
        column.justify = "right"
    for row in rows:
        made.add_row(*(row[name] for name in ("name", "record", "currency", "stripe", "netsuite", "difference", "says")))
    if rows:
        console.print(made)
    found = _differences(answer)
    console.print(f"\n{found} row(s) differ." if found else "\nNo difference.")
