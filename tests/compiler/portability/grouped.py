"""One aggregate or window function on DuckDB and on Spark, over the same groups of rows."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb
from pyspark.errors import PySparkException
from sqlglot import exp

from portability.both import Both, same, spark_row
from portability.pools import rows, type_named
from skewless.dialects.spark import Spark
from skewless.ground.dtypes import DataType

OWN = {"g": "INTEGER", "_i": "INTEGER", "keep": "BOOLEAN", "t": "TIMESTAMP", "u": "TIMESTAMP"}
"""Columns beside the values: the group, a number of the row, a condition, a time with ties and NULLs, a unique time."""
_START = dt.datetime(2026, 1, 1)
_SUBSETS, _SINGLES, _REFUSALS, _BATCH = 40, 45, 2, 30
_LARGE = 1e70


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a projection is read: its key, what stands behind FROM, and what tells which rows may be left out."""

    key: str
    tail: str
    unit: str = "g"


GROUPS = Grouping("g", "GROUP BY g")
ROWS = Grouping("_i", "")


@dataclass(frozen=True, slots=True)
class Unlike:
    expression: str
    rows: Sequence[Any]
    duckdb: Any
    spark: Any


@dataclass(slots=True)
class Grouped:
    """Tables of groups on both engines, one for each combination of types."""

    both: Both
    _tables: dict[tuple[str, ...], str] = field(default_factory=dict)

    def differences(
        self, kinds: Sequence[str], expressions: Sequence[tuple[str, exp.Expr]], grouping: Grouping = GROUPS
    ) -> list[Unlike]:
        """`expressions` are DuckDB's text and Spark's tree. Groups that DuckDB refuses must be errors on Spark too."""
        table, differences = self._table(tuple(kinds)), []
        wanted = [self._on_duckdb(table, text, grouping) for text, _ in expressions]
        whole = [place for place, (_, refused) in enumerate(wanted) if not refused]
        given: dict[int, Mapping[int, Any]] = {}
        for start in range(0, len(whole), _BATCH):
            part = whole[start : start + _BATCH]
            given |= zip(part, self._on_spark(table, [expressions[one][1] for one in part], grouping, ()), strict=True)
        for place, (text, tree) in enumerate(expressions):
            expected, refused = wanted[place]
            if refused:
                (given[place],) = self._on_spark(table, [tree], grouping, refused)
                differences += [
                    Unlike(text, self._rows(table, grouping, group), "error", "a value")
                    for group in refused[:_REFUSALS]
                    if not self._is_refused(table, tree, grouping, group)
                ]
            differences += [
                Unlike(text, self._rows(table, grouping, key), expected[key], given[place].get(key))
                for key in expected
                if not same(expected[key], given[place].get(key))
            ]
        return differences

    def _table(self, kinds: tuple[str, ...]) -> str:
        if kinds not in self._tables:
            self._tables[kinds] = f"groups_{len(self._tables) + 1}"
            self._create(self._tables[kinds], kinds)
        return self._tables[kinds]

    def _create(self, name: str, kinds: tuple[str, ...]) -> None:
        columns = {**OWN, **{f"c{place}": kind for place, kind in enumerate(kinds, start=1)}}
        given = list(_table_rows(kinds))
        self.both.duck.execute("SET threads = 1")  # so that numbers are added in the order of the rows
        self.both.duck.execute(f"CREATE TABLE {name} ({', '.join(map(' '.join, columns.items()))})")
        self.both.duck.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", given)
        spelled = {column: Spark().spelled(type_named(kind)).sql("spark") for column, kind in columns.items()}
        frame = self.both.spark.createDataFrame(
            [spark_row(row, list(columns.values())) for row in given], ", ".join(map(" ".join, spelled.items()))
        )
        self.both.spark.conf.set("spark.sql.objectHashAggregate.sortBased.fallbackThreshold", len(given))
        frame.coalesce(1).sortWithinPartitions("_i").cache().createOrReplaceTempView(name)

    def _on_duckdb(self, table: str, text: str, grouping: Grouping) -> tuple[dict[int, Any], list[int]]:
        """Values by key, and the groups that are refused."""
        try:
            return self._duckdb(table, text, grouping, "true"), []
        except duckdb.Error:
            found: dict[int, Any] = {}
            refused = []
            for group in self._groups(table):
                try:
                    found |= self._duckdb(table, text, grouping, f"g = {group}")
                except duckdb.Error:
                    refused.append(group)
            return found, refused

    def _duckdb(self, table: str, text: str, grouping: Grouping, where: str) -> dict[int, Any]:
        query = f"SELECT {grouping.key}, {text} FROM {table} WHERE {where} {grouping.tail}"
        return dict(self.both.duck.execute(query).fetchall())

    def _groups(self, table: str) -> list[int]:
        return [group for (group,) in self.both.duck.execute(f"SELECT DISTINCT g FROM {table} ORDER BY g").fetchall()]

    def _rows(self, table: str, grouping: Grouping, key: int) -> list[Any]:
        query = f"SELECT * FROM {table} WHERE g = (SELECT any_value(g) FROM {table} WHERE {grouping.key} = {key})"
        return self.both.duck.execute(f"{query} ORDER BY _i").fetchall()

    def _on_spark(
        self, table: str, trees: Sequence[exp.Expr], grouping: Grouping, refused: Sequence[int]
    ) -> list[Mapping[int, Any]]:
        where = f"NOT g IN ({', '.join(map(str, refused))})" if refused else "true"
        try:
            collected = self._spark(table, trees, grouping, where)
        except PySparkException as error:
            if len(trees) == 1:
                return [_AlwaysError(str(error).splitlines()[0][:200])]
            middle = len(trees) // 2
            return [
                *self._on_spark(table, trees[:middle], grouping, refused),
                *self._on_spark(table, trees[middle:], grouping, refused),
            ]
        return [{row[0]: row[place] for row in collected} for place in range(1, len(trees) + 1)]

    def _spark(self, table: str, trees: Sequence[exp.Expr], grouping: Grouping, where: str) -> list[Any]:
        projections = ", ".join(f"{tree.sql(dialect='spark')} AS v{number}" for number, tree in enumerate(trees))
        query = f"SELECT {grouping.key}, {projections} FROM {table} WHERE {where} {grouping.tail}"
        return list(self.both.spark.sql(query).collect())

    def _is_refused(self, table: str, tree: exp.Expr, grouping: Grouping, group: int) -> bool:
        try:
            self._spark(table, [tree], grouping, f"g = {group}")
        except PySparkException:
            return True
        return False


class _AlwaysError(dict[int, Any]):
    """What a query that fails gives for each group."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def get(self, _key: int, _default: Any = None) -> Any:
        return f"error: {self.reason}"


def types(kinds: Sequence[str]) -> dict[str, DataType]:
    """The columns of a table of groups."""
    columns = {**OWN, **{f"c{place}": kind for place, kind in enumerate(kinds, start=1)}}
    return {name: type_named(kind) for name, kind in columns.items()}


@cache
def groups(kinds: tuple[str, ...]) -> tuple[tuple[tuple[Any, ...], ...], ...]:
    """All values, NULLs only, each value alone, each twice beside a NULL, and random handfuls."""
    pool, nothing = tuple(filter(_is_determined, rows(kinds))), (None,) * len(kinds)
    draw = random.Random(",".join(kinds))
    singles = pool if len(pool) <= _SINGLES else draw.sample(pool, _SINGLES)
    return (
        pool,
        tuple(row for row in pool if None not in row),
        (nothing, nothing),
        *((row,) for row in singles),
        *((row, nothing, row) for row in singles),
        *(tuple(draw.choices(pool, k=draw.randint(2, 9))) for _ in range(_SUBSETS)),
    )


def _is_determined(row: Sequence[Any]) -> bool:
    """Whether DuckDB's value depends on the row alone: of pairs whose products overflow it depends on the processor,
    which may add to a product that it has not rounded."""
    finite = [value for value in row if isinstance(value, float) and math.isfinite(value)]
    return len(row) == 1 or all(abs(value) < _LARGE for value in finite)


def _table_rows(kinds: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    draw, number = random.Random(1), 0
    for group, members in enumerate(groups(kinds)):
        for values in members:
            keep = draw.choice([True, True, False, None]) if group % 5 else False
            quarters = draw.randint(0, 4 * min(len(members), 20))
            moment = draw.choice([None, *[_START + dt.timedelta(minutes=15 * quarters)] * 5])
            unique = _START + dt.timedelta(minutes=20 * number, seconds=draw.randint(0, 59))
            yield (group, number, keep, moment, unique, *values)
            number += 1
