"""1: the rows of the event table that need no sync."""

from __future__ import annotations

from tests.plans.golden import Case, Row

ROWS = (
    Row(
        "1, 5.17",
        "event that the table does not act upon, or does not have",
        "ignored, with the reason",
        (
            Case("customer.deleted", "ignored_with_the_reason", lambda s: s.world.catalogue.delete_customer(s.customer())),
            Case("payment_intent.succeeded", "not_in_the_event_table", lambda s: s.sale()),
        ),
        shown_by="every row: `tests/plans/events.that_need_no_sync.plan`",
    ),
)
