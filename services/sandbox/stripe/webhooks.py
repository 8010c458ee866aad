"""Signed webhooks out: every event to every endpoint over real HTTP, again until it is taken, and on request twice or out of order."""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import hmac
import itertools
import json
import random
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import requests

from services.sandbox.stripe.shapes import Json, copied
from services.sandbox.stripe.world import World


def signature_header(body: bytes, secrets: tuple[str, ...], timestamp: int) -> str:
    """`t=<unix>,v1=<hex>`, one v1 per secret: https://docs.stripe.com/webhooks#verify-manually"""
    signed = str(timestamp).encode() + b"." + body
    schemes = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={scheme}" for scheme in schemes)])


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go; two secrets while one is being rolled."""

    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """How deliveries behave. Stripe tries for three days with growing gaps; the gaps here are shrunk, not their shape.

    `duplicates`: the share of events sent a second time; `shuffle_s`: each delivery is held back by up to so many seconds."""

    first_gap_s: float = 0.05
    gap_growth: float = 2.0
    longest_gap_s: float = 2.0
    attempts: int = 20
    timeout_s: float = 10.0
    workers: int = 4
    duplicates: float = 0.0
    shuffle_s: float = 0.0
    seed: int = 1


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    event: Json
    endpoint: Endpoint
    failed: int = 0


class Webhooks:
    """Listens to the world and delivers in its own threads; use it as a context manager."""

    def __init__(self, world: World, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._world = world
        self._endpoints: list[Endpoint] = []
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._random = random.Random(self.policy.seed)
        self._outstanding = 0
        self._missing: dict[str, set[str]] = {}
        self._given_up: dict[tuple[str, str], Delivery] = {}
        self._stopping = False
        self._workers: list[threading.Thread] = []
        world.listen(self._enqueue)

    def register(self, url: str, *secrets: str) -> Endpoint:
        """Send every event from now on to this address, signed with the endpoint's secrets (`whsec_...`)."""
        endpoint = Endpoint(url, secrets)
        with self._world.account.lock:
            self._endpoints.append(endpoint)
            self._world.account.webhook_endpoints = len(self._endpoints)
        return endpoint

    def __enter__(self) -> Self:
        for number in range(self.policy.workers):
            worker = threading.Thread(target=self._work, name=f"stripe-webhooks-{number}", daemon=True)
            worker.start()
            self._workers.append(worker)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def flush(self, timeout: float) -> bool:
        """Wait until every delivery has ended; False when one was given up or `timeout` seconds passed."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._outstanding == 0, timeout)
            return done and not self._given_up

    def delivered(self, event: str) -> bool:
        """Whether every endpoint has taken the event, what Stripe's `delivery_success` says."""
        with self._changed:
            return not self._missing.get(event, {""})

    @property
    def given_up(self) -> list[str]:
        """Events that some endpoint never took."""
        with self._changed:
            return [event for event, _ in self._given_up]

    def send_again(self, event: str) -> None:
        """Resend an event to every endpoint, as the Dashboard's button does."""
        sent = self._world.get(event)
        self._schedule([(0.0, Delivery(sent, endpoint)) for endpoint in self._endpoints])

    def _enqueue(self, event: Json) -> None:
        sent = copied(event)
        with self._changed:
            self._missing[sent["id"]] = {endpoint.url for endpoint in self._endpoints}
        deliveries = []
        for endpoint in self._endpoints:
            twice = self._random.random() < self.policy.duplicates
            deliveries += [(self._random.uniform(0, self.policy.shuffle_s), Delivery(sent, endpoint)) for _ in range(2 if twice else 1)]
        self._schedule(deliveries)

    def _schedule(self, deliveries: list[tuple[float, Delivery]]) -> None:
        with self._changed:
            for after_s, delivery in deliveries:
                self._outstanding += 0 if delivery.failed else 1
                heapq.heappush(self._due, (time.monotonic() + after_s, next(self._order), delivery))
            self._changed.notify_all()

    def _work(self) -> None:
        with requests.Session() as session:
            while (delivery := self._next()) is not None:
                taken = self._post(session, delivery)
                self._ended(delivery, taken=taken)

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _post(self, session: requests.Session, delivery: Delivery) -> bool:
        body = json.dumps(delivery.event, indent=2, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(body, delivery.endpoint.secrets, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        with contextlib.suppress(requests.RequestException):
            answer = session.post(delivery.endpoint.url, body, headers=headers, timeout=self.policy.timeout_s, allow_redirects=False)
            return 200 <= answer.status_code < 300
        return False

    def _ended(self, delivery: Delivery, *, taken: bool) -> None:
        if not taken:
            delivery.failed += 1
            if delivery.failed < self.policy.attempts:
                gap = self.policy.first_gap_s * self.policy.gap_growth ** (delivery.failed - 1)
                self._schedule([(min(gap, self.policy.longest_gap_s), delivery)])
                return
        event, url = delivery.event["id"], delivery.endpoint.url
        if taken and self._taken(event, url):
            self._world.account.delivered(event)
        with self._changed:
            self._outstanding -= 1
            if not taken:
                self._given_up[event, url] = delivery
            self._changed.notify_all()

    def _taken(self, event: str, url: str) -> bool:
        """Note it; says whether that was the last endpoint."""
        with self._changed:
            self._given_up.pop((event, url), None)
            missing = self._missing.setdefault(event, set())
            missing.discard(url)
            return not missing
