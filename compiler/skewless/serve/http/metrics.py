"""What is counted, and its text for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from skewless.serve.http.plans import Plan
from skewless.serve.log import Counts
from skewless.serve.vector import Vector
from skewless.stores.store import StateInfo

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
AGE = "skewless_state_age_seconds"
METRICS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skewless_requests_total": ("Requests by route, service and HTTP status.", ("route", "service", "status")),
    "skewless_request_seconds": ("Time from the head of a request to its answer.", ("route", "service")),
    "skewless_entity_rows_total": ("Entity rows that were answered.", ("service",)),
    "skewless_values_total": ("Values that were answered, by view and status.", ("service", "view", "status")),
    "skewless_pushed_rows_total": ("Rows that were pushed and written.", ("source",)),
    "skewless_rejected_rows_total": ("Rows that were pushed and refused.", ("source",)),
    "skewless_store_errors_total": ("Requests that the online store did not answer.", ()),
    "skewless_serving_log_rows_total": ("Rows for the serving log, by what became of them.", ("outcome",)),
    AGE: ("Time since the moment that a view's online state was loaded for.", ("view", "version")),
}
"""Every metric: its help text and its labels."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one process. With `folder`, worker processes add up theirs in its files; see `run`."""

    def __init__(self, folder: Path | None = None) -> None:
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._folder = folder
        self._registry = prometheus.CollectorRegistry()
        self._requests = self._counter("skewless_requests_total")
        name = "skewless_request_seconds"
        self._seconds = prometheus.Histogram(name, *METRICS[name], registry=self._registry, buckets=SECONDS)
        self._rows = self._counter("skewless_entity_rows_total")
        self._values = self._counter("skewless_values_total")
        self._pushed = self._counter("skewless_pushed_rows_total")
        self._rejected = self._counter("skewless_rejected_rows_total")
        self._store_errors = self._counter("skewless_store_errors_total")
        self._log_rows = self._counter("skewless_serving_log_rows_total")
        self._logged = Counts(written=0, waiting=0, dropped=0, failed=0)
        self._known: dict[tuple[str, ...], Any] = {}

    def _counter(self, name: str) -> prometheus.Counter:
        return prometheus.Counter(name, *METRICS[name], registry=self._registry)

    def requested(self, route: str, service: str, status: int, seconds: float) -> None:
        """Once a request has been answered, whatever the answer."""
        self._labelled(self._requests, route, service, str(status)).inc()
        self._labelled(self._seconds, route, service).observe(seconds)

    def answered(self, plan: Plan, vectors: Sequence[Vector], rows: int) -> None:
        """Once a vector has been made."""
        self._labelled(self._rows, plan.service).inc(rows)
        counts: Counter[tuple[str, str]] = Counter()
        for part, vector in zip(plan.parts, vectors, strict=True):
            for feature in part.features:
                words = vector.statuses[feature.name]
                present = words.count("PRESENT")
                counts[feature.view, "PRESENT"] += present
                if present < rows:
                    counts.update((feature.view, word) for word in words if word != "PRESENT")
        for (view, status), count in counts.items():
            self._labelled(self._values, plan.service, view, status).inc(count)

    def pushed(self, source: str, accepted: int, refused: int) -> None:
        """Once rows have been written."""
        self._labelled(self._pushed, source).inc(accepted)
        self._labelled(self._rejected, source).inc(refused)

    def logged(self, counts: Counts) -> None:
        """What the serving log of this process has counted since it began."""
        before, self._logged = self._logged, counts
        for outcome in ("written", "dropped", "failed"):
            self._labelled(self._log_rows, outcome).inc(getattr(counts, outcome) - getattr(before, outcome))

    def store_failed(self) -> None:
        self._store_errors.inc()

    def text(self, ages: Collector) -> bytes:
        """The exposition; `ages` are known to whoever has looked into the store just now."""
        registry = self._registry
        if self._folder is not None:
            registry = prometheus.CollectorRegistry()
            MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
        of_state = prometheus.CollectorRegistry()
        of_state.register(ages)
        return prometheus.generate_latest(registry) + prometheus.generate_latest(of_state)

    def _labelled(self, metric: Any, *labels: str) -> Any:
        """Prometheus' own look-up takes a lock."""
        key = (metric._name, *labels)
        child = self._known.get(key)
        if child is None:
            child = self._known[key] = metric.labels(*labels)
        return child


class Ages(Collector):
    """The age of each state at one moment, in seconds."""

    def __init__(self, states: Iterable[StateInfo], views: Mapping[str, str], now: float) -> None:
        self._states, self._views, self._now = tuple(states), views, now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        words, labels = METRICS[AGE]
        gauge = GaugeMetricFamily(AGE, words, labels=labels)
        for info in self._states:
            if info.version in self._views:
                gauge.add_metric((self._views[info.version], info.version), self._now - info.as_of / 1e6)
        return [gauge]
