"""What ingest answers: the webhook (verify, store, say so) and three pages for whoever keeps it running."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from adapters.stripe.webhook import TOLERANCE_S, BadEnvelope, BadSignature, Envelope, envelope, verify
from core.inbox import Arrival, Event
from core.outcome import CannotSync
from services.ingest.http import Answer, Reply, Request
from services.ingest.inbox import Inbox
from services.ingest.metrics import IngestMetrics

log = logging.getLogger(__name__)

WEBHOOKS = "/webhooks/stripe"
ECHO = "it tells of our own write-back to the object's metadata"
STORED = Answer(200)
"""Without a body, for Stripe reads none."""
NOT_STORED = Answer(503, "The event could not be stored; send it again.", label="store")
NOTHING_HERE = Answer(404, "Nothing is here.")
ONLY_POST = Answer(405, "Send webhooks with POST.", ((b"allow", b"POST"),))
ONLY_GET = Answer(405, "Only GET.", ((b"allow", b"GET, HEAD"),))


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """One webhook address: the secrets that may sign for it, and whose events it takes.

    `account` is given to events that name none; `accounts` are connected accounts that are taken too. `livemode` None takes both
    modes. ValueError without a secret or with an empty one."""

    secrets: tuple[str, ...]
    account: str = ""
    accounts: frozenset[str] = frozenset()
    livemode: bool | None = None
    tolerance_s: int = TOLERANCE_S

    def __post_init__(self) -> None:
        if not self.secrets or not all(secret.strip() for secret in self.secrets):
            raise ValueError("a webhook endpoint needs signing secrets, none of them empty: an empty one verifies forgeries")

    def reason_to_ignore(self, event: Event) -> str:
        """Why a good event is none of ours, or ""."""
        if event.account != self.account and event.account not in self.accounts:
            return "of a Stripe account that the settings do not name"
        if self.livemode is not None and event.livemode != self.livemode:
            return f"of {'live' if event.livemode else 'test'} mode, and the settings are for {'live' if self.livemode else 'test'} mode"
        return ""


class IngestApp:
    """Answers requests. `endpoints` by account name, "" for `/webhooks/stripe` itself; `reason_to_ignore` answers for an event
    type ("" = it acts); `on_accept` is called after new work was stored; `ready` says why not, or ""."""

    def __init__(
        self,
        inbox: Inbox,
        endpoints: Mapping[str, WebhookEndpoint],
        reason_to_ignore: Callable[[str], str],
        metrics: IngestMetrics | None = None,
        on_accept: Callable[[], None] = lambda: None,
        ready: Callable[[], str] = lambda: "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._endpoints = {f"{WEBHOOKS}/{name}" if name else WEBHOOKS: endpoint for name, endpoint in endpoints.items()}
        self._reason_to_ignore = reason_to_ignore
        self.metrics = metrics or IngestMetrics(inbox.stats, lambda: inbox.altered)
        self.on_accept = on_accept
        self.ready = ready
        self._now = now
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
        }
        self._asked: set[asyncio.Future[Answer]] = set()

    def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request, once, on the event loop: a webhook when it is stored, whatever cannot be one at once."""
        path = request.path
        if endpoint := self._endpoints.get(path):
            if request.method == b"POST":
                self._webhook(endpoint, request, reply)
            else:
                reply(ONLY_POST)
        elif page := self._pages.get(path):
            if request.method in (b"GET", b"HEAD"):
                self._ask(page, reply)
            else:
                reply(ONLY_GET)
        else:
            reply(NOTHING_HERE)

    def _webhook(self, endpoint: WebhookEndpoint, request: Request, reply: Reply) -> None:
        started = self._now()
        try:
            arrival = self._arrival(endpoint, request.body, _signature(request), started)
            storing = asyncio.ensure_future(self._inbox.accept_async((arrival,)))
        except BadSignature as error:
            self._refuse(Answer(400, error.reason, label="signature"), reply)
        except BadEnvelope as error:
            self._refuse(Answer(400, error.reason, label="body"), reply)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, without a 503 the event would be lost
            self._not_stored(error, reply)
        else:
            storing.add_done_callback(partial(self._stored, arrival, started, reply))

    def _arrival(self, endpoint: WebhookEndpoint, body: bytes, signature: bytes, now: float) -> Arrival:
        verify(body, signature, endpoint.secrets, now, endpoint.tolerance_s)
        named = envelope(body)
        event = _event(named, endpoint.account)
        ignored = endpoint.reason_to_ignore(event) or (ECHO if named.is_echo else self._reason_to_ignore(event.type))
        if named.unusable and not ignored:
            raise BadEnvelope(named.unusable)
        return Arrival(event, body, datetime.fromtimestamp(now, UTC), ignored)

    def _stored(self, arrival: Arrival, started: float, reply: Reply, done: asyncio.Future[Sequence[bool]]) -> None:
        if error := done.exception():
            self._not_stored(error, reply)
            return
        reply(STORED)
        [new] = done.result()
        if not new:
            self.metrics.duplicate.inc()
        elif arrival.ignored:
            self.metrics.ignored.inc()
        else:
            self.metrics.accepted.inc()
            self.on_accept()
        self.metrics.accept_seconds.observe(self._now() - started)

    def _not_stored(self, error: BaseException, reply: Reply) -> None:
        log.error("a webhook could not be stored: %s", error)  # the store's sentence says it; a trace a webhook would flood
        self._refuse(NOT_STORED, reply)

    def _refuse(self, answer: Answer, reply: Reply) -> None:
        self.metrics.rejected(answer.label)
        reply(answer)

    def _ask(self, page: Callable[[], Awaitable[Answer]], reply: Reply) -> None:
        asked = asyncio.ensure_future(page())
        self._asked.add(asked)  # the loop itself holds tasks weakly
        asked.add_done_callback(self._asked.discard)
        asked.add_done_callback(lambda done: reply(done.result()))

    async def _healthz(self) -> Answer:
        return Answer(200, "alive")

    async def _readyz(self) -> Answer:
        """Ready is who can store; a writer that is down is no reason to refuse webhooks."""
        if reason := self.ready():
            return Answer(503, reason)
        try:
            pauses = (await asyncio.to_thread(self._inbox.stats)).pauses
        except CannotSync as error:
            return Answer(503, error.failed.message)
        return Answer(200, f"ready to store; paused: {pauses[0].because}" if pauses else "ready")

    async def _metrics(self) -> Answer:
        try:
            page = await asyncio.to_thread(self.metrics.page)
        except CannotSync as error:
            return Answer(503, error.failed.message)
        return Answer(200, page.decode())


def _event(named: Envelope, account: str) -> Event:
    return Event(named.id, named.type, named.created, named.livemode, named.subject_id, named.account or account)


def _signature(request: Request) -> bytes:
    """The signature, b"" when there is none; BadSignature when there are two."""
    if len(request.signatures) > 1:
        raise BadSignature("the Stripe-Signature header stands twice")
    return request.signatures[0] if request.signatures else b""
