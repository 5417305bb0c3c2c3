"""A Scan into the CTEs that read its source: typed, in versions, with the time columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from skewless.codegen.ctes import Cte
from skewless.codegen.landed import both, read_part
from skewless.contract.clock import later, tick
from skewless.contract.ir import Scan, SourceTable
from skewless.contract.landed import ABSENT
from skewless.contract.names import (
    EVENT_TIME,
    KNOWN_AT,
    KNOWN_FROM,
    VISIBLE_FROM,
    VISIBLE_TO,
    aliased,
    column,
    identifier,
    tie,
)
from skewless.contract.types import cast
from skewless.ground.dtypes import DataType

Relations = Callable[[SourceTable], exp.Expr]
"""Where a source is read from: an engine's answer for FROM."""
Physical = Mapping[str, Mapping[str, str]]
"""What an engine found: source name to column to its own name of the type. Landed rows are there under the name of
`landed_part`, where there are any."""


def scan_ctes(
    scan: Scan, name: str, relations: Relations, physical: Physical, known_as_of: dt.datetime | None = None
) -> tuple[Cte, ...]:
    """One CTE for a source without time, two for any other: the typed columns, then their time.

    With `known_as_of` (naive UTC) rows that were not known at that moment are not read. They replace nothing then, and
    retract nothing. A static source has no time, and is read as it is.
    """
    source = scan.source
    if source.is_static:
        wanted = scan.columns or (source.columns[0].name,)
        typed = typed_columns(source, wanted, relations, physical)
        return (Cte(name=name, query=typed, comment=f"{source.name}: static, the same at every moment"),)
    read = _read_columns(scan)
    typed = typed_columns(source, read, relations, physical, known_as_of)
    raw = f"{name}_raw"
    return (
        Cte(name=raw, query=typed, comment=_explain_read(source, physical, known_as_of)),
        Cte(name=name, query=_timed(scan, raw), comment=_explain(source)),
    )


def _read_columns(scan: Scan) -> tuple[str, ...]:
    source = scan.source
    if source.has_versions:
        return tuple(field.name for field in source.columns)
    wanted = {*scan.columns, source.event_time, source.known_at, *((source.order or ()) if scan.tie_count else ())}
    return tuple(field.name for field in source.columns if field.name in wanted)


def typed_columns(
    source: SourceTable,
    names: tuple[str, ...],
    relations: Relations,
    physical: Physical,
    known_as_of: dt.datetime | None = None,
) -> exp.Query:
    """The named columns of a source's rows, in their declared types; landed rows are among them if there are any.

    `known_as_of` as for `scan_ctes`. It is asked of each part, so that a landed row which was not known yet does not
    stand for one of the source's own place.
    """

    def typed(part: SourceTable, wanted: Sequence[str]) -> exp.Select:
        return every(part, wanted) if known_as_of is None else _known(part, wanted, every, known_as_of)

    def every(part: SourceTable, wanted: Sequence[str]) -> exp.Select:
        found = physical.get(part.name, {})
        projections = [
            exp.Alias(this=typed_column(part, name, found.get(name, "")), alias=identifier(name)) for name in wanted
        ]
        return exp.Select(expressions=projections, from_=exp.From(this=relations(part)))

    landed = read_part(source, physical)
    return typed(source, names) if landed is None else both(source, landed, names, typed)


def _known(
    source: SourceTable,
    names: Sequence[str],
    typed: Callable[[SourceTable, Sequence[str]], exp.Select],
    moment: dt.datetime,
) -> exp.Select:
    """The named columns of the rows that were known at a moment (semantics, section 2, rule 1)."""
    read = typed(source, tuple(dict.fromkeys((*names, source.known_at or source.happened))))
    return exp.Select(
        expressions=[column(name) for name in names],
        from_=exp.From(this=exp.Subquery(this=read, alias=exp.TableAlias(this=identifier("every")))),
        where=exp.Where(this=_is_known(source, moment)),
    )


def _is_known(source: SourceTable, moment: dt.datetime) -> exp.Expr:
    """Whether a row's known time is before the moment; at it too, where the source is `inclusive`."""
    at: exp.Expr = cast(exp.Literal.string(moment.isoformat(sep=" ")), "TIMESTAMP")
    name = source.known_at or source.happened
    until = at if source.known_at else later(at, -source.delay.microseconds)
    kind = exp.LTE if source.inclusive else exp.LT
    return kind(this=moment_column(source, name), expression=until)


def typed_column(source: SourceTable, name: str, found: str) -> exp.Expr:
    """A column of the source in its declared type; `found` is DuckDB's name of the type it has."""
    if found == ABSENT:
        return cast(exp.Null(), source.dtype(name))
    return as_declared(_read(source, name, found), source.dtype(name), found)


def _read(source: SourceTable, name: str, found: str) -> exp.Expr:
    """The column as it is in the source.

    Statistics in Parquet files leave NaN out, and DuckDB trusts them: `x > 1` would skip a row group of NaNs, which are
    greater than everything. It does not look through TRY, which does nothing else to a bare column.
    """
    if source.path is not None and found != "VARCHAR" and source.dtype(name).kind in ("FLOAT", "DOUBLE"):
        return exp.Anonymous(this="TRY", expressions=[column(name)])
    return column(name)


NANOSECONDS = frozenset({"TIMESTAMP_NS", "TIMESTAMPTZ_NS", "TIMESTAMP_NS WITH TIME ZONE"})
"""DuckDB's types whose cast to microseconds would round, or is not there."""


def as_declared(node: exp.Expr, dtype: DataType, found: str) -> exp.Expr:
    """A column in its declared type; `found` is DuckDB's name of the type it has.

    Nanoseconds are floored, where a cast would round them. Text may name a zone, which a cast to a type without zones
    would skip.
    """
    if dtype.kind == "TIMESTAMP" and found.upper() in NANOSECONDS:
        return exp.Anonymous(this="MAKE_TIMESTAMP", expressions=[_microseconds(node)])
    if dtype.element is not None:
        return _list_as_declared(node, dtype, dtype.element, found.upper())
    if dtype.kind in ("TIMESTAMP", "DATE") and found.upper() == "VARCHAR":
        moment = cast(cast(node, "TIMESTAMPTZ"), "TIMESTAMP")
        return moment if dtype.kind == "TIMESTAMP" else cast(moment, dtype)
    return cast(node, dtype)


def _list_as_declared(node: exp.Expr, dtype: DataType, element: DataType, found: str) -> exp.Expr:
    """A list whose elements need more than a cast, such as texts with zones."""
    items, kind = (cast(node, "VARCHAR[]"), "VARCHAR") if found == "VARCHAR" else (node, found.removesuffix("[]"))
    one = identifier("one")
    converted = as_declared(exp.Column(this=one.copy()), element, kind)
    if converted == cast(exp.Column(this=one.copy()), element):
        return cast(node, dtype)
    each = exp.Lambda(this=converted, expressions=[one])
    return cast(exp.Anonymous(this="LIST_TRANSFORM", expressions=[items, each]), dtype)


def _microseconds(node: exp.Expr) -> exp.Expr:
    """Whole microseconds of a nanosecond timestamp, floored before 1970 too."""
    thousand = exp.Literal.number(1000)
    nanoseconds = exp.Anonymous(this="EPOCH_NS", expressions=[node])
    positive = exp.Paren(
        this=exp.Mod(
            this=exp.Paren(
                this=exp.Add(
                    this=exp.Mod(this=nanoseconds.copy(), expression=thousand.copy()), expression=thousand.copy()
                )
            ),
            expression=thousand.copy(),
        )
    )
    floored = exp.Paren(this=exp.Sub(this=nanoseconds, expression=positive))
    return exp.IntDiv(this=floored, expression=thousand)


def _timed(scan: Scan, raw: str) -> exp.Select:
    source = scan.source
    projections: list[exp.Expr] = [aliased(column(name), name) for name in scan.columns]
    projections.append(exp.Alias(this=moment_column(source, source.happened), alias=identifier(EVENT_TIME)))
    if source.timing is not None and not source.timing.is_settled:
        projections.extend(_interval(source))
    if scan.tie_count:
        projections.extend(
            exp.Alias(this=column(name), alias=identifier(tie(number)))
            for number, name in enumerate(source.order or (), start=1)
        )
    query = exp.Select(expressions=projections, from_=exp.From(this=exp.Table(this=identifier(raw))))
    return _filtered(source, query)


def _filtered(source: SourceTable, query: exp.Select) -> exp.Select:
    """Rows without an event time never happen, rows without a known time are never known, deleted ones are gone.

    The last two rules come after versions: a version that deletes, or that takes the event time away, replaces.
    """
    happens = _is_not_null(source.happened)
    if not source.has_versions:
        conditions = [happens, *([_is_not_null(source.known_at)] if source.known_at else [])]
        query.set("where", exp.Where(this=exp.and_(*conditions)))
        return query
    query.set("where", exp.Where(this=_is_not_null(source.known_at or source.happened)))
    kept = [happens]
    if source.deleted:
        kept.append(exp.Not(this=_is_deleted(source.deleted)))
    # The window in the SELECT list is computed before QUALIFY, so a deleted version still closes the one before it.
    query.set("qualify", exp.Qualify(this=exp.and_(*kept)))
    return query


def moment_column(source: SourceTable, name: str) -> exp.Expr:
    """A time column as a moment: a date is its midnight."""
    return column(name) if source.dtype(name).kind == "TIMESTAMP" else cast(column(name), "TIMESTAMP")


def known_at(source: SourceTable) -> exp.Expr:
    """When a row of a source became known."""
    if source.known_at:
        return moment_column(source, source.known_at)
    return later(moment_column(source, source.happened), source.delay.microseconds)


def _interval(source: SourceTable) -> list[exp.Expr]:
    """When a row is known, from which T it is visible, and until which T."""
    step = tick(source.inclusive)
    happened = exp.Greatest(
        this=moment_column(source, source.happened), expressions=[known_at(source)], ignore_nulls=True
    )
    projections: list[exp.Expr] = [
        exp.Alias(this=known_at(source), alias=identifier(KNOWN_AT)),
        exp.Alias(this=known_from(source), alias=identifier(KNOWN_FROM)),
        exp.Alias(this=later(happened, step), alias=identifier(VISIBLE_FROM)),
    ]
    if source.has_versions:
        projections.append(exp.Alias(this=later(_replaced_at(source), step), alias=identifier(VISIBLE_TO)))
    return projections


def known_from(source: SourceTable) -> exp.Expr:
    """The first T at which a row of a source is known."""
    return later(known_at(source), tick(source.inclusive))


def version_order(source: SourceTable) -> list[exp.Expr]:
    """The order of versions of one event.

    Of versions known at one time the last is by tie-break, then a deletion, then the remaining columns: an exact
    retry replaces its twin, and nothing is left to chance.
    """
    taken = (*source.primary_key, *source.tie_break, source.deleted, source.known_at)
    rest = [field.name for field in source.columns if field.name not in taken]
    deleted = [_is_deleted(source.deleted)] if source.deleted else []
    keys = [*map(column, source.tie_break), *deleted, *map(column, rest)]
    order = [known_at(source), *keys]
    return [exp.Ordered(this=key, nulls_first=True) for key in order]


def _replaced_at(source: SourceTable) -> exp.Expr:
    """The known time of the next version of the same event."""
    return exp.Window(
        this=exp.Lead(this=known_at(source)),
        partition_by=[column(name) for name in source.primary_key],
        order=exp.Order(expressions=version_order(source)),
    )


def _is_deleted(name: str) -> exp.Expr:
    """Whether a version retracts its event; NULL does not."""
    return exp.Coalesce(this=column(name), expressions=[exp.false()])


def _is_not_null(name: str) -> exp.Expr:
    return exp.Not(this=exp.Is(this=column(name), expression=exp.Null()))


def _explain_read(source: SourceTable, physical: Physical, known_as_of: dt.datetime | None) -> str:
    landed = ", with what its stream landed" if read_part(source, physical) is not None else ""
    known = f", of the rows known as of {known_as_of}" if known_as_of is not None else ""
    return f"{source.name}: the columns read, in their declared types{landed}{known}"


def _explain(source: SourceTable) -> str:
    known = f"known at {source.known_at}" if source.known_at else f"known {source.delay} after {source.event_time}"
    versions = ", later versions replace earlier ones" if source.has_versions else ""
    return f"{source.name}: happened at {source.event_time}, {known}{versions}"
