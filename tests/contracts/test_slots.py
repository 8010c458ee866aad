"""NetSuite's limit over several writers on one database: never above the setting, lowered for all, given back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import psycopg
import pytest

from adapters.netsuite.budget import Budget
from adapters.storage.postgres import PostgresStore
from adapters.storage.postgres_database import database_clock
from adapters.storage.slots import SharedSlots

pytestmark = pytest.mark.xdist_group("postgres")
MOST = 3


def slots(url: str, life_s: float = 30) -> SharedSlots:
    return SharedSlots(PostgresStore(url, "writer"), "1234567", MOST, life_s, database_clock)


@pytest.fixture
def budgets(postgres_url: str) -> Iterator[list[Budget]]:
    """Two writers' budgets, each of the whole setting."""
    with ExitStack() as open_:
        yield [Budget(MOST, slots=open_.enter_context(closing(slots(postgres_url)))) for _ in range(2)]


def test_two_writers_together_never_have_more_calls_in_flight_than_the_setting(budgets: list[Budget]) -> None:
    lock, seen, now = threading.Lock(), [0], [0]
    pause = threading.Event()

    def call(number: int) -> None:
        with budgets[number % 2].place():
            with lock:
                now[0] += 1
                seen[0] = max(seen[0], now[0])
            pause.wait(0.005)
            with lock:
                now[0] -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(60), timeout=60))
    assert seen[0] == MOST


def test_a_refusal_lowers_the_limit_for_all_once_for_calls_that_set_out_together(budgets: list[Budget], postgres_url: str) -> None:
    with budgets[0].place() as one, budgets[1].place() as other:
        budgets[0].had_no_room(one)
        budgets[1].had_no_room(other)
    with psycopg.connect(postgres_url) as connection:
        told = connection.execute("SELECT milli, lowered FROM stripe_netsuite_writer.netsuite_limit").fetchone()
    assert told == (2100, 1)


def test_the_limit_rises_again_when_all_of_it_was_in_use_and_nothing_was_refused(postgres_url: str) -> None:
    with closing(slots(postgres_url)) as one:
        one.leave(one.enter(), no_room=True)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("UPDATE stripe_netsuite_writer.netsuite_limit SET changed = changed - 16000000, milli = 2000")
        taken = [one.enter() for _ in range(MOST)]
        assert len(taken) == MOST


def test_what_a_dead_writer_had_in_flight_lapses(postgres_url: str) -> None:
    with closing(slots(postgres_url, life_s=0.2)) as dead, closing(slots(postgres_url)) as other:
        for _ in range(MOST):
            dead.enter()
        for _ in range(MOST):
            other.enter()
