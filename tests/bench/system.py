"""The whole system on loopback: both services as a user starts them, both sandboxes in this process, where their calls are seen."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import requests
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from stripe_netsuite.v1 import ingest_pb2, ingest_pb2_grpc

from adapters.netsuite.emulator import NetSuite
from services.http_server import HttpServer
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, netsuite_app
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.world import World
from tests.bench import events
from tests.bench.disk import Disk
from tests.bench.measure import CannotRun
from tests.bench.processes import POLL_S, child, free_port, grpc_healthy

SETTLED_S = 30.0
OPEN = (ingest_pb2.EVENT_STATE_WAITING, ingest_pb2.EVENT_STATE_RUNNING)
ACCOUNTS = """
[accounts]
undeposited_funds = "110"
income = "400"
discounts = "495"
tax_payable = "210"
payment_fees = "600"
dispute_fees = "604"
suspense = "690"
bank = { usd = "101" }
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as NetSuite's door saw it; `at_s` is this process's perf_counter."""

    method: str
    path: str
    at_s: float

    @property
    def writes(self) -> bool:
        """Everything that is no GET, but queries, which are POSTed."""
        return self.method != "GET" and "/query/" not in self.path


class Door:
    """In front of the NetSuite sandbox: notes each request the moment it arrives, and its body."""

    def __init__(self, inside: ASGIApp) -> None:
        self.calls: list[Call] = []
        self.bodies: dict[Call, bytes] = {}
        self._inside = inside
        self._came = threading.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            call = Call(scope["method"], scope["path"], time.perf_counter())
            with self._came:
                self.calls.append(call)
                self._came.notify_all()
            receive = self._noting(call, receive)
        await self._inside(scope, receive, send)

    def _noting(self, call: Call, receive: Receive) -> Receive:
        async def noted() -> Message:
            message = await receive()
            self.bodies[call] = self.bodies.get(call, b"") + message.get("body", b"")
            return message

        return noted

    def await_call(self, number: int) -> Call:
        """The call of that number, counted from 0, once it came; CannotRun when it does not come."""
        with self._came:
            if not self._came.wait_for(lambda: len(self.calls) > number, SETTLED_S):
                raise CannotRun(f"no NetSuite call came within {SETTLED_S:.0f} s")
            return self.calls[number]


class System:
    """What a row does to the system: the Stripe account, events in, NetSuite's calls out."""

    def __init__(self, door: Door, webhook: str, operator: grpc.Channel) -> None:
        self.world = World()
        self.door = door
        self._webhook = webhook
        self._ingest = ingest_pb2_grpc.IngestServiceStub(operator)
        self._session = requests.Session()
        self._session.trust_env = False

    def event(self, event_type: str, subject_id: str) -> Mapping[str, Any]:
        """The newest event of that type about that object."""
        found = [event for event in self.world.events if event["type"] == event_type and event["data"]["object"]["id"] == subject_id]
        return found[-1]

    def deliver(self, event: Mapping[str, Any]) -> float:
        """Post the signed event as Stripe does; the moment at which its 200 was here (perf_counter)."""
        body = json.dumps(event, indent=2).encode()
        headers = {"Stripe-Signature": events.signature(body), "Content-Type": "application/json; charset=utf-8"}
        answer = self._session.post(self._webhook, body, headers=headers, timeout=SETTLED_S)
        answered_s = time.perf_counter()
        if answer.status_code != 200:
            raise CannotRun(f"the webhook answered {answer.status_code}: {answer.text[:200]}")
        return answered_s

    def await_synced(self, event_id: str) -> None:
        """Wait until the event is settled; CannotRun when it did not end synced."""
        deadline = time.monotonic() + SETTLED_S
        while True:
            stored = self._ingest.GetEvent(ingest_pb2.GetEventRequest(event_id=event_id), timeout=SETTLED_S).event
            if stored.state not in OPEN:
                break
            if time.monotonic() > deadline:
                raise CannotRun(f"the event did not settle within {SETTLED_S:.0f} s: {stored.failed.message or 'no reason given'}")
            time.sleep(POLL_S / 4)
        if stored.state != ingest_pb2.EVENT_STATE_SYNCED:
            raise CannotRun(f"the event ended {ingest_pb2.EventState.Name(stored.state)}: {stored.failed.message or stored.reason}")

    def calls_for(self, event: Mapping[str, Any]) -> list[Call]:
        """Deliver the event, wait until it is synced, and give NetSuite's calls that it took."""
        before = len(self.door.calls)
        self.deliver(event)
        self.await_synced(event["id"])
        return self.door.calls[before:]


@contextmanager
def system(disk: Disk) -> Iterator[System]:
    """Ingest and writer as `stripe-netsuite serve` starts them, on fresh stores."""
    door = Door(netsuite_app(NetSuite(), SANDBOX_CREDENTIALS))
    webhook, operator, writer = free_port(), free_port(), free_port()
    folder = disk.fresh("system")
    with ExitStack() as stack:
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{operator}"))
        made = System(door, f"http://127.0.0.1:{webhook}{events.PATH}", channel)
        addresses = {"stripe": _served(stack, stripe_app(made.world)), "netsuite": _served(stack, door)}
        env = {**disk.env, **_settings(folder, addresses, webhook, operator, writer)}
        command = str(Path(sys.executable).parent / "stripe-netsuite")
        stack.enter_context(child([command, "serve", "writer"], port=writer, healthy=grpc_healthy, log=folder / "writer.log", env=env))
        stack.enter_context(child([command, "serve", "ingest"], port=webhook, log=folder / "ingest.log", env=env))
        yield made


def _served(stack: ExitStack, app: ASGIApp) -> str:
    server = HttpServer(app, "127.0.0.1:0")
    stack.callback(server.stop)
    return server.start()


def _settings(folder: Path, addresses: Mapping[str, str], webhook: int, operator: int, writer: int) -> dict[str, str]:
    file = folder / "stripe-netsuite.toml"
    file.write_text(ACCOUNTS)
    given = {
        "CONFIG": str(file),
        "STRIPE__API_KEY": API_KEY,
        "STRIPE__API_BASE": addresses["stripe"],
        "STRIPE__WEBHOOK_SECRETS": events.SECRET,
        "NETSUITE__ACCOUNT": SANDBOX_CREDENTIALS.account,
        "NETSUITE__BASE_URL": addresses["netsuite"],
        "NETSUITE__CONSUMER_KEY": SANDBOX_CREDENTIALS.consumer_key,
        "NETSUITE__CONSUMER_SECRET": SANDBOX_CREDENTIALS.consumer_secret,
        "NETSUITE__TOKEN_ID": SANDBOX_CREDENTIALS.token,
        "NETSUITE__TOKEN_SECRET": SANDBOX_CREDENTIALS.token_secret,
        "STORAGE__URL": f"sqlite:///{folder}/store",
        "INGEST__LISTEN": f"127.0.0.1:{webhook}",
        "INGEST__WRITER": f"127.0.0.1:{writer}",
        "INGEST__OPERATOR": f"127.0.0.1:{operator}",
        "WRITER__LISTEN": f"127.0.0.1:{writer}",
    }
    return {f"STRIPE_NETSUITE_{name}": value for name, value in given.items()}
