"""The webhook's edge: is it Stripe who speaks, and what does the event name. No object of Stripe's library is built here.

The signature scheme: https://docs.stripe.com/webhooks#verify-manually
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from core.metadata import OUR_REQUESTS

LONGEST_HEADER = 4096
TOLERANCE_S = 300

EVENT_ID = re.compile(r"[A-Za-z0-9_]{1,255}\Z")
EVENT_TYPE = re.compile(r"[A-Za-z0-9_.]{1,255}\Z")
SUBJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
"""Most ids are of letters, digits and `_`; ids that the merchant chose (old plans and customers) may have `-`."""

TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")


class BadSignature(Exception):
    """The delivery is not to be believed; `reason` says why, in words that hold no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadEnvelope(Exception):
    """The body is signed but is no event that can be read; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """What of an event matters: everything else is read afresh. `subject_id` is "" when `unusable` says why it is of no use.
    `is_echo`: it tells of a write of our own to the object's metadata."""

    id: str
    type: str
    created: datetime
    livemode: bool
    account: str
    subject_id: str
    unusable: str = ""
    is_echo: bool = False


def verify(body: bytes, header: bytes | str, secrets: Sequence[str], now: float, tolerance_s: int = TOLERANCE_S) -> None:
    """Return when one of `secrets` signed `body` at most `tolerance_s` seconds before or after `now`; BadSignature otherwise.

    Several secrets are usual while one is rolled, and then Stripe sends several v1 signatures."""
    timestamp, signatures = _parse(header)
    signed = timestamp + b"." + body
    genuine = False
    for secret in secrets:
        if not secret:
            raise BadSignature("a signing secret is empty, and an empty one verifies forgeries")
        expected = hmac.digest(secret.encode(), signed, "sha256").hex().encode()
        for signature in signatures:
            genuine |= hmac.compare_digest(expected, signature)
    if not genuine:
        raise BadSignature("no signature fits: the signing secret is another endpoint's, or the body was changed on its way")
    age = now - int(timestamp)
    if age > tolerance_s:
        raise BadSignature("the signature is too old: a delivery replayed, or this machine's clock is ahead")
    if age < -tolerance_s:
        raise BadSignature("the signature is of the future: this machine's clock is behind")


def _parse(header: bytes | str) -> tuple[bytes, list[bytes]]:
    """The timestamp and the v1 signatures of `t=...,v1=...[,v1=...]`; other schemes are passed over."""
    if not header:
        raise BadSignature("the Stripe-Signature header is missing")
    if len(header) > LONGEST_HEADER:
        raise BadSignature("the Stripe-Signature header is too long")
    if not header.isascii():
        raise BadSignature("the Stripe-Signature header is not ASCII")
    text = header if isinstance(header, str) else header.decode("ascii")
    timestamps: list[str] = []
    signatures: list[bytes] = []
    for item in text.split(","):
        name, _, value = item.partition("=")
        if name.strip() == "t":
            timestamps.append(value.strip())
        elif name.strip() == "v1":
            signatures.append(value.strip().encode())
    if len(timestamps) != 1 or not TIMESTAMP.match(timestamps[0]):
        raise BadSignature("the Stripe-Signature header has no readable timestamp")
    if not signatures:
        raise BadSignature("the Stripe-Signature header has no v1 signature")
    return timestamps[0].encode(), signatures


class _Object(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None


class _Data(msgspec.Struct, frozen=True, gc=False):
    object: _Object


class _Request(msgspec.Struct, frozen=True, gc=False):
    idempotency_key: str | None = None


class _Event(msgspec.Struct, frozen=True, gc=False):
    id: str
    object: str
    type: str
    created: int | str
    livemode: bool
    account: str | None = None
    data: _Data | None = None
    related_object: _Object | None = None
    request: _Request | str | None = None


_decoder = msgspec.json.Decoder(_Event)


def envelope(body: bytes) -> Envelope:
    """What the event in `body` names; BadEnvelope when that cannot be read. Both shapes are taken: the snapshot event
    (https://docs.stripe.com/api/events/object) and the thin one (https://docs.stripe.com/api/v2/core/events/object)."""
    try:
        body.decode()
        event = _decoder.decode(body)
    except UnicodeDecodeError:
        raise BadEnvelope("the body is not UTF-8") from None
    except RecursionError:
        raise BadEnvelope("the body is nested too deeply") from None
    except msgspec.ValidationError as error:
        raise BadEnvelope(f"the body is no Stripe event: {error}") from None
    except msgspec.DecodeError:
        raise BadEnvelope("the body is not JSON, or is cut off") from None
    if event.object == "event":
        return _snapshot_event(event)
    if event.object == "v2.core.event":
        return _thin_event(event)
    raise BadEnvelope("the body is no Stripe event: its object is neither event nor v2.core.event")


def _snapshot_event(event: _Event) -> Envelope:
    if event.data is None:
        raise BadEnvelope("the body is no Stripe event: it has no data.object")
    if not isinstance(event.created, int) or not 0 <= event.created < 1 << 37:
        raise BadEnvelope("the event's created is no moment")
    return _envelope(event, event.type, datetime.fromtimestamp(event.created, UTC), event.data.object.id)


def _thin_event(event: _Event) -> Envelope:
    try:
        created = msgspec.convert(event.created, datetime)
    except msgspec.ValidationError:
        raise BadEnvelope("the event's created is no moment") from None
    if created.tzinfo is None:
        raise BadEnvelope("the event's created has no time zone")
    subject = event.related_object.id if event.related_object else None
    return _envelope(event, event.type.removeprefix("v1."), created.astimezone(UTC), subject)


def _envelope(event: _Event, event_type: str, created: datetime, subject_id: str | None) -> Envelope:
    if not EVENT_ID.match(event.id):
        raise BadEnvelope("the event's id is not of letters, digits and _")
    if not EVENT_TYPE.match(event_type):
        raise BadEnvelope("the event's type is not of letters, digits, _ and dots")
    if event.account is not None and not EVENT_ID.match(event.account):
        raise BadEnvelope("the event's account is not of letters, digits and _")
    unusable = ""
    if not subject_id:
        unusable = "the event names no object"
    elif not SUBJECT_ID.match(subject_id):
        unusable = "the id of the event's object is not of letters, digits, _ and -"
    key = event.request.idempotency_key if isinstance(event.request, _Request) else None
    is_echo = bool(key and key.startswith(OUR_REQUESTS)) and event_type.endswith(".updated")
    subject = "" if unusable else subject_id or ""
    return Envelope(event.id, event_type, created, event.livemode, event.account or "", subject, unusable, is_echo)
