"""Checks that what the strategies draw is legal, answerable and written out completely."""

from __future__ import annotations

import re

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from .aggregates import ORDERED
from .ordering import ranks
from .render import data_path
from .schema import timed_sources
from .specs import Aggregate, AsofJoin, Filter, LatestView, Pipeline, Project, SourceSpec, StaticJoin, UnionAll, Window
from .strategies import Case, cases, expected_rows, expected_statuses, render, spine_table, write_data

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def steps(pipeline: Pipeline) -> list[Pipeline]:
    """The pipeline and everything below it."""
    match pipeline:
        case Filter(input=below) | Project(input=below) | StaticJoin(input=below) | Window(input=below):
            return [pipeline, *steps(below)]
        case UnionAll(inputs=branches):
            return [pipeline, *(step for branch in branches for step in steps(branch))]
        case AsofJoin(left=left, right=right):
            return [pipeline, *steps(left), *steps(right)]
        case _:
            return [pipeline]


def is_ordered(source: SourceSpec) -> bool:
    return bool(source.ordering_columns)


@quick
@given(cases())
def test_every_moment_has_a_row_with_all_features_and_a_status_for_each(case: Case) -> None:
    names = [feature.name for feature in case.view.features]
    answers, statuses = expected_rows(case), expected_statuses(case)
    assert len(answers) == len(statuses) == len(case.moments)
    assert all(list(answer) == [*case.view.keys, "ts", *names] for answer in answers)
    assert all(list(each) == names for each in statuses)


@quick
@given(cases())
def test_views_that_need_a_total_order_have_one(case: Case) -> None:
    functions = {each.function for each in case.view.features if isinstance(each, Aggregate)}
    if isinstance(case.view, LatestView) or functions & ORDERED:
        assert all(is_ordered(source) for source in timed_sources(case.view.pipeline))
    for step in steps(case.view.pipeline):
        if isinstance(step, AsofJoin):
            assert all(is_ordered(source) for source in timed_sources(step.right))


@quick
@given(cases())
def test_backward_windows_lie_only_over_rows_that_become_known_in_order(case: Case) -> None:
    for step in steps(case.view.pipeline):
        if isinstance(step, Window):
            (source,) = timed_sources(step)
            assert source.known_at is None
            assert source.append_only or not source.primary_key


@quick
@given(cases())
def test_append_only_sources_and_static_ones_keep_their_promise(case: Case) -> None:
    for source in case.sources:
        if source.append_only or source.static:
            keys = [ranks(row[name] for name in source.primary_key) for row in case.rows[source.name]]
            assert len(keys) == len(set(keys))


@quick
@given(cases())
def test_rows_that_tie_on_the_declared_order_are_versions_or_identical(case: Case) -> None:
    for source in case.sources:
        if source.tie_break:
            owners: dict[object, set[object]] = {}
            for row in case.rows[source.name]:
                identity = ranks(row[name] for name in source.primary_key or row)
                owners.setdefault(row["seq"], set()).add(identity)
            assert all(len(each) == 1 for each in owners.values())


@quick
@given(cases())
def test_the_rendered_project_is_complete_and_names_every_source(case: Case) -> None:
    files = render(case)
    assert set(files) == {"skewless.yml", "profiles.yml", "features/v.sql", "features/props.yml"}
    (group,) = yaml.safe_load(files["features/props.yml"])["sources"]
    assert [table["name"] for table in group["tables"]] == [source.name for source in case.sources]
    named = set(re.findall(r"source\('s', '(\w+)'\)", files["features/v.sql"]))
    assert named == {source.name for source in case.sources}


@quick
@given(case=cases())
def test_the_data_is_written_where_the_yaml_says(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("project")
    write_data(case, folder)
    for source in case.sources:
        table = pq.read_table(folder / data_path(source))
        assert table.num_rows == len(case.rows[source.name])
        assert table.column_names == [column.name for column in source.columns]
    assert spine_table(case).num_rows == len(case.moments)
