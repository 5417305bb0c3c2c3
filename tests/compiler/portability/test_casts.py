"""Casts between every two types: DuckDB's values and errors on Spark, or a reason why not."""

from __future__ import annotations

import pytest
from sqlglot import exp

from portability.both import Both, lowered
from portability.conformance import typed
from skewless.dialects.lowering.core import Unportable

_NUMBERS = (
    "BOOLEAN", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL(12,2)", "DECIMAL(4,4)", "DECIMAL(18,0)",
    "DECIMAL(18,6)", "DECIMAL(38,0)", "DECIMAL(38,10)",
)  # fmt: skip
_KINDS = (*_NUMBERS, "VARCHAR", "DATE", "TIMESTAMP", "VARCHAR[]", "BIGINT[]", "DOUBLE[]")
_STOPPING = ("VARCHAR", "HUGEINT", "DECIMAL(38,0)", "DECIMAL(38,10)")
"""Some of their values are cast in so odd a way that Spark's query stops there, rather than give another value."""
_WANTED = (*_KINDS, "DECIMAL(5,1)", "DECIMAL(9,9)", "INTEGER[]", "FLOAT[]", "DATE[]")
_REFUSALS = 5
"""Of the rows for which DuckDB has no value, those of which Spark is asked, one by one."""


@pytest.mark.parametrize("given", _KINDS)
def test_a_cast_gives_duckdb_s_value_or_stops(both: Both, given: str) -> None:
    written = dict(_portable(given))
    quiet = [(text, _without_errors(tree)) for text, tree in written.items()]
    found = both.differences((given,), quiet, refusals=_REFUSALS)
    assert [one for one in found if not both.stops((given,), written[one.expression], one.row)] == []


@pytest.mark.parametrize("given", [kind for kind in _KINDS if kind not in _STOPPING])
def test_only_texts_and_numbers_beyond_a_word_stop(both: Both, given: str) -> None:
    assert both.differences((given,), _portable(given), refusals=0) == []


def _portable(given: str) -> list[tuple[str, exp.Expr]]:
    """Of all casts of a type, those that compile."""
    found = []
    for text in (f"{cast}(c1 AS {wanted})" for wanted in _WANTED for cast in ("CAST", "TRY_CAST")):
        try:
            found.append(lowered(text, typed([given]))[:2])
        except Unportable:
            continue
    return found


def _without_errors(tree: exp.Expr) -> exp.Expr:
    """NULL where the engine would stop at a value that it reads otherwise than DuckDB."""
    holder = exp.Paren(this=tree.copy())
    for call in list(holder.find_all(exp.Anonymous)):
        if call.name.upper() == "RAISE_ERROR":
            call.replace(exp.Null())
    quiet: exp.Expr = holder.this
    return quiet
