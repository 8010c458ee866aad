"""The webhook over a real socket: what is stored, what is refused, and that ingest is as well afterwards as before."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.inbox import Arrival, EventState, Stats
from core.outcome import CannotSync, Failed, Kind
from services.ingest import protocol
from services.ingest.app import WebhookEndpoint
from tests.adapters.webhooks import SECRET, body_of, header_of, signature, thin_body_of
from tests.services.ingest_world import FakeWriter, World, running

MIB = 1 << 20


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("ingest") / "ingest.db") as world:
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The server of this module, which must be well again after each test."""
    yield shared
    good = body_of(f"evt_after_{time.monotonic_ns()}")
    assert shared.post(good) == (200, "")
    assert shared.request("GET", "/healthz") == (200, "alive\n")


def padded(size: int, event_id: str) -> bytes:
    """A good event of exactly so many bytes."""
    body = body_of(event_id)
    return body + b" " * (size - len(body))


def stored(world: World, event_id: str) -> EventState | None:
    found = world.inbox.find(event_id)
    return found.state if found else None


def answer_to(connection: socket.socket) -> bytes:
    """What comes first; b"" when the other side closed."""
    return connection.recv(65536)


def test_a_good_event_is_stored_as_it_came_and_handed_on(world: World) -> None:
    body = body_of("evt_good", subject_id="ch_good")
    assert world.post(body) == (200, "")
    world.until(lambda: any(event.id == "evt_good" for event, _, _ in world.tried))
    assert world.until_settled().waiting == 0
    assert stored(world, "evt_good") is EventState.SYNCED


def test_the_same_event_again_is_answered_200_and_stored_once(world: World) -> None:
    before = sum(event.id == "evt_twice" for event, _, _ in world.tried)
    for _ in range(3):
        assert world.post(body_of("evt_twice", subject_id="ch_twice"))[0] == 200
    world.until_settled()
    assert sum(event.id == "evt_twice" for event, _, _ in world.tried) == before + 1


def test_a_thin_event_is_stored_like_the_other(world: World) -> None:
    assert world.post(thin_body_of("evt_thin"))[0] == 200
    found = world.inbox.find("evt_thin")
    assert found
    assert (found.event.type, found.event.subject_id) == ("charge.succeeded", "ch_1")


IGNORED = [
    pytest.param(body_of("evt_i1", "account.updated"), "Nothing of it is in the ledger.", id="a type that the table ignores"),
    pytest.param(body_of("evt_i2", "brand.new.type"), "not in the event table", id="a type that the table does not know"),
    pytest.param(body_of("evt_i3", livemode=True), "of live mode", id="an event of live mode"),
    pytest.param(body_of("evt_i4", account="acct_strange"), "that the settings do not name", id="an event of an unknown account"),
    pytest.param(body_of("evt_i5", "coupon.created", "25% off"), "not in the event table", id="an odd id of an ignored type"),
]


@pytest.mark.parametrize(("body", "because"), IGNORED)
def test_a_good_event_that_is_none_of_ours_is_stored_as_ignored_with_the_reason(world: World, body: bytes, because: str) -> None:
    assert world.post(body) == (200, "")
    [newest] = [each for each in world.inbox.list(EventState.IGNORED) if each.event.id.encode() in body]
    assert because in newest.reason
    assert newest.settled_at


def test_a_connected_account_that_the_settings_name_is_ours(world: World) -> None:
    assert world.post(body_of("evt_connected", account="acct_known"))[0] == 200
    found = world.inbox.find("evt_connected")
    assert found
    assert (found.event.account, found.state is EventState.IGNORED) == ("acct_known", False)


def test_an_accounts_own_address_has_its_own_secret_and_names_the_account(world: World) -> None:
    body = body_of("evt_shop")
    assert world.post(body, header_of(body, "whsec_shop"), "/webhooks/stripe/shop")[0] == 200
    found = world.inbox.find("evt_shop")
    assert found
    assert found.event.account == "acct_shop"
    assert world.post(body, path="/webhooks/stripe/shop")[0] == 400


BODY = body_of("evt_bad")
Signed = Callable[[bytes], str] | None
"""How a delivery is signed at the time of the test: well (None), or otherwise."""

BAD = [
    pytest.param(BODY, lambda _: "", 400, "missing", id="no signature"),
    pytest.param(BODY, lambda _: "t=1,v1=", 400, "no signature fits", id="an empty signature"),
    pytest.param(BODY, lambda body: header_of(body, "whsec_other"), 400, "no signature fits", id="another secret"),
    pytest.param(BODY, lambda body: header_of(body, at=time.time() - 1000), 400, "too old", id="a stale one"),
    pytest.param(BODY, lambda body: header_of(body, at=time.time() + 100_000), 400, "future", id="one of the future"),
    pytest.param(BODY, lambda body: header_of(body) + "\xe9", 400, "not ASCII", id="a header that is not ASCII"),
    pytest.param(BODY, lambda body: header_of(body) + "," * 5000, 400, "too long", id="a header of 5 kB"),
    pytest.param(BODY[:-30], lambda _: header_of(BODY), 400, "no signature fits", id="a body cut off on its way"),
    pytest.param(BODY[:-30], None, 400, "cut off", id="a body cut off before it was signed"),
    pytest.param(b"\xff" + BODY, None, 400, "not UTF-8", id="a body that is not UTF-8"),
    pytest.param(b"", None, 400, "not JSON", id="an empty body"),
    pytest.param(b"[" * 100_000, None, 400, "", id="100,000 open brackets"),
    pytest.param(body_of("evt_bad", subject_id="ch_1/../x"), None, 400, "id of the event's object", id="a path in the object's id"),
    pytest.param(body_of("evt_bad/1"), None, 400, "event's id", id="a path in the event's id"),
    pytest.param(gzip.compress(BODY), None, 400, "not", id="a compressed body, which is not inflated"),
    pytest.param(padded(MIB + 1, "evt_bad"), None, 413, "over 1 MiB", id="a byte over 1 MiB"),
]


@pytest.mark.parametrize(("body", "signed", "status", "says"), BAD)
def test_bad_input_is_refused_with_a_sentence_and_nothing_is_stored(
    world: World, body: bytes, signed: Signed, status: int, says: str
) -> None:
    before = world.inbox.stats()
    got, text = world.post(body, signed(body) if signed else None)
    assert (got, says in text) == (status, True), text
    assert SECRET not in text
    assert len(text) < 300
    after = world.inbox.stats()
    assert sum(count(after)) == sum(count(before))


def count(stats: Stats) -> tuple[int, ...]:
    return stats.waiting, stats.running, stats.synced, stats.ignored, stats.failed, stats.skipped


@pytest.mark.parametrize("size", [MIB - 1, MIB], ids=["1 MiB but for a byte", "1 MiB"])
def test_a_body_up_to_1_mib_is_stored(world: World, size: int) -> None:
    body = padded(size, f"evt_size_{size}")
    assert world.post(body)[0] == 200
    assert stored(world, f"evt_size_{size}")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/webhooks/stripe", 405, id="GET of the webhook"),
        pytest.param("PUT", "/webhooks/stripe", 405, id="PUT of the webhook"),
        pytest.param("POST", "/healthz", 405, id="POST of the health page"),
        pytest.param("POST", "/webhooks/stripe/unknown", 404, id="an account name that the settings do not have"),
        pytest.param("POST", "/webhooks/stripe/../stripe", 404, id="dots in the path"),
        pytest.param("POST", "/webhooks/stripe/", 404, id="a slash too many"),
        pytest.param("GET", "/", 404, id="the root"),
    ],
)
def test_other_methods_and_paths_are_refused(world: World, method: str, path: str, status: int) -> None:
    assert world.request(method, path, BODY, {"Stripe-Signature": header_of(BODY)})[0] == status
    assert stored(world, "evt_bad") is None


def test_a_body_announced_as_10_gb_is_refused_at_once(world: World) -> None:
    with world.raw() as connection:
        began = time.monotonic()
        connection.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n")
        assert answer_to(connection).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - began < 1.0


def test_a_body_without_a_length_is_counted_while_it_is_read(world: World) -> None:
    with world.raw() as connection:
        connection.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(17):
            connection.sendall(chunk)
        assert answer_to(connection).startswith(b"HTTP/1.1 413 ")


def resident_kib() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


def test_memory_stays_flat_under_bodies_that_are_too_large(world: World) -> None:
    """Each tries to send 8 MiB without an announcement; ingest never holds more than the limit of one at a time."""
    before = resident_kib()
    for _ in range(10):
        with world.raw() as connection:
            connection.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(128):
                    connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            except OSError:
                pass
    assert resident_kib() - before < 20_000


def test_a_slow_body_is_given_up_and_others_do_not_wait_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_WITHIN_S", 0.3)
    with world.raw() as slow:
        slow.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        assert world.post(body_of("evt_beside"))[0] == 200
        assert answer_to(slow).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_is_broken_off_leaves_nothing_behind(world: World) -> None:
    before = sum(count(world.inbox.stats()))
    with world.raw() as connection:
        connection.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    assert sum(count(world.inbox.stats())) == before


def test_a_head_that_never_ends_is_cut_off(world: World) -> None:
    with world.raw() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            for index in range(200):
                connection.sendall(f"X-{index}: {'y' * 1000}\r\n".encode())
        except OSError:
            return
        assert answer_to(connection).startswith((b"HTTP/1.1 400 ", b""))


def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_WITHIN_S", 0.2)
    with running(tmp_path / "ingest.db") as world, world.raw() as connection:
        connection.sendall(b"POST /webhooks/stripe HTT")
        assert answer_to(connection).startswith(b"HTTP/1.1 408 ")


def test_two_signatures_are_one_too_many(world: World) -> None:
    lines = [b"POST /webhooks/stripe HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Length: %d" % len(BODY)]
    lines += [b"Stripe-Signature: " + header_of(BODY).encode()] * 2
    with world.raw() as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + BODY)
        assert answer_to(connection).startswith(b"HTTP/1.1 400 ")
    assert stored(world, "evt_bad") is None


def test_requests_in_a_row_on_one_connection_are_each_answered(world: World) -> None:
    bodies = [body_of(f"evt_row_{index}") for index in range(3)]
    requests = [
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nStripe-Signature: %s\r\n\r\n"
        % (len(body), header_of(body).encode())
        + body
        for body in bodies
    ]
    with world.raw() as connection:
        connection.sendall(b"".join(requests))
        got = b""
        while got.count(b"HTTP/1.1 200 ") < 3:
            part = connection.recv(65536)
            assert part, got
            got += part
    assert all(stored(world, f"evt_row_{index}") for index in range(3))


def test_the_metrics_count_and_name_no_id(world: World) -> None:
    world.post(body_of("evt_measured"))
    world.post(body_of("evt_measured"))
    world.post(BODY, "t=1,v1=0")
    world.until_settled()
    status, text = world.request("GET", "/metrics")
    assert status == 200
    for expected in (
        'stripe_netsuite_ingest_webhooks_total{answer="accepted"}',
        'stripe_netsuite_ingest_webhooks_total{answer="duplicate"}',
        'stripe_netsuite_ingest_rejected_total{reason="signature"}',
        'stripe_netsuite_ingest_outcomes_total{outcome="synced"}',
        'stripe_netsuite_ingest_events{state="waiting"} 0.0',
        "stripe_netsuite_ingest_oldest_waiting_seconds 0.0",
        "stripe_netsuite_ingest_accept_seconds_bucket",
    ):
        assert expected in text
    assert "evt_" not in text


@pytest.mark.parametrize("secrets", [(), ("",), ("  ",), (SECRET, "")], ids=["none", "empty", "blank", "an empty one beside"])
def test_an_endpoint_without_a_real_secret_cannot_be_made(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="signing secrets"):
        WebhookEndpoint(secrets)


def test_when_the_store_fails_the_answer_is_503_and_stripe_may_send_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "ingest.db") as world:
        full = CannotSync(Failed(Kind.BUSY, "the disk is full", "make room"))

        async def fails(_: list[Arrival]) -> list[bool]:
            raise full

        with monkeypatch.context() as broken:
            broken.setattr(world.inbox, "accept_async", fails)
            assert world.post(body_of("evt_1"))[0] == 503
        assert stored(world, "evt_1") is None
        assert world.post(body_of("evt_1"))[0] == 200


def test_ready_says_why_not_when_the_store_is_gone(tmp_path: Path) -> None:
    with running(tmp_path / "ingest.db") as world:
        assert world.request("GET", "/readyz") == (200, "ready\n")
        world.inbox.close()
        status, text = world.request("GET", "/readyz")
        assert (status, "closed" in text) == (503, True)
        assert world.post(body_of("evt_1"))[0] == 503
        assert world.request("GET", "/healthz")[0] == 200


def test_many_senders_at_once_lose_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "ingest.db") as world:
        answers: list[int] = []

        def sender(number: int) -> None:
            answers.extend(world.post(body_of(f"evt_{number}_{index}", subject_id=f"ch_{number}_{index}"))[0] for index in range(10))

        threads = [threading.Thread(target=sender, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [200] * 160
        assert world.until_settled().synced == 160


def test_a_writer_that_is_down_is_no_reason_to_refuse_webhooks(tmp_path: Path) -> None:
    down = FakeWriter(lambda event: Failed(Kind.BUSY, "the writer did not answer", "start it"))
    with running(tmp_path / "ingest.db", down) as world:
        assert world.post(body_of("evt_1"))[0] == 200
        world.until(lambda: bool(world.tried))
        assert world.request("GET", "/readyz")[0] == 200
        assert world.inbox.stats().waiting + world.inbox.stats().running == 1


def test_signatures_of_the_tests_are_the_ones_that_are_checked() -> None:
    assert header_of(BODY, at=5).endswith(signature(BODY, at=5))
