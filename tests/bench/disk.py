"""The disk that is written to: files in memory and exactly 1 ms on each fsync, by a preload shim, so that runs repeat; or the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stripe-netsuite-bench"
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/prctl.h>
#include <time.h>

static __thread int precise;

static int then_wait(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec millisecond = {0, 1000000};
    int result = real(file);
    if (!precise) { prctl(PR_SET_TIMERSLACK, 1); precise = 1; }
    nanosleep(&millisecond, 0);
    return result;
}

int fsync(int file) { return then_wait("fsync", file); }
int fdatasync(int file) { return then_wait("fdatasync", file); }
"""
TIMER = """
import os, statistics, sys, time
spent = []
with open(sys.argv[1], "wb", buffering=0) as file:
    for _ in range(100):
        file.write(b"x" * 4096)
        begun = time.perf_counter()
        os.fdatasync(file.fileno())
        spent.append(time.perf_counter() - begun)
print(statistics.median(spent) * 1000)
"""


@dataclass(frozen=True, slots=True)
class Disk:
    """Where stores are put and how. `env` goes to every process that writes; `fsync_ms` is one fdatasync as measured on it."""

    folder: Path
    said: str
    fsync_ms: float
    env: Mapping[str, str] = field(default_factory=dict)

    def fresh(self, name: str) -> Path:
        """A new empty folder for one store."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))


@contextmanager
def disk(kind: str) -> Iterator[Disk]:
    """The disk of one run: "modelled" (the real one where that cannot be had, and it says so) or "real". Its files are gone afterwards."""
    memory = Path("/dev/shm")
    modelled = kind == "modelled" and memory.is_dir() and shutil.which("cc") is not None
    parent = memory if modelled else CACHE
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="stripe-netsuite-bench-", dir=parent))
    folder.chmod(0o755)
    try:
        env = {"LD_PRELOAD": str(_shim(folder))} if modelled else {}
        fsync_ms = _fsync_ms(folder, env)
        said = "modelled disk: files in memory + 1 ms on each fsync" if modelled else _real(kind)
        yield Disk(folder, f"{said} (one fdatasync measured {fsync_ms:.2f} ms)", fsync_ms, env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _real(kind: str) -> str:
    return "real disk" if kind == "real" else "real disk, because the modelled one needs a C compiler `cc` and /dev/shm"


def _shim(folder: Path) -> Path:
    source, library = folder / "fsync.c", folder / "fsync.so"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True, capture_output=True)
    library.chmod(0o755)
    return library


def _fsync_ms(folder: Path, env: Mapping[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", TIMER, str(folder / "timed")], env={**os.environ, **env}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
