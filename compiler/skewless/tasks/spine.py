"""A spine in any form into the table `spine`: its own columns, the row's number and the moment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlglot import exp

from skewless.codegen.scan import NANOSECONDS, as_declared
from skewless.codegen.training.assemble import SPINE
from skewless.contract.names import AT, ROW, column, identifier, is_reserved
from skewless.dialects.emit import emit
from skewless.engines.duckdb import DuckDB, csv_options
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import TIMESTAMP, DataType
from skewless.ground.errors import DataError, EngineError

_REGISTERED = "spine_given"
_GIVEN = "_given_"
_TEXT = "VARCHAR"
WHOLE = ("INTEGER", "BIGINT")
_TYPES_OF = {"read_csv": "types", "read_json": "columns"}
"""The option of a reader of text that says which types columns have."""
_FILES = (".parquet", ".csv", ".tsv", ".json", ".jsonl")
_NUMERIC = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")


def load_spine(engine: DuckDB, spine: Any, timestamp: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Creates the table `spine`; returns its own columns in order, each with the name under which it is kept.

    Columns that the service reads are in microseconds there; one that came in nanoseconds is kept beside, as it was.

    `spine` is an Arrow table, a pandas or polars frame, a path to a Parquet or CSV file, the name of a table, or a
    query. `wanted` are the columns that the service needs, with their types. Raises DataError when one is missing or of
    another kind; NULLs in keys and in the timestamp are kept.
    """
    try:
        relation, found = _read(engine, spine, timestamp, wanted)
    except EngineError as error:
        raise DataError(
            f"the spine cannot be read: {error.message}",
            help="a spine is a .parquet or .csv file, a table of the warehouse, or a query",
        ) from error
    check_columns(found, timestamp, wanted)
    _check_whole(engine, relation, found, wanted)
    kept = {name: f"{_GIVEN}{name}" if name in wanted and found[name] in NANOSECONDS else name for name in found}
    columns = [_sql(name) if kept[name] == name else f"{_sql(name)} AS {_sql(kept[name])}" for name in found]
    columns += [f"{_moment(name, found[name])} AS {_sql(name)}" for name in found if kept[name] != name]
    columns += [f"ROW_NUMBER() OVER () - 1 AS {ROW}", f"{_moment(timestamp, found[timestamp])} AS {AT}"]
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {SPINE} AS SELECT {', '.join(columns)} FROM {relation}")
    return kept


def _check_whole(engine: DuckDB, relation: str, found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """A whole number is wanted: 2.5 is no key, and would be rounded to one."""
    for name, dtype in wanted.items():
        if dtype in WHOLE and found[name].startswith(("DOUBLE", "FLOAT", "DECIMAL", _TEXT)):
            own = _sql(name)
            number = f"TRY_CAST({own} AS DOUBLE)" if found[name] == _TEXT else own
            broken = engine.rows(f"SELECT {own} FROM {relation} WHERE {number} <> TRUNC({number}) LIMIT 1")
            if broken:
                raise DataError(
                    f"the spine's column '{name}' holds {broken[0][0]}, and the service needs {dtype}",
                    help=f"round it as it should be: CAST({name} AS {dtype})",
                )


def _sql(name: str) -> str:
    return identifier(name).sql(dialect="duckdb")


def _read(engine: DuckDB, spine: Any, timestamp: str, wanted: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """What FROM reads the spine from, and its columns with their types."""
    if not isinstance(spine, str | Path):
        table = _as_arrow(spine)
        if not table.num_columns:
            raise DataError("the spine has no columns", help=f"give it: {', '.join((*wanted, timestamp))}")
        engine.register(_REGISTERED, table)
        return _REGISTERED, engine.columns(f"SELECT * FROM {_REGISTERED}")
    relation = _named(str(spine))
    reader = relation.split("(")[0]
    if reader not in _TYPES_OF:
        return _REGISTERED, engine.read(_REGISTERED, relation)
    found = engine.columns(f"SELECT * FROM {relation}")
    return _read_text(engine, relation, reader, found, {**wanted, timestamp: str(TIMESTAMP)})


def _read_text(
    engine: DuckDB, relation: str, reader: str, found: Mapping[str, str], wanted: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """A file of text: the columns that the service reads mean what their types say, not what a reader guesses."""
    texts = {name: _TEXT for name in found if name in wanted}
    whole = {name: wanted[name] for name in texts if wanted[name] in WHOLE}
    types = {**found, **texts} if reader == "read_json" else texts
    relation = f"{relation[:-1]}, {_TYPES_OF[reader]} = {_mapping(types)})" if texts else relation
    _check_whole(engine, relation, texts, whole)
    typed = [
        f"{emit(as_declared(column(name), DataType.parse(wanted[name]), _TEXT), pretty=False)} AS {_sql(name)}"
        for name in texts
    ]
    rows = f"(SELECT * REPLACE ({', '.join(typed)}) FROM {relation})" if texts else relation
    return rows, {**found, **{name: wanted[name] for name in texts}}


def _mapping(texts: Mapping[str, str]) -> str:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=identifier(name), expression=exp.Literal.string(text)) for name, text in texts.items()
        ]
    ).sql(dialect="duckdb")


def is_file(text: str) -> bool:
    """Whether a spine that is given as text is a file, and no table or query."""
    return _suffix(text) in _FILES and not text.lstrip().lower().startswith("select")


def is_query(text: str) -> bool:
    """Whether a spine that is given as text is a query, and no table."""
    return text.lstrip().lower().startswith(("select", "with", "from", "values", "("))


def _suffix(text: str) -> str:
    return os.path.splitext(text.removesuffix(".gz"))[1].lower()


def _named(text: str) -> str:
    """A file, a query, or a table of the engine."""
    if is_file(text):
        suffix = _suffix(text)
        if not Path(text).exists() and not any(mark in text for mark in "*?[") and "://" not in text:
            raise DataError(f"the spine file '{text}' does not exist")
        reader = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv"}.get(suffix, "read_json")
        known: dict[str, dict[str, exp.Expr]] = {
            "read_csv": csv_options(),
            "read_parquet": {"union_by_name": exp.true()},
        }
        options = [f"{name} = {value.sql()}" for name, value in known.get(reader, {}).items()]
        return f"{reader}({', '.join([exp.Literal.string(text).sql(), *options])})"
    if is_query(text):
        return f"({text.rstrip().rstrip(';')})"
    return ".".join(_sql(part) for part in text.split("."))


def _as_arrow(spine: Any) -> Any:
    import pyarrow as pa

    if isinstance(spine, pa.Table):
        return spine
    if isinstance(spine, pa.RecordBatch):
        return pa.Table.from_batches([spine])
    if hasattr(spine, "to_arrow"):
        return spine.to_arrow()
    if hasattr(spine, "iloc"):
        return pa.Table.from_pandas(spine, preserve_index=False)
    if isinstance(spine, list):
        return pa.Table.from_pylist(spine)
    if hasattr(spine, "__arrow_c_stream__"):
        return pa.table(spine)
    raise DataError(
        f"a spine of type {type(spine).__name__} cannot be read",
        help="give an Arrow table, a pandas or polars frame, a list of dicts, a path, a table name or a query",
    )


def check_columns(found: Mapping[str, str], timestamp: str, wanted: Mapping[str, str]) -> None:
    if timestamp not in found:
        raise DataError(
            f"the spine has no timestamp column '{timestamp}'",
            help=did_you_mean(timestamp, found) or f"its columns: {', '.join(found)}",
        )
    kind = found[timestamp]
    if not kind.startswith(("TIMESTAMP", "DATE")):
        raise DataError(
            f"the spine's timestamp column '{timestamp}' is {kind}", help="cast it to a timestamp or a date"
        )
    for name, dtype in wanted.items():
        if name not in found:
            raise DataError(
                f"the spine has no column '{name}', which the service needs ({dtype})",
                help=did_you_mean(name, found) or f"its columns: {', '.join(found)}",
            )
        if _family(found[name]) not in (_family(dtype), "null"):
            raise DataError(
                f"the spine's column '{name}' is {found[name]}, and the service needs {dtype}",
                help=f"cast it: CAST({name} AS {dtype})",
            )
    lowered = [name.lower() for name in found]
    twice = [name for name in found if lowered.count(name.lower()) > 1]
    if twice:
        raise DataError(f"the spine's columns {', '.join(twice)} differ in case only", help="rename one of them")
    taken = [name for name in found if is_reserved(name)]
    if taken:
        raise DataError(f"the spine's column '{taken[0]}' has a name that skewless gives to its own columns")


def _family(dtype: str) -> str:
    """Types within a family convert into each other without guessing."""
    if dtype.endswith("[]"):
        return "list"
    if dtype in ('"NULL"', "NULL"):
        return "null"
    if dtype.startswith(("TIMESTAMP", "DATE")):
        return "time"
    if any(word in dtype for word in _NUMERIC):
        return "number"
    return "text" if dtype.startswith(("VARCHAR", "ENUM")) else dtype.split("(")[0]


def _moment(timestamp: str, kind: str) -> str:
    """UTC microseconds: zones are converted, nanoseconds floored, a date is its midnight."""
    return emit(as_declared(column(timestamp), TIMESTAMP, kind), pretty=False, copy=False)
