"""Unit tests: inputs, expected rows, fixtures and overrides."""

from __future__ import annotations

from datetime import datetime

import pytest
from written_project import WrittenProject

from skewless.project.model import Delivery, UnitTest
from skewless.project.properties.unit_tests import WrittenRow


def the_test(project: WrittenProject) -> UnitTest:
    read = project.read()
    assert read.diagnostics == ()
    (test,) = read.files.unit_tests
    return test


def test_a_unit_test_is_read_in_every_format(project: WrittenProject) -> None:
    project.write(
        "tests/f.yml",
        """
        unit_tests:
          - name: counts
            model: stats
            description: why
            given:
              - input: source("payments","transactions")
                rows:
                  - {user_id: 1, event_ts: 2026-06-12 10:00:00, note: null}
              - input: ref('other')
                format: csv
                rows: |
                  a,b
                  1,2
              - {input: request(), format: sql, rows: select 1 as amount}
            overrides: {vars: {days: 7}}
            expect:
              rows: [{user_id: 1, n: 2}]
        """,
    )
    test = the_test(project)
    assert (test.name, test.model, test.variables) == ("counts", "stats", {"days": 7})
    assert [(given.input, given.rows.format, given.rows.rows) for given in test.given] == [
        (
            "source('payments', 'transactions')",
            "dict",
            ({"user_id": 1, "event_ts": datetime(2026, 6, 12, 10), "note": None},),
        ),
        ("ref('other')", "csv", "a,b\n1,2\n"),
        ("request()", "sql", "select 1 as amount"),
    ]
    assert (test.expect.format, test.expect.rows, test.expect.span.line) == ("dict", ({"user_id": 1, "n": 2},), 17)


def test_rows_may_be_in_a_fixture(project: WrittenProject) -> None:
    project.write("tests/fixtures/deep/orders.csv", "a\n1\n").write("tests/fixtures/wanted.sql", "select 1")
    project.write(
        "tests/f.yml",
        """
        unit_tests:
          - name: t
            model: v
            given: [{input: ref('a'), format: csv, fixture: orders}]
            expect: {fixture: wanted.sql}
        """,
    )
    test = the_test(project)
    assert (test.given[0].rows.format, test.given[0].rows.rows) == ("csv", "a\n1\n")
    assert str(test.given[0].rows.span) == "tests/f.yml:4:13"
    assert (test.expect.format, test.expect.rows) == ("sql", "select 1")


def test_a_unit_test_that_is_not_enabled_is_left_out(project: WrittenProject) -> None:
    text = "unit_tests: [{name: t, model: v, given: [], expect: {rows: []}, config: {enabled: false}}]"
    assert project.write("tests/f.yml", text).read().files.unit_tests == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{input: sauce('a'), rows: []}", "4:21-30 'sauce('a')' is not an input | write source('name', 'table')"),
        ("{rows: []}", "missing-key 4:13-22 an input of a unit test needs 'input'"),
        (
            "{input: ref('a')}",
            "missing-key 4:13-29 an input of a unit test needs 'rows' | write `rows: []` for no rows",
        ),
        ("{input: ref('a'), rows: [1]}", "invalid-value 4:38-38 a row is a mapping of columns to values"),
        ("{input: ref('a'), rows: select 1}", "invalid-value 4:31-34 these rows are text, which needs a format"),
        ("{input: ref('a'), format: csv, rows: []}", "invalid-value 4:50-51 rows of the format csv are text"),
        (
            "{input: ref('a'), format: cvs, rows: []}",
            "4:39-41 'format' must be 'dict', 'csv' or 'sql' | did you mean 'csv'?",
        ),
        ("{input: ref('a'), fixture: ordrs}", "4:40-44 there is no fixture 'ordrs' | did you mean 'orders'?"),
        (
            "{input: ref('a'), fixture: orders}",
            "more than one fixture is called 'orders' | found tests/fixtures/orders.csv",
        ),
        ("{input: ref('a'), fixture: orders, rows: []}", "4:40-45 rows and fixture cannot both be given"),
        ("{input: ref('a'), rowz: []}", "unknown-key 4:31-34 'rowz' is not a key of an input of a unit test"),
    ],
)
def test_an_input_that_cannot_be_used_is_a_fault_at_its_place(
    project: WrittenProject, given: str, expected: str
) -> None:
    project.write("tests/fixtures/orders.csv", "a\n1\n").write("tests/fixtures/orders.sql", "select 1")
    text = f"unit_tests:\n  - name: t\n    model: v\n    given: [{given}]\n    expect: {{rows: []}}\n"
    assert expected in "\n".join(project.faults_of(text))


def test_a_unit_test_needs_what_it_expects(project: WrittenProject) -> None:
    assert project.faults_of("unit_tests:\n  - {name: t, given: [], overrides: {macros: {}}}\n") == [
        "missing-key 2:12-12 a unit test needs 'model'",
        "missing-key 2:12-12 a unit test needs 'expect', with rows",
        "unknown-key 2:38-43 'macros' is not a key of `overrides` | only `vars` can be overridden",
    ]


def test_an_input_is_given_once(project: WrittenProject) -> None:
    text = """
        unit_tests:
          - name: t
            model: v
            given:
              - {input: "source('a', 'b')", rows: []}
              - {input: request(), rows: []}
              - {input: 'source("a","b")', rows: []}
            expect: {rows: []}
        """
    assert project.faults_of(text) == [
        "duplicate-name 7:17-33 source('a', 'b') is given twice, first in line 5 | give all of its rows in one place"
    ]


def test_a_row_knows_where_its_entries_are_written(project: WrittenProject) -> None:
    text = "unit_tests:\n  - name: t\n    model: v\n    expect:\n      rows:\n        - {a: 1, b: [2,\n          3]}\n"
    (row,) = the_test(project.write("tests/f.yml", text)).expect.rows
    assert isinstance(row, WrittenRow)
    assert (row, str(row.span)) == ({"a": 1, "b": [2, 3]}, "tests/f.yml:6:11")
    assert {name: (span.column, span.end_line, span.end_column) for name, span in row.spans.items()} == {
        "a": (12, 6, 15),
        "b": (18, 7, 12),
    }


def test_a_delivery_says_how_rows_come(project: WrittenProject) -> None:
    project.write(
        "tests/f.yml",
        """
        unit_tests:
          - name: t
            model: v
            delivered:
              loaded_at: 1970-01-01 00:00:01
              steps: [{write: "1970-01-01 00:00:02"}, {run: 1970-01-01 00:00:03}]
              asked_at: [1970-01-02]
              tile_events: 3
            given: [{input: "source('a', 'b')", rows: [{a: 1}, {a: 2}], comes: [0, [1, 2]]}]
            expect: {rows: [{a: 1}]}
        """,
    )
    test = the_test(project)
    assert test.delivered == Delivery(
        loaded_at=1_000_000,
        steps=(("write", 2_000_000), ("run", 3_000_000)),
        asked_at=(86_400_000_000,),
        tile_events=3,
    )
    assert test.given[0].comes == ((0,), (1, 2))


def test_a_delivery_that_cannot_be_used_is_told_at_its_place(project: WrittenProject) -> None:
    text = """
        unit_tests:
          - name: t
            model: v
            delivered: {loaded_at: soon, steps: [{write: 2026-01-01, run: 2026-01-01}], tile_events: 0}
            given: []
            expect: {rows: []}
          - {name: u, model: v, delivered: {steps: []}, expect: {rows: []}}
        """
    assert [fault.split(" ", 2)[2].split(" | ")[0] for fault in project.faults_of(text)] == [
        "'soon' is not a moment; write one such as 2026-06-12 10:00:00",
        "a step does one thing at a moment",
        "'tile_events' must be 1 or more",
        "`delivered` needs 'loaded_at'",
    ]
