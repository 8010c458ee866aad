"""What the writer counts of its calls to NetSuite, for Prometheus; no label ever holds an id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from adapters.netsuite.budget import Usage
from adapters.netsuite.observing import Seen

PREFIX = "stripe_netsuite_writer"
LATENCIES_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
QUEUED_S = (0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class WriterMetrics:
    """One registry a writer, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._usage: Callable[[], Usage] | None = None
        self._calls = Counter(
            f"{PREFIX}_netsuite_calls",
            "Calls to NetSuite by method and status; status 0: no answer.",
            ["method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            f"{PREFIX}_netsuite_call_seconds",
            "One call to NetSuite, its time in the queue apart.",
            buckets=LATENCIES_S,
            registry=self.registry,
        )
        self._queued = Histogram(
            f"{PREFIX}_netsuite_queue_seconds",
            "How long a call waited until it might be in flight.",
            buckets=QUEUED_S,
            registry=self.registry,
        )
        self.registry.register(self)

    def watch(self, usage: Callable[[], Usage]) -> None:
        """Whose budget the gauges show."""
        self._usage = usage

    def called(self, seen: Seen) -> None:
        """Count a call."""
        self._calls.labels(seen.method if seen.method in METHODS else "other", str(seen.status)).inc()
        self._seconds.observe(seen.seconds)
        self._queued.observe(seen.queued_s)

    def page(self) -> bytes:
        """The metrics as text."""
        return generate_latest(self.registry)

    def describe(self) -> list[Metric]:
        """Nothing: there may be no budget yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The budget as it is now."""
        if self._usage is None:
            return
        usage = self._usage()
        yield GaugeMetricFamily(f"{PREFIX}_netsuite_in_flight", "Calls to NetSuite in flight.", value=usage.in_flight)
        yield GaugeMetricFamily(f"{PREFIX}_netsuite_waiting", "Calls that wait until they may be in flight.", value=usage.waiting)
        yield GaugeMetricFamily(f"{PREFIX}_netsuite_limit", "Calls that may be in flight now.", value=usage.limit)
        yield GaugeMetricFamily(f"{PREFIX}_netsuite_most", "Calls that may ever be in flight: the setting.", value=usage.most)


@contextmanager
def served_metrics(metrics: WriterMetrics, listen: str) -> Iterator[int]:
    """GET /metrics at `listen` (`host:port`; port 0 takes a free one), which port it is. OSError when the address is taken."""
    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host, metrics.registry)
    except OSError as error:
        raise OSError(f"the writer's metrics cannot listen on {listen}: {error.strerror}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
