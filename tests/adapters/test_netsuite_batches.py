"""Batches over REST on their bad days: lost answers, lost jobs, late jobs, results that cannot be read; and how few calls they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from adapters.netsuite.batches import Polling
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport
from core.outcome import CannotSync, Failed, Kind
from core.ports import Made
from core.records import DiscountItem
from services.sandbox.netsuite import Fault, NetSuiteApp, Trouble, netsuite_app
from tests.adapters.netsuite_records import coupon
from tests.contracts.test_netsuite_books import CREDENTIALS, QUICK
from tests.services.loopback import served

JOB = "/services/rest/async/v1/job"


@dataclass
class Account:
    """A sandbox over HTTP, and books of it that ask after a job up to `within_s`."""

    app: NetSuiteApp
    books: RestBooks

    def create(self, *numbers: int) -> Sequence[Made]:
        return self.books.create_many([coupon_of(number) for number in numbers], {})

    def calls(self) -> list[str]:
        return [f"{call.method} {call.path.rpartition('/v1/')[2]}" for call in self.app.calls.calls()]

    def held(self) -> list[str]:
        return [record.external_id for record in self.app.netsuite.records("discountItem")]

    def meet(self, trouble: Trouble, times: int | None = 1, path: str = "/discountItem") -> None:
        self.app.faults.script(Fault(trouble, times, path=path))


def coupon_of(number: int) -> DiscountItem:
    return replace(coupon, external_id=f"C{number}", item_id=f"Coupon {number}")


@contextmanager
def over_http(within_s: float = 5.0) -> Iterator[Account]:
    app = netsuite_app(NetSuite())
    with served(app) as address:
        transport = HttpTransport(Endpoint.of("SANDBOX", address), CREDENTIALS, timeout_s=10, patience=QUICK)
        try:
            yield Account(app, RestBooks(transport, Polling(first_s=0.005, cap_s=0.01, within_s=within_s)))
        finally:
            transport.close()


@pytest.fixture
def account() -> Iterator[Account]:
    with over_http() as made:
        yield made


def in_doubt(made: Sequence[Made]) -> list[bool]:
    return [isinstance(one, Failed) and one.in_doubt for one in made]


def test_a_hundred_records_take_four_calls_and_two_hundred_six(account: Account) -> None:
    account.create(*range(100))
    assert account.calls() == ["POST suiteql", "POST discountItem", "GET job/1", "POST suiteql"]
    account.create(*range(100, 300))
    assert len(account.calls()) == 4 + 6
    assert account.create(*range(300)) == [None] * 300
    assert len(account.calls()) == 4 + 6 + 1, "what is there is not sent"


def test_only_what_is_missing_has_its_result_read(account: Account) -> None:
    account.meet(Trouble.SCRIPT_REJECTS)
    made = account.create(1, 2, 3)
    assert isinstance(made[0], Failed)
    assert (made[0].kind, made[0].in_doubt, "script" in made[0].message) == (Kind.REFUSED, False, True)
    assert made[1:] == [record.id for record in account.app.netsuite.records("discountItem")]
    assert account.calls()[-1] == "GET job/1/task/1/result"


@pytest.mark.parametrize("trouble", [Trouble.DROP_BEFORE, Trouble.DROP_AFTER, Trouble.ERROR, Trouble.ERROR_AFTER])
def test_a_batch_whose_answer_is_lost_is_sent_again_with_its_key_and_written_once(account: Account, trouble: Trouble) -> None:
    account.meet(trouble)
    made = account.create(1, 2)
    assert made == [record.id for record in account.app.netsuite.records("discountItem")]
    assert account.calls().count("POST discountItem") == 2
    assert account.calls().count("GET job/1") == 1, "the first job, by its idempotency key, or the only one"


def test_a_lost_job_is_read_back(account: Account) -> None:
    account.meet(Trouble.DROP_AFTER, 3)
    assert account.create(1, 2) == [record.id for record in account.app.netsuite.records("discountItem")]
    assert not any(call.startswith("GET job") for call in account.calls())


def test_a_lost_job_that_has_written_nothing_yet_is_in_doubt(account: Account) -> None:
    account.app.netsuite.jobs.delay_s = 3600
    account.meet(Trouble.DROP_AFTER, 3)
    assert in_doubt(account.create(1, 2)) == [True, True]


def test_a_job_that_does_not_end_in_time_is_in_doubt_and_what_comes_late_writes_over_nothing() -> None:
    with over_http(within_s=0.03) as account:
        account.app.netsuite.jobs.delay_s = 3600
        late = account.create(1, 2)
        assert in_doubt(late) == [True, True]
        assert "has not ended" in str(late[0])
        account.books.create(replace(coupon_of(1), item_id="Meanwhile"), {})
        account.app.netsuite.jobs.end_all()
        first, second = account.app.netsuite.records("discountItem")
        assert (first.external_id, first.fields["itemId"], second.external_id) == ("C1", "Meanwhile", "C2")


def test_a_job_that_netsuite_knows_no_more_is_read_back(account: Account) -> None:
    account.app.netsuite.jobs.delay_s = 3600
    account.meet(Trouble.NOT_FOUND, None, JOB)
    assert in_doubt(account.create(1)) == [True]


def test_a_poll_without_an_answer_is_no_end(account: Account) -> None:
    account.meet(Trouble.DROP_AFTER, 2, JOB)
    account.meet(Trouble.MAINTENANCE, 2, JOB)
    assert account.create(1) == [record.id for record in account.app.netsuite.records("discountItem")]


@pytest.mark.parametrize("trouble", [Trouble.DROP_AFTER, Trouble.ERROR, Trouble.NOT_FOUND])
def test_a_record_whose_result_cannot_be_read_is_in_doubt(account: Account, trouble: Trouble) -> None:
    account.meet(Trouble.SCRIPT_REJECTS)
    account.meet(trouble, None, "/result")
    assert in_doubt(account.create(1, 2)) == [True, False]


def test_when_it_cannot_be_read_back_all_that_was_sent_is_in_doubt(account: Account) -> None:
    account.create(1)
    account.app.faults.script(Fault(Trouble.ERROR, None, path="/suiteql", skip=1))
    taken, sent = account.create(1, 2)
    assert (taken, in_doubt([sent])) == (None, [True])


@pytest.mark.parametrize(("trouble", "kind"), [(Trouble.LOGIN_REFUSED, Kind.MISCONFIGURED), (Trouble.BUSY, Kind.BUSY)])
def test_a_batch_that_is_not_taken_writes_nothing_and_leaves_no_doubt(account: Account, trouble: Trouble, kind: Kind) -> None:
    account.meet(trouble, None)
    made = account.create(1, 2)
    assert [(one.kind, one.in_doubt) for one in made if isinstance(one, Failed)] == [(kind, False)] * 2
    account.app.faults.clear()
    assert account.held() == []


def test_what_netsuite_holds_must_be_known_before_anything_is_sent(account: Account) -> None:
    account.meet(Trouble.ERROR, None, "/suiteql")
    with pytest.raises(CannotSync):
        account.create(1)
    assert account.calls() == ["POST suiteql"]
