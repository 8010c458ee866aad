"""A payout is a Deposit: the payments and refunds it pays out, less Stripe's fees, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.external_ids import external_id, failed_id
from core.held import NOTHING_HELD, Ask, Held
from core.metadata import DEPOSIT_ID
from core.money import Money
from core.outcome import Failed, Kind, cannot
from core.plan import Plan, Require, Upsert, nothing, plan
from core.records import Deposit, Internal, JournalEntry, JournalLine, key
from core.rules.payout_lines import Lines, booked_as, failed_charge_of, may_be_member, member_of, rows_of
from core.rules.payout_parts import parts_of
from core.rules.sales import may_stand_for, one_of
from core.settings import Settings
from core.snapshot import BalanceTransaction, Payout


def plan_payout(payout: Payout, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """payout.created: check what it holds, write nothing. payout.paid, .updated: the Deposit. Failed: undo the Deposit, if there is one."""
    if payout.status in ("failed", "canceled"):
        if booked_as(payout) not in held:
            return nothing(f"The payout is {payout.status} and is not in the books; its members go with the payout that pays them.")
        return _undone(payout, settings, held)
    if not payout.automatic:
        return _manual(payout, settings)
    if payout.reconciliation_status != "completed":
        return _not_listed(payout)
    lines = _lines(payout, settings, held)
    unseen = [
        entry for each in _unseen_by_hand(payout, settings, held) for entry in (_transfer(each, settings), _came_back(each, settings))
    ]
    here = {key(entry) for entry in unseen}
    members = [Require(line.doc, made_by=line.doc.external_id) for line in lines.members if line.doc not in here]
    records = (*unseen, *_records(payout, lines, settings))
    if payout.status != "paid":
        return plan(f"The payout is {payout.status}: what it holds is checked, nothing is written before it is paid.", *members)
    written = plan(_because(lines), *members, *(Upsert(record) for record in records))
    return replace(written, pending=_pending(lines))


def _undone(payout: Payout, settings: Settings, held: Held) -> Plan:
    """It was booked before it failed: what waited in suspense is still replaced by its members, and an entry takes the whole back."""
    because = f"The payout became {payout.status} after it was booked."
    if not payout.automatic:
        return plan(because, Upsert(_transfer(payout, settings)), Upsert(_came_back(payout, settings)))
    if not payout.balance_transactions:
        return plan(because, Upsert(_came_back(payout, settings)))
    lines = _lines(replace(payout, status="paid"), settings, held)
    booked = (Upsert(record) for record in _records(payout, lines, settings))
    return replace(plan(because, *booked, Upsert(_came_back(payout, settings))), pending=_pending(lines))


def asks_of_payout(payout: Payout, settings: Settings) -> Iterable[Ask]:
    """Which of its members stand in NetSuite already, and which Deposits of payouts that it replaces."""
    if payout.status in ("failed", "canceled"):
        yield Ask(booked_as(payout))
    for each in _replaced(payout):
        yield Ask(booked_as(each))
    for row in _all_rows(payout):
        if charge_id := failed_charge_of(row):
            yield from one_of(may_stand_for(charge_id))
        by_default_none = row.reporting_category == "dispute_reversal" and settings.disputes_when_won == "income_line"
        yield from one_of(may_be_member(row), remembered=by_default_none)


def _replaced(payout: Payout) -> Iterable[Payout]:
    """The failed payouts whose money is in this one, and those whose money was in them."""
    for each in payout.replaces:
        yield each
        yield from _replaced(each)


def _unseen_by_hand(payout: Payout, settings: Settings, held: Held) -> Sequence[Payout]:
    """Payouts by hand that failed before they were booked. Stripe does not say what they held, so the payout that has their money now
    books them and takes them back, as if they had been seen in time."""
    if settings.payouts_manual == "hold":
        return ()
    return [each for each in _replaced(payout) if not each.automatic and booked_as(each) not in held]


def _all_rows(payout: Payout) -> Iterable[BalanceTransaction]:
    yield from payout.balance_transactions
    for each in payout.replaces:
        yield from _all_rows(each)


def _lines(payout: Payout, settings: Settings, held: Held) -> Lines:
    lines = Lines(settings, payout.amount.currency)
    by_hand = {each.id for each in _unseen_by_hand(payout, settings, held)}
    for row in rows_of(payout, held):
        member = member_of(row, settings, held)
        is_good = settings.payouts_on_invalid == "hold" or payout.status != "paid" or (member is not None and member in held)
        is_kept_out = member is not None and bool(row.excluded) and (row.undone or member not in held)
        lines.add(row, member, is_good=is_good or row.source_id in by_hand, is_kept_out=is_kept_out)
    return lines


def _records(payout: Payout, lines: Lines, settings: Settings) -> Sequence[Deposit | JournalEntry]:
    """One Deposit, several when it has too many lines, or a JournalEntry when nothing or less than nothing is paid out."""
    whole = Deposit(
        external_id=external_id(payout.id),
        account=settings.accounts.bank_for(payout.amount.currency, "a Deposit"),
        tran_date=payout.arrival_date,
        currency=payout.amount.currency,
        payment=lines.members,
        other=lines.signed(+1),
        cashback=lines.signed(-1),
        memo=f"Stripe: {payout.id} {payout.description}".strip(),
    )
    if whole.total != payout.amount:
        cannot(
            Kind.REFUSED,
            f"total differs: the balance transactions add up to {whole.total}, the payout is {payout.amount}",
            "Retry later; when it stays so, report it with the payout's id. Nothing was written.",
            record=f"deposit {whole.external_id}",
        )
    if payout.amount.minor <= 0:
        entry = as_entry(whole, settings)
        return (entry,) if entry.line else ()
    return parts_of(whole)


def as_entry(whole: Deposit, settings: Settings) -> JournalEntry:
    """The same lines as an entry, Undeposited Funds by member: NetSuite takes no Deposit whose net is not positive."""
    undeposited = settings.accounts.need("undeposited_funds", "the entry of a payout")
    entry = [
        *(_side(whole.account, whole.total, whole.memo) if whole.total else ()),
        *(side for line in whole.payment for side in _side(undeposited, -line.amount, f"Stripe: {line.doc.external_id}")),
        *(side for line in whole.other for side in _side(line.account, -line.amount, line.memo)),
        *(side for line in whole.cashback for side in _side(line.account, line.amount, line.memo)),
    ]
    return JournalEntry(whole.external_id, whole.tran_date, whole.currency, tuple(entry), whole.memo, settings.subsidiary_ref)


def _side(account: Internal, amount: Money, memo: str) -> Iterable[JournalLine]:
    """A debit when the amount is positive, a credit when it is negative."""
    if amount.minor > 0:
        yield JournalLine(account, debit=amount, memo=memo)
    else:
        yield JournalLine(account, credit=-amount, memo=memo)


def _manual(payout: Payout, settings: Settings) -> Plan:
    """Stripe does not say what a manual or instant payout holds: what it paid moves from Undeposited Funds to the bank as one amount."""
    if payout.status != "paid":
        return nothing(f"The manual payout is {payout.status}; it is booked when it is paid.")
    if settings.payouts_manual == "hold":
        return cannot(
            Kind.BLOCKED,
            f"{payout.id} is a payout by hand of {payout.amount}, and payouts.manual is hold: a person books it",
            f"Book it in NetSuite and put the Deposit's internal id under {DEPOSIT_ID} on {payout.id} in Stripe, then retry; or skip the event. "
            "To have it booked from Undeposited Funds to the bank, set payouts.manual = transfer, then retry.",
        )
    return plan("A manual payout: its amount moves from Undeposited Funds to the bank.", Upsert(_transfer(payout, settings)))


def _transfer(payout: Payout, settings: Settings) -> JournalEntry:
    """Dr bank, Cr Undeposited Funds, and the fee of an instant payout."""
    memo = f"Stripe: {payout.id} {payout.description}".strip()
    fee = payout.fee or Money.zero(payout.amount.currency)
    lines = [
        *_side(settings.accounts.bank_for(payout.amount.currency, "a manual payout"), payout.amount, memo),
        *(_side(settings.accounts.need("stripe_fees", "an instant payout"), fee, f"{memo} fee") if fee else ()),
        *_side(settings.accounts.need("undeposited_funds", "a manual payout"), -(payout.amount + fee), memo),
    ]
    return JournalEntry(external_id(payout.id), payout.arrival_date, payout.amount.currency, tuple(lines), memo, settings.subsidiary_ref)


def _came_back(payout: Payout, settings: Settings) -> JournalEntry:
    """Dr Undeposited Funds, Cr bank, and the fee of an instant payout: the payout that replaces it takes this entry as a member."""
    memo = f"Stripe: {payout.id} {payout.status}"
    fee = payout.fee if payout.fee and not payout.automatic else Money.zero(payout.amount.currency)
    lines = (
        JournalLine(settings.accounts.need("undeposited_funds", "a failed payout"), debit=payout.amount + fee, memo=memo),
        JournalLine(settings.accounts.bank_for(payout.amount.currency, "a failed payout"), credit=payout.amount, memo=memo),
        *(_side(settings.accounts.need("stripe_fees", "an instant payout"), -fee, f"{memo} fee") if fee else ()),
    )
    day = settings.day(payout.failed_at) if payout.failed_at else payout.arrival_date
    return JournalEntry(failed_id(payout.id), day, payout.amount.currency, lines, memo, settings.subsidiary_ref)


def _because(lines: Lines) -> str:
    said = ["The payout is paid."]
    if lines.missing:
        said.append(f"{len(lines.missing)} of its rows wait in suspense for their records.")
    if lines.kept_out:
        said.append(f"{len(lines.kept_out)} of its rows stand in suspense, kept out by an operator.")
    if lines.unmapped:
        kinds = ", ".join(sorted({row.reporting_category for row in lines.unmapped}))
        said.append(f"ALERT: no account is named for {kinds}; it stands in suspense.")
    return " ".join(said)


def _pending(lines: Lines) -> Failed | None:
    """After the good rows were written: what is still waited for."""
    if not lines.missing:
        return None
    first = lines.missing[0].source_id
    message = f"{len(lines.missing)} row(s) of the payout stand in suspense; the first waits for {first}"
    remedy = f"Nothing to do: it is tried again when {first} is synced. If that one failed, mend it first."
    return Failed(Kind.NOT_READY, message, remedy, waits_for=first)


def _not_listed(payout: Payout) -> Plan:
    if payout.status != "paid":
        return nothing("Stripe has not listed yet what the payout holds; it is checked when it is paid.")
    return cannot(
        Kind.NOT_READY,
        f"Stripe has not listed yet what the payout holds (reconciliation {payout.reconciliation_status})",
        "Nothing to do: payout.reconciliation_completed brings it, and it is tried again by itself.",
    )
