"""The whole system on loopback: both services as a user starts them, both sandboxes in this process, where their calls are seen."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
from tests.bench.occupancy import Stay
from tests.bench.processes import POLL_S, Child, child, free_port, grpc_healthy

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
    """In front of the NetSuite sandbox: notes each request the moment it arrives, its body, and when its answer leaves."""

    def __init__(self, inside: ASGIApp) -> None:
        self.calls: list[Call] = []
        self.bodies: dict[Call, bytes] = {}
        self.stays: list[Stay] = []
        self._inside = inside
        self._came = threading.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            call = Call(scope["method"], scope["path"], time.perf_counter())
            with self._came:
                self.calls.append(call)
                self._came.notify_all()
            receive, send = self._noting(call, receive), self._leaving(call, f"{scope['client']}", send)
        await self._inside(scope, receive, send)

    def _leaving(self, call: Call, peer: str, send: Send) -> Send:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.stays.append(Stay(call.at_s, time.perf_counter(), peer))
            await send(message)

        return noted

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
        self.processes: dict[str, Child] = {}

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

    def await_idle(self, within_s: float) -> None:
        """Wait until no event waits or runs; CannotRun when it takes longer, or when one failed."""
        deadline = time.monotonic() + within_s
        while (stats := self._ingest.GetStatus(ingest_pb2.GetStatusRequest(), timeout=SETTLED_S)).waiting + stats.running:
            if time.monotonic() > deadline:
                raise CannotRun(f"{stats.waiting + stats.running} events are not settled after {within_s:.0f} s")
            time.sleep(POLL_S)
        if stats.failed:
            raise CannotRun(f"{stats.failed} events failed")

    def calls_for(self, event: Mapping[str, Any]) -> list[Call]:
        """Deliver the event, wait until it is synced, and give NetSuite's calls that it took."""
        before = len(self.door.calls)
        self.deliver(event)
        self.await_synced(event["id"])
        return self.door.calls[before:]


@contextmanager
def system(disk: Disk, *, latency_s: float = 0.0, concurrency: int = 4, fill: Callable[[Path], None] | None = None) -> Iterator[System]:
    """Ingest and writer as `stripe-netsuite serve` starts them, on fresh stores. NetSuite takes `latency_s` for each call and would
    take twice as many at once as `concurrency` allows; `fill` puts events into the folder of the stores before the start."""
    door = Door(netsuite_app(NetSuite(), SANDBOX_CREDENTIALS, concurrency_limit=2 * concurrency, latency_s=latency_s))
    webhook, operator, writer = free_port(), free_port(), free_port()
    folder = disk.fresh("system")
    if fill:
        fill(folder / "store")
    with ExitStack() as stack:
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{operator}"))
        made = System(door, f"http://127.0.0.1:{webhook}{events.PATH}", channel)
        addresses = {"stripe": _served(stack, stripe_app(made.world)), "netsuite": _served(stack, door)}
        env = {**disk.env, **_settings(folder, addresses, webhook, operator, writer), **_room(concurrency)}
        command = str(Path(sys.executable).parent / "stripe-netsuite")
        made.processes["writer"] = stack.enter_context(
            child([command, "serve", "writer"], port=writer, healthy=grpc_healthy, log=folder / "writer.log", env=env)
        )
        made.processes["ingest"] = stack.enter_context(
            child([command, "serve", "ingest"], port=webhook, log=folder / "ingest.log", env=env)
        )
        yield made


def _room(concurrency: int) -> dict[str, str]:
    """A little more with the writer than NetSuite takes, so that NetSuite never waits for us."""
    return {
        "STRIPE_NETSUITE_NETSUITE__CONCURRENCY": str(concurrency),
        "STRIPE_NETSUITE_INGEST__IN_FLIGHT": str(concurrency + concurrency // 4 + 3),
    }


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
