"""Turns a case into a skewless project: its files as text, its rows as Parquet, its moments as a spine."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .case import Case
from .schema import schema, source_schema
from .specs import SourceSpec
from .sql import duration, model_sql

ARROW_TYPES = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double": pa.float64(),
    "varchar": pa.string(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}

PROJECT = 'name: prop\nversion: "1"\nprofile: prop\nfeature-paths: [features]\n'
PROFILES = "prop: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"


def render(case: Case) -> dict[str, str]:
    """The project's files: relative path to content."""
    return {
        "skewless.yml": PROJECT,
        "profiles.yml": PROFILES,
        "features/v.sql": model_sql(case.view, case.stepwise),
        "features/props.yml": properties(case),
    }


def write_data(case: Case, folder: str | Path) -> None:
    """Writes each source below the project folder, at the path that its YAML names."""
    for source in case.sources:
        path = Path(folder) / data_path(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(source_table(case, source), path)


def source_table(case: Case, source: SourceSpec) -> pa.Table:
    """The rows of a source as Arrow, timestamps as naive UTC microseconds."""
    fields = pa.schema([(name, ARROW_TYPES[data_type]) for name, data_type in source_schema(source).items()])
    return pa.Table.from_pylist([dict(row) for row in case.rows[source.name]], schema=fields)


def spine_table(case: Case) -> pa.Table:
    """The moments as a spine: the key columns and `ts`."""
    types = key_types(case)
    columns = {
        name: pa.array([moment.key[place] for moment in case.moments], ARROW_TYPES[types[name]])
        for place, name in enumerate(case.view.keys)
    }
    return pa.table(columns | {"ts": pa.array([moment.at for moment in case.moments], pa.timestamp("us"))})


def key_types(case: Case) -> dict[str, str]:
    """The DuckDB type of each entity key."""
    types = schema(case.view.pipeline)
    return {name: types[name] for name in case.view.keys}


def data_path(source: SourceSpec) -> str:
    """Where the source lies, relative to the project."""
    return f"data/{source.name}.parquet"


def properties(case: Case) -> str:
    """`features/props.yml`: the entity, the sources with their time rules, and the service `svc` over `v`."""
    keys = ", ".join(f"{{name: {name}, data_type: {data_type}}}" for name, data_type in key_types(case).items())
    tables = "".join(_table(source) for source in case.sources)
    return (
        f"entities:\n  - name: e\n    keys: [{keys}]\n\n"
        f"sources:\n  - name: s\n    tables:\n{tables}\n"
        "services:\n  - name: svc\n    features:\n      - v\n"
    )


def _table(source: SourceSpec) -> str:
    lines = [f"name: {source.name}", f"path: {data_path(source)}", *_time_rules(source), "columns:"]
    lines += [f"  - {{name: {column.name}, data_type: {column.data_type}}}" for column in source.columns]
    return "".join(f"      {'-' if place == 0 else ' '} {line}\n" for place, line in enumerate(lines))


def _time_rules(source: SourceSpec) -> list[str]:
    rules = {
        "static": "true" if source.static else "",
        "event_time": source.event_time or "",
        "known_at": source.known_at or "",
        "delay": duration(source.delay) if source.delay else "",
        "primary_key": _names(source.primary_key),
        "append_only": "true" if source.append_only else "",
        "tie_break": _names(source.tie_break),
        "deleted": source.deleted or "",
        "inclusive": "true" if source.inclusive else "",
    }
    return [f"{rule}: {value}" for rule, value in rules.items() if value]


def _names(columns: tuple[str, ...]) -> str:
    return f"[{', '.join(columns)}]" if columns else ""
