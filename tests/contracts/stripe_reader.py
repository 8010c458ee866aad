"""What every StripeReader promises: the object and what hangs on it, whole, and failures as CannotSync."""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import Any

import pytest

from core.money import Money
from core.outcome import CannotSync, Kind
from core.ports import StripeReader
from core.snapshot import Charge, CreditNote, Customer, Discount, Dispute, Invoice, Payout, Price, Refunds


def usd(minor: int) -> Money:
    return Money(minor, "usd")


class StripeReaderContract:
    """Its subclasses give a reader of the objects of `tests.stripe_objects.few_days`."""

    @pytest.fixture
    @abstractmethod
    def reader(self) -> StripeReader: ...

    def test_a_customer_is_read_with_its_fields(self, reader: StripeReader) -> None:
        customer = reader.read(Customer, "cus_1")
        assert (customer.name, customer.email, customer.deleted) == ("Ada", "ada@example.com", False)

    def test_a_deleted_customer_is_its_id_alone(self, reader: StripeReader) -> None:
        assert reader.read(Customer, "cus_gone") == Customer("cus_gone", deleted=True)

    def test_a_price_knows_its_products_name(self, reader: StripeReader) -> None:
        price = reader.read(Price, "price_1")
        assert (price.product_id, price.product_name, price.inline) == ("prod_1", "Pro plan", False)

    def test_an_invoice_has_its_lines_with_price_product_and_named_taxes(self, reader: StripeReader) -> None:
        first, second = reader.read(Invoice, "in_1").lines
        assert first.price is not None
        assert first.price.product_name == "Pro plan"
        (tax,) = first.taxes
        assert (tax.rate_id, tax.name, tax.amount, tax.inclusive, tax.percentage) == ("txr_1", "VAT 20%", usd(1_800), False, Decimal(20))
        assert (first.quantity, first.unit_amount) == (Decimal(1), Decimal(10_000))
        assert (second.price, second.amount) == (None, usd(1_000))

    def test_an_invoice_has_its_customer_and_its_discount_by_coupon(self, reader: StripeReader) -> None:
        invoice = reader.read(Invoice, "in_1")
        assert invoice.customer is not None
        assert invoice.customer.name == "Ada"
        assert invoice.discounts == (Discount("SPRING", "Spring sale", usd(1_000)),)

    def test_an_invoice_has_what_paid_it_with_the_charge_and_its_fee_and_no_canceled_payment(self, reader: StripeReader) -> None:
        (payment,) = reader.read(Invoice, "in_1").payments
        assert (payment.status, payment.amount) == ("paid", usd(11_800))
        assert payment.charge is not None
        assert payment.charge.id == "ch_1"
        assert payment.charge.balance_transaction is not None
        assert payment.charge.balance_transaction.fee == usd(372)
        assert payment.charge.invoices == (), "the invoice is already in hand"

    def test_a_charge_has_the_invoice_that_it_paid_whole(self, reader: StripeReader) -> None:
        (paid,) = reader.read(Charge, "ch_1").invoices
        assert (paid.invoice.id, paid.amount, len(paid.invoice.lines)) == ("in_1", usd(11_800), 2)
        assert paid.invoice.lines == reader.read(Invoice, "in_1").lines
        assert paid.invoice.payments == (), "the charge is already in hand"

    def test_a_guests_charge_has_no_customer_and_no_invoice(self, reader: StripeReader) -> None:
        charge = reader.read(Charge, "ch_2")
        assert (charge.customer, charge.invoices, charge.amount_captured) == (None, (), usd(4_200))

    def test_a_charge_of_a_deleted_customer_says_so(self, reader: StripeReader) -> None:
        assert reader.read(Charge, "ch_3").customer == Customer("cus_gone", deleted=True)

    @pytest.mark.parametrize("asked", ["ch_2", "re_1", "re_2"])
    def test_refunds_are_asked_by_the_charge_or_by_one_of_them_and_come_oldest_first(self, reader: StripeReader, asked: str) -> None:
        refunds = reader.read(Refunds, asked)
        assert refunds.charge.id == "ch_2"
        assert [each.id for each in refunds.refunds] == ["re_1", "re_2"]

    def test_a_refund_of_no_charge_is_refused(self, reader: StripeReader) -> None:
        with pytest.raises(CannotSync) as stopped:
            reader.read(Refunds, "re_3")
        assert (stopped.value.failed.kind, stopped.value.failed.field) == (Kind.REFUSED, "charge")

    def test_a_dispute_has_its_charge_and_knows_that_the_money_went(self, reader: StripeReader) -> None:
        dispute = reader.read(Dispute, "du_1")
        assert (dispute.charge.id, dispute.withdrawn, dispute.reinstated_at) == ("ch_2", True, None)
        assert dispute.charge.balance_transaction is not None

    def test_a_payout_has_its_rows_without_its_own(self, reader: StripeReader) -> None:
        (row,) = reader.read(Payout, "po_1").balance_transactions
        assert (row.id, row.source_id, row.source_object, row.net) == ("txn_1", "ch_1", "charge", usd(11_428))

    def test_a_manual_payout_has_no_rows(self, reader: StripeReader) -> None:
        payout = reader.read(Payout, "po_2")
        assert (payout.automatic, payout.balance_transactions) == (False, ())

    def test_a_credit_note_comes_with_its_invoice(self, reader: StripeReader) -> None:
        note = reader.read(CreditNote, "cn_1")
        assert (note.id, note.status, note.total, note.pre_payment) == ("cn_1", "issued", Money(1_000, "usd"), Money(1_000, "usd"))
        assert note.invoice is not None
        assert note.invoice.id == "in_1"
        assert note.invoice.lines

    def test_an_object_of_a_connected_account_is_read_there_and_only_there(self, reader: StripeReader) -> None:
        assert reader.read(Customer, "cus_connected", "acct_1").name == "Connected"
        with pytest.raises(CannotSync) as stopped:
            reader.read(Customer, "cus_connected")
        assert stopped.value.failed.kind is Kind.GONE

    @pytest.mark.parametrize(
        ("what", "stripe_id"),
        [
            (Customer, "cus_9"),
            (Price, "price_9"),
            (Invoice, "in_9"),
            (Charge, "ch_9"),
            (Refunds, "ch_9"),
            (Refunds, "re_9"),
            (Dispute, "du_9"),
            (Payout, "po_9"),
            (CreditNote, "cn_9"),
        ],
    )
    def test_what_stripe_has_not_is_gone(self, reader: StripeReader, what: type[Any], stripe_id: str) -> None:
        with pytest.raises(CannotSync) as stopped:
            reader.read(what, stripe_id)
        assert stopped.value.failed.kind is Kind.GONE
        assert stripe_id in stopped.value.failed.message
