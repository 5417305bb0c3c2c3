"""A view's sources as they are there: where they are read from, what types they have, and that their keys are keys."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from skewless.codegen.pipeline import Sources
from skewless.codegen.scan import typed_columns
from skewless.contract.ir import FeatureView, SourceTable
from skewless.contract.names import column
from skewless.engines.engine import Engine
from skewless.ground.errors import DataError

READ_LANDED = ("duckdb", "spark")
"""The dialects of engines that read landed files beside a source's own place."""


def sources_of(engine: Engine, view: FeatureView, known_as_of: dt.datetime | None = None) -> Sources:
    """What the view's SQL is built on. Raises when a source cannot be read, or is not what the project declares.

    With `known_as_of` (naive UTC), only of rows that were known at that moment.
    """
    scanned = {scan.source.name: scan.source for scan in view.rows.scans}
    for source in scanned.values():
        check_landed(source, engine.dialect)
    found = engine.physical(scanned.values())
    sources = Sources(relations=engine.relation, physical=found, known_as_of=known_as_of)
    for source in scanned.values():
        if source.is_static and source.primary_key:
            _check_key(engine, source, sources)
    return sources


def check_landed(source: SourceTable, dialect: str) -> None:
    """Raises DataError for a source whose landed rows an engine does not read."""
    if source.landed is not None and dialect not in READ_LANDED:
        raise DataError(
            f"the stream of '{source.name}' lands its rows in '{source.landed}', and on {dialect} landed files are not "
            "read: training would not see what serving saw",
            help="have them loaded into the source's table, and remove `land`; or use a target of type duckdb or spark",
        )


def _check_key(engine: Engine, source: SourceTable, sources: Sources) -> None:
    """A row joined by a key that is there twice would be two rows, and every count of them wrong."""
    key = source.primary_key
    found = engine.rows(_repeated(typed_columns(source, key, sources.relations, sources.physical), key))
    if found:
        shown = ", ".join(f"{name} = {value}" for name, value in zip(key, found[0], strict=True))
        raise DataError(
            f"the static source '{source.name}' has several rows with {shown}, which is its primary_key",
            help="keep one row of each key where the source is made, or declare the primary_key that its rows have",
        )


def _repeated(rows: exp.Query, key: tuple[str, ...]) -> exp.Select:
    """One key that several rows have; NULL is no key, and nothing is joined by it."""
    present = [exp.Not(this=exp.Is(this=column(name), expression=exp.Null())) for name in key]
    return exp.Select(
        expressions=[column(name) for name in key],
        from_=exp.From(this=exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier("keys")))),
        where=exp.Where(this=exp.and_(*present)),
        group=exp.Group(expressions=[column(name) for name in key]),
        having=exp.Having(this=exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))),
        limit=exp.Limit(expression=exp.Literal.number(1)),
    )
