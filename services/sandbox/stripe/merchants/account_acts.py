"""What can happen to the account itself: fees, reserves, a platform's money, failed payouts, labels, deleted customers."""

from __future__ import annotations

from services.sandbox.stripe.merchants.family import Family
from services.sandbox.stripe.merchants.merchant import Merchant

FEES = (
    "radar fee",
    "billing fee",
    "tax product fee",
    "fee given back",
    "exchange fee",
    "tax on fees",
    "network cost",
    "climate contribution",
)
HOLDS = (
    ("funds reserved", "funds given free"),
    ("reserve hold", "reserve release"),
    ("network reserve hold", "network reserve release"),
    ("minimum balance hold", "minimum balance release"),
)
# https://docs.stripe.com/api/metadata; the keys are the connector's, see its README.
LABELS = ("netsuite_allow_duplicate", "netsuite_block_integration", "netsuite_allow_integration")


def fee(m: Merchant) -> None:
    m.world.own_rows.book(m.random.choice(FEES), m.random.randint(1, 500), m.settles_in[0])


def other_pricing(m: Merchant) -> None:
    m.set_pricing()


def adjustment(m: Merchant) -> None:
    m.world.own_rows.book(m.random.choice(("adjustment", "goodwill")), m.amount(), m.settles_in[0])


def debt(m: Merchant) -> None:
    """More than there is: the next payout is a debit. Or exactly as much as there is: it comes to nothing."""
    currency = m.random.choice(m.settles_in)
    balance = m.world.ledger.not_paid_out().get(currency, {"balance": 0})["balance"]
    more = 0 if m.chance(0.3) else m.amount()
    if balance + more > 0:
        m.world.own_rows.book("adjustment", balance + more, currency)


def hold(m: Merchant) -> None:
    held, freed = m.random.choice(HOLDS)
    amount, currency = m.amount(), m.random.choice(m.settles_in)
    m.world.own_rows.book(held, amount, currency)
    m.on_hold.append((freed, amount, currency))


def free(m: Merchant) -> None:
    if m.on_hold:
        m.world.own_rows.book(*m.on_hold.pop(m.random.randrange(len(m.on_hold))))


def something_new(m: Merchant) -> None:
    m.world.own_rows.book("something new", m.random.randint(1, 500), m.settles_in[0])


def earn(m: Merchant) -> None:
    m.world.connect.earn(m.amount(), m.settles_in[0])


def give_back(m: Merchant) -> None:
    if found := m.one("application_fee", lambda one: not one["refunded"]):
        fee = m.world.account.of("application_fee", found)
        m.world.connect.give_back(found, m.part(fee["amount"] - fee["amount_refunded"]))


def transfer(m: Merchant) -> None:
    m.world.connect.transfer(m.amount(), m.settles_in[0])


def reverse(m: Merchant) -> None:
    if found := m.one("transfer", lambda one: not one["reversed"]):
        sent = m.world.account.of("transfer", found)
        m.world.connect.reverse(found, m.part(sent["amount"] - sent["amount_reversed"]))


def top_up(m: Merchant) -> None:
    m.world.connect.top_up(m.amount(), m.settles_in[0])


def topup_moves(m: Merchant) -> None:
    connect = m.world.connect
    if found := m.one("topup", lambda one: one["status"] in ("pending", "succeeded")):
        status = m.world.account.of("topup", found)["status"]
        (connect.topup_arrives if status == "pending" else connect.topup_returns)(found)


def payout_fails(m: Merchant) -> None:
    if found := m.one("payout", lambda one: one["status"] in ("pending", "in_transit", "paid") and one["amount"] > 0):
        pending = m.world.account.of("payout", found)["status"] == "pending"
        (m.world.payouts.cancel if pending and m.chance(0.5) else m.world.payouts.fail)(found)


def label(m: Merchant) -> None:
    if charge := m.one("charge", lambda one: one["status"] == "succeeded"):
        m.world.charges.annotate(charge, {m.random.choice(LABELS): "true"})


def delete_customer(m: Merchant) -> None:
    if found := m.one("customer", lambda one: not one.get("deleted")):
        m.world.catalogue.delete_customer(found)


ACTS = (
    (Family.FEES, 3, fee),
    (Family.FEES, 1, other_pricing),
    (Family.FEES, 1, adjustment),
    (Family.DEBTS, 1, debt),
    (Family.RESERVES, 2, hold),
    (Family.RESERVES, 4, free),
    (Family.UNKNOWN, 1, something_new),
    (Family.CONNECT, 1, earn),
    (Family.CONNECT, 4, give_back),
    (Family.CONNECT, 1, transfer),
    (Family.CONNECT, 4, reverse),
    (Family.CONNECT, 1, top_up),
    (Family.CONNECT, 4, topup_moves),
    (Family.FAILED_PAYOUTS, 10, payout_fails),
    (Family.METADATA, 2, label),
    (Family.DELETED_CUSTOMERS, 1, delete_customer),
)
