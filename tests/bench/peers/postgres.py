"""A PostgreSQL of the machine's own binaries, for one run: a fresh cluster, as an unprivileged user, gone afterwards."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tests.bench.disk import Disk
from tests.bench.measure import CannotRun, NotAvailable
from tests.bench.processes import POLL_S, START_S, free_port, stop


class _As(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@contextmanager
def postgres(disk: Disk) -> Iterator[str]:
    """The address of its database, as a connection string. NotAvailable when the machine has no PostgreSQL."""
    binaries, unprivileged = _binaries(), _unprivileged()
    folder = disk.fresh("postgres")
    if unprivileged:
        os.chown(folder, unprivileged["user"], unprivileged["group"])
    data, port = folder / "data", free_port()
    _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"], folder, unprivileged)
    serve = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-h", "127.0.0.1", "-p", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            serve, cwd=folder, env={**os.environ, **disk.env}, stdout=log, stderr=log, start_new_session=True, **unprivileged
        )
    try:
        _await_ready(server, [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], folder / "log")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        stop(server, signal.SIGINT)


def version() -> str:
    """What its binaries call themselves."""
    said = subprocess.run([str(_binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    return f"PostgreSQL {'.'.join(re.findall(r'[0-9]+', said)[:2])}"


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in found:
        if all((folder / name).exists() for name in ("postgres", "initdb", "pg_isready")):
            return folder
    raise NotAvailable("this machine has no PostgreSQL server installed")


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
    raise NotAvailable("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")


def _run(argv: list[Path | str], folder: Path, unprivileged: _As) -> None:
    done = subprocess.run(
        list(map(str, argv)), cwd=folder, capture_output=True, text=True, timeout=START_S * 2, check=False, **unprivileged
    )
    if done.returncode != 0:
        raise CannotRun(f"{Path(argv[0]).name} failed: {done.stderr.strip().splitlines()[-1:]}")


def _await_ready(server: subprocess.Popen[bytes], check: list[str], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while subprocess.run(check, capture_output=True, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise CannotRun(f"PostgreSQL did not start: {log.read_text(errors='replace')[-300:]}")
        time.sleep(POLL_S)
