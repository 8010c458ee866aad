"""Starts the servers that are measured, waits until they answer, reads their CPU time, and always stops them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc
import requests
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.bench.measure import CannotRun

ROOT = Path(__file__).parents[2]
START_S = 30.0
STOP_S = 10.0
POLL_S = 0.02
Healthy = Callable[[int], bool]


class Child:
    """A server process, the port it serves, and how many events it has answered with 200."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log
        self.accepted = 0

    def cpu_s(self) -> float:
        """CPU seconds, user and system, that the process has used so far (Linux: /proc)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Megabytes of memory that the process holds now (Linux: /proc)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS:"))

    def said(self) -> str:
        """The last line of its log, to name the reason when it fails."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1][:300] if lines else "it said nothing"


@contextmanager
def child(
    argv: Sequence[str],
    *,
    port: int,
    log: Path,
    healthy: Healthy | None = None,
    env: Mapping[str, str] | None = None,
    cores: Sequence[int] = (),
) -> Iterator[Child]:
    """Run `argv` until the block ends. `healthy` asks once whether the port serves (default: GET /healthz); `cores` pins the process."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(argv),
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        pin(process.pid, cores)
        server = Child(process, port, log)
        await_healthy(server, healthy or http_healthy)
        yield server
    finally:
        stop(process)


def await_healthy(server: Child, healthy: Healthy) -> None:
    """Ask until the server says that it serves; CannotRun when the process ends first or the deadline passes."""
    deadline = time.monotonic() + START_S
    while not healthy(server.port):
        if server.process.poll() is not None:
            raise CannotRun(f"the server ended with {server.process.returncode}: {server.said()}")
        if time.monotonic() > deadline:
            raise CannotRun(f"the server did not serve within {START_S:.0f} s: {server.said()}")
        time.sleep(POLL_S)


def http_healthy(port: int) -> bool:
    """GET /healthz answers 200."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
        except requests.RequestException:
            return False


def grpc_healthy(port: int) -> bool:
    """The standard gRPC health service says SERVING."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def stop(process: subprocess.Popen[bytes], signal_first: signal.Signals = signal.SIGTERM) -> None:
    """End it and everything it started: asked first, then killed."""
    if process.poll() is None:
        process.send_signal(signal_first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def pin(pid: int, cores: Sequence[int]) -> None:
    """Bind a process to cores, where the system can and has them."""
    if hasattr(os, "sched_setaffinity") and cores and set(cores) <= os.sched_getaffinity(0):
        os.sched_setaffinity(pid, cores)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules in its own process."""
    return [sys.executable, "-m", module, *arguments]
