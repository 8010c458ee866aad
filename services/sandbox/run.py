"""Both sandboxes as one running server, with Stripe's webhooks going out: for `serve sandbox`, the demo and the stories."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from adapters.netsuite.emulator import NetSuite, Preferences
from services.config import PREFIX
from services.http_server import HttpServer
from services.sandbox.app import SandboxApp
from services.sandbox.netsuite import CERTIFICATE_ID, CLIENT_ID, SANDBOX_CREDENTIALS, NetSuiteApp, netsuite_app
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.fortnight import play_fortnight
from services.sandbox.stripe.webhooks import Policy, Webhooks
from services.sandbox.stripe.world import World

WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - everybody's, and of no use outside the sandbox

Auth = Literal["tba", "oauth2"]
Protocol = Literal["rest", "soap"]


class Sandbox:
    """A Stripe and a NetSuite of their own, on `listen`, between entering and leaving; `auth` is how its settings say to log in, `protocol` which of
    NetSuite's wires they say to use. `wsdl` is the folder of NetSuite's own WSDL, for the sandbox to serve and to check SOAP's messages against.
    `suite_tax`: NetSuite takes tax details, else no tax through its API but as lines."""

    def __init__(
        self,
        listen: str = "127.0.0.1:0",
        *,
        seed: int = 1,
        policy: Policy | None = None,
        concurrency_limit: int = 5,
        latency_s: float = 0.0,
        auth: Auth = "tba",
        protocol: Protocol = "rest",
        wsdl: Path | None = None,
        suite_tax: bool = False,
    ) -> None:
        self.world = World(seed)
        self.netsuite = NetSuite(preferences=Preferences(suite_tax=suite_tax))
        self.netsuite_app: NetSuiteApp = netsuite_app(self.netsuite, concurrency_limit=concurrency_limit, latency_s=latency_s, wsdl=wsdl)
        self.webhooks = Webhooks(self.world, policy)
        self.address = ""
        self.private_key_file = Path()
        self._auth = auth
        self._protocol = protocol
        self._seed = seed
        self._server = HttpServer(SandboxApp(stripe_app(self.world), self.netsuite_app), listen)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.address = self._server.start()
        self._running.callback(self._server.stop)
        self._running.enter_context(self.webhooks)
        if self._auth == "oauth2":
            folder = self._running.enter_context(tempfile.TemporaryDirectory(prefix="stripe-netsuite-sandbox-"))
            self.private_key_file = Path(folder) / "private-key.pem"
            self.private_key_file.touch(mode=0o600)
            self.private_key_file.write_text(self.netsuite_app.oauth2.private_key())
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def play(self, *, wide: bool = False) -> Iterator[date]:
        """The merchant's fortnight, a day at a time; `wide` with one of each rarer flow."""
        return play_fortnight(self.world, self._seed, wide=wide)

    def settings(self) -> dict[str, dict[str, Any]]:
        """The settings of a connector that uses these sandboxes, by section."""
        return {
            "stripe": {"api_key": API_KEY, "api_base": self.address, "webhook_secrets": WEBHOOK_SECRET},
            "netsuite": {
                "base_url": self.address,
                "account": SANDBOX_CREDENTIALS.account,
                "protocol": self._protocol,
                "auth": self._auth,
                **self._login(),
            },
            "accounts": ACCOUNTS,
        }

    def _login(self) -> dict[str, str]:
        credentials = SANDBOX_CREDENTIALS
        if self._auth == "oauth2":
            return {"client_id": CLIENT_ID, "certificate_id": CERTIFICATE_ID, "private_key_file": str(self.private_key_file)}
        return {
            "consumer_key": credentials.consumer_key,
            "consumer_secret": credentials.consumer_secret,
            "token_id": credentials.token,
            "token_secret": credentials.token_secret,
        }

    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        flat: dict[str, str] = {}
        for section, values in self.settings().items():
            for key, value in values.items():
                nested = value if isinstance(value, dict) else {"": value}
                flat |= {f"{PREFIX}{section}__{key}{'__' if inner else ''}{inner}".upper(): str(text) for inner, text in nested.items()}
        return flat


# The sandbox's chart of accounts as the settings' [accounts], for all who use the sandbox.
ACCOUNTS = {
    "undeposited_funds": "110",
    "income": "400",
    "payment_fees": "600",
    "stripe_fees": "601",
    "network_fees": "602",
    "application_fees": "603",
    "dispute_fees": "604",
    "dispute_reversals": "490",
    "adjustments": "605",
    "suspense": "690",
    "bad_debt": "606",
    "discounts": "495",
    "tax_payable": "210",
    "receivable": "120",
    "bank": {"usd": "101", "eur": "102", "gbp": "103", "jpy": "104"},
}
