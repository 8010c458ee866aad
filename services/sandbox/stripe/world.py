"""The sandbox's Stripe account as a whole: what a merchant and his customers can do to it, and when it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from services.sandbox.stripe.account import Account, automatic
from services.sandbox.stripe.catalogue import Catalogue
from services.sandbox.stripe.charges import Charges
from services.sandbox.stripe.connect import Connect
from services.sandbox.stripe.credit_notes import CreditNotes
from services.sandbox.stripe.customer_balance import CustomerBalance
from services.sandbox.stripe.delayed import DelayedPayments
from services.sandbox.stripe.disputes import Disputes
from services.sandbox.stripe.exchange import Exchange
from services.sandbox.stripe.invoice_drafts import Drafts
from services.sandbox.stripe.invoice_items import InvoiceItems
from services.sandbox.stripe.invoices import Invoices
from services.sandbox.stripe.ledger import Ledger
from services.sandbox.stripe.own_rows import OwnRows
from services.sandbox.stripe.payment_intents import PaymentIntents
from services.sandbox.stripe.payment_methods import PaymentMethods
from services.sandbox.stripe.payouts import Payouts
from services.sandbox.stripe.refunds import Refunds
from services.sandbox.stripe.shapes import Json, copied, ledger
from services.sandbox.stripe.subscriptions import Subscriptions

A_MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


class World:
    """`world.charges.pay(1999)`: every part offers operations; each is atomic, emits Stripe's events and keeps the money whole."""

    def __init__(self, seed: int = 1, start: datetime = A_MONDAY) -> None:
        self.account = Account(seed, int(start.timestamp()))
        self.ledger = Ledger(self.account)
        self.catalogue = Catalogue(self.account)
        self.exchange = Exchange(self.account)
        self.charges = Charges(self.account, self.ledger, self.exchange)
        self.delayed = DelayedPayments(self.account, self.ledger, self.charges)
        self.refunds = Refunds(self.account, self.ledger, self.exchange)
        self.disputes = Disputes(self.account, self.ledger, self.exchange)
        self.balance = CustomerBalance(self.account)
        drafts = Drafts(self.account, self.catalogue)
        self.invoices = Invoices(self.account, self.charges, self.delayed, drafts, self.balance)
        self.items = InvoiceItems(self.account, self.catalogue)
        self.methods = PaymentMethods(self.account)
        self.intents = PaymentIntents(self.account, self.charges, self.disputes, self.invoices, self.methods)
        self.credit_notes = CreditNotes(self.account, self.invoices, self.refunds)
        self.subscriptions = Subscriptions(self.account, self.invoices)
        self.payouts = Payouts(self.account, self.ledger)
        self.own_rows = OwnRows(self.account, self.ledger)
        self.connect = Connect(self.account, self.ledger)
        self.account.keep(ledger.account(self.account.id, self.account.now))

    @property
    def now(self) -> datetime:
        """The virtual clock: it moves by a second per operation, and by `advance_to`."""
        return datetime.fromtimestamp(self.account.now, UTC)

    @automatic
    def advance_to(self, moment: datetime) -> None:
        """Let time pass: pending money becomes available."""
        seconds = int(moment.timestamp())
        if seconds < self.account.now - 1:
            raise ValueError(f"{moment} is over already: it is {self.now}")
        self.account.now = max(seconds, self.account.now)
        if self.ledger.release():
            self.account.emit("balance.available", self.ledger.balance())

    @automatic
    def book(self, kind: str, reporting_category: str, amount: int, currency: str = "usd", description: str | None = None) -> str:
        """Let Stripe book a row of its own, without event or source: a product's fee, an adjustment, a reserve."""
        return str(self.ledger.book(kind, reporting_category, amount, currency, description=description)["id"])

    def get(self, key: str) -> Json:
        """A copy of any object as it is now."""
        with self.account.lock:
            found = self.account.find(key)
            if found is None:
                raise KeyError(key)
            copy: Json = copied(found)
            return copy

    @property
    def events(self) -> Sequence[Json]:
        """Every event so far, oldest first."""
        with self.account.lock:
            return [copied(event) for event in self.account.listed("event")]

    def listen(self, listener: Callable[[Json], None]) -> None:
        """Be told of every event from now on, inside the operation that makes it."""
        self.account.listen(listener)

    def prove(self) -> None:
        """Raises AssertionError when money appeared or vanished."""
        with self.account.lock:
            self.ledger.prove()
