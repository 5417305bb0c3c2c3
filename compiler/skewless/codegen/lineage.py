"""What a single feature is made of: the definition without all that the view's other features alone need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.pushdown_projections import pushdown_projections

from skewless.codegen.canonical import canonical, canonical_rows
from skewless.codegen.ctes import Cte, select, statement
from skewless.codegen.meaning import source_rules
from skewless.contract.ir import Feature, FeatureView, Pipeline, Scan, Step
from skewless.contract.names import EVENT, EVENT_TIME, KNOWN_FROM, VISIBLE_FROM, VISIBLE_TO, column


def feature_meanings(view: FeatureView, views: Mapping[str, FeatureView]) -> dict[str, str]:
    """Feature to a digest of all that its value depends on, alone; `views` are those that the view may refer to."""
    return {feature.name: _digest(_of_feature(view, feature, views)) for feature in view.features}


def rows_meaning(view: FeatureView, feature: Feature) -> str:
    """A digest of the rows that a feature is made of, as far as it reads them."""
    return canonical_rows(rows_of(view, feature))


def rows_of(view: FeatureView, feature: Feature) -> Pipeline:
    """The view's pipeline without the columns that the feature does not need."""
    pipeline = view.rows
    final = select([column(name, EVENT) for name in _needed(view, feature)], pipeline.output, EVENT)
    ctes = [Cte(name=step.name, query=step.query.copy(), comment="") for step in pipeline.steps]
    query = statement(ctes, final, "")
    try:
        query = pushdown_projections(query)
    except OptimizeError:
        return pipeline  # then a change of any column counts as one of this feature
    left = {cte.alias: cte.this for cte in query.args["with_"].expressions}
    steps = tuple(replace(step, query=left[step.name]) for step in pipeline.steps if step.name in left)
    return Pipeline(
        scans=tuple(_narrowed(scan, steps) for scan in pipeline.scans if _reads(steps, scan)),
        steps=steps,
        columns=pipeline.columns,
        timing=pipeline.timing,
        tie_types=pipeline.tie_types,
    )


def _of_feature(view: FeatureView, feature: Feature, views: Mapping[str, FeatureView]) -> Iterator[str]:
    yield f"{feature.dtype} ttl {view.ttl} refresh {view.refresh}"
    if view.kind == "request":
        yield canonical(_resolved(view, feature.expression, views))
        return
    yield f"{view.kind} {[key.name for key in view.keys]} {canonical(feature.expression)}"
    rows = rows_of(view, feature)
    yield canonical_rows(rows)
    for scan in sorted(rows.scans, key=lambda scan: scan.source.name):
        yield f"{scan.source.name} {source_rules(scan)}"


def _resolved(view: FeatureView, expression: exp.Expr, views: Mapping[str, FeatureView]) -> exp.Expr:
    """The expression, features of other views by their meaning."""
    named = {one.alias: one for one in view.dependencies}
    copied = exp.Paren(this=expression.copy())
    for found in list(copied.find_all(exp.Column)):
        if (reference := named.get(found.table)) is not None:
            other = views[reference.view]
            meaning = _digest(_of_feature(other, other.feature(found.name), views))
            found.replace(exp.Literal.string(f"{meaning} on {sorted(reference.on)}"))
    return copied


def _needed(view: FeatureView, feature: Feature) -> list[str]:
    """The columns of a row without which the feature has another value."""
    read = {found.name for found in feature.expression.find_all(exp.Column) if found.table == EVENT}
    own = {EVENT_TIME, KNOWN_FROM, VISIBLE_FROM, VISIBLE_TO, *(key.name for key in view.keys), *read}
    if view.kind == "latest":
        own |= set(view.rows.order)
    return [name for name in view.rows.steps[-1].query.named_selects if name in own]


def _reads(steps: tuple[Step, ...], scan: Scan) -> bool:
    return any(found.name == scan.name for step in steps for found in step.query.find_all(exp.Table))


def _narrowed(scan: Scan, steps: tuple[Step, ...]) -> Scan:
    """The scan with the columns that are still read; a column of that name elsewhere counts, too."""
    read = {found.name for step in steps for found in step.query.find_all(exp.Column)}
    columns = tuple(name for name in scan.columns if name in read)
    has_ties = any(name.startswith("_tie_") for name in read)
    return replace(scan, columns=columns, tie_count=scan.tie_count if has_ties else 0)


def _digest(parts: Iterator[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\x00")
    return digest.hexdigest()
