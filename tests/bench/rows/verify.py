"""Checking an event: signature and envelope, beside the bare HMAC and beside Stripe's own `construct_event`."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import stripe

from adapters.stripe.webhook import envelope, verify
from tests.bench import events
from tests.bench.measure import Row, alternate, at_most
from tests.bench.run import Bench, Group
from tests.bench.timing import per_call_us

BARE = Row("verify", "verify + decode of the envelope ÷ HMAC-SHA256 over the same bytes", at_most(4))
LIBRARY = Row("verify sdk", "verify + decode of the envelope ÷ stripe.Webhook.construct_event", at_most(0.03))
LARGE = Row("verify large", "the same ÷ construct_event, for an invoice of 100 lines", at_most(0.02))
DIFFERENT = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it comes in, and what its signature covers."""

    body: bytes
    header: str
    signed: bytes


def measure(bench: Bench) -> Sequence[Row]:
    small, large = _deliveries(events.bodies(DIFFERENT)), _deliveries([events.large_invoice()])
    hashed = alternate(bench.rounds, lambda: per_call_us(check, small), lambda: per_call_us(_bare_hmac, small))
    built = alternate(bench.rounds, lambda: per_call_us(check, small), lambda: per_call_us(_construct, small))
    long = alternate(bench.rounds, lambda: per_call_us(check, large), lambda: per_call_us(_construct, large))
    size = f"{len(large[0].body):,} bytes"
    return [
        replace(BARE, ratios=hashed.ratios(float), sides=hashed.sides(("ours", "HMAC"), "µs", float), how="4,096 bytes"),
        replace(LIBRARY, ratios=built.ratios(float), sides=built.sides(("ours", "construct_event"), "µs", float), how="4,096 bytes"),
        replace(LARGE, ratios=long.ratios(float), sides=long.sides(("ours", "construct_event"), "µs", float), how=size),
    ]


def check(delivery: Delivery) -> None:
    """What ingest does with a delivery before it is stored."""
    verify(delivery.body, delivery.header, (events.SECRET,), time.time())
    envelope(delivery.body)


def _bare_hmac(delivery: Delivery) -> bytes:
    return hmac.digest(SECRET, delivery.signed, "sha256")


def _construct(delivery: Delivery) -> object:
    return stripe.Webhook.construct_event(delivery.body, delivery.header, events.SECRET)


def _deliveries(bodies: Sequence[bytes]) -> list[Delivery]:
    at = int(time.time())
    return [Delivery(body, events.signature(body, at), b"%d.%s" % (at, body)) for body in bodies]


SECRET = events.SECRET.encode()
GROUP = Group("verify", [BARE, LIBRARY, LARGE], measure)
