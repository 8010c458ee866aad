"""However the writer logs in to NetSuite, the same fortnight ends in the same books."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.netsuite.soap_wsdl import PORT
from core.inbox import EventState
from services.sandbox.netsuite import Call
from services.sandbox.netsuite.oauth2 import TOKEN
from services.sandbox.run import Auth
from tests.soap import needs_wsdl
from tests.stories.conftest import Start
from tests.stories.test_fortnight import BOOKS, books


@pytest.mark.parametrize("auth", ["tba", "oauth2"], ids=["REST with token-based authentication", "REST with OAuth 2.0"])
def test_the_fortnight_ends_in_the_same_books(start: Start, auth: Auth) -> None:
    connector = start(auth=auth)
    for _ in connector.sandbox.play():
        pass
    connector.settle()
    connector.finish()
    assert books(connector) == BOOKS
    assert connector.proof().holds
    assert connector.inbox.list(EventState.FAILED) == []
    calls = connector.sandbox.netsuite_app.calls.calls()
    assert [call.note for call in calls if call.status in (400, 401)] == []
    assert len(tokens(calls)) == (1 if auth == "oauth2" else 0)


@pytest.mark.xdist_group("soap")
@needs_wsdl
def test_over_soap_the_fortnight_ends_in_the_same_books_and_every_message_is_of_the_wsdl(start: Start) -> None:
    connector = start(protocol="soap")
    for _ in connector.sandbox.play():
        pass
    connector.settle()
    connector.finish()
    assert books(connector) == BOOKS
    assert connector.proof().holds
    assert connector.inbox.list(EventState.FAILED) == []
    calls = connector.sandbox.netsuite_app.calls.calls()
    assert {call.path for call in calls} == {PORT}
    assert [call.note for call in calls if call.note] == []
    assert {"add", "upsert"} & {call.method for call in calls}


def test_a_token_that_ends_before_its_time_is_renewed_and_nothing_fails(start: Start) -> None:
    connector = start(auth="oauth2")
    for day, _ in enumerate(connector.sandbox.play()):
        connector.settle()
        if day == 7:
            connector.sandbox.netsuite_app.oauth2.revoke()
    connector.finish()
    assert books(connector) == BOOKS
    assert connector.inbox.list(EventState.FAILED) == []
    assert len(tokens(connector.sandbox.netsuite_app.calls.calls())) == 2


def tokens(calls: Sequence[Call]) -> list[Call]:
    """The calls that asked for a token."""
    return [call for call in calls if call.path == TOKEN]
