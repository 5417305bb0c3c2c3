"""Rows and the bins of their features into counts by feature, period, bin and status, in SQL.

Only the counts leave the warehouse. Each feature is a branch of a UNION ALL that reads its own columns, so a columnar
engine reads every column once. A bin is found by halving, and a branch groups by three small numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any

from sqlglot import exp

from skewless.codegen.training.plan import named
from skewless.contract.names import column, identifier
from skewless.contract.types import cast
from skewless.ground.durations import Duration
from skewless.monitor.bins import NULL_BIN, Bins
from skewless.monitor.relations import FeatureColumns, Relation, as_number
from skewless.monitor.tallies import STATUSES, UNKNOWN, Tally, added

_TOGETHER = 10
"""Features of one statement: few enough that who waits sees how far it is."""
_VALUE, _PERIOD, _BIN, _STATUS, _AGE = "_value", "_period", "_bin", "_status", "_age"
_ROWS = "counted"
Tallies = Mapping[int, Tally]
"""Tallies by the number of the period since 1970; 0 for rows without a time."""


def tallies(
    relation: Relation,
    bins: Mapping[str, Bins],
    every: Duration,
    told: Callable[[int], None] = lambda _: None,
) -> dict[str, Tallies]:
    """Counts the features that have bins, by name. `told` hears after each statement how many features are done."""
    features = [feature for feature in relation.features if feature.name in bins]
    found: dict[str, Tallies] = {}
    for start in range(0, len(features), _TOGETHER):
        part = features[start : start + _TOGETHER]
        rows = relation.engine.rows(counts_query(relation, part, bins, every))
        found |= _tallied(part, rows)
        told(len(found))
    return found


def counts_query(
    relation: Relation, features: Sequence[FeatureColumns], bins: Mapping[str, Bins], every: Duration
) -> exp.Query:
    """(number of the feature, period, bin, status, rows, rows with an age, sum and maximum of ages in seconds)."""
    branches: list[exp.Query] = [
        _branch(relation, feature, bins[feature.name], every, number) for number, feature in enumerate(features)
    ]
    return reduce(lambda left, right: exp.Union(this=left, expression=right, distinct=False), branches)


def _branch(relation: Relation, feature: FeatureColumns, bins: Bins, every: Duration, number: int) -> exp.Select:
    value = as_number(feature.value.copy(), feature.dtype) if bins.is_ordered else feature.value.copy()
    query = relation.select(
        named(value if bins.kind != "text" else cast(value, "VARCHAR"), _VALUE),
        named(period_of(relation, every), _PERIOD),
        named(_status(feature), _STATUS),
        named(_age(relation, feature), _AGE),
    )
    # A table that several definitions of a service are in has a row without status where one lacks the feature.
    read = query if feature.status is None else query.where(_is_there(feature.status), copy=False)
    keys = [column(_PERIOD), named(_bin(bins), _BIN), column(_STATUS), column(_AGE)]
    binned = exp.Select(expressions=keys, from_=exp.From(this=_subquery(read, "read")))
    grouped = (_PERIOD, _BIN, _STATUS)
    age = partial(column, _AGE)
    return exp.Select(
        expressions=[
            named(exp.Literal.number(number), "feature"),
            *map(column, grouped),
            named(exp.Count(this=exp.Star()), "n"),
            named(exp.Count(this=age()), "aged"),
            named(exp.Sum(this=age()), "age_sum"),
            named(exp.Max(this=age()), "age_max"),
        ],
        from_=exp.From(this=_subquery(binned, _ROWS)),
        group=exp.Group(expressions=[column(name) for name in grouped]),
    )


def _is_there(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))


def _subquery(query: exp.Select, name: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(name)))


def period_of(relation: Relation, every: Duration) -> exp.Expr:
    """The number of the period since 1970 in which a row was answered; 0 for rows without a time."""
    if relation.answered is None:
        return cast(exp.Literal.number(0), "BIGINT")
    length = cast(exp.Literal.number(every.microseconds), "BIGINT")
    return exp.IntDiv(this=_microseconds(relation.answered), expression=length)


def _status(feature: FeatureColumns) -> exp.Expr:
    """Which of STATUSES it is; the number after them of any other, NULL where there is none."""
    if feature.status is None:
        return cast(exp.Null(), "INTEGER")
    cases = [
        (exp.EQ(this=feature.status.copy(), expression=_text(name)), number) for number, name in enumerate(STATUSES)
    ]
    return _case(cases, exp.Literal.number(len(STATUSES)))


def _age(relation: Relation, feature: FeatureColumns) -> exp.Expr:
    """Seconds from the newest row behind the value to the moment that it was asked for."""
    if relation.as_of is None or feature.event_timestamp is None:
        return cast(exp.Null(), "DOUBLE")
    difference = exp.Paren(
        this=exp.Sub(this=_microseconds(relation.as_of), expression=_microseconds(feature.event_timestamp))
    )
    return exp.Div(this=cast(difference, "DOUBLE"), expression=cast(exp.Literal.number(1_000_000), "DOUBLE"))


def _microseconds(moment: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="EPOCH_US", expressions=[moment.copy()])


def _bin(bins: Bins) -> exp.Expr:
    """The number of the bin that `_value` is in."""
    is_null = (exp.Is(this=column(_VALUE), expression=exp.Null()), NULL_BIN)
    if bins.kind == "boolean":
        return _case([is_null, (column(_VALUE), 1)], exp.Literal.number(0))
    if bins.kind == "text":
        each = [
            (exp.EQ(this=column(_VALUE), expression=_text(name)), number) for number, name in enumerate(bins.categories)
        ]
        return _case([is_null, *each], exp.Literal.number(len(bins.categories)))
    infinity, nan = bins.between + 1, bins.between + 2
    is_positive = exp.GT(this=column(_VALUE), expression=exp.Literal.number(0))
    return _case(
        [
            is_null,
            (exp.IsNan(this=column(_VALUE)), nan),
            (exp.And(this=exp.IsInf(this=column(_VALUE)), expression=is_positive), infinity),
            (exp.IsInf(this=column(_VALUE)), 0),
        ],
        _between(bins),
    )


def _between(bins: Bins) -> exp.Expr:
    """The bin of a finite number, by halving the cuts that are left."""
    cuts: list[exp.Expr] = [exp.GT(this=column(_VALUE), expression=_double(cut)) for cut in bins.cuts]
    if bins.has_floor:
        cuts.insert(0, exp.GTE(this=column(_VALUE), expression=_double(bins.cuts[0])))

    def halved(low: int, high: int) -> exp.Expr:
        if low == high:
            return exp.Literal.number(low + 1)
        middle = (low + high) // 2
        beyond = exp.If(this=cuts[middle], true=halved(middle + 1, high))
        return exp.Case(ifs=[beyond], default=halved(low, middle))

    return halved(0, len(cuts))


def _case(cases: Sequence[tuple[exp.Expr, int]], default: exp.Expr) -> exp.Case:
    return exp.Case(
        ifs=[exp.If(this=condition, true=exp.Literal.number(number)) for condition, number in cases], default=default
    )


def _double(value: float) -> exp.Expr:
    """With an exponent it is a double on every engine, and read exactly; without one it would be a decimal."""
    return exp.Literal.number(repr(value) if "e" in repr(value) else f"{value!r}e0")


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _tallied(features: Sequence[FeatureColumns], rows: Sequence[tuple[Any, ...]]) -> dict[str, Tallies]:
    parts: dict[str, dict[int, list[Tally]]] = {feature.name: defaultdict(list) for feature in features}
    for number, period, bin_, status, count, aged, age_sum, age_max in rows:
        parts[features[number].name][int(period)].append(
            Tally(
                bins=Counter({int(bin_): int(count)}),
                statuses=Counter() if status is None else Counter({_status_name(int(status)): int(count)}),
                aged=int(aged),
                age_sum=float(age_sum or 0),
                age_max=None if age_max is None else float(age_max),
            )
        )
    return {name: {period: added(found) for period, found in periods.items()} for name, periods in parts.items()}


def _status_name(number: int) -> str:
    return STATUSES[number] if number < len(STATUSES) else UNKNOWN
