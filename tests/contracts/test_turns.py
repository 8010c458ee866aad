"""Who keeps the promises of the turns, and that several writers on one database keep them together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Event, Thread
from types import SimpleNamespace

import psycopg
import pytest

from adapters.storage.intents import SqlIntents
from adapters.storage.leases import SharedTurns, _beat
from adapters.storage.postgres import PostgresStore
from adapters.storage.postgres_database import database_clock
from adapters.storage.postgres_sync_records import PostgresSyncRecords
from adapters.storage.turns import InProcessTurns
from core.intents import Ending
from core.outcome import CannotSync, Kind
from core.ports import Link, Turns
from tests.contracts.intents import CAUSE, PAYMENT, WRITE
from tests.contracts.turns import INVOICE, ITEM, WAIT_S, TurnsContract


class TestInProcessTurns(TurnsContract):
    @pytest.fixture
    def turns(self) -> Turns:
        return InProcessTurns()

    def test_what_nobody_held_for_an_hour_is_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The memory of a writer that runs for months stays small."""
        hours = count()
        monkeypatch.setattr("adapters.storage.turns.time", SimpleNamespace(monotonic=lambda: next(hours) * 3000.0))
        here = InProcessTurns()
        for ref in (INVOICE, PAYMENT, INVOICE, ITEM):
            with here.take([ref], here.mark()):
                pass
        assert list(here._given_back) == [INVOICE, ITEM]


def writer(url: str, lease_s: float = 30, wait_s: float = WAIT_S) -> SharedTurns:
    return SharedTurns(PostgresStore(url, "writer"), "1234567", lease_s, database_clock, wait_s=wait_s)


def ends(url: str) -> dict[str, int]:
    """When each lease lapses, by externalId."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT external_id, until FROM stripe_netsuite_writer.record_lease").fetchall())


def lapse(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE stripe_netsuite_writer.record_lease SET until = 1")


def stored(url: str) -> str:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT * FROM stripe_netsuite_writer.record_lease").fetchall()
    return repr(rows)


@pytest.mark.xdist_group("postgres")
class TestSharedTurns(TurnsContract):
    @pytest.fixture
    def turns(self, postgres_url: str) -> Iterator[Turns]:
        with closing(writer(postgres_url)) as turns:
            yield turns

    def test_two_writers_never_hold_a_record_together(self, postgres_url: str) -> None:
        """Each adds one to a number that it reads and writes in two steps: what is lost shows."""
        number, numbers = [0], count()

        def add(turns: Turns) -> None:
            while next(numbers) < 60:
                with turns.take([INVOICE], turns.mark()):
                    seen = number[0]
                    Event().wait(0.001)
                    number[0] = seen + 1

        with closing(writer(postgres_url)) as one, closing(writer(postgres_url)) as other:
            threads = [Thread(target=add, args=(turns,)) for turns in (one, other, one, other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        assert number[0] == 60

    def test_what_another_writer_held_since_the_mark_has_moved(self, postgres_url: str) -> None:
        with closing(writer(postgres_url)) as one, closing(writer(postgres_url)) as other:
            mark = one.mark()
            with other.take([INVOICE], other.mark()):
                pass
            with one.take([INVOICE], mark) as turn:
                assert turn.moved

    def test_another_writers_record_is_waited_for_and_then_tried_again_later(self, postgres_url: str) -> None:
        with closing(writer(postgres_url)) as one, closing(writer(postgres_url, wait_s=0.2)) as other, one.take([INVOICE], 0):
            with pytest.raises(CannotSync) as stopped, other.take([INVOICE], 0):
                raise AssertionError
            assert stopped.value.failed.kind is Kind.BUSY

    def test_a_writer_whose_turn_has_lapsed_sends_nothing_more(self, postgres_url: str) -> None:
        """It was frozen; meanwhile another had the record."""
        with closing(PostgresSyncRecords(postgres_url)) as records:
            intents = SqlIntents(records.store, "1234567", moment=database_clock, gated=True, lease_s=30)
            frozen, other = writer(postgres_url, lease_s=3600), writer(postgres_url)
            held = ExitStack()
            with closing(frozen), closing(other), held:
                turn = held.enter_context(frozen.take([PAYMENT], 0))
                own = replace(WRITE, token=turn.token)
                intents.end(intents.begin(own), Ending.REFUSED)
                number = intents.begin(own)
                lapse(postgres_url)
                with other.take([PAYMENT], 0) as newer:
                    assert newer.token > turn.token
                    with pytest.raises(CannotSync, match="lapsed"):
                        intents.end(number, Ending.WRITTEN, Link(PAYMENT, "1", "sum"))
                    with pytest.raises(CannotSync, match="lapsed") as stopped:
                        intents.begin(own)
                with pytest.raises(CannotSync, match="lapsed"):
                    held.close()
            assert [doubt.number for doubt in intents.doubts([PAYMENT], CAUSE)] == [number], "what it wrote is not certain"
            assert records.links([PAYMENT]) == {}, "nor remembered"
        assert stopped.value.failed.kind is Kind.BUSY

    def test_a_turn_that_lapsed_and_that_nobody_took_is_still_this_writers(self, postgres_url: str) -> None:
        with closing(writer(postgres_url)) as one, one.take([PAYMENT, INVOICE], 0):
            lapse(postgres_url)

    def test_what_nobody_gave_back_has_moved(self, postgres_url: str) -> None:
        """Its writer died, or stands still: what it had sent may have been carried out since the mark."""
        with closing(writer(postgres_url)) as dead, closing(writer(postgres_url)) as other, ExitStack() as held:
            held.enter_context(dead.take([PAYMENT], 0))
            lapse(postgres_url)
            with other.take([INVOICE], other.mark()) as turn:
                assert not turn.moved
            with other.take([PAYMENT], other.mark()) as turn:
                assert turn.moved
            with pytest.raises(CannotSync, match="lapsed"):
                held.close()

    def test_what_stopped_a_sync_is_told_and_not_that_its_turn_lapsed(self, postgres_url: str) -> None:
        def overtaken(one: SharedTurns, other: SharedTurns) -> None:
            with one.take([PAYMENT], 0):
                lapse(postgres_url)
                with other.take([PAYMENT], 0):
                    pass
                raise LookupError

        with closing(writer(postgres_url)) as one, closing(writer(postgres_url)) as other, pytest.raises(LookupError):
            overtaken(one, other)

    def test_each_beat_lets_the_turns_of_this_writer_go_on_and_no_others(self, postgres_url: str) -> None:
        with closing(writer(postgres_url)) as one, closing(writer(postgres_url)) as other, one.take([INVOICE], 0), other.take([PAYMENT], 0):
            before = ends(postgres_url)
            one._one(partial(_beat, owner=one._owner, lease=3_600_000_000))
            after = ends(postgres_url)
        assert {name for name in before if before[name] != after[name]} == {INVOICE.external_id.lower()}

    def test_a_writer_that_stops_leaves_no_orphan(self, postgres_url: str) -> None:
        one = writer(postgres_url, lease_s=3600)
        with one.take([INVOICE], 0):
            one.close()
            with closing(writer(postgres_url, wait_s=1)) as other, other.take([INVOICE], 0):
                pass

    def test_what_is_matched_is_not_stored_as_it_is(self, turns: Turns, postgres_url: str) -> None:
        with turns.take([replace(INVOICE, external_id="email = ada@example.com")], 0):
            assert "ada" not in stored(postgres_url)
