"""Starts the peers: each a server that verifies Stripe's signature, stores, and answers 200."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.bench import events
from tests.bench.disk import Disk
from tests.bench.measure import CannotRun
from tests.bench.peers import installed, postgres
from tests.bench.processes import Child, child, free_port
from tests.bench.servers import expect_stored


@contextmanager
def sync_engine(disk: Disk) -> Iterator[Child]:
    """@supabase/stripe-sync-engine behind fastify on its own PostgreSQL."""
    modules = installed.node_modules()
    with postgres.postgres(disk) as database:
        port = free_port()
        env = {
            "NODE_PATH": str(modules),
            "NODE_ENV": "production",
            "PORT": str(port),
            "DATABASE_URL": database,
            "WEBHOOK_SECRET": events.SECRET,
        }
        argv = [shutil.which("node") or "node", str(installed.HERE / "sync_engine.cjs")]
        with child(argv, port=port, log=disk.fresh("sync-engine") / "log", env=env) as server:
            yield server
            _expect_upserted(server)


@contextmanager
def fastapi_handler(disk: Disk) -> Iterator[Child]:
    """FastAPI + construct_event + SQLAlchemy, on SQLite with SQLite's own defaults, under uvicorn with its fast parts."""
    python = installed.fastapi_python()
    folder, port = disk.fresh("fastapi"), free_port()
    env = {**disk.env, "DATABASE_URL": f"sqlite:///{folder}/events.db", "WEBHOOK_SECRET": events.SECRET}
    argv = [str(python), "-m", "uvicorn", "--app-dir", str(installed.HERE), "fastapi_handler:app"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    with child([*argv, *options], port=port, log=folder / "log", env=env) as server:
        yield server
    expect_stored(server.accepted, folder / "events.db", "stripe_event")


def _expect_upserted(server: Child) -> None:
    """What it answered with 200 must stand in its table."""
    stored = requests.get(f"http://127.0.0.1:{server.port}/stored", timeout=30).json()["charges"]
    if stored < server.accepted:
        raise CannotRun(f"it answered {server.accepted} events with 200 and stored {stored}")
