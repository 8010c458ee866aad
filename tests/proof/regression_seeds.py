"""The worst merchants met so far: seed, families, and what was wrong once, so that it stays right."""

from __future__ import annotations

from services.sandbox.stripe.merchants import EVERY, Family

REGRESSIONS: tuple[tuple[int, frozenset[Family], str], ...] = (
    (0, frozenset({Family.CURRENCIES}), "a guest pays in a currency that the global customer was not made with"),
    (3, frozenset({Family.DELAYED}), "a bank debit fails after it was booked, and Stripe says that nothing of it is captured"),
    (5, frozenset({Family.DELAYED}), "a bank debit's two rows are paid out in two payouts"),
    (2, frozenset({Family.AUTHORISATIONS, Family.DELAYED}), "a bank debit is paid out while pending, then fails, and its second row waits"),
    (6, frozenset({Family.FAILED_PAYOUTS}), "a payout fails that holds the money of one that had failed before"),
    (1, frozenset({Family.CUSTOMER_BALANCE}), "more is paid than an invoice asks for"),
    (26, frozenset({Family.FAILED_REFUNDS}), "a refund follows one that failed, and the payment alone cannot carry both"),
    (4, frozenset({Family.DEBTS, Family.FEES}), "a payout of nothing whose rows cancel each other out"),
    (11, frozenset({Family.DEBTS, Family.RESERVES}), "the same, with other rows"),
    (
        6,
        frozenset({Family.CREDIT_NOTES, Family.DEBTS}),
        "an invoice is paid in full after its credit note was voided, told in the other order",
    ),
    (48, frozenset({Family.CREDIT_NOTES}), "a credit note of the whole follows one that was voided, told in the other order"),
    (1, frozenset({Family.CUSTOMER_BALANCE, Family.SUBSCRIPTIONS}), "a trial's invoice asks for a debit balance"),
    (1, frozenset({Family.CURRENCIES, Family.DEBTS}), "a payout of less than nothing holds a sale in another currency"),
    (3, frozenset({Family.CURRENCIES, Family.FAILED_REFUNDS}), "a refund too small to be worth a cent"),
    (54, EVERY, "a payout of nothing, among everything else"),
)
