"""A result into a file of gauges, as the textfile collector of Prometheus' node exporter reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from skewless.ground.errors import DriverMissing, SkewlessError
from skewless.ground.moments import microseconds
from skewless.monitor.result import LEVELS, MonitorResult, Watched
from skewless.tasks.results import cause_and_help

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skewless_monitor_rows": ("Rows that were compared.", ("project", "service")),
    "skewless_monitor_run_timestamp_seconds": (
        "When they were compared, in seconds since 1970.",
        ("project", "service"),
    ),
    "skewless_monitor_features": ("Features by verdict.", ("project", "service", "level")),
    "skewless_monitor_level": (
        "The verdict of a feature: 0 pass, 1 skip, 2 warn, 3 fail.",
        ("project", "service", "feature"),
    ),
    "skewless_monitor_psi": ("Population stability index.", ("project", "service", "feature")),
    "skewless_monitor_kl": ("Kullback-Leibler divergence in nats.", ("project", "service", "feature")),
    "skewless_monitor_js": ("Jensen-Shannon divergence in nats.", ("project", "service", "feature")),
    "skewless_monitor_ks": ("Kolmogorov-Smirnov statistic over the bins.", ("project", "service", "feature")),
    "skewless_monitor_null_rate": ("Share of NULL in what was served.", ("project", "service", "feature")),
    "skewless_monitor_baseline_null_rate": ("Share of NULL in the baseline.", ("project", "service", "feature")),
    "skewless_monitor_status_rate": (
        "Share of a status in what was served.",
        ("project", "service", "feature", "status"),
    ),
    "skewless_monitor_age_mean_seconds": ("Mean age of what values were made of.", ("project", "service", "feature")),
    "skewless_monitor_age_max_seconds": (
        "Greatest age of what values were made of.",
        ("project", "service", "feature"),
    ),
}
"""Every gauge: its help text and its labels. A measure that has no value has no line."""
Sample = tuple[str, tuple[str, ...], float | None]
"""The name of a gauge, the values of its labels but for project and service, and the value."""


def write_gauges(result: MonitorResult, path: Path) -> None:
    """Writes the file as a whole or not at all. Raises DriverMissing without the packages of the extra 'serve'."""
    try:
        from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
    except ImportError as error:
        raise DriverMissing("--prometheus", "serve") from error
    registry = CollectorRegistry()
    gauges = {name: Gauge(name, *about, registry=registry) for name, about in GAUGES.items()}
    for name, labels, value in _samples(result):
        if value is not None:
            gauges[name].labels(result.project, result.service, *labels).set(value)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        why, help_line = cause_and_help(error)
        raise SkewlessError(f"'{path}' cannot be written: {why}", help=help_line) from error


def _samples(result: MonitorResult) -> Iterator[Sample]:
    yield "skewless_monitor_rows", (), result.rows
    yield "skewless_monitor_run_timestamp_seconds", (), microseconds(result.made_at) / 1e6
    for level in LEVELS:
        yield "skewless_monitor_features", (level,), result.count(level)
    for one in result.features:
        yield from _of_feature(one)


def _of_feature(one: Watched) -> Iterator[Sample]:
    name = (one.name,)
    yield "skewless_monitor_level", name, {"pass": 0, "skip": 1, "warn": 2, "fail": 3}[one.level]
    if one.baseline is not None:
        yield "skewless_monitor_baseline_null_rate", name, one.baseline.tally.null_rate
    if (measures := one.measures) is None:
        return
    yield "skewless_monitor_null_rate", name, measures.null_rate
    yield "skewless_monitor_age_mean_seconds", name, measures.age_mean
    yield "skewless_monitor_age_max_seconds", name, measures.age_max
    for status, rate in measures.statuses.items():
        yield "skewless_monitor_status_rate", (*name, status), rate
    if (apart := measures.distances) is not None:
        for metric in ("psi", "kl", "js", "ks"):
            yield f"skewless_monitor_{metric}", name, getattr(apart, metric)
