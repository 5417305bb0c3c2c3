"""Unit tests write their rows: what a state that is loaded cannot show, they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewless.verify.result import TestResult
from skewless.verify.unit import run_unit_test

from .faults import FAULTS
from .workshop import unit_test_in, workshop

RETRACTED = """
unit_tests:
  - name: the_row_before_the_retracted_one_is_the_newest_again
    model: newest
    given:
      - input: source('w', 'orders')
        rows:
          - {id: 1, k: 1, x: 1, t: 2026-06-12 09:00:00, known: 2026-06-12 09:00:00}
          - {id: 2, k: 1, x: 2, t: 2026-06-12 09:10:00, known: 2026-06-12 09:10:00}
          - {id: 2, k: 1, x: 2, t: 2026-06-12 09:10:00, known: 2026-06-12 09:30:00, gone: true}
    expect:
      rows:
        - {k: 1, as_of: 2026-06-12 09:20:00, x: 2, x.status: PRESENT}
        - {k: 1, as_of: 2026-06-12 10:00:00, x: 1, x.status: PRESENT}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return workshop(tmp_path).root


def result(folder: Path, text: str) -> TestResult:
    return run_unit_test(*unit_test_in(folder, text))


def test_rows_are_written_as_they_became_known(folder: Path) -> None:
    assert result(folder, RETRACTED).status == "pass"


def test_what_was_let_go_of_too_early_is_missed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS["older_row_dropped_though_the_newer_may_be_retracted"].inject(monkeypatch)
    found = result(folder, RETRACTED)
    assert found.status == "fail"
    assert found.message == "2 values differ on the write path"


def test_a_status_that_is_another_fails(folder: Path) -> None:
    found = result(folder, RETRACTED.replace("x: 2, x.status: PRESENT", "x.status: NOT_FOUND"))
    assert found.status == "fail"
    assert "NOT_FOUND -> PRESENT" in found.detail


def test_the_time_of_the_row_that_is_served_is_expected(folder: Path) -> None:
    told = "x.event_timestamp: 2026-06-12 09:10:00"
    text = RETRACTED.replace("x: 2, x.status: PRESENT", told)
    assert result(folder, text).status == "pass"
    assert result(folder, text.replace(told, "x.event_timestamp: 2026-06-12 09:10:01")).status == "fail"


def test_a_row_that_no_push_takes_is_loaded(folder: Path) -> None:
    """A primary key of NULL: rows of it are versions of one event all the same."""
    assert result(folder, RETRACTED.replace("id: 2", "id: null")).status == "pass"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("gone: true}", "gone: true}\n        comes: [0, 1, 1]"),
            "'comes' needs a `delivered`, whose steps it counts",
        ),
        (
            ("    given:", "    delivered: {loaded_at: 2026-06-12}\n    given:"),
            "'comes' is said of 2 rows, and source('w', 'orders') has 3",
        ),
    ],
)
def test_a_delivery_of_other_rows_is_at_fault(folder: Path, change: tuple[str, str], message: str) -> None:
    text = RETRACTED.replace(*change)
    if "delivered:" in text:
        text = text.replace("gone: true}", "gone: true}\n        comes: [0, 1]")
    found = result(folder, text)
    assert found.status == "error"
    assert message in found.message + found.detail
