"""3.1 and 3.2: a successful charge is a CustomerPayment; one that fails later is taken back."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import Scene

NEW_YORK = 'ledger.time_zone = "America/New_York"'
WITH_INVOICE = 'charges.without_invoice = "invoice"'
DUPLICATES = "charges.allow_duplicate = true"


def _captured(s: Scene, amount: int | None = None) -> None:
    held = s.world.charges.authorize(9_000, customer=s.ada, description="Two items, one in stock")
    s.on(3)
    s.world.charges.capture(held, amount)


def _came_later(s: Scene) -> None:
    charge = s.sale(balance_later=True)
    s.on(3)
    s.world.charges.settle(charge)


def _paid_by_hand(s: Scene, **metadata: str) -> None:
    """A person booked the payment of our invoice; then Stripe's charge arrives."""
    made = s.invoice()
    s.synced()
    (bill,) = s.netsuite.records("invoice")
    applied = {"items": [{"doc": {"id": bill.id}, "apply": True, "amount": 100}]}
    given = {"customer": bill.fields["entity"], "payment": 100, "account": {"id": "110"}, "apply": applied}
    s.by_person("customerPayment", "100.00 USD applied to in_1", **given, tranDate="2026-11-02", currency={"id": "1"}, autoApply=False)
    charge = s.world.invoices.pay(made)
    if metadata:
        s.world.charges.annotate(charge, metadata)


def _names(s: Scene, amount: int, *due: int, **metadata: str) -> None:
    """A sale that names ACME's invoices by number."""
    acme = s.their_customer()
    numbers = [f"INV{70 + at}" for at, _ in enumerate(due)]
    for number, each in zip(numbers, due, strict=True):
        s.their_invoice(number, each, acme)
    s.sale(amount, metadata={"apply_to_invoices": ", ".join(numbers), **metadata})


def _names_a_paid_one(s: Scene, **metadata: str) -> None:
    acme = s.their_customer()
    theirs = s.their_invoice("INV70", 20, acme)
    applied = {"items": [{"doc": {"id": theirs}, "apply": True, "amount": 20}]}
    given = {"customer": {"id": acme}, "payment": 20, "account": {"id": "110"}, "apply": applied, "autoApply": False}
    s.by_person("customerPayment", "20.00 USD applied to INV70", **given, tranDate="2026-11-02", currency={"id": "1"})
    s.sale(2_000, metadata={"netsuite_invoice_id": theirs, **metadata})


def _in_another_currency(s: Scene) -> None:
    s.sale(2_000, "eur", metadata={"netsuite_invoice_id": s.their_invoice("INV70", 20)})


def _edited_by_hand(s: Scene) -> None:
    charge = s.sale()
    s.synced()
    s.edited("customerPayment", charge, "memo: Booth 7, trade fair", memo="Booth 7, trade fair")
    s.world.charges.annotate(charge, {"order": "A 1"})


def _bounced(s: Scene, *, synced: bool, of_invoice: bool = False) -> None:
    charge = s.world.invoices.debit(s.invoice()) if of_invoice else s.debited()
    s.on(6)
    s.world.delayed.clear(charge)
    if synced:
        s.synced()
    s.on(9)
    s.world.delayed.bounce(charge)


def _migrated(s: Scene) -> None:
    acme = s.their_customer("Stripe Unallocated Charges", "", externalId="stripe-unallocated")
    given = {
        "customer": {"id": acme},
        "payment": 29,
        "account": {"id": "110"},
        "externalId": "ch_1",
        "autoApply": False,
        "memo": "Stripe: ch_1",
    }
    s.by_person("customerPayment", "29.00 USD externalId ch_1", **given, tranDate="2026-11-02", currency={"id": "1"})
    s.sale()


def _names_one(s: Scene) -> None:
    s.sale(2_900, metadata={"netsuite_invoice_id": s.their_invoice("INV70", 29)})


def _pending(s: Scene) -> None:
    made = s.invoice()
    s.world.invoices.debit(made)
    s.world.invoices.describe(made, "By bank debit")


ROWS = (
    Row(
        "3.1",
        "charge that paid an invoice",
        "CustomerPayment applied to the Invoice; whichever event comes first makes both",
        (
            Case("charge.succeeded", "makes_the_invoice_it_paid_too", lambda s: s.paid()),
            Case("charge.succeeded", "after_its_invoice", lambda s: (i := s.invoice(), s.synced(), s.world.invoices.pay(i))),
            Case("invoice.paid", "after_its_charge", lambda s: (s.paid(), [s.deliver(s.last("charge.succeeded"))])),
            Case("invoice.paid", "with_tax_that_is_ignored", lambda s: s.paid(tax_rate=s.rate()), 'tax.policy = "ignore"'),
        ),
    ),
    Row(
        "3.1, 5.10",
        "charge without an invoice",
        "CustomerPayment, unapplied, of its customer or, for a guest, of `Stripe Unallocated Charges`; dated the day the money moved",
        (
            Case("charge.succeeded", "of_a_guest", lambda s: s.sale()),
            Case("charge.succeeded", "of_a_customer", lambda s: s.sale(customer=s.ada, description="Workshop")),
            Case("charge.succeeded", "without_an_account_of_receivables", lambda s: s.sale(), 'accounts.receivable = ""'),
            Case("charge.updated", "a_memo_that_a_person_edited_is_left_alone", _edited_by_hand),
            Case("charge.succeeded", "late_at_night_in_new_york", lambda s: (s.on(3, 3), s.sale()), NEW_YORK),
            Case("charge.succeeded", "booked_by_the_incumbent_under_the_same_id", _migrated),
        ),
    ),
    Row(
        "3.1",
        "… with an Invoice of its own (`charges.without_invoice = invoice`)",
        "one-line Invoice of `Stripe Item`, and the CustomerPayment applied to it",
        (Case("charge.succeeded", "with_a_one_line_invoice", lambda s: s.sale(), WITH_INVOICE),),
    ),
    Row(
        "3.1, 5.2",
        "charge authorised, captured later, wholly or in part",
        "nothing until it is captured; then a CustomerPayment of what was",
        (
            Case("charge.succeeded", "only_authorised_is_nothing", lambda s: s.world.charges.authorize(9_000)),
            Case("charge.captured", "wholly", _captured),
            Case("charge.captured", "in_part", lambda s: _captured(s, 6_543)),
        ),
    ),
    Row(
        "3.1, 5.2",
        "charge whose balance transaction comes later, or that is pending",
        "waits; booked when Stripe brings it",
        (
            Case("charge.succeeded", "waits_for_its_balance_transaction", lambda s: s.sale(balance_later=True)),
            Case("charge.updated", "brings_the_balance_transaction", _came_later),
            Case("charge.succeeded", "of_a_bank_debit_that_cleared", lambda s: (d := s.debited(), s.on(6), s.world.delayed.clear(d))),
            Case("invoice.updated", "its_bank_debit_is_still_pending", _pending),
        ),
    ),
    Row(
        "3.1",
        "charge that names NetSuite's own invoices (`netsuite_invoice_id`, `apply_to_invoices`)",
        "applied to those, up to what is due; the rest stays unapplied and is said",
        (
            Case("charge.succeeded", "names_an_invoice_by_internal_id", _names_one),
            Case("charge.succeeded", "pays_two_invoices_and_leaves_a_rest", lambda s: _names(s, 5_500, 20, 30)),
            Case("charge.succeeded", "pays_a_part_of_an_invoice", lambda s: _names(s, 1_500, 20)),
            Case("charge.succeeded", "names_an_invoice_in_another_currency", _in_another_currency),
            Case("charge.succeeded", "names_an_invoice_that_is_not_there", lambda s: s.sale(metadata={"apply_to_invoices": "INV404"})),
        ),
    ),
    Row(
        "3.1",
        "charge whose invoice is already paid in NetSuite",
        "not written: Failed “already paid”; where duplicates are allowed, an unapplied CustomerPayment whose memo says so",
        (
            Case("charge.succeeded", "names_an_invoice_that_is_paid", _names_a_paid_one),
            Case("charge.succeeded", "names_a_paid_invoice_where_duplicates_are_allowed", _names_a_paid_one, DUPLICATES),
            Case("charge.succeeded", "of_an_invoice_that_a_person_paid", _paid_by_hand),
            Case("charge.updated", "a_duplicate_allowed_by_metadata", lambda s: _paid_by_hand(s, netsuite_allow_duplicate="true")),
        ),
    ),
    Row(
        "3.1",
        "charge that fails",
        "nothing",
        (
            Case("charge.failed", "declined", lambda s: s.world.charges.decline(2_900)),
            Case("charge.failed", "a_bank_debit_that_was_never_synced", lambda s: _bounced(s, synced=False)),
        ),
    ),
    Row(
        "3.2, 5.3",
        "delayed payment that fails after it was synced",
        "the CustomerPayment lets its Invoice go, a CustomerRefund takes it back; the Invoice is open again",
        (
            Case("charge.failed", "after_it_had_paid_an_invoice", lambda s: _bounced(s, synced=True, of_invoice=True)),
            Case("charge.failed", "after_it_was_synced_without_an_invoice", lambda s: _bounced(s, synced=True)),
            Case("charge.failed", "after_it_had_paid_an_invoice_of_its_own", lambda s: _bounced(s, synced=True), WITH_INVOICE),
            Case("invoice.payment_failed", "after_it_was_paid_by_bank_debit", lambda s: _bounced(s, synced=True, of_invoice=True)),
        ),
    ),
)
