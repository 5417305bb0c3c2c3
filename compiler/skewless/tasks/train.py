"""A spine and a service into a training set."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the values of a spine's rows are made, where it is not as everywhere."""

    known_as_of: dt.datetime | None = None
    """Only rows that sources knew at this moment are there (naive UTC); all of them if None."""
    plans: Mapping[str, str] = field(default_factory=dict)
    """The plans of instances by name. One that does not honour its view any more is chosen anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """How one use of a view was evaluated. A request view has no plan."""

    instance: Instance
    plan: str | None
    reason: str
    sql: str
    """What the engine ran, in its own SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was made: how many rows, the columns of the spine, which are the first, and how each view was evaluated."""

    rows: int
    spine: tuple[str, ...]
    evaluated: tuple[Evaluated, ...]


Complete = Callable[["pa.RecordBatchReader | None"], None]
"""Is handed all rows when they are complete, before they take the place of former ones; None of rows that stay in a
warehouse."""
_AS_EVER = Terms()


def training_set(
    engine: Engine,
    service: ServicePlan,
    spine: Any,
    timestamp: str,
    progress: Progress | None = None,
    terms: Terms = _AS_EVER,
) -> pa.Table:
    """The spine's rows, in its order, all its columns first, then the service's features (semantics, section 5)."""
    with placed_spine(engine, spine, timestamp, service.spine_columns) as placed:
        evaluate(placed, service, progress or Silent(), terms)
        return placed.home.arrow(placed.assembled(service))


def write_training_set(
    engine: Engine,
    service: ServicePlan,
    spine: Any,
    timestamp: str,
    output: Path | None,
    progress: Progress | None = None,
    terms: Terms = _AS_EVER,
    complete: Complete | None = None,
) -> Written:
    """Writes the training set to a Parquet or CSV file, aside first; without one `complete` alone gets the rows."""
    kind = _kind(output) if output is not None else ""
    with placed_spine(engine, spine, timestamp, service.spine_columns) as placed:
        evaluated = evaluate(placed, service, progress or Silent(), terms)
        with _in_duckdb(placed, service) as (home, query), _written_aside(home, query, output, kind):
            _hand_over(home, query, complete)
        return Written(rows=placed.count(), spine=tuple(placed.columns), evaluated=evaluated)


def write_training_table(
    engine: Engine,
    service: ServicePlan,
    spine: Any,
    timestamp: str,
    name: str,
    progress: Progress | None = None,
    terms: Terms = _AS_EVER,
    complete: Complete | None = None,
) -> Written:
    """Leaves the training set in the warehouse as a table, made aside first."""
    engine.check_table(name)
    with placed_spine(engine, spine, timestamp, service.spine_columns, in_warehouse=True) as placed:
        evaluated = evaluate(placed, service, progress or Silent(), terms)
        _hand_over(engine, placed.assembled(service), complete)
        engine.write_table(name, placed.assembled(service))
        return Written(rows=placed.count(), spine=tuple(placed.columns), evaluated=evaluated)


def _kind(output: Path) -> str:
    kind = {".csv": "csv", ".parquet": "parquet"}.get(output.suffix.lower())
    if kind is None:
        raise DataError(f"'{output}' has no format that can be written", help="end it in .parquet or .csv")
    return kind


@contextmanager
def _in_duckdb(placed: PlacedSpine, service: ServicePlan) -> Iterator[tuple[DuckDB, exp.Query]]:
    """The training set as a query of a DuckDB, which writes files; the rows are fetched if they are elsewhere."""
    query = placed.assembled(service)
    if isinstance(placed.home, DuckDB):
        yield placed.home, query
    else:
        with DuckDB(root=Path(), settings={}, threads=0) as scratch:
            scratch.register(_FETCHED, placed.home.arrow(query))
            yield scratch, select([exp.Star()], _FETCHED)


def _hand_over(engine: Engine, query: exp.Query, complete: Complete | None) -> None:
    if complete is None:
        return
    if not isinstance(engine, DuckDB):
        complete(None)
        return
    with engine.batches(query) as rows:
        complete(rows)


@contextmanager
def _written_aside(engine: DuckDB, query: exp.Query, output: Path | None, kind: str) -> Iterator[None]:
    """The rows in a file beside the output, whose name it takes when all has gone well."""
    if output is None:
        yield
        return
    aside = output.with_name(f".{output.name}.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        path = str(aside).replace("'", "''")
        engine.execute(f"COPY ({emit(query, pretty=False)}) TO '{path}' (FORMAT {kind})")
        yield
        aside.replace(output)
    except OSError as error:
        raise EngineError(f"'{output}' cannot be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)


def evaluate(
    placed: PlacedSpine, service: ServicePlan, progress: Progress, terms: Terms = _AS_EVER
) -> tuple[Evaluated, ...]:
    """Evaluates every instance at the spine's moments, into a table of its own name."""
    _check_names(service, placed.columns)
    total = len(service.instances)
    found = []
    for number, instance in enumerate(service.instances, start=1):
        progress.started(number, total, instance.name)
        since = time.perf_counter()
        one = _evaluate_instance(placed.engine, instance, terms)
        progress.finished(number, total, instance.name, seconds=time.perf_counter() - since, detail=_told(one))
        found.append(one)
    return tuple(found)


def _told(one: Evaluated) -> str:
    return one.reason if one.plan is None else f"{one.plan}: {one.reason}"


def _evaluate_instance(engine: Engine, instance: Instance, terms: Terms) -> Evaluated:
    plan: str | None = None
    if instance.view.kind == "request":
        query, reason = request_query(instance), "row-level expressions"
    else:
        sources = sources_of(engine, instance.view, terms.known_as_of)
        choice = _pinned(engine, instance, terms) or choose_plan(engine, instance, sources)
        query, plan, reason = training_query(instance, choice, sources), choice.plan.name, choice.reason
    try:
        sql = engine.create(instance.name, query)
    except EngineError as error:
        raise EngineError(
            f"{instance.view.path}: the training SQL of '{instance.view.name}' failed: {error.message}", help=error.help
        ) from error
    return Evaluated(instance=instance, plan=plan, reason=reason, sql=sql)


def _pinned(engine: Engine, instance: Instance, terms: Terms) -> Choice | None:
    """The plan that the terms name, unless it does not honour the view or the engine cannot compute it."""
    name = terms.plans.get(instance.name)
    usable = portable_plans(instance, target_of(engine.dialect)) if name is not None else ()
    return next((Choice(plan, "as it was made before") for plan in usable if plan.name == name), None)


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
