"""Aggregates: counts, sums, extremes, moments, quantiles, and the ones that depend on an order.

In a template every call of an aggregate takes the same FILTER; an argument of an aggregate may be NULL for a row that
does not count. Only `COUNT(*)` has no argument to be made NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from sqlglot import exp

from skewless.dialects.catalogue.entry import Entry, Refused, Rounding, Support, documented, entry, first
from skewless.dialects.promotion import decimal
from skewless.ground.dtypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    HUGEINT,
    INTEGER,
    TIMESTAMP,
    VARCHAR,
    DataType,
)  # fmt: skip

_SCALARS: dict[str, DataType | Callable[[Sequence[DataType]], DataType]] = {
    "BOOLEAN": BOOLEAN, "INTEGER": INTEGER, "BIGINT": BIGINT, "HUGEINT": HUGEINT, "FLOAT": FLOAT, "DOUBLE": DOUBLE,
    "DECIMAL": first, "VARCHAR": VARCHAR, "DATE": DATE, "TIMESTAMP": TIMESTAMP,
}  # fmt: skip
_FLOATING = ("FLOAT", "DOUBLE")
_NAN = "CAST('NaN' AS DOUBLE)"

_CARELESS = Refused(
    "Snowflake does not say how it adds up squares, and the plain way loses the digits of values that are large beside "
    "their spread",
    "aggregate whole numbers of the smallest unit as INTEGER: stddev_samp((x * 100)::INTEGER) / 100",
)
_CARELESS_PAIRS = Refused(_CARELESS.reason, "compute the value upstream")
_UPSTREAM = Refused("Snowflake has no function for it", "compute the value upstream")
_NULLS_IN_LISTS = Refused(
    "in lists, NULL is the greatest element in DuckDB and the least in Spark", "aggregate an element of the list"
)
_LISTS = Refused("Snowflake does not order or compare arrays", "aggregate an element of the list")
_HALFWAY = Refused(
    "between two decimals DuckDB interpolates in floating point and cuts the result off, which no other engine does",
    "write quantile_disc(x, 0.5), or interpolate doubles: median(x::DOUBLE)",
)
_BETWEEN_TIMES = Refused(
    "DuckDB interpolates between two moments in floating point", "write quantile_disc(x, 0.5), which is one of them"
)
_FLOATS_HALFWAY = Refused("Snowflake would interpolate in 64 bits", "interpolate doubles: median(x::DOUBLE)")
_RAW_MOMENTS = Refused(
    "DuckDB computes it from sums of powers, so its digits depend on the order of the rows",
    "compute it upstream",
)
_APPROXIMATE = "no two engines have the same approximation"


def _everywhere(signature: str, result: DataType, refused: Refused) -> Entry:
    return entry(signature, result, spark=refused, snowflake=refused, shape="aggregate")


def _same(
    signature: str,
    result: DataType | Callable[[Sequence[DataType]], DataType],
    sql: str,
    page: str,
    rounding: Rounding = "exact",
) -> Entry:
    return entry(
        signature, result, spark=sql, snowflake=documented(sql, f"functions/{page}"), shape="aggregate",
        rounding=rounding,
    )  # fmt: skip


# Counts, sums, averages.


def _distinct_on_snowflake(name: str) -> Support:
    # Adding 0 makes -0.0 what it equals.
    return documented(f"COUNT(DISTINCT $1{' + 0' if name in _FLOATING else ''})", "functions/count")


_COUNTS = [
    _same("count()", BIGINT, "COUNT(*)", "count"),
    _same("count(ANY)", BIGINT, "COUNT($1)", "count", "passed"),
    *(entry(f"count distinct({name})", BIGINT, spark="COUNT(DISTINCT $1)", snowflake=_distinct_on_snowflake(name),
            shape="aggregate") for name in _SCALARS),
    entry("count distinct(ANY[])", BIGINT, spark="COUNT(DISTINCT $1)", snowflake=_LISTS, shape="aggregate"),
    _everywhere("count_if(BOOLEAN)", HUGEINT, Refused(
        "over no rows it is NULL in DuckDB, and 0 on other engines", "write count(*) FILTER (WHERE condition)")),
]  # fmt: skip


def _sum(distinct: str) -> list[Entry]:
    """Whole numbers are added as decimals where they could leave 64 bits."""
    name, word = f"sum{distinct.lower()}", distinct.strip() + " " if distinct else ""
    plain = f"CAST(SUM({word}$1) AS RESULT)"
    wide = f"CAST(SUM({word}CAST($1 AS DECIMAL(20, 0))) AS RESULT)"
    page = "functions/sum"
    rows: list[tuple[str, DataType | Callable[[Sequence[DataType]], DataType], str, str, Rounding]] = [
        ("BOOLEAN", HUGEINT, f"CAST(SUM({word}CAST($1 AS INT)) AS RESULT)",
         f"CAST(SUM({word}CAST($1 AS INT)) AS RESULT)", "exact"),
        ("INTEGER", HUGEINT, plain, plain, "exact"),
        ("BIGINT", HUGEINT, wide, plain, "exact"),
        ("HUGEINT", HUGEINT, plain, plain, "exact"),
        ("DECIMAL", _summed, plain, plain, "exact"),
        ("DOUBLE", DOUBLE, f"SUM({word}$1)", f"SUM({word}$1)", "own"),
    ]  # fmt: skip
    return [
        entry(f"{name}({of})", result, spark=spark, snowflake=documented(snowflake, page), shape="aggregate",
              rounding=rounding)
        for of, result, spark, snowflake, rounding in rows
    ]  # fmt: skip


def _summed(types: Sequence[DataType]) -> DataType:
    return decimal(38, types[0].scale)


def _avg(distinct: str) -> list[Entry]:
    """The exact sum over the count: engines that average decimals by themselves cut the digits off."""
    name, word = f"avg{distinct.lower()}", distinct.strip() + " " if distinct else ""

    def of(argument: str) -> str:
        return f"CAST(SUM({word}{argument}) AS DOUBLE) / NULLIF(COUNT({word}$1), 0)"

    wide = "CAST($1 AS DECIMAL(20, 0))"
    page = "functions/sum"
    return [
        entry(f"{name}(INTEGER)", DOUBLE, spark=of("$1"), snowflake=documented(of("$1"), page), shape="aggregate"),
        *(entry(f"{name}({kind})", DOUBLE, spark=of(wide if kind == "BIGINT" else "$1"),
                snowflake=documented(of("$1"), page), shape="aggregate", rounding="own")
          for kind in ("BIGINT", "HUGEINT", "DECIMAL")),
        entry(f"{name}(DOUBLE)", DOUBLE, spark=f"AVG({word}$1)",
              snowflake=documented(f"AVG({word}$1)", "functions/avg"), shape="aggregate", rounding="own"),
    ]  # fmt: skip


_PRODUCT = entry(
    "product(DOUBLE)", DOUBLE, snowflake=_UPSTREAM, shape="aggregate", rounding="own",
    spark="CASE WHEN COUNT($1) > 0 THEN AGGREGATE(COLLECT_LIST($1), CAST(1 AS DOUBLE), (_a, _x) -> _a * _x) END",
)  # fmt: skip

# Extremes, logic, bits.


def _extreme(name: str) -> list[Entry]:
    sql = f"{name.upper()}($1)"
    # As numbers, since Snowflake's own functions for this take no frame.
    on_snowflake = {"BOOLEAN": f"CAST({name.upper()}(CAST($1 AS INT)) AS BOOLEAN)"}
    return [
        *(entry(f"{name}({of})", result, spark=sql, shape="aggregate",
                snowflake=documented(on_snowflake.get(of, sql), f"functions/{name}"),
                rounding="passed" if of in _FLOATING else "exact")
          for of, result in _SCALARS.items()),
        entry(f"{name}(ANY[])", first, spark=_NULLS_IN_LISTS, snowflake=_LISTS, shape="aggregate"),
    ]  # fmt: skip


_NO_SIGN = Refused(
    "Snowflake does not say what the bits of a negative number are", "compute the value upstream"
)  # fmt: skip
_LOGIC = [
    entry("bool_and(BOOLEAN)", BOOLEAN, spark="BOOL_AND($1)",
          snowflake=documented("BOOLAND_AGG($1)", "functions/booland_agg"), shape="aggregate"),
    entry("bool_or(BOOLEAN)", BOOLEAN, spark="BOOL_OR($1)",
          snowflake=documented("BOOLOR_AGG($1)", "functions/boolor_agg"), shape="aggregate"),
    *(entry(f"{name}({of})", result, spark=f"{name.upper()}($1)", snowflake=_NO_SIGN, shape="aggregate")
      for name in ("bit_and", "bit_or", "bit_xor") for of, result in (("INTEGER", INTEGER), ("BIGINT", BIGINT))),
]  # fmt: skip

# Moments. DuckDB counts the spread of one value as 0, whatever the value; Spark's is NaN for NaN and infinity.


def _spread(value: str, count: str, function: str = "VAR_POP") -> str:
    return f"CASE WHEN {count} = 1 THEN CAST(0 AS DOUBLE) ELSE {function}({value}) END"


# Sums of whole numbers are exact, so this loses nothing.
_SQUARES = "CAST(COUNT($1) * SUM($1 * $1) - SUM($1) * SUM($1) AS DOUBLE)"
_SAMPLE = f"{_SQUARES} / NULLIF(COUNT($1) * (COUNT($1) - 1), 0)"
_POPULATION = f"{_SQUARES} / NULLIF(COUNT($1) * COUNT($1), 0)"
_OF_DOUBLE = "CAST($1 AS DOUBLE)"


def _moment(name: str, spark: str, of_integers: str) -> list[Entry]:
    return [
        entry(f"{name}(INTEGER)", DOUBLE, spark=spark.replace("$1", _OF_DOUBLE), shape="aggregate", rounding="own",
              snowflake=documented(of_integers, "functions/sum")),
        entry(f"{name}(DOUBLE)", DOUBLE, spark=spark, snowflake=_CARELESS, shape="aggregate", rounding="own"),
    ]  # fmt: skip


_MOMENTS = [
    *_moment("var_samp", "VAR_SAMP($1)", _SAMPLE),
    *_moment("stddev_samp", "STDDEV_SAMP($1)", f"SQRT({_SAMPLE})"),
    *_moment("var_pop", _spread("$1", "COUNT($1)"), _POPULATION),
    *_moment("stddev_pop", _spread("$1", "COUNT($1)", "STDDEV_POP"), f"SQRT({_POPULATION})"),
    *_moment("sem", "STDDEV_POP($1) / SQRT(NULLIF(COUNT($1), 0))", f"SQRT({_POPULATION} / NULLIF(COUNT($1), 0))"),
    *(_everywhere(f"{name}(DOUBLE)", DOUBLE, _RAW_MOMENTS) for name in ("skewness", "kurtosis", "kurtosis_pop")),
]  # fmt: skip

# Pairs (y, x), of which those with a NULL do not count. Spark takes them in DuckDB's steps as (x, y).
_X, _Y = "CASE WHEN NOT $1 IS NULL THEN $2 END", "CASE WHEN NOT $2 IS NULL THEN $1 END"
_PAIRS, _TOGETHER = "REGR_COUNT($1, $2)", "COVAR_POP($2, $1)"
_X_SPREAD, _Y_SPREAD = f"({_spread(_X, _PAIRS)})", f"({_spread(_Y, _PAIRS)})"
_BOTH = f"(STDDEV_POP({_X}) * STDDEV_POP({_Y}))"
_CORRELATION = f"CASE WHEN {_BOTH} = 0 THEN {_NAN} ELSE {_TOGETHER} / {_BOTH} END"
_LINE = f"REGR_AVGY($1, $2) - {_TOGETHER} / {_X_SPREAD} * REGR_AVGX($1, $2)"
_ON_SPARK: dict[str, str] = {
    "covar_pop": _TOGETHER,
    "covar_samp": "COVAR_SAMP($2, $1)",
    "corr": _CORRELATION,
    "regr_avgx": "REGR_AVGX($1, $2)",
    "regr_avgy": "REGR_AVGY($1, $2)",
    "regr_sxx": f"{_PAIRS} * {_X_SPREAD}",
    "regr_syy": f"{_PAIRS} * {_Y_SPREAD}",
    "regr_sxy": f"{_PAIRS} * {_TOGETHER}",
    "regr_slope": f"CASE WHEN {_X_SPREAD} = 0 THEN {_NAN} ELSE {_TOGETHER} / {_X_SPREAD} END",
    "regr_intercept": f"CASE WHEN {_X_SPREAD} <> 0 THEN NULLIF({_LINE}, {_NAN}) END",
    "regr_r2": f"CASE WHEN {_X_SPREAD} = 0 THEN NULL WHEN {_Y_SPREAD} = 0 THEN CAST(1 AS DOUBLE) "
    f"ELSE POWER({_CORRELATION}, 2) END",
}
_AVERAGES = {"regr_avgx": f"AVG({_X})", "regr_avgy": f"AVG({_Y})"}
_PAIRED = [
    entry("regr_count(DOUBLE, DOUBLE)", BIGINT, spark=_PAIRS, shape="aggregate", rounding="passed",
          snowflake=documented(f"COUNT({_X})", "functions/count")),
    *(entry(f"{name}(DOUBLE, DOUBLE)", DOUBLE, spark=sql, shape="aggregate", rounding="own",
            snowflake=documented(_AVERAGES[name], "functions/avg") if name in _AVERAGES else _CARELESS_PAIRS)
      for name, sql in _ON_SPARK.items()),
]  # fmt: skip

# Quantiles. Spark's own interpolate by other steps than DuckDB's, which shows in infinities and in the last digits.
_SORTED, _SORTED_DOUBLES = "ARRAY_SORT(COLLECT_LIST($1))", f"ARRAY_SORT(COLLECT_LIST({_OF_DOUBLE}))"


def _middle(values: str, count: str) -> str:
    """The middle one of a sorted array of doubles, or the mean of the middle two."""
    low, high = f"GET({values}, CAST({count} DIV 2 AS INT) - 1)", f"GET({values}, CAST({count} DIV 2 AS INT))"
    half = "CAST(0.5 AS DOUBLE)"
    return f"CASE WHEN {count} % 2 = 1 THEN {high} ELSE {low} * {half} + {high} * {half} END"


_PLACE = "(CAST($2 AS DOUBLE) * (COUNT($1) - 1))"
_PAST = f"({_PLACE} - FLOOR({_PLACE}))"


def _at(values: str, rounded: str) -> str:
    return f"GET({values}, CAST({rounded}({_PLACE}) AS INT))"


def _interpolated(values: str) -> str:
    low, high = _at(values, "FLOOR"), _at(values, "CEIL")
    return f"CASE WHEN {_PAST} = 0 THEN {low} ELSE {low} * (1 - {_PAST}) + {high} * {_PAST} END"


_LOW, _HIGH = (f"CAST({_at(_SORTED, way)} AS DOUBLE)" for way in ("FLOOR", "CEIL"))
# DuckDB goes by the difference here, which is NaN between two infinities.
_INTERPOLATED_FLOATS = (
    f"CASE WHEN {_PAST} = 0 THEN {_at(_SORTED, 'FLOOR')} ELSE CAST({_LOW} + ({_HIGH} - {_LOW}) * {_PAST} AS FLOAT) END"
)
_DEVIATIONS = (
    f"GET(TRANSFORM(ARRAY({_middle(_SORTED, 'COUNT($1)')}), _middle -> "
    "GET(TRANSFORM(ARRAY(ARRAY_SORT(TRANSFORM(COLLECT_LIST($1), _x -> ABS(_x - _middle)))), "
    f"_away -> {_middle('_away', 'SIZE(_away)')}), 0)), 0)"
)
_WHOLE = ("INTEGER", "BIGINT", "HUGEINT")
_NO_OTHER_QUANTILE = documented("PERCENTILE_DISC($2) WITHIN GROUP (ORDER BY $1)", "functions/percentile_disc")
_ONLY_NUMBERS = Refused(
    "Snowflake's documentation has discrete quantiles of numbers only", "aggregate a number, such as epoch_us(x)"
)
_QUANTILES = [
    *(entry(f"median({of})", DOUBLE, spark=_middle(_SORTED_DOUBLES, "COUNT($1)"), shape="aggregate",
            snowflake=documented(f"MEDIAN({_OF_DOUBLE})", "functions/median"),
            rounding="exact" if of == "INTEGER" else "own")
      for of in (*_WHOLE, "DOUBLE")),
    *(entry(f"quantile_cont({of}, CONSTANT DECIMAL)", DOUBLE, spark=_interpolated(_SORTED_DOUBLES), shape="aggregate",
            snowflake=documented(f"PERCENTILE_CONT($2) WITHIN GROUP (ORDER BY {_OF_DOUBLE})",
                                 "functions/percentile_cont"), rounding="own")
      for of in (*_WHOLE, "DOUBLE")),
    entry("median(FLOAT)", FLOAT, spark=_INTERPOLATED_FLOATS.replace("$2", "0.5"), snowflake=_FLOATS_HALFWAY,
          shape="aggregate", rounding="passed"),
    entry("quantile_cont(FLOAT, CONSTANT DECIMAL)", FLOAT, spark=_INTERPOLATED_FLOATS, snowflake=_FLOATS_HALFWAY,
          shape="aggregate", rounding="passed"),
    *(entry(f"quantile_disc({of}, CONSTANT DECIMAL)", result, shape="aggregate",
            spark=f"GET({_SORTED}, CAST(GREATEST(CEIL($2 * COUNT($1)), 1) AS INT) - 1)",
            snowflake=_NO_OTHER_QUANTILE if of in (*_WHOLE, "DECIMAL", *_FLOATING) else _ONLY_NUMBERS,
            rounding="passed" if of in _FLOATING else "exact")
      for of, result in _SCALARS.items()),
    *(entry(f"{name}(DECIMAL{fraction})", first, spark=_HALFWAY, snowflake=_HALFWAY, shape="aggregate")
      for name, fraction in (("median", ""), ("quantile_cont", ", CONSTANT DECIMAL"), ("mad", ""))),
    *(_everywhere(f"{name}({of}{fraction})", TIMESTAMP, _BETWEEN_TIMES) for of in ("DATE", "TIMESTAMP")
      for name, fraction in (("median", ""), ("quantile_cont", ", CONSTANT DECIMAL"))),
    entry("mad(DOUBLE)", DOUBLE, spark=_DEVIATIONS, snowflake=_UPSTREAM, shape="aggregate", rounding="passed"),
    _everywhere("mad(FLOAT)", FLOAT, Refused("DuckDB computes it in 32 bits", "write mad(x::DOUBLE)")),
]  # fmt: skip

_NEVER = [
    *(_everywhere(f"{name}(ANY{rest})", BIGINT, Refused(_APPROXIMATE, instead)) for name, rest, instead in (
        ("approx_count_distinct", "", "write count(DISTINCT x)"),
        ("approx_quantile", ", CONSTANT DOUBLE", "write quantile_cont(x, 0.5)"),
        ("reservoir_quantile", ", CONSTANT DOUBLE", "write quantile_cont(x, 0.5)"),
        ("approx_top_k", ", CONSTANT INTEGER", "count each value with FILTER"),
    )),
    _everywhere("mode(ANY)", BIGINT, Refused(
        "of values that are equally frequent each engine takes another", "count each value with FILTER")),
    _everywhere("histogram(ANY)", BIGINT, Refused("no feature has the type MAP", "count each value with FILTER")),
    _everywhere("entropy(ANY)", DOUBLE, Refused("no other engine has it", "compute it upstream")),
    *(_everywhere(f"{name}(DOUBLE)", DOUBLE, Refused("no other engine adds up with compensation", f"write {plain}(x)"))
      for name, plain in (("fsum", "sum"), ("kahan_sum", "sum"), ("sumkahan", "sum"), ("favg", "avg"))),
    *(_everywhere(f"avg({of})", TIMESTAMP, Refused(
        "DuckDB rounds the mean of moments in its own way", "write avg(epoch_us(x))")) for of in ("DATE", "TIMESTAMP")),
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    *_COUNTS, *_sum(""), *_sum(" DISTINCT"), *_avg(""), *_avg(" DISTINCT"), _PRODUCT,
    *_extreme("min"), *_extreme("max"), *_LOGIC, *_MOMENTS, *_PAIRED, *_QUANTILES,
    *_NEVER,
)  # fmt: skip

# Aggregates that read their rows in an order.

Ordered = Literal["first", "last", "list", "string_agg"]
OrderKey = tuple[exp.Expr, bool, bool]
"""A key, whether it is descending, and whether its NULLs come first."""


def spark_ordered(
    name: Ordered,
    value: exp.Expr,
    keys: Sequence[OrderKey],
    *,
    is_distinct: bool = False,
    separator: exp.Expr | None = None,
) -> exp.Expr:
    """`name(value ORDER BY keys)` for Spark, whose aggregates have no order.

    The keys must order the rows totally, or be the value itself when `is_distinct`. Each aggregate call in the tree
    takes the FILTER.
    """
    directions = {is_descending for _, is_descending, _ in keys}
    if name in ("first", "last"):
        if len(directions) == 1:
            least_first = (name == "first") != directions.pop()
            extreme = exp.ArgMin if least_first else exp.ArgMax
            return extreme(this=value.copy(), expression=exp.Struct(expressions=_comparable(keys)))
        wanted = keys if name == "first" else _reversed(keys)
        return exp.Dot(
            this=_call("GET", _sorted_rows(value, wanted), _number(0)), expression=exp.to_identifier("_value")
        )
    rows = _sorted_rows(value, keys, is_distinct=is_distinct)
    field = exp.Dot(this=exp.column("_row"), expression=exp.to_identifier("_value"))
    values = _call("TRANSFORM", rows, _function(field, "_row"))
    if name == "list":
        return _unless_empty(exp.Count(this=_number(1), big_int=True), values)
    if separator is None:
        raise ValueError("string_agg needs a separator")
    joined = _call("ARRAY_JOIN", values, separator.copy())
    return _unless_empty(exp.Count(this=value.copy(), big_int=True), joined)


def _sorted_rows(value: exp.Expr, keys: Sequence[OrderKey], *, is_distinct: bool = False) -> exp.Expr:
    """An array of structs with the value in `_value`. A struct is collected even when all it holds is NULL."""
    collected = exp.ArrayUniqueAgg if is_distinct else exp.ArrayAgg
    named_value = exp.alias_(value.copy(), "_value")
    directions = {is_descending for _, is_descending, _ in keys}
    if len(directions) == 1:
        rows = collected(this=exp.Struct(expressions=[*_comparable(keys), named_value]))
        ascending = _call("ARRAY_SORT", rows)
        return _call("REVERSE", ascending) if directions.pop() else ascending
    named_keys = [exp.alias_(key.copy(), f"_key_{number}") for number, (key, _, _) in enumerate(keys)]
    rows = collected(this=exp.Struct(expressions=[*named_keys, named_value]))
    return _call("ARRAY_SORT", rows, _function(_comparison(keys), "_left", "_right"))


def _comparable(keys: Sequence[OrderKey]) -> list[exp.Expr]:
    """Fields by which structs compare as the keys do; NULL is the least value of a field."""
    fields: list[exp.Expr] = []
    for number, (key, is_descending, nulls_first) in enumerate(keys):
        if is_descending == nulls_first:
            is_null = exp.Is(this=exp.paren(key.copy()), expression=exp.Null())
            fields.append(exp.alias_(is_null, f"_null_{number}"))
        fields.append(exp.alias_(key.copy(), f"_key_{number}"))
    return fields


def _comparison(keys: Sequence[OrderKey]) -> exp.Expr:
    """-1, 0 or 1 of `_left` and `_right`."""
    case = exp.Case(ifs=[], default=_number(0))
    for number, (_, is_descending, nulls_first) in enumerate(keys):
        left, right = (
            exp.Dot(this=exp.column(side), expression=exp.to_identifier(f"_key_{number}"))
            for side in ("_left", "_right")
        )
        both = exp.NullSafeNEQ(this=left, expression=right)
        order = exp.Case(
            ifs=[
                exp.If(this=exp.Is(this=left.copy(), expression=exp.Null()), true=_number(-1 if nulls_first else 1)),
                exp.If(this=exp.Is(this=right.copy(), expression=exp.Null()), true=_number(1 if nulls_first else -1)),
                exp.If(
                    this=exp.LT(this=left.copy(), expression=right.copy()), true=_number(1 if is_descending else -1)
                ),
            ],
            default=_number(-1 if is_descending else 1),
        )
        case.append("ifs", exp.If(this=both, true=order))
    return case


def snowflake_ordered(
    name: Ordered,
    value: exp.Expr,
    keys: Sequence[OrderKey],
    *,
    condition: exp.Expr | None = None,
    separator: exp.Expr | None = None,
) -> exp.Expr:
    """`name(value ORDER BY keys) FILTER (WHERE condition)` for Snowflake; `first` and `last` are a VARIANT to be cast.

    ARRAY_AGG omits NULL, so that each value travels in an array of its own:
    https://docs.snowflake.com/en/sql-reference/functions/array_agg, .../listagg, .../get, .../transform.
    """
    if name == "string_agg":
        if separator is None:
            raise ValueError("string_agg needs a separator")
        counted = _where(condition, value)
        joined = _within(exp.Anonymous(this="LISTAGG", expressions=[counted, separator.copy()]), keys)
        return _unless_empty(exp.Count(this=counted.copy(), big_int=True), joined)
    wrapped = _where(condition, _call("ARRAY_CONSTRUCT", value.copy()))
    wanted = _reversed(keys) if name == "last" else keys
    rows = _within(exp.Anonymous(this="ARRAY_AGG", expressions=[wrapped]), wanted)
    if name == "list":
        values = _call("TRANSFORM", rows, _function(_call("GET", exp.column("_row"), _number(0)), "_row"))
        return _unless_empty(exp.Count(this=wrapped.copy(), big_int=True), values)
    return _call("GET", _call("GET", rows, _number(0)), _number(0))


def _within(function: exp.Expr, keys: Sequence[OrderKey]) -> exp.Expr:
    order = [
        exp.Ordered(this=key.copy(), desc=is_descending, nulls_first=nulls_first)
        for key, is_descending, nulls_first in keys
    ]
    return exp.WithinGroup(this=function, expression=exp.Order(expressions=order))


def _reversed(keys: Sequence[OrderKey]) -> list[OrderKey]:
    return [(key, not is_descending, not nulls_first) for key, is_descending, nulls_first in keys]


def _where(condition: exp.Expr | None, value: exp.Expr) -> exp.Expr:
    if condition is None:
        return value.copy()
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


def _unless_empty(count: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=exp.GT(this=count, expression=_number(0)), true=value)])


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _function(body: exp.Expr, *names: str) -> exp.Expr:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)
