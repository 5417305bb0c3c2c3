"""Ordinary expressions, many of which are other values when their spelling alone is translated for Spark."""

from __future__ import annotations

from pathlib import Path

from sqlglot import exp

from portability.both import Both, lowered
from skewless.dialects.lowering.core import Unportable
from skewless.dialects.snowflake import Snowflake

EXPRESSIONS = (Path(__file__).parent / "ordinary.txt").read_text(encoding="utf-8").splitlines()


def test_each_is_equal_or_refused_with_a_reason(both: Both) -> None:
    written, refused = [], {}
    for text in EXPRESSIONS:
        try:
            written.append(lowered(text, {})[:2])
        except Unportable as error:
            refused[text] = (error.reason, error.rewrite)
    assert len(written) + len(refused) == 126
    aggregates = [one for one in written if one[1].find(exp.AggFunc)]
    assert both.differences(("BOOLEAN",), [one for one in written if one not in aggregates]) == []
    for text, tree in aggregates:
        (row,) = both.spark.sql(f"SELECT {tree.sql(dialect='spark')}").collect()
        assert both.duck.execute(f"SELECT {text}").fetchall() == [tuple(row)]
    assert all(reason and rewrite for reason, rewrite in refused.values())
    assert len(written) >= 90, sorted(refused)


def test_snowflake_has_sql_for_each_or_a_reason() -> None:
    refused = [error for text in EXPRESSIONS if (error := _refusal(text)) is not None]
    assert all(error.reason and error.rewrite for error in refused)


def _refusal(text: str) -> Unportable | None:
    try:
        lowered(text, {}, Snowflake())
    except Unportable as error:
        return error
    return None
