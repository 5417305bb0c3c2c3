"""Lists: elements, search, order, joining."""

from __future__ import annotations

from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, Rounding, entry, first, nowhere, of_function
from skewless.ground.dtypes import BIGINT, BOOLEAN, DOUBLE, HUGEINT, INTEGER, VARCHAR, DataType

_VARIANTS = Refused(
    "elements of an array are VARIANTs there, which compare and convert by rules of their own",
    "compute it upstream, into a column of its own",
)
_NO_ORDER = "DuckDB gives its elements in an order of its own"
_TEXTS = DataType(kind="LIST", element=VARCHAR)


def _element(types: Sequence[DataType]) -> DataType:
    return types[0].element or types[0]


def _listed(types: Sequence[DataType]) -> DataType:
    return DataType(kind="LIST", element=types[0])


def _second(types: Sequence[DataType]) -> DataType:
    return types[1]


def _of(signature: str, result: DataType, spark: str, *, rounding: Rounding = "exact") -> Entry:
    return entry(signature, result, spark=spark, snowflake=_VARIANTS, rounding=rounding)


def _known(sql: str) -> str:
    """NULL if one of both is; Spark says NULL also of a list with a NULL in it that has not what is looked for."""
    return f"CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE COALESCE({sql}, FALSE) END"


_NONE = "CAST(ARRAY() AS RESULT)"
_NOT_NULL = "FILTER($1, x -> NOT x IS NULL)"

_ELEMENTS = [
    entry("list_value(ANY...)", _listed, spark="ARRAY($*)", snowflake=_VARIANTS, rounding="passed"),
    entry("length(ANY[])", BIGINT, spark="CAST(SIZE($1) AS RESULT)", rounding="dropped",
          snowflake=of_function("ARRAY_SIZE($1)", "array_size")),
    entry("list_element(ANY[], BIGINT)", _element, snowflake=_VARIANTS, rounding="passed",
          spark="CASE WHEN $2 BETWEEN -2147483647 AND -1 OR $2 BETWEEN 1 AND 2147483647 "
          "THEN TRY_ELEMENT_AT($1, CAST($2 AS INT)) END"),
    entry("list_first(ANY[])", _element, spark="TRY_ELEMENT_AT($1, 1)", snowflake=_VARIANTS, rounding="passed"),
    entry("list_last(ANY[])", _element, spark="TRY_ELEMENT_AT($1, -1)", snowflake=_VARIANTS, rounding="passed"),
    entry("list_min(ANY[])", _element, spark="ARRAY_MIN($1)", snowflake=_VARIANTS),
    entry("list_max(ANY[])", _element, spark="ARRAY_MAX($1)", snowflake=_VARIANTS),
]  # fmt: skip
_FOUND = [
    *(_of(f"{name}(ANY[], ANY)", BOOLEAN, _known("ARRAY_CONTAINS($1, $2)")) for name in ("list_contains", "contains")),
    _of("list_position(ANY[], ANY)", INTEGER,
        "CAST(NULLIF(CASE WHEN $2 IS NULL THEN ARRAY_POSITION(TRANSFORM($1, x -> x IS NULL), TRUE) "
        "ELSE ARRAY_POSITION($1, $2) END, 0) AS RESULT)"),
    _of("list_has_any(ANY[], ANY[])", BOOLEAN, _known("ARRAYS_OVERLAP($1, $2)")),
    _of("list_has_all(ANY[], ANY[])", BOOLEAN,
        _known("FORALL($2, x -> x IS NULL OR COALESCE(ARRAY_CONTAINS($1, x), FALSE))")),
]  # fmt: skip
_ORDERED = [
    entry("list_sort(ANY[])", first, spark="ARRAY_SORT($1)", snowflake=_VARIANTS),
    entry("list_reverse_sort(ANY[])", first, spark="SORT_ARRAY($1, FALSE)", snowflake=_VARIANTS),
    entry("list_reverse(ANY[])", first, spark="REVERSE($1)", snowflake=_VARIANTS, rounding="passed"),
    nowhere("list_distinct(ANY[])", _TEXTS, _NO_ORDER, "ask list_contains for the elements that matter"),
    nowhere("list_intersect(ANY[], ANY[])", _TEXTS, _NO_ORDER, "use list_has_any or list_has_all"),
    nowhere("list_unique(ANY[])", BIGINT, "its type is an unsigned number, which other engines have not",
            "count the elements upstream"),
]  # fmt: skip
_JOINED = [
    entry("||(ANY[], ANY[])", first, spark="CONCAT($1, $2)", snowflake=_VARIANTS, rounding="passed"),
    entry("list_concat(ANY[]...)", first, spark="FLATTEN(FILTER(ARRAY($*), x -> NOT x IS NULL))", snowflake=_VARIANTS,
          rounding="passed"),
    entry("list_append(ANY[], ANY)", first, spark=f"CONCAT(COALESCE($1, {_NONE}), ARRAY($2))", snowflake=_VARIANTS,
          rounding="passed"),
    entry("list_prepend(ANY, ANY[])", _second, spark=f"CONCAT(ARRAY($1), COALESCE($2, {_NONE}))", snowflake=_VARIANTS,
          rounding="passed"),
    _of("array_to_string(VARCHAR[], CONSTANT VARCHAR)", VARCHAR,
        "CASE WHEN SIZE($1) = 0 OR EXISTS($1, x -> NOT x IS NULL) THEN ARRAY_JOIN($1, $2) END"),
]  # fmt: skip
_SUM = f"AGGREGATE({_NOT_NULL}, CAST(NULL AS RESULT), (s, x) -> CAST(COALESCE(s + x, x) AS RESULT))"
_SUMS = [
    _of("list_sum(INTEGER[])", HUGEINT, _SUM),
    _of("list_sum(BIGINT[])", HUGEINT, _SUM),
    _of("list_sum(DOUBLE[])", DOUBLE, _SUM, rounding="own"),
]
_REDUCED = [
    nowhere(f"{name}(ANY[]...)", DOUBLE, "no other engine has it for lists",
            "use list_sum, list_min, list_max or length")
    for name in ("list_avg", "list_median", "list_mode", "list_product", "list_stddev_samp", "list_var_samp",
                 "list_aggregate", "list_aggr", "array_aggregate")
]  # fmt: skip

ENTRIES: tuple[Entry, ...] = (*_ELEMENTS, *_FOUND, *_ORDERED, *_JOINED, *_SUMS, *_REDUCED)
