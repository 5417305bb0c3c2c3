"""The training SQL of a service over the rows of an example: statements that are planned once, and run for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.codegen.training.assemble import SPINE, request_query, training_query
from skewless.codegen.training.plan import Plan
from skewless.codegen.training.plans import Choice, usable_plans
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.ir import SourceTable
from skewless.contract.names import AT, ROW, column, identifier, table
from skewless.dialects.emit import emit
from skewless.embedded.slots import Slot
from skewless.engines.duckdb import DuckDB
from skewless.ground.dtypes import DataType
from skewless.verify.trials.examples import Row

if TYPE_CHECKING:
    import pyarrow as pa


class Warehouse(DuckDB):
    """DuckDB whose sources are the rows that are put into them."""

    def __init__(self, sources: Sequence[SourceTable]) -> None:
        import pyarrow as pa

        super().__init__(root=Path(), settings={}, threads=1)
        self._slots: dict[str, Slot] = {}
        for number, source in enumerate(sources, start=1):
            fields = [pa.field(one.name, arrow_type(one.dtype)) for one in source.columns]
            self._slots[source.name] = Slot(pa.schema(fields))
            self.register(f"source_{number}", self._slots[source.name])
        self._names = {source.name: f"source_{number}" for number, source in enumerate(sources, start=1)}

    def put(self, source: str, rows: Sequence[Row]) -> None:
        """What a source holds from now on."""
        self._slots[source].put_table(typed_table(self._slots[source].schema, rows))

    def count(self, source: str) -> int:
        """How many rows it holds."""
        return sum(batch.num_rows for batch in self._slots[source].batches)

    def relation(self, source: SourceTable) -> exp.Expr:
        return table(self._names[source.name])

    def physical(self, sources: Any) -> dict[str, dict[str, str]]:
        return {source.name: {one.name: str(one.dtype) for one in source.columns} for source in sources}


def typed_table(schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    """Rows as an Arrow table of a schema."""
    import pyarrow as pa

    return pa.table({field.name: pa.array([row[field.name] for row in rows], field.type) for field in schema})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What one plan of one instance gives: of each row of the spine, by number, its values by column."""

    plan: str
    """As it is told: with the engine, unless that is DuckDB."""
    rows: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    plan: str


class Training:
    """The training path of a service. Each view is evaluated under every plan that honours it, and under `others`."""

    def __init__(self, engine: Warehouse, service: ServicePlan, others: Sequence[Plan] = ()) -> None:
        import pyarrow as pa

        self._engine = engine
        self._others = others
        self.service = service
        columns = {ROW: "BIGINT", AT: "TIMESTAMP", **service.spine_columns}
        self._spine = Slot(pa.schema(_fields(columns)))
        engine.register(SPINE, self._spine)
        self._values: dict[str, Slot] = {}
        self._statements: dict[str, list[_Statement]] = {}
        sources = Sources(relations=engine.relation, physical={})
        self._entities = [
            (one, self._prepared(f"{one.name} entities", _entities(one, sources)))
            for one in service.instances
            if one.view.pipeline is not None
        ]
        for instance in service.instances:
            self._statements[instance.name] = list(self._plans(instance, sources))
            self._hold(instance)

    def entities(self) -> list[tuple[Instance, list[Row]]]:
        """The entities of each instance that its rows are of, in an order of their own."""
        return [
            (instance, sorted(self._run(name).to_pylist(), key=lambda row: repr(list(row.values()))))
            for instance, name in self._entities
        ]

    def ask(self, spine: Sequence[Row]) -> dict[str, list[Trained]]:
        """The values of every instance at the rows of a spine: `_row`, `_at` and its columns.

        The first plan of a view also gives `_event_time` and `_seen`. Raises EngineError.
        """
        self._spine.put_table(typed_table(self._spine.schema, spine))
        found: dict[str, list[Trained]] = {}
        for instance in self.service.instances:
            found[instance.name] = [self._trained(instance, one) for one in self._statements[instance.name]]
        return found

    def _trained(self, instance: Instance, one: _Statement) -> Trained:
        rows = self._run(one.name)
        if one is self._statements[instance.name][0]:
            slot = self._values[instance.name]
            slot.put_table(rows.select(slot.schema.names))
        return Trained(plan=one.plan, rows={row[ROW]: row for row in rows.to_pylist()})

    def _plans(self, instance: Instance, sources: Sources) -> Iterator[_Statement]:
        if instance.view.kind == "request":
            yield _Statement(self._prepared(f"{instance.name} request", request_query(instance)), "row-level")
            return
        # The plan that can explain its values comes first: it joins, and so do values at ticks.
        plans = sorted(usable_plans(instance.view), key=lambda plan: plan.name not in ("range_join", "ranked_join"))
        plans += [plan for plan in self._others if plan.refuses(instance.view) is None]
        for number, plan in enumerate(plans):
            query = training_query(instance, Choice(plan, ""), sources, statuses=number == 0)
            yield _Statement(self._prepared(f"{instance.name} {plan.name}", query), plan.name)

    def _hold(self, instance: Instance) -> None:
        """The values of an instance under its name, as request views read them."""
        import pyarrow as pa

        columns = {ROW: "BIGINT", **{one.name: str(one.dtype) for one in instance.view.features}}
        self._values[instance.name] = Slot(pa.schema(_fields(columns)))
        self._engine.register(instance.name, self._values[instance.name])

    def _prepared(self, name: str, query: exp.Query) -> str:
        quoted = exp.to_identifier(name, quoted=True).sql(dialect="duckdb")
        self._engine.execute(f"PREPARE {quoted} AS {emit(query, pretty=False, comments=False)}")
        return f"EXECUTE {quoted}"

    def _run(self, execute: str) -> pa.Table:
        return self._engine.arrow(execute)


def _entities(instance: Instance, sources: Sources) -> exp.Query:
    view = instance.view
    ctes = pipeline_ctes(view.rows, instance.name, sources)
    final = exp.Select(
        expressions=[exp.Alias(this=column(key.name), alias=identifier(key.name)) for key in view.keys],
        from_=exp.From(this=table(rows_name(instance.name))),
        distinct=exp.Distinct(),
    )
    return statement(ctes, final, "")


def _fields(columns: Mapping[str, str]) -> list[pa.Field]:
    import pyarrow as pa

    return [pa.field(name, arrow_type(DataType.parse(dtype))) for name, dtype in columns.items()]
