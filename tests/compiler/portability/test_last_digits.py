"""Where the last digits of a value depend on the engine, nothing is decided by them, however far they have come."""

from __future__ import annotations

from pathlib import Path

import pytest
from frontend.small_project import compiled, errors, shown
from sqlglot import parse_one

from skewless.dialects.lowering.core import ColumnType, Unportable
from skewless.dialects.relations import Schema
from skewless.dialects.spark import Spark
from skewless.dialects.statements import Statement
from skewless.ground.dtypes import BIGINT, DOUBLE

RELATION: Schema = {"k": ColumnType(BIGINT), "x": ColumnType(DOUBLE), "y": ColumnType(DOUBLE, is_rounded=True)}

DECIDED = {
    "a comparison in the next step": "WITH s AS (SELECT ln(x) AS l FROM t) SELECT l > 1 AS f FROM s",
    "a subquery": "SELECT round(s.l, 2) AS f FROM (SELECT ln(x) AS l FROM t) AS s",
    "two steps on": "WITH a AS (SELECT ln(x) AS l FROM t), b AS (SELECT l + 1 AS m FROM a) SELECT m = 2 AS f FROM b",
    "a star": "WITH a AS (SELECT k, ln(x) AS l FROM t), b AS (SELECT * FROM a) SELECT CAST(l AS BIGINT) AS f FROM b",
    "a star of one relation": "WITH a AS (SELECT ln(x) AS l FROM t), b AS (SELECT a.* FROM a) SELECT l < 2 AS f FROM b",
    "the second of a union": "WITH s AS (SELECT x FROM t UNION ALL SELECT ln(x) FROM t) SELECT x > 1 AS f FROM s",
    "the first of a union": "WITH s AS (SELECT ln(x) AS x FROM t UNION ALL SELECT x FROM t) SELECT x > 1 AS f FROM s",
    "a filter": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT k FROM s WHERE l > 1",
    "a join": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT t.k FROM t JOIN s ON t.x = s.l",
    "an as-of join": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT t.k FROM t ASOF JOIN s ON t.k = s.k AND t.x >= s.l",
    "a group": "SELECT ln(x) AS l, COUNT(*) AS n FROM t GROUP BY ln(x)",
    "a group by alias": "SELECT ln(x) AS l, COUNT(*) AS n FROM t GROUP BY l",
    "distinct rows": "SELECT DISTINCT ln(x) AS l FROM t",
    "distinct rows of a star": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT DISTINCT * FROM s",
    "a distinct union": "SELECT x FROM t UNION SELECT ln(x) FROM t",
    "a correlated subquery": "SELECT (SELECT MAX(y) FROM t AS u WHERE u.k = t.k) > 1 AS f FROM t",
    "a search": "SELECT x IN (SELECT ln(x) FROM t) AS f FROM t",
    "the order of rows": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT ROW_NUMBER() OVER (ORDER BY l) AS n FROM s",
    "a table that was made so": "SELECT y > 1 AS f FROM t",
    "a value that is left out": "WITH s AS (SELECT ln(x) AS l FROM t) SELECT nullif(l, 0) AS f, 1 / nullif(l, 2) AS g FROM s",
    "a reused alias": "SELECT ln(x) AS l, l > 1 AS f FROM t",
}
HIDDEN = (
    "SELECT ln(x) AS l, COUNT(*) AS n FROM t GROUP BY 1",
    "SELECT ln(x) AS l, COUNT(*) AS n FROM t GROUP BY ALL",
    "SELECT k, x, COUNT(*) AS n FROM t GROUP BY ROLLUP (k, x)",
    "SELECT DISTINCT ON (ln(x)) k FROM t",
)
"""Groups of which nobody sees by what they are made."""
KEPT = {
    "a sum": "WITH s AS (SELECT k, ln(x) AS l FROM t) SELECT k, SUM(l) AS n FROM s GROUP BY k",
    "a division": "WITH s AS (SELECT ln(x) AS l FROM t) SELECT 1 / l AS f, 2 / nullif(l, 0) AS g FROM s",
    "another column": "WITH s AS (SELECT x, ln(x) AS l FROM t) SELECT x > 1 AS f, l FROM s",
    "a test for NULL": "WITH s AS (SELECT ln(x) AS l FROM t) SELECT l IS NULL AS f FROM s",
    "an exact union": "WITH s AS (SELECT x FROM t UNION ALL SELECT x + 1 FROM t) SELECT x > 1 AS f FROM s",
    "distinct exact rows": "SELECT DISTINCT k, x FROM t",
}


def lowered(text: str) -> Schema:
    return Statement(Spark(), lambda _: RELATION).query(parse_one(text, dialect="duckdb"))[1]


@pytest.mark.parametrize("text", DECIDED.values(), ids=DECIDED)
def test_last_digits_decide_nothing(text: str) -> None:
    with pytest.raises(Unportable, match="last digits") as error:
        lowered(text)
    assert error.value.rewrite


@pytest.mark.parametrize("text", HIDDEN)
def test_groups_are_written_out(text: str) -> None:
    with pytest.raises(Unportable) as error:
        lowered(text)
    assert error.value.rewrite


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_last_digits_may_be_carried(text: str) -> None:
    assert lowered(text)


SPENT = """\
{{ config(entity='user', ttl='30 days') }}
with logged as (select user_id, paid_at, ln(amount) as size from {{ source('shop', 'payments') }})
select user_id, count(*) filter (where STEP) as n, max(size) as largest from logged group by user_id
"""
FIELDS = (
    "{{ config(entity='user') }}\nselect DECISION as is_large from {{ request() }} r left join {{ ref('spent') }} s"
)


@pytest.mark.parametrize(
    ("step", "decision", "path"),
    [
        ("size > 1", "s.largest is null", "features/spent.sql"),
        ("size is null", "s.largest > 1", "features/fields.sql"),
        ("size is null", "s.largest is null", None),
    ],
)
@pytest.mark.parametrize("dialect", ["spark", "snowflake"])
def test_last_digits_are_known_in_other_views(
    tmp_path: Path, step: str, decision: str, path: str | None, dialect: str
) -> None:
    spent = SPENT.replace("STEP", step)
    fields = f"{FIELDS.replace('DECISION', decision)} using (user_id)\n"
    workspace = compiled(tmp_path, {"features/spent.sql": spent, "features/fields.sql": fields}, dialect)
    found = [(fault.code, fault.span and fault.span.file) for fault in errors(workspace)]
    assert found == ([("unportable-function", path)] if path else []), shown(workspace)
