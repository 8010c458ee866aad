"""How requests reach NetSuite: signed anew each time, on one connection, never more at once than allowed, and lost ones said to be lost."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.observing import Observer, Seen
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, Patience, TokenCredentials
from core.outcome import CannotSync, Failed, Kind
from core.records import key
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, Fault, netsuite_app
from services.sandbox.netsuite.faults import Trouble
from tests.adapters.netsuite_records import coupon
from tests.contracts.test_netsuite_books import CREDENTIALS
from tests.services.loopback import served

PATH = "/services/rest/record/v1/discountItem/eid:SPRING"
KEYS = TokenCredentials("consumer-key", "consumer-secret", "token-id", "token-secret")
QUICK = Patience(tries=4, first_s=0.001, cap_s=0.01)


@dataclass
class Server:
    """Answers with the statuses given, then 204; remembers what came. With `gate`, answers wait until it is open."""

    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event | None = None
    body: bytes = b""
    requests: list[Request] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests.append(Request(scope, receive))
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        self.arrived.release()
        if self.gate is not None:
            assert await run_in_threadpool(self.gate.wait, 10)
        self.in_flight -= 1
        status = self.statuses.pop(0) if self.statuses else 204
        await Response(self.body if status >= 400 else b"", status, headers=self.headers)(scope, receive, send)

    def authorizations(self) -> list[dict[str, str]]:
        return [dict(re.findall(r'(\w+)="([^"]*)"', request.headers["authorization"])) for request in self.requests]


@contextmanager
def transport_to(
    address: str, concurrency: int = 4, timeout_s: float = 10, observe: Observer = print, late_s: float = 30
) -> Iterator[HttpTransport]:
    transport = HttpTransport(
        Endpoint.of("1234567_SB1", address),
        KEYS,
        concurrency=concurrency,
        timeout_s=timeout_s,
        patience=QUICK,
        observe=observe,
        late_s=late_s,
    )
    try:
        yield transport
    finally:
        transport.close()


def lost(transport: HttpTransport, method: str = "GET") -> Failed:
    with pytest.raises(CannotSync) as stopped:
        transport.send(method, PATH, {}, None, {})
    return stopped.value.failed


@pytest.mark.parametrize(
    ("account", "base_url", "realm"),
    [
        ("1234567", "https://1234567.suitetalk.api.netsuite.com", "1234567"),
        ("1234567_SB1", "https://1234567-sb1.suitetalk.api.netsuite.com", "1234567_SB1"),
        ("1234567-sb1", "https://1234567-sb1.suitetalk.api.netsuite.com", "1234567_SB1"),
        ("tstdrv123", "https://tstdrv123.suitetalk.api.netsuite.com", "TSTDRV123"),
    ],
)
def test_the_address_and_the_realm_come_of_the_account_id(account: str, base_url: str, realm: str) -> None:
    assert Endpoint.of(account) == Endpoint(base_url, realm)


@pytest.mark.parametrize(
    "account", ["", "a.example.com/", "1234567.evil.example", "1234567_SB1_X", "1234567 ", "12\r\n34", "_SB1", 'x"y', "1234567_SB1\n"]
)
def test_what_is_no_account_id_gets_no_address(account: str) -> None:
    with pytest.raises(ValueError, match="account"):
        Endpoint.of(account)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://netsuite.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://a.example/services",
        "https://user@a.example",
    ],
)
def test_an_address_that_is_not_safe_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Endpoint.of("1234567", base_url)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8090", "http://localhost:8090/", "http://[::1]:8090", "https://proxy.example.com"])
def test_an_address_of_ones_own_is_taken(base_url: str) -> None:
    assert Endpoint.of("1234567", base_url).base_url == base_url.rstrip("/")


def test_each_request_is_signed_with_its_own_nonce_and_the_realm() -> None:
    with served(server := Server()) as address, transport_to(address) as transport:
        for _ in range(3):
            transport.send("PUT", PATH, {"replace": "item,apply"}, b"{}", {"Content-Type": "application/json"})
    signed = server.authorizations()
    assert len({each["oauth_nonce"] for each in signed}) == 3
    assert {(each["realm"], each["oauth_signature_method"], each["oauth_token"]) for each in signed} == {
        ("1234567_SB1", "HMAC-SHA256", "token-id")
    }
    assert [request.query_params["replace"] for request in server.requests] == ["item,apply"] * 3


def test_no_secret_shows_in_what_may_be_printed() -> None:
    assert "secret" not in repr(KEYS)
    assert "token-id" not in repr(KEYS)


def test_an_invalid_login_is_tried_once_more_with_a_fresh_nonce() -> None:
    with served(server := Server([401])) as address, transport_to(address) as transport:
        assert transport.send("GET", PATH, {}, None, {}).status == 204
    assert len({each["oauth_nonce"] for each in server.authorizations()}) == 2


def test_a_login_that_stays_invalid_is_told_after_the_second_try() -> None:
    with served(server := Server([401, 401, 401])) as address, transport_to(address) as transport:
        assert transport.send("GET", PATH, {}, None, {}).status == 401
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_other_answers_are_not_repeated_here(status: int) -> None:
    with served(server := Server([status])) as address, transport_to(address) as transport:
        assert transport.send("PATCH", PATH, {}, b"{}", {}).status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_call_for_which_there_is_no_room_is_repeated_reads_and_writes_alike(method: str) -> None:
    with served(server := Server([429, 429, 204])) as address, transport_to(address) as transport:
        assert transport.send(method, PATH, {}, b"{}", {}).status == 204
        assert transport.budget.usage.limit < 4
    assert len({each["oauth_nonce"] for each in server.authorizations()}) == 3


@pytest.mark.parametrize("code", ["WS_REQUEST_BLOCKED", "SSS_REQUEST_LIMIT_EXCEEDED"])
def test_a_refusal_for_want_of_room_lowers_the_limit_whatever_its_status(code: str) -> None:
    body = b'{"o:errorDetails": [{"detail": "Request blocked.", "o:errorCode": "%s"}]}' % code.encode()
    with served(server := Server([400], body=body)) as address, transport_to(address) as transport:
        assert transport.send("PATCH", PATH, {}, b"{}", {}).status == 204
        assert transport.budget.usage.limit < 4
    assert len(server.requests) == 2


def test_when_there_is_never_room_the_last_answer_is_told() -> None:
    with served(server := Server([429] * 9)) as address, transport_to(address) as transport:
        assert transport.send("PATCH", PATH, {}, b"{}", {}).status == 429
    assert len(server.requests) == QUICK.tries


@pytest.mark.parametrize("tried", [1, 2, 3, 4, 5, 6])
def test_pauses_double_up_to_a_cap_and_are_scattered(tried: int) -> None:
    patience = Patience(tries=9, first_s=0.5, cap_s=8)
    longest = [0.5, 1, 2, 4, 8, 8][tried - 1]
    pauses = {patience.pause_s(tried) for _ in range(50)}
    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(pauses) > 10


def test_a_pause_is_as_long_as_netsuite_asks_within_reason() -> None:
    assert Patience(first_s=0.5, cap_s=8).pause_s(1, asked_s=3) == 3
    assert Patience(first_s=0.5, cap_s=8).pause_s(1, asked_s=3600) == 8


def test_a_login_refused_late_is_want_of_room_and_lowers_the_limit() -> None:
    with served(server := Server([401])) as address, transport_to(address, late_s=0) as transport:
        assert transport.send("PATCH", PATH, {}, b"{}", {}).status == 204
        assert transport.budget.usage.limit < 4
    assert len(server.requests) == 2


def test_a_login_refused_late_again_and_again_is_busy_and_nobody_is_called_to_mend_it() -> None:
    with served(server := Server([401] * 9)) as address, transport_to(address, late_s=0) as transport:
        failed = lost(transport, "PATCH")
    assert (failed.kind, failed.retryable, len(server.requests)) == (Kind.BUSY, True, QUICK.tries)
    assert "netsuite.concurrency" in failed.remedy


def test_a_redirect_is_not_followed_since_it_would_carry_the_signature_elsewhere() -> None:
    server = Server([302], {"Location": "/elsewhere"})
    with served(server) as address, transport_to(address) as transport:
        assert transport.send("GET", PATH, {}, None, {}).status == 302
    assert len(server.requests) == 1


def test_a_cookie_is_never_sent_back() -> None:
    server = Server(headers={"Set-Cookie": "JSESSIONID=1; Path=/"})
    with served(server) as address, transport_to(address) as transport:
        for _ in range(2):
            transport.send("GET", PATH, {}, None, {})
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


def test_the_environment_names_no_proxy_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with served(Server()) as address, transport_to(address) as transport:
        assert transport.send("GET", PATH, {}, None, {}).status == 204


def test_one_connection_carries_one_call_after_another() -> None:
    with served(server := Server()) as address, transport_to(address) as transport:
        for _ in range(5):
            transport.send("GET", PATH, {}, None, {})
    assert len({request.client for request in server.requests}) == 1


def test_no_more_calls_are_in_flight_than_allowed() -> None:
    server = Server(gate=threading.Event())
    assert server.gate is not None
    with served(server) as address, transport_to(address, concurrency=3) as transport, ThreadPoolExecutor(9) as pool:
        calls = [pool.submit(transport.send, "GET", PATH, {}, None, {}) for _ in range(9)]
        assert all(server.arrived.acquire(timeout=10) for _ in range(3))
        assert not server.arrived.acquire(timeout=0.2), "a fourth call is in flight"
        server.gate.set()
        assert [call.result(10).status for call in calls] == [204] * 9
    assert server.most == 3


def test_no_answer_in_time_is_busy_and_says_that_the_outcome_is_unknown() -> None:
    server = Server(gate=threading.Event())
    assert server.gate is not None
    with served(server) as address, transport_to(address, timeout_s=0.2) as transport:
        failed = lost(transport, "PATCH")
        server.gate.set()
    assert (failed.kind, failed.retryable) == (Kind.BUSY, True)
    assert "may or may not have been carried out" in failed.message
    assert "ReadTimeout" in failed.message


def test_nobody_there_is_busy() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with transport_to(f"http://127.0.0.1:{port}") as transport:
            failed = lost(transport)
    assert failed.kind is Kind.BUSY
    assert f"127.0.0.1:{port}" in failed.message


@pytest.mark.parametrize(
    ("trouble", "written"),
    [(Trouble.DROP_BEFORE, False), (Trouble.DROP_AFTER, True)],
    ids=["before it was written", "after it was written"],
)
def test_a_lost_connection_is_busy_and_the_next_try_writes_once(trouble: Trouble, written: bool) -> None:
    netsuite = NetSuite()
    app = netsuite_app(netsuite)
    app.faults.script(Fault(trouble, mutating_only=True))
    with served(app) as address:
        transport = HttpTransport(Endpoint.of("SANDBOX", address), CREDENTIALS)
        books = RestBooks(transport)
        with pytest.raises(CannotSync) as stopped:
            books.create(coupon, {})
        assert stopped.value.failed.kind is Kind.BUSY
        assert (books.find(key(coupon)) is not None) is written
        assert (books.create(coupon, {}) is None) is written
        transport.close()
    assert len(netsuite.records("discountItem")) == 1


def test_a_wrong_key_is_misconfigured_and_names_the_login_audit_trail() -> None:
    app = netsuite_app(NetSuite())
    with served(app) as address:
        transport = HttpTransport(Endpoint.of("SANDBOX", address), KEYS)
        with pytest.raises(CannotSync) as stopped:
            RestBooks(transport).find(key(coupon))
        transport.close()
    assert stopped.value.failed.kind is Kind.MISCONFIGURED
    assert "Login Audit Trail" in stopped.value.failed.remedy
    assert SANDBOX_CREDENTIALS.consumer_key not in stopped.value.failed.message


def test_every_call_is_observed_also_one_without_an_answer() -> None:
    seen: list[Seen] = []
    with served(Server([401, 503])) as address, transport_to(address, observe=seen.append) as transport:
        transport.send("PUT", PATH, {"replace": "item"}, b"{}", {})
    with transport_to(address, observe=seen.append) as transport:
        lost(transport)
    assert [(each.method, each.path, each.status) for each in seen] == [("PUT", PATH, 401), ("PUT", PATH, 503), ("GET", PATH, 0)]
    assert all(each.seconds >= 0 and each.queued_s >= 0 for each in seen)


def test_how_long_a_call_waited_for_its_place_is_seen() -> None:
    server, seen = Server(gate=threading.Event()), list[Seen]()
    assert server.gate is not None
    with served(server) as address, transport_to(address, concurrency=1, observe=seen.append) as transport, ThreadPoolExecutor(2) as pool:
        first = pool.submit(transport.send, "GET", PATH, {}, None, {})
        assert server.arrived.acquire(timeout=10)
        second = pool.submit(transport.send, "GET", PATH, {}, None, {})
        deadline = time.monotonic() + 10
        while not transport.budget.usage.waiting:
            assert time.monotonic() < deadline, "the second call never asked for a place"
            time.sleep(0.001)
        server.gate.set()
        assert (first.result(10).status, second.result(10).status) == (204, 204)
    assert seen[0].queued_s < seen[1].queued_s


def test_with_room_for_two_and_a_budget_of_five_nothing_fails_and_nothing_is_lost() -> None:
    netsuite = NetSuite()
    app = netsuite_app(netsuite, concurrency_limit=2, latency_s=0.005)
    seen: list[Seen] = []
    patience = Patience(tries=8, first_s=0.02, cap_s=0.5)
    with served(app) as address:
        transport = HttpTransport(Endpoint.of("SANDBOX", address), CREDENTIALS, concurrency=5, patience=patience, observe=seen.append)
        books = RestBooks(transport)
        records = [replace(coupon, external_id=f"SPRING-{number}", item_id=f"Spring {number}") for number in range(40)]
        with ThreadPoolExecutor(12) as pool:
            made = list(pool.map(lambda record: books.create(record, {}), records))
        usage = transport.budget.usage
        transport.close()
    assert len(set(made)) == 40
    assert {record.external_id for record in netsuite.records("discountItem")} == {record.external_id for record in records}
    refused = sum(each.status == 429 for each in seen)
    assert 0 < refused < 20, "the limit is found by few refusals"
    assert (usage.in_flight, usage.waiting, usage.most) == (0, 0, 5)
    assert usage.limit <= 2
