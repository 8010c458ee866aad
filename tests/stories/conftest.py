"""A whole connector for each story: both sandboxes, ingest, writer, SQLite, on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.demo import Connector, running_connector
from services.sandbox.run import Auth, Sandbox
from services.sandbox.stripe.webhooks import Policy

Start = Callable[..., Connector]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a connector; `policy` says how Stripe's deliveries behave, `auth` how it logs in, the rest are sections of the settings."""
    with ExitStack() as running:

        def begin(policy: Policy | None = None, seed: int = 1, auth: Auth = "tba", **sections: Any) -> Connector:
            sandbox = running.enter_context(Sandbox(seed=seed, policy=policy, auth=auth))
            return running.enter_context(running_connector(sandbox, str(tmp_path), **sections))

        yield begin
