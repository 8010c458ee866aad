"""What a wider fortnight adds for the demo: one of each flow that the plain one has not, spread so that all of it can settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.invoices import Line, Shipping
from services.sandbox.stripe.world import World

if TYPE_CHECKING:
    from services.sandbox.stripe.fortnight import Merchant

Deed = Callable[[], object]


class Wide:
    """The deeds, remembering by name what they made."""

    def __init__(self, merchant: Merchant) -> None:
        self.m = merchant
        self.world: World = merchant.world
        self.made: dict[str, str] = {}
        self.world.exchange.settle_only("usd")

    def days(self) -> Mapping[int, tuple[Deed, ...]]:
        """What happens on which day besides, in order."""
        return {
            0: (self.debits, self.authorise),
            1: (self.capture_a_part, self.sell_in_euro, self.sell_what_goes_wrong, self.bill_for_trouble),
            2: (self.bill_and_credit, self.credit_before_payment),
            3: (self.dispute, self.refund_what_fails),
            4: (self.debits_clear, self.credit_after_payment, self.refund_in_euro),
            5: (self.use_a_balance, self.pay_in_parts, self.fees),
            6: (self.end_invoices, self.answer),
            7: (self.debit_comes_back, self.payout_fails),
            8: (self.refund_fails, self.win),
            9: (self.pay_what_was_written_off, self.overpay),
        }

    def debits(self) -> None:
        for name, amount in (("clears", 8200), ("comes back", 6400)):
            self.made[name] = self.world.delayed.begin(amount, customer=self.m.customer(), description="By bank debit")

    def debits_clear(self) -> None:
        for name in ("clears", "comes back"):
            self.world.delayed.clear(self.made[name])

    def debit_comes_back(self) -> None:
        self.world.delayed.bounce(self.made["comes back"])

    def authorise(self) -> None:
        self.made["authorised"] = self.world.charges.authorize(9000, customer=self.m.customer(), description="Two items, one in stock")

    def capture_a_part(self) -> None:
        self.world.charges.capture(self.made["authorised"], 6543)

    def sell_in_euro(self) -> None:
        self.made["euro"] = self.world.charges.pay(4900, "eur", customer=self.m.customer(), description="Web shop order from Lyon")

    def refund_in_euro(self) -> None:
        self.world.refunds.refund(self.made["euro"], 1234)

    def sell_what_goes_wrong(self) -> None:
        for name in ("refund fails", "dispute won"):
            self.made[name] = self.world.charges.pay(8870, customer=self.m.customer(), description="Web shop order")

    def dispute(self) -> None:
        self.made["dispute"] = self.world.disputes.open(self.made["dispute won"], reason="product_not_received")

    def answer(self) -> None:
        self.world.disputes.answer(self.made["dispute"], "The carrier says it was delivered.")

    def win(self) -> None:
        self.world.disputes.close(self.made["dispute"], won=True)

    def refund_what_fails(self) -> None:
        self.made["refund"] = self.world.refunds.refund(self.made["refund fails"], 4435)

    def refund_fails(self) -> None:
        self.world.refunds.fail(self.made["refund"])

    def bill_for_trouble(self) -> None:
        self.made["void"] = self.m.invoice(Line(self.m.setup))
        self.made["written off"] = self.m.invoice(Line(self.m.setup), Line(self.m.sticker, 3), tax_rate=self.m.sales_tax)

    def end_invoices(self) -> None:
        self.world.invoices.void(self.made["void"])
        self.world.invoices.mark_uncollectible(self.made["written off"])

    def pay_what_was_written_off(self) -> None:
        self.world.invoices.pay(self.made["written off"])

    def bill_and_credit(self) -> None:
        """Several lines, a coupon, a tax and shipping: the credit note comes two days later."""
        world, m = self.world, self.m
        lines = [Line(m.setup), Line(m.postage, 3)]
        shipping = Shipping(995, (m.sales_tax,))
        self.made["credited"] = world.invoices.create(m.customer(), lines, coupon=m.coupon, tax_rate=m.sales_tax, shipping=shipping)
        world.invoices.finalize(self.made["credited"])
        world.invoices.pay(self.made["credited"])

    def credit_after_payment(self) -> None:
        """Half of the setup, back to the card."""
        invoice = self.made["credited"]
        half = [Credited(4950, self._line(invoice))]
        total = self.world.credit_notes.total(invoice, half)
        self.world.credit_notes.create(invoice, half, Back(refund=total), reason="product_unsatisfactory")

    def credit_before_payment(self) -> None:
        """An open invoice asks for less, and is paid."""
        invoice = self.m.invoice(Line(self.m.setup))
        self.world.credit_notes.create(invoice, [Credited(2900, self._line(invoice))], reason="order_change")
        self.world.invoices.pay(invoice)

    def use_a_balance(self) -> None:
        """A credit granted by hand pays a part of the next invoice."""
        customer = self.m.customer()
        self.world.balance.adjust(customer, -1500)
        invoice = self.world.invoices.create(customer, [Line(self.m.setup)])
        self.world.invoices.finalize(invoice)
        self.world.invoices.pay(invoice)

    def pay_in_parts(self) -> None:
        invoice = self.m.invoice(Line(self.m.setup))
        self.world.invoices.pay_part(invoice, 3333)
        self.world.invoices.pay(invoice)

    def overpay(self) -> None:
        """One cent more than asked for stays with the customer as credit."""
        self.world.invoices.pay_part(self.m.invoice(Line(self.m.setup)), 9901)

    def fees(self) -> None:
        self.world.own_rows.book("radar fee", 350)
        self.world.own_rows.book("tax on fees", 29)

    def payout_fails(self) -> None:
        """The newest that has arrived comes back, and joins the next one."""
        arrived = [payout["id"] for payout in self.world.account.listed("payout") if payout["status"] == "paid"]
        self.world.payouts.fail(arrived[-1])

    def _line(self, invoice: str) -> str:
        return str(self.world.get(invoice)["lines"]["data"][0]["id"])
