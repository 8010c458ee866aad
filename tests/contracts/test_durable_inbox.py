"""Who keeps the promises of the durable inbox, and that all keep them alike under any order of steps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.storage.inbox import SqlInbox, SqliteInbox
from adapters.storage.memory import MemoryInbox
from adapters.storage.postgres_inbox import PostgresInbox
from core.inbox import Arrival, EventState, Priority, Work
from core.outcome import Ignored, Synced
from services.ingest.inbox import Inbox
from tests.contracts.durable_inbox import BUSY, REFUSED, Clock, DurableInboxContract, event, waits_for


class TestMemoryInbox(DurableInboxContract):
    @pytest.fixture
    def inbox(self, clock: Clock) -> Inbox:
        return MemoryInbox(clock.now)


class TestSqliteInbox(DurableInboxContract):
    @pytest.fixture
    def inbox(self, clock: Clock, tmp_path: Path) -> Iterator[Inbox]:
        inbox = SqliteInbox(tmp_path / "ingest.db", clock.now)
        yield inbox
        inbox.close()


@pytest.mark.xdist_group("postgres")
class TestPostgresInbox(DurableInboxContract):
    @pytest.fixture
    def inbox(self, clock: Clock, postgres_url: str) -> Iterator[Inbox]:
        inbox = PostgresInbox(postgres_url, clock.now)
        yield inbox
        inbox.close()


IDS = st.integers(0, 11).map(lambda number: f"evt_{number}")
OUTCOMES = st.sampled_from([Synced(1), Ignored("nothing to do"), REFUSED])
SECONDS = st.integers(0, 90)


def of_id(event_id: str) -> str:
    """Three objects, so that events meet."""
    return f"ch_{int(event_id.removeprefix('evt_')) % 3}"


class AnyOrderOfSteps(RuleBasedStateMachine):
    """Memory is the model: whatever is done, the store answers the same. Now and then it is closed and opened again."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.model = MemoryInbox(self.clock.now)
        self.begin()
        self.real = self.opened()
        self.works: list[Work] = []

    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()

    def opened(self) -> SqlInbox:
        return SqliteInbox(Path(self.folder.name) / "ingest.db", self.clock.now)

    def end(self) -> None:
        self.folder.cleanup()

    def teardown(self) -> None:
        self.real.close()
        self.end()

    @rule(event_ids=st.lists(IDS, min_size=1, max_size=4), priority=st.sampled_from(Priority), ignored=st.sampled_from(["", "", "no"]))
    def accept(self, event_ids: list[str], priority: Priority, ignored: str) -> None:
        arrivals = [Arrival(event(event_id, of_id(event_id)), b"{}", self.clock.now(), ignored, priority) for event_id in event_ids]
        assert list(self.real.accept(arrivals)) == list(self.model.accept(arrivals))
        self.clock.forward(0.001)

    @rule(lease_s=st.integers(1, 60))
    def claim(self, lease_s: int) -> None:
        real, model = self.real.claim(3, lease_s), self.model.claim(3, lease_s)
        assert {work.object_key: (work.attempt, work.events) for work in real} == {
            work.object_key: (work.attempt, work.events) for work in model
        }
        tokens = {work.object_key: work.token for work in real}
        self.works += [Work(work.object_key, tokens[work.object_key], work.attempt, work.head_seq, work.events) for work in model]
        for work in model:  # both count their tokens on their own; give the model the real one
            self.model._items[work.object_key].token = tokens[work.object_key]
        self.clock.forward(0.001)

    @rule(data=st.data(), outcome=OUTCOMES, part=st.booleans())
    def settle(self, data: st.DataObject, outcome: Synced | Ignored, part: bool) -> None:
        if not self.works:
            return
        work = data.draw(st.sampled_from(self.works))
        if part:
            ends = [(work.events[0].id, outcome)]
            assert self.real.settle_part(work, ends) == self.model.settle_part(work, ends)
        else:
            assert self.real.settle(work, outcome) == self.model.settle(work, outcome)

    @rule(data=st.data(), seconds=SECONDS, missing=st.sampled_from(["", "in_1", "in_2"]))
    def retry(self, data: st.DataObject, seconds: int, missing: str) -> None:
        if self.works:
            work = data.draw(st.sampled_from(self.works))
            failed, at = waits_for(missing) if missing else BUSY, self.clock.now() + timedelta(seconds=seconds)
            assert self.real.retry(work, failed, at) == self.model.retry(work, failed, at)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds)

    @rule(missing=st.sampled_from(["in_1", "in_2"]))
    def wake(self, missing: str) -> None:
        assert self.real.wake([missing]) == self.model.wake([missing])

    @rule(event_ids=st.one_of(st.none(), st.lists(IDS, min_size=1, max_size=3)))
    def retry_now(self, event_ids: list[str] | None) -> None:
        assert self.real.retry_now(event_ids) == self.model.retry_now(event_ids)

    @rule(event_ids=st.lists(IDS, min_size=1, max_size=3))
    def skip(self, event_ids: list[str]) -> None:
        assert self.real.skip(event_ids, "by hand") == self.model.skip(event_ids, "by hand")

    @rule()
    def restart(self) -> None:
        self.real.close()
        self.real = self.opened()
        self.real._claims = self.model._claims

    @rule(account=st.sampled_from([None, ""]))
    def pause(self, account: str | None) -> None:
        self.real.pause("by hand", "me", account)
        self.model.pause("by hand", "me", account)

    @rule(seconds=SECONDS)
    def hold_off(self, seconds: int) -> None:
        self.real.hold_off(seconds, "no room")
        self.model.hold_off(seconds, "no room")

    @rule(account=st.sampled_from([None, ""]))
    def resume(self, account: str | None) -> None:
        assert self.real.resume(account) == self.model.resume(account)

    @rule()
    def release(self) -> None:
        assert self.real.release() == self.model.release()

    @invariant()
    def they_show_the_same(self) -> None:
        assert self.real.list() == self.model.list()
        assert self.real.stats() == self.model.stats()
        if not self.model.stats().pauses:  # what comes while its account is paused is found to be so by the next claim
            assert self.real.next_due() == self.model.next_due()
        for stored in self.model.list():
            assert list(self.real.attempts(stored.event.id)) == list(self.model.attempts(stored.event.id))

    @invariant()
    def every_open_event_is_queued(self) -> None:
        open_keys = {stored.event.object_key for state in ("waiting", "running") for stored in self.model.list(EventState(state))}
        assert open_keys == set(self.model._items)


TestAnyOrderOfSteps = AnyOrderOfSteps.TestCase
TestAnyOrderOfSteps.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.xdist_group("postgres")
def test_any_order_of_steps_on_postgresql(postgres_url: str) -> None:
    class OnPostgres(AnyOrderOfSteps):
        def begin(self) -> None:
            with psycopg.connect(postgres_url) as connection:
                connection.execute("SET search_path TO stripe_netsuite_ingest")
                connection.execute("TRUNCATE inbox_event, work_item, event_count, last_token, attempt, pause RESTART IDENTITY")

        def opened(self) -> SqlInbox:
            return PostgresInbox(postgres_url, self.clock.now)

        def end(self) -> None:
            """The next example empties the tables."""

    PostgresInbox(postgres_url).close()
    run_state_machine_as_test(
        OnPostgres, settings=settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    )
