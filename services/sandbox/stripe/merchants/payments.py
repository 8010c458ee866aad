"""What can happen to payments: sold, authorised, debited, refunded, disputed."""

from __future__ import annotations

from services.sandbox.stripe.charges import left_of
from services.sandbox.stripe.merchants.family import Family
from services.sandbox.stripe.merchants.merchant import Merchant
from services.sandbox.stripe.refunds import AT_THE_BANK, NO_MONEY_YET
from services.sandbox.stripe.shapes import Json


def sell(m: Merchant) -> None:
    currency = m.currency()
    buyer = None if m.chance(0.3) else m.customer(currency)
    metadata = {"order": "A 1"} if m.chance(0.2) else {}
    description = m.random.choice((None, "Web shop order", "Bestellung № 7 – größer"))
    m.world.charges.pay(
        m.amount(currency), currency, customer=buyer, description=description, metadata=metadata, balance_later=m.chance(0.15)
    )


def decline(m: Merchant) -> None:
    m.world.charges.decline(m.amount("usd"), customer=m.customer(m.currencies[0]))


def authorise(m: Merchant) -> None:
    currency = m.currency()
    m.world.charges.authorize(m.amount(currency), currency, customer=m.customer(currency), description="Pre-order")


def capture(m: Merchant) -> None:
    if charge := m.one("charge", waits_for_capture):
        found = m.world.account.of("charge", charge)
        m.world.charges.capture(charge, m.part(found["amount"], found["currency"]) if m.chance(0.6) else None)


def let_expire(m: Merchant) -> None:
    if charge := m.one("charge", waits_for_capture):
        m.world.charges.expire(charge)


def begin_debit(m: Merchant) -> None:
    m.world.delayed.begin(m.amount(), customer=m.customer(m.currencies[0]), description="By bank")


def debit_moves(m: Merchant) -> None:
    if charge := m.one("charge", lambda one: one["status"] == "pending"):
        (m.world.delayed.clear if m.chance(0.6) else m.world.delayed.bounce)(charge)


def debit_comes_back(m: Merchant) -> None:
    if charge := m.one("charge", lambda one: one["id"].startswith("py_") and one["status"] == "succeeded"):
        m.world.delayed.bounce(charge)


def refund(m: Merchant, pending: str | None = None) -> None:
    if charge := m.one("charge", refundable):
        found = m.world.account.of("charge", charge)
        left = left_of(found)
        reason = m.random.choice(("requested_by_customer", "duplicate", None))
        m.world.refunds.refund(charge, m.part(left, found["currency"]) if m.chance(0.6) else left, reason=reason, pending=pending)


def reference(m: Merchant) -> None:
    if found := m.one("refund", lambda one: one["status"] == "succeeded"):
        m.world.refunds.reference_arrives(found)


def refund_in_two_steps(m: Merchant) -> None:
    refund(m, m.random.choice((NO_MONEY_YET, AT_THE_BANK)))


def refund_moves(m: Merchant) -> None:
    if found := m.one("refund", lambda one: one["status"] == "pending"):
        m.random.choice((m.world.refunds.succeed, m.world.refunds.fail, m.world.refunds.cancel))(found)


def refund_fails(m: Merchant) -> None:
    if found := m.one("refund", lambda one: one["status"] == "succeeded" and not linked(m, one["id"])):
        m.world.refunds.fail(found)


def dispute(m: Merchant) -> None:
    if charge := m.one("charge", disputable):
        found = m.world.account.of("charge", charge)
        amount = None if m.chance(0.6) else m.part(left_of(found), found["currency"])
        (m.world.disputes.inquire if m.chance(0.25) else m.world.disputes.open)(charge, amount)


def dispute_moves(m: Merchant) -> None:
    if not (found := m.one("dispute", undecided)):
        return
    inquiry = m.world.account.of("dispute", found)["status"].startswith("warning_")
    if m.chance(0.3):
        m.world.disputes.answer(found, "It was delivered.")
    elif inquiry and m.chance(0.5):
        m.world.disputes.escalate(found)
    else:
        m.world.disputes.close(found, won=m.chance(0.5))


def linked(m: Merchant, refund: str) -> bool:
    """A credit note names it: what Stripe shows when such a refund fails is not documented."""
    return any(one["refund"] == refund for note in m.world.account.listed("credit_note") for one in note["refunds"])


def waits_for_capture(charge: Json) -> bool:
    return charge["status"] == "succeeded" and not charge["captured"] and not charge["refunded"]


def refundable(charge: Json) -> bool:
    return bool(charge["balance_transaction"]) and charge["status"] == "succeeded" and not charge["disputed"] and left_of(charge) > 0


def disputable(charge: Json) -> bool:
    return (
        charge["id"].startswith("ch_") and bool(charge["balance_transaction"]) and charge["status"] == "succeeded" and left_of(charge) > 0
    )


def undecided(dispute: Json) -> bool:
    return dispute["status"] not in ("won", "lost", "warning_closed")


ACTS = (
    (Family.CARDS, 6, sell),
    (Family.CARDS, 1, decline),
    (Family.AUTHORISATIONS, 3, authorise),
    (Family.AUTHORISATIONS, 8, capture),
    (Family.AUTHORISATIONS, 2, let_expire),
    (Family.DELAYED, 3, begin_debit),
    (Family.DELAYED, 4, debit_moves),
    (Family.DELAYED, 5, debit_comes_back),
    (Family.REFUNDS, 4, refund),
    (Family.REFUNDS, 1, reference),
    (Family.FAILED_REFUNDS, 2, refund_in_two_steps),
    (Family.FAILED_REFUNDS, 8, refund_moves),
    (Family.FAILED_REFUNDS, 5, refund_fails),
    (Family.DISPUTES, 3, dispute),
    (Family.DISPUTES, 10, dispute_moves),
)
