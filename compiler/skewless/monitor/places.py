"""Names of files, folders, tables and queries into relations of the session that can read them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from sqlglot import exp

from skewless.contract.names import column, table
from skewless.dialects.emit import emit
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.ground.errors import DataError, EngineError
from skewless.tasks.spine import is_query
from skewless.tasks.workspace import Workspace

_PARQUET = (".parquet", ".pq")
_OTHER_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".arrow", ".feather", ".avro", ".orc", ".gz", ".xlsx")


class Places:
    """The sessions of one run. Files are read by DuckDB, tables by the target's engine, which may be the same."""

    def __init__(self, workspace: Workspace, opened: ExitStack) -> None:
        self._workspace = workspace
        self._opened = opened

    @cached_property
    def warehouse(self) -> Engine:
        return self._opened.enter_context(self._workspace.engine())

    @cached_property
    def files(self) -> Engine:
        if self._workspace.target.type == "duckdb":
            return self.warehouse
        return self._opened.enter_context(
            DuckDB(root=self._workspace.root, settings={}, threads=self._workspace.threads)
        )

    def read_files(self, name: str, paths: list[str], what: str) -> dict[str, str]:
        """Makes Parquet files readable under a name; returns columns and types. Raises DataError with DuckDB's words.

        The files are those that are there now: one that is added later must not be in half of the counts.
        """
        listed = exp.Array(expressions=[exp.Literal.string(path) for path in paths])
        options = [exp.EQ(this=column(key), expression=value) for key, value in _OPTIONS.items()]
        read = exp.Table(this=exp.Anonymous(this="READ_PARQUET", expressions=[listed, *options]))
        query = exp.Select(expressions=[exp.Star()], from_=exp.From(this=read))
        return self._read(self.files, name, f"({emit(query, pretty=False)})", what)

    def read_table(self, name: str, text: str, what: str) -> dict[str, str]:
        """The same of a table or a query of the warehouse."""
        named = f"({text.rstrip().rstrip(';')})" if is_query(text) else text
        hint = "it is taken for a table of the warehouse: there is no folder of that name, and files end in .parquet"
        return self._read(self.warehouse, name, named, what, None if is_query(text) else hint)

    def glob(self, pattern: str) -> list[str]:
        """The files of a pattern, sorted."""
        files = exp.Table(this=exp.Anonymous(this="GLOB", expressions=[exp.Literal.string(pattern)]))
        query = exp.Select(expressions=[column("file")], from_=exp.From(this=files))
        return sorted(str(path) for (path,) in self.files.rows(query))

    @staticmethod
    def _read(engine: Engine, name: str, text: str, what: str, hint: str | None = None) -> dict[str, str]:
        try:
            return engine.read(name, text)
        except EngineError as error:
            raise DataError(f"{what} cannot be read: {error.message}", help=error.help or hint) from error


_OPTIONS = {"union_by_name": exp.true(), "hive_partitioning": exp.false()}


def is_parquet(text: str) -> bool:
    """Whether a text names Parquet files, and no table or query. Raises DataError for files of other formats."""
    if is_query(text):
        return False
    if text.lower().endswith(_OTHER_FILES):
        raise DataError(
            f"'{text}' is no Parquet file", help="give a .parquet file, a table of the warehouse, or a query"
        )
    return text.lower().endswith(_PARQUET) or "/" in text or os.path.isdir(text)


def from_root(text: str, root: Path) -> str:
    """A place that a properties file names: relative paths are taken from the project."""
    is_path = not is_query(text) and "://" not in text and (text.lower().endswith((*_PARQUET, ".json")) or "/" in text)
    return str(root / text) if is_path or (root / text).exists() else text


def read_as(name: str) -> exp.Expr:
    """What FROM reads of a name that was made readable."""
    return table(name)
