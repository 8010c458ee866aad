"""Planning: from the bytes that Stripe answers to a plan of five commands, beside reading the same bytes as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from adapters.stripe.decoding import decode
from adapters.stripe.memory import MemoryStripe
from adapters.stripe.reading import Account, Object, Reading
from core.plan import Plan
from core.rules.charges import plan_charge
from core.settings import Accounts, Settings
from core.snapshot import Charge
from services.sandbox.stripe.world import World
from tests.bench.measure import CannotRun, Row, alternate, at_most
from tests.bench.run import Bench, Group
from tests.bench.sale import Sale, first_sale
from tests.bench.timing import per_call_us

ROW = Row("plan", "Stripe's bytes -> plan of 5 commands (customer, 2 items, invoice, payment) ÷ json.loads of the same bytes", at_most(2))
BANKS = MappingProxyType({"usd": "101"})
SETTINGS = Settings(Accounts(undeposited_funds="110", income="400", discounts="495", tax_payable="210", bank=BANKS))


def measure(bench: Bench) -> Sequence[Row]:
    """What the writer does between Stripe's answers and NetSuite's first request, without the network."""
    world = World()
    sale = first_sale(world)
    answers = recorded(world, sale)
    stripe = Replayed(answers)
    made = plan(stripe, sale)
    if len(made.commands) != 5:
        raise CannotRun(f"the plan has {len(made.commands)} commands, not 5")
    bodies = list(answers.values())
    rounds = alternate(bench.rounds, lambda: per_call_us(lambda one: plan(stripe, one), [sale]), lambda: per_call_us(_read, [bodies]))
    how = f"the {len(bodies)} answers of Stripe's API for one charge, {sum(map(len, bodies)):,} bytes as Stripe prints them"
    return [replace(ROW, ratios=rounds.ratios(float), sides=rounds.sides(("plan", "json.loads"), "µs", float), how=how)]


def plan(stripe: Reading, sale: Sale) -> Plan:
    """The product's own path: read the charge and what hangs on it, then the rule."""
    return plan_charge(stripe.read(Charge, sale.charge), SETTINGS)


Question = tuple[str, str]


def recorded(world: World, sale: Sale) -> dict[Question, bytes]:
    """What Stripe answers to each question that reading the charge asks."""
    charge = world.get(sale.charge)
    named = {event["data"]["object"]["id"] for event in world.events if "id" in event["data"]["object"]}
    objects = {key: world.get(key) for key in {*named, charge["balance_transaction"]}}
    asked = _Recording(MemoryStripe(objects))
    asked.read(Charge, sale.charge)
    return asked.answers


def _read(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        json.loads(body)


class _Recording(Reading):
    """Asks another reader's account and keeps the answers as bytes."""

    def __init__(self, of: Reading) -> None:
        self.of = of
        self.answers: dict[Question, bytes] = {}

    def account(self, account: str) -> Account:
        return _Asked(self.of.account(account), self.answers)


@dataclass(frozen=True, slots=True)
class _Asked:
    of: Account
    answers: dict[Question, bytes]

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        answer = self.of.one(collection, stripe_id, *expand)
        self.answers[collection, stripe_id] = _printed(answer)
        return answer

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        rows = self.of.every(collection, filters, *expand)
        self.answers[collection, ""] = _printed({"object": "list", "data": rows, "has_more": False, "url": f"/v1/{collection}"})
        return rows


class Replayed(Reading):
    """A reader whose account answers from recorded bytes, decoded at each question as the API's reader does."""

    def __init__(self, answers: Mapping[Question, bytes]) -> None:
        self.answered = _Answered(answers)

    def account(self, account: str) -> Account:
        return self.answered


@dataclass(frozen=True, slots=True)
class _Answered:
    answers: Mapping[Question, bytes]

    def one(self, collection: str, stripe_id: str, *expand: str) -> Object:
        answer: Object = decode(self.answers[collection, stripe_id])
        return answer

    def every(self, collection: str, filters: Mapping[str, Any], *expand: str) -> list[Object]:
        rows: list[Object] = decode(self.answers[collection, ""])["data"]
        return rows


def _printed(answer: object) -> bytes:
    return json.dumps(answer, indent=2, default=str).encode()


GROUP = Group("plan", [ROW], measure)
