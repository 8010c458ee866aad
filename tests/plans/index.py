"""THE INDEX: every row and bullet of the specification, in its order, with the golden plans that show it. README.md's table is made of it.

`where` are the specification's own numbers; a row that is not built has no cases and says what meets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.plans.cases import (
    cannot,
    charges,
    credit_notes,
    currencies,
    customers,
    disputes,
    events,
    invoice_life,
    invoices,
    items,
    linking,
    mapping,
    payout_rows,
    payouts,
    refunds,
    sales,
    undoing,
)
from tests.plans.golden import Case, Row

IDENTITY = Row(
    "2.1, 5.5",
    "any object, again, in any order of events",
    "no second record: its externalId is the Stripe id, with a suffix where one object has several",
    shown_by="every golden; `tests/core/test_properties.py`",
)
PARTS: Sequence[tuple[str, tuple[Row, ...]]] = (
    ("Records", (IDENTITY, *customers.ROWS, *items.ROWS, *invoices.ROWS)),
    ("Charges, refunds, disputes", (*charges.ROWS, *sales.ROWS, *refunds.ROWS, *disputes.ROWS)),
    ("An invoice's life, credit notes", (*invoice_life.ROWS, *credit_notes.ROWS)),
    ("Payouts", (*payouts.ROWS[:2], *payout_rows.ROWS, *payouts.ROWS[2:])),
    ("Currencies, accounts, subsidiaries", currencies.ROWS),
    ("Linking, mapping", (*linking.ROWS, *mapping.ROWS)),
    ("When it cannot be done", (*cannot.ROWS, *undoing.ROWS, *events.ROWS)),
)
ROWS = tuple(row for _, rows in PARTS for row in rows)


def _cases() -> Iterator[tuple[str, Case]]:
    """Each with the row that it shows in words: `... its coupons` goes on from the row that it belongs to."""
    whole = ""
    for row in ROWS:
        whole = whole if row.given.startswith("…") else row.given
        said = row.given if whole == row.given else f"{whole} {row.given}"
        yield from ((said, case) for case in row.cases)


CASES = tuple(_cases())


def rows_table() -> str:
    """What is done about each row, a line each; what is not built says so."""
    lines: list[str] = []
    for title, rows in PARTS:
        lines += [f"| **{title}** | |"] if lines else ["| in Stripe | in NetSuite |", "|---|---|", f"| **{title}** | |"]
        lines += [f"| {row.given} | {row.then or f'*not built*: {row.not_built}'} |" for row in rows]
    return "\n".join(lines) + "\n"
