"""DuckDB as the warehouse: embedded, reads Parquet, CSV and JSON files where they lie."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import column, identifier, table
from skewless.dialects.emit import emit
from skewless.engines.places import landed_types
from skewless.engines.waiting import WaitingThread
from skewless.ground.errors import DataError, EngineError, UsageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_CSV, _JSON, _PARQUET = "READ_CSV", "READ_JSON", "READ_PARQUET"
_GLOB = re.compile(r"[*?\[{]")
_READERS = {".csv": _CSV, ".tsv": _CSV, ".json": _JSON, ".jsonl": _JSON, ".ndjson": _JSON}
_TEXT = "VARCHAR"
_MEMORY = ":memory:"
_PATIENCE = 0.05
_BATCH_ROWS = 100_000
_ONE = exp.Limit(expression=exp.Literal.number(1))
_EXCERPT = re.compile(r"\n+LINE \d+:")
_T = TypeVar("_T")


def relation(source: SourceTable, root: Path | None = None) -> exp.Expr:
    """What FROM reads a source from; a relative path is taken from `root`, or left as it is written.

    Files of text are read as text, and cast to the declared types afterwards: a reader that guesses types makes 7 of
    `007`, and another guess of the same row when a row is added. Quotes and comments are not guessed either.
    """
    if source.path is None:
        parts = {"db": identifier(source.schema), "catalog": identifier(source.database) if source.database else None}
        return exp.Table(this=identifier(source.identifier), **{key: part for key, part in parts.items() if part})
    reader = _reader(source)
    if reader == _CSV:
        return _read(reader, source.path, root, all_varchar=exp.true(), **csv_options())
    if reader == _JSON:
        return _read(reader, source.path, root, columns=_mapping(text_types(source)))
    # Of several files, the first would have its types forced upon the others.
    several = {"union_by_name": exp.true()} if _is_of_several(_placed(source.path, root)) else {}
    return _read(_PARQUET, source.path, root, **several)


def csv_options() -> dict[str, exp.Expr]:
    """How every CSV file is read."""
    quote = exp.Literal.string('"')
    return {
        "header": exp.true(), "quote": quote, "escape": quote.copy(), "comment": exp.Literal.string(""),
        "skip": exp.Literal.number(0),
    }  # fmt: skip


def text_types(source: SourceTable) -> dict[str, str]:
    """DuckDB's types of the declared columns as a file of text is read; nothing for sources that have types."""
    reader = _reader(source)
    if reader == _CSV:
        return dict.fromkeys((field.name for field in source.columns), _TEXT)
    if reader == _JSON:
        return {field.name: f"{_TEXT}[]" if field.dtype.element else _TEXT for field in source.columns}
    return {}


def _reader(source: SourceTable) -> str | None:
    return _READERS.get(Path(source.path.removesuffix(".gz")).suffix.lower()) if source.path is not None else None


def _placed(path: str, root: Path | None) -> str:
    return str(root / path) if root is not None and "://" not in path and not os.path.isabs(path) else path


def _is_of_several(path: str) -> bool:
    """Whether files are read that the path itself does not name: it is a pattern, or a folder."""
    return bool(_GLOB.search(path)) or not Path(path).suffix or os.path.isdir(path)


def _read(reader: str, path: str, root: Path | None, **options: exp.Expr) -> exp.Expr:
    path = _placed(path, root)
    if "=" in path or _is_of_several(path):  # folders may be named `day=2026-6-1`
        options["hive_types_autocast"] = exp.false()
    named = [exp.EQ(this=column(name), expression=value) for name, value in options.items()]
    return exp.Table(this=exp.Anonymous(this=reader, expressions=[exp.Literal.string(path), *named]))


def _mapping(texts: Mapping[str, str]) -> exp.Expr:
    items = [exp.PropertyEQ(this=identifier(name), expression=exp.Literal.string(text)) for name, text in texts.items()]
    return exp.Struct(expressions=items)


class DuckDB:
    """One connection, in UTC, that spills to disk instead of dying. Not shared between threads."""

    dialect = "duckdb"

    def __init__(self, *, root: Path, settings: Mapping[str, Any], threads: int, spill: Path | None = None) -> None:
        self.root = root
        self._spill = tempfile.TemporaryDirectory(prefix="skewless-", dir=spill, ignore_cleanup_errors=True)
        self._is_in_memory = str(settings.get("path") or _MEMORY) == _MEMORY
        self._connection = self._connect(settings, threads)
        self._thread = WaitingThread(self._connection.interrupt, every=_PATIENCE)

    def _connect(self, settings: Mapping[str, Any], threads: int) -> duckdb.DuckDBPyConnection:
        import duckdb

        path = str(settings.get("path") or _MEMORY)
        if path != _MEMORY and not os.path.isabs(path):
            path = str(self.root / path)
        config: dict[str, Any] = {
            "threads": threads or os.cpu_count() or 1,
            "temp_directory": str(settings.get("temp_directory") or self._spill.name),
            **({"memory_limit": settings["memory_limit"]} if settings.get("memory_limit") else {}),
            **(settings.get("settings") or {}),
        }
        try:
            connection = duckdb.connect(path, config=config)
        except (duckdb.Error, OSError) as error:
            raise EngineError(f"DuckDB cannot open {path}: {_own_words(error)}") from error
        connection.execute("SET TimeZone = 'UTC'")
        # Names in SQL are tables and files, never variables of this program.
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET default_null_order = 'nulls_last'")
        connection.execute("SET enable_progress_bar = false")  # it would be written among a command's own output
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._thread.close()
        self._connection.close()
        self._spill.cleanup()

    def relation(self, source: SourceTable) -> exp.Expr:
        return relation(source, self.root)

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        """What is really there: source to column to DuckDB's type. Raises when it cannot be read as declared."""
        found: dict[str, dict[str, str]] = {}
        for source in sources:
            found[source.name] = self._columns(source)
            if (landed := source.landed_part) is not None and self._has_files(landed):
                found[landed.name] = landed_types(landed, self._present(landed, self.relation(landed)))
        return found

    def _has_files(self, source: SourceTable) -> bool:
        pattern = exp.Literal.string(_placed(source.path or "", self.root))
        files = exp.Table(this=exp.Anonymous(this="GLOB", expressions=[pattern]))
        return bool(self.rows(exp.Select(expressions=[exp.Star()], from_=exp.From(this=files), limit=_ONE)))

    def _columns(self, source: SourceTable) -> dict[str, str]:
        # A JSON reader that is told which columns to read makes NULLs of those that are not there.
        names = _read(_JSON, source.path, self.root) if source.path and _reader(source) == _JSON else None
        present = self._present(source, names or self.relation(source))
        if names is None:  # SQL compares names without regard to case, JSON does not
            spelled = {name.lower(): kind for name, kind in present.items()}
            types = {field.name: spelled.get(field.name.lower()) for field in source.columns}
        else:
            types = {field.name: present.get(field.name) for field in source.columns}
        missing = [name for name, kind in types.items() if kind is None]
        if missing:
            raise DataError(
                f"the source '{source.name}' has no column {', '.join(repr(name) for name in missing)}",
                help=f"it has: {', '.join(present)}; correct 'columns' of the source",
            )
        return {**present, **{name: kind for name, kind in types.items() if kind}, **text_types(source)}

    def _present(self, source: SourceTable, read: exp.Expr) -> dict[str, str]:
        try:
            return self.columns(exp.Select(expressions=[exp.Star()], from_=exp.From(this=read)))
        except EngineError as error:
            where = f"'{source.path}'" if source.path else f"{source.schema}.{source.identifier}"
            raise EngineError(
                f"the source '{source.name}' cannot be read from {where}: {error.message}",
                help="check 'path' or 'schema' and 'identifier' of the source, and that the data are there",
            ) from error

    def create(self, name: str, query: exp.Query) -> str:
        """Makes a temporary table of a query's rows; the query is used up."""
        text = emit(query, pretty=False, copy=False)
        self.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name).sql(dialect='duckdb')} AS {text}")
        return text

    def read(self, name: str, text: str) -> dict[str, str]:
        """Makes a table or a query readable under a name; returns its columns and their types."""
        self.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name).sql(dialect='duckdb')} AS FROM {text}")
        return self.columns(exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(name))))

    def check_table(self, name: str) -> None:
        """Raises UsageError where no table stays."""
        if self._is_in_memory:
            raise UsageError(
                f"the table '{name}' would be gone at once: the target's DuckDB is in memory",
                help="set 'path' of the target in profiles.yml, or write a .parquet or .csv file",
            )

    def write_table(self, name: str, query: exp.Query) -> None:
        """Makes a table that stays, in one transaction."""
        parts = ".".join(identifier(part).sql(dialect="duckdb") for part in name.split("."))
        self.execute(f"CREATE OR REPLACE TABLE {parts} AS {emit(query, pretty=False)}")

    def execute(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> None:
        """Runs a statement. Raises EngineError with DuckDB's own words."""
        self._run(lambda: self._connection.execute(_text(sql), dict(parameters) if parameters else None))

    def arrow(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The rows of a query."""
        bound = dict(parameters) if parameters else None
        return self._run(lambda: self._connection.sql(_text(sql), params=bound).to_arrow_table())

    def batches(self, sql: str | exp.Expr) -> pa.RecordBatchReader:
        """The rows of a query a part at a time: all of them are never in memory."""
        return self._run(lambda: self._connection.sql(_text(sql)).to_arrow_reader(_BATCH_ROWS))

    def rows(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        bound = dict(parameters) if parameters else None
        return self._run(lambda: self._connection.execute(_text(sql), bound).fetchall())

    def columns(self, sql: str | exp.Expr) -> dict[str, str]:
        """The columns of a query and their types, without running it."""
        found = self._run(lambda: self._connection.sql(_text(sql)))
        return dict(zip(found.columns, (str(kind) for kind in found.types), strict=True))

    def register(self, name: str, rows: Any) -> None:
        """Makes an Arrow table readable under a name."""
        self._connection.register(name, rows)

    def unregister(self, name: str) -> None:
        self._connection.unregister(name)

    def clock(self) -> None:
        """Nothing: files and tables are only there as they are."""

    def read_as_of(self, moment: str) -> None:
        raise AssertionError(f"DuckDB does not keep what its tables held at {moment}")

    def _run(self, call: Callable[[], _T]) -> _T:
        """What the call returns. Raises EngineError with DuckDB's own words."""
        import duckdb

        try:
            return self._thread.run(call)
        except duckdb.Error as error:
            raise EngineError(_own_words(error)) from error


def _text(sql: str | exp.Expr) -> str:
    return sql if isinstance(sql, str) else emit(sql, pretty=False)


def _own_words(error: Exception) -> str:
    """DuckDB's message, without its excerpt of SQL that nobody wrote."""
    return _EXCERPT.split(str(error))[0].rstrip()
