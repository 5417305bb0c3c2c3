"""Where Spark reads a source from: Parquet files by their path, or a table."""

from __future__ import annotations

import os
from pathlib import Path

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.engines.places import table_of
from skewless.ground.errors import DataError

_TEXT = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")


def relation(source: SourceTable, root: Path | None = None) -> exp.Table:
    """What FROM reads a source from; a relative path is taken from `root`, or left as it is written.

    Raises DataError for files of text, whose readers guess in ways of their own.
    """
    if source.path is None:
        return table_of(source)
    suffix = Path(source.path.removesuffix(".gz")).suffix.lower()
    if suffix in _TEXT:
        raise DataError(
            f"the source '{source.name}' is a {suffix} file, and Spark reads sources from Parquet files or tables",
            help="write it as Parquet once, or use a target of type duckdb",
        )
    path = source.path
    if root is not None and "://" not in path and not os.path.isabs(path):
        path = str(root / path)
    return exp.Table(this=exp.Identifier(this=path, quoted=True), db=exp.to_identifier("parquet"))
