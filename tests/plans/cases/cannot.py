"""4: when it cannot be done; and what the settings keep out."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

BEGIN = 'ledger.start_date = "2026-11-03"'


def _closed(s: Scene) -> None:
    """A sale of October, whose event arrives when October is closed."""
    s.closed("2026-11")
    s.sale()


def _refund_in_a_closed_period(s: Scene) -> None:
    charge = s.sale()
    s.synced()
    s.closed("2026-11")
    s.on(30)
    s.refund(charge, 900)


def _paid_when_closed(s: Scene) -> None:
    made = s.invoice()
    s.world.invoices.pay(made)
    s.closed("2026-11")


def _credit_in_a_closed_period(s: Scene) -> None:
    charge = s.world.invoices.pay(s.invoice())
    s.synced()
    s.closed("2026-11")
    s.on(30)
    s.refund(charge)


def _all_closed(s: Scene) -> None:
    for year in range(2026, 2036):
        for month in range(1, 13):
            s.netsuite.set_period(f"{year}-{month:02}", is_open=False)
    s.by_hand.append("every posting period from 2026 on is closed")
    s.sale()


def _older_invoice(s: Scene) -> None:
    made = s.invoice()
    s.on(5)
    s.world.invoices.pay(made)


def _migrated(s: Scene) -> None:
    """The incumbent booked the charge under the same id."""
    theirs = s.their_customer("Stripe Unallocated Charges", "", externalId="stripe-unallocated")
    given = {"customer": {"id": theirs}, "payment": 29, "account": {"id": "110"}, "externalId": "ch_1", "autoApply": False}
    s.by_person(
        "customerPayment", "29.00 USD externalId ch_1", **given, memo="Stripe: ch_1 T-shirt", tranDate="2026-11-02", currency={"id": "1"}
    )
    charge = s.sale()
    s.on(5)
    s.refund(charge)


ROWS = (
    Row(
        "4.1",
        "what waits, and what a person must mend",
        "Failed: not_ready is tried again by itself; refused, misconfigured, gone, ambiguous and blocked wait for a person, with a sentence on what to do",
        (
            Case("charge.succeeded", "an_account_is_not_set", lambda s: s.sale(), 'accounts.undeposited_funds = ""'),
            Case("invoice.finalized", "tax_without_an_account", lambda s: s.invoice(tax_rate=s.rate()), 'accounts.tax_payable = ""'),
            Case("charge.succeeded", "netsuite_refuses_the_account", lambda s: s.sale(), 'accounts.undeposited_funds = "999"'),
        ),
        shown_by="busy and gone: `tests/adapters`",
    ),
    Row(
        "4.2",
        "closed posting period (`periods`, by record type)",
        "the first open day, the original date in the memo; or held until a person reopens it",
        (
            Case("charge.succeeded", "closed_period_moves_to_the_first_open_day", _closed),
            Case("charge.succeeded", "closed_period_is_held", _closed, 'periods.default = "hold"'),
            Case(
                "charge.refunded",
                "closed_period_moves_refunds_alone",
                _refund_in_a_closed_period,
                'periods.default = "hold"\nperiods.customer_refund = "next_open"',
            ),
            Case("payout.paid", "closed_period_moves_the_deposit", lambda s: (s.sale(), s.synced(), s.closed("2026-11"), s.payout())),
            Case("charge.succeeded", "no_period_is_open", _all_closed),
        ),
    ),
    Row(
        "4.2",
        "… `journal`: an Invoice, CustomerPayment or CreditMemo that settles nothing",
        "a JournalEntry of its externalId and postings on the first open day; what comes later settles, refunds or deposits that. What settles another document is Failed until the period is open",
        (
            Case("charge.succeeded", "closed_period_is_adjusted_by_an_entry", _closed, 'periods.customer_payment = "journal"'),
            Case("invoice.paid", "closed_period_has_an_entry_for_the_invoice", _paid_when_closed, 'periods.invoice = "journal"'),
            Case(
                "charge.refunded",
                "closed_period_has_an_entry_for_the_credit",
                _credit_in_a_closed_period,
                'periods.credit_memo = "journal"',
            ),
            Case("invoice.paid", "closed_period_no_entry_settles_an_invoice", _paid_when_closed, 'periods.customer_payment = "journal"'),
        ),
    ),
    Row(
        "2.5",
        "what is older than the books (`ledger.start_date`)",
        "ignored, except by resync and backfill; what builds on it is Failed until it is in NetSuite",
        (
            Case("charge.succeeded", "before_the_books_begin", lambda s: s.sale(), BEGIN),
            Case("charge.refunded", "of_a_charge_before_the_books_begin", lambda s: (c := s.sale(), s.on(5), s.refund(c)), BEGIN),
            Case("charge.succeeded", "of_an_invoice_before_the_books_begin", _older_invoice, BEGIN),
            Case("charge.refunded", "of_an_older_charge_that_was_booked_before", _migrated, BEGIN),
        ),
    ),
    Row(
        "4.3",
        "whether NetSuite still holds what Stripe says",
        "`plan ID` shows the differences of an object, `drift` those of a period or of all that was ever synced, `reconcile` those of a payout or of the balance; nothing is written",
        shown_by="`tests/stories/test_after_the_fact.py`, `tests/core/test_linking.py`, `tests/services/test_stripe_reader_in_the_sandbox.py`",
    ),
    Row(
        "4.3",
        "what a person says after the fact: which record it is, that it is kept out",
        "`relink`: linked, never written again; `exclude`: ignored with the reason, in its payout a suspense line that says it",
        shown_by="`tests/stories/test_after_the_fact.py`",
    ),
)
