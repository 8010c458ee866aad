"""Installs the peers by their ordinary package managers, once, into a cache folder outside the source tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.disk import CACHE
from tests.bench.measure import NotAvailable

HERE = Path(__file__).parent
SYNC_ENGINE = "@supabase/stripe-sync-engine"
NODE_PACKAGES = {SYNC_ENGINE: "0.48.5", "fastify": "5.12.8", "stripe": "23.1.0"}
PYTHON_PACKAGES = ("fastapi==0.165.0", "sqlalchemy==2.1.9", "stripe==16.1.0", "uvicorn[standard]==0.54.0")
INSTALL_S = 300


def node_modules() -> Path:
    """The folder for NODE_PATH with the sync engine and fastify in it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotAvailable("it needs Node and npm, and this machine has none")
    folder = CACHE / "npm"
    wanted = json.dumps({"private": True, "dependencies": NODE_PACKAGES}, indent=2)
    if not _holds(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(wanted)
        _install([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
        (folder / "installed").write_text(wanted)
    return folder / "node_modules"


def fastapi_python() -> Path:
    """The interpreter of a virtual environment with FastAPI, SQLAlchemy and Stripe's library in it."""
    folder = CACHE / "fastapi"
    wanted = "\n".join((sys.version, *PYTHON_PACKAGES))
    python = folder / "bin" / "python"
    if not _holds(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _install([sys.executable, "-m", "venv", str(folder)], CACHE)
        _install(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:", *PYTHON_PACKAGES], CACHE
        )
        (folder / "installed").write_text(wanted)
    return python


def _holds(folder: Path, wanted: str) -> bool:
    marker = folder / "installed"
    return marker.exists() and marker.read_text() == wanted


def _install(argv: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailable(f"{Path(argv[0]).name} could not install it: {error}") from error
    if done.returncode != 0:
        raise NotAvailable(f"{Path(argv[0]).name} could not install it: {(done.stderr or done.stdout).strip()[-200:]}")
