"""A merchant's fortnight, for the demo, the stories and the balance proof: the same every time for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.wide import Wide
from services.sandbox.stripe.world import World

DAYS = 14
FIRST_NAMES = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Ida",
    "Jon",
    "Kim",
    "Leo",
    "Mia",
    "Ned",
    "Ola",
    "Pia",
    "Quin",
    "Rosa",
    "Sam",
    "Tess",
    "Uma",
    "Vic",
    "Wes",
    "Xia",
)
LAST_NAMES = ("Able", "Berg", "Cole", "Dunn", "Ennis", "Frost", "Gray")
CITIES = (("Springfield", "IL", "62701"), ("Portland", "OR", "97205"), ("Austin", "TX", "78701"))
# Amounts that binary fractions and careless rounding get wrong.
ONE_OFF_AMOUNTS = (1999, 4900, 12999, 115, 2575, 8901, 3333, 333, 19999, 1010)


class Merchant:
    """Who plays: what he sells, who subscribed, what was sold."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.subscriptions: list[str] = []
        self.sales: list[str] = []
        self.invoiced: list[str] = []
        self.customers: list[str] = []
        self._amounts = 0
        catalogue = world.catalogue
        starter, pro, extras = (catalogue.product(name) for name in ("Starter plan", "Pro plan", "Extras"))
        self.plans = [
            catalogue.price(starter, 1999, interval="week", nickname="Starter weekly"),
            catalogue.price(pro, 4915, interval="week", nickname="Pro weekly"),
        ]
        self.setup = catalogue.price(extras, 9900, nickname="Setup")
        self.sticker = catalogue.price(extras, 29, nickname="Sticker")
        self.postage = catalogue.price(extras, 115, nickname="Postage")
        self.coupon = catalogue.coupon("Welcome", percent_off=Decimal(15))
        self.voucher = catalogue.coupon("Five off", amount_off=500)
        self.sales_tax = catalogue.tax_rate("Sales Tax", Decimal("8.25"))
        self.vat = catalogue.tax_rate("VAT", Decimal(20), inclusive=True)

    def customer(self) -> str:
        """The next customer signs up."""
        at = len(self.customers)
        name = f"{FIRST_NAMES[at % len(FIRST_NAMES)]} {LAST_NAMES[at % len(LAST_NAMES)]}"
        city, state, code = CITIES[at % len(CITIES)]
        street = f"{self.random.randint(1, 99)} Main Street"
        address = {"city": city, "country": "US", "line1": street, "line2": None, "postal_code": code, "state": state}
        email = f"{name.lower().replace(' ', '.')}.{at}@example.com"
        self.customers.append(self.world.catalogue.customer(name, email, address=address))
        return self.customers[-1]

    def sign_up(self, plan: int = 0, *, coupon: str | None = None, tax_rate: str | None = None, balance_later: bool = False) -> str:
        """A new subscriber pays his first invoice; gives the charge."""
        subscription, invoice = self.world.subscriptions.start(self.customer(), self.plans[plan], coupon=coupon, tax_rate=tax_rate)
        charge = self.world.invoices.pay(invoice, balance_later=balance_later)
        self.world.subscriptions.activate(subscription)
        self.subscriptions.append(subscription)
        self.invoiced.append(charge)
        return charge

    def renew(self, at: int) -> str:
        """A subscriber's next week; gives the invoice, not yet paid."""
        return self.world.subscriptions.renew(self.subscriptions[at])

    def sell(self, *, guest: bool = False, balance_later: bool = False) -> str:
        """A sale without an invoice; gives the charge."""
        amount = ONE_OFF_AMOUNTS[self._amounts % len(ONE_OFF_AMOUNTS)]
        self._amounts += 1
        buyer = None if guest else self.customer()
        charge = self.world.charges.pay(amount, customer=buyer, description="Web shop order", balance_later=balance_later)
        self.sales.append(charge)
        return charge

    def invoice(self, *lines: Line, coupon: str | None = None, tax_rate: str | None = None) -> str:
        """A finalised invoice to a new customer."""
        drafted = self.world.invoices.create(self.customer(), lines, coupon=coupon, tax_rate=tax_rate)
        self.world.invoices.finalize(drafted)
        return drafted


def play_fortnight(world: World, seed: int = 1, *, wide: bool = False) -> Iterator[date]:
    """Play day by day, yielding each day when it is over: deliver, look, go on. Every day Stripe pays out what it can.
    `wide` adds one of each flow that is rarer: credit notes, euro, a payout that fails and more.

    At the end some money is still with Stripe and one invoice is open; every payout has arrived."""
    merchant = Merchant(world, seed)
    first = world.now.date()
    days = _days(merchant)
    more = Wide(merchant).days() if wide else {}
    on_its_way: list[tuple[date, str]] = []
    for number in range(DAYS):
        today = first + timedelta(days=number)
        _at(world, today, 8)
        _arrive(world, today, on_its_way)
        if number < DAYS - 2 and (payout := world.payouts.create()) is not None:
            on_its_way.append((today + timedelta(days=2), payout))
        _at(world, today, 10)
        for act in (*days.get(number, ()), *more.get(number, ())):
            act()
        _at(world, today, 20)
        world.prove()
        yield today


def _arrive(world: World, today: date, on_its_way: list[tuple[date, str]]) -> None:
    for arrival, payout in list(on_its_way):
        if arrival <= today:
            world.payouts.pay(payout)
            on_its_way.remove((arrival, payout))


def _at(world: World, day: date, hour: int) -> None:
    """Move the clock to the hour, unless the work took longer."""
    moment = datetime.combine(day, time(hour), world.now.tzinfo)
    world.advance_to(max(moment, world.now))


def _days(merchant: Merchant) -> dict[int, list[Callable[[], object]]]:
    """What happens on which day, in order."""
    world, told = merchant.world, dict[str, str]()

    def tell(name: str, act: Callable[[], str]) -> Callable[[], object]:
        return lambda: told.update({name: act()})

    pay, m = world.invoices.pay, merchant
    return {
        0: [
            lambda: m.sign_up(0),
            lambda: m.sign_up(1, coupon=m.coupon),
            lambda: m.sign_up(0, tax_rate=m.sales_tax),
            m.sell,
            lambda: m.sell(guest=True),
            tell("authorised", lambda: world.charges.authorize(7450, customer=m.customer(), description="Pre-order")),
        ],
        1: [
            lambda: m.sign_up(1, tax_rate=m.vat),
            m.sell,
            tell("later", lambda: m.sell(balance_later=True)),
            tell("setup", lambda: m.invoice(Line(m.setup), Line(m.sticker, 5), Line(m.postage), tax_rate=m.sales_tax)),
            lambda: pay(told["setup"]),
        ],
        2: [
            lambda: world.charges.settle(told["later"]),
            lambda: world.charges.capture(told["authorised"]),
            lambda: m.sign_up(0, coupon=m.voucher),
            m.sell,
            tell("one line", lambda: m.invoice(Line(m.setup))),
            tell("one line charge", lambda: pay(told["one line"])),
            lambda: world.book("stripe_fee", "fee", -237, description=f"Billing - Usage Fee ({world.now.date()})"),
        ],
        3: [
            lambda: m.sign_up(1),
            lambda: world.refunds.refund(m.sales[0]),
            tell("declined", lambda: m.invoice(Line(m.setup), Line(m.postage, 3), coupon=m.coupon)),
            lambda: world.invoices.fail_payment(told["declined"]),
            lambda: m.sell(guest=True),
        ],
        4: [
            tell("partial", lambda: world.refunds.refund(m.sales[2], 4321)),
            lambda: world.catalogue.update_customer(m.customers[0], phone="+1 555 0100"),
            lambda: m.sign_up(0, coupon=m.coupon, tax_rate=m.sales_tax),
            lambda: pay(told["declined"]),
            m.sell,
        ],
        5: [
            tell("lost", lambda: world.disputes.open(m.sales[4])),
            lambda: world.refunds.refund(told["one line charge"], 2515),
            m.sell,
            lambda: m.sign_up(1, balance_later=True),
        ],
        6: [
            lambda: world.charges.settle(m.invoiced[-1]),
            lambda: world.refunds.reference_arrives(told["partial"]),
            lambda: world.charges.decline(5050, customer=m.customers[3], description="Web shop order"),
        ],
        7: [
            *(lambda at=at: pay(m.renew(at)) for at in range(3)),
            lambda: world.disputes.answer(told["lost"], "The parcel was signed for."),
            lambda: m.sell(guest=True),
        ],
        8: [
            lambda: pay(m.renew(3)),
            lambda: world.refunds.refund(m.invoiced[3], reason="duplicate"),
            tell("many", lambda: m.invoice(*(Line(m.sticker, count) for count in range(1, 13)), Line(m.postage), tax_rate=m.vat)),
            lambda: pay(told["many"]),
        ],
        9: [
            tell("renewal declined", lambda: m.renew(4)),
            lambda: world.invoices.fail_payment(told["renewal declined"]),
            lambda: world.disputes.open(m.invoiced[1], reason="product_not_received"),
            lambda: world.invoices.describe(told["setup"], "Setup, as agreed by telephone"),
            m.sell,
        ],
        10: [
            lambda: pay(m.renew(5)),
            lambda: pay(told["renewal declined"]),
            lambda: world.payouts.trace(world.account.listed("payout")[0]["id"]),
        ],
        11: [
            lambda: world.disputes.close(told["lost"], won=False),
            lambda: m.sign_up(1, coupon=m.voucher, tax_rate=m.sales_tax),
            m.sell,
        ],
        12: [
            tell("open", lambda: m.invoice(Line(m.setup, 2), tax_rate=m.sales_tax)),
            lambda: world.invoices.fail_payment(told["open"]),
            m.sell,
            lambda: m.sign_up(0),
        ],
        13: [
            lambda: m.sell(guest=True),
            lambda: world.refunds.refund(m.sales[-2], 115),
            lambda: m.sign_up(1),
        ],
    }
