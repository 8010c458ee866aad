"""The writer's metrics: what they count, and where they are served."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from adapters.netsuite.budget import Budget
from adapters.netsuite.observing import Seen
from services.config import Embedded
from services.running import running_writer
from services.sandbox.run import Sandbox
from services.writer.metrics import WriterMetrics, served_metrics


def samples(page: bytes) -> dict[str, float]:
    """From the page: each sample's value by its name after the prefix, labels in braces; buckets left out."""
    found = [each for family in text_string_to_metric_families(page.decode()) for each in family.samples]
    return {
        each.name.removeprefix("stripe_netsuite_writer_netsuite_")
        + (f"{{{','.join(each.labels.values())}}}" if each.labels else ""): each.value
        for each in found
        if not each.name.endswith(("_bucket", "_created"))
    }


def test_calls_are_counted_by_method_and_status_and_time_in_the_queue_apart() -> None:
    metrics = WriterMetrics()
    for status in (204, 204, 429, 0):
        metrics.called(Seen("POST", "/services/rest/record/v1/invoice/eid:in_1", status, 0.5, 2.0))
    found = samples(metrics.page())
    assert (found["calls_total{POST,204}"], found["calls_total{POST,429}"], found["calls_total{POST,0}"]) == (2, 1, 1)
    assert (found["call_seconds_sum"], found["queue_seconds_sum"], found["queue_seconds_count"]) == (2, 8, 4)
    assert b"in_1" not in metrics.page(), "no label holds an id"


def test_the_budget_shows_as_it_is_now() -> None:
    metrics, budget = WriterMetrics(), Budget(5)
    assert "limit" not in samples(metrics.page())
    metrics.watch(lambda: budget.usage)
    with budget.place() as place:
        budget.had_no_room(place)
        found = samples(metrics.page())
    assert {name: found[name] for name in ("in_flight", "waiting", "limit", "most")} == {
        "in_flight": 1,
        "waiting": 0,
        "limit": 3,
        "most": 5,
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_running_writer_serves_them_where_the_settings_say(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    with Sandbox() as sandbox:
        given: dict[str, Any] = {
            **sandbox.settings(),
            "storage": {"url": f"sqlite:///{tmp_path}"},
            "writer": {"listen": "127.0.0.1:0", "metrics": address},
        }
        with running_writer(Embedded(**given)) as (container, _):
            charge = sandbox.world.charges.pay(2900, customer=None)
            container.use_case().resync(charge, "")
            found = samples(requests.get(f"http://{address}/metrics", timeout=10).content)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://{address}/metrics", timeout=1)
    assert found["calls_total{POST,204}"] >= 1
    assert (found["in_flight"], found["limit"], found["most"]) == (0, 4, 4)


def test_a_taken_address_is_said_by_name() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"metrics cannot listen on {address}"), served_metrics(WriterMetrics(), address):
            pass
