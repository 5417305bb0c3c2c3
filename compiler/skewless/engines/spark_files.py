"""A source's path into the very Parquet files that DuckDB reads of it, as a frame of Spark.

Spark's own reading of a folder or a pattern is another: its `**` is one level, `{a,b}` are alternatives, a folder's
folders are left out, and so are names that begin with `_` or `.`. So Spark is given files, one by one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.engines.places import PARQUET, PATTERN, PLACE, absolute, duckdb_files, table_of
from skewless.ground.errors import DataError, EngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TEXT = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_SPECIAL = re.compile(r"([\\{}\[\]*?])")
_OTHERWISE: Mapping[str, str] = {
    "**": "one level of folders",
    "{": "alternatives",
    "[^": "'none of'",
    "\\": "an escape",
}
"""What patterns mean to Spark alone, where only Spark can list the files."""
_EVERY_NAME = {"ignoredPathSegmentRegex": ""}


def relation(source: SourceTable, root: Path | None = None) -> exp.Table:
    """What FROM reads a source from; a relative path is taken from `root`, or left as it is written.

    Raises DataError for files of text, whose readers guess in ways of their own.
    """
    if source.path is None:
        return table_of(source)
    path = absolute(source.path, root)
    if Path(path.removesuffix(".gz")).suffix.lower() in _TEXT:
        raise DataError(
            f"the source '{source.name}' is a {Path(path.removesuffix('.gz')).suffix.lower()} file, and Spark reads "
            "sources from Parquet files or tables",
            help="write it as Parquet once, or use a target of type duckdb",
        )
    return exp.Table(this=exp.Identifier(this=path, quoted=True), db=exp.to_identifier("parquet"))


def frame(session: SparkSession, name: str, path: str, *, is_here: bool) -> DataFrame:
    """The rows of the source of that name, with the columns that its folders name. Raises EngineError if there
    are none, DataError if Spark would read others than DuckDB.

    `is_here`: Spark sees the files that this process sees.
    """
    files = _files_here(path) if is_here else _files_there(session, name, path)
    if not files:
        raise EngineError("there is no such file, or none in such a folder")
    reader = session.read.options(**_EVERY_NAME)
    if keys := hive_keys(files):
        reader = reader.option("basePath", _base(name, files, keys))
    # What is no pattern any more must not be taken for one.
    return reader.parquet(*(_SPECIAL.sub(r"\\\1", file) for file in files))


def _files_here(path: str) -> tuple[str, ...]:
    files = duckdb_files(path)
    for file in files:
        if os.path.getsize(file) == 0:  # Spark leaves it out
            raise EngineError(f"'{file}' is empty, so it is no Parquet file")
    return tuple(f"file:{file}" for file in files)


def _files_there(session: SparkSession, name: str, path: str) -> tuple[str, ...]:
    """Has Spark list them, and keeps what DuckDB would read."""
    _check_pattern(name, path)
    reader = session.read.format("binaryFile").options(**_EVERY_NAME, recursiveFileLookup="true")
    listed = sorted(unquote(file) for file in reader.load(path).inputFiles())
    wanted = _below(path)
    if PATTERN.search(path):  # it may match folders too, and Spark would read what is in them
        return tuple(file for file in listed if _below(file).count("/") == wanted.count("/"))
    return tuple(file for file in listed if _below(file) == wanted or file.endswith(PARQUET))


def _check_pattern(name: str, path: str) -> None:
    for mark, meaning in _OTHERWISE.items():
        if mark in path:
            raise DataError(
                f"the source '{name}' is read from '{path}', where Spark lists the files: "
                f"'{mark}' is {meaning} to Spark, and not to DuckDB",
                help="name the folder, whose files are read at any depth, or write *, ? or [...] for each level of it",
            )


def _below(path: str) -> str:
    """The path without its scheme and its host, which Spark writes out."""
    return PLACE.sub("", path).rstrip("/")


def hive_keys(files: Iterable[str]) -> frozenset[str]:
    """The columns that DuckDB takes from folders such as `day=2026-01-01`: those that every file's path names."""
    found = {frozenset(_key(part) for part in _folders(file) if _key(part)) for file in files}
    return found.pop() if len(found) == 1 else frozenset()


def _folders(file: str) -> Sequence[str]:
    return file.split("/")[:-1]


def _key(folder: str) -> str:
    return folder.partition("=")[0] if folder.count("=") == 1 else ""


def _base(name: str, files: Sequence[str], keys: frozenset[str]) -> str:
    """The folder in which those that name columns begin."""
    runs = {_named_run(_folders(file)) for file in files}
    if len({base for base, _ in runs}) == 1 and all(length == len(keys) for _, length in runs):
        return runs.pop()[0]
    raise DataError(
        f"the source '{name}' has folders that name the columns {', '.join(map(repr, sorted(keys)))}, and Spark reads "
        "such columns only from folders that follow one another in one folder",
        help=f"name each once, with none between them: {'/'.join(f'{key}=...' for key in sorted(keys))}",
    )


def _named_run(folders: Sequence[str]) -> tuple[str, int]:
    """The path of the first folder that names a column, and how many that do follow."""
    first = next(place for place, folder in enumerate(folders) if _key(folder))
    length = next((place for place, folder in enumerate(folders[first:]) if not _key(folder)), len(folders) - first)
    return "/".join(folders[:first]), length
