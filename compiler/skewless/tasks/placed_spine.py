"""A spine where it is wanted: what the service reads of it in the warehouse, its own columns where they already are.

The columns that a service does not read never pass through a warehouse, which may lack their types: a spine from
outside stays in an embedded DuckDB, and the features come to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from skewless.codegen.ctes import same, select
from skewless.codegen.scan import as_declared
from skewless.codegen.training.assemble import SPINE
from skewless.codegen.training.plan import named
from skewless.contract.instances import Output, ServicePlan
from skewless.contract.names import AT, ROW, aliased, column, identifier, table
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.ground.dtypes import TIMESTAMP
from skewless.ground.errors import DataError, EngineError
from skewless.tasks.spine import WHOLE, check_columns, is_file, is_query, load_spine

_GIVEN, _FEATURES = "spine_given", "_features"


@dataclass(frozen=True, slots=True)
class PlacedSpine:
    """A spine that is loaded into `engine`; `home` is where all of its own columns are."""

    engine: Engine
    home: Engine
    columns: Mapping[str, str]
    """Its own columns in order, each with the name under which it is kept."""

    def assembled(self, service: ServicePlan) -> exp.Select:
        """The training set as a query of `home`: every instance must have been evaluated."""
        if self.home is not self.engine:
            names = dict.fromkeys(output.instance.name for output in service.outputs)
            features = [column(ROW, SPINE), *_outputs(service.outputs)]
            found = self.engine.arrow(_joined(features, names))
            self.home.register(_FEATURES, found)
            outputs = [column(output.name, _FEATURES) for output in service.outputs]
            return _joined([*self._own(), *outputs], [_FEATURES])
        used = dict.fromkeys(output.instance.name for output in service.outputs)
        return _joined([*self._own(), *_outputs(service.outputs)], used)

    def _own(self) -> list[exp.Expr]:
        return [aliased(column(kept, SPINE), name) for name, kept in self.columns.items()]

    def count(self) -> int:
        """How many rows it has."""
        counted = exp.Select(expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=table(SPINE)))
        return int(self.home.rows(counted)[0][0])


def _outputs(outputs: Sequence[Output]) -> list[exp.Expr]:
    return [named(column(output.feature, output.instance.name), output.name) for output in outputs]


def _joined(projections: list[exp.Expr], relations: Mapping[str, Any] | Sequence[str]) -> exp.Select:
    """The spine with a relation for each of its rows, in its order."""
    return exp.Select(
        expressions=projections,
        from_=exp.From(this=table(SPINE)),
        joins=[
            exp.Join(this=table(name), side="LEFT", on=same(name, SPINE, (ROW,), nulls_match=False))
            for name in relations
        ],
        order=exp.Order(expressions=[exp.Ordered(this=column(ROW, SPINE), nulls_first=False)]),
    )


@contextmanager
def placed_spine(
    engine: Engine, spine: Any, timestamp: str, wanted: Mapping[str, str], *, in_warehouse: bool = False
) -> Iterator[PlacedSpine]:
    """Loads a spine as `load_spine` does, whatever the engine; a query is one in the engine's own SQL.

    With `in_warehouse`, its own columns are put there too, which raises DataError for types that the engine lacks.
    """
    if isinstance(engine, DuckDB):
        yield PlacedSpine(engine, engine, load_spine(engine, spine, timestamp, wanted))
    elif isinstance(spine, str | Path) and not is_file(str(spine)):
        yield PlacedSpine(engine, engine, _load_own(engine, str(spine), timestamp, wanted))
    else:
        with DuckDB(root=Path(), settings={}, threads=0) as home:
            columns = load_spine(home, spine, timestamp, wanted)
            names = dict.fromkeys((ROW, AT, *wanted, *(columns.values() if in_warehouse else ())))
            engine.register(SPINE, home.arrow(select(map(column, names), SPINE)))
            yield PlacedSpine(engine, engine if in_warehouse else home, columns)


def _load_own(engine: Engine, text: str, timestamp: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Creates `spine` of a table or a query of the warehouse.

    Rows that are alike in all that the service reads are numbered in any order: their features are alike.
    """
    try:
        found = engine.read(_GIVEN, f"({text.rstrip().rstrip(';')})" if is_query(text) else text)
    except EngineError as error:
        raise DataError(
            f"the spine cannot be read: {error.message}", help="a spine is a file, a table of the warehouse, or a query"
        ) from error
    check_columns(found, timestamp, wanted)
    _check_whole(found, wanted)
    moment = as_declared(column(timestamp), TIMESTAMP, found[timestamp])
    order = [exp.Ordered(this=column(name), nulls_first=False) for name in (timestamp, *wanted)]
    number = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order))
    row = exp.Sub(this=number, expression=exp.Literal.number(1))
    engine.create(SPINE, select([*map(column, found), named(row, ROW), named(moment, AT)], _GIVEN))
    return {name: name for name in found}


def _check_whole(found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for name, dtype in wanted.items():
        if dtype in WHOLE and found[name].startswith(("DOUBLE", "FLOAT", "DECIMAL")):
            raise DataError(
                f"the spine's column '{name}' is {found[name]}, and the service needs {dtype}",
                help=f"cast it where the spine is made: CAST({identifier(name).sql()} AS {dtype})",
            )
