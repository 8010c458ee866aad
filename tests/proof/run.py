"""One story per seed: a merchant's days in the sandbox, their events in disorder through the connector's core, the books against the reference."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from adapters.netsuite.emulator import SANDBOX_CHART, Account, NetSuite, Preferences
from adapters.netsuite.memory import InProcessTransport
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Reply
from adapters.storage.memory import MemoryIntents, MemorySyncRecords
from adapters.storage.turns import InProcessTurns
from core.inbox import Event
from core.outcome import Failed, Kind
from core.settings import Accounts, Settings, TaxCode
from core.sync import SyncUseCase
from services.sandbox.stripe.merchants import EVERY, Family, play_merchant
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World
from tests.proof.reference import Balances, Reference, differences, is_blocked
from tests.proof.world_reader import WorldReader

Size = Literal["small", "large"]

BANKS = {"usd": "101", "eur": "102", "gbp": "103", "jpy": "104", "kwd": "105"}
CHART = replace(SANDBOX_CHART, accounts={**SANDBOX_CHART.accounts, "105": Account("105", "Checking KWD", "Bank", "6")})
ROLES = {
    "undeposited_funds": "110",
    "income": "400",
    "payment_fees": "600",
    "stripe_fees": "601",
    "network_fees": "602",
    "application_fees": "603",
    "dispute_fees": "604",
    "dispute_reversals": "490",
    "adjustments": "605",
    "suspense": "690",
    "bad_debt": "606",
    "tax_payable": "210",
    "receivable": "120",
}
SETTINGS = Settings(accounts=Accounts(**ROLES, bank=MappingProxyType(BANKS)))
# What an accountant may choose otherwise, by the name of the choice; the reference is told of it by the same name.
POLICIES: Mapping[str, Settings] = {
    "": SETTINGS,
    "cash sales": replace(SETTINGS, charges_without_invoice="cash_sale"),
    "customer deposits": replace(SETTINGS, charges_without_invoice="customer_deposit"),
    "tax details": replace(SETTINGS, tax_policy="tax_details", tax_code=TaxCode("7", "5")),
    "won disputes reinstated": replace(SETTINGS, disputes_when_won="reinstate"),
    "an invoice for every sale, tax ignored, paid past Stripe, one customer and item": replace(
        SETTINGS,
        charges_without_invoice="invoice",
        tax_policy="ignore",
        invoices_out_of_band=ROLES["suspense"],
        customers_policy="global",
        items_policy="global",
    ),
    "cash sales, won disputes reinstated": replace(SETTINGS, charges_without_invoice="cash_sale", disputes_when_won="reinstate"),
}
# What a policy cannot do: a dispute does not know of the refunds that failed, whose money is a deposit of its own.
NOT_TOGETHER: Mapping[str, frozenset[Family]] = {"customer deposits": frozenset({Family.DISPUTES})}
ROLE_OF = {number: role for role, number in ROLES.items()}
ROLE_OF |= {CHART.exchange: "exchange", CHART.rounding: "rounding", CHART.customer_deposits: "customer_deposits"} | dict.fromkeys(
    BANKS.values(), "bank"
)
# How many times what is not ready is tried again when nothing else happens any more.
MOST_ROUNDS = 12
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class CountingTransport(InProcessTransport):
    """Counts the calls that may change a record; a query is a POST that may not."""

    mutating = 0

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]) -> Reply:
        self.mutating += method in WRITES and "/record/" in path
        return super().send(method, path, query, body, headers)


@dataclass(frozen=True, slots=True)
class WorldClock:
    world: World

    def now(self) -> datetime:
        return self.world.now.astimezone(UTC)


@dataclass(slots=True)
class Story:
    """One merchant, and the connector that follows him. `wrong` are sentences, none when the proof holds; `heard` is what Stripe told."""

    seed: int
    families: frozenset[Family] = EVERY
    size: Size = "small"
    policy: str = ""
    wrong: list[str] = field(default_factory=list)
    events: int = 0
    delivered: int = 0
    world: World = field(init=False)
    netsuite: NetSuite = field(init=False)
    transport: CountingTransport = field(init=False)
    core: SyncUseCase = field(init=False)
    _random: random.Random = field(init=False)
    _waiting: list[Event] = field(default_factory=list)
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"deliveries of {self.seed}")
        self.world = World(self.seed)
        self.netsuite = NetSuite(CHART, Preferences(suite_tax=self.policy == "tax details"))
        self.transport = CountingTransport(self.netsuite)
        self.core = SyncUseCase(
            stripe=WorldReader(self.world),
            books=RestBooks(self.transport),
            records=(records := MemorySyncRecords()),
            intents=MemoryIntents(records),
            turns=InProcessTurns(),
            clock=WorldClock(self.world),
            settings=POLICIES[self.policy] if self.policy else SETTINGS,
        )
        self.world.listen(self._heard)

    def play(self) -> None:
        """To the end: what happens, what is delivered when, what is compared."""
        eagerness = self._random.choice((0.0, 0.3, 0.7, 1.0))
        families = self.families - NOT_TOGETHER.get(self.policy, frozenset())
        for _ in play_merchant(self.world, self.seed, self.size, families=families):
            if eagerness:
                self._deliver(eagerness)
        self.events = len(self.heard)
        self._finish()
        self.wrong += self._books_differ()
        self.wrong += self._dues_differ()
        self.wrong += self._unbalanced()
        self.wrong += self._replayed()

    def _heard(self, told: Json) -> None:
        subject = told["data"]["object"].get("id", "")
        at = datetime.fromtimestamp(told["created"], UTC)
        event = Event(told["id"], told["type"], at, told["livemode"], subject)
        self.heard.append(event)
        self._waiting += [event, event] if self._random.random() < 0.1 else [event]

    def _deliver(self, chance: float) -> list[tuple[Event, Failed]]:
        """Some of what waits, in any order; what may succeed later waits on."""
        arrived = [event for event in self._waiting if self._random.random() < chance]
        taken = Counter(event.id for event in arrived)
        rest = [event for event in self._waiting if event.id not in taken]
        self._random.shuffle(arrived)
        failed = [(event, outcome) for event in arrived if (outcome := self._sync(event)) is not None]
        self._waiting = rest + [event for event, outcome in failed if outcome.retryable]
        self.wrong += sorted({_sentence(event, outcome) for event, outcome in failed if not outcome.retryable})
        return [(event, outcome) for event, outcome in failed if outcome.retryable]

    def _sync(self, event: Event) -> Failed | None:
        """How it failed, unless a label wants it so."""
        self.delivered += 1
        outcome = self.core.event(event).outcome
        return outcome if isinstance(outcome, Failed) and outcome.kind is not Kind.BLOCKED else None

    def _is_barred(self, failed: Failed) -> bool:
        """A payout that holds a charge which a label keeps out waits for a person."""
        source = self.world.account.find(failed.waits_for) or {}
        charge = self.world.account.find(source["charge"]) if "charge" in source else source
        return failed.kind is Kind.NOT_READY and charge is not None and charge.get("object") == "charge" and is_blocked(charge)

    def _finish(self) -> None:
        """Deliver and retry until nothing is left or nothing moves any more."""
        left: list[tuple[Event, Failed]] = []
        for _ in range(MOST_ROUNDS):
            before = self.transport.mutating
            left = self._deliver(1.0)
            if not left:
                return
            if self.transport.mutating == before:
                break
        self.wrong += sorted({_sentence(event, outcome) for event, outcome in left if not self._is_barred(outcome)})

    def _books_differ(self) -> Iterator[str]:
        for role, currency, expected, found in differences(self._reference().balances(), self.balances()):
            yield f"{role} {currency}: expected {expected}, found {found}"

    def _dues_differ(self) -> Iterator[str]:
        """Whatever was credited and applied, an invoice is due what Stripe still asks for."""
        due = {
            (item.external_id, item.currency.lower()): minor(item.remaining, item.currency)
            for item in self.netsuite.open_receivables()
            if item.type == "invoice"
        }
        for invoice, currency, expected, found in differences(self._reference().dues(), Counter(due)):
            yield f"due on {invoice} {currency}: expected {expected}, found {found}"

    def _reference(self) -> Reference:
        account = self.world.account
        kinds = ("customerPayment", "cashSale", "customerDeposit", "customerRefund", "cashRefund", "deposit", "journalEntry")
        booked = frozenset(str(record.fields["externalId"]) for kind in kinds for record in self.netsuite.records(kind))
        return Reference(account.listed, account.listed, booked, self.policy)

    def balances(self) -> Balances:
        """NetSuite's trial balance by role, in minor units, debits positive."""
        books: Balances = Counter()
        for line in self.netsuite.trial_balance():
            if net := line.debit - line.credit:
                books[ROLE_OF.get(line.account, line.name), line.currency.lower()] += minor(net, line.currency)
        return books

    def _unbalanced(self) -> Iterator[str]:
        for lines in (self.netsuite.trial_balance(), self.netsuite.base_trial_balance()):
            sums: defaultdict[str, Decimal] = defaultdict(Decimal)
            for line in lines:
                sums[line.currency] += line.debit - line.credit
            yield from (f"debits exceed credits by {left} {currency}" for currency, left in sums.items() if left)

    def _replayed(self) -> Sequence[str]:
        """When all is settled, every event again changes nothing. To the core, events of one type and one subject are the same event."""
        if self.wrong:
            return ()
        before = self.transport.mutating
        for event in {(event.type, event.subject_id): event for event in self.heard}.values():
            self.core.event(event)
        again = self.transport.mutating - before
        return (f"every event again made {again} mutating calls",) if again else ()


DECIMALS = {"jpy": 0, "kwd": 3}
"""https://docs.stripe.com/currencies, of those that the merchants use; the product has a table of its own."""


def minor(amount: Decimal, currency: str) -> int:
    """Whole minor units; an amount with a fraction of one would be a fault of the books, and is not rounded away."""
    units = amount.scaleb(DECIMALS.get(currency.lower(), 2))
    if units != units.to_integral_value():
        raise ValueError(f"{amount} {currency} is no whole number of minor units")
    return int(units)


def _sentence(event: Event, failed: Failed) -> str:
    return f"{event.type} {event.subject_id} failed ({failed.kind}): {failed.message}"


def play(seed: int, families: frozenset[Family] = EVERY, size: Size = "small", policy: str = "") -> Story:
    """The story of a seed, told to its end."""
    story = Story(seed, families, size, policy)
    story.play()
    return story


def stories(seeds: Sequence[int], families: frozenset[Family] = EVERY, size: Size = "small", policy: str = "") -> Iterator[Story]:
    """One after the other, each with a fresh merchant and fresh books."""
    return (play(seed, families, size, policy) for seed in seeds)


def smallest(seed: int, families: frozenset[Family] = EVERY, size: Size = "small", policy: str = "", tries: int = 5) -> frozenset[Family]:
    """The families left when every one that is not needed to show a difference is switched off, one by one; the fewest of some orders,
    since a merchant of other families does other things."""
    found = [families]
    for shuffled in range(tries):
        order, left = sorted(families), families
        random.Random(shuffled).shuffle(order)
        for family in order:
            fewer = left - {family}
            if fewer and play(seed, fewer, size, policy).wrong:
                left = fewer
        found.append(left)
    return min(found, key=len)
