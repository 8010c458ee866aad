"""What a case plays: a merchant of the Stripe sandbox, a NetSuite account, and the connector between them; ids short enough to read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

from adapters.netsuite.codec import dumps
from adapters.netsuite.emulator import Chart, NetSuite, Preferences
from adapters.netsuite.memory import MemoryBooks
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.notes import MemoryNotes
from adapters.storage.turns import InProcessTurns
from adapters.stripe.trail import TrailReader
from core.inbox import Event
from core.metadata import EXCLUDED
from core.notes import Note, Noted
from core.sync import Report, SyncUseCase
from core.undo import Undo
from services.config import Embedded
from services.sandbox.stripe.ids import Ids
from services.sandbox.stripe.invoices import Line
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from tests.proof.run import BANKS, CHART, ROLES, WorldClock
from tests.proof.world_reader import WorldReader

DEFAULTS: dict[str, Any] = {"accounts": {**ROLES, "bank": BANKS}}
ADA = {"line1": "1 Analytical Way", "line2": None, "city": "London", "state": None, "postal_code": "N1", "country": "GB"}


class ShortIds(Ids):
    """`ch_1`, `in_2`: counted, not hashed. `named` is what the next code of a purpose is to be."""

    def __init__(self) -> None:
        super().__init__(1)
        self.named: dict[str, str] = {}

    def new(self, prefix: str) -> str:
        self._issued[prefix] += 1
        return f"{prefix}_{self._issued[prefix]}"

    def code(self, purpose: str, length: int) -> str:
        self._issued[purpose] += 1
        return self.named.pop(purpose, "") or f"{purpose[:3].upper()}{self._issued[purpose]}"


@cache
def _settings(toml: str) -> Embedded:
    given = tomllib.loads(toml)
    merged = {**given, "accounts": {**DEFAULTS["accounts"], **given.get("accounts", {})}}
    settings = Embedded(**merged)
    assert not settings.problems()
    return settings


def preferences(config: Embedded) -> Preferences:
    """Of a NetSuite that takes what these settings send."""
    return Preferences(suite_tax=config.tax.policy == "tax_details", entity_id_override=config.customers.entity_id == "stripe_id")


class Scene:
    """`s.world` is the merchant's side, `s.netsuite` the accountant's; the methods are the words that cases are written in."""

    def __init__(self, settings: str = "", chart: Chart = CHART) -> None:
        self.world = World()
        self.ids = self.world.account.ids = ShortIds()
        config = _settings(settings)
        self.netsuite = NetSuite(chart, preferences(config))
        reader, self.notes = WorldReader(self.world), MemoryNotes(records := MemorySyncRecords())
        self.core = SyncUseCase(
            stripe=Noted(reader, self.notes),
            books=MemoryBooks(self.netsuite),
            records=records,
            intents=MemoryIntents(records),
            turns=InProcessTurns(),
            clock=WorldClock(self.world),
            settings=config.rules(),
            of_account=config.rules_by_account(),
        )
        self.undoing = Undo(
            self.core, Noted(reader, self.notes, even_excluded=True), TrailReader(reader), self.notes, WorldClock(self.world)
        )
        self.account = ""
        self.by_hand: list[str] = []
        self._heard: list[Json] = []
        self._prices: dict[object, str] = {}
        self._products: dict[str, str] = {}
        self.world.listen(self._heard.append)

    # What happens when, and what the connector has seen of it.

    def on(self, day: int, hour: int = 8, month: int = 11) -> None:
        """Time passes until that day of 2026, UTC."""
        self.world.advance_to(datetime.combine(datetime(2026, month, day, tzinfo=UTC), time(hour), UTC))

    def synced(self) -> None:
        """The connector has taken every event so far, in order, and once more what waited for another."""
        for told in [*self._heard, *self._heard]:
            self.deliver(told)
        self._heard.clear()

    def deliver(self, told: Json, account: str = "") -> Report:
        created = datetime.fromtimestamp(told["created"], UTC)
        return self.core.event(Event(told["id"], told["type"], created, told["livemode"], told["data"]["object"].get("id", ""), account))

    def undo(self, stripe_id: str) -> Report:
        """A person undoes what was written for an object."""
        return self.undoing.carry_out(stripe_id, self.account, "booked twice")

    def exclude(self, stripe_id: str) -> None:
        """A person keeps an object out."""
        self.notes.put(Note(stripe_id, self.account, EXCLUDED, "booked by hand", "booked by hand", self.world.now))

    def last(self, event_type: str) -> Json:
        """The newest event of a type, as Stripe sends it."""
        return next(each for each in reversed(self.world.events) if each["type"] == event_type)

    def held(self, stripe_id: str) -> Json:
        """Stripe's own object, to make it say what a merchant cannot."""
        found = self.world.account.find(stripe_id)
        assert found is not None
        return found

    # What the merchant has and sells.

    def customer(self, name: str | None = "Ada Lovelace", email: str = "ada@example.com", **fields: Any) -> str:
        """The first is everybody's default buyer."""
        given = {"address": fields.pop("address", None), "metadata": fields.pop("metadata", None)}
        made = self.world.catalogue.customer(name or "", email, **given)
        if name is None:
            fields["name"] = None
        if fields:
            self.world.catalogue.update_customer(made, **fields)
        return made

    @property
    def ada(self) -> str:
        """The customer whom sales are to, made when first needed."""
        return next((each["id"] for each in self.world.account.listed("customer")), "") or self.customer()

    def product(self, name: str) -> str:
        if name not in self._products:
            self._products[name] = self.world.catalogue.product(name)
        return self._products[name]

    def price(self, amount: int = 10_000, product: str = "Pro plan", currency: str = "usd", **more: Any) -> str:
        named = (amount, product, currency, str(more))
        if named not in self._prices:
            self._prices[named] = self.world.catalogue.price(self.product(product), amount, currency, **more)
        return self._prices[named]

    def line(self, amount: int = 10_000, product: str = "Pro plan", currency: str = "usd", **more: Any) -> Line:
        """A line that sells a catalogue price, in minor units."""
        return Line(self.price(amount, product, currency), currency=currency, **more)

    def rate(self, percent: str = "20", name: str = "VAT", *, inclusive: bool = False) -> str:
        return self.world.catalogue.tax_rate(name, Decimal(percent), inclusive=inclusive)

    def coupon(self, name: str = "Spring sale", code: str = "SPRING", **off: Any) -> str:
        """Ten per cent, unless `off` says otherwise."""
        self.ids.named["coupon"] = code
        given: dict[str, Any] = off if off.keys() & {"percent_off", "amount_off"} else {"percent_off": Decimal(10), **off}
        return self.world.catalogue.coupon(name, **given)

    # What is sold, paid and given back.

    def draft(self, *lines: Line, of: str = "", **how: Any) -> str:
        return self.world.invoices.create(of or self.ada, lines or (self.line(),), **how)

    def invoice(self, *lines: Line, of: str = "", **how: Any) -> str:
        """An invoice that is final."""
        made = self.draft(*lines, of=of, **how)
        self.world.invoices.finalize(made)
        return made

    def three_lines(self) -> tuple[Line, ...]:
        return (self.line(10_000), self.line(5_000, "Onboarding"), self.line(2_500, "Support"))

    def paid(self, *lines: Line, **how: Any) -> str:
        """The charge that paid a new invoice."""
        return self.world.invoices.pay(self.invoice(*lines, **how))

    def sale(self, amount: int = 2_900, currency: str = "usd", **how: Any) -> str:
        """The charge of a sale without an invoice, of a guest unless `customer` names one."""
        return self.world.charges.pay(amount, currency, **{"description": "T-shirt", **how})

    def debited(self, amount: int = 9_000, **how: Any) -> str:
        """A bank debit on its way."""
        return self.world.delayed.begin(amount, **{"customer": self.ada, "description": "By bank", **how})

    def refund(self, charge: str, amount: int | None = None, **how: Any) -> str:
        return self.world.refunds.refund(charge, amount, **how)

    def lines_of(self, invoice: str) -> list[str]:
        return [each["id"] for each in self.world.account.listed("line_item", "invoice", invoice)]

    def payout(self, *, day: int = 6, currency: str = "usd", arrives: bool = True) -> str:
        """What is available on that day goes to the bank, and is there two days later."""
        self.on(day)
        made = self.world.payouts.settle_up(currency)
        assert made is not None
        if arrives:
            self.on(day + 2)
            self.world.payouts.pay(made)
        return made

    # What people do in NetSuite.

    def by_person(self, record_type: str, said: str, **fields: Any) -> str:
        """A record that a person made in NetSuite, and what the case says of it; its internal id."""
        reply = self.netsuite.handle("POST", f"/services/rest/record/v1/{record_type}", {}, {}, dumps(fields))
        assert reply.status == 204, reply.body
        made = reply.headers["Location"].rpartition("/")[2]
        self.by_hand.append(f"{record_type} #{made}  {said}")
        return made

    def edited(self, record_type: str, external_id: str, said: str, **fields: Any) -> None:
        """A person changed a record of ours."""
        address = f"/services/rest/record/v1/{record_type}/eid:{external_id}"
        reply = self.netsuite.handle("PATCH", address, {"replace": "apply"} if "apply" in fields else {}, {}, dumps(fields))
        assert reply.status == 204, reply.body
        self.by_hand.append(f"{record_type} {external_id}  {said}")

    def closed(self, month: str) -> None:
        self.netsuite.set_period(month, is_open=False)
        self.by_hand.append(f"the posting period {month} is closed")

    def their_customer(self, name: str = "ACME", email: str = "ada@example.com", **fields: Any) -> str:
        shown = " ".join(f"{key} {value}" for key, value in fields.items() if not isinstance(value, Mapping))
        given = {"isPerson": False, "companyName": name, "email": email, "currency": {"id": "1"}, **fields}
        return self.by_person("customer", f"{name} {email} {shown}".strip(), **given)

    def their_item(self, name: str = "PRO-1") -> str:
        return self.by_person("serviceSaleItem", name, itemId=name, incomeAccount={"id": "400"})

    def their_invoice(self, number: str, amount: int, of: str = "") -> str:
        """In major units, of ACME unless `of` names another customer by internal id."""
        sold = {"items": [{"item": {"id": self.their_item(f"Consulting {number}")}, "amount": amount}]}
        who = of or self.their_customer()
        return self.by_person("invoice", f"{number} {amount}.00 USD", entity={"id": who}, tranDate="2026-11-01", tranId=number, item=sold)
