"""Training on another engine, of many examples at once. DuckDB stands for the other engine; Spark is in `spark/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from skewless.contract.names import is_reserved
from skewless.engines.duckdb import DuckDB
from skewless.ground.errors import EngineError
from skewless.tasks.workspace import Workspace
from skewless.verify.trials import elsewhere, side_by_side
from skewless.verify.trials.search import Verified, verify_view
from skewless.verify.trials.side_by_side import Inseparable

from .workshop import VIEWS, workshop


class Other(DuckDB):
    """Another session of DuckDB. Once it is `broken`, what reads the relation is an error."""

    def __init__(self) -> None:
        super().__init__(root=Path(), settings={}, threads=1)
        self.broken: str | None = None

    def arrow(self, sql: str | exp.Expr, parameters: Any = None) -> Any:
        read = [one.name for one in sql.find_all(exp.Table)] if isinstance(sql, exp.Expr) else []
        if self.broken in read:
            raise EngineError("it is too hot")
        return super().arrow(sql, parameters)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def other() -> Iterator[Other]:
    with Other() as engine:
        yield engine


def found(project: Workspace, view: str, engine: DuckDB, examples: int = 30) -> Verified:
    return verify_view(project, view, examples=examples, seed=1, engine=engine)


def many(text: str) -> str:
    return side_by_side.side_by_side(sqlglot.parse_one(text, read="duckdb")).sql(dialect="duckdb")


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_examples_that_share_a_statement_have_the_values_of_each_by_itself(
    project: Workspace, other: Other, view: str
) -> None:
    result = found(project, view, other)
    assert (result.counterexample, result.why_alone) == (None, None)
    assert 0 < result.elsewhere <= result.examples == 30


@pytest.mark.parametrize(
    ("view", "step", "spoiled"),
    [
        ("totals", "_join", lambda *_: None),
        ("matched", "_pick", lambda *_: None),
        ("traffic", "_own", lambda _: iter(())),  # windows
    ],
)
def test_examples_that_are_not_kept_apart_are_noticed(
    project: Workspace, other: Other, monkeypatch: pytest.MonkeyPatch, view: str, step: str, spoiled: Any
) -> None:
    monkeypatch.setattr(side_by_side, step, spoiled)
    result = verify_view(project, view, examples=30, seed=1, engine=other, shrinks=False)
    assert result.counterexample is not None
    assert result.counterexample.engine == "Duckdb"


def test_no_column_of_a_user_has_the_name_that_tells_examples_apart() -> None:
    assert is_reserved(side_by_side.EXAMPLE)


@pytest.mark.parametrize(
    ("one", "of_many"),
    [
        (
            "SELECT DISTINCT k FROM t UNION ALL SELECT k FROM u",
            "SELECT DISTINCT k, t._given_example FROM t UNION ALL SELECT k, u._given_example FROM u",
        ),
        (
            "SELECT a.x FROM a FULL JOIN b USING (k) JOIN c ON c.k = a.k",
            "SELECT a.x, COALESCE(a._given_example, b._given_example) AS _given_example FROM a FULL JOIN b USING (k, _given_example) "
            "JOIN c ON c.k = a.k AND c._given_example = COALESCE(a._given_example, b._given_example)",
        ),
        (
            "SELECT LAG(x) OVER w AS y, SUM(x) OVER (ORDER BY z) AS s FROM t WINDOW w AS (PARTITION BY k ORDER BY z)",
            "SELECT LAG(x) OVER w AS y, SUM(x) OVER (PARTITION BY t._given_example ORDER BY z) AS s, t._given_example FROM t "
            "WINDOW w AS (PARTITION BY k, t._given_example ORDER BY z)",
        ),
        (
            "SELECT * FROM (SELECT k, MAX(x) AS x FROM t GROUP BY k) AS s",
            "SELECT * FROM (SELECT k, MAX(x) AS x, t._given_example FROM t GROUP BY k, t._given_example) AS s",
        ),
        (
            "SELECT a.x FROM a, b",
            "SELECT a.x, a._given_example FROM a JOIN b ON b._given_example = a._given_example",
        ),
    ],
)  # fmt: skip
def test_a_statement_keeps_examples_apart(one: str, of_many: str) -> None:
    assert many(one) == sqlglot.parse_one(of_many, read="duckdb").sql(dialect="duckdb")


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        ("SELECT MAX(x) AS x FROM t", "an aggregate without GROUP BY"),
        ("SELECT x FROM t ORDER BY x LIMIT 1", "LIMIT"),
        ("SELECT x FROM t WHERE x > (SELECT MAX(y) FROM u)", "a query within an expression"),
        ("SELECT * FROM t JOIN u ON t.k = u.k", "* of a join"),
        ("SELECT 1 AS x", "a SELECT without FROM"),
        ("SELECT DISTINCT ON (k) x FROM t", "DISTINCT ON"),
        ("SELECT k FROM t GROUP BY ROLLUP (k)", "GROUP BY of another kind than a list"),
        ("SELECT x FROM UNNEST([1]) AS u(x)", "a relation that is no table"),
    ],
)
def test_what_cannot_be_kept_apart_is_said(one: str, reason: str) -> None:
    with pytest.raises(Inseparable, match=f"^{reason}".replace("*", r"\*")):
        many(one)


def test_a_statement_that_cannot_be_shared_is_asked_for_one_example_after_the_other(
    project: Workspace, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: exp.Query) -> exp.Query:
        raise Inseparable("LIMIT")

    monkeypatch.setattr(elsewhere, "side_by_side", refuse)
    result = found(project, "nightly", other, examples=12)
    assert (result.counterexample, result.why_alone) == (None, "LIMIT")
    assert result.elsewhere > 0


def test_an_error_of_the_other_engine_alone_is_a_difference(project: Workspace, other: Other) -> None:
    other.broken = "source_1"
    result = found(project, "seen", other, examples=5)
    assert result.counterexample is not None
    first = result.counterexample.differences[0]
    assert (first.what, first.trained) == ("error", "an error: on Duckdb, it is too hot")


def test_an_engine_that_is_gone_is_no_difference(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> Any:
        raise EngineError("the connection was lost")

    with Other() as engine:
        monkeypatch.setattr(engine, "create", gone)
        monkeypatch.setattr(engine, "rows", gone)
        with pytest.raises(EngineError, match="the connection was lost"):
            found(project, "seen", engine, examples=3)
