"""A payout is a Deposit: the payments and refunds it pays out, less Stripe's fees, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.external_ids import external_id
from core.held import NOTHING_HELD, Held
from core.money import Money
from core.outcome import CannotSync, Kind, cannot, not_built
from core.plan import Absent, Plan, Require, Upsert, nothing, plan
from core.records import Deposit, DepositLine, DepositPayment, External, RecordType
from core.rules.payments import payment_ref
from core.settings import Settings
from core.snapshot import BalanceTransaction, Payout

# Which account a row without a member posts to, by Stripe's reporting category:
# https://docs.stripe.com/reports/reporting-categories. What is not here goes to suspense.
ACCOUNT_BY_CATEGORY = {
    "fee": "stripe_fees",
    "tax": "stripe_fees",
    "network_cost": "network_fees",
    "platform_earning": "application_fees",
    "platform_earning_refund": "application_fees",
    "dispute_reversal": "dispute_reversals",
    "other_adjustment": "adjustments",
    "risk_reserved_funds": "adjustments",
    "topup": "adjustments",
    "topup_reversal": "adjustments",
    "payout_minimum_balance_hold": "adjustments",
    "payout_minimum_balance_release": "adjustments",
}
# Which account each kind of fee on a row posts to: balance_transaction.fee_details[].type
ACCOUNT_BY_FEE = {
    "stripe_fee": "payment_fees",
    "tax": "payment_fees",
    "application_fee": "application_fees",
    "payment_method_passthrough_fee": "network_fees",
}
NOT_BUILT = {
    "charge_failure": "A delayed payment that failed after it was synced, inside a payout",
    "refund_failure": "A refund that failed after it was synced, inside a payout",
    "payout": "A payout inside a payout",
    "payout_reversal": "A failed payout that a later payout replaces",
}


def plan_payout(payout: Payout, settings: Settings, held: Held = NOTHING_HELD) -> Plan:
    """payout.created: check what it holds, write nothing. payout.paid, .updated: the Deposit."""
    if payout.status in ("failed", "canceled"):
        undone = Absent(
            External(RecordType.DEPOSIT, external_id(payout.id)), f"A payout that became {payout.status} after its Deposit was made"
        )
        return plan(f"The payout is {payout.status}: there must be no Deposit.", undone)
    if not payout.automatic:
        raise CannotSync(not_built("A manual or instant payout (Stripe does not say what it pays out)"))
    if payout.reconciliation_status != "completed":
        return _not_listed(payout)
    deposit = netsuite_deposit(payout, settings)
    members = [Require(line.doc, made_by=line.doc.external_id) for line in deposit.payment]
    if payout.status != "paid":
        return plan(f"The payout is {payout.status}: what it holds is checked, nothing is written before it is paid.", *members)
    return plan("The payout is paid.", *members, Upsert(deposit))


def netsuite_deposit(payout: Payout, settings: Settings) -> Deposit:
    """The Deposit of a payout; CannotSync when its lines do not add up to the payout."""
    if payout.amount.minor <= 0:
        raise CannotSync(not_built("A payout of zero or less"))
    lines = _Lines(settings, payout.amount.currency)
    for row in payout.balance_transactions:
        lines.add(row)
    deposit = Deposit(
        external_id=external_id(payout.id),
        account=settings.accounts.bank_for(payout.amount.currency, "a Deposit"),
        tran_date=payout.arrival_date,
        currency=payout.amount.currency,
        payment=tuple(DepositPayment(*member) for member in lines.by_member.items()),
        other=tuple(lines.signed(+1)),
        cashback=tuple(lines.signed(-1)),
        memo=f"Stripe: {payout.id} {payout.description}".strip(),
    )
    if deposit.total != payout.amount:
        cannot(
            Kind.REFUSED,
            f"total differs: the balance transactions add up to {deposit.total}, the payout is {payout.amount}",
            "Retry later; when it stays so, report it with the payout's id. Nothing was written.",
            record=f"deposit {deposit.external_id}",
        )
    return deposit


@dataclass(slots=True)
class _Lines:
    """Collects a deposit's lines from its rows: one line per member, everything else one line per account and kind."""

    settings: Settings
    currency: str
    by_member: dict[External, Money] = field(default_factory=dict)
    by_account: dict[tuple[str, str], Money] = field(default_factory=dict)

    def add(self, row: BalanceTransaction) -> None:
        if row.reporting_category in NOT_BUILT:
            raise CannotSync(not_built(NOT_BUILT[row.reporting_category]))
        member = _member(row)
        if member and row.converted:
            raise CannotSync(not_built("A payout of payments made in another currency"))
        if member:
            self.by_member[member] = self.by_member.get(member, Money.zero(self.currency)) + row.amount
        else:
            account = ACCOUNT_BY_CATEGORY.get(row.reporting_category, "suspense")
            self._post(account, row.reporting_category.replace("_", " "), row.amount)
        for account, kind, amount in _fees(row):
            self._post(account, kind, -amount)

    def signed(self, sign: int) -> Iterable[DepositLine]:
        """The lines that add to the deposit (+1) or take from it (-1), as positive amounts."""
        for (account, kind), amount in self.by_account.items():
            if amount.minor * sign > 0:
                ref = self.settings.accounts.need(account, f"a deposit line of kind {kind!r}")
                yield DepositLine(ref, amount if sign > 0 else -amount, f"Stripe: {kind}")

    def _post(self, account: str, kind: str, amount: Money) -> None:
        self.by_account[account, kind] = self.by_account.get((account, kind), Money.zero(self.currency)) + amount


def _member(row: BalanceTransaction) -> External | None:
    """The CustomerPayment or CustomerRefund that the row pays out, if it is such a row."""
    match row.reporting_category:
        case "charge" | "partial_capture_reversal":  # authorised 60, captured 45: a row of +60 and one of -15, one payment of 45
            return payment_ref(row.source_id)
        case "refund" | "dispute":
            return External(RecordType.CUSTOMER_REFUND, external_id(row.source_id))
        case _:
            return None


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


def _not_listed(payout: Payout) -> Plan:
    if payout.status != "paid":
        return nothing("Stripe has not listed yet what the payout holds; it is checked when it is paid.")
    return cannot(
        Kind.NOT_READY,
        f"Stripe has not listed yet what the payout holds (reconciliation {payout.reconciliation_status})",
        "Nothing to do: payout.reconciliation_completed brings it, and it is tried again by itself.",
    )
