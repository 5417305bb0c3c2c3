"""One expression on DuckDB and on Spark, over the same rows: what differs, and what only one of them refuses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import duckdb
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from sqlglot import exp, parse_one

from portability.beyond import collected
from portability.pools import rows, type_named
from skewless.dialects.emit import emit
from skewless.dialects.lowering import lowering_for
from skewless.dialects.lowering.core import ColumnType, Target
from skewless.dialects.spark import Spark
from skewless.ground.dtypes import DataType

_ERROR = "error"
_FAULTS = (PySparkException, Py4JJavaError)
"""What an error of a row is on this side: those of Java's own arithmetic are not Spark's."""
_BATCH, _STOPPING = 40, 3


@dataclass(frozen=True, slots=True)
class Difference:
    expression: str
    row: tuple[Any, ...]
    duckdb: Any
    spark: Any


@dataclass(slots=True)
class Both:
    """A DuckDB connection and a Spark session that hold the same tables, one for each combination of types."""

    spark: Any
    duck: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    _tables: dict[tuple[str, ...], str] = field(default_factory=dict)

    def table(self, kinds: Sequence[str]) -> str:
        """The table of `_i`, `c1`, `c2` ... of these types."""
        key = tuple(kinds)
        if key not in self._tables:
            name = f"values_{len(self._tables) + 1}"
            self._create(name, key)
            self._tables[key] = name
        return self._tables[key]

    def _create(self, name: str, kinds: tuple[str, ...]) -> None:
        columns = ["_i INTEGER", *(f"c{place} {type_named(kind)}" for place, kind in enumerate(kinds, start=1))]
        self.duck.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        held = [(number, *row) for number, row in enumerate(rows(kinds))]
        marks = ", ".join("?" * len(columns))
        self.duck.executemany(f"INSERT INTO {name} VALUES ({marks})", held)
        spelled = [Spark().spelled(type_named(kind)) for kind in kinds]
        schema = ", ".join(["_i INT", *(f"c{place} {one.sql('spark')}" for place, one in enumerate(spelled, start=1))])
        frame = self.spark.createDataFrame([spark_row(row, ("INTEGER", *kinds)) for row in held], schema)
        frame.cache().createOrReplaceTempView(name)

    def differences(
        self, kinds: Sequence[str], expressions: Iterable[tuple[str, exp.Expr]], *, refusals: int = 2
    ) -> list[Difference]:
        """`expressions` are DuckDB's text and Spark's tree, over `c1`, `c2` ...

        Of the rows for which DuckDB raises an error, so many (`refusals`) must be errors on Spark too.
        """
        table, found = self.table(kinds), list(expressions)
        held = dict(enumerate(rows(tuple(kinds))))
        reference = [self._on_duckdb(table, text, len(held)) for text, _ in found]
        differences = []
        for start in range(0, len(found), _BATCH):
            part, wanted = found[start : start + _BATCH], reference[start : start + _BATCH]
            given = self._on_spark(table, [tree for _, tree in part], wanted, refusals)
            for (text, _), expected, actual in zip(part, wanted, given, strict=True):
                differences += [
                    Difference(text, held[number], expected[number], actual[number])
                    for number in actual
                    if not same(expected[number], actual[number])
                ]
        return differences

    def _on_duckdb(self, table: str, text: str, count: int) -> dict[int, Any]:
        try:
            return dict(self.duck.execute(f"SELECT _i, {text} FROM {table}").fetchall())
        except duckdb.Error:
            return {number: self._one(table, text, number) for number in range(count)}

    def _one(self, table: str, text: str, number: int) -> Any:
        try:
            return self.duck.execute(f"SELECT {text} FROM {table} WHERE _i = {number}").fetchall()[0][0]
        except duckdb.Error:
            return _ERROR

    def _on_spark(
        self, table: str, trees: Sequence[exp.Expr], expected: Sequence[Mapping[int, Any]], refusals: int
    ) -> list[dict[int, Any]]:
        """Values of the rows for which DuckDB has one; of some others, whether Spark refuses them too."""
        guarded = [self._guarded(tree, wanted) for tree, wanted in zip(trees, expected, strict=True)]
        projections = ", ".join(f"{text} AS v{number}" for number, text in enumerate(guarded))
        try:
            found = collected(self.spark.sql(f"SELECT _i, {projections} FROM {table}"))
        except _FAULTS:
            if len(trees) == 1:
                return [self._stopping(table, trees[0], expected[0])]
            middle = len(trees) // 2
            return [
                *self._on_spark(table, trees[:middle], expected[:middle], refusals),
                *self._on_spark(table, trees[middle:], expected[middle:], refusals),
            ]
        results = []
        for place, (tree, wanted) in enumerate(zip(trees, expected, strict=True)):
            values = {row[0]: row[place + 1] for row in found if not _is_error(wanted[row[0]])}
            refused = [number for number, value in wanted.items() if _is_error(value)][:refusals]
            results.append(values | {number: self._refusal(table, tree, number) for number in refused})
        return results

    def _stopping(self, table: str, tree: exp.Expr, expected: Mapping[int, Any]) -> dict[int, Any]:
        """Values row by row, where Spark raises an error and DuckDB does not; the errors of the first few."""
        found: dict[int, Any] = {}
        stopping = 0
        for number in [number for number, value in expected.items() if not _is_error(value)]:
            query = f"SELECT {tree.sql(dialect='spark')} AS v FROM {table} WHERE _i = {number}"
            try:
                found[number] = collected(self.spark.sql(query))[0][0]
            except _FAULTS as error:
                stopping += 1
                if stopping <= _STOPPING:
                    found[number] = f"{_ERROR}: {str(error).splitlines()[0][:120]}"
        return found

    def _guarded(self, tree: exp.Expr, wanted: Mapping[int, Any]) -> str:
        refused = [str(number) for number, value in wanted.items() if _is_error(value)]
        text = tree.sql(dialect="spark")
        return f"CASE WHEN NOT _i IN ({', '.join(refused)}) THEN {text} END" if refused else text

    def stops(self, kinds: Sequence[str], tree: exp.Expr, row: tuple[Any, ...]) -> bool:
        """Whether Spark raises an error at one of the rows."""
        (number,) = (place for place, one in enumerate(rows(tuple(kinds))) if one is row)
        return bool(self._refusal(self.table(kinds), tree, number) == _ERROR)

    def _refusal(self, table: str, tree: exp.Expr, number: int) -> Any:
        try:
            query = f"SELECT {tree.sql(dialect='spark')} AS v FROM {table} WHERE _i = {number}"
            return collected(self.spark.sql(query))[0][0]
        except _FAULTS:
            return _ERROR


def _is_error(value: Any) -> bool:
    return isinstance(value, str) and value == _ERROR


def spark_row(row: Sequence[Any], kinds: Sequence[str]) -> tuple[Any, ...]:
    """A row as Spark takes it: its widest whole numbers are decimals."""
    return tuple(
        Decimal(value) if kind == "HUGEINT" and value is not None else value
        for value, kind in zip(row, kinds, strict=True)
    )


def lowered(
    text: str, types: Mapping[str, DataType], target: Target | None = None
) -> tuple[str, exp.Expr, DataType | None]:
    """A model's expression: DuckDB's SQL with the semantics in it, the tree of the target (Spark by default), and its
    type. Raises Unportable."""
    tree = parse_one(text, dialect="duckdb")
    typed = lowering_for(target or Spark(), lambda node: ColumnType(types[node.name])).expression(tree)
    return emit(tree, pretty=False), typed.tree, typed.dtype


def same(expected: Any, actual: Any) -> bool:
    """Equal as the semantics say; floating values of mathematics libraries may differ in the last digits."""
    if isinstance(expected, float) and isinstance(actual, float):
        if math.isnan(expected) or math.isnan(actual):
            return math.isnan(expected) and math.isnan(actual)
        return expected == actual or math.isclose(expected, actual, rel_tol=1e-12, abs_tol=0.0)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, bool) != isinstance(actual, bool):
        return False
    if isinstance(expected, int | Decimal) and isinstance(actual, int | Decimal):
        return expected == actual
    return type(expected) is type(actual) and bool(expected == actual)
