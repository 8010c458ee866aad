"""HTTP/1.1 as ingest speaks it, byte by byte: https://www.rfc-editor.org/rfc/rfc9112."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.inbox import Arrival
from services.ingest import protocol
from tests.adapters.webhooks import body_of, header_of
from tests.services.ingest_world import World, running


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("ingest") / "ingest.db") as world:
        yield world


def webhook(event_id: str, *lines: str, target: str = "/webhooks/stripe", version: str = "1.1") -> tuple[bytes, bytes]:
    """The head and the body of a good webhook."""
    body = body_of(event_id, subject_id=f"ch_of_{event_id}")
    head = [f"POST {target} HTTP/{version}", "Host: x", f"Content-Length: {len(body)}", f"Stripe-Signature: {header_of(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode(), body


def until_closed(connection: socket.socket) -> bytes:
    got = b""
    while part := connection.recv(65536):
        got += part
    return got


def statuses(answers: bytes) -> list[int]:
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]


def test_answers_come_in_the_order_of_the_requests_and_the_last_one_closes(world: World) -> None:
    requests = [
        b"".join(webhook("evt_order_1")),
        b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
        b"".join(webhook("evt_order_2")),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    with world.raw() as connection:
        connection.sendall(b"".join(requests))
        answers = until_closed(connection)
    assert statuses(answers) == [200, 404, 200, 200]
    assert answers.lower().count(b"connection: close") == 1


def test_a_request_that_comes_byte_by_byte_is_the_same_request(world: World) -> None:
    with world.raw() as connection:
        for byte in b"".join(webhook("evt_bytes", "Connection: close")):
            connection.sendall(bytes([byte]))
        assert statuses(until_closed(connection)) == [200]
    assert world.inbox.find("evt_bytes")


@pytest.mark.parametrize(
    "target",
    ["/webhooks/stripe?from=stripe", "http://ingest.example/webhooks/stripe", "/webhooks/%73tripe"],
    ids=["with a query", "with scheme and host", "with a percent-sign"],
)
def test_the_targets_that_the_standard_allows_lead_to_the_webhook(world: World, target: str) -> None:
    event_id = f"evt_target_{len(target)}"
    with world.raw() as connection:
        connection.sendall(b"".join(webhook(event_id, "Connection: close", target=target)))
        assert statuses(until_closed(connection)) == [200]
    assert world.inbox.find(event_id)


def test_http_1_0_is_answered_and_closed(world: World) -> None:
    with world.raw() as connection:
        connection.sendall(b"".join(webhook("evt_old", version="1.0")))
        assert statuses(until_closed(connection)) == [200]


def test_a_chunked_body_is_put_together_and_a_signature_after_it_is_none(world: World) -> None:
    body = body_of("evt_chunked", subject_id="ch_chunked")
    head = b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:1000], body[1000:]) if part) + b"0\r\n"
    signed = b"Stripe-Signature: " + header_of(body).encode() + b"\r\n"
    with world.raw() as connection:
        connection.sendall(
            head + b"\r\n" + chunks + signed + b"\r\n" + head + b"Connection: close\r\n" + signed + b"\r\n" + chunks + b"\r\n"
        )
        answers = until_closed(connection)
    assert statuses(answers) == [400, 200]
    assert b"missing" in answers


def test_who_asks_before_sending_the_body_is_told_to_go_on(world: World) -> None:
    head, body = webhook("evt_asks", "Expect: 100-continue", "Connection: close")
    with world.raw() as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert statuses(until_closed(connection)) == [200]


def test_head_is_answered_like_get_without_the_body(world: World) -> None:
    with world.raw() as connection:
        connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = until_closed(connection)
    assert b"content-length: 6\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
    assert b"\r\ndate: " in answer


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    ],
    ids=["TLS", "two ways of length", "two lengths", "a length in words", "a length below zero", "a blank before the colon"],
)
def test_what_is_no_request_is_answered_400_and_closed(world: World, sent: bytes) -> None:
    with world.raw() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answers = until_closed(connection)
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answers


def test_an_upgrade_is_not_made_and_the_request_answered(world: World) -> None:
    with world.raw() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nanything")
        assert statuses(until_closed(connection)) == [200]


def test_a_connection_without_requests_is_closed_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "IDLE_S", 0.2)
    with running(tmp_path / "ingest.db") as world, world.raw() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert statuses(until_closed(connection)) == [200]


def test_what_is_being_stored_when_ingest_stops_is_answered_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "ingest.db") as world:
        accept, stopper = world.inbox.accept_async, threading.Thread(target=world.server.stop)

        async def slowly(arrivals: Sequence[Arrival]) -> Sequence[bool]:
            stopper.start()
            async with asyncio.timeout(10):
                while await takes_connections(world.server.port):  # noqa: ASYNC110 - only the socket says so
                    await asyncio.sleep(0.01)
            return await accept(arrivals)

        monkeypatch.setattr(world.inbox, "accept_async", slowly)
        with world.raw() as connection:
            connection.sendall(b"".join(webhook("evt_last")))
            answer = until_closed(connection)
        stopper.join(10)
        assert statuses(answer) == [200]
        assert b"connection: close" in answer
        assert world.inbox.find("evt_last")


async def takes_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
