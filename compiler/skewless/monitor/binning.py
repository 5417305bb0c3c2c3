"""The rows of a baseline into the bins of its features: quantiles of numbers, the most frequent texts."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from math import isfinite
from typing import Any

from sqlglot import exp

from skewless.codegen.training.plan import named
from skewless.contract.names import column, identifier
from skewless.contract.types import cast
from skewless.monitor.bins import Bins, Kind
from skewless.monitor.relations import FeatureColumns, Relation, as_number

_VALUE, _COUNT = "_value", "_count"


def bins_of(relation: Relation, feature: FeatureColumns, kind: Kind, *, bins: int, categories: int) -> Bins:
    """Bins with about equally many rows of the baseline each, or the most frequent categories."""
    if kind == "boolean":
        return Bins(kind=kind)
    if kind == "text":
        rows = relation.engine.rows(_frequent(relation, feature, categories))
        return Bins(kind=kind, categories=tuple(str(text) for text, _ in rows))
    [(least, *quantiles)] = relation.engine.rows(_quantiles(relation, feature, bins))
    return number_bins(kind, least, quantiles)


def number_bins(kind: Kind, least: float | None, quantiles: list[Any]) -> Bins:
    """Equal quantiles are one cut. Where the first of them is the least value, that value has a bin for itself.

    Without it, a baseline that is constant, or mostly zero, could not tell smaller values from its own.
    """
    cuts = tuple(sorted({_plain(one) for one in quantiles if one is not None and isfinite(one)}))
    return Bins(kind=kind, cuts=cuts, has_floor=bool(cuts) and least is not None and cuts[0] == least)


def _plain(value: float) -> float:
    """Without a negative zero, which is written differently and is the same value."""
    return float(value) + 0.0


def _quantiles(relation: Relation, feature: FeatureColumns, bins: int) -> exp.Query:
    """The least finite value, and the discrete quantiles between the bins, in one row."""
    read = relation.select(named(as_number(feature.value.copy(), feature.dtype), _VALUE))
    finite = exp.Anonymous(this="ISFINITE", expressions=[column(_VALUE)])
    shares = [Decimal(number) / bins for number in range(1, bins)]
    return exp.Select(
        expressions=[
            named(exp.Min(this=column(_VALUE)), "_least"),
            *(named(_quantile(share), f"_quantile_{number}") for number, share in enumerate(shares, start=1)),
        ],
        from_=exp.From(this=_subquery(read)),
        where=exp.Where(this=finite),
    )


def _quantile(share: Decimal) -> exp.Expr:
    """A share that is rounded up would be that of the next value."""
    share = share.quantize(Decimal("1e-12"), rounding=ROUND_DOWN).normalize()
    return exp.Anonymous(this="QUANTILE_DISC", expressions=[column(_VALUE), exp.Literal.number(f"{share:f}")])


def _frequent(relation: Relation, feature: FeatureColumns, categories: int) -> exp.Query:
    """The most frequent texts and their counts; of equally frequent ones the first in binary order."""
    read = relation.select(named(cast(feature.value.copy(), "VARCHAR"), _VALUE))
    return exp.Select(
        expressions=[column(_VALUE), named(exp.Count(this=exp.Star()), _COUNT)],
        from_=exp.From(this=_subquery(read)),
        where=exp.Where(this=exp.Not(this=exp.Is(this=column(_VALUE), expression=exp.Null()))),
        group=exp.Group(expressions=[column(_VALUE)]),
        order=exp.Order(
            expressions=[
                exp.Ordered(this=column(_COUNT), desc=True, nulls_first=False),
                exp.Ordered(this=column(_VALUE), nulls_first=False),
            ]
        ),
        limit=exp.Limit(expression=exp.Literal.number(categories)),
    )


def _subquery(query: exp.Select) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier("read")))
