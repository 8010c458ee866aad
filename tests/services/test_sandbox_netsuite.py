"""The sandbox's NetSuite over real HTTP: who may call, how many at once, what goes wrong on demand, what it remembers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from adapters.netsuite.emulator import NetSuite
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, Credentials, Fault, NetSuiteApp, netsuite_app
from services.sandbox.netsuite.faults import Trouble
from services.sandbox.netsuite.tba import TokenAuthentication
from tests.services.loopback import served
from tests.shared import SHARED, needs_shared

CUSTOMERS = "/services/rest/record/v1/customer"
JENNY = {"externalId": "cus_1", "companyName": "Jenny Rosen Ltd"}
LATENCY_S = 0.05


def signer(account: str = "SANDBOX", token: str = "sandbox-token", token_secret: str = "sandbox-token-secret", **more: Any) -> OAuth1:
    signature_method = more.pop("signature_method", "HMAC-SHA256")
    names = {"client_key": "sandbox-consumer-key", "client_secret": "sandbox-consumer-secret", "realm": account, **more}
    return OAuth1(resource_owner_key=token, resource_owner_secret=token_secret, signature_method=signature_method, **names)


class Sandbox:
    """The running sandbox, a signed client of it, and the application for a look inside."""

    def __init__(self, app: NetSuiteApp, address: str) -> None:
        self.app, self.address = app, address

    def call(self, method: str, path: str, body: Any = None, auth: OAuth1 | None = None, **query: str) -> requests.Response:
        return requests.request(method, self.address + path, json=body, params=query, auth=auth or signer(), timeout=10)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.address}/sandbox/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def wait_until_faults_are_met(self) -> None:
        deadline = time.monotonic() + 10
        while self.app.faults.waiting():
            assert time.monotonic() < deadline, "the calls never arrived"
            time.sleep(0.005)

    def customers(self) -> list[str]:
        return [record.external_id for record in self.app.netsuite.records("customer")]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    app = netsuite_app(NetSuite())
    with served(app) as address:
        yield Sandbox(app, address)


def test_a_signed_call_is_answered_and_its_location_can_be_followed(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", CUSTOMERS, JENNY)
    assert (answer.status_code, answer.content) == (204, b"")
    location = answer.headers["Location"]
    assert location.startswith(sandbox.address + CUSTOMERS)
    assert requests.get(location, auth=signer(), timeout=10).json()["externalId"] == "cus_1"


def test_the_query_is_part_of_the_signature(sandbox: Sandbox) -> None:
    sandbox.call("POST", CUSTOMERS, JENNY)
    answer = sandbox.call("PUT", f"{CUSTOMERS}/eid:cus_1", {"email": "jenny@example.com"}, replace="addressBook,currencyList")
    assert answer.status_code == 204
    shown = sandbox.call("GET", f"{CUSTOMERS}/eid%3Acus_1", expandSubResources="true", fields="email")
    assert shown.json()["email"] == "jenny@example.com"


@pytest.mark.parametrize(
    "auth",
    [
        pytest.param(signer(account="OTHER"), id="another account's realm"),
        pytest.param(signer(token="other"), id="an unknown token"),
        pytest.param(signer(token_secret="other"), id="a wrong token secret"),
        pytest.param(signer(client_secret="other"), id="a wrong consumer secret"),
        pytest.param(signer(signature_method="HMAC-SHA1"), id="a signature by SHA-1"),
        pytest.param(signer(timestamp=str(int(time.time()) - 301)), id="a clock five minutes slow"),
        pytest.param(signer(timestamp="9" * 30), id="a timestamp that is none"),
    ],
)
def test_a_call_not_signed_by_this_account_now_is_a_401(sandbox: Sandbox, auth: OAuth1) -> None:
    answer = sandbox.call("POST", CUSTOMERS, JENNY, auth=auth)
    assert answer.status_code == 401
    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN"
    assert "Login Audit Trail" in answer.json()["o:errorDetails"][0]["detail"]
    assert sandbox.customers() == []


@pytest.mark.parametrize("header", ["", "Bearer abc", "OAuth nonsense", 'OAuth realm="SANDBOX"'])
def test_a_call_without_a_tba_header_is_a_401(sandbox: Sandbox, header: str) -> None:
    answer = requests.get(sandbox.address + CUSTOMERS, headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


def test_a_nonce_is_good_once(sandbox: Sandbox) -> None:
    statuses = [sandbox.call("GET", CUSTOMERS, auth=signer(nonce="abcdef123456")).status_code for _ in range(2)]
    assert statuses == [200, 401]


def test_a_signature_covers_method_and_path(sandbox: Sandbox) -> None:
    prepared = requests.Request("GET", sandbox.address + CUSTOMERS, auth=signer()).prepare()
    prepared.method = "DELETE"
    prepared.url = f"{sandbox.address}{CUSTOMERS}/eid:cus_1"
    sandbox.call("POST", CUSTOMERS, JENNY)
    with requests.Session() as session:
        assert session.send(prepared, timeout=10).status_code == 401
    assert sandbox.customers() == ["cus_1"]


@needs_shared
def test_the_published_rest_signature_is_accepted_and_any_other_refused() -> None:
    published = json.loads((SHARED / "netsuite/vectors/tba-hmac-sha256.json").read_text())
    given: Mapping[str, str] = published["inputs"]
    vector = next(vector for vector in published["vectors"] if vector["kind"] == "rest")
    credentials = Credentials(given["realm"], given["consumerKey"], given["consumerSecret"], given["token"], given["tokenSecret"])
    header = (
        f'OAuth realm="{given["realm"]}", oauth_consumer_key="{given["consumerKey"]}", oauth_token="{given["token"]}", '
        f'oauth_signature_method="HMAC-SHA256", oauth_timestamp="{given["timestamp"]}", oauth_nonce="{given["nonce"]}", '
        f'oauth_version="1.0", oauth_signature="{vector["signaturePercentEncoded"]}"'
    )
    at_the_time = TokenAuthentication(credentials, lambda: float(given["timestamp"]))
    assert at_the_time.refusal("POST", vector["url"], header) == "wrong signature"
    assert at_the_time.refusal(vector["method"], vector["url"], header) == ""
    assert at_the_time.refusal(vector["method"], vector["url"], header) == "nonce missing or used before"


def test_more_calls_at_once_than_the_limit_are_a_429_and_write_nothing() -> None:
    app = netsuite_app(NetSuite(), concurrency_limit=2)
    app.faults.script(Fault(Trouble.DELAY, times=2, method="POST", seconds=1.5))
    with served(app) as address, ThreadPoolExecutor(2) as pool:
        sandbox = Sandbox(app, address)
        held = [pool.submit(sandbox.call, "POST", CUSTOMERS, JENNY | {"externalId": f"cus_{number}"}) for number in range(2)]
        sandbox.wait_until_faults_are_met()
        refused = sandbox.call("POST", CUSTOMERS, JENNY | {"externalId": "cus_9"})
        assert [answer.result(10).status_code for answer in held] == [204, 204]
        body = refused.json()
        assert (body["status"], body["o:errorCode"], body["o:errorDetails"][0]["o:errorCode"]) == (
            429,
            "USER_ERROR",
            "CONCURRENCY_LIMIT_EXCEEDED",
        )
        assert sorted(sandbox.customers()) == ["cus_0", "cus_1"]
        assert sandbox.call("GET", CUSTOMERS).status_code == 200


def test_every_call_takes_the_latency_asked_for() -> None:
    app = netsuite_app(NetSuite(), latency_s=LATENCY_S)
    with served(app) as address:
        assert Sandbox(app, address).call("GET", CUSTOMERS).status_code == 200
    assert app.calls.calls()[-1].seconds >= LATENCY_S


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [(Trouble.BUSY, 429, "CONCURRENCY_LIMIT_EXCEEDED"), (Trouble.ERROR, 500, "UNEXPECTED_ERROR")],
)
def test_a_scripted_error_meets_the_next_matching_calls_and_no_more(sandbox: Sandbox, trouble: Trouble, status: int, code: str) -> None:
    sandbox.control("POST", "faults", {"trouble": trouble, "times": 2, "method": "POST", "record_type": "customer"})
    assert sandbox.call("GET", CUSTOMERS).status_code == 200
    for _ in range(2):
        answer = sandbox.call("POST", CUSTOMERS, JENNY)
        assert (answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]) == (status, code)
    assert sandbox.customers() == []
    assert sandbox.call("POST", CUSTOMERS, JENNY).status_code == 204


@pytest.mark.parametrize(("trouble", "written"), [(Trouble.DROP_BEFORE, []), (Trouble.DROP_AFTER, ["cus_1"])])
def test_a_dropped_connection_leaves_the_outcome_unknown(sandbox: Sandbox, trouble: Trouble, written: list[str]) -> None:
    sandbox.app.faults.script(Fault(trouble, mutating_only=True))
    assert sandbox.call("GET", CUSTOMERS).status_code == 200
    with pytest.raises(requests.RequestException):
        sandbox.call("POST", CUSTOMERS, JENNY)
    assert sandbox.customers() == written
    last = sandbox.app.calls.calls()[-1]
    assert (last.status, last.mutating, last.note) == (0, True, f"fault: {trouble}")
    assert sandbox.call("GET", CUSTOMERS).status_code == 200


def test_a_delayed_call_is_answered_late(sandbox: Sandbox) -> None:
    sandbox.control("POST", "faults", {"trouble": "delay", "seconds": 0.2})
    assert sandbox.call("GET", CUSTOMERS).elapsed.total_seconds() >= 0.2


def test_a_delayed_call_does_not_hold_up_the_others(sandbox: Sandbox) -> None:
    sandbox.app.faults.script(Fault(Trouble.DELAY, method="POST", seconds=1.5))
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(sandbox.call, "POST", CUSTOMERS, JENNY)
        sandbox.wait_until_faults_are_met()
        assert sandbox.call("GET", CUSTOMERS).status_code == 200
        assert not late.done()
        assert late.result(10).status_code == 204


@pytest.mark.parametrize("body", [{"trouble": "rain"}, {"trouble": "busy", "typo": 1}, {}])
def test_a_fault_that_is_none_is_refused_with_the_reason(sandbox: Sandbox, body: Mapping[str, Any]) -> None:
    answer = requests.post(f"{sandbox.address}/sandbox/faults", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_call_log_tells_reads_from_writes_and_can_be_cleared(sandbox: Sandbox) -> None:
    sandbox.call("POST", CUSTOMERS, JENNY)
    sandbox.call("GET", f"{CUSTOMERS}/eid:cus_2")
    sandbox.call("GET", CUSTOMERS, auth=signer(token="other"))
    calls = [(call["method"], call["record_type"], call["status"], call["mutating"]) for call in sandbox.control("GET", "calls")["calls"]]
    assert calls == [("POST", "customer", 204, True), ("GET", "customer", 404, False), ("GET", "customer", 401, False)]
    sandbox.control("DELETE", "calls")
    assert sandbox.control("GET", "calls") == {"calls": []}


def test_periods_close_and_open_over_http_and_the_trial_balance_is_exact(sandbox: Sandbox) -> None:
    sandbox.call("POST", CUSTOMERS, JENNY)
    money = {"customer": {"externalId": "cus_1"}, "payment": 0.1, "tranDate": "2026-03-01", "externalId": "ch_1"}
    sandbox.control("PUT", "periods", {"month": "2026-03", "open": False})
    assert sandbox.call("POST", "/services/rest/record/v1/customerPayment", money).status_code == 400
    sandbox.control("PUT", "periods", {"month": "2026-03", "open": True})
    assert sandbox.call("POST", "/services/rest/record/v1/customerPayment", money).status_code == 204
    lines = sandbox.control("GET", "trial-balance")["lines"]
    assert [(line["name"], line["currency"], line["debit"], line["credit"]) for line in lines] == [
        ("Undeposited Funds", "USD", "0.10", "0.00"),
        ("Accounts Receivable", "USD", "0.00", "0.10"),
    ]
    assert requests.put(f"{sandbox.address}/sandbox/periods", json={"month": "2026-13", "open": True}, timeout=10).status_code == 400


def test_exchange_rates_are_set_over_http_and_the_books_are_told_in_the_base_currency_too(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "rates", {"currency": "EUR", "base": "USD", "day": "2026-03-01", "rate": "1.2345"})
    sandbox.call("POST", CUSTOMERS, {**JENNY, "currency": {"id": "4"}})
    money = {"customer": {"externalId": "cus_1"}, "payment": 100, "tranDate": "2026-03-01", "externalId": "ch_1"}
    assert sandbox.call("POST", "/services/rest/record/v1/customerPayment", money).status_code == 204
    told = sandbox.control("GET", "trial-balance")
    first, _ = told["base_lines"]["1"]
    assert (first["name"], first["currency"], first["debit"]) == ("Undeposited Funds", "USD", "123.45")
    assert [(item["external_id"], item["currency"], item["amount"], item["base"]) for item in told["undeposited_funds"]] == [
        ("ch_1", "EUR", "100.00", "123.45")
    ]
    for wrong in ({"currency": "XXX"}, {"rate": "0"}, {"rate": "nan"}, {"rate": "inf"}, {"day": "soon"}, {"base": "EUR"}):
        given = {"currency": "EUR", "base": "USD", "day": "2026-03-01", "rate": "1.1", **wrong}
        assert requests.put(f"{sandbox.address}/sandbox/rates", json=given, timeout=10).status_code == 400, wrong


def test_the_sandboxs_credentials_do_not_show_their_secrets() -> None:
    assert SANDBOX_CREDENTIALS.consumer_secret not in repr(SANDBOX_CREDENTIALS)
    assert SANDBOX_CREDENTIALS.token_secret not in repr(SANDBOX_CREDENTIALS)
