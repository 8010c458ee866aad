"""The house's own laws: what no linter knows."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import core.inbox
import core.intents
import core.notes
import core.ports
import core.statements
from tests.generated import ROOT, readme, stubs

ROOMS = ("core", "adapters", "services")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
CORE = [path for path in SOURCES if path.is_relative_to(ROOT / "core")]
LONG_BY_NATURE = {
    "core/records.py",
    "core/snapshot.py",
    "services/config.py",
    "services/settings_file.py",
    "core/events.py",
    "services/bookkeeping.py",
    "adapters/netsuite/emulator/fields.py",
    "adapters/netsuite/emulator/soap_shapes.py",
}  # lists of facts


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def seconds(tree: ast.AST) -> set[ast.AST]:
    """The annotations of what is counted in seconds (`deadline_s: float`): time may be a float, money never."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        name = (
            node.arg
            if isinstance(node, ast.arg)
            else node.target.id
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            else ""
        )
        if name.endswith("_s") and isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            found |= set(ast.walk(node.annotation))
    return found


@pytest.mark.parametrize("path", CORE, ids=named)
def test_no_float_and_no_true_division_reaches_money(path: Path) -> None:
    tree = ast.parse(path.read_text())
    allowed = seconds(tree)
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Name) and node.id == "float" and node not in allowed), f"line {node.lineno}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {node.lineno}"
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    most = 420 if named(path) in LONG_BY_NATURE else 260
    assert len(text.splitlines()) <= most
    if text:
        assert ast.get_docstring(ast.parse(text)), "a module opens with a sentence"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_function_is_short(path: Path) -> None:
    if named(path) == "services/sandbox/stripe/fortnight.py":
        return  # the merchant's timetable, a line a deed
    long = [node.name for node in functions(path) if (node.end_lineno or 0) - node.lineno + 1 > 45]
    assert not long


PORTS = (core.ports, core.inbox, core.intents, core.notes, core.statements)


def ports() -> list[str]:
    found = [(name, thing) for module in PORTS for name, thing in vars(module).items() if inspect.isclass(thing)]
    return sorted({name for name, thing in found if getattr(thing, "_is_protocol", False) and thing.__module__.startswith("core.")})


MEMORY_ADAPTERS = {
    "Clock": "services.clock:WallClock",
    "DurableInbox": "adapters.storage.memory:MemoryInbox",
    "Intents": "adapters.storage.memory:MemoryIntents",
    "NetSuiteBooks": "adapters.netsuite.memory:MemoryBooks",
    "NetSuiteLedger": "adapters.netsuite.memory:MemoryLedger",
    "Notes": "adapters.storage.notes:MemoryNotes",
    "StripeBalance": "adapters.stripe.balance:BalanceReader",
    "StripeReader": "adapters.stripe.memory:MemoryStripe",
    "StripeTrail": "adapters.stripe.trail:TrailReader",
    "StripeWriter": "adapters.stripe.write_back:MemoryMetadata",
    "SyncRecords": "adapters.storage.memory:MemorySyncRecords",
    "Turns": "adapters.storage.turns:InProcessTurns",
    "Writer": "adapters.writer.in_process:InProcessWriter",
}


def test_every_port_has_a_memory_adapter() -> None:
    assert ports() == sorted(MEMORY_ADAPTERS)
    for name, where in MEMORY_ADAPTERS.items():
        module, _, adapter = where.partition(":")
        found = getattr(__import__(module, fromlist=[adapter]), adapter)
        port = next(getattr(module, name) for module in PORTS if hasattr(module, name))
        promised = {method for method in dir(port) if not method.startswith("_")}
        assert promised <= set(dir(found)), name


CONCRETE = re.compile(
    r"from adapters\.(stripe\.api|netsuite\.(rest|soap\w*|transport|memory)|storage\.(inbox|intents|leases|sync_records|sqlite|memory|turns|writer_store)|writer\.(grpc|in_process))"
)
MAY_NAME = {
    "services/wiring.py",
    "services/wiring_netsuite.py",
    "services/cli/reach.py",
}  # reach.py opens the operator's side of whichever service runs


def test_only_the_wiring_names_concrete_adapters() -> None:
    services = [
        path for path in SOURCES if path.is_relative_to(ROOT / "services") and not path.is_relative_to(ROOT / "services" / "sandbox")
    ]
    assert {named(path) for path in services if CONCRETE.search(path.read_text())} <= MAY_NAME


def test_the_readmes_tables_are_the_generated_ones() -> None:
    text = (ROOT / "README.md").read_text()
    assert "<!-- table: events -->" in text
    assert "<!-- table: rows -->" in text
    assert readme() == {ROOT / "README.md": text.encode()}


def test_the_generated_code_is_fresh() -> None:
    for path, content in stubs().items():
        assert path.read_bytes() == content, f"{path.name} is stale: run `make generate`"


def test_the_packages_are_no_older_than_the_generator_of_the_stubs() -> None:
    """Generated code refuses to run on an older grpcio or protobuf than it was made with."""
    floors = dict(re.findall(r'"(grpcio|protobuf)>=([\d.]+)"', (ROOT / "pyproject.toml").read_text()))
    text = (ROOT / "protos/stripe_netsuite/v1/writer_pb2_grpc.py").read_text()
    made_with = re.search(r"GRPC_GENERATED_VERSION = '([\d.]+)'", text)
    assert made_with
    assert made_with[1] == floors["grpcio"]
    assert metadata.version("grpcio") >= floors["grpcio"]


LEAKS = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|/work/", re.IGNORECASE)


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    files = [
        ROOT / "requirements.lock",
        ROOT / "pyproject.toml",
        ROOT / "README.md",
        ROOT / "Makefile",
        *SOURCES,
        *(ROOT / "tests").rglob("*.py"),
    ]
    guilty = [named(path) for path in files if LEAKS.search(path.read_text()) and path.name != "test_house.py"]
    assert not guilty
