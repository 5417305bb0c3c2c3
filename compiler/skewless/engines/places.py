"""Where a source is: its table, its files, and what landed files have of its columns."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.landed import ABSENT
from skewless.contract.names import identifier

PARQUET = ".parquet"
PLACE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?")
"""The scheme of a path, and its host."""
PATTERN = re.compile(r"[*?\[]")


def table_of(source: SourceTable) -> exp.Table:
    """The table of a source, as the project names it."""
    parts = {"db": source.schema, "catalog": source.database}
    return exp.Table(
        this=identifier(source.identifier), **{key: identifier(part) for key, part in parts.items() if part}
    )


def landed_types(source: SourceTable, present: Mapping[str, str]) -> dict[str, str]:
    """Each declared column's type in landed files, by DuckDB's names; a column that all of them lack is `ABSENT`."""
    spelled = {name.lower(): kind for name, kind in present.items()}
    return {field.name: spelled.get(field.name.lower(), ABSENT) for field in source.columns}


def absolute(path: str, root: Path | None) -> str:
    return str(root / path) if root is not None and not PLACE.match(path) and not os.path.isabs(path) else path


def is_on_this_disk(path: str) -> bool:
    """Whether a path is one of this machine's, if Spark itself is on this machine."""
    place = PLACE.match(path)
    return place is None or place[0].lower() in ("file:", "file://")


def duckdb_files(path: str) -> tuple[str, ...]:
    """The files that DuckDB reads from a path, which may be a pattern or a folder."""
    import duckdb

    is_folder = not PATTERN.search(path) and Path(PLACE.sub("", path)).is_dir()
    pattern = f"{path}/**/*{PARQUET}" if is_folder else path
    with duckdb.connect() as connection:
        found = connection.execute("SELECT file FROM glob(?) ORDER BY file", [pattern]).fetchall()
    return tuple(os.path.join(os.getcwd(), file) for (file,) in found)
