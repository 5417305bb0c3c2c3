"""DuckDB as the warehouse: embedded, reads Parquet, CSV and JSON files where they lie."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import identifier
from skewless.dialects.emit import emit
from skewless.ground.errors import DataError, EngineError, UsageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_READERS = {".csv": "READ_CSV", ".tsv": "READ_CSV", ".json": "READ_JSON", ".jsonl": "READ_JSON", ".ndjson": "READ_JSON"}


def relation(source: SourceTable, root: Path | None = None) -> exp.Expr:
    """What FROM reads a source from; a relative path is taken from `root`, or left as it is written."""
    if source.path is None:
        parts = {"db": identifier(source.schema), "catalog": identifier(source.database) if source.database else None}
        return exp.Table(this=identifier(source.identifier), **{key: part for key, part in parts.items() if part})
    path = source.path
    if root is not None and "://" not in path and not os.path.isabs(path):
        path = str(root / path)
    reader = _READERS.get(Path(path.removesuffix(".gz")).suffix.lower(), "READ_PARQUET")
    return exp.Table(this=exp.Anonymous(this=reader, expressions=[exp.Literal.string(path)]))


class DuckDB:
    """One connection, in UTC, that spills to disk instead of dying. Not shared between threads."""

    def __init__(self, *, root: Path, settings: Mapping[str, Any], threads: int, spill: Path | None = None) -> None:
        self.root = root
        self._spill = tempfile.TemporaryDirectory(prefix="skewless-", dir=spill, ignore_cleanup_errors=True)
        self._connection = self._connect(settings, threads)

    def _connect(self, settings: Mapping[str, Any], threads: int) -> duckdb.DuckDBPyConnection:
        import duckdb

        path = str(settings.get("path") or ":memory:")
        if path != ":memory:" and not os.path.isabs(path):
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
            raise EngineError(f"DuckDB cannot open {path}: {_first_line(error)}") from error
        connection.execute("SET TimeZone = 'UTC'")
        # Names in SQL are tables and files, never variables of this program.
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET default_null_order = 'nulls_last'")
        return connection

    def __enter__(self) -> DuckDB:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        self._spill.cleanup()

    def relation(self, source: SourceTable) -> exp.Expr:
        return relation(source, self.root)

    def physical(self, sources: Iterable[SourceTable]) -> dict[str, dict[str, str]]:
        """What is really there: source to column to DuckDB's type. Raises when it cannot be read as declared."""
        return {source.name: self._columns(source) for source in sources}

    def _columns(self, source: SourceTable) -> dict[str, str]:
        import duckdb

        query = exp.Select(expressions=[exp.Star()], from_=exp.From(this=self.relation(source)))
        try:
            found = self._connection.sql(emit(query, pretty=False))
        except duckdb.Error as error:
            where = f"'{source.path}'" if source.path else f"{source.schema}.{source.identifier}"
            raise EngineError(
                f"the source '{source.name}' cannot be read from {where}: {_first_line(error)}",
                help="check 'path' or 'schema' and 'identifier' of the source, and that the data are there",
            ) from error
        present = dict(zip(found.columns, (str(kind) for kind in found.types), strict=True))
        missing = [field.name for field in source.columns if field.name not in present]
        if missing:
            raise DataError(
                f"the source '{source.name}' has no column {', '.join(repr(name) for name in missing)}",
                help=f"it has: {', '.join(present)}; correct 'columns' of the source",
            )
        return present

    def execute(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> None:
        """Runs a statement. Raises EngineError with DuckDB's own words."""
        with _own_words():
            self._connection.execute(_text(sql), dict(parameters) if parameters else None)

    def arrow(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The rows of a query."""
        with _own_words():
            return self._connection.sql(_text(sql), params=dict(parameters) if parameters else None).to_arrow_table()

    def rows(self, sql: str | exp.Expr, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        with _own_words():
            return self._connection.execute(_text(sql), dict(parameters) if parameters else None).fetchall()

    def columns(self, sql: str | exp.Expr) -> dict[str, str]:
        """The columns of a query and their types, without running it."""
        with _own_words():
            found = self._connection.sql(_text(sql))
        return dict(zip(found.columns, (str(kind) for kind in found.types), strict=True))

    def register(self, name: str, rows: Any) -> None:
        """Makes an Arrow table readable under a name."""
        self._connection.register(name, rows)

    def unregister(self, name: str) -> None:
        self._connection.unregister(name)

    def interrupt(self) -> None:
        self._connection.interrupt()


@contextmanager
def _own_words() -> Iterator[None]:
    """DuckDB's errors as EngineError, in its own words; Ctrl-C as what it is."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise EngineError(_first_line(error)) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise


def _text(sql: str | exp.Expr) -> str:
    return sql if isinstance(sql, str) else emit(sql, pretty=False)


def open_engine(kind: str, *, root: Path, settings: Mapping[str, Any], threads: int) -> DuckDB:
    """The engine of a target."""
    if kind != "duckdb":
        raise UsageError(f"the engine '{kind}' cannot be used for this yet", help="use a target of type duckdb")
    return DuckDB(root=root, settings=settings, threads=threads)


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]
