"""Where a source is, for engines that read it by its name."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import identifier
from skewless.ground.errors import DataError


def table_of(source: SourceTable) -> exp.Table:
    """The table of a source, as the project names it."""
    parts = {"db": source.schema, "catalog": source.database}
    return exp.Table(
        this=identifier(source.identifier), **{key: identifier(part) for key, part in parts.items() if part}
    )


def loaded_table(source: SourceTable) -> exp.Table:
    """The table of a source, for a warehouse that reads no files. Raises DataError for a file."""
    if source.path is not None:
        raise DataError(
            f"the source '{source.name}' is a file, and a warehouse reads tables",
            help="load it into a table, and name its 'schema' and 'identifier' instead of 'path'",
        )
    return table_of(source)
