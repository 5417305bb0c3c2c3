"""JSON in texts: the values in it that are no structure themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewless.dialects.catalogue.entry import Entry, Refused, entry, nowhere
from skewless.ground.dtypes import BIGINT, BOOLEAN, VARCHAR

_PATH = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,6}\])*")


def _is_plain(constants: Sequence[str | None]) -> Refused | None:
    if _PATH.fullmatch(constants[1] or ""):
        return None
    return Refused("engines read such a path differently", "name the steps plainly: $.orders[0].price")


# Spark stops reading where a value ends, so a text is JSON if it is one value within an object and within an array.
_READ = "TRY_PARSE_JSON(CONCAT('{\"v\":', $1, '}'))"
_VALUE = f"TRY_VARIANT_GET({_READ}, CONCAT('$.v', SUBSTRING($2, 2)), 'variant')"
_KIND = f"SCHEMA_OF_VARIANT({_VALUE})"
_TEXT = f"CAST({_VALUE} AS STRING)"
# Whole numbers are BIGINT, so a decimal without places was written with a zero behind the point; 0 has lost its sign.
_SPARK = (
    f"CASE WHEN $1 IS NULL THEN NULL "
    f"WHEN {_READ} IS NULL OR TRY_PARSE_JSON(CONCAT('[', $1, ']')) IS NULL THEN RAISE_ERROR('malformed JSON') "
    f"WHEN {_KIND} IS NULL OR {_KIND} = 'VOID' THEN NULL "
    f"WHEN {_KIND} IN ('STRING', 'BIGINT', 'BOOLEAN') THEN {_TEXT} "
    f"WHEN {_TEXT} = '0' THEN GET_JSON_OBJECT($1, $2) "
    rf"WHEN {_KIND} RLIKE '^DECIMAL[(]([1-9]|1[0-5]),0[)]$' THEN CONCAT({_TEXT}, '.0') "
    rf"WHEN {_KIND} RLIKE '^DECIMAL[(]([1-9]|1[0-5]),[0-9]+[)]$' AND ABS(CAST({_TEXT} AS DOUBLE)) >= 0.001 "
    f"THEN {_TEXT} "
    f"ELSE RAISE_ERROR('engines write this value of JSON differently') END"
)
_WRITTEN = "engines write numbers, structures and escapes differently"
_SCALAR = "extract one value by its path: x ->> '$.name'"

ENTRIES: tuple[Entry, ...] = (
    entry("json_extract_string(VARCHAR, CONSTANT VARCHAR)", VARCHAR, check=_is_plain, spark=_SPARK,
          snowflake=Refused("Snowflake reads JSON that DuckDB refuses, and writes its numbers differently",
                            "extract it where the source is made")),
    nowhere("json_extract(VARCHAR, VARCHAR)", VARCHAR, _WRITTEN, _SCALAR),
    nowhere("json_value(VARCHAR, VARCHAR)", VARCHAR, _WRITTEN, _SCALAR),
    nowhere("json_valid(VARCHAR)", BOOLEAN, "engines take different texts for JSON",
            "test it where the source is made"),
    nowhere("json_array_length(VARCHAR)", BIGINT, "its type is an unsigned number, which other engines have not",
            "count the elements where the source is made"),
)  # fmt: skip
