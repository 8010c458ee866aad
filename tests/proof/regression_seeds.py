"""The worst merchants met so far: seed, families, and what was wrong once, so that it stays right."""

from __future__ import annotations

from services.sandbox.stripe.merchants import EVERY, Family

UNLABELLED = EVERY - {Family.METADATA}
REGRESSIONS: tuple[tuple[int, frozenset[Family], str], ...] = (
    (0, frozenset({Family.CURRENCIES}), "a guest pays in a currency that the global customer was not made with"),
    (3, frozenset({Family.DELAYED}), "a bank debit fails after it was booked, and Stripe says that nothing of it is captured"),
    (5, frozenset({Family.DELAYED}), "a bank debit that failed before it was booked stands in a payout"),
    (6, frozenset({Family.FAILED_PAYOUTS}), "a payout fails that holds the money of one that had failed before"),
    (1, frozenset({Family.CUSTOMER_BALANCE}), "more is paid than an invoice asks for"),
    (26, frozenset({Family.FAILED_REFUNDS}), "a refund follows one that failed, and the payment alone cannot carry both"),
    (4, frozenset({Family.DEBTS, Family.FEES}), "a payout of nothing whose rows cancel each other out"),
    (
        6,
        frozenset({Family.CREDIT_NOTES, Family.DEBTS}),
        "an invoice is paid in full after its credit note was voided, told in the other order",
    ),
    (48, frozenset({Family.CREDIT_NOTES}), "a credit note of the whole follows one that was voided, told in the other order"),
    (28, UNLABELLED, "a payment of what a voided credit note had credited is refunded, told in the other order"),
    (1, frozenset({Family.CUSTOMER_BALANCE, Family.SUBSCRIPTIONS}), "a trial's invoice asks for a debit balance"),
    (1, frozenset({Family.CURRENCIES, Family.DEBTS}), "a payout of less than nothing holds a sale in another currency"),
    (267, UNLABELLED, "an invoice that used the customer's balance is voided before it was seen"),
    (662, UNLABELLED, "the same with taxes"),
    (862, UNLABELLED, "paid in part, given up, then paid"),
    (510, UNLABELLED, "a credit note names a refund that was booked before"),
    (756, EVERY, "a dispute follows a refund that failed"),
    (1015, EVERY, "a refund and a dispute follow a refund that failed"),
    (34, frozenset({Family.METADATA}), "a payout holds one charge that is barred and one that is late"),
    (614, EVERY, "an invoice is paid by a charge that is barred"),
    (4346, EVERY, "a debit balance is larger than an invoice of less than nothing"),
    (69, frozenset({Family.DELAYED, Family.FAILED_REFUNDS, Family.REFUNDS}), "a refund fails, then its bank debit, before either was seen"),
    (9651, EVERY, "an invoice was given up, then paid by a charge that is barred"),
)
