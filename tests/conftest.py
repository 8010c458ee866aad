"""What all tests share: a free port for gRPC, and the verb that writes the golden plans anew."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.netsuite_contract import OPENAPI, Watch, watched
from tests.postgres import cluster, emptied

WATCH = Watch()
if OPENAPI.is_file():
    watched(WATCH)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-plans", action="store_true", help="Write the golden plans anew; read the diff before you commit it.")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Whatever a test had the product send to NetSuite, or the emulated account answer, keeps NetSuite's published contract."""
    found, WATCH.found = WATCH.found, []
    if found:
        pytest.fail(f"{len(found)} times against NetSuite's contract:\n" + "\n".join(dict.fromkeys(found)), pytrace=False)


@pytest.fixture(scope="session")
def netsuite_watch() -> Watch:
    """What watches over the calls to NetSuite of the whole suite."""
    return WATCH


@pytest.fixture(scope="module")
def grpc_addr() -> str:
    """pytest-grpc's own fixture leaks its socket, which is an error here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """The address of a database in a cluster of this test process's own, started when a test first asks for it."""
    with cluster() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_cluster: str) -> str:
    """A PostgreSQL database that holds nothing of ours yet."""
    return emptied(postgres_cluster)
