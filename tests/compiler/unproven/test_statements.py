"""Whole statements of dialects that nobody can run here: what they say of themselves, and that they parse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from frontend.small_project import compiled, errors
from goldens.test_goldens import CASES, workspace_of
from on_snowflake.grammar import unparsable
from portability.both import lowered
from portability.conformance import typed
from sqlglot import parse_one

from skewless.codegen.portable import unportable_parts
from skewless.contract.instances import service_of_view
from skewless.contract.ir import FeatureView, SourceTable
from skewless.dialects.qualified import unqualified
from skewless.dialects.targets import DIALECTS, doubt_of, target_of
from skewless.dialects.unproven import UNPROVEN
from skewless.tasks.sql import state_sql, training_sql
from skewless.tasks.workspace import Options, Workspace, load_workspace

ROOT = Path(__file__).parents[3]
REQUEST = """\
{{{{ config(entity='user', request={{'note': 'varchar', 'number': 'bigint'}}) }}}}

select
    {}
from {{{{ request() }}}} as r
"""
dialects = pytest.mark.parametrize("dialect", UNPROVEN)


def in_tables(view: FeatureView) -> FeatureView:
    """The view over tables instead of files."""
    if view.pipeline is None:
        return view
    scans = tuple(replace(scan, source=_loaded(scan.source)) for scan in view.pipeline.scans)
    return replace(view, pipeline=replace(view.pipeline, scans=scans))


def _loaded(source: SourceTable) -> SourceTable:
    return replace(source, path=None, schema="raw", identifier=source.name.replace(".", "_"))


def texts(workspace: Workspace, dialect: str) -> Iterator[tuple[str, str]]:
    """The name and each statement of every view that compiles for the dialect."""
    target = target_of(dialect)
    assert target is not None
    for view in map(in_tables, workspace.views.values()):
        if unportable_parts(view, workspace.views, target):
            continue
        yield view.name, training_sql(view, service_of_view(view, workspace.views), dialect)
        if (state := state_sql(view, dialect)) is not None:
            yield view.name, state


@pytest.fixture(scope="module")
def example() -> Workspace:
    workspace = load_workspace(Options(project_dir=ROOT), {})
    workspace.check()
    return workspace


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_goldens_parse(case: Path, tmp_path: Path) -> None:
    workspace = workspace_of(case, tmp_path)
    for dialect in UNPROVEN:
        for _, text in texts(workspace, dialect):
            assert unparsable(text, dialect) == []


@pytest.mark.slow
@dialects
def test_the_example_parses(example: Workspace, dialect: str) -> None:
    for _, text in texts(example, dialect):
        assert unparsable(text, dialect) == []


@dialects
def test_the_first_line_says_that_nobody_has_run_it(dialect: str, tmp_path: Path) -> None:
    model = REQUEST.format("r.number + 1 as more")
    ((_, text),) = texts(compiled(tmp_path, {"features/v.sql": model}), dialect)
    assert text.splitlines()[0] == f"-- {doubt_of(dialect)}"
    assert f"not proven on {dialect}" in text


def test_engines_are_not_doubted() -> None:
    assert [dialect for dialect in DIALECTS if doubt_of(dialect) is None] == ["duckdb", "spark", "snowflake"]


@dialects
def test_a_refusal_is_an_error_at_the_template(dialect: str, tmp_path: Path) -> None:
    model = REQUEST.format("md5(r.note) as digest")
    (fault,) = errors(compiled(tmp_path, {"features/v.sql": model}, dialect))
    assert fault.code == "unportable-function"
    assert fault.message.startswith(f"on {dialect}: md5(VARCHAR)")
    assert fault.help
    assert fault.span is not None
    assert (fault.span.line, fault.span.column) == (4, 5)


@pytest.mark.parametrize("dialect", ["bigquery", "postgres"])
def test_a_filter_belongs_to_the_aggregate_and_not_to_what_is_inside(dialect: str) -> None:
    """BigQuery's greatest is a query with an aggregate of its own."""
    tree = lowered("max(greatest(c1, c2)) filter (where c1 > 0)", typed(["BIGINT", "BIGINT"]), UNPROVEN[dialect])[1]
    assert (
        tree.sql(dialect=dialect)
        == {
            "bigquery": (
                "MAX(CASE WHEN c1 > CAST(0 AS INT64) THEN (SELECT MAX(_value) FROM UNNEST([c1, c2]) AS _value) END)"
            ),
            "postgres": "MAX(GREATEST(c1, c2)) FILTER(WHERE c1 > CAST(0 AS BIGINT))",
        }[dialect]
    )


QUALIFIED = """
WITH t AS (SELECT * FROM VALUES (1, 'a', 3), (2, 'a', 1), (3, 'b', 2), (4, NULL, 2), (5, 'b', 9) AS v(id, key, rank))
SELECT e.id, e.rank + 1 AS next FROM t AS e JOIN t AS o ON e.id = o.id WHERE e.id < 9
QUALIFY ROW_NUMBER() OVER (PARTITION BY e.key ORDER BY e.rank DESC) = 1 OR NOT e.id > 1
ORDER BY e.key DESC NULLS LAST, e.id NULLS FIRST
"""


SHADOWED = """
SELECT e.key, 9 - e.rank AS rank FROM (VALUES (1, 'a', 3), (2, 'a', 1), (3, 'b', 2), (5, 'b', 9)) AS e(id, key, rank)
QUALIFY ROW_NUMBER() OVER (PARTITION BY e.key ORDER BY e.rank) = 1 ORDER BY e.id LIMIT 2
"""
ONCE = """
SELECT DISTINCT e.key FROM (VALUES ('a', 3), ('a', 1), ('b', 2), ('a', 2)) AS e(key, rank)
QUALIFY ROW_NUMBER() OVER (PARTITION BY e.key ORDER BY e.rank) < 3
"""


@pytest.mark.parametrize(("text", "count"), [(QUALIFIED, 3), (SHADOWED, 2), (ONCE, 2)])
def test_qualify_as_a_query_inside_gives_the_same_rows_in_the_same_order(text: str, count: int) -> None:
    tree = parse_one(text, dialect="duckdb")
    with duckdb.connect() as connection:
        expected = connection.execute(text).fetchall()
        found = connection.execute(unqualified(tree).sql(dialect="duckdb")).fetchall()
    assert found == expected if text is not ONCE else sorted(found) == sorted(expected)
    assert "QUALIFY" not in unqualified(tree).sql(dialect="duckdb")
    assert len(expected) == count
