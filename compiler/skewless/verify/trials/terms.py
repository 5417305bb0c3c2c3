"""What a service's definition says of itself that is worth drawing: constants it compares with, lengths of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import FeatureView, Refresh, SourceTable
from skewless.dialects.functions import function_name
from skewless.ground.durations import Duration
from skewless.verify.equality import tolerant_outputs

_LONGEST = Duration.parse("10000 days").microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Lengths are in microseconds."""

    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]
    spans: tuple[int, ...]
    """How long before a moment something begins or ends: windows, a ttl, and any interval that is written."""
    behind: tuple[int, ...]
    """How much later than it happened a row may count: the delays of sources, and the lags of refreshed views."""
    refreshes: tuple[Refresh, ...]
    linked: frozenset[str]
    """Columns that rows are found by: keys of entities and of static sources, and what is joined on."""
    adds: bool
    """Whether sums of floating-point numbers are among the features: their last digits depend on the order."""


def terms_of(service: ServicePlan) -> Terms:
    """The terms of all views that a service reads."""
    views = [instance.view for instance in service.instances]
    trees = [tree for view in views for tree in _trees(view)]
    literals = [node for tree in trees for node in tree.find_all(exp.Literal) if not _is_length(node)]
    sources = sources_of_service(service)
    lengths = {length for tree in trees for length in _lengths(tree)}
    lengths |= {known.microseconds for view in views for known in (view.horizon, view.ttl) if known is not None}
    refreshes = tuple({view.name: view.refresh for view in views if view.refresh is not None}.values())
    behind = {source.delay.microseconds for source in sources} | {one.lag.microseconds for one in refreshes}
    return Terms(
        texts=tuple(dict.fromkeys(node.name for node in literals if node.is_string)),
        numbers=tuple(dict.fromkeys(Decimal(node.name) for node in literals if not node.is_string)),
        spans=tuple(sorted(length for length in lengths if 0 < length <= _LONGEST)),
        behind=tuple(sorted(length for length in behind if 0 < length <= _LONGEST)),
        refreshes=refreshes,
        linked=frozenset(name for view in views for name in _linked(view)),
        adds=bool(tolerant_outputs(service)),
    )


def sources_of_service(service: ServicePlan) -> tuple[SourceTable, ...]:
    """Every source that is read, once."""
    views = [instance.view for instance in service.instances if instance.view.pipeline is not None]
    return tuple({scan.source.name: scan.source for view in views for scan in view.rows.scans}.values())


def _trees(view: FeatureView) -> Iterator[exp.Expr]:
    yield from (feature.expression for feature in view.features)
    if view.pipeline is not None:
        yield from (step.query for step in view.pipeline.steps)


def _is_length(node: exp.Literal) -> bool:
    """Whether the literal says how long an interval is, or what is cut by a function of time."""
    above = node.parent
    return isinstance(above, exp.Interval) or (
        isinstance(above, exp.Func) and str(function_name(above)).startswith(("date_", "time_")) and node.is_string
    )


def _lengths(tree: exp.Expr) -> Iterator[int]:
    for node in tree.find_all(exp.Interval):
        unit = node.args.get("unit")
        text = node.this.name if isinstance(node.this, exp.Literal) else ""
        try:
            yield Duration.parse(f"{text} {unit.name}" if unit is not None else text).microseconds
        except ValueError:  # a calendar month, or no literal
            continue


def _linked(view: FeatureView) -> Iterator[str]:
    keys = {key.name for key in view.keys}
    yield from keys
    if view.pipeline is None:
        return
    for scan in view.pipeline.scans:
        if scan.source.is_static:
            yield from scan.source.primary_key
    for step in view.pipeline.steps:
        for join in step.query.find_all(exp.Join):
            yield from (node.name for node in join.find_all(exp.Column))
            yield from (node.name for node in join.args.get("using") or ())
        for named in step.query.find_all(exp.Alias):
            if named.alias in keys:
                yield from (node.name for node in named.find_all(exp.Column))
