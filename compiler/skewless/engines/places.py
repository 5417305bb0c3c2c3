"""Where a source is, for engines that read it by its name, and what landed files have of its columns."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from skewless.contract.ir import SourceTable
from skewless.contract.landed import ABSENT
from skewless.contract.names import identifier


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
