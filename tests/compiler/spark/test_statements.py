"""Statements of users' own tests, which are not rewritten before: the rows of DuckDB, or an error."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from skewless.engines.duckdb import DuckDB
from skewless.engines.spark import Spark
from skewless.ground.errors import EngineError

ROWS = {
    "p": pa.table(
        {"k": [1, 1, 2, 2, None], "l": ["a", "b", "a", None, "a"], "t": [1, 2, 3, 4, 5],
         "x": pa.array([1.5, 2.25, None, -0.0, float("nan")], pa.float64()),
         "d": pa.array([Decimal("1.25"), None, Decimal("-2.50"), Decimal("0.00"), Decimal("9.99")], pa.decimal128(4, 2))}
    ),
    "q": pa.table({"k": [1, 1, 2, None], "l": ["a", "b", "b", "a"], "t": [0, 2, 2, 1], "v": [10, 20, 30, 40]}),
}  # fmt: skip
SAME = (
    "SELECT p.* REPLACE (2 AS x) FROM p WHERE x > 1",
    "SELECT * EXCLUDE (x, d) FROM p",
    "SELECT DISTINCT p.* EXCLUDE (t, x, d) FROM p",
    "SELECT p.* EXCLUDE (x) REPLACE (d + 1 AS d) FROM p",
    "SELECT * FROM (SELECT k, t FROM p UNION ALL SELECT k, t FROM q) AS u WHERE t > 1",
    "SELECT k FROM p UNION SELECT k FROM q",
    "SELECT 1 AS v UNION ALL SELECT 2.5",
    "SELECT round(v) AS r FROM (SELECT 1 AS v UNION ALL SELECT 2.5) AS u",
    "SELECT v FROM (SELECT d AS v FROM p UNION ALL SELECT x FROM p) AS u WHERE v > 1",
    "SELECT sum(v) AS s FROM (SELECT CAST(5.3 AS DECIMAL(4, 1)) AS v UNION ALL SELECT CAST(5.255 AS DECIMAL(6, 3))) AS u",
    "SELECT k, n FROM (SELECT k, NULL AS n FROM p UNION ALL SELECT k, t FROM q) AS u",
    "SELECT k FROM p UNION ALL (SELECT k FROM q ORDER BY t DESC, v LIMIT 2)",
    "WITH c(a, b) AS (SELECT 2 AS b, 2.6 AS a) SELECT round(b) = 3 AS f, a FROM c",
    "SELECT s.b FROM (SELECT k, t FROM p) AS s(a, b) WHERE s.b > 2",
    "WITH p AS (SELECT k, t + 1 AS t FROM p) SELECT t FROM p WHERE t > 3",
    "SELECT k, -t AS t FROM p QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY p.t) = 1 ORDER BY t LIMIT 2",
    "SELECT k, -t AS t FROM p ORDER BY t LIMIT 2",
    "SELECT k, t FROM p ORDER BY p.t DESC LIMIT 2 OFFSET 1",
    "SELECT P.k, Q.v FROM p AS P JOIN q AS Q ON p.K = q.k AND P.l = Q.l",
    "SELECT p.t, q.v FROM p ASOF LEFT JOIN q ON p.k = q.k AND p.l = q.l AND p.t >= q.t",
    "SELECT p.t, q.v FROM p ASOF JOIN q ON p.k = q.k AND p.t >= q.t",
    "SELECT p.t, v FROM p LEFT JOIN q USING (k, l)",
    "SELECT t FROM (SELECT t, x FROM p) WHERE t NOT IN (SELECT t FROM q WHERE NOT t IS NULL)",
    "SELECT k, count(*) AS n FROM p GROUP BY k HAVING count(*) > 1",
    "SELECT (SELECT max(q.v) FROM q WHERE q.k = p.k) AS m, p.t FROM p",
)
"""Statements, whose rows are compared in any order, or in that of ORDER BY."""
REFUSED = (
    "SELECT * RENAME (x AS y) FROM p",
    "SELECT k FROM p UNION ALL SELECT k FROM q ORDER BY k LIMIT 2",
    "SELECT k FROM p UNION ALL BY NAME SELECT k FROM q",
    "SELECT 1 AS v UNION ALL SELECT 'a'",
    "SELECT 1 AS v UNION ALL SELECT true",
    "SELECT k, t FROM p UNION ALL SELECT k FROM q",
    "SELECT p.t, q.v FROM p ASOF RIGHT JOIN q ON p.k = q.k AND p.t >= q.t",
    "SELECT p.t, q.v FROM p ASOF JOIN q ON p.k = q.k AND p.t > q.t",
    "SELECT p.t, q.v FROM p ASOF JOIN q ON p.k = q.k AND p.t >= q.t AND q.v > 1",
    "SELECT p.t FROM p SEMI JOIN q USING (k)",
    "SELECT p.t FROM p NATURAL JOIN q",
    "SELECT t FROM p USING SAMPLE 2",
    "SELECT t FROM p TABLESAMPLE 2 ROWS",
    "SELECT z.t FROM p",
    "SELECT t FROM p GROUP BY ALL",
    "SELECT t FROM p ORDER BY 1",
    "SELECT k, -t AS t FROM p ORDER BY t + k",
    "SELECT DISTINCT ON (k) k, t FROM p",
    "SELECT p.*, q.* FROM p JOIN q ON p.k = q.k",
    "SELECT s.a FROM (SELECT k, t FROM p) AS s(a)",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
    "PIVOT q ON l USING sum(v)",
    "WITH a AS (WITH p AS (SELECT v AS t FROM q) SELECT t FROM p) SELECT a.t FROM a JOIN p ON a.t = p.t",
    "SELECT t FROM p LIMIT 1 + 1",
    "FROM p SELECT COLUMNS('k|l')",
)


def query(text: str) -> exp.Query:
    return parse_one(text, dialect="duckdb")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def engines(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("statements")
    with (
        DuckDB(root=root, settings={}, threads=1) as duck,
        Spark(root=root, settings={"master": "local-cluster[2,1,1024]"}) as cluster,
    ):
        for name, rows in ROWS.items():
            duck.register(name, rows)
            cluster.register(name, rows)
        yield duck, cluster


@pytest.mark.parametrize("text", SAME)
def test_the_rows_are_duckdb_s(engines: tuple[DuckDB, Spark], text: str) -> None:
    expected, found = (list(map(repr, engine.rows(query(text)))) for engine in engines)
    assert expected
    assert found == expected if " ORDER BY " in text.split(")")[-1] else sorted(found) == sorted(expected)


@pytest.mark.parametrize("text", REFUSED)
def test_what_would_be_another_statement_is_refused(engines: tuple[DuckDB, Spark], text: str) -> None:
    with pytest.raises(EngineError) as error:
        engines[1].rows(query(text))
    assert error.value.message
