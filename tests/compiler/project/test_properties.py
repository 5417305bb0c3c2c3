"""Properties files: entities, views, and what goes for all of their sections."""

from __future__ import annotations

from written_project import WrittenProject

from skewless.ground.dtypes import BIGINT, DOUBLE
from skewless.ground.spans import Span


def test_an_entity_has_typed_keys(project: WrittenProject) -> None:
    project.write("features/f.yml", "entities:\n  - name: user\n    keys: [{name: user_id, data_type: bigint}]\n")
    (entity,) = project.read().files.entities
    assert (entity.name, entity.span) == (
        "user",
        Span(file="features/f.yml", line=2, column=11, end_line=2, end_column=14),
    )
    assert [(key.name, key.data_type) for key in entity.keys] == [("user_id", BIGINT)]


def test_the_properties_of_a_view_are_read_with_the_places_of_its_config(project: WrittenProject) -> None:
    project.write(
        "features/f.yml",
        """
        version: 2
        features:
          - name: stats
            description: What a user does.
            tags: daily
            meta: {a: 1}
            config:
              ttl: 90 days
              tags: [fraud]
              meta: {b: 2}
            columns:
              - {name: n, data_type: double, description: a count, tests: [not_null], quote: true, config: {tags: [x]}}
              - name: m
            data_tests:
              - unique: {column_name: n}
        """,
    )
    read = project.read()
    (view,) = read.files.properties
    assert read.diagnostics == ()
    assert view.config == {"ttl": "90 days", "tags": ("daily", "fraud"), "meta": {"a": 1, "b": 2}}
    assert (view.config_spans["ttl"].line, view.config_spans["ttl"].column) == (8, 12)
    assert [(column.name, column.data_type) for column in view.columns] == [("n", DOUBLE), ("m", None)]
    assert [test.name for test in (*view.columns[0].data_tests, *view.data_tests)] == ["not_null", "unique"]


def test_unknown_keys_are_pointed_at_and_near_ones_named(project: WrittenProject) -> None:
    faults = project.faults_of(
        """
        entities:
          - name: user
            keyz: []
            keys: [{name: id, data_type: bigint, descripton: x}]
        features:
          - name: v
            colums: []
            ttl: 1 day
        """
    )
    assert faults == [
        "unknown-key 3:5-8 'keyz' is not a key of an entity | did you mean 'keys'?",
        "unknown-key 4:42-51 'descripton' is not a key of a column | did you mean 'description'?",
        "unknown-key 7:5-10 'colums' is not a key of an entry of `features:` | did you mean 'columns'?",
        "unknown-key 8:5-7 'ttl' is not a key of an entry of `features:` | write `ttl` below `config:`",
    ]


def test_models_of_dbt_are_called_features(project: WrittenProject) -> None:
    assert project.faults_of("version: 2\nmodels:\n  - name: v\n") == [
        "unknown-key 2:1-6 'models' is not a key of a properties file | did you mean 'features'?"
    ]


def test_a_missing_key_is_reported_once_and_hides_nothing(project: WrittenProject) -> None:
    faults = project.faults_of(
        """
        entities:
          - keys: [{name: id}, {data_type: bigint}, {name: id2, data_type: int3}]
          - name: empty
        """
    )
    assert faults == [
        "missing-key 2:5-73 an entity needs 'name'",
        "missing-key 2:19-20 the column 'id' of the entity needs a data_type",
        "missing-key 2:24-42 a column needs 'name'",
        (
            "invalid-value 2:68-71 'int3' is not a type a feature may have; use boolean, integer, bigint, float, "
            "double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'"
        ),
        "missing-key 3:11-15 the entity 'empty' needs 'keys'",
    ]


def test_wrong_values_are_described_without_jargon(project: WrittenProject) -> None:
    faults = project.faults_of(
        """
        features:
          - name: 2024
            description: [a]
            config:
              online: maybe
              kind: agregate
              ttl: 1 month
              refresh: 5
              lag: soon
              offset: 1 fortnight
              entity: {a: b}
              tags: [a, 1]
              request: {amount: money}
              enabled: "yes"
            columns: n
        """
    )
    assert faults == [
        "invalid-value 2:11-14 'name' must be text | write it in quotes",
        "invalid-value 3:18-20 'description' must be text",
        "invalid-value 5:15-19 'online' must be true or false",
        "invalid-value 6:13-20 'kind' must be 'latest', 'aggregate' or 'request' | did you mean 'aggregate'?",
        "calendar-window 7:12-18 '1 month' has no fixed length | write '30 days'",
        "invalid-value 8:16-16 '5' is not a duration; write a number and a unit, such as '1 hour' or '7 days'",
        "invalid-value 9:12-15 'soon' is not a duration; write a number and a unit, such as '1 hour' or '7 days'",
        (
            "invalid-value 10:15-25 'fortnight' in '1 fortnight' is not a unit of time; "
            "use seconds, minutes, hours, days or weeks"
        ),
        "invalid-value 11:15-20 a mapping is neither a name nor a list of names",
        "invalid-value 12:17-17 each item of 'tags' must be text | write it in quotes",
        (
            "invalid-value 13:25-29 'money' is not a type a feature may have; use boolean, integer, bigint, float, "
            "double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'"
        ),
        "invalid-value 15:14-14 'columns' must be a list",
    ]


def test_what_is_right_beside_a_fault_is_still_read(project: WrittenProject) -> None:
    project.write(
        "features/f.yml", "features:\n  - {name: v, config: {ttl: 1 year, owner: risk}}\n  - 5\n  - {name: w}\n"
    )
    files = project.read().files
    assert [(view.name, view.config) for view in files.properties] == [("v", {"owner": "risk"}), ("w", {})]


def test_a_value_with_a_broken_template_is_not_called_missing_too(project: WrittenProject) -> None:
    faults = project.faults_of('features:\n  - name: "{{ env_var(\'VIEW\') }}"\n    config: {tags: ["{{ nope }}"]}\n')
    assert [fault.partition(" ")[0] for fault in faults] == ["undefined-variable", "undefined-variable"]


def test_keys_without_a_value_say_nothing(project: WrittenProject) -> None:
    assert (
        project.faults_of("version: 2\nfeatures:\n  - name: v\n    description:\n    columns:\n    meta:\nsources:\n")
        == []
    )


def test_a_section_that_is_no_list_and_a_file_that_is_no_mapping_are_faults(project: WrittenProject) -> None:
    assert project.faults_of("features: {name: v}\n") == ["invalid-value 1:11-19 'features' must be a list"]
    assert project.faults_of("- a\n") == ["invalid-value 1:1-3 a properties file is a mapping of keys to values"]


def test_two_columns_of_one_name_are_a_fault_in_any_case_of_letters(project: WrittenProject) -> None:
    faults = project.faults_of("features:\n  - name: v\n    columns:\n      - {name: n}\n      - {name: N}\n")
    assert faults == ["duplicate-name 5:16-16 the view 'v' has the column 'N' twice, first in line 4"]


def test_a_name_that_is_used_twice_is_told_where_it_stands_first(project: WrittenProject) -> None:
    text = """
        entities:
          - {name: user, keys: [{name: id, data_type: int}]}
        features:
          - {name: v}
        services:
          - {name: s, features: [v]}
        sources:
          - {name: p, tables: [{name: t, static: true, columns: [{name: a, data_type: int}]}]}
        unit_tests:
          - {name: u, model: v, given: [], expect: {rows: []}}
    """
    project.write("features/a.yml", text)
    assert project.faults_of(text) == [
        "duplicate-name 2:12-15 there is another entity 'user' in features/a.yml:2",
        "duplicate-name 4:12-12 there is another entry for the view 'v' in features/a.yml:4",
        "duplicate-name 6:12-12 there is another service 's' in features/a.yml:6",
        "duplicate-name 8:31-31 there is another source table 'p.t' in features/a.yml:8",
        "duplicate-name 10:12-12 there is another unit test 'u' in features/a.yml:10",
    ]
