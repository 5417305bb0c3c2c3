"""`verify` with a Spark as the target: training there is held against serving too, and a fault in its SQL is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from verify.workshop import unit_test_in, workshop
from warehouse_shop import SPARK_MASTER, WarehouseShop, written_shop

from skewless.dialects import spark_ordered
from skewless.dialects.spark import Spark as SparkSql
from skewless.engines.spark import Spark
from skewless.tasks.workspace import Workspace
from skewless.verify.trials.search import verify_view
from skewless.verify.trials.told import counterexample_text, unit_test_of, unit_test_yaml
from skewless.verify.unit import run_unit_test

TARGET = {"type": "spark", "master": SPARK_MASTER, "online": {"type": "sqlite", "path": "target/online.db"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def engine(spark: Any, project: Workspace) -> Iterator[Spark]:
    with Spark(root=project.root, settings={"master": SPARK_MASTER}) as engine:
        yield engine


@pytest.mark.parametrize("view", ["totals", "traffic", "newest", "seen", "nightly", "matched", "asked"])
def test_spark_says_what_is_served(project: Workspace, engine: Spark, view: str) -> None:
    found = verify_view(project, view, examples=40, seed=2, engine=engine)
    assert (found.counterexample, found.engine, found.why_alone) == (None, "Spark", None)
    assert found.elsewhere > 30


def of_the_other_end(patch: pytest.MonkeyPatch) -> None:
    """`first` is `last`, and `last` is `first`."""
    kinds = {"ArgMin": spark_ordered.exp.ArgMax, "ArgMax": spark_ordered.exp.ArgMin}
    ordered = SparkSql.ordered

    def turned(self: SparkSql, node: Any, aggregate: Any) -> Any:
        tree = ordered(self, node, aggregate)
        return kinds[type(tree).__name__](**tree.args) if type(tree).__name__ in kinds else tree

    patch.setattr(SparkSql, "ordered", turned)


def of_all_rows(patch: pytest.MonkeyPatch) -> None:
    """FILTER is left out, and with it the window."""
    patch.setattr(SparkSql, "filtered", lambda _, tree, __: tree)


@pytest.mark.parametrize(("fault", "view"), [(of_the_other_end, "totals"), (of_all_rows, "sums")])
def test_a_fault_in_the_sql_of_spark_is_found(
    project: Workspace, engine: Spark, monkeypatch: pytest.MonkeyPatch, fault: Any, view: str
) -> None:
    fault(monkeypatch)
    found = verify_view(project, view, examples=100, seed=2, engine=engine)
    assert found.counterexample is not None
    assert found.counterexample.engine == "Spark"
    assert len(found.counterexample.example.steps) == 0
    assert len(found.counterexample.example.moments) == 1
    assert "(plan range_join on Spark)" in counterexample_text(found, found.counterexample)
    again, test = unit_test_in(project.root, unit_test_yaml(unit_test_of(found, found.counterexample), []))
    assert run_unit_test(again, test).status == "pass"  # on DuckDB, of which the fault is not


def shop(root: Path) -> WarehouseShop:
    return written_shop(root, TARGET, {"path": "payments.parquet"})


def test_verify_on_a_target_of_spark_says_so(spark: Any, tmp_path: Path) -> None:
    result = shop(tmp_path).run("verify", "--examples", "20", "--seed", "2")
    assert result.exit_code == 0, result.output
    assert "[20 examples, " in result.output
    assert " on Spark too in " in result.output


def test_what_differs_on_spark_is_told_and_written(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_all_rows(monkeypatch)
    made = shop(tmp_path)
    model = tmp_path / "features" / "spent.sql"
    windows = "count(*) filter (where {{ last('1 day') }}) as n, max(amount) filter (where {{ last('1 hour') }})"
    model.write_text(model.read_text().replace("max(amount)", windows))
    result = made.run("verify", "spent", "--examples", "100", "--seed", "2")
    assert result.exit_code == 1, result.output
    assert " on Spark)" in result.output
    written = (tmp_path / "target/verify/spent.yml").read_text()
    assert "# Unit tests run on DuckDB, where training and serving agree, so this one passes." in written
    assert "skewless verify spent --seed 2 --examples 100 --target w" in written
    assert "# What is expected is what serving says." in written
    assert yaml.safe_load(written)["unit_tests"][0]["model"] == "spent"
