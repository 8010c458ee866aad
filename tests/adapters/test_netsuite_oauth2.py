"""Login by OAuth 2.0: what is asserted, how long a token serves, who renews it, and what happens when NetSuite grants none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import msgspec
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.netsuite.certificates import Certificate, read_certificates, read_key
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.oauth2 import ASSERTED_FOR_S, TOKEN, CertificateLogin
from adapters.netsuite.rest import RestBooks
from adapters.netsuite.transport import Endpoint, HttpTransport, Patience
from core.outcome import CannotSync, Failed, Kind
from core.records import key as key_of
from services.sandbox.netsuite import CLIENT_ID, NetSuiteApp, netsuite_app
from tests.adapters.netsuite_records import coupon
from tests.adapters.signing_keys import PrivateKey, ec_key, in_file, public_part_in_file, rsa_key
from tests.services.loopback import served

MONDAY = 1_700_000_000.0


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> float:
        return self.now


@dataclass
class TokenServer:
    """Answers as scripted, then with a token that is numbered; keeps the forms that came. With `gate`, answers wait until it is open."""

    answers: list[tuple[int, bytes]] = field(default_factory=list)
    life: str = "3600"
    gate: threading.Event | None = None
    forms: list[dict[str, str]] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        assert (request.method, request.url.path) == ("POST", TOKEN)
        self.forms.append({name: values[0] for name, values in parse_qs((await request.body()).decode()).items()})
        token = msgspec.json.encode({"access_token": f"token-{len(self.forms)}", "expires_in": self.life, "token_type": "Bearer"})
        status, body = self.answers.pop(0) if self.answers else (200, token)
        self.arrived.release()
        if self.gate is not None:
            assert await run_in_threadpool(self.gate.wait, 10)
        await Response(body, status, media_type="application/json")(scope, receive, send)

    def kids(self) -> list[str]:
        return [jwt.get_unverified_header(form["client_assertion"])["kid"] for form in self.forms]


def denied(error: str) -> bytes:
    return msgspec.json.encode({"error": error})


def certificate(id_: str = "cert-1", key: PrivateKey | None = None, algorithm: str = "ES256") -> Certificate:
    return Certificate(id_, algorithm, key or ec_key())


@contextmanager
def login_to(server: TokenServer, *certificates: Certificate, now: Callable[[], float] | None = None) -> Iterator[CertificateLogin]:
    with served(server) as address:
        login = CertificateLogin(
            Endpoint.of("1234567_SB1", address), "client-1", certificates or [certificate()], timeout_s=10, now=now or Clock()
        )
        try:
            yield login
        finally:
            login.close()


def token_of(login: CertificateLogin) -> str:
    """What the next request would say."""
    request = requests.Request("GET", "http://127.0.0.1/", auth=login.sign()).prepare()
    return request.headers["Authorization"]


def refusal_of(login: CertificateLogin) -> Failed:
    with pytest.raises(CannotSync) as stopped:
        login.sign()
    return stopped.value.failed


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(rsa_key(), "PS256", id="an RSA key signs with PS256"),
        pytest.param(ec_key(), "ES256", id="a key on P-256 signs with ES256"),
        pytest.param(ec_key("secp384r1"), "ES384", id="a key on P-384 signs with ES384"),
        pytest.param(ec_key("secp521r1"), "ES512", id="a key on P-521 signs with ES512"),
    ],
)
def test_what_is_asserted(key: PrivateKey, algorithm: str, tmp_path: Path) -> None:
    [given] = read_certificates(["cert-1"], [in_file(tmp_path / "key.pem", key)])
    with login_to(server := TokenServer(), given, now=Clock()) as login:
        assert token_of(login) == "Bearer token-1"
        address = login._endpoint.base_url
    [form] = server.forms
    assertion = form.pop("client_assertion")
    assert form == {"grant_type": "client_credentials", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    assert jwt.get_unverified_header(assertion) == {"typ": "JWT", "alg": algorithm, "kid": "cert-1"}
    claims = jwt.decode(assertion, key.public_key(), [algorithm], audience=address + TOKEN, options={"verify_exp": False})
    assert claims == {
        "iss": "client-1",
        "scope": ["rest_webservices"],
        "aud": address + TOKEN,
        "iat": int(MONDAY),
        "exp": int(MONDAY) + ASSERTED_FOR_S,
    }
    assert ASSERTED_FOR_S < 3600


def test_a_token_serves_until_five_minutes_before_its_end() -> None:
    clock = Clock()
    with login_to(server := TokenServer(), now=clock) as login:
        said = []
        for minute in (0, 30, 54.9, 55.1, 60, 111):
            clock.now = MONDAY + 60 * minute
            said.append(token_of(login))
    assert said == ["Bearer token-1"] * 3 + ["Bearer token-2"] * 2 + ["Bearer token-3"]
    assert len(server.forms) == 3


def test_a_short_token_is_not_renewed_with_every_call() -> None:
    clock = Clock()
    with login_to(server := TokenServer(life="60"), now=clock) as login:
        for second in range(50):
            clock.now = MONDAY + second
            token_of(login)
    assert len(server.forms) == 1


def test_many_threads_at_once_ask_for_one_token() -> None:
    server = TokenServer(gate=threading.Event())
    assert server.gate is not None
    with login_to(server) as login, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(token_of, login) for _ in range(8)]
        assert server.arrived.acquire(timeout=10)
        assert not server.arrived.acquire(timeout=0.1), "a second renewal is under way"
        server.gate.set()
        assert {call.result(10) for call in calls} == {"Bearer token-1"}
    assert len(server.forms) == 1


def test_while_one_thread_renews_the_others_go_on_with_the_old_token() -> None:
    clock, server = Clock(), TokenServer()
    with login_to(server, now=clock) as login, ThreadPoolExecutor(1) as pool:
        token_of(login)
        assert server.arrived.acquire(timeout=10)
        server.gate = threading.Event()
        clock.now = MONDAY + 3500
        renewal = pool.submit(token_of, login)
        assert server.arrived.acquire(timeout=10)
        assert token_of(login) == "Bearer token-1"
        server.gate.set()
        assert renewal.result(10) == "Bearer token-2"


def test_a_renewal_that_fails_leaves_the_old_token_as_long_as_it_holds() -> None:
    clock, server = Clock(), TokenServer()
    with login_to(server, now=clock) as login:
        token_of(login)
        server.answers += [(503, b""), (503, b""), (503, b"")]
        clock.now = MONDAY + 3400
        assert [token_of(login) for _ in range(3)] == ["Bearer token-1"] * 3
        assert len(server.forms) == 2, "it is not tried again at once"
        clock.now = MONDAY + 3440
        assert token_of(login) == "Bearer token-1"
        clock.now = MONDAY + 3600
        assert refusal_of(login).kind is Kind.BUSY
        assert token_of(login) == "Bearer token-5"


def test_the_second_certificate_is_tried_when_the_first_is_refused_and_first_from_then_on() -> None:
    clock, server = Clock(), TokenServer([(401, denied("invalid_client"))])
    with login_to(server, certificate("old"), certificate("new", ec_key(number=1)), now=clock) as login:
        assert token_of(login) == "Bearer token-2"
        clock.now += 3600
        assert token_of(login) == "Bearer token-3"
    assert server.kids() == ["old", "new", "new"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(400, denied("invalid_grant"), "invalid_grant", id="an expired certificate"),
        pytest.param(401, denied("invalid_client"), "invalid_client", id="an unknown certificate"),
        pytest.param(401, b"", "status 401", id="a refusal without a word"),
        pytest.param(403, b'{"title": "Forbidden"}', "Forbidden", id="a refusal in NetSuite's other form"),
    ],
)
def test_when_no_certificate_is_good_a_person_is_told_which_was_refused_and_why(status: int, body: bytes, said: str) -> None:
    with login_to(TokenServer([(status, body)] * 2), certificate("old"), certificate("new")) as login:
        failed = refusal_of(login)
    assert (failed.kind, failed.retryable) == (Kind.MISCONFIGURED, False)
    assert f"old: {said}" in failed.message
    assert f"new: {said}" in failed.message
    assert "netsuite.certificate_id" in failed.remedy


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_of_the_token_endpoint_is_busy_and_condemns_no_certificate(status: int) -> None:
    with login_to(server := TokenServer([(status, b"<html>")]), certificate("old"), certificate("new")) as login:
        assert refusal_of(login).kind is Kind.BUSY
        assert token_of(login) == "Bearer token-2"
    assert server.kids() == ["old", "old"]


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"access_token": "t", "expires_in": "soon"}', b'{"access_token": 1}'])
def test_a_page_that_is_no_token_is_busy(body: bytes) -> None:
    with login_to(TokenServer([(200, body)])) as login:
        assert refusal_of(login).kind is Kind.BUSY


def test_nobody_there_is_busy() -> None:
    with served(TokenServer()) as address:
        pass
    login = CertificateLogin(Endpoint.of("1234567", address), "client-1", [certificate()])
    assert refusal_of(login).kind is Kind.BUSY
    login.close()


def test_a_refusal_holds_for_all_threads_that_waited_for_it() -> None:
    server = TokenServer([(401, denied("invalid_client"))] * 8, gate=threading.Event())
    assert server.gate is not None
    with login_to(server) as login, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(refusal_of, login) for _ in range(8)]
        assert server.arrived.acquire(timeout=10)
        server.gate.set()
        assert {call.result(10).kind for call in calls} == {Kind.MISCONFIGURED}
    assert len(server.forms) < 8, "NetSuite locks accounts after failed logins"


def test_no_token_and_no_key_shows_in_what_may_be_printed() -> None:
    with login_to(TokenServer()) as login:
        assert "token-1" not in repr(login.sign())
    assert "key" not in repr(certificate()).lower().replace("key=", "")


@contextmanager
def sandbox(
    *certificates: Certificate, client_id: str = CLIENT_ID, now: Callable[[], float] = time.time
) -> Iterator[tuple[NetSuiteApp, HttpTransport]]:
    """The sandbox's NetSuite, which knows the first certificate, and a transport that logs in with all of them."""
    app = netsuite_app(NetSuite(), now=now)
    app.oauth2.certificates[certificates[0].id] = certificates[0].key.public_key()
    with served(app) as address:
        endpoint = Endpoint.of("SANDBOX", address)
        login = CertificateLogin(endpoint, client_id, certificates, now=now)
        transport = HttpTransport(endpoint, login, patience=Patience(2, 0.001))
        try:
            yield app, transport
        finally:
            transport.close()


@pytest.mark.parametrize(("key", "algorithm"), [(rsa_key(), "PS256"), (ec_key(), "ES256")], ids=["RSA", "EC"])
def test_netsuite_takes_both_kinds_of_keys(key: PrivateKey, algorithm: str) -> None:
    with sandbox(certificate("cert-1", key, algorithm)) as (_, transport):
        assert RestBooks(transport).find(key_of(coupon)) is None


def test_a_token_that_ceased_to_hold_is_renewed_once_and_the_call_repeated() -> None:
    with sandbox(certificate()) as (app, transport):
        books = RestBooks(transport)
        books.find(key_of(coupon))
        app.oauth2.revoke()
        assert books.create(coupon, {}) is not None
        assert [(call.method, call.status) for call in app.calls.calls()] == [
            ("POST", 200),
            ("GET", 404),
            ("POST", 401),
            ("POST", 200),
            ("POST", 204),
        ]


def test_a_role_that_no_token_helps_is_told_after_one_renewal() -> None:
    with sandbox(certificate()) as (app, transport):
        app.oauth2.life_s = 0
        with pytest.raises(CannotSync) as stopped:
            RestBooks(transport).find(key_of(coupon))
        assert [call.status for call in app.calls.calls()] == [200, 401, 200, 401]
    assert stopped.value.failed.kind is Kind.MISCONFIGURED


def test_over_an_hour_and_more_every_call_has_a_token_that_holds() -> None:
    clock = Clock()
    with sandbox(certificate(), now=clock) as (app, transport):
        for _ in range(30):
            clock.now += 300
            RestBooks(transport).find(key_of(coupon))
        assert {call.status for call in app.calls.calls()} == {200, 404}
        assert sum(call.status == 200 for call in app.calls.calls()) == 3


def test_a_clock_an_hour_off_is_refused_and_the_remedy_speaks_of_the_clock() -> None:
    clock = Clock()
    with sandbox(certificate(), now=clock) as (_, transport):
        transport._login._now = lambda: clock.now - 3600  # type: ignore[attr-defined]
        with pytest.raises(CannotSync) as stopped:
            RestBooks(transport).find(key_of(coupon))
    assert "invalid_grant" in stopped.value.failed.message
    assert "clock" in stopped.value.failed.remedy


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_may_stand_in_either_pem_form(form: PrivateFormat, tmp_path: Path) -> None:
    algorithm, _ = read_key(in_file(tmp_path / "key.pem", rsa_key(), form=form))
    assert algorithm == "PS256"


def unreadable_keys(folder: Path) -> dict[str, tuple[Path, str]]:
    cut = folder / "cut.pem"
    cut.write_bytes(in_file(folder / "whole.pem", ec_key()).read_bytes()[:80])
    return {
        "no such file": (folder / "none.pem", "cannot be read"),
        "a folder": (folder, "cannot be read"),
        "a certificate or public key": (public_part_in_file(folder / "public.pem", ec_key()), "no private key in PEM form"),
        "a file cut short": (cut, "no private key"),
        "a pass phrase": (in_file(folder / "locked.pem", ec_key(), b"open sesame"), "pass phrase"),
        "a short RSA key": (in_file(folder / "short.pem", rsa_key(1024)), "1024 bits"),
        "a curve that NetSuite does not take": (in_file(folder / "k1.pem", ec_key("secp256k1")), "P-256"),
        "another kind of key": (in_file(folder / "ed.pem", ed25519.Ed25519PrivateKey.generate()), "RSA, or EC"),
    }


def test_a_key_that_netsuite_would_not_take_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for name, (file, said) in unreadable_keys(tmp_path).items():
        with pytest.raises(ValueError, match=said):
            read_key(file)
        assert name


def test_all_that_is_wrong_with_the_certificates_is_said_at_once(tmp_path: Path) -> None:
    files = [tmp_path / "none.pem", in_file(tmp_path / "short.pem", rsa_key(1024))]
    with pytest.raises(ValueError) as wrong:
        read_certificates(["only one"], files)
    assert len(str(wrong.value).splitlines()) == 3
    assert "1 certificate id(s) and 2 private key file(s)" in str(wrong.value)
