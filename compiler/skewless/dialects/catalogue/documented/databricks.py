"""Databricks, by its documentation: the SQL that is proven on Spark, if each of its functions is documented alike."""

from __future__ import annotations

import re

from skewless.dialects.catalogue.documented.manual import Manual
from skewless.dialects.catalogue.entry import Refused, Support, Written

_MANUAL = Manual("https://docs.databricks.com/aws/en/sql/language-manual/functions/")
_READ = frozenset(
    {"ABS", "ANY_VALUE", "AVG", "BOOL_AND", "BOOL_OR", "CAST", "CEIL", "COALESCE", "COUNT", "CUME_DIST",
     "DATE_TRUNC", "DAY", "DAYOFWEEK", "DAYOFYEAR", "DENSE_RANK", "EXP", "EXTRACT", "FIRST_VALUE", "FLOOR",
     "GREATEST", "HOUR", "LAG", "LAST_VALUE", "LEAD", "LEAST", "LN", "LOG", "MAX", "MIN", "MINUTE", "MONTH",
     "NTH_VALUE", "NTILE", "NULLIF", "PERCENT_RANK", "PMOD", "QUARTER", "RAISE_ERROR", "RANK", "ROUND", "ROW_NUMBER",
     "SECOND", "SIGN", "SQRT", "STDDEV_POP", "STDDEV_SAMP", "SUM", "TIMESTAMP_MICROS", "TRUNC", "TRY_CAST",
     "UNIX_MICROS", "VAR_POP", "WEEKDAY", "WEEKOFYEAR", "YEAR"}
)  # fmt: skip
_TYPES = frozenset({"DECIMAL"})
_CALL = re.compile(r"\b([A-Z_][A-Z_0-9]*)\(")
_OPERATORS = "https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-functions-builtin"
_LAMBDA = "->"


def as_on_spark(spark: Support) -> Support | None:
    """Spark's SQL, or its reason; None where a function has not been read of."""
    if isinstance(spark, Refused):
        return spark
    calls = list(dict.fromkeys(name for name in _CALL.findall(spark.sql) if name not in _TYPES))
    if _LAMBDA in spark.sql or not _READ.issuperset(calls):
        return None
    return Written(spark.sql, _MANUAL.page(calls[0].lower()) if calls else _OPERATORS)
