"""What each row of a payout is in NetSuite: a member of the Deposit, or money to an account. One table, and every unknown to suspense."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from core.external_ids import external_id, failed_id
from core.held import Held
from core.money import Money
from core.records import DepositLine, DepositPayment, External, RecordType
from core.rules.sales import found_among, may_stand_again, may_stand_for
from core.settings import Settings
from core.snapshot import BalanceTransaction, Payout

# Rows without a member post to an account, by Stripe's reporting category:
# https://docs.stripe.com/reports/reporting-categories. What is not here goes to suspense, and the plan says so.
ACCOUNT_BY_CATEGORY = {
    "fee": "stripe_fees",
    "tax": "stripe_fees",
    "network_cost": "network_fees",
    "platform_earning": "application_fees",
    "platform_earning_refund": "application_fees",
    "dispute_reversal": "dispute_reversals",
    "other_adjustment": "adjustments",
    "risk_reserved_funds": "adjustments",
    "connect_reserved_funds": "adjustments",
    "payment_network_reserve_hold": "adjustments",
    "payment_network_reserve_release": "adjustments",
    "reserve_hold": "adjustments",
    "reserve_release": "adjustments",
    "topup": "adjustments",
    "topup_reversal": "adjustments",
    "payout_minimum_balance_hold": "adjustments",
    "payout_minimum_balance_release": "adjustments",
    "transfer": "adjustments",
    "transfer_reversal": "adjustments",
    "connect_collection_transfer": "adjustments",
    "advance": "adjustments",
    "advance_funding": "adjustments",
    "anticipation_repayment": "adjustments",
}
NEVER_SETTLED = "payment_that_never_settled"
ACCOUNT_BY_CATEGORY[NEVER_SETTLED] = "suspense"  # both of its rows, so that nothing is left there
# Which account each kind of fee on a row posts to: balance_transaction.fee_details[].type
ACCOUNT_BY_FEE = {
    "stripe_fee": "payment_fees",
    "tax": "payment_fees",
    "application_fee": "application_fees",
    "payment_method_passthrough_fee": "network_fees",
}


REFUNDS = (RecordType.CUSTOMER_REFUND, RecordType.CASH_REFUND)


def may_be_member(row: BalanceTransaction) -> tuple[External, ...]:
    """The records of which the row pays out one, if it is such a row: a payment, a refund, or what undid one."""
    match row.reporting_category:
        case "charge" | "partial_capture_reversal":  # authorised 60, captured 45: a row of +60 and one of -15, one payment of 45
            return may_stand_for(row.source_id)
        case "refund" | "dispute":
            return tuple(External(kind, external_id(row.source_id)) for kind in REFUNDS)
        case "charge_failure":
            return tuple(External(kind, failed_id(row.source_id)) for kind in REFUNDS)
        case "refund_failure":
            return tuple(External(kind, failed_id(row.source_id)) for kind in (RecordType.JOURNAL_ENTRY, RecordType.CUSTOMER_DEPOSIT))
        case "dispute_reversal":
            return may_stand_again(row.source_id)
        case "payout_reversal":
            return (External(RecordType.JOURNAL_ENTRY, failed_id(row.source_id)),)
        case _:
            return ()


def member_of(row: BalanceTransaction, settings: Settings, held: Held) -> External | None:
    """The record that the row pays out: the one that NetSuite holds, else the likeliest; None when it pays none out, as a dispute that
    was won does by default."""
    refs = may_be_member(row)
    has_none = not refs or (row.reporting_category == "dispute_reversal" and settings.disputes_when_won == "income_line")
    return found_among(refs, held) or (None if has_none else refs[0])


def booked_as(payout: Payout) -> External:
    """The record that a payout becomes: a Deposit, or the JournalEntry of one that is manual, or of zero or less."""
    is_entry = not payout.automatic or payout.amount.minor <= 0
    return External(RecordType.JOURNAL_ENTRY if is_entry else RecordType.DEPOSIT, external_id(payout.id))


def rows_of(payout: Payout, held: Held) -> Iterable[BalanceTransaction]:
    """The payout's rows. The money of a failed payout that never became a Deposit stands there as one row: its own rows take its
    place. A payment that failed before it was synced has no record: its two rows, in this payout or in two, cancel each other out."""
    inside = {each.id: each for each in payout.replaces if each.automatic and booked_as(each) not in held}
    for row in payout.balance_transactions:
        if row.reporting_category == "payout_reversal" and row.source_id in inside:
            yield from rows_of(inside[row.source_id], held)
        elif never_synced(row, held):
            yield replace(row, reporting_category=NEVER_SETTLED)
        else:
            yield row


def never_synced(row: BalanceTransaction, held: Held) -> bool:
    """A row of a payment that failed, or of a refund of it that failed before, and of which NetSuite holds nothing; the charge's rule and
    the refunds' leave it so."""
    charge_id = failed_charge_of(row)
    return bool(charge_id) and found_among(may_stand_for(charge_id), held) is None


def failed_charge_of(row: BalanceTransaction) -> str:
    """The charge that failed, if the row is of one or of a refund of one; else ""."""
    if row.reporting_category in ("refund", "refund_failure"):
        return row.charge_id if row.charge_status == "failed" else ""
    failed = row.reporting_category == "charge_failure" or (row.reporting_category == "charge" and row.source_status == "failed")
    return row.source_id if failed else ""


@dataclass(slots=True)
class Lines:
    """Collects a deposit's lines: one per member, one per row that waits in suspense, one per account and kind for the rest."""

    settings: Settings
    currency: str
    missing: list[BalanceTransaction] = field(default_factory=list)
    kept_out: list[BalanceTransaction] = field(default_factory=list)
    unmapped: list[BalanceTransaction] = field(default_factory=list)
    _by_member: dict[External, Money] = field(default_factory=dict)
    _converted: set[External] = field(default_factory=set)
    _by_account: dict[tuple[str, str], Money] = field(default_factory=dict)

    def add(self, row: BalanceTransaction, member: External | None, *, is_good: bool, is_kept_out: bool = False) -> None:
        """A row and the record that it pays out, if any; `is_good`: that record stands in NetSuite; `is_kept_out`: an operator wants it in no
        deposit, so the row stands in suspense with his reason until he books what it was."""
        if is_kept_out:
            self.kept_out.append(row)
            self._post("suspense", f"{row.source_id} {'undone' if row.undone else 'excluded'}: {row.excluded}", row.amount)
        elif member and is_good:
            self._by_member[member] = self._by_member.get(member, self._zero) + row.amount
            if row.converted:
                self._converted.add(member)
        elif member:
            self.missing.append(row)
            self._post("suspense", row.id, row.amount)
        elif row.amount:
            account = ACCOUNT_BY_CATEGORY.get(row.reporting_category)
            if account is None:
                self.unmapped.append(row)
            self._post(account or "suspense", row.reporting_category.replace("_", " "), row.amount)
        for account, kind, amount in _fees(row):
            self._post(account, kind, -amount)

    @property
    def members(self) -> tuple[DepositPayment, ...]:
        return tuple(DepositPayment(member, amount, member in self._converted) for member, amount in self._by_member.items())

    def signed(self, sign: int) -> tuple[DepositLine, ...]:
        """The lines that add to the deposit (+1) or take from it (-1), as positive amounts."""
        return tuple(self._line(account, kind, amount) for (account, kind), amount in self._by_account.items() if amount.minor * sign > 0)

    def _line(self, account: str, kind: str, amount: Money) -> DepositLine:
        ref = self.settings.accounts.need(account, f"a deposit line of kind {kind!r}")
        return DepositLine(ref, amount if amount.minor > 0 else -amount, f"Stripe: {kind}")

    def _post(self, account: str, kind: str, amount: Money) -> None:
        self._by_account[account, kind] = self._by_account.get((account, kind), self._zero) + amount

    @property
    def _zero(self) -> Money:
        return Money.zero(self.currency)


def _fees(row: BalanceTransaction) -> Iterable[tuple[str, str, Money]]:
    """(account, kind, amount) of each fee on a row. The fee of a dispute is a dispute fee, whatever its detail says."""
    if not row.fee:
        return
    if row.reporting_category in ("dispute", "dispute_reversal"):
        yield "dispute_fees", "dispute fee", row.fee
        return
    detailed = Money.total((detail.amount for detail in row.fee_details), row.fee.currency)
    for detail in row.fee_details:
        yield ACCOUNT_BY_FEE.get(detail.type, "payment_fees"), detail.type.replace("_", " "), detail.amount
    if detailed != row.fee:
        yield "payment_fees", "fee without detail", row.fee - detailed
