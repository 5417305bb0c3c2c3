"""`monitor:` of a service: what it says, what it means without a word, and each fault at its place."""

from __future__ import annotations

import pytest
from written_project import WrittenProject

from skewless.ground.durations import Duration
from skewless.project.environment import Secret, reveal
from skewless.project.model import Monitoring, Rule, WatchedFeature


def _monitoring(project: WrittenProject, text: str) -> Monitoring:
    read = project.write("features/f.yml", f"services:\n  - name: s\n    features: [v]\n    monitor: {text}\n").read()
    assert read.diagnostics == ()
    return read.files.services[0].monitoring


def _faults(project: WrittenProject, text: str) -> list[str]:
    return project.faults_of(f"services:\n  - name: s\n    features: [v]\n    monitor: {text}\n")


@pytest.mark.parametrize("text", ["", "{}", "{thresholds: , features: , webhook: }"])
def test_without_a_word_there_are_the_defaults(project: WrittenProject, text: str) -> None:
    assert _monitoring(project, text) == Monitoring(
        baseline=None, log=None, every=Duration.parse("1 day"), bins=10, categories=20, min_rows=500
    )


def test_everything_can_be_said(project: WrittenProject) -> None:
    found = _monitoring(
        project,
        """
      baseline: training.parquet
      log: served
      every: 6 hours
      bins: 20
      categories: 5
      min_rows: 1
      thresholds:
        psi: {warn: 0.2, fail: 1}
        freshness: {warn: 30 minutes, fail: 1 hour}
        null_rate: {}
      features:
        a: {psi: {fail: 0.5}}
        b: {enabled: false}""",
    )
    assert (found.baseline, found.log, found.every) == ("training.parquet", "served", Duration.parse("6 hours"))
    assert (found.bins, found.categories, found.min_rows) == (20, 5, 1)
    assert found.rules == {
        "psi": Rule(warn=0.2, fail=1.0), "freshness": Rule(warn=1800.0, fail=3600.0), "null_rate": Rule(),
    }  # fmt: skip
    assert found.features == {
        "a": WatchedFeature(enabled=True, rules={"psi": Rule(fail=0.5)}),
        "b": WatchedFeature(enabled=False, rules={}),
    }
    assert {name: (span.line, span.column) for name, span in found.feature_spans.items()} == {
        "a": (16, 9),
        "b": (17, 9),
    }


def test_a_webhook_hides_its_address_and_its_headers(project: WrittenProject) -> None:
    found = _monitoring(
        project, "{webhook: {url: 'https://h.example/s3cret', on: warn, headers: {X: hidden}, timeout: 2}}"
    )
    hook = found.webhook
    assert hook is not None
    assert (hook.on, hook.timeout, reveal(hook.url), reveal(hook.headers)) == (
        "warn", 2.0, "https://h.example/s3cret", {"X": "hidden"},
    )  # fmt: skip
    assert isinstance(hook.url, Secret)
    assert "s3cret" not in repr(found)
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", "invalid-value 4:14-14 the monitor of a service is a mapping of keys to values"),
        ("{logs: served}", "unknown-key 4:15-18 'logs' is not a key of the monitor of a service | did you mean 'log'?"),
        ("{psi: {warn: 1}}", "unknown-key 4:15-17 'psi' is not a key of the monitor of a service | thresholds stand under 'thresholds'"),
        ("{bins: 1}", "invalid-value 4:21-21 'bins' must be 2 or more"),
        ("{min_rows: some}", "invalid-value 4:25-28 'min_rows' must be a whole number"),
        ("{every: 1 month}", "calendar-window 4:22-28 '1 month' has no fixed length | write '30 days'"),
        ("{every: 0 days}", "invalid-value 4:22-27 a period must be longer than nothing"),
        ("{every: 5}", "invalid-value 4:22-22 '5' is not a duration; write a number and a unit, such as '1 hour' or '7 days'"),
        ("{thresholds: {psy: {warn: 1}}}", "unknown-key 4:28-30 'psy' is not a key of the thresholds of a service | did you mean 'psi'?"),
        ("{thresholds: {psi: 0.3}}", "invalid-value 4:33-35 a threshold is a mapping of keys to values"),
        ("{thresholds: {psi: {error: 1}}}", "unknown-key 4:34-38 'error' is not a key of a threshold | did you mean 'fail'?"),
        ("{thresholds: {psi: {warn: -1}}}", "invalid-value 4:40-41 '-1' is not a threshold: write a number, 0 or more"),
        ("{thresholds: {psi: {warn: .nan}}}", "invalid-value 4:40-43 'nan' is not a threshold: write a number, 0 or more"),
        ("{thresholds: {psi: {warn: true}}}", "invalid-value 4:40-43 'True' is not a threshold: write a number, 0 or more"),
        ("{thresholds: {null_rate: {fail: 5}}}", "invalid-value 4:46-46 '5' is not a threshold: a share is a number from 0 to 1"),
        ("{thresholds: {freshness: {fail: 5}}}", "invalid-value 4:46-46 '5' is not a duration; write a number and a unit, such as '1 hour' or '7 days'"),
        ("{thresholds: {psi: {warn: 2, fail: 1}}}", "invalid-value 4:40-40 'psi' would fail before it warns | give 'warn' the smaller threshold"),
        ("{features: [a]}", "invalid-value 4:25-27 'features' of a monitor is a mapping of names to thresholds"),
        ("{features: {a: {enabled: maybe}}}", "invalid-value 4:39-43 'enabled' must be true or false"),
        ("{features: {a: {psi: {fail: x}}}}", "invalid-value 4:42-42 'x' is not a threshold: write a number, 0 or more"),
        ("{webhook: {on: fail}}", "missing-key 4:24-33 a webhook needs 'url'"),
        ("{webhook: {url: 'ftp://h/x'}}", "invalid-value 4:30-40 the url of the webhook is no web address | write https://host/path"),
        ("{webhook: {url: 'http://h:x/'}}", "invalid-value 4:30-42 the url of the webhook is no URL | write https://host/path"),
        ("{webhook: {url: 'http://h', on: fial}}", "invalid-value 4:46-49 'on' must be 'always', 'warn' or 'fail' | did you mean 'fail'?"),
        ("{webhook: {url: 'http://h', timeout: 0}}", "invalid-value 4:51-51 'timeout' must be more than 0.0"),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_place(project: WrittenProject, text: str, expected: str) -> None:
    assert _faults(project, text) == [expected]


def test_a_name_that_yaml_takes_for_a_number_is_a_name(project: WrittenProject) -> None:
    assert list(_monitoring(project, "{features: {1: {enabled: false}}}").features) == ["1"]
