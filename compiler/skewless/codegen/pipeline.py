"""A Pipeline into CTEs, from sources to the rows that features are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from skewless.codegen.ctes import Cte, renamed
from skewless.codegen.scan import Physical, Relations, scan_ctes
from skewless.contract.ir import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where sources are read from, and the types that an engine found there (empty when nobody looked)."""

    relations: Relations
    physical: Physical
    known_as_of: dt.datetime | None = None
    """Only rows that were known at this moment are read (naive UTC); all of them if None."""


def rows_name(prefix: str) -> str:
    """The relation of a view's rows."""
    return f"{prefix}__rows"


def pipeline_ctes(pipeline: Pipeline, prefix: str, sources: Sources) -> tuple[Cte, ...]:
    """The CTEs of one view's pipeline; their names begin with the prefix, so that views stand side by side."""
    names = {scan.name: f"{prefix}__{scan.name}" for scan in pipeline.scans}
    found = [
        cte
        for scan in pipeline.scans
        for cte in scan_ctes(scan, names[scan.name], sources.relations, sources.physical, sources.known_as_of)
    ]
    return (*found, *step_ctes(pipeline, prefix, names))


def step_ctes(pipeline: Pipeline, prefix: str, scans: Mapping[str, str]) -> tuple[Cte, ...]:
    """The CTEs of the steps alone, over the relations that `scans` names."""
    names = {**scans, **{step.name: f"{prefix}__{step.name}" for step in pipeline.steps}}
    names[pipeline.output] = rows_name(prefix)
    return tuple(
        Cte(name=names[step.name], query=renamed(step.query, names), comment=step.comment) for step in pipeline.steps
    )
