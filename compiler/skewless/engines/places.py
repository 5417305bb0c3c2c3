"""Where a source is, for engines that read it by its name."""

from __future__ import annotations

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.names import identifier


def table_of(source: SourceTable) -> exp.Table:
    """The table of a source, as the project names it."""
    parts = {"db": source.schema, "catalog": source.database}
    return exp.Table(
        this=identifier(source.identifier), **{key: identifier(part) for key, part in parts.items() if part}
    )
