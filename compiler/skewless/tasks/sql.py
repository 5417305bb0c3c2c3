"""One view into the texts that `compile` writes of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sqlglot import exp

from skewless.codegen.pipeline import Sources
from skewless.codegen.portable import instance_relations, portable_plans
from skewless.codegen.retention import Retention, retention
from skewless.codegen.scan import Relations as Places
from skewless.codegen.serving import ServingParts, serving_parts
from skewless.codegen.state import is_written, state_query, state_shape
from skewless.codegen.training.assemble import request_query, training_query
from skewless.codegen.training.plans import choose
from skewless.codegen.written import written_view
from skewless.contract.artifact import Statement as ServingStatement
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.source_plan import WrittenView
from skewless.dialects.emit import emit
from skewless.dialects.relations import Relations, unread
from skewless.dialects.statements import Statement
from skewless.dialects.targets import REFERENCE, doubt_of, target_of
from skewless.engines.duckdb import relation as duckdb_relation
from skewless.engines.duckdb import text_types
from skewless.engines.places import table_of
from skewless.engines.snowflake_tables import relation as snowflake_relation
from skewless.engines.spark_files import relation as spark_relation
from skewless.tasks.sources import check_landed


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledView:
    """The SQL of one view. Request views keep no state.

    `parts` are those of its bundle, and `written` what writes its rows one by one, if anything may; both but for stored
    versions. `retention` is what its state keeps.
    """

    name: str
    path: str
    training: str
    serving: str
    state: str | None
    parts: ServingParts
    written: WrittenView | None
    retention: Retention | None
    seconds: float

    @property
    def files(self) -> dict[str, str]:
        """Path below `target/compiled/<project>` to text."""
        stem = stem_of(self.path)
        texts = {"training": self.training, "serving": self.serving, "state": self.state}
        return {f"{stem}.{stage}.sql": text for stage, text in texts.items() if text is not None}


def compile_view(view: FeatureView, views: Mapping[str, FeatureView], dialect: str = REFERENCE) -> CompiledView:
    """The SQL of one view; `views` are those that it may refer to. Serving is DuckDB's, whatever the dialect."""
    since = time.perf_counter()
    service = service_of_view(view, views)
    training, state = training_sql(view, service, dialect), state_sql(view, dialect)
    parts = serving_parts(service, defaultdict(str))
    return CompiledView(
        name=view.name,
        path=view.path,
        training=training,
        serving=_serving_text(view, parts.statement),
        state=state,
        parts=parts,
        written=written_view(view, "") if is_written(view) else None,
        retention=None if view.kind == "request" else retention(view),
        seconds=time.perf_counter() - since,
    )


def training_sql(view: FeatureView, service: ServicePlan, dialect: str = REFERENCE) -> str:
    """What `train` runs for the view, with the plan that is chosen when no spine has been counted."""
    instance = service.instances[-1]
    if view.kind == "request":
        target = target_of(dialect)
        relations = unread if target is None else instance_relations(instance, target)
        return _written(request_query(instance), dialect, relations)
    choice = choose(view, None, portable_plans(instance, target_of(dialect)))
    return _written(training_query(instance, choice, _unread(view, dialect)), dialect)


def serving_sql(view: FeatureView, service: ServicePlan) -> str:
    """What a server runs for the view alone, or the comment that it looks the view up."""
    return _serving_text(view, serving_parts(service, defaultdict(str)).statement)


def _serving_text(view: FeatureView, statement: ServingStatement | None) -> str:
    if statement is not None:
        return f"{statement.sql}\n"
    columns = "".join(f"--   {known.name} {known.dtype}\n" for known in state_shape(view).columns)
    return f"-- {view.name}, serving: nothing is computed. A server looks up what is stored for the entity:\n{columns}"


def state_sql(view: FeatureView, dialect: str = REFERENCE) -> str | None:
    """What `run` runs for the view; None for a request view."""
    return None if view.kind == "request" else _written(state_query(view, _unread(view, dialect)), dialect)


def _written(query: exp.Query, dialect: str, relations: Relations = unread) -> str:
    target = target_of(dialect)
    if target is None:
        return f"{emit(query, copy=False)}\n"
    lowered, _ = Statement(target, relations).query(query)
    text, doubt = f"{emit(lowered, dialect, copy=False)}\n", doubt_of(dialect)
    return f"-- {doubt}\n{text}" if doubt else text


def stem_of(path: str) -> PurePosixPath:
    """The path of a view's files; a feature path outside the project must not lead out of the target folder."""
    return PurePosixPath(*(part for part in PurePosixPath(path).parts if part not in ("..", "/"))).with_suffix("")


def _unread(view: FeatureView, dialect: str) -> Sources:
    """Sources at the place where the project says, of which nobody has looked what types they have."""
    physical: dict[str, dict[str, str]] = {}
    for scan in view.rows.scans:
        check_landed(scan.source, dialect)
        if dialect == REFERENCE:
            physical[scan.source.name] = text_types(scan.source)
        if (landed := scan.source.landed_part) is not None:
            physical[landed.name] = {}
    return Sources(relations=_PLACES.get(dialect, lambda source: table_of(_in_table(source))), physical=physical)


def _in_table(source: SourceTable) -> SourceTable:
    """A file as the table that it would be loaded into: `compile --dialect` is for reading, and reads nothing."""
    return replace(source, path=None)


_PLACES: Mapping[str, Places] = {
    "duckdb": duckdb_relation,
    "spark": spark_relation,
    "snowflake": lambda source: snowflake_relation(_in_table(source)),
}
