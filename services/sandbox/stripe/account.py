"""The memory of one Stripe account: objects by id, the lists and their indexes, the events, one lock and a virtual clock."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from services.sandbox.stripe.ids import Ids
from services.sandbox.stripe.shapes import API_VERSION, Json, copied, fields

# Fields that never change once an object stands, by which the API can list it; a dot goes into a nested object.
INDEXED: Mapping[str, tuple[str, ...]] = {
    "application_fee": ("charge",),
    "balance_transaction": ("source", "type"),
    "charge": ("customer", "payment_intent"),
    "credit_note": ("customer", "invoice"),
    "customer_balance_transaction": ("customer",),
    "dispute": ("charge", "payment_intent"),
    "event": ("type",),
    "invoice": ("customer",),
    "invoice_payment": ("invoice", "payment.payment_intent"),
    "invoiceitem": ("customer",),
    "line_item": ("invoice",),
    "payment_intent": ("customer",),
    "price": ("product",),
    "refund": ("charge", "payment_intent"),
    "subscription": ("customer",),
    "transfer_reversal": ("transfer",),
}


class StripeRefuses(ValueError):
    """The operation is one that Stripe would answer with an error of `kind`; `code` and what `more` says are Stripe's."""

    def __init__(
        self, code: str, message: str, *, kind: str = "invalid_request_error", status: int = 400, more: Json | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind
        self.status = status
        self.more = more or {}


class Account:
    """Objects live here and nowhere else: whoever asks from outside the lock gets copies."""

    def __init__(self, seed: int, now: int) -> None:
        self.ids = Ids(seed)
        self.id = f"acct_{self.ids.code('acct', 16)}"
        self.now = now
        self.tick = 1
        self.lock = threading.RLock()
        self.webhook_endpoints = 0
        # What an object shows only when asked to expand it and nothing else says, by its id and the path.
        self.when_expanded: dict[tuple[str, str], list[Json]] = {}
        self._objects: dict[str, Json] = {}
        self._listed: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._listeners: list[Callable[[Json], None]] = []
        self._request: Json | None = None

    @contextmanager
    def request(self, *, automatic: bool = False, key: str = "") -> Iterator[None]:
        """One request of the merchant or one automatic step of Stripe: all of it is seen, or nothing, and it takes `tick` seconds, one as a rule.

        `key` is the idempotency key that the request came with; its events name it."""
        with self.lock:
            if self._request is not None:
                yield
                return
            self.now += self.tick
            self._request = fields("id", "idempotency_key") if automatic else self._merchant_request(key)
            try:
                yield
            finally:
                self._request = None

    def _merchant_request(self, key: str) -> Json:
        return {"id": self.ids.new("req"), "idempotency_key": key or self.ids.code("idempotency", 32)}

    def keep(self, found: Json) -> Json:
        """Add a new object to the account and to its lists."""
        kind, key = found["object"], found["id"]
        self._objects[key] = found
        self._listed[kind, "", ""].append(key)
        for path in INDEXED.get(kind, ()):
            if value := nested(found, path):
                self.list_under(kind, path, value, key)
        return found

    def list_under(self, kind: str, field: str, value: str, key: str) -> None:
        """Let the list of `kind` be asked for by a field that the object itself does not show."""
        self._listed[kind, field, value].append(key)

    def unlist(self, kind: str, field: str, value: str, key: str) -> None:
        self._listed[kind, field, value].remove(key)

    def of(self, kind: str, key: str) -> Json:
        """The live object, for operations only."""
        found = self._objects.get(key)
        if found is None or found["object"] != kind:
            raise StripeRefuses("resource_missing", f"No such {kind}: '{key}'")
        return found

    def living(self, kind: str, key: str) -> Json:
        """The live object, unless it was deleted."""
        found = self.of(kind, key)
        if found.get("deleted"):
            raise StripeRefuses("resource_missing", f"No such {kind}: '{key}'")
        return found

    @property
    def size(self) -> int:
        """How many objects and events there are: it grows whenever anything happens."""
        return len(self._objects)

    def find(self, key: str) -> Json | None:
        return self._objects.get(key)

    def listed(self, kind: str, field: str = "", value: str = "") -> Sequence[Json]:
        """Every object of a kind, oldest first; by an indexed field when one is named."""
        return [self._objects[key] for key in self._listed.get((kind, field, value), ())]

    def change(self, found: Json, **changes: object) -> Json:
        """Write the fields; gives back what they were, as `previous_attributes` tells it: changed fields only."""
        previous = {name: copied(found[name]) for name, value in changes.items() if found[name] != value}
        found.update(changes)
        return previous

    def forget(self, key: str, instead: Json) -> None:
        """Leave a deleted object's stub where it stood."""
        kind, gone = instead["object"], self._objects[key]
        self._objects[key] = instead
        self.unlist(kind, "", "", key)
        for path in INDEXED.get(kind, ()):
            if value := nested(gone, path):
                self.unlist(kind, path, value, key)

    def emit(self, event_type: str, about: Json, previous: Json | None = None) -> None:
        """Tell the world: a snapshot event of the object as it is at this moment."""
        data = {"object": copied(about)} | ({} if previous is None else {"previous_attributes": previous})
        event = {
            "id": self.ids.new("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": self.webhook_endpoints,
            "request": self._request or fields("id", "idempotency_key"),
            "type": event_type,
        }
        self.keep(event)
        for listener in self._listeners:
            listener(event)

    def delivered(self, event: str) -> None:
        """Every webhook endpoint has taken the event."""
        with self.lock:
            self.of("event", event)["pending_webhooks"] = 0

    def listen(self, listener: Callable[[Json], None]) -> None:
        """Be told of every event from now on, inside the operation that makes it: queue it, do not work on it."""
        self._listeners.append(listener)


def nested(found: Json, path: str) -> str:
    """The text at a dotted path, or nothing."""
    value: object = found
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


class Part(Protocol):
    """A part of the world that works on the account."""

    account: Account


Of = TypeVar("Of", bound=Part)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def operation(method: Callable[Concatenate[Of, Given], Answer]) -> Callable[Concatenate[Of, Given], Answer]:
    """What the merchant or the customer does: one request to Stripe."""
    return _requested(method, automatic=False)


def automatic(method: Callable[Concatenate[Of, Given], Answer]) -> Callable[Concatenate[Of, Given], Answer]:
    """What Stripe or a bank does by itself: its events name no request."""
    return _requested(method, automatic=True)


def _requested(method: Callable[Concatenate[Of, Given], Answer], *, automatic: bool) -> Callable[Concatenate[Of, Given], Answer]:
    @wraps(method)
    def run(part: Of, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with part.account.request(automatic=automatic):
            return method(part, *args, **kwargs)

    return run
