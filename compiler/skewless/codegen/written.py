"""A view whose rows are written one by one: the SQL of a micro-batch, which DuckDB runs where the rows arrive.

Two statements, made of the same tree as training. One makes stored rows of rows of the sources, together with all
versions of the events that they are of. The other merges them into what is held of their entities: the rows of an
event that are held are replaced as a whole, so that an event which comes twice, late or in another order leaves the
same state. What no moment from `cutoff` on can see is dropped there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from skewless.codegen.ctes import Cte, select, statement
from skewless.codegen.identity import event_id, identified, identified_ctes, with_key
from skewless.codegen.pipeline import Sources, rows_name, step_ctes
from skewless.codegen.scan import known_from, moment_column, typed_columns, version_order
from skewless.codegen.state import CUTOFF, StateShape, cutoff_cte, state_shape, stored
from skewless.codegen.tiles import has_tiles, tiles_of, tiles_query
from skewless.codegen.training.plan import named
from skewless.codegen.visibility import within
from skewless.contract.artifact import Column
from skewless.contract.clock import interval
from skewless.contract.ir import FeatureView, Field, Scan, SourceTable
from skewless.contract.names import (
    AT,
    EVENT,
    EVENT_TIME,
    ID,
    IS_READ,
    MOMENT,
    ROW,
    SINCE,
    VISIBLE_FROM,
    VISIBLE_TO,
    column,
    identifier,
    table,
)
from skewless.contract.source_plan import Input, WrittenView
from skewless.dialects.emit import emit
from skewless.ground.durations import Duration

LATEST_DELIVERY = Duration.parse("30 days")
"""How much later than a correction of it an event may still be delivered, where nothing else keeps the two together."""
HELD, FRESH = "held", "fresh"
"""The relations of the merging statement: rows that are held, and rows to be held."""


def written_view(view: FeatureView, version: str) -> WrittenView:
    """All that a writing process needs of a view of which `why_not_by_row` has nothing to say."""
    shape = state_shape(view)
    # By source: versions are kept by the number of their source, and CTEs may be written in another order.
    scans = {scan.name: with_key(scan) for scan in sorted(view.rows.scans, key=lambda scan: scan.source.name)}
    tiles = tiles_of(view) if has_tiles(view) else None
    return WrittenView(
        view=view.name,
        version=version,
        layout="latest" if shape.layout == "latest" else "events",
        keys=_columns(view.keys),
        read=_columns(shape.columns),
        kept=_columns(shape.kept),
        timed=tuple(_input(scan, view.horizon) for scan in scans.values() if not scan.source.is_static),
        static=tuple(_input(scan, None) for scan in scans.values() if scan.source.is_static),
        rows_sql=emit(_rows(view, shape, scans), copy=False),
        merge_sql=emit(_merge(view, shape), copy=False),
        tiles_sql=None if tiles is None else emit(tiles_query(view, shape, tiles), copy=False),
        parts=() if tiles is None else _columns([known for known, _ in tiles.parts]),
        horizon=None if view.horizon is None else view.horizon.microseconds,
    )


def input_columns(source: SourceTable, scan: Scan) -> tuple[str, ...]:
    """The columns of a source that are read to write a view's rows, by name: some are kept, and a source's columns may
    be declared in another order."""
    if source.is_static:
        return tuple(sorted(scan.columns)) or (source.columns[0].name,)
    if source.has_versions:
        return tuple(sorted(known.name for known in source.columns))
    ties = (source.order or ()) if scan.tie_count else ()
    wanted = {*scan.columns, *source.primary_key, source.event_time, source.known_at, *ties}
    return tuple(sorted(known.name for known in source.columns if known.name in wanted))


def input_queries(view: FeatureView, sources: Sources, *, changes: bool = False) -> dict[str, exp.Query]:
    """For each source that a view reads, by the name of its relation: the rows that matter to the state of the moment
    that is the parameter `$as_of`; with `changes` only those that have become known since the parameter `$since`."""
    scans = [with_key(scan) for scan in view.rows.scans]
    return {
        _relation(scan): _static_rows(scan, sources)
        if scan.source.is_static
        else _known_rows(view, scan, sources, changes)
        for scan in scans
    }


def _static_rows(scan: Scan, sources: Sources) -> exp.Query:
    """In an order of their own, so that equal rows are equal bytes wherever they are read."""
    names = input_columns(scan.source, scan)
    typed = typed_columns(scan.source, names, sources.relations, sources.physical)
    ordered = [exp.Ordered(this=column(name), nulls_first=True) for name in names]
    query = select([column(name) for name in names], "typed")
    query.set("order", exp.Order(expressions=ordered))
    return statement([Cte(name="typed", query=typed, comment=f"{scan.source.name}: in its declared types")], query, "")


def _known_rows(view: FeatureView, scan: Scan, sources: Sources, changes: bool) -> exp.Query:
    source = scan.source
    typed = typed_columns(source, input_columns(source, scan), sources.relations, sources.physical)
    names = [column(name) for name in input_columns(source, scan)]
    conditions: list[exp.Expr] = [exp.LTE(this=known_from(source), expression=column(AT, MOMENT))]
    if changes:
        conditions.append(exp.GT(this=known_from(source), expression=column(SINCE, MOMENT)))
    if not source.has_versions and view.kind == "aggregate" and view.horizon is not None:
        oldest = exp.Sub(this=column(AT, MOMENT), expression=interval(view.horizon))
        conditions.append(exp.GTE(this=moment_column(source, source.happened), expression=oldest))
    query = exp.Select(
        expressions=names,
        from_=exp.From(this=table("typed")),
        joins=[exp.Join(this=table(CUTOFF, MOMENT), kind="CROSS")],
        where=exp.Where(this=exp.and_(*conditions)),
    )
    ctes = [cutoff_cte(since=changes), Cte(name="typed", query=typed, comment=f"{source.name}: in its declared types")]
    return statement(ctes, query, f" {view.name}: what was known of {source.name}. ")


def _columns(fields: Sequence[Field]) -> tuple[Column, ...]:
    return tuple(Column(name=known.name, type=str(known.dtype)) for known in fields)


def _input(scan: Scan, horizon: Duration | None) -> Input:
    source = scan.source
    names = input_columns(source, scan)
    has_versions = source.has_versions and not source.is_static
    return Input(
        source=source.name,
        relation=_relation(scan),
        columns=tuple(Column(name=name, type=str(source.dtype(name))) for name in names),
        primary_key=source.primary_key,
        versions_sql=emit(_versions(scan), copy=False) if has_versions else None,
        needed_sql=emit(_needed(scan, horizon), copy=False) if has_versions else None,
        known_at=source.known_at,
    )


def _relation(scan: Scan) -> str:
    return f"input_{scan.name}"


def _input_of(scan: Scan) -> Sources:
    """Where a scan is read from in a process that writes."""
    return Sources(relations=lambda _: table(_relation(scan)), physical={})


def _rows(view: FeatureView, shape: StateShape, scans: Mapping[str, Scan]) -> exp.Query:
    prefix = view.name
    names = {name: f"{prefix}__{name}" for name in scans}
    ctes = [cte for name, scan in scans.items() for cte in identified_ctes(scan, names[name], _input_of(scan))]
    pipeline = identified(view.rows, by_branch=True)
    ctes += step_ctes(pipeline, prefix, names)
    found = [*(column(key.name, EVENT) for key in view.keys), *(stored(view, known) for known in _stored(shape))]
    present = [exp.Not(this=exp.Is(this=column(key.name, EVENT), expression=exp.Null())) for key in view.keys]
    final = exp.Select(
        expressions=found,
        from_=exp.From(this=table(rows_name(prefix), EVENT)),
        where=exp.Where(this=exp.and_(*present)),
        order=exp.Order(expressions=[exp.Ordered(this=column(key.name, EVENT)) for key in view.keys]),
    )
    return statement(ctes, final, f" {view.name}: rows of its sources into the rows that are stored. ")


def _stored(shape: StateShape) -> tuple[Field, ...]:
    return (*shape.columns, *shape.kept)


def _versions(scan: Scan) -> exp.Select:
    """All versions of some events, each once: which event they are of, and their columns."""
    source = scan.source
    names = input_columns(source, scan)
    every = exp.Select(
        expressions=[column(name) for name in names],
        from_=exp.From(this=table(_relation(scan))),
        distinct=exp.Distinct(),
    )
    ordered = [exp.Ordered(this=column(name), nulls_first=True) for name in (ID, *names)]
    query = exp.Select(
        expressions=[exp.Alias(this=event_id(source), alias=identifier(ID)), *(column(name) for name in names)],
        from_=exp.From(this=table("versions")),
        order=exp.Order(expressions=ordered),
    )
    ctes = [Cte(name="versions", query=every, comment="what is held and what has come, each once")]
    statement(ctes, query, f" {source.name}: the versions of each event. ")
    return query


def _needed(scan: Scan, horizon: Duration | None) -> exp.Query:
    """Those of them that can still make a difference.

    A version that was replaced before `cutoff` cannot, when what is stored of it says so: what it has replaced was
    replaced before, too. Nor can those of an event that no window has reached for as long as deliveries may be late.
    """
    source, query = scan.source, _versions(scan)
    query.set("joins", [exp.Join(this=table(CUTOFF, MOMENT), kind="CROSS")])
    next_known = exp.Window(
        this=exp.Lead(this=known_from(source)),
        partition_by=[column(name) for name in source.primary_key],
        order=exp.Order(expressions=version_order(source)),
    )
    is_needed = exp.or_(
        exp.Is(this=next_known, expression=exp.Null()), exp.GT(this=next_known.copy(), expression=column(AT, MOMENT))
    )
    if horizon is not None:
        is_needed = exp.and_(is_needed, _may_matter(source, horizon))
    query.set("qualify", exp.Qualify(this=is_needed))
    return query


def _may_matter(source: SourceTable, horizon: Duration) -> exp.Expr:
    """Whether some version of a version's event is young enough."""
    times = [moment_column(source, source.happened), known_from(source)]
    last = exp.Window(
        this=exp.Max(this=exp.Greatest(this=times[0], expressions=times[1:], ignore_nulls=True)),
        partition_by=[column(name) for name in source.primary_key],
    )
    reach = Duration(horizon.microseconds + LATEST_DELIVERY.microseconds)
    return exp.GTE(this=last, expression=exp.Sub(this=column(AT, MOMENT), expression=interval(reach)))


def _merge(view: FeatureView, shape: StateShape) -> exp.Query:
    names = [ROW, *(known.name for known in _stored(shape))]
    merged = exp.Union(
        this=select([column(name, HELD) for name in names], HELD, where=exp.Not(this=_replaced())),
        expression=select([column(name, FRESH) for name in names], FRESH),
        distinct=False,
    )
    ctes = [Cte(name="merged", query=merged, comment="of an event that comes again, what was held is replaced")]
    query = exp.Select(
        expressions=[*(column(name, EVENT) for name in names), named(_is_read(view), IS_READ)],
        from_=exp.From(this=table("merged", EVENT)),
        joins=[exp.Join(this=table(CUTOFF, MOMENT), kind="CROSS")],
    )
    if (reachable := _reachable(view, shape)) is not None:
        query.set("where", exp.Where(this=reachable))
    if view.kind == "latest":
        query.set("qualify", exp.Qualify(this=_may_be_latest(view, shape)))
    query.set("order", exp.Order(expressions=_order(view, shape, names)))
    return statement(ctes, query, f" {view.name}: rows that are held, and fresh ones, into those that are held then. ")


def _replaced() -> exp.Expr:
    """Whether rows of a held row's event have come again."""
    again = exp.and_(*(exp.EQ(this=column(name, FRESH), expression=column(name, HELD)) for name in (ROW, ID)))
    return exp.Exists(this=select([exp.Literal.number(1)], FRESH, where=again))


def _reachable(view: FeatureView, shape: StateShape) -> exp.Expr | None:
    """Whether some moment from the cutoff on can see the row."""
    conditions: list[exp.Expr] = []
    if shape.has_versions:
        until, at = column(VISIBLE_TO, EVENT), column(AT, MOMENT)
        since = exp.Greatest(this=at, expressions=[column(VISIBLE_FROM, EVENT)], ignore_nulls=True)
        conditions.append(
            exp.or_(exp.Is(this=until, expression=exp.Null()), exp.GT(this=until.copy(), expression=since))
        )
    if view.kind == "aggregate" and view.horizon is not None:
        conditions.append(within(view.horizon))
    return exp.and_(*conditions) if conditions else None


def _is_read(view: FeatureView) -> exp.Expr:
    """Whether a row can be the latest at some moment from the cutoff on, as far as is known by now.

    It cannot if a newer one, which is not known to be replaced, is visible as soon as the row is.
    """
    if view.kind == "aggregate":
        return exp.true()
    lasting: exp.Expr = column(VISIBLE_FROM, EVENT)
    if view.rows.timing.has_versions:
        for_ever = exp.Is(this=column(VISIBLE_TO, EVENT), expression=exp.Null())
        lasting = exp.Case(ifs=[exp.If(this=for_ever, true=lasting)])
    newer = exp.WindowSpec(
        kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.Literal.number(1), end_side="PRECEDING"
    )
    order = [exp.Ordered(this=column(name, EVENT), desc=True, nulls_first=False) for name in (*view.rows.order, ID)]
    soonest = exp.Window(
        this=exp.Min(this=lasting),
        partition_by=[column(ROW, EVENT)],
        order=exp.Order(expressions=order),
        spec=newer,
    )
    since = exp.Greatest(this=column(AT, MOMENT), expressions=[column(VISIBLE_FROM, EVENT)], ignore_nulls=True)
    never = exp.LTE(this=soonest, expression=since)
    return exp.Not(this=exp.Coalesce(this=never, expressions=[exp.false()]))


def _may_be_latest(view: FeatureView, shape: StateShape) -> exp.Expr:
    """Rows that are read, and where newer ones may be retracted, those that would take their place."""
    is_read = exp.Column(this=identifier(IS_READ))
    if not shape.has_versions:
        return is_read
    return exp.or_(is_read, within(view.ttl)) if view.ttl is not None else exp.true()


def _order(view: FeatureView, shape: StateShape, names: Sequence[str]) -> list[exp.Expr]:
    """By entity, what is read first, in the total order; everything else only so that equal rows have equal bytes."""
    keys = [column(ROW, EVENT), exp.Not(this=exp.Column(this=identifier(IS_READ)))]
    total = [*view.rows.order] if shape.layout == "latest" else [EVENT_TIME]
    rest = [name for name in (ID, *names) if name not in total and name != ROW]
    ordered = [*keys, *(column(name, EVENT) for name in dict.fromkeys((*total, *rest)))]
    return [exp.Ordered(this=key, nulls_first=True) for key in ordered]
