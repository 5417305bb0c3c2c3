"""The reference of the monitor lists its gauges, verdicts, keys and defaults, and nothing else."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from monitor.served import Watched, write_watched

from skewless.monitor.distances import FLOOR
from skewless.monitor.gauges import GAUGES
from skewless.monitor.judge import DEFAULTS
from skewless.monitor.result import Level
from skewless.project.model import Monitoring
from skewless.project.properties.monitoring import RULES

from .pages import listed, quoted, read, rows, section

PAGE, DRIFT = read("reference/monitor.md"), read("explanation/drift.md")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    shop: Watched = write_watched(tmp_path_factory.mktemp("shop"), {"amount": "double"})
    shop.train({"amount": [1.0]})
    shop.serve({"amount": [1.0]})
    return shop.result()


def test_gauges_are_listed_with_their_labels() -> None:
    found = {quoted(row[0])[0]: tuple(quoted(row[2])) for row in rows(section(PAGE, "Gauges"))}
    assert found == {name: labels for name, (_, labels) in GAUGES.items()}


def test_verdicts_are_listed() -> None:
    assert listed(section(PAGE, "Verdicts")) == list(get_args(Level))


def test_keys_of_the_result_are_listed(result: dict[str, Any]) -> None:
    [feature] = result["features"]
    assert listed(section(PAGE, "JSON")) == [*result, *feature, *feature["served"]]
    assert feature["periods"][0].keys() == {"start", *feature["served"]}


def test_default_thresholds_are_listed() -> None:
    known = [row for row in rows(section(DRIFT, "Thresholds")) if quoted(row[0])]
    assert {quoted(row[0])[0]: (float(row[1]), float(row[2])) for row in known} == {
        metric: (rule.warn, rule.fail) for metric, rule in DEFAULTS.items()
    }


def test_metrics_are_explained() -> None:
    words = {
        word for name in ("Distances", "Rates and age") for row in rows(section(DRIFT, name)) for word in quoted(row[0])
    }
    assert words == set(RULES)


def test_defaults_of_the_settings_are_listed() -> None:
    found = {quoted(row[0])[0]: row[2] for row in rows(section(read("reference/properties.md"), "A monitor"))}
    defaults = Monitoring()
    assert [found[name] for name in ("bins", "categories", "min_rows")] == [
        str(defaults.bins), str(defaults.categories), str(defaults.min_rows),
    ]  # fmt: skip
    assert found["every"] == f"`{defaults.every}`"


def test_the_floor_of_smoothing_is_told() -> None:
    assert f"{FLOOR:.4f}" in DRIFT
