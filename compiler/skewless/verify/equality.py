"""When two values of a feature are the same (semantics, section 4)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from sqlglot import exp

from skewless.contract.instances import Instance, ServicePlan
from skewless.dialects.catalogue import ENTRIES
from skewless.dialects.functions import function_name
from skewless.dialects.targets import REFERENCE
from skewless.ground.dtypes import TIMESTAMP, DataType

# They add floating-point numbers, and a sum depends on the order of its rows in its last digits.
_ORDER_SENSITIVE = frozenset(
    {"avg", "corr", "covar_pop", "covar_samp", "entropy", "favg", "fsum", "kahan_sum", "kurtosis",
     "kurtosis_pop", "mean", "product", "regr_avgx", "regr_avgy", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx",
     "regr_sxy", "regr_syy", "sem", "skewness", "stddev", "stddev_pop", "stddev_samp", "sum", "sumkahan", "var_pop",
     "var_samp", "variance", "variance_pop"}
)  # fmt: skip
_TOLERANCE = 1e-9


def tolerant_outputs(service: ServicePlan, dialect: str = REFERENCE) -> frozenset[str]:
    """The outputs of which the last digits may differ: floating results of aggregates that depend on order.

    On another engine than DuckDB, those of mathematics libraries may differ too.
    """
    names = _ORDER_SENSITIVE if dialect == REFERENCE else _ORDER_SENSITIVE | _rounded()
    return frozenset(one.name for one in service.outputs if _is_tolerant(one.instance, one.feature, names))


def equal(one: Any, other: Any, dtype: DataType, *, is_tolerant: bool) -> bool:
    """Exact; with `is_tolerant`, but for the last digits of floating-point numbers. NaN equals itself."""
    if one is None or other is None:
        return one is other
    if dtype.element is not None:
        element = dtype.element
        return len(one) == len(other) and all(
            equal(left, right, element, is_tolerant=is_tolerant) for left, right in zip(one, other, strict=True)
        )
    if not dtype.is_floating:
        return bool(one == other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other) or not is_tolerant:
        return bool(one == other)
    return bool(abs(one - other) <= _TOLERANCE * max(1.0, abs(one), abs(other)))


def equal_across(one: Any, other: Any, dtype: DataType, *, is_tolerant: bool) -> bool:
    """`equal` for values of two types that have `dtype` together: the same number, or the same moment.

    Nothing is rounded to that type: the DOUBLE 0.1 is no FLOAT. A DECIMAL is the DOUBLE that is written like it.
    """
    left, right = (_carried(value, dtype, is_tolerant=is_tolerant) for value in (one, other))
    return equal(left, right, dtype, is_tolerant=is_tolerant)


def adds(tree: exp.Expr, names: frozenset[str] = _ORDER_SENSITIVE) -> bool:
    """Whether a sum of which the order is open, or another function of the names, is in the expression."""
    return any(function_name(node) in names for node in tree.find_all(exp.Func))


def _carried(value: Any, dtype: DataType, *, is_tolerant: bool) -> Any:
    """A value of another type as Python can compare it with one of `dtype`."""
    if value is None:
        return None
    if dtype.element is not None:
        return [_carried(item, dtype.element, is_tolerant=is_tolerant) for item in value]
    if dtype == TIMESTAMP and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    if dtype.is_floating and isinstance(value, Decimal):
        nearest = float(value)
        return nearest if is_tolerant or Decimal(repr(nearest)) == value else value
    return value


@cache
def _rounded() -> frozenset[str]:
    """The functions whose last digits depend on the engine."""
    return frozenset(entry.name for entry in ENTRIES if entry.rounding == "own")


def _is_tolerant(instance: Instance, name: str, names: frozenset[str]) -> bool:
    view = instance.view
    feature = view.feature(name)
    if not feature.dtype.is_floating:
        return False
    trees: list[exp.Expr] = [feature.expression]
    if view.pipeline is not None:
        trees += [step.query for step in view.pipeline.steps]
    reads = _reads_tolerant(feature.expression, dict(instance.dependencies), names)
    return reads or any(adds(tree, names) for tree in trees)


def _reads_tolerant(expression: exp.Expr, dependencies: Mapping[str, Instance], names: frozenset[str]) -> bool:
    """Whether a request view's expression reads such a feature of a joined view."""
    read = {(node.table, node.name) for node in expression.find_all(exp.Column) if node.table in dependencies}
    return any(
        _is_tolerant(dependencies[alias], name, names)
        for alias, name in read
        if any(feature.name == name for feature in dependencies[alias].view.features)
    )
