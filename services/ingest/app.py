"""The webhook over HTTP: verify, store, answer. A bare ASGI callable, for a framework costs more than everything else here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.stripe.webhook import TOLERANCE_S, BadEnvelope, BadSignature, Envelope, envelope, verify
from core.inbox import Arrival, Event
from core.outcome import CannotSync
from services.ingest.body import BODY_LIMIT, BodyRefused, drain, read_body
from services.ingest.inbox import Inbox
from services.ingest.metrics import IngestMetrics

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

WEBHOOKS = "/webhooks/stripe"
PLAIN = (b"content-type", b"text/plain; charset=utf-8")
STORED_START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
STORED_BODY: Message = {"type": "http.response.body", "body": b""}
"""Without a body: Stripe reads none, and a second write to the socket would cost more than the signature's check."""


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
    """The ASGI callable. `endpoints` by account name, "" for `/webhooks/stripe` itself; `reason_to_ignore` answers for an event
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
        self._pages: dict[str, Callable[[], Awaitable[tuple[int, str]]]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if endpoint := self._endpoints.get(path):
            if scope["method"] == "POST":
                await self._webhook(endpoint, scope["headers"], receive, send)
            else:
                await _answer(send, 405, "Send webhooks with POST.", (b"allow", b"POST"))
        elif page := self._pages.get(path):
            if scope["method"] in ("GET", "HEAD"):
                await _answer(send, *await page())
            else:
                await _answer(send, 405, "Only GET.", (b"allow", b"GET, HEAD"))
        else:
            await _answer(send, 404, "Nothing is here.")

    async def _webhook(self, endpoint: WebhookEndpoint, headers: Iterable[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        try:
            signature = _checked_headers(headers)
            body = await read_body(receive)
            started = self._now()
            arrival = self._arrival(endpoint, body, signature, started)
        except BodyRefused as error:
            self.metrics.rejected(error.label)
            await _answer_and_drain(receive, send, error)
            return
        except BadSignature as error:
            self.metrics.rejected("signature")
            await _answer(send, 400, error.reason)
            return
        except BadEnvelope as error:
            self.metrics.rejected("body")
            await _answer(send, 400, error.reason)
            return
        try:
            [new] = await self._inbox.accept_async((arrival,))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, without a 503 the event would be lost
            self.metrics.rejected("store")
            log.error("a webhook could not be stored: %s", error)  # noqa: TRY400 - the store's sentence says it; a trace a webhook would flood
            await _answer(send, 503, "The event could not be stored; send it again.")
            return
        await send(STORED_START)
        await send(STORED_BODY)
        self._count(arrival, new)
        self.metrics.accept_seconds.observe(self._now() - started)

    def _arrival(self, endpoint: WebhookEndpoint, body: bytes, signature: bytes, now: float) -> Arrival:
        verify(body, signature, endpoint.secrets, now, endpoint.tolerance_s)
        named = envelope(body)
        event = _event(named, endpoint.account)
        ignored = endpoint.reason_to_ignore(event) or self._reason_to_ignore(event.type)
        if named.unusable and not ignored:
            raise BadEnvelope(named.unusable)
        return Arrival(event, body, datetime.fromtimestamp(now, UTC), ignored)

    def _count(self, arrival: Arrival, new: bool) -> None:
        if not new:
            self.metrics.duplicate.inc()
        elif arrival.ignored:
            self.metrics.ignored.inc()
        else:
            self.metrics.accepted.inc()
            self.on_accept()

    async def _healthz(self) -> tuple[int, str]:
        return 200, "alive"

    async def _readyz(self) -> tuple[int, str]:
        """Ready is who can store; a writer that is down is no reason to refuse webhooks."""
        if reason := self.ready():
            return 503, reason
        try:
            await asyncio.to_thread(self._inbox.stats)
        except CannotSync as error:
            return 503, error.failed.message
        return 200, "ready"

    async def _metrics(self) -> tuple[int, str]:
        try:
            page = await asyncio.to_thread(self.metrics.page)
        except CannotSync as error:
            return 503, error.failed.message
        return 200, page.decode()


def _event(named: Envelope, account: str) -> Event:
    return Event(named.id, named.type, named.created, named.livemode, named.subject_id, named.account or account)


def _checked_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The signature, b"" when there is none; BodyRefused when too long a body is announced, BadSignature when two are given."""
    signatures = []
    for name, value in headers:
        if name == b"stripe-signature":
            signatures.append(value)
        elif name == b"content-length" and int(value[:20]) > BODY_LIMIT:
            raise BodyRefused(413, "size", "The body is over 1 MiB.")
    if len(signatures) > 1:
        raise BadSignature("the Stripe-Signature header stands twice")
    return signatures[0] if signatures else b""


async def _answer(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode() + b"\n"
    await send({"type": "http.response.start", "status": status, "headers": [PLAIN, (b"content-length", b"%d" % len(body)), *headers]})
    await send({"type": "http.response.body", "body": body})


async def _answer_and_drain(receive: Receive, send: Send, refused: BodyRefused) -> None:
    """Answer at once, then read on for a moment before closing: a client that is still sending would lose the answer to a reset."""
    body = refused.text.encode() + b"\n"
    headers = [PLAIN, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await drain(receive)
    await send({"type": "http.response.body", "body": b""})
