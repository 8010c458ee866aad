"""Who is on stage: ingest and writer processes as `stripe-netsuite serve` starts them, which may be killed, frozen and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.config import PREFIX, NetSuiteSection
from services.sandbox.run import Sandbox
from services.sandbox.stripe.webhooks import Policy
from tests.bench.measure import CannotRun
from tests.bench.processes import Child, await_healthy, free_port, grpc_healthy, http_healthy

COMMAND = str(Path(sys.executable).parent / "stripe-netsuite")
# Small enough that whatever a kill leaves behind is over within a calm minute.
DEADLINE_S, TIMEOUT_S, AMBIGUITY_WINDOW_S = 10, 5, 2
LATENCY_S = 0.02
CONCURRENCY = 4


@dataclass(slots=True)
class Actor:
    """One process; `ended` are the times that it ended without being told to, each with its last words."""

    name: str
    arguments: tuple[str, ...]
    port: int
    environment: Mapping[str, str]
    log: Path
    ended: list[str] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [COMMAND, *self.arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self) -> None:
        """As a machine dies: at once, in the middle of whatever it does."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process:
            self._process.wait(10)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def look_after(self) -> None:
        """Start it again when it ended by itself, as a supervisor would, and remember that."""
        if self._process and (code := self._process.poll()) is not None:
            self.ended.append(f"{self.name} ended by itself with {code}: {self._child().said()}")
            self.start()

    def await_healthy(self) -> None:
        """CannotRun when it does not serve."""
        await_healthy(self._child(), grpc_healthy if "writer" in self.arguments else http_healthy)

    def _send(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _child(self) -> Child:
        if self._process is None:
            raise CannotRun(f"{self.name} was never started")
        return Child(self._process, self.port, self.log)


@dataclass(frozen=True, slots=True)
class Cast:
    """Both sandboxes, which stay alive: they are the outside; the actors, and where operators reach the first ingest."""

    sandbox: Sandbox
    actors: tuple[Actor, ...]
    operator: str


@contextmanager
def on_stage(seed: int, folder: Path, storage: str, ingests: int, writers: int) -> Iterator[Cast]:
    """All of them started and serving, Stripe's webhooks going to every ingest, now and then twice and out of order."""
    policy = Policy(attempts=100_000, longest_gap_s=1.0, timeout_s=5.0, duplicates=0.05, shuffle_s=0.3, seed=seed)
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(seed=seed, policy=policy, latency_s=LATENCY_S, concurrency_limit=CONCURRENCY + 1))
        shared = {**sandbox.environment(), **_settings(storage, writers)}
        ports = [free_port() for _ in range(writers)]
        actors = [_writer(number, port, shared, folder) for number, port in enumerate(ports)]
        targets = ",".join(f"127.0.0.1:{port}" for port in ports)
        operators = [f"127.0.0.1:{free_port()}" for _ in range(ingests)]
        actors += [
            _ingest(number, {**shared, **_named(INGEST__WRITER=targets, INGEST__OPERATOR=at)}, folder)
            for number, at in enumerate(operators)
        ]
        for actor in actors:
            stack.callback(actor.kill)
            actor.start()
        for actor in actors:
            actor.await_healthy()
            if "ingest" in actor.arguments:
                sandbox.webhooks.register(f"http://127.0.0.1:{actor.port}/webhooks/stripe", *_secrets(shared))
        yield Cast(sandbox, tuple(actors), operators[0])


def _settings(storage: str, writers: int) -> dict[str, str]:
    window = {"NETSUITE__AMBIGUITY_WINDOW_S": AMBIGUITY_WINDOW_S} if "ambiguity_window_s" in NetSuiteSection.model_fields else {}
    return _named(
        CONFIG=os.devnull,
        STORAGE__URL=storage,
        INGEST__DEADLINE_S=DEADLINE_S,
        NETSUITE__TIMEOUT_S=TIMEOUT_S,
        NETSUITE__CONCURRENCY=CONCURRENCY // writers,
        **window,
    )


def _writer(number: int, port: int, shared: Mapping[str, str], folder: Path) -> Actor:
    name = f"writer-{number + 1}"
    environment = {**shared, **_named(WRITER__LISTEN=f"127.0.0.1:{port}")}
    return Actor(name, ("serve", "writer"), port, environment, folder / f"{name}.log")


def _ingest(number: int, shared: Mapping[str, str], folder: Path) -> Actor:
    name, port = f"ingest-{number + 1}", free_port()
    environment = {**shared, **_named(INGEST__LISTEN=f"127.0.0.1:{port}")}
    return Actor(name, ("serve", "ingest"), port, environment, folder / f"{name}.log")


def _named(**settings: object) -> dict[str, str]:
    return {f"{PREFIX}{name}": str(value) for name, value in settings.items()}


def _secrets(environment: Mapping[str, str]) -> list[str]:
    return environment[f"{PREFIX}STRIPE__WEBHOOK_SECRETS"].split(",")
