"""A whole connector for each story: both sandboxes, ingest, writer, SQLite, on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.demo import Connector, running_connector
from services.sandbox.run import Auth, Protocol, Sandbox
from services.sandbox.stripe.webhooks import Policy
from tests.soap import FOLDER

Start = Callable[..., Connector]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a connector; `policy` says how Stripe's deliveries behave, `auth` and `protocol` how it speaks to NetSuite, the rest are sections of the settings."""
    with ExitStack() as running:

        def begin(
            policy: Policy | None = None, seed: int = 1, auth: Auth = "tba", protocol: Protocol = "rest", **sections: Any
        ) -> Connector:
            wsdl = FOLDER if protocol == "soap" else None
            sandbox = running.enter_context(Sandbox(seed=seed, policy=policy, auth=auth, protocol=protocol, wsdl=wsdl))
            return running.enter_context(running_connector(sandbox, str(tmp_path), **sections))

        yield begin
