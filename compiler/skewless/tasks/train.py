"""A spine and a service into a training set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, select, statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.codegen.training.assemble import SPINE, request_query, training_query
from skewless.codegen.training.plan import Statistics, named
from skewless.codegen.training.plans import PLANS, Choice, choose
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.names import ROW, aliased, column, identifier, table
from skewless.contract.types import cast
from skewless.dialects.emit import emit
from skewless.engines.duckdb import DuckDB
from skewless.ground.errors import DataError, EngineError
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.sources import sources_of
from skewless.tasks.spine import load_spine

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TrainedInstance:
    """One view's part of a training set: the statement that ran, and why it was this one."""

    name: str
    sql: str
    reason: str


def training_set(
    engine: DuckDB, service: ServicePlan, spine: Any, timestamp: str, progress: Progress | None = None
) -> pa.Table:
    """The spine's rows, in its order, all its columns first, then the service's features (semantics, section 5)."""
    columns = evaluate(engine, service, spine, timestamp, progress or Silent())
    return engine.arrow(_assembled(service, columns))


def write_training_set(
    engine: DuckDB, service: ServicePlan, spine: Any, timestamp: str, output: Path, progress: Progress | None = None
) -> int:
    """Writes the training set to a Parquet or CSV file, aside first; returns its number of rows."""
    kind = {".csv": "csv", ".parquet": "parquet"}.get(output.suffix.lower())
    if kind is None:
        raise DataError(f"'{output}' has no format that can be written", help="end it in .parquet or .csv")
    columns = evaluate(engine, service, spine, timestamp, progress or Silent())
    aside = output.with_name(f".{output.name}.partial")
    query = emit(_assembled(service, columns), pretty=False)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        path = str(aside).replace("'", "''")
        engine.execute(f"COPY ({query}) TO '{path}' (FORMAT {kind})")
        aside.replace(output)
    except OSError as error:
        raise EngineError(f"'{output}' cannot be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)
    return int(engine.rows(f"SELECT COUNT(*) FROM {SPINE}")[0][0])


def evaluate(engine: DuckDB, service: ServicePlan, spine: Any, timestamp: str, progress: Progress) -> dict[str, str]:
    """Evaluates every instance into a table of its own name; returns the spine's columns, as `load_spine` does."""
    columns = load_spine(engine, spine, timestamp, service.spine_columns)
    _check_names(service, columns)
    total = len(service.instances)
    for number, instance in enumerate(service.instances, start=1):
        progress.started(number, total, instance.name)
        since = time.perf_counter()
        done = _evaluate_instance(engine, instance)
        progress.finished(number, total, instance.name, seconds=time.perf_counter() - since, detail=done.reason)
    return columns


def _evaluate_instance(engine: DuckDB, instance: Instance) -> TrainedInstance:
    if instance.view.kind == "request":
        query, reason = request_query(instance), "row-level expressions"
    else:
        sources = sources_of(engine, instance.view)
        choice = choose_plan(engine, instance, sources)
        query, reason = training_query(instance, choice, sources), f"{choice.plan.name}: {choice.reason}"
    sql = emit(query, pretty=False, copy=False)
    try:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(instance.name).sql(dialect='duckdb')} AS {sql}")
    except EngineError as error:
        raise EngineError(
            f"{instance.view.path}: the training SQL of '{instance.view.name}' failed: {error.message}"
        ) from error
    return TrainedInstance(name=instance.name, sql=sql, reason=reason)


def choose_plan(engine: DuckDB, instance: Instance, sources: Sources) -> Choice:
    """The plan for this spine. Rows are counted only when there is something to choose."""
    view = instance.view
    usable = [plan for plan in PLANS if plan.refuses(view) is None]
    if view.plan is not None or len(usable) == 1 or view.kind == "latest" or view.refresh is not None:
        return choose(view, None)
    return choose(view, _statistics(engine, instance, sources))


def _statistics(engine: DuckDB, instance: Instance, sources: Sources) -> Statistics:
    """Counts rows by key on both sides: what a join on the key would pair."""
    view, prefix = instance.view, instance.name
    keys = [key.name for key in view.keys]
    counted = [exp.Alias(this=exp.Count(this=exp.Star()), alias=identifier("n"))]
    asked = [named(cast(column(instance.column(key.name), SPINE), str(key.dtype)), key.name) for key in view.keys]
    ctes = [
        *pipeline_ctes(view.rows, prefix, sources),
        Cte(name="rows_by_key", query=_by_key(keys, rows_name(prefix), counted), comment="rows of each key"),
        Cte(name="asked", query=select(asked, SPINE), comment="moments"),
        Cte(name="moments_by_key", query=_by_key(keys, "asked", counted), comment="moments of each key"),
    ]
    pairs = exp.Sum(this=exp.Mul(this=column("n", "r"), expression=column("n", "m")))
    final = exp.Select(
        expressions=[
            exp.Subquery(this=select([exp.Sum(this=column("n"))], "rows_by_key")),
            exp.Subquery(this=select([exp.Sum(this=column("n"))], "moments_by_key")),
            exp.Coalesce(this=pairs, expressions=[exp.Literal.number(0)]),
        ],
        from_=exp.From(this=table("rows_by_key", "r")),
        joins=[exp.Join(this=table("moments_by_key", "m"), on=same("r", "m", keys, nulls_match=False))],
    )
    events, moments, paired = engine.rows(statement(ctes, final, ""))[0]
    return Statistics(events=int(events or 0), moments=int(moments or 0), pairs=int(paired))


def _by_key(keys: Sequence[str], relation: str, counted: Sequence[exp.Expr]) -> exp.Select:
    query = select([*(column(key) for key in keys), *(item.copy() for item in counted)], relation)
    query.set("group", exp.Group(expressions=[column(key) for key in keys]))
    return query


def _assembled(service: ServicePlan, columns: Mapping[str, str]) -> exp.Select:
    used = dict.fromkeys(output.instance.name for output in service.outputs)
    projections: list[exp.Expr] = [aliased(column(kept, SPINE), name) for name, kept in columns.items()]
    projections += [named(column(output.feature, output.instance.name), output.name) for output in service.outputs]
    return exp.Select(
        expressions=projections,
        from_=exp.From(this=table(SPINE)),
        joins=[
            exp.Join(this=table(name), side="LEFT", on=same(name, SPINE, (ROW,), nulls_match=False)) for name in used
        ],
        order=exp.Order(expressions=[exp.Ordered(this=column(ROW, SPINE), nulls_first=False)]),
    )


def _check_names(service: ServicePlan, columns: Iterable[str]) -> None:
    lowered = {name.lower() for name in columns}
    for output in service.outputs:
        if output.name.lower() in lowered:
            raise DataError(
                f"the spine's column '{output.name}' has the name of a feature of '{service.name}'",
                help="rename it, or set full_feature_names: true on the service",
            )
