"""The sandbox's webhooks: signed as Stripe signs, tried until taken, on request twice or out of order."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.sandbox.stripe.lists import RESOURCES, Query, found
from services.sandbox.stripe.webhooks import Policy, Webhooks, signature_header
from services.sandbox.stripe.world import World
from tests.services.loopback import served

SECRET, NEXT_SECRET = "whsec_sandbox", "whsec_next"
PATH = "/webhooks/stripe"
QUICK = Policy(first_gap_s=0.005, longest_gap_s=0.02)


@dataclass
class Receiver:
    """Takes webhooks; `answers` are given first, 200 afterwards."""

    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)

    def app(self) -> Starlette:
        return Starlette(routes=[Route(PATH, self._take, methods=["POST"])])

    @property
    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body in self.bodies]

    async def _take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.signatures.append(request.headers["Stripe-Signature"])
        self.peers.add(request.client)
        status = self.answers.pop(0) if self.answers else 200
        return Response(status_code=status, headers={"Location": "/elsewhere"} if status == 307 else None)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with served(receiver.app()) as address:
        yield address + PATH


def sell(world: World, times: int) -> list[str]:
    before = len(world.events)
    for _ in range(times):
        world.charges.pay(1999, description="Café, 2 × Ada’s")
    return [event["id"] for event in world.events[before:]]


def test_stripes_own_library_accepts_every_delivery(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, QUICK) as webhooks:
        webhooks.register(url, SECRET)
        sold = sell(world, 3)
        assert webhooks.flush(10)
    events = [stripe.Webhook.construct_event(*pair, SECRET) for pair in zip(receiver.bodies, receiver.signatures, strict=True)]
    assert sorted(event.id for event in events) == sorted(sold)
    assert {event.pending_webhooks for event in events} == {1}
    assert all(body.startswith(b'{\n  "id": "evt_') for body in receiver.bodies)


def test_the_timestamp_is_the_wall_clocks_whatever_the_worlds_clock_says(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, QUICK) as webhooks:
        webhooks.register(url, SECRET)
        sell(world, 1)
        assert webhooks.flush(10)
    timestamp = int(receiver.signatures[0].split(",")[0].removeprefix("t="))
    assert abs(timestamp - time.time()) < 60
    assert json.loads(receiver.bodies[0])["created"] == world.account.now


def test_a_rolling_secret_signs_beside_the_old_one() -> None:
    header = signature_header(b'{"object": "event"}', (SECRET, NEXT_SECRET), int(time.time()))
    for secret in (SECRET, NEXT_SECRET):
        assert stripe.WebhookSignature.verify_header('{"object": "event"}', header, secret, 300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header('{"object": "event"}', header, "whsec_other", 300)


def test_it_tries_again_until_200_each_time_with_a_signature_of_its_own(receiver: Receiver, url: str) -> None:
    receiver.answers += [500, 400, 307, 503]
    world = World()
    with Webhooks(world, QUICK) as webhooks:
        webhooks.register(url, SECRET)
        world.catalogue.product("Pro")
        assert webhooks.flush(10)
        assert webhooks.delivered(world.events[0]["id"])
    assert receiver.ids == [world.events[0]["id"]] * 5
    for body, signature in zip(receiver.bodies, receiver.signatures, strict=True):
        stripe.Webhook.construct_event(body, signature, SECRET)


def test_an_event_counts_as_delivered_when_every_endpoint_has_it(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, Policy(first_gap_s=0.001, longest_gap_s=0.002, attempts=3)) as webhooks:
        webhooks.register(url, SECRET)
        webhooks.register("http://127.0.0.1:9/nobody", SECRET)
        sold = sell(world, 1)
        assert not webhooks.flush(10)
        assert sorted(webhooks.given_up) == sorted(sold)
        assert not any(webhooks.delivered(event) for event in sold)
    assert sorted(receiver.ids) == sorted(sold)
    assert {world.get(event)["pending_webhooks"] for event in sold} == {2}
    failed = found(world.account, RESOURCES["events"], Query.of([("delivery_success", "false")]))
    assert [event["id"] for event in failed] == sold[::-1]


def test_stripe_says_of_a_delivered_event_that_nothing_is_pending(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, QUICK) as webhooks:
        webhooks.register(url, SECRET)
        sold = sell(world, 2)
        assert webhooks.flush(10)
        assert all(webhooks.delivered(event) for event in sold)
    assert {world.get(event)["pending_webhooks"] for event in sold} == {0}


def test_an_endpoint_hears_nothing_of_what_was_before_it_but_an_event_can_be_sent_again(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, QUICK) as webhooks:
        old = sell(world, 1)
        webhooks.register(url, SECRET)
        assert webhooks.flush(10)
        assert receiver.ids == []
        webhooks.send_again(old[0])
        assert webhooks.flush(10)
    assert receiver.ids == [old[0]]


def test_with_one_worker_and_no_shuffling_events_come_in_order(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, Policy(workers=1)) as webhooks:
        webhooks.register(url, SECRET)
        sold = sell(world, 10)
        assert webhooks.flush(10)
    assert receiver.ids == sold
    assert len(receiver.peers) == 1, "the connection is kept alive"


def test_shuffled_and_doubled_events_all_arrive(receiver: Receiver, url: str) -> None:
    world = World()
    with Webhooks(world, Policy(workers=1, shuffle_s=0.05, duplicates=0.5, seed=7)) as webhooks:
        webhooks.register(url, SECRET)
        sold = sell(world, 20)
        assert webhooks.flush(10)
    times = Counter(receiver.ids)
    assert times.keys() == set(sold)
    assert set(times.values()) == {1, 2}
    assert list(times) != sold


def test_stopping_ends_the_threads_even_when_nobody_takes_the_events() -> None:
    world = World()
    with Webhooks(world, Policy(first_gap_s=30)) as webhooks:
        webhooks.register("http://127.0.0.1:9/nobody", SECRET)
        sell(world, 1)
        assert not webhooks.flush(0.01)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("stripe-webhooks")]
