"""The file of gauges is what Prometheus reads, with the values of the result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from skewless.monitor.gauges import GAUGES

from .served import Watched, write_watched


@pytest.fixture
def shop(tmp_path: Path) -> Watched:
    name = 'a "quoted"\\ name'
    shop = write_watched(tmp_path / "shop", {"amount": "double", name: "varchar"}, "{min_rows: 10}")
    shop.train({"amount": [1.0, 2.0] * 20, name: ["x", None] * 20})
    shop.serve({"amount": [1.0, math.nan] * 20, name: [None, None] * 20}, statuses=["PRESENT", "NOT_FOUND"] * 20)
    return shop


def test_gauges_have_the_values_of_the_result(shop: Watched) -> None:
    found = shop.result("--prometheus", shop.root / "node" / "skewless.prom")
    text = (shop.root / "node" / "skewless.prom").read_text(encoding="utf-8")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert set(families) == set(GAUGES)
    samples = {(one.name, frozenset(one.labels.items())): one.value for one in _samples(families.values())}

    def value(name: str, **labels: str) -> float | None:
        known = {"project": "shop", "service": "shop_v1", **labels}
        return samples.get((f"skewless_monitor_{name}", frozenset(known.items())))

    for one in found["features"]:
        feature, served = one["name"], one["served"]
        for metric in ("psi", "kl", "js", "ks", "null_rate"):
            assert value(metric, feature=feature) == served[metric], metric
        assert value("level", feature=feature) == 3
        assert value("status_rate", feature=feature, status="NOT_FOUND") == 0.5
        assert value("age_mean_seconds", feature=feature) == 3600
    assert value("features", level="fail") == 2
    assert value("rows") == 40


def _samples(families: Iterable[Metric]) -> Iterator[Sample]:
    return chain.from_iterable(family.samples for family in families)


def test_what_has_no_value_has_no_line(shop: Watched) -> None:
    shop.monitor("--prometheus", shop.root / "m.prom")
    lines = (shop.root / "m.prom").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("skewless_monitor_psi{") for line in lines) == 1
    assert not [line for line in lines if line.endswith(("NaN", "Inf"))]
