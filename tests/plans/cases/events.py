"""1: the rows of the event table that need no sync, told by the reason they give."""

from __future__ import annotations

from tests.plans.golden import Case, Row

ROWS = (
    Row(
        "1, 5.17",
        "event that the table does not act upon, or does not have",
        "ignored, with the reason",
        (
            Case("customer.deleted", "ignored", lambda s: s.world.catalogue.delete_customer(s.customer())),
            Case("charge.expired", "ignored", lambda s: s.world.charges.expire(s.world.charges.authorize(9_000))),
            Case("invoice.created", "ignored", lambda s: s.draft()),
            Case("coupon.created", "ignored", lambda s: s.coupon()),
            Case("payment_intent.succeeded", "not_in_the_event_table", lambda s: s.sale()),
        ),
        shown_by="every row: the event table, `tests/core/test_events.py`",
    ),
)
