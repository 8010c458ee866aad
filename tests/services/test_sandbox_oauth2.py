"""The sandbox's OAuth 2.0 over real HTTP: which assertion buys a token, which token opens the door, and what the answers are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from adapters.netsuite.emulator import NetSuite
from services.sandbox.netsuite import CLIENT_ID, NetSuiteApp, netsuite_app
from services.sandbox.netsuite.oauth2 import ASSERTION, TOKEN
from tests.adapters.signing_keys import PrivateKey, ec_key, rsa_key
from tests.services.loopback import served

CUSTOMERS = "/services/rest/record/v1/customer"
SUITEQL = "/services/rest/query/v1/suiteql"


class Sandbox:
    """The running sandbox, whose clock the test sets; it knows an EC certificate "ec" and an RSA certificate "rsa"."""

    def __init__(self) -> None:
        self.now = time.time()
        self.app: NetSuiteApp = netsuite_app(NetSuite(), now=lambda: self.now)
        self.app.oauth2.certificates.update(ec=ec_key().public_key(), rsa=rsa_key().public_key())
        self.address = ""

    def assertion(self, key: PrivateKey | None = None, algorithm: str = "ES256", kid: str = "ec", **claims: Any) -> str:
        now = int(self.now)
        said = {"iss": CLIENT_ID, "scope": ["rest_webservices"], "aud": self.address + TOKEN, "iat": now, "exp": now + 600, **claims}
        return jwt.encode({name: value for name, value in said.items() if value is not None}, key or ec_key(), algorithm, {"kid": kid})

    def ask(self, assertion: str = "", **form: str) -> requests.Response:
        said = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion or self.assertion(),
            **form,
        }
        return requests.post(self.address + TOKEN, data=said, timeout=10)

    def token(self) -> str:
        return str(self.ask().json()["access_token"])

    def call(self, authorization: str) -> requests.Response:
        return requests.get(self.address + CUSTOMERS, headers={"Authorization": authorization}, timeout=10)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    with served(made.app) as address:
        made.address = address
        yield made


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(ec_key(), "ES256", "ec"), (rsa_key(), "PS256", "rsa"), (rsa_key(), "PS512", "rsa")],
    ids=["EC with ES256", "RSA with PS256", "RSA with PS512"],
)
def test_a_signed_assertion_buys_a_token_for_an_hour_that_opens_every_rest_call(
    sandbox: Sandbox, key: PrivateKey, algorithm: str, kid: str
) -> None:
    answer = sandbox.ask(sandbox.assertion(key, algorithm, kid))
    assert answer.status_code == 200
    granted = answer.json()
    assert set(granted) == {"access_token", "expires_in", "token_type"}
    assert int(granted["expires_in"]) == 3600
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert requests.get(sandbox.address + CUSTOMERS, headers=bearer, timeout=10).status_code == 200
    made = requests.post(sandbox.address + CUSTOMERS, json={"externalId": "cus_1", "companyName": "Ada"}, headers=bearer, timeout=10)
    assert made.status_code == 204
    asked = requests.post(
        sandbox.address + SUITEQL, json={"q": "SELECT id, symbol FROM currency"}, headers={**bearer, "Prefer": "transient"}, timeout=10
    )
    assert asked.status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        pytest.param({"key": rsa_key(), "algorithm": "RS256", "kid": "rsa"}, 400, "invalid_request", id="RS256 is not accepted"),
        pytest.param({"key": ec_key(number=1)}, 401, "invalid_client", id="another key"),
        pytest.param({"key": rsa_key(), "algorithm": "PS256"}, 401, "invalid_client", id="an RSA signature under the EC certificate"),
        pytest.param({"kid": "none"}, 401, "invalid_client", id="a certificate id that is not mapped"),
        pytest.param({"iss": "other"}, 401, "invalid_client", id="another client id"),
        pytest.param({"aud": "https://1.suitetalk.api.netsuite.com" + TOKEN}, 401, "invalid_client", id="another audience"),
        pytest.param({"exp": None}, 401, "invalid_client", id="no end"),
        pytest.param({"exp": 4000}, 400, "invalid_request", id="more than an hour"),
        pytest.param({"iat": -1000, "exp": -400}, 400, "invalid_grant", id="expired"),
        pytest.param({"iat": 900, "exp": 1500}, 400, "invalid_grant", id="of the future"),
        pytest.param({"scope": ["restlets"]}, 400, "invalid_scope", id="without REST web services"),
    ],
)
def test_an_assertion_that_is_not_right_buys_nothing(sandbox: Sandbox, change: dict[str, Any], status: int, error: str) -> None:
    """`iat` and `exp` are seconds from now."""
    moments = {name: int(time.time()) + change[name] for name in ("iat", "exp") if change.get(name) is not None}
    answer = sandbox.ask(sandbox.assertion(**change | moments))
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert sandbox.app.calls.calls()[-1].note, "the log says why"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": "nonsense"}, "invalid_client"),
        ({"client_assertion": "e30.e30.e30"}, "invalid_request"),
    ],
)
def test_a_form_that_is_not_right_buys_nothing(sandbox: Sandbox, form: dict[str, str], error: str) -> None:
    answer = sandbox.ask(**form)
    assert answer.status_code in (400, 401)
    assert answer.json() == {"error": error}


def test_a_token_holds_for_an_hour_of_the_sandboxs_clock(sandbox: Sandbox) -> None:
    token, began = sandbox.token(), sandbox.now
    statuses = []
    for seconds in (0, 3599, 3601):
        sandbox.now = began + seconds
        statuses.append(sandbox.call(f"Bearer {token}").status_code)
    assert statuses == [200, 200, 401]


def test_a_wrong_token_is_answered_as_documented(sandbox: Sandbox) -> None:
    token = sandbox.token()
    sandbox.app.oauth2.revoke()
    for wrong in (token, token[:-2] + "xx", "abc"):
        answer = sandbox.call(f"Bearer {wrong}")
        assert answer.status_code == 401
        assert (
            answer.headers["WWW-Authenticate"]
            == 'Bearer realm="SANDBOX", error="invalid_token", error_description="Invalid login attempt."'
        )
    assert sandbox.call(f"Bearer {sandbox.token()}").status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "bearer ü".encode("latin-1").decode("latin-1")])
def test_a_malformed_token_is_a_400_invalid_request(sandbox: Sandbox, header: str) -> None:
    answer = sandbox.call(header)
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


def test_token_based_authentication_stays_beside_it(sandbox: Sandbox) -> None:
    assert requests.get(sandbox.address + CUSTOMERS, timeout=10).status_code == 401
