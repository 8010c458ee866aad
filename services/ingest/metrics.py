"""What ingest counts, for Prometheus; no label ever holds an id."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from core.inbox import EventState, Stats
from core.outcome import Failed, Outcome

PREFIX = "stripe_netsuite_ingest"
LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class IngestMetrics:
    """One registry a server, so that two in one process do not mix."""

    def __init__(self, stats: Callable[[], Stats], altered: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._stats, self._altered = stats, altered
        self.accept_seconds = self._histogram("accept_seconds", "From the whole body read to the answer, of stored webhooks.")
        self.sync_seconds = self._histogram("sync_seconds", "One call of the writer.")
        self.wait_seconds = self._histogram("wait_seconds", "From an object's claim to the end of its work.")
        self._received = self._counter("webhooks", "Webhooks by what became of them.", "answer")
        self._rejected = self._counter("rejected", "Refused webhooks by reason.", "reason")
        self._outcomes = self._counter("outcomes", "Calls of the writer by how they ended.", "outcome")
        self._missed = self._counter("missed", "Events that a sweep of Stripe's event list found and nobody had delivered.")
        self.accepted = self._received.labels("accepted")
        self.ignored = self._received.labels("ignored")
        self.duplicate = self._received.labels("duplicate")
        self._registry.register(self)

    def rejected(self, reason: str) -> None:
        """Count a refusal; `reason` is one of a few words."""
        self._rejected.labels(reason).inc()

    def missed(self, events: int) -> None:
        """Count what a sweep found."""
        self._missed.inc(events)

    def outcome(self, outcome: Outcome) -> None:
        """Count a call of the writer."""
        self._outcomes.labels(outcome.kind.value if isinstance(outcome, Failed) else type(outcome).__name__.lower()).inc()

    def page(self) -> bytes:
        """The metrics as text; asks the inbox, so it may block."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the inbox."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The inbox's counts as they are now."""
        stats = self._stats()
        events = GaugeMetricFamily(f"{PREFIX}_events", "Stored events by state.", labels=["state"])
        for state in EventState:
            events.add_metric([state.value], getattr(stats, state.value))
        yield events
        yield GaugeMetricFamily(f"{PREFIX}_oldest_waiting_seconds", "Age of the oldest open event.", value=stats.oldest_waiting_s or 0)
        if stats.last_sweep_s is not None:
            yield GaugeMetricFamily(f"{PREFIX}_last_sweep_seconds", "Since Stripe's event list was swept.", value=stats.last_sweep_s)
        paused = GaugeMetricFamily(f"{PREFIX}_pauses", "Pauses of handing on that hold, by what they hold.", labels=["of"])
        for of, number in (
            ("everything", of_all := sum(each.account is None for each in stats.pauses)),
            ("account", len(stats.pauses) - of_all),
        ):
            paused.add_metric([of], number)
        yield paused
        scheduled = GaugeMetricFamily(f"{PREFIX}_schedule_ok", "Whether scheduled work last went well (1) or not (0).", labels=["name"])
        for each in stats.schedules:
            if each.ended_at:
                scheduled.add_metric([each.name], each.is_ok)
        yield scheduled
        yield GaugeMetricFamily(f"{PREFIX}_altered", "Deliveries of a stored event's id naming another subject.", value=self._altered())

    def _histogram(self, name: str, says: str) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", says, buckets=LATENCIES_S, registry=self._registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", says, labels, registry=self._registry)
