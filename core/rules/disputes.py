"""A dispute that took money sends it back once; an inquiry moves nothing; lost adds nothing. Won: the money is a line of the payout that
brings it, or, by disputes.when_won, the sale and its payment stand again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from core.external_ids import reinstated_id, sale_id
from core.held import NOTHING_HELD, Ask, Held
from core.plan import Command, Plan, Upsert, nothing, plan
from core.records import Apply, CustomerPayment, Invoice, RecordType, key
from core.rules.charges import asks_of_charge, booked_invoices, charge_commands
from core.rules.customers import customer_ref
from core.rules.invoice_lines import sublists
from core.rules.payments import payer
from core.rules.prices import dispute_item
from core.rules.reversals import Reversal, asks_of_reversal, lines_credited, reverse
from core.rules.sales import deposited, found_among, may_stand_again, one_of, sold_for_cash, standing_for
from core.settings import Settings
from core.snapshot import Dispute


def plan_dispute(dispute: Dispute, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """charge.dispute.created, .funds_withdrawn, .updated: one CreditMemo and CustomerRefund per dispute, whichever event comes first.
    Where settings want it also .funds_reinstated and .closed: what was won stands again."""
    if dispute.status.startswith("warning_"):
        return nothing("The dispute is an inquiry: no money has moved.")
    if not dispute.withdrawn:
        return nothing("Stripe has withdrawn no funds for the dispute.")
    reason = f"dispute: {dispute.reason.replace('_', ' ')}"
    reversal = Reversal(dispute.id, dispute.amount, dispute.created, reason, dispute_item(settings))
    commands = (*charge_commands(dispute.charge, settings, held), *reverse(reversal, dispute.charge, settings, held))
    stood = found_among(may_stand_again(dispute.id), held)
    if dispute.reinstated_at is None or (settings.disputes_when_won == "income_line" and stood is None):
        return plan("The bank took the disputed money back.", *commands)
    again = _reinstated(dispute, dispute.reinstated_at, reversal, settings, held)
    return plan("The dispute was won: the sale and its payment stand again.", *commands, *again)


def asks_of_dispute(dispute: Dispute, settings: Settings) -> Iterable[Ask]:
    yield from asks_of_charge(dispute.charge, settings)
    if dispute.withdrawn:
        yield from asks_of_reversal(dispute.id, dispute.charge, settings)
    if dispute.reinstated_at:
        yield from one_of(may_stand_again(dispute.id), remembered=True)


def _reinstated(dispute: Dispute, at: datetime, reversal: Reversal, settings: Settings, held: Held) -> Iterable[Command]:
    """What the dispute took back, once more: a cash sale or a deposit as such; else a payment, and, where an invoice was credited, a new
    invoice of the same lines that it settles. The first ones stay as they were settled."""
    charge, memo = dispute.charge, f"Stripe: {dispute.id} won, of {dispute.charge.id}"
    external, day = reinstated_id(dispute.id), settings.day(at)
    match standing_for(charge, settings, held):
        case RecordType.CASH_SALE:
            yield from sold_for_cash(external, charge, dispute.amount, at, memo, settings)
        case RecordType.CUSTOMER_DEPOSIT:
            yield Upsert(deposited(external, charge, dispute.amount, at, memo, settings))
        case _:
            yield from _paid_again(dispute, day, reversal, settings, held)


def _paid_again(dispute: Dispute, day: date, reversal: Reversal, settings: Settings, held: Held) -> Iterable[Command]:
    charge, memo = dispute.charge, f"Stripe: {dispute.id} won, of {dispute.charge.id}"
    who = customer_ref(payer(charge, booked_invoices(charge, settings)), settings)
    receivable = settings.accounts.receivable_or_default
    lines = lines_credited(reversal, charge, settings, held)
    sale = Invoice(sale_id(dispute.id), who, day, dispute.amount.currency, **sublists(lines), memo=memo, account=receivable)
    if lines:
        yield Upsert(sale)
    yield Upsert(
        CustomerPayment(
            external_id=reinstated_id(dispute.id),
            customer=who,
            tran_date=day,
            currency=dispute.amount.currency,
            payment=dispute.amount,
            account=settings.accounts.need("undeposited_funds", "a CustomerPayment"),
            ar_acct=receivable,
            apply=(Apply(key(sale), dispute.amount),) if lines else (),
            memo=memo,
        )
    )
