"""The version under which a view's state is stored."""

from __future__ import annotations

from sqlglot import exp

from skewless.codegen.ctes import Cte, statement
from skewless.codegen.state import state_shape
from skewless.contract.fingerprint import MEANING, version_of
from skewless.contract.ir import FeatureView
from skewless.contract.names import aliased
from skewless.dialects.emit import emit


def view_version(view: FeatureView) -> str:
    """`name@digest`: another one whenever the view's values or its state would be others.

    It is made of the definition, not of the SQL that is generated: that may become faster without a new version.
    """
    shape, rows = state_shape(view), view.rows
    parts = [
        MEANING,
        shape.layout,
        _definition(view),
        *(f"{known.name} {known.dtype}" for known in (*view.keys, *shape.columns)),
        *(str(one.dtype) for one in view.features),
        *(repr(scan) for scan in rows.scans),
        f"ties {[str(dtype) for dtype in rows.tie_types]}",
        f"ttl {view.ttl}",
        f"refresh {view.refresh}",
    ]
    return version_of(view.name, parts)


def _definition(view: FeatureView) -> str:
    """The view's steps and features as one text."""
    ctes = [Cte(name=step.name, query=step.query.copy(), comment="") for step in view.rows.steps]
    features = [aliased(one.expression.copy(), one.name) for one in view.features]
    return emit(statement(ctes, exp.Select(expressions=features), ""), pretty=False, comments=False, copy=False)
