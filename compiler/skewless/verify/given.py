"""Rows of a unit test into typed tables, and views whose values are given into views over such tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from skewless.codegen.scan import as_declared
from skewless.codegen.training.plan import named
from skewless.contract.ir import Feature, FeatureView, Field, Pipeline, Scan, SourceTable, Step, Timing
from skewless.contract.names import EVENT, EVENT_TIME, aliased, column, identifier, table
from skewless.engines.duckdb import DuckDB
from skewless.ground.codes import Code
from skewless.ground.diagnostics import Diagnostic, did_you_mean
from skewless.ground.dtypes import TIMESTAMP, DataType
from skewless.ground.durations import Duration
from skewless.ground.errors import CompileError, EngineError
from skewless.ground.spans import Span
from skewless.project.model import Given, Rows
from skewless.project.properties.unit_tests import WrittenRow
from skewless.stores.keys import DIGITS
from skewless.verify.tables import show

_GIVEN_AT = "given_at"
_WRITTEN = "VARCHAR"
"""How every value comes into DuckDB."""
_MOCKED = "ref("
_BEFORE_EVERYTHING = "1900-01-01 00:00:00"
NO_ROWS = Rows(format="dict", rows=(), span=Span.at(""))
"""Of a source that is not given."""


def rows_of(engine: DuckDB, rows: Rows) -> list[Mapping[str, Any]]:
    """The rows of a `given` or `expect`, whatever their format. An empty CSV field is NULL."""
    if rows.format == "sql":
        try:
            return engine.arrow(str(rows.rows)).to_pylist()  # type: ignore[no-any-return]
        except EngineError as error:
            raise fault("invalid-value", f"the SQL of these rows failed: {error.message}", rows) from error
    if rows.format == "csv":
        lines = csv.DictReader(io.StringIO(str(rows.rows).strip()), skipinitialspace=True)
        return [{str(name): value or None for name, value in line.items()} for line in lines]
    return [] if isinstance(rows.rows, str) else list(rows.rows)


def fault(
    code: Code,
    message: str,
    rows: Rows,
    number: int | None = None,
    column: str = "",
    help: str | None = None,  # noqa: A002
) -> CompileError:
    """A fault of the test itself, at the row or the value that has it; rows of text have no places of their own."""
    row = rows.rows[number] if number is not None and rows.format == "dict" else None
    if isinstance(row, WrittenRow):
        span = row.spans.get(column, row.span)
    else:
        span, message = rows.span, message if number is None else f"row {number + 1}: {message}"
    return CompileError((Diagnostic(code=code, message=message, span=span, help=help),))


def create_table(
    engine: DuckDB, name: str, columns: Sequence[Field], rows: Sequence[Mapping[str, Any]], origin: Rows
) -> list[dict[str, Any]]:
    """A table of the declared columns, and its rows. Each value is written as text and cast, so the types are those of
    the YAML.

    Raises CompileError for a column that is not declared, or a value that is not of its type.
    """
    import pyarrow as pa

    texts = [_texts(row, columns, origin, number) for number, row in enumerate(rows)]
    listed = {field.name: pa.array([row.get(field.name) for row in texts], pa.string()) for field in columns}
    engine.register("given_text", pa.table(listed))
    casts = [named(as_declared(column(field.name), field.dtype, _WRITTEN), field.name) for field in columns]
    query = exp.Select(expressions=casts, from_=exp.From(this=table("given_text")))
    create = exp.Create(
        this=exp.Table(this=identifier(name)),
        kind="TABLE",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=query,
    )
    try:
        engine.execute(create)
    except EngineError:
        _find_uncastable(engine, columns, texts, origin)
        raise
    engine.unregister("given_text")
    return engine.arrow(f"SELECT * FROM {name}").to_pylist()  # type: ignore[no-any-return]


def check_distinct(rows: Sequence[Mapping[str, Any]], keys: Sequence[Field], given: Given) -> None:
    """Raises CompileError for a second row of the same keys: nothing says which of the two is meant."""
    seen = set()
    for number, row in enumerate(rows):
        key = tuple(row[field.name] for field in keys)
        if key in seen:
            shown = ", ".join(f"{field.name}={show(row[field.name])}" for field in keys)
            help_line = "keep one of them, or give the other another key"
            raise fault("invalid-value", f"{given.input} has two rows of {shown}", given.rows, number, help=help_line)
        seen.add(key)


def mocked_view(view: FeatureView, table_name: str) -> FeatureView:
    """A view with the same keys and features whose values are those of a table, at every moment."""
    features = [Field(name=one.name, dtype=one.dtype) for one in view.features]
    source = SourceTable(
        name=mocked_name(view),
        database=None,
        schema="main",
        identifier=table_name,
        path=None,
        columns=(*view.keys, *features, Field(name=_GIVEN_AT, dtype=TIMESTAMP)),
        event_time=_GIVEN_AT,
        known_at=None,
        delay=Duration(0),
        primary_key=tuple(key.name for key in view.keys),
        append_only=True,
        tie_break=(),
        deleted=None,
        inclusive=False,
    )
    names = [field.name for field in (*view.keys, *features)]
    rows = exp.Select(
        expressions=[*(column(name, "given") for name in names), aliased(column(EVENT_TIME, "given"), EVENT_TIME)],
        from_=exp.From(this=table("given")),
    )
    pipeline = Pipeline(
        scans=(Scan(name="given", source=source, columns=tuple(names), tie_count=0),),
        steps=(Step(name="rows", query=rows, comment="values that the test gives"),),
        columns=tuple(features),
        timing=Timing(delay=Duration(0), inclusive=False, has_versions=False),
        tie_types=(),
    )
    return FeatureView(
        name=view.name, path=view.path, kind="latest", keys=view.keys,
        features=tuple(Feature(name=one.name, dtype=one.dtype, expression=column(one.name, EVENT)) for one in features),
        pipeline=pipeline, horizon=None, ttl=None, refresh=None, requests=(), dependencies=(), plan=None, online=True,
        description="", config={},
    )  # fmt: skip


def mocked_name(view: FeatureView) -> str:
    """The name of the source whose rows are the given values of a view."""
    return f"{_MOCKED}{view.name})"


def is_mocked(source: SourceTable) -> bool:
    """Whether the source is the table of a view whose values are given."""
    return source.name.startswith(_MOCKED)


def mocked_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Given values with the time from which they hold: always."""
    return [
        {**{key: value for key, value in row.items() if key != "as_of"}, _GIVEN_AT: _BEFORE_EVERYTHING} for row in rows
    ]


def mocked_columns(view: FeatureView) -> tuple[Field, ...]:
    """The columns of a table of given values."""
    features = (Field(name=one.name, dtype=one.dtype) for one in view.features)
    return (*view.keys, *features, Field(name=_GIVEN_AT, dtype=TIMESTAMP))


def _texts(row: Mapping[str, Any], columns: Sequence[Field], origin: Rows, number: int) -> dict[str, str | None]:
    """The values of a row as text, by the names that are declared."""
    known = {field.name.lower(): field for field in columns}
    found = {}
    for name, value in row.items():
        field = known.get(str(name).lower())
        if field is None:
            names = [one.name for one in columns]
            help_line = did_you_mean(str(name), names) or f"columns: {', '.join(names)}"
            raise fault("unknown-column", f"there is no column '{name}'", origin, number, name, help_line)
        if origin.format == "dict" and _is_retyped(value, field.dtype):
            message = f"'{field.name}' is text, and YAML has made {show(value)} of what is written"
            raise fault("invalid-value", message, origin, number, name, "put it in quotes")
        if _is_rounded(value, field.dtype):
            message = f"{show(value)} has more decimals than {field.dtype} holds, and would be rounded"
            raise fault("invalid-value", message, origin, number, name, "write the value that is meant")
        found[field.name] = _text(value)
    return found


def _is_retyped(value: Any, dtype: DataType) -> bool:
    """Whether a text has been read as something else: YAML makes 7 of `007`, and false of `NO`."""
    if dtype.element is not None:
        return isinstance(value, list | tuple) and any(_is_retyped(item, dtype.element) for item in value)
    return dtype.kind == "VARCHAR" and value is not None and not isinstance(value, str)


def _is_rounded(value: Any, dtype: DataType) -> bool:
    """Whether a cast to the type would round the value."""
    if dtype.element is not None:
        return isinstance(value, list | tuple) and any(_is_rounded(item, dtype.element) for item in value)
    if dtype.kind not in ("DECIMAL", "BIGINT", "INTEGER"):
        return False
    try:
        exponent = Decimal(str(value)).normalize(DIGITS).as_tuple().exponent
    except ArithmeticError:  # no number, which the cast will say
        return False
    return isinstance(exponent, int) and exponent < -dtype.scale


def _find_uncastable(
    engine: DuckDB, columns: Sequence[Field], texts: Sequence[Mapping[str, str | None]], origin: Rows
) -> None:
    """Raises CompileError at the first value that is not of its type."""
    for number, row in enumerate(texts):
        for field in columns:
            text = row.get(field.name)
            if text is None:
                continue
            try:
                engine.rows(exp.Select(expressions=[as_declared(exp.Literal.string(text), field.dtype, _WRITTEN)]))
            except EngineError as error:
                message = f"'{field.name}' must be {field.dtype}, not '{text}'"
                raise fault("invalid-value", message, origin, number, field.name) from error


def _text(value: Any) -> str | None:
    """A value as DuckDB reads it back from text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_element(item) for item in value) + "]"
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(_text(value))
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else text
