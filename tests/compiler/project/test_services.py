"""Services: which features of which views, under which keys."""

from __future__ import annotations

import pytest
from written_project import WrittenProject


def test_the_three_forms_of_the_interface_are_read_in_order(project: WrittenProject) -> None:
    project.write(
        "features/f.yml",
        """
        services:
          - name: fraud_v1
            description: For the card model.
            full_feature_names: true
            features:
              - transaction_stats
              - user_profile: [country, plan]
              - {view: transaction_stats, as: merchant_owner, on: {user_id: owner_id}, features: [txn_count_7d]}
        """,
    )
    read = project.read()
    (service,) = read.files.services
    assert read.diagnostics == ()
    assert (service.name, service.full_feature_names) == ("fraud_v1", True)
    assert [(use.view, use.alias, dict(use.on), use.features) for use in service.views] == [
        ("transaction_stats", None, {}, None),
        ("user_profile", None, {}, ("country", "plan")),
        ("transaction_stats", "merchant_owner", {"user_id": "owner_id"}, ("txn_count_7d",)),
    ]
    assert [(use.span.line, use.span.column) for use in service.views] == [(6, 9), (7, 9), (8, 16)]


def test_a_view_may_be_called_view(project: WrittenProject) -> None:
    (service,) = project.write("features/f.yml", "services: [{name: s, features: [{view: [a]}]}]").read().files.services
    assert [(use.view, use.features) for use in service.views] == [("view", ("a",))]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[]", "missing-key 3:5-12 the service 's' needs 'features'"),
        ("[5]", "invalid-value 3:16-16 a service's use of a view is a mapping of keys to values"),
        ("[{v: }]", "invalid-value 3:17-17 'v:' is followed by no features | write `- v` for all of its features"),
        ("[{v: [a, b, a]}]", "duplicate-name 3:27-27 the feature 'a' of 'v' is listed twice"),
        ("[{v: {a: b}}]", "invalid-value 3:20-25 'features' must be a list"),
        (
            "[{view: v, sa: x}]",
            "unknown-key 3:26-27 'sa' is not a key of a service's use of a view | its keys: view, v, as, on, features",
        ),
        ("[{view: v, on: [a]}]", "invalid-value 3:30-32 'on' must be a mapping of keys to values"),
        (
            "[v, v]",
            "duplicate-name 3:19-19 'v' is used twice, first in line 3 | give one of the two another name with `as:`",
        ),
        (
            "[{v: [a]}, {v: [b, a]}]",
            "duplicate-name 3:27-27 'v' is used twice, first in line 3 | give one of the two another name with `as:`",
        ),
    ],
)
def test_what_no_service_can_mean_is_a_fault(project: WrittenProject, written: str, expected: str) -> None:
    assert project.faults_of(f"services:\n  - name: s\n    features: {written}\n") == [expected]


def test_different_features_of_one_view_may_stand_apart(project: WrittenProject) -> None:
    assert project.faults_of("services: [{name: s, features: [{v: [a]}, {w: [x]}, {v: [b]}]}]") == []


def test_the_name_of_a_service_is_fit_for_a_file(project: WrittenProject) -> None:
    assert project.faults_of("services:\n  - {name: a/b, features: [v]}\n") == [
        "invalid-value 2:12-14 'a/b' is not a service's name: use letters, digits, '_', '-' and '.'"
    ]
