"""A spine and a service into a training set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.codegen.ctes import Cte, same, select, statement
from skewless.codegen.pipeline import Sources, pipeline_ctes, rows_name
from skewless.codegen.portable import portable_plans
from skewless.codegen.training.assemble import SPINE, request_query, training_query
from skewless.codegen.training.plan import Statistics, named
from skewless.codegen.training.plans import Choice, choose
from skewless.contract.instances import Instance, ServicePlan
from skewless.contract.names import column, identifier, table
from skewless.contract.types import cast
from skewless.dialects.emit import emit
from skewless.dialects.targets import target_of
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.ground.errors import DataError, EngineError
from skewless.tasks.placed_spine import PlacedSpine, placed_spine
from skewless.tasks.progress import Progress, Silent
from skewless.tasks.sources import sources_of

if TYPE_CHECKING:
    import pyarrow as pa


_FETCHED = "fetched"


def training_set(
    engine: Engine, service: ServicePlan, spine: Any, timestamp: str, progress: Progress | None = None
) -> pa.Table:
    """The spine's rows, in its order, all its columns first, then the service's features (semantics, section 5)."""
    with placed_spine(engine, spine, timestamp, service.spine_columns) as placed:
        evaluate(placed, service, progress or Silent())
        return placed.home.arrow(placed.assembled(service))


def write_training_set(
    engine: Engine, service: ServicePlan, spine: Any, timestamp: str, output: Path, progress: Progress | None = None
) -> int:
    """Writes the training set to a Parquet or CSV file, aside first; returns its number of rows."""
    kind = {".csv": "csv", ".parquet": "parquet"}.get(output.suffix.lower())
    if kind is None:
        raise DataError(f"'{output}' has no format that can be written", help="end it in .parquet or .csv")
    with placed_spine(engine, spine, timestamp, service.spine_columns) as placed:
        evaluate(placed, service, progress or Silent())
        query = placed.assembled(service)
        if isinstance(placed.home, DuckDB):
            _write_file(placed.home, query, output, kind)
        else:
            with DuckDB(root=Path(), settings={}, threads=0) as scratch:
                scratch.register(_FETCHED, placed.home.arrow(query))
                _write_file(scratch, select([exp.Star()], _FETCHED), output, kind)
        return placed.count()


def write_training_table(
    engine: Engine, service: ServicePlan, spine: Any, timestamp: str, name: str, progress: Progress | None = None
) -> int:
    """Leaves the training set in the warehouse as a table, made aside first; returns its number of rows."""
    engine.check_table(name)
    with placed_spine(engine, spine, timestamp, service.spine_columns, in_warehouse=True) as placed:
        evaluate(placed, service, progress or Silent())
        engine.write_table(name, placed.assembled(service))
        return placed.count()


def _write_file(engine: DuckDB, query: exp.Query, output: Path, kind: str) -> None:
    aside = output.with_name(f".{output.name}.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        path = str(aside).replace("'", "''")
        engine.execute(f"COPY ({emit(query, pretty=False)}) TO '{path}' (FORMAT {kind})")
        aside.replace(output)
    except OSError as error:
        raise EngineError(f"'{output}' cannot be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)


def evaluate(placed: PlacedSpine, service: ServicePlan, progress: Progress) -> None:
    """Evaluates every instance at the spine's moments, into a table of its own name."""
    _check_names(service, placed.columns)
    total = len(service.instances)
    for number, instance in enumerate(service.instances, start=1):
        progress.started(number, total, instance.name)
        since = time.perf_counter()
        reason = _evaluate_instance(placed.engine, instance)
        progress.finished(number, total, instance.name, seconds=time.perf_counter() - since, detail=reason)


def _evaluate_instance(engine: Engine, instance: Instance) -> str:
    """Returns the plan that was chosen, and why."""
    if instance.view.kind == "request":
        query, reason = request_query(instance), "row-level expressions"
    else:
        sources = sources_of(engine, instance.view)
        choice = choose_plan(engine, instance, sources)
        query, reason = training_query(instance, choice, sources), f"{choice.plan.name}: {choice.reason}"
    try:
        engine.create(instance.name, query)
    except EngineError as error:
        raise EngineError(
            f"{instance.view.path}: the training SQL of '{instance.view.name}' failed: {error.message}", help=error.help
        ) from error
    return reason


def choose_plan(engine: Engine, instance: Instance, sources: Sources) -> Choice:
    """The plan for this spine. Rows are counted only when there is something to choose."""
    view = instance.view
    usable = portable_plans(instance, target_of(engine.dialect))
    if view.plan is not None or len(usable) == 1 or view.kind == "latest" or view.refresh is not None:
        return choose(view, None, usable)
    return choose(view, _statistics(engine, instance, sources), usable)


def _statistics(engine: Engine, instance: Instance, sources: Sources) -> Statistics:
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
            named(exp.Subquery(this=select([exp.Sum(this=column("n"))], "rows_by_key")), "events"),
            named(exp.Subquery(this=select([exp.Sum(this=column("n"))], "moments_by_key")), "moments"),
            named(exp.Coalesce(this=pairs, expressions=[exp.Literal.number(0)]), "pairs"),
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


def _check_names(service: ServicePlan, columns: Iterable[str]) -> None:
    lowered = {name.lower() for name in columns}
    for output in service.outputs:
        if output.name.lower() in lowered:
            raise DataError(
                f"the spine's column '{output.name}' has the name of a feature of '{service.name}'",
                help="rename it, or set full_feature_names: true on the service",
            )
