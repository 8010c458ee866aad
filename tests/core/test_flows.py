"""What NetSuite should hold when things go wrong or come back: closed, given up, failed after the fact, paid out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from textwrap import dedent

import pytest

from core.held import Held, HeldApply, HeldRecord
from core.outcome import CannotSync, Kind
from core.plan import Plan, page
from core.records import Deposit, External, Internal, RecordType
from core.rules.charges import plan_charge
from core.rules.credit_notes import plan_credit_note
from core.rules.disputes import plan_dispute
from core.rules.invoices import plan_invoice
from core.rules.payouts import plan_payout
from core.rules.refunds import plan_refunds
from core.settings import Settings
from core.snapshot import CreditNote, CreditNoteRefund, InvoicePayment, Payout, Snapshot
from tests.given import SETTINGS, at, charge, dispute, invoice, invoiced, line, moved, payout, refund, refunds, tax, usd

GLOBAL = replace(
    SETTINGS,
    customers_policy="global",
    items_policy="global",
    accounts=replace(SETTINGS.accounts, receivable="120"),
)
AGAIN = replace(GLOBAL, disputes_when_won="reinstate")
CASH = replace(GLOBAL, charges_without_invoice="cash_sale")
DEPOSITS = replace(GLOBAL, charges_without_invoice="customer_deposit")
NO_BAD_DEBT = replace(GLOBAL, accounts=replace(GLOBAL.accounts, bad_debt=""))

Rule = Callable[[Snapshot, Settings, Held], Plan]


def held(*refs: str) -> Held:
    """Records that NetSuite holds, as `type externalId`."""
    kinds = {text: External(RecordType(text.split()[0]), text.split()[1]) for text in refs}
    return Held({ref: HeldRecord("647") for ref in kinds.values()})


def gist(plan: Plan) -> str:
    """The plan without customers and items, and without what does not vary: who, when, how much, applied to what, by which account."""
    kept = ("item ", "apply ", "deposit ", "line ", "payment ", "other ", "cashback ", "tran_date")
    lines = []
    skipping = False
    for text in page(plan).splitlines():
        if not text.startswith(" "):
            skipping = text.startswith("ensure")
        if not skipping and (not text.startswith(" ") or text.lstrip().startswith(kept)):
            lines.append(text)
    return "\n".join(lines)


OPEN = invoice(line("100.00"), total="100.00")
VOID = replace(OPEN, status="void", voided_at=at(9), amount_due=usd("100.00"), amount_paid=usd("0.00"))
GIVEN_UP = replace(OPEN, status="uncollectible", marked_uncollectible_at=at(12), amount_due=usd("100.00"), amount_paid=usd("0.00"))
PAID_AFTER_ALL = replace(
    GIVEN_UP,
    status="paid",
    paid_at=at(20),
    amount_paid=usd("100.00"),
    payments=(InvoicePayment("paid", usd("100.00"), charge("100.00", created=at(20), balance_transaction=moved("100.00", day=20))),),
)
NOTE = CreditNote("cn_1", "issued", "usd", usd("30.00"), at(8), invoice=OPEN, lines=(line("30.00"),), pre_payment=usd("30.00"))
REFUND_NOTE = replace(NOTE, pre_payment=None, refunds=(CreditNoteRefund("re_1", usd("30.00")),))
FAILED_CHARGE = charge(
    "90.00",
    status="failed",
    failure_message="Account closed",
    failure_balance_transaction=moved("-90.00", day=7, category="charge_failure"),
)

CASES = [
    pytest.param(
        plan_invoice,
        VOID,
        GLOBAL,
        held(),
        """
        # The invoice was voided: a credit memo closes it.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  creditMemo in_1-void  100.00 USD
          tran_date        2026-11-09
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
          apply            doc invoice in_1  amount 100.00 USD
        """,
        id="a voided invoice is closed by a credit memo of its own lines, dated the voiding day",
    ),
    pytest.param(
        plan_invoice,
        GIVEN_UP,
        GLOBAL,
        held(),
        """
        # The invoice was given up.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  creditMemo in_1-uncollectible  100.00 USD
          tran_date        2026-11-12
          item             item serviceSaleItem stripe-bad-debt  amount 100.00 USD  description uncollectible
          apply            doc invoice in_1  amount 100.00 USD
        """,
        id="an uncollectible invoice goes to bad debt",
    ),
    pytest.param(
        plan_invoice,
        GIVEN_UP,
        replace(GLOBAL, invoices_uncollectible="keep_open"),
        held(),
        """
        # The invoice was given up.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        """,
        id="an uncollectible invoice stays open when settings keep it so",
    ),
    pytest.param(
        plan_invoice,
        PAID_AFTER_ALL,
        NO_BAD_DEBT,
        held("creditMemo in_1-uncollectible"),
        """
        # The invoice is paid.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  journalEntry in_1-uncollectible-reversed  100.00 USD
          tran_date        2026-11-20
          line             account #120  debit 100.00 USD  entity customer stripe-unallocated  memo Stripe: in_1 uncollectible, then paid
          line             account #400  credit 100.00 USD  memo Stripe: in_1 uncollectible, then paid
        upsert  customerPayment ch_1  100.00 USD
          tran_date        2026-11-20
          payment          100.00 USD
          apply            doc journalEntry in_1-uncollectible-reversed  amount 100.00 USD
        """,
        id="given up and then paid: the debt is put back, and the payment settles that",
    ),
    pytest.param(
        plan_invoice,
        PAID_AFTER_ALL,
        GLOBAL,
        held(),
        """
        # The invoice is paid.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  customerPayment ch_1  100.00 USD
          tran_date        2026-11-20
          payment          100.00 USD
          apply            doc invoice in_1  amount 100.00 USD
        """,
        id="given up and paid before we looked: an ordinary paid invoice",
    ),
    pytest.param(
        plan_invoice,
        replace(OPEN, starting_balance=-2500, ending_balance=0, amount_due=usd("75.00")),
        GLOBAL,
        held(),
        """
        # The invoice is open: the customer owes it.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  creditMemo in_1-balance  25.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-balance  amount 25.00 USD  description Customer balance
          apply            doc invoice in_1  amount 25.00 USD
        """,
        id="a customer balance that was used is a credit memo of that part",
    ),
    pytest.param(
        plan_invoice,
        replace(OPEN, starting_balance=2500, ending_balance=0, amount_due=usd("125.00")),
        GLOBAL,
        held(),
        """
        # The invoice is open: the customer owes it.
        upsert  invoice in_1  125.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
          item             item serviceSaleItem stripe-balance  amount 25.00 USD  description Customer balance
        """,
        id="a debit balance is a line of the next invoice",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("-40.00", description="Unused time"), total="-40.00", status="paid", starting_balance=0, ending_balance=-4000),
        GLOBAL,
        held(),
        """
        # The invoice is paid.
        upsert  invoice in_1
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 0.00 USD  description Unused time
        """,
        id="a negative invoice stands at zero; its credit appears when the balance is used",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("100.00"), line("-40.00", description="Unused time"), total="60.00"),
        replace(GLOBAL, invoices_negative_lines="discount"),
        held(),
        """
        # The invoice is open: the customer owes it.
        upsert  invoice in_1  60.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
          item             item discountItem stripe-discount  amount -40.00 USD  description Unused time
        """,
        id="a negative line is a discount when settings say so",
    ),
    pytest.param(
        plan_invoice,
        invoice(line("100.00", taxes=[tax("8.25")]), total="108.25"),
        replace(GLOBAL, tax_policy="ignore"),
        held(),
        """
        # The invoice is open: the customer owes it.
        upsert  invoice in_1  108.25 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 108.25 USD  description Pro plan, November
        """,
        id="ignored tax has no line: it stays in the lines, so that the total is Stripe's",
    ),
    pytest.param(
        plan_invoice,
        replace(OPEN, status="paid", paid_at=at(15), amount_paid=usd("100.00"), payments=(InvoicePayment("paid", usd("100.00")),)),
        replace(GLOBAL, invoices_out_of_band="115"),
        held(),
        """
        # The invoice is paid.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  customerPayment in_1-out-of-band  100.00 USD
          tran_date        2026-11-15
          payment          100.00 USD
          apply            doc invoice in_1  amount 100.00 USD
        """,
        id="paid out of band: into the account that settings name",
    ),
    pytest.param(
        plan_invoice,
        replace(OPEN, status="paid", paid_at=at(15), amount_paid=usd("100.00"), payments=(InvoicePayment("paid", usd("100.00")),)),
        GLOBAL,
        held(),
        """
        # The invoice is paid.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        """,
        id="paid out of band: stays open by default",
    ),
    pytest.param(
        plan_charge,
        charge("29.00", description="T-shirt"),
        replace(GLOBAL, charges_without_invoice="invoice"),
        held(),
        """
        # The charge paid no Stripe invoice.
        upsert  invoice ch_1-invoice  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD  description T-shirt
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
          apply            doc invoice ch_1-invoice  amount 29.00 USD
        """,
        id="a sale without an invoice gets one when settings want it",
    ),
    pytest.param(
        plan_charge,
        FAILED_CHARGE,
        GLOBAL,
        held(),
        "# The charge failed; only successful payments are synced.",
        id="a delayed payment that failed before it was synced is nothing",
    ),
    pytest.param(
        plan_charge,
        FAILED_CHARGE,
        GLOBAL,
        held("customerPayment ch_1"),
        """
        # The payment failed after it had been booked.
        upsert  customerPayment ch_1  90.00 USD
          tran_date        2026-11-02
          payment          90.00 USD
        upsert  customerRefund ch_1-failed  90.00 USD
          tran_date        2026-11-07
          apply            doc customerPayment ch_1  amount 90.00 USD
        """,
        id="a delayed payment that failed after it was synced lets its invoice go and is refunded",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("9.00", status="failed", failed_at=at(10))),
        GLOBAL,
        held(),
        """
        # Money went back to the customer.
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  journalEntry re_1-failed  9.00 USD
          tran_date        2026-11-10
          line             account #110  debit 9.00 USD  memo Stripe: re_1 failed
          line             account #120  credit 9.00 USD  entity customer stripe-unallocated  memo Stripe: re_1 failed
        upsert  customerRefund re_1  9.00 USD
          tran_date        2026-11-05
          apply            doc journalEntry re_1-failed  amount 9.00 USD
        """,
        id="a refund that failed after its money moved is undone by an entry",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("9.00", status="failed", has_balance_transaction=False)),
        GLOBAL,
        held(),
        "# Every refund of the charge failed or was cancelled before money moved.",
        id="a refund that failed before money moved is nothing",
    ),
    pytest.param(
        plan_refunds,
        refunds(invoiced("100.00"), refund("30.00", credit_note=REFUND_NOTE)),
        GLOBAL,
        held(),
        """
        # Money went back to the customer.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  customerPayment ch_1  100.00 USD
          tran_date        2026-11-02
          payment          100.00 USD
          apply            doc invoice in_1  amount 100.00 USD
        upsert  creditMemo cn_1  30.00 USD
          tran_date        2026-11-08
          item             item serviceSaleItem stripe-item  amount 30.00 USD  description Pro plan, November
        upsert  customerRefund re_1  30.00 USD
          tran_date        2026-11-05
          apply            doc creditMemo cn_1  amount 30.00 USD
        """,
        id="a refund that belongs to a credit note pays that one's credit memo out",
    ),
    pytest.param(
        plan_credit_note,
        NOTE,
        GLOBAL,
        held(),
        """
        # A credit note credits the invoice.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  creditMemo cn_1  30.00 USD
          tran_date        2026-11-08
          item             item serviceSaleItem stripe-item  amount 30.00 USD  description Pro plan, November
          apply            doc invoice in_1  amount 30.00 USD
        """,
        id="a credit note on an open invoice is applied to it",
    ),
    pytest.param(
        plan_credit_note,
        replace(NOTE, pre_payment=None, out_of_band=usd("30.00")),
        GLOBAL,
        held(),
        """
        # A credit note credits the invoice.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  creditMemo cn_1  30.00 USD
          tran_date        2026-11-08
          item             item serviceSaleItem stripe-item  amount 30.00 USD  description Pro plan, November
        """,
        id="a credit note given out of band is left unapplied",
    ),
    pytest.param(
        plan_credit_note,
        replace(NOTE, pre_payment=None, to_customer_balance=True),
        GLOBAL,
        held(),
        "# The credit note credits nothing that is not in NetSuite already, or comes with the balance when that is used.",
        id="a credit note to the customer's balance comes when the balance is used",
    ),
    pytest.param(
        plan_credit_note,
        REFUND_NOTE,
        GLOBAL,
        held("creditMemo re_1-memo"),
        "# The credit note credits nothing that is not in NetSuite already, or comes with the balance when that is used.",
        id="a credit note linked to a refund that brought its own credit memo adds none",
    ),
    pytest.param(
        plan_credit_note,
        replace(NOTE, status="void", voided_at=at(11)),
        GLOBAL,
        held(),
        "# The credit note was voided before it was synced.",
        id="a credit note seen only voided is nothing",
    ),
    pytest.param(
        plan_credit_note,
        replace(NOTE, status="void", voided_at=at(11)),
        GLOBAL,
        held("creditMemo cn_1"),
        """
        # The credit note was voided: an entry reverses it.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  journalEntry cn_1-reversed  30.00 USD
          tran_date        2026-11-11
          line             account #120  debit 30.00 USD  entity customer stripe-unallocated  memo Stripe: cn_1 voided
          line             account #400  credit 30.00 USD  memo Stripe: cn_1 voided
        upsert  creditMemo cn_1  30.00 USD
          tran_date        2026-11-08
          item             item serviceSaleItem stripe-item  amount 30.00 USD  description Pro plan, November
          apply            doc journalEntry cn_1-reversed  amount 30.00 USD
        """,
        id="a credit note voided after it was synced settles the entry that reverses it",
    ),
    pytest.param(
        plan_payout,
        payout("10.00", status="failed", failed_at=at(12)),
        GLOBAL,
        held("deposit po_1"),
        """
        # The payout became failed after it was booked.
        upsert  journalEntry po_1-failed  10.00 USD
          tran_date        2026-11-12
          line             account #110  debit 10.00 USD  memo Stripe: po_1 failed
          line             account #101  credit 10.00 USD  memo Stripe: po_1 failed
        """,
        id="a payout that failed after its deposit comes back to undeposited funds",
    ),
    pytest.param(
        plan_payout,
        payout("10.00", moved("10.00", category="payout_reversal", source="po_0")),
        GLOBAL,
        held("deposit po_0", "journalEntry po_0-failed"),
        """
        # The payout is paid.
        require journalEntry po_0-failed
        upsert  deposit po_1  10.00 USD
          tran_date        2026-11-09
          payment          doc journalEntry po_0-failed  amount 10.00 USD
        """,
        id="the payout that replaces it takes that entry as a member",
    ),
    pytest.param(
        plan_payout,
        payout(
            "10.00",
            moved("10.00", category="payout_reversal", source="po_0"),
            replaces=(Payout("po_0", "failed", usd("10.00"), date(2026, 11, 5), at(4), balance_transactions=(moved("10.30", "0.30"),)),),
        ),
        GLOBAL,
        held("customerPayment ch_1"),
        """
        # The payout is paid.
        require customerPayment ch_1
        upsert  deposit po_1  10.00 USD
          tran_date        2026-11-09
          payment          doc customerPayment ch_1  amount 10.30 USD
          cashback         account #600  amount 0.30 USD  memo Stripe: stripe fee
        """,
        id="a payout that failed without a deposit gives its members to the one that replaces it",
    ),
    pytest.param(
        plan_payout,
        payout("-4.00", moved("5.00"), moved("-9.00", category="refund", source="re_1")),
        GLOBAL,
        held("customerPayment ch_1", "customerRefund re_1"),
        """
        # The payout is paid.
        require customerPayment ch_1
        require customerRefund re_1
        upsert  journalEntry po_1  9.00 USD
          tran_date        2026-11-09
          line             account #101  credit 4.00 USD  memo Stripe: po_1
          line             account #110  credit 5.00 USD  memo Stripe: ch_1
          line             account #110  debit 9.00 USD  memo Stripe: re_1
        """,
        id="a payout of less than nothing is an entry with the same lines",
    ),
    pytest.param(
        plan_payout,
        payout("99.00", automatic=False, fee=usd("1.00")),
        GLOBAL,
        held(),
        """
        # A manual payout: its amount moves from Undeposited Funds to the bank.
        upsert  journalEntry po_1  100.00 USD
          tran_date        2026-11-09
          line             account #101  debit 99.00 USD  memo Stripe: po_1
          line             account #601  debit 1.00 USD  memo Stripe: po_1 fee
          line             account #110  credit 100.00 USD  memo Stripe: po_1
        """,
        id="an instant payout moves its amount and its fee",
    ),
    pytest.param(
        plan_payout,
        payout("96.80", moved("108.00", "3.20", converted=True), moved("-8.00", category="refund", source="re_9")),
        GLOBAL,
        held("customerPayment ch_1"),
        """
        # The payout is paid. 1 of its rows wait in suspense for their records.
        require customerPayment ch_1
        upsert  deposit po_1  96.80 USD
          tran_date        2026-11-09
          payment          doc customerPayment ch_1  amount 108.00 USD  converted yes
          cashback         account #600  amount 3.20 USD  memo Stripe: stripe fee
          cashback         account #690  amount 8.00 USD  memo Stripe: txn_re_9_refund
        """,
        id="good rows post at once, the others wait in suspense; a converted payment carries Stripe's amount",
    ),
    pytest.param(
        plan_payout,
        payout(
            "9.00", moved("90.00", "0.50", source_status="failed"), moved("-90.00", category="charge_failure"), moved("9.50", source="ch_2")
        ),
        GLOBAL,
        held("customerPayment ch_2"),
        """
        # The payout is paid.
        require customerPayment ch_2
        upsert  deposit po_1  9.00 USD
          tran_date        2026-11-09
          payment          doc customerPayment ch_2  amount 9.50 USD
          cashback         account #600  amount 0.50 USD  memo Stripe: stripe fee
        """,
        id="a payment that failed before it was synced leaves only its fee in the payout",
    ),
    pytest.param(
        plan_charge,
        charge("29.00", description="T-shirt"),
        CASH,
        held(),
        """
        # The charge paid no Stripe invoice.
        upsert  cashSale ch_1  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD  description T-shirt
        """,
        id="a sale without an invoice is a cash sale when settings want it",
    ),
    pytest.param(
        plan_charge,
        charge("29.00", description="T-shirt"),
        DEPOSITS,
        held(),
        """
        # The charge paid no Stripe invoice.
        upsert  customerDeposit ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        """,
        id="or a customer deposit",
    ),
    pytest.param(
        plan_charge,
        invoiced("29.00"),
        CASH,
        held(),
        """
        # The charge paid an invoice.
        upsert  invoice in_1  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD  description Pro plan, November
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
          apply            doc invoice in_1  amount 29.00 USD
        """,
        id="what paid an invoice is a payment whatever they want",
    ),
    pytest.param(
        plan_charge,
        charge("29.00"),
        CASH,
        held("customerPayment ch_1"),
        """
        # The charge paid no Stripe invoice.
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        """,
        id="a sale that was booked before the settings changed stays what it is",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("9.00")),
        CASH,
        held(),
        """
        # Money went back to the customer.
        upsert  cashSale ch_1  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD
        upsert  cashRefund re_1  9.00 USD
          tran_date        2026-11-05
          item             item serviceSaleItem stripe-item  amount 9.00 USD
        """,
        id="a cash sale goes back as a cash refund",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("9.00", status="failed", failed_at=at(10))),
        CASH,
        held(),
        """
        # Money went back to the customer.
        upsert  cashSale ch_1  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD
        upsert  cashRefund re_1  9.00 USD
          tran_date        2026-11-05
          item             item serviceSaleItem stripe-item  amount 9.00 USD
        upsert  journalEntry re_1-failed  9.00 USD
          tran_date        2026-11-10
          line             account #110  debit 9.00 USD  memo Stripe: re_1 failed
          line             account #400  credit 9.00 USD  memo Stripe: re_1 failed
        """,
        id="a cash refund that failed: the sale stands again",
    ),
    pytest.param(
        plan_refunds,
        refunds(charge("29.00"), refund("9.00")),
        DEPOSITS,
        held(),
        """
        # Money went back to the customer.
        upsert  customerDeposit ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  customerRefund re_1  9.00 USD
          tran_date        2026-11-05
          deposit          doc customerDeposit ch_1  amount 9.00 USD
        """,
        id="a customer deposit is given back by a refund",
    ),
    pytest.param(
        plan_refunds,
        refunds(
            charge("29.00"),
            refund("20.00", status="failed", failed_at=at(10)),
            refund("25.00", "re_2", created=at(12)),
        ),
        DEPOSITS,
        held(),
        """
        # Money went back to the customer.
        upsert  customerDeposit ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  customerRefund re_1  20.00 USD
          tran_date        2026-11-05
          deposit          doc customerDeposit ch_1  amount 20.00 USD
        upsert  customerDeposit re_1-failed  20.00 USD
          tran_date        2026-11-10
          payment          20.00 USD
        upsert  customerRefund re_2  25.00 USD
          tran_date        2026-11-12
          deposit          doc customerDeposit re_1-failed  amount 20.00 USD
          deposit          doc customerDeposit ch_1  amount 5.00 USD
        """,
        id="the money of a refund that failed is deposited again, and goes back first",
    ),
    pytest.param(
        plan_dispute,
        dispute("29.00", charge("29.00")),
        CASH,
        held(),
        """
        # The bank took the disputed money back.
        upsert  cashSale ch_1  29.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 29.00 USD
        upsert  cashRefund dp_1  29.00 USD
          tran_date        2026-11-06
          item             item serviceSaleItem stripe-item  amount 29.00 USD
        """,
        id="a disputed cash sale",
    ),
    pytest.param(
        plan_dispute,
        dispute("29.00", charge("29.00")),
        DEPOSITS,
        held(),
        """
        # The bank took the disputed money back.
        upsert  customerDeposit ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  customerRefund dp_1  29.00 USD
          tran_date        2026-11-06
          deposit          doc customerDeposit ch_1  amount 29.00 USD
        """,
        id="a disputed customer deposit",
    ),
    pytest.param(
        plan_charge,
        FAILED_CHARGE,
        CASH,
        held("cashSale ch_1"),
        """
        # The payment failed after it had been booked.
        upsert  cashSale ch_1  90.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 90.00 USD
        upsert  cashRefund ch_1-failed  90.00 USD
          tran_date        2026-11-07
          item             item serviceSaleItem stripe-item  amount 90.00 USD
        """,
        id="a bank debit that was a cash sale fails",
    ),
    pytest.param(
        plan_charge,
        FAILED_CHARGE,
        DEPOSITS,
        held("customerDeposit ch_1"),
        """
        # The payment failed after it had been booked.
        upsert  customerDeposit ch_1  90.00 USD
          tran_date        2026-11-02
          payment          90.00 USD
        upsert  customerRefund ch_1-failed  90.00 USD
          tran_date        2026-11-07
          deposit          doc customerDeposit ch_1  amount 90.00 USD
        """,
        id="a bank debit that was a customer deposit fails",
    ),
    pytest.param(
        plan_payout,
        payout(
            "27.00",
            moved("29.00"),
            moved("-9.00", category="refund", source="re_1"),
            moved("9.00", category="refund_failure", source="re_1"),
            moved("7.00", source="ch_2"),
            moved("-9.00", category="charge_failure", source="ch_3"),
        ),
        GLOBAL,
        held(
            "cashSale ch_1",
            "cashRefund re_1",
            "journalEntry re_1-failed",
            "customerDeposit ch_2",
            "customerPayment ch_3",
            "cashRefund ch_3-failed",
        ),
        """
        # The payout is paid.
        require cashSale ch_1
        require cashRefund re_1
        require journalEntry re_1-failed
        require customerDeposit ch_2
        require cashRefund ch_3-failed
        upsert  deposit po_1  27.00 USD
          tran_date        2026-11-09
          payment          doc cashSale ch_1  amount 29.00 USD
          payment          doc cashRefund re_1  amount -9.00 USD
          payment          doc journalEntry re_1-failed  amount 9.00 USD
          payment          doc customerDeposit ch_2  amount 7.00 USD
          payment          doc cashRefund ch_3-failed  amount -9.00 USD
        """,
        id="a payout takes whatever stands for its rows",
    ),
    pytest.param(
        plan_payout,
        payout(
            "9.00",
            moved("10.00", category="payout_reversal", source="po_0"),
            moved("-1.00", category="fee", source="fee_1"),
            replaces=(Payout("po_0", "failed", usd("10.00"), date(2026, 11, 5), at(4), automatic=False, failed_at=at(6)),),
        ),
        GLOBAL,
        held(),
        """
        # The payout is paid.
        upsert  journalEntry po_0  10.00 USD
          tran_date        2026-11-05
          line             account #101  debit 10.00 USD  memo Stripe: po_0
          line             account #110  credit 10.00 USD  memo Stripe: po_0
        upsert  journalEntry po_0-failed  10.00 USD
          tran_date        2026-11-06
          line             account #110  debit 10.00 USD  memo Stripe: po_0 failed
          line             account #101  credit 10.00 USD  memo Stripe: po_0 failed
        upsert  deposit po_1  9.00 USD
          tran_date        2026-11-09
          payment          doc journalEntry po_0-failed  amount 10.00 USD
          cashback         account #601  amount 1.00 USD  memo Stripe: fee
        """,
        id="a manual payout that failed before it was seen is booked and taken back by the one that has its money",
    ),
    pytest.param(
        plan_dispute,
        dispute("40.00", invoiced("100.00"), status="won", reinstated_at=at(20)),
        AGAIN,
        held(),
        """
        # The dispute was won: the sale and its payment stand again.
        upsert  invoice in_1  100.00 USD
          tran_date        2026-11-02
          item             item serviceSaleItem stripe-item  amount 100.00 USD  description Pro plan, November
        upsert  customerPayment ch_1  100.00 USD
          tran_date        2026-11-02
          payment          100.00 USD
          apply            doc invoice in_1  amount 100.00 USD
        upsert  creditMemo dp_1-memo  40.00 USD
          tran_date        2026-11-06
          item             item serviceSaleItem stripe-item  amount 40.00 USD  description Pro plan, November
        upsert  customerRefund dp_1  40.00 USD
          tran_date        2026-11-06
          apply            doc creditMemo dp_1-memo  amount 40.00 USD
        upsert  invoice dp_1-invoice  40.00 USD
          tran_date        2026-11-20
          item             item serviceSaleItem stripe-item  amount 40.00 USD  description Pro plan, November
        upsert  customerPayment dp_1-reinstated  40.00 USD
          tran_date        2026-11-20
          payment          40.00 USD
          apply            doc invoice dp_1-invoice  amount 40.00 USD
        """,
        id="a dispute that was won: what was credited is billed and paid again",
    ),
    pytest.param(
        plan_dispute,
        dispute("29.00", charge("29.00"), status="won", reinstated_at=at(20)),
        AGAIN,
        held(),
        """
        # The dispute was won: the sale and its payment stand again.
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  customerRefund dp_1  29.00 USD
          tran_date        2026-11-06
          apply            doc customerPayment ch_1  amount 29.00 USD
        upsert  customerPayment dp_1-reinstated  29.00 USD
          tran_date        2026-11-20
          payment          29.00 USD
        """,
        id="of a sale without an invoice the payment alone",
    ),
    pytest.param(
        plan_dispute,
        dispute("29.00", charge("29.00"), status="won", reinstated_at=at(20)),
        GLOBAL,
        held(),
        """
        # The bank took the disputed money back.
        upsert  customerPayment ch_1  29.00 USD
          tran_date        2026-11-02
          payment          29.00 USD
        upsert  customerRefund dp_1  29.00 USD
          tran_date        2026-11-06
          apply            doc customerPayment ch_1  amount 29.00 USD
        """,
        id="by default a dispute that was won adds nothing here",
    ),
    pytest.param(
        plan_payout,
        payout("29.00", moved("29.00", category="dispute_reversal", source="dp_1")),
        AGAIN,
        held("customerPayment dp_1-reinstated"),
        """
        # The payout is paid.
        require customerPayment dp_1-reinstated
        upsert  deposit po_1  29.00 USD
          tran_date        2026-11-09
          payment          doc customerPayment dp_1-reinstated  amount 29.00 USD
        """,
        id="the payout that brings the money takes that payment as its member",
    ),
    pytest.param(
        plan_payout,
        payout("29.00", moved("29.00", category="dispute_reversal", source="dp_1")),
        GLOBAL,
        held(),
        """
        # The payout is paid.
        upsert  deposit po_1  29.00 USD
          tran_date        2026-11-09
          other            account #490  amount 29.00 USD  memo Stripe: dispute reversal
        """,
        id="or, by default, a line of its own",
    ),
    pytest.param(
        plan_payout,
        payout(
            "9.00",
            moved("90.00", "0.50", source_status="failed"),
            moved("-30.00", category="refund", source="re_1", charge_id="ch_1", charge_status="failed"),
            moved("30.00", category="refund_failure", source="re_1", charge_id="ch_1", charge_status="failed"),
            moved("-90.00", category="charge_failure"),
            moved("9.50", source="ch_2"),
        ),
        GLOBAL,
        held("customerPayment ch_2"),
        """
        # The payout is paid.
        require customerPayment ch_2
        upsert  deposit po_1  9.00 USD
          tran_date        2026-11-09
          payment          doc customerPayment ch_2  amount 9.50 USD
          cashback         account #600  amount 0.50 USD  memo Stripe: stripe fee
        """,
        id="nor does a refund of it that failed before leave anything",
    ),
]


@pytest.mark.parametrize(("rule", "given", "settings", "known", "then"), CASES)
def test_the_rule_says(rule: Rule, given: Snapshot, settings: Settings, known: Held, then: str) -> None:
    assert gist(rule(given, settings, known)) == dedent(then).strip()


def test_a_payment_that_a_person_unapplied_is_refunded_itself() -> None:
    sale = invoiced("100.00")
    unapplied = Held({External(RecordType.CUSTOMER_PAYMENT, "ch_1"): HeldRecord("647", applied=(), remaining=usd("100.00"))})
    text = page(plan_refunds(refunds(sale, refund("40.00")), GLOBAL, unapplied))
    assert "creditMemo" not in text
    assert "apply            doc customerPayment ch_1  amount 40.00 USD" in text


def test_a_payment_that_is_still_applied_is_credited() -> None:
    applied = HeldRecord("647", applied=(HeldApply(Internal("12"), usd("100.00")),), remaining=usd("0.00"))
    known = Held({External(RecordType.CUSTOMER_PAYMENT, "ch_1"): applied})
    assert "upsert  creditMemo re_1-memo" in page(plan_refunds(refunds(invoiced("100.00"), refund("40.00")), GLOBAL, known))


def test_a_part_of_several_lines_is_shared_out_to_the_minor_unit() -> None:
    sale = invoiced("100.00", line("33.33"), line("33.33"), line("33.34"))
    text = page(plan_refunds(refunds(sale, refund("10.00")), replace(GLOBAL, refunds_partial="pro_rata")))
    shares = [
        text.split("amount ")[1].split(" USD")[0] for text in text.split("upsert  creditMemo")[1].splitlines() if text.startswith("  item ")
    ]
    assert shares == ["3.33", "3.33", "3.34"]


def test_a_payout_of_too_many_lines_is_several_deposits_whose_sum_is_the_payout() -> None:
    rows = [moved("1.00", source=f"ch_{number}") for number in range(10_500)]
    rows += [moved("-0.50", category="refund", source=f"re_{number}") for number in range(10_500)]
    known = held(
        *(f"customerPayment ch_{number}" for number in range(10_500)), *(f"customerRefund re_{number}" for number in range(10_500))
    )
    plan = plan_payout(payout("5250.00", *rows), GLOBAL, known)
    deposits = [command.record for command in plan.writes if isinstance(command.record, Deposit)]
    assert [deposit.external_id for deposit in deposits] == ["po_1", "po_1-2", "po_1-3", "po_1-4", "po_1-5"]
    assert sum(deposit.total.minor for deposit in deposits) == 525_000
    assert all(deposit.total.minor > 0 for deposit in deposits)


def test_fees_that_are_more_than_one_deposit_holds_are_taken_from_the_one_that_has_most() -> None:
    rows = [moved("100.00", "40.00", source=f"ch_{number}") for number in range(10)]
    rows += [moved("-0.10", category="refund", source=f"re_{number}") for number in range(5_100)]
    known = held(*(f"customerPayment ch_{number}" for number in range(10)), *(f"customerRefund re_{number}" for number in range(5_100)))
    plan = plan_payout(payout("90.00", *rows), GLOBAL, known)
    deposits = [command.record for command in plan.writes if isinstance(command.record, Deposit)]
    assert [len(each.payment) + len(each.cashback) <= 5_000 and each.total.minor > 0 for each in deposits] == [True, True]
    assert (sum(each.total.minor for each in deposits), sum(len(each.payment) for each in deposits)) == (9_000, 5_110)


def test_a_payout_whose_deposits_cannot_all_be_positive_is_refused_with_what_to_do() -> None:
    rows = [moved("6000.00"), *(moved("-1.00", category="refund", source=f"re_{number}") for number in range(5_500))]
    known = held("customerPayment ch_1", *(f"customerRefund re_{number}" for number in range(5_500)))
    with pytest.raises(CannotSync, match="cannot be dealt out so that each of 2 Deposits is positive") as stopped:
        plan_payout(payout("500.00", *rows), GLOBAL, known)
    assert "netsuite_deposit_id" in stopped.value.failed.remedy


def test_a_manual_payout_that_is_held_says_how_to_book_it() -> None:
    with pytest.raises(CannotSync) as stopped:
        plan_payout(payout("99.00", automatic=False), replace(GLOBAL, payouts_manual="hold"))
    assert (stopped.value.failed.kind, stopped.value.failed.retryable) == (Kind.BLOCKED, False)
    assert "netsuite_deposit_id on po_1" in stopped.value.failed.remedy
