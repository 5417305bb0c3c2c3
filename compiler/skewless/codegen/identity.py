"""Which event a row is of, as a column that goes with the row through the pipeline."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from sqlglot import exp

from skewless.codegen.ctes import Cte
from skewless.codegen.pipeline import Sources
from skewless.codegen.scan import scan_ctes
from skewless.contract.ir import Pipeline, Scan, SourceTable, Step
from skewless.contract.names import EVENT_TIME, ID, column, identifier
from skewless.contract.types import cast
from skewless.ground.dtypes import VARCHAR, DataType


def identified_ctes(scan: Scan, name: str, sources: Sources, *, by_source: bool = False) -> tuple[Cte, ...]:
    """The CTEs of a scan whose rows say which event they are of, `by_source` also of which source."""
    ctes = scan_ctes(scan, name, sources.relations, sources.physical)
    if not scan.source.is_static:
        own = source_event_id(scan.source) if by_source else event_id(scan.source)
        ctes[-1].query.append("expressions", exp.Alias(this=own, alias=identifier(ID)))
    return ctes


def source_event_id(source: SourceTable) -> exp.Expr:
    """As `event_id`, and different for events of different sources."""
    return exp.DPipe(this=exp.Literal.string(f"{source.name} "), expression=event_id(source))


def key_of(source: SourceTable, event: str) -> dict[str, str | None] | None:
    """The primary key, as texts, that `source_event_id` has made one text of; None of an event of another source."""
    name, _, key = event.partition(" ")
    if name != source.name:
        return None
    if len(source.primary_key) == 1:
        return {source.primary_key[0]: key[1:] if key.startswith("=") else None}
    parts: list[str | None] = []
    while key:
        length, _, rest = key.partition(":")
        if key.startswith("-"):
            parts, key = [*parts, None], key[1:]
        else:
            parts, key = [*parts, rest[: int(length)]], rest[int(length) :]
    return dict(zip(source.primary_key, parts, strict=True))


def with_key(scan: Scan) -> Scan:
    """The scan, with the columns that say which event a row is of."""
    if scan.source.is_static:
        return scan
    wanted = {*scan.columns, *scan.source.primary_key}
    return replace(scan, columns=tuple(known.name for known in scan.source.columns if known.name in wanted))


def event_id(source: SourceTable) -> exp.Expr:
    """The primary key as one text: equal for equal keys and for no others. NULL equals NULL, as in versions.

    It is NULL where there is no primary key.
    """
    parts = [_key_part(column(name), source.dtype(name)) for name in source.primary_key]
    if not parts:
        return cast(exp.Null(), VARCHAR)
    if len(parts) == 1:
        marked = exp.DPipe(this=exp.Literal.string("="), expression=parts[0])
        return exp.Coalesce(this=marked, expressions=[exp.Literal.string("-")])
    first, *others = [_counted(part) for part in parts]
    return reduce(lambda text, part: exp.DPipe(this=text, expression=part), others, first)


def _counted(text: exp.Expr) -> exp.Expr:
    """The text after its length, so that texts may follow each other."""
    length = cast(exp.Length(this=text.copy()), VARCHAR)
    counted = exp.DPipe(this=exp.DPipe(this=length, expression=exp.Literal.string(":")), expression=text)
    return exp.Coalesce(this=counted, expressions=[exp.Literal.string("-")])


def _key_part(key: exp.Expr, dtype: DataType) -> exp.Expr:
    """A text that is equal for equal values and for no others; NULL for NULL."""
    if dtype.element is not None:
        one = identifier("one")
        part = _counted(_key_part(exp.Column(this=one.copy()), dtype.element))
        return cast(
            exp.Anonymous(this="LIST_TRANSFORM", expressions=[key, exp.Lambda(this=part, expressions=[one])]), VARCHAR
        )
    if dtype.kind in ("FLOAT", "DOUBLE"):  # minus zero equals zero, and NaN NaN
        zero = exp.EQ(this=key, expression=exp.Literal.number(0))
        nan = exp.IsNan(this=key.copy())
        return exp.Case(
            ifs=[
                exp.If(this=zero, true=exp.Literal.string("0")),
                exp.If(this=nan, true=exp.Literal.string("nan")),
            ],
            default=cast(key.copy(), VARCHAR),
        )
    return cast(key, VARCHAR)


def identified(pipeline: Pipeline, *, by_branch: bool) -> Pipeline:
    """The pipeline, each step of which passes on of which event a row is: with `by_branch` and of which branch of a
    union, since two branches may read one event."""
    return replace(pipeline, steps=tuple(_identified_step(step, by_branch) for step in pipeline.steps))


def _identified_step(step: Step, by_branch: bool) -> Step:
    query = step.query.copy()
    branches = _branches(query)
    for number, branch in enumerate(branches):
        alias = _timed_alias(branch)
        if alias is None:
            continue
        own: exp.Expr = column(ID, alias)
        if by_branch and len(branches) > 1:
            own = exp.DPipe(this=exp.Literal.string(f"{number}/"), expression=own)
        branch.append("expressions", exp.Alias(this=own, alias=identifier(ID)))
    return replace(step, query=query)


def _branches(query: exp.Query) -> list[exp.Select]:
    if isinstance(query, exp.SetOperation):
        return [*_branches(query.left), *_branches(query.right)]
    if not isinstance(query, exp.Select):
        raise AssertionError(f"a step is a {type(query).__name__}")
    return [query]


def _timed_alias(query: exp.Select) -> str | None:
    """The relation that the event time of a step is of; None for a step of static sources."""
    return next(
        (
            node.table
            for item in query.expressions
            if item.alias_or_name == EVENT_TIME and isinstance(node := item.unalias(), exp.Column)
        ),
        None,
    )
