"""Trouble on demand over the sandbox's control address: calls that are lost, late or refused, records that the account itself hinders."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from adapters.netsuite.emulator import NetSuite
from services.sandbox.netsuite import Governance, Limits, netsuite_app
from services.sandbox.netsuite.faults import Trouble
from services.sandbox.netsuite.governance import account_limit
from tests.services.loopback import served
from tests.services.test_sandbox_netsuite import CUSTOMERS, JENNY, Sandbox, signer

GOVERNANCE = "/services/rest/system/v1/governanceLimits"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    app = netsuite_app(NetSuite())
    with served(app) as address:
        yield Sandbox(app, address)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.005)


def scripted(sandbox: Sandbox, trouble: Trouble, **more: Any) -> None:
    sandbox.control("POST", "faults", {"trouble": trouble, **more})


@pytest.mark.parametrize(
    ("trouble", "status", "code", "written"),
    [
        (Trouble.ERROR_AFTER, 500, "UNEXPECTED_ERROR", ["cus_1"]),
        (Trouble.MAINTENANCE, 503, "ACCT_TEMP_UNAVAILABLE", []),
        (Trouble.LOGIN_REFUSED, 401, "INVALID_LOGIN", []),
        (Trouble.SCRIPT_REJECTS, 400, "USER_ERROR", []),
        (Trouble.AFTER_SUBMIT_FAILED, 400, "USER_ERROR", ["cus_1"]),
        (Trouble.RECORD_CHANGED, 400, "USER_ERROR", []),
        (Trouble.NO_PERMISSION, 400, "USER_ERROR", []),
    ],
)
def test_a_call_meets_its_trouble_once(sandbox: Sandbox, trouble: Trouble, status: int, code: str, written: list[str]) -> None:
    scripted(sandbox, trouble, record_type="customer")
    answer = sandbox.call("POST", CUSTOMERS, JENNY)
    assert (answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]) == (status, code)
    assert sandbox.customers() == written
    assert sandbox.app.faults.waiting() == 0
    assert sandbox.call("PUT", f"{CUSTOMERS}/eid:cus_1", JENNY).status_code == 204


def test_a_late_commit_is_lost_to_its_caller_and_written_afterwards(sandbox: Sandbox) -> None:
    scripted(sandbox, Trouble.LATE_COMMIT, seconds=0.15)
    with pytest.raises(requests.RequestException):
        sandbox.call("POST", CUSTOMERS, JENNY)
    assert sandbox.call("GET", f"{CUSTOMERS}/eid:cus_1").status_code == 404, "a look-up is no proof of absence"
    until(lambda: sandbox.customers() == ["cus_1"])


def test_a_fault_without_end_holds_until_it_is_cleared_and_only_where_it_is_meant(sandbox: Sandbox) -> None:
    scripted(sandbox, Trouble.LOGIN_REFUSED, times=None, path="/invoice")
    scripted(sandbox, Trouble.NO_PERMISSION, times=None, record_type="deposit")
    for _ in range(3):
        assert sandbox.call("GET", "/services/rest/record/v1/invoice").status_code == 401
        assert sandbox.call("GET", "/services/rest/record/v1/deposit").status_code == 400
    assert sandbox.call("GET", CUSTOMERS).status_code == 200
    sandbox.control("DELETE", "faults")
    assert sandbox.call("GET", "/services/rest/record/v1/invoice").status_code == 200
    assert sandbox.call("GET", "/services/rest/record/v1/deposit").status_code == 200


def test_a_script_changes_what_is_saved(sandbox: Sandbox) -> None:
    scripted(sandbox, Trouble.SCRIPT_CHANGES, external_id="cus_1", fields={"companyName": "JENNY ROSEN LTD"})
    sandbox.call("POST", CUSTOMERS, JENNY)
    assert sandbox.call("GET", f"{CUSTOMERS}/eid:cus_1").json()["companyName"] == "JENNY ROSEN LTD"


def test_a_user_edits_and_deletes_records_in_netsuites_own_screens(sandbox: Sandbox) -> None:
    sandbox.call("POST", CUSTOMERS, JENNY)
    sandbox.control("PATCH", "records/customer/eid:cus_1", {"comments": "edited by hand"})
    assert sandbox.control("GET", "records/customer/eid:cus_1")["comments"] == "edited by hand"
    sandbox.control("DELETE", "records/customer/eid:cus_1")
    assert sandbox.customers() == []
    assert len(sandbox.control("GET", "calls")["calls"]) == 1, "what a user does is no call"


def test_jobs_are_carried_out_as_late_as_the_sandbox_is_told_to(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "jobs", {"delay_s": 0.1})
    headers = {"Prefer": "respond-async", "Content-Type": "application/vnd.oracle.resource+json; type=collection"}
    prepared = requests.post(sandbox.address + CUSTOMERS, json={"items": [JENNY]}, headers=headers, auth=signer(), timeout=10)
    assert prepared.status_code == 202
    job = prepared.headers["Location"]
    assert sandbox.call("GET", job).json()["progress"] == "pending"
    until(lambda: bool(sandbox.call("GET", job).json()["completed"]))
    assert sandbox.customers() == ["cus_1"]


def test_governance_is_told_and_set_and_other_integrations_take_their_part(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "governance", {"account": account_limit("premium", 1), "integration": 3})
    assert sandbox.call("GET", GOVERNANCE).json() == {
        "accountConcurrencyLimit": 25,
        "accountUnallocatedConcurrencyLimit": 22,
        "integrationConcurrencyLimit": 3,
        "integrationLimitType": "integration",
    }
    sandbox.control("PUT", "governance", {"account": 5, "others": 5})
    assert sandbox.call("GET", CUSTOMERS).status_code == 429
    sandbox.control("PUT", "governance", {"account": 5, "others": 4})
    assert sandbox.call("GET", CUSTOMERS).status_code == 200
    assert sandbox.control("GET", "governance")["in_flight"] == 0


def test_a_call_too_many_may_be_refused_late_as_a_wrong_login(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "governance", {"account": 0, "late_401_s": 0.1})
    answer = sandbox.call("POST", CUSTOMERS, JENNY)
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.1) == (401, True)
    assert sandbox.customers() == []


@pytest.mark.parametrize(
    ("tier", "licences", "limit"), [("standard", 0, 5), ("premium", 2, 35), ("ultimate", 1, 30), ("development", 3, 5)]
)
def test_the_limit_by_tier_and_licences(tier: str, licences: int, limit: int) -> None:
    assert account_limit(tier, licences) == limit


def test_one_counter_serves_every_endpoint_and_refused_calls_take_no_place() -> None:
    governance, both_in = Governance(Limits(2)), threading.Barrier(3, timeout=10)
    leave = threading.Event()

    def hold() -> bool:
        with governance.call() as has_room:
            both_in.wait()
            assert leave.wait(10)
            return has_room

    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(hold) for _ in range(2)]
        both_in.wait()
        for _ in range(3):
            with governance.call() as has_room:
                assert not has_room
        assert governance.in_flight == 2
        leave.set()
        assert [one.result(10) for one in held] == [True, True]
    assert (governance.in_flight, governance.highest) == (0, 2)
