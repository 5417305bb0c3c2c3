"""The training path of a service on another engine than DuckDB: one statement a plan, for the rows of many examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.codegen.ctes import select
from skewless.codegen.pipeline import Sources
from skewless.codegen.portable import portable_plans
from skewless.codegen.training.assemble import SPINE, request_query, training_query
from skewless.codegen.training.plans import Choice
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.ir import Field
from skewless.contract.names import AT, ROW, table
from skewless.dialects.targets import target_of
from skewless.engines.engine import Engine
from skewless.ground.dtypes import BIGINT, DataType
from skewless.ground.errors import EngineError
from skewless.verify.trials.examples import Row
from skewless.verify.trials.side_by_side import EXAMPLE, Inseparable, side_by_side
from skewless.verify.trials.terms import sources_of_service
from skewless.verify.trials.training import Trained, typed_table
from skewless.verify.trials.trial import Failed, Observed, Point

if TYPE_CHECKING:
    import pyarrow as pa

_GIVEN = "given_"
_MANY = 100


@dataclass(frozen=True, slots=True)
class _Statement:
    instance: Instance
    plan: str
    query: exp.Query


class Elsewhere:
    """One service on one engine."""

    def __init__(self, engine: Engine, service: ServicePlan) -> None:
        self.name = engine.dialect.capitalize()
        """What the engine is called where something is told of it."""
        self._engine = engine
        sources = sources_of_service(service)
        self._relations = {source.name: f"source_{number}" for number, source in enumerate(sources, start=1)}
        self._schemas = {self._relations[source.name]: _schema(source.columns) for source in sources}
        spine = {ROW: "BIGINT", AT: "TIMESTAMP", **service.spine_columns}
        self._schemas[SPINE] = _schema([Field(name=key, dtype=DataType.parse(dtype)) for key, dtype in spine.items()])
        written = list(self._written(service))
        self.why_alone: str | None = None
        """Why examples cannot share a statement; None if they can."""
        try:
            self._statements = [_Statement(one.instance, one.plan, side_by_side(one.query)) for one in written]
        except Inseparable as reason:
            self._statements, self.why_alone = written, str(reason)
        self._read = {other.name for one in service.instances for _, other in one.dependencies}

    @property
    def at_once(self) -> int:
        """How many examples are best asked for together."""
        return 1 if self.why_alone is not None else _MANY

    def ask(self, observed: Sequence[Observed]) -> list[Point]:
        """What training gives for each example. Raises EngineError when the engine itself is gone."""
        if not observed:
            return []
        if self.why_alone is not None and len(observed) > 1:
            return [point for one in observed for point in self.ask([one])]
        try:
            return self._asked(observed)
        except EngineError as error:
            self._engine.rows(exp.Select(expressions=[exp.Literal.number(1)]))
            if len(observed) == 1:
                return [Failed(f"on {self.name}, {error.message}")]
        half = len(observed) // 2
        return [*self.ask(observed[:half]), *self.ask(observed[half:])]

    def _asked(self, observed: Sequence[Observed]) -> list[Point]:
        for source, relation in self._relations.items():
            self._put(relation, _numbered([one.example.rows[source] for one in observed]))
        spine = list(_numbered([one.spine for one in observed]))
        self._put(SPINE, ({**row, ROW: place} for place, row in enumerate(spine)))
        found: list[dict[str, list[Trained]]] = [{} for _ in observed]
        for one in self._statements:
            own: list[dict[int, Row]] = [{} for _ in observed]
            for row in self._run(one, is_first=one.instance.name not in found[0]).to_pylist():
                asked = spine[row[ROW]]
                own[asked[EXAMPLE]][asked[ROW]] = row
            for example, rows in zip(found, own, strict=True):
                trained = Trained(plan=f"{one.plan} on {self.name}", rows=rows)
                example.setdefault(one.instance.name, []).append(trained)
        return list(found)

    def _put(self, relation: str, rows: Iterator[Row]) -> None:
        """Rows that the engine keeps as it keeps a table's: what is sent along with a statement is computed in it."""
        self._engine.register(_GIVEN + relation, typed_table(self._schemas[relation], list(rows)))
        self._engine.create(relation, select([exp.Star()], _GIVEN + relation))

    def _run(self, one: _Statement, *, is_first: bool) -> pa.Table:
        if is_first and one.instance.name in self._read:
            self._engine.create(one.instance.name, one.query)
            return self._engine.arrow(select([exp.Star()], one.instance.name))
        return self._engine.arrow(one.query)

    def _written(self, service: ServicePlan) -> Iterator[_Statement]:
        """Those that see one example."""
        sources = Sources(relations=lambda source: table(self._relations[source.name]), physical={})
        for instance in service.instances:
            if instance.view.kind == "request":
                yield _Statement(instance, "row-level", request_query(instance))
                continue
            for plan in portable_plans(instance, target_of(self._engine.dialect)):
                yield _Statement(instance, plan.name, training_query(instance, Choice(plan, ""), sources))


def _schema(columns: Sequence[Field]) -> pa.Schema:
    """Of rows that say which example they are of."""
    import pyarrow as pa

    fields = [*columns, Field(name=EXAMPLE, dtype=BIGINT)]
    return pa.schema([pa.field(one.name, arrow_type(one.dtype)) for one in fields])


def _numbered(examples: Sequence[Sequence[Row]]) -> Iterator[Row]:
    """The rows of the examples, each with the number of its own."""
    return ({**row, EXAMPLE: number} for number, rows in enumerate(examples) for row in rows)
