"""What a story may begin with: acts that build on each other, day by day. Drawn one by one they would hardly ever meet in a small story."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.sandbox.stripe.merchants.account_acts import delete_customer, payout_fails
from services.sandbox.stripe.merchants.bills import (
    adjust_balance,
    bill,
    bill_of_many_kinds,
    cancel_subscription,
    credit,
    credit_a_refund,
    credit_note_moves,
    describe,
    end_an_invoice,
    fail_to_pay,
    overpay,
    pay,
    pay_a_part,
    pay_by_debit,
    pay_what_was_written_off,
    subscribe,
    switch,
)
from services.sandbox.stripe.merchants.merchant import Merchant
from services.sandbox.stripe.merchants.payments import (
    authorise,
    begin_debit,
    capture,
    debit_comes_back,
    debit_moves,
    dispute,
    dispute_moves,
    let_expire,
    reference,
    refund,
    refund_fails,
    refund_in_two_steps,
    refund_moves,
    sell,
)

Act = Callable[[Merchant], object]
Plot = tuple[tuple[Act, ...], ...]
"""The acts of each day."""

_PAID_OUT: Plot = ((), (), (), ())
"""Two days until a card's money may be paid out, two until the payout arrives."""

PLOTS: Mapping[str, Plot] = {
    "a sale is refunded, twice if a part is left": ((sell, refund, refund, reference),),
    "a refund fails after its money moved": ((sell, refund, refund_fails),),
    "a refund waits, then moves or fails": ((sell, refund_in_two_steps, refund_moves),),
    "a sale is disputed": ((sell, dispute, dispute_moves, dispute_moves),),
    "an authorisation is captured and refunded": ((authorise, capture, refund),),
    "an authorisation expires": ((authorise, let_expire),),
    "a debit clears or bounces, and comes back": ((begin_debit, debit_moves, debit_comes_back),),
    "an invoice is paid and refunded": ((bill, pay, refund, refund),),
    "one of many kinds of lines is": ((bill_of_many_kinds, pay, refund),),
    "its refund fails": ((bill, pay, refund, refund_fails),),
    "its refund waits": ((bill, pay, refund_in_two_steps, refund_moves),),
    "an invoice is paid and disputed": ((bill, pay, dispute, dispute_moves, dispute_moves),),
    "an invoice is paid in parts and one is refunded": ((bill, pay_a_part, pay, refund),),
    "an invoice is overpaid": ((bill, overpay, refund),),
    "an invoice is paid by debit, which comes back": ((bill, pay_by_debit, debit_moves, debit_comes_back),),
    "an invoice is given up, and perhaps paid": ((bill, end_an_invoice, pay_what_was_written_off),),
    "a part of it is credited before": ((bill, credit, end_an_invoice, pay_what_was_written_off),),
    "an open invoice is credited, and that voided": ((bill, credit, credit_note_moves),),
    "a paid invoice is credited": ((bill, pay, credit, credit),),
    "a refund is credited afterwards": ((bill, pay, refund, credit_a_refund),),
    "a balance is used": ((adjust_balance, bill, pay, refund),),
    "a payment fails, and the invoice is edited": ((bill, fail_to_pay, describe, pay),),
    "a subscription is switched and refunded": ((subscribe, switch, pay, refund),),
    "a subscription ends": ((subscribe, cancel_subscription, pay),),
    "a customer is deleted": ((sell, delete_customer, refund),),
    "a payout fails on its way": ((sell,), (), (), (payout_fails,)),
    "a payout fails after it was paid": ((sell,), *_PAID_OUT, (payout_fails,)),
    "a refund after the payout": ((bill, pay), *_PAID_OUT, (refund, refund_fails)),
    "a dispute after the payout": ((sell,), *_PAID_OUT, (dispute, dispute_moves)),
}
