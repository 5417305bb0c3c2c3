"""Data tests in every form that dbt allows."""

from __future__ import annotations

from typing import Any

import pytest
from written_project import WrittenProject

from skewless.project.model import DataTest


def read_tests(project: WrittenProject, written: str) -> tuple[DataTest, ...]:
    text = f"features:\n  - name: v\n    columns:\n      - name: c\n        data_tests: {written}\n"
    read = project.write("features/f.yml", text).read()
    assert read.diagnostics == ()
    return read.files.properties[0].columns[0].data_tests


def read_test(project: WrittenProject, written: str) -> tuple[str, Any, str]:
    (test,) = read_tests(project, f"[{written}]")
    return test.name, test.arguments, test.severity


def test_names_and_arguments_and_their_places_are_read(project: WrittenProject) -> None:
    tests = read_tests(
        project, "[not_null, unique, {accepted_values: {values: [a, b]}}, {accepted_range: {min: 0, max: 1}}]"
    )
    assert [(test.name, test.arguments) for test in tests] == [
        ("not_null", {}),
        ("unique", {}),
        ("accepted_values", {"values": ["a", "b"]}),
        ("accepted_range", {"min": 0, "max": 1}),
    ]
    assert [(test.span.line, test.span.column) for test in tests] == [(5, 22), (5, 32), (5, 41), (5, 78)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{not_null: }", ("not_null", {}, "error")),
        ("{not_null: {severity: WARN}}", ("not_null", {}, "warn")),
        ("{not_null: {config: {severity: warn, where: a > 1}}}", ("not_null", {"where": "a > 1"}, "warn")),
        ("{not_null: {where: a > 1, name: my_test}}", ("not_null", {"where": "a > 1"}, "error")),
        ("{accepted_values: {arguments: {values: [1]}}}", ("accepted_values", {"values": [1]}, "error")),
        ("{test_name: unique, name: u, config: {severity: warn}}", ("unique", {}, "warn")),
        ("{dbt_utils.accepted_range: {min_value: 0}}", ("accepted_range", {"min": 0}, "error")),
        (
            "{relationships: {to: \"source('a', 'b')\", field: x}}",
            ("relationships", {"to": "source('a', 'b')", "field": "x"}, "error"),
        ),
    ],
)
def test_each_form_of_dbt_means_the_same(project: WrittenProject, written: str, expected: tuple[Any, ...]) -> None:
    assert read_test(project, written) == expected


def test_a_test_that_is_not_enabled_is_left_out(project: WrittenProject) -> None:
    assert read_tests(project, "[{unique: {config: {enabled: false}}}]") == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("not_nul", "invalid-value 5:22-28 'not_nul' is not a data test | did you mean 'not_null'?"),
        ("accepted_values", "missing-key 5:22-36 accepted_values needs 'values'"),
        ("accepted_range", "missing-key 5:22-35 accepted_range needs 'min' or 'max'"),
        (
            "{accepted_range: {min: 2, max: 1}}",
            "invalid-value 5:23-36 no value lies between 2 and 1 | exchange min and max",
        ),
        (
            "{accepted_values: {valuez: [1], values: [2]}}",
            "unknown-key 5:41-46 'valuez' is not a key of accepted_values | did you mean 'values'?",
        ),
        ("{accepted_values: {values: 1}}", "invalid-value 5:49-49 'values' must be a list"),
        (
            "{relationships: {to: users, field: x}}",
            "invalid-value 5:43-47 'users' is not a reference | write ref('view') or source('name', 'table')",
        ),
        (
            "{relationships: {arguments: {to: users, field: x}}}",
            "invalid-value 5:55-59 'users' is not a reference | write ref('view') or source('name', 'table')",
        ),
        (
            "{not_null: {config: {severity: warning}}}",
            "invalid-value 5:53-59 'severity' must be 'error' or 'warn' | did you mean 'warn'?",
        ),
        (
            "{not_null: 1, severity: warn}",
            (
                "invalid-value 5:22-50 a data test is a name, or one name with arguments below it"
                " | indent its arguments below its name"
            ),
        ),
        ("3", "invalid-value 5:22-22 a data test is a name, or one name with arguments below it"),
    ],
)
def test_a_test_that_cannot_run_is_a_fault_at_its_place(project: WrittenProject, written: str, expected: str) -> None:
    text = f"features:\n  - name: v\n    columns:\n      - name: c\n        data_tests: [{written}]\n"
    assert project.faults_of(text) == [expected]


def test_a_test_of_a_whole_view_says_which_column_it_means(project: WrittenProject) -> None:
    assert project.faults_of("features:\n  - name: v\n    data_tests: [unique]\n") == [
        "missing-key 3:18-23 unique needs 'column_name'"
    ]
